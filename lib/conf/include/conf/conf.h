/* conf/conf.h -- the daemon's settings, from one commented file.
 *
 * Read whole into a struct or refused whole, with every mistake. The table in conf.c drives the
 * parser; config/tranched.conf explains each setting, and a test compares the two. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <base/iban.h>
#include <base/siret.h>
#include <conf/faults.h>
#include <stdint.h>

enum role { ROLE_VIEWER = 1, ROLE_OFFICER = 2, ROLE_APPROVER = 4, ROLE_ADMIN = 8 };
#define ROLE_ANY (ROLE_VIEWER | ROLE_OFFICER | ROLE_APPROVER | ROLE_ADMIN)

const char *role_name(enum role role);

/* Somebody who may speak to the daemon. */
struct conf_person {
    const char *name; /* as the journal names them */
    const char *user; /* their account on this machine; "" when they only act in rehearsals */
    enum role role;
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

/* Calls EACH with every setting's path, for the test that compares the example with the table. */
void conf_each_setting(void (*each)(const char *path, void *arg), void *arg);

#endif
