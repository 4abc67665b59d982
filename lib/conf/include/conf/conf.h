/* conf/conf.h -- the daemon's settings, from one commented file.
 *
 * Read whole into a struct or refused whole, with every mistake. The table in conf.c drives the
 * parser; config/tranched.conf explains each setting, and a test compares the two. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <base/iban.h>
#include <base/siret.h>
#include <conf/faults.h>
#include <core/mail_kind.h>
#include <stdbool.h>
#include <stdint.h>

/* Somebody who may speak to the daemon. */
struct conf_person {
    const char *name; /* as the journal names them */
    const char *user; /* their account on this machine; "" when they only act in rehearsals */
    const char *mail; /* where mails go to; "": none do */
    enum role role;
    size_t scheme_count, off_count, daily_count, weekly_count;
    const char **schemes;         /* of which they hear; none named: of all */
    const char **off;             /* kinds of mail that they do not want */
    const char **daily, **weekly; /* kinds that they want in one mail a day, or a week */
};

/* How mails leave. */
struct conf_mail {
    const char *from; /* "": no mail is written */
    const char *host, *user, *tls;
    const char *ca_file; /* "": the system's authorities */
    const char *texts;   /* the folder with a folder for each language */
    int64_t port, connections, timeout_seconds, retry_seconds, tries;
    int64_t quiet_from, quiet_until; /* minutes after midnight */
    int64_t signature_days, held_days, account_days, ending_days;
};

struct conf {
    struct arena *arena; /* owns every string here */
    const char *authority_code, *authority_name, *authority_timezone, *language;
    struct siret authority_siret;
    const char *database_conninfo, *database_schema;
    const char *debtor_name;
    struct iban debtor_iban;
    struct bic debtor_bic;
    const char *state_dir, *control_socket;
    int64_t order_cutoff_minute; /* minutes after midnight */
    int64_t order_max_tx, order_max_bytes;
    int64_t account_wait_days;
    int64_t bank_answer_days, bank_booking_days, bank_release_days; /* on which TARGET is open */
    int64_t lease_seconds, database_timeout_seconds;
    const char *database_standby; /* "none" or "synchronous" */
    const char *alert_file;
    int64_t alert_after_seconds;
    const char *log_level;
    struct conf_mail mail;
    size_t person_count;
    struct conf_person *persons;
    size_t act_as_count;
    int64_t *act_as; /* uids that may act as a person, in a rehearsal only */
};

/* Reads PATH. Returns a new conf, or NULL with at least one fault. */
struct conf *conf_read(const char *path, struct faults *faults);
void conf_free(struct conf *conf);

/* The person of that name, or NULL. */
const struct conf_person *conf_person(const struct conf *conf, const char *name);

/* Whether mails of KIND about SCHEME (code; NULL or "": about none) go to PERSON. */
bool conf_person_hears(const struct conf_person *person, const struct mail_kind *kind,
                       const char *scheme);

/* How often a person wants mails of a kind. */
enum mail_pace { MAIL_AT_ONCE, MAIL_DAILY, MAIL_WEEKLY };
enum mail_pace conf_person_pace(const struct conf_person *person, const struct mail_kind *kind);

/* Calls EACH with every setting's path, for the test that compares the example with the table. */
void conf_each_setting(void (*each)(const char *path, void *arg), void *arg);

#endif
