/* store/mail.h -- the outbox of mails: written by the daemon with the fact they tell of, taken and
 * marked by the mailer. */
#ifndef STORE_MAIL_H
#define STORE_MAIL_H

#include <base/instant.h>
#include <store/store.h>

struct mail_row {
    const char *event;  /* what it tells of, once for ever for each address */
    const char *kind;   /* core/mail_kind.h */
    const char *person; /* "": the contact of a beneficiary */
    const char *address;
    const char *scheme, *convention; /* "" or NULL: none */
    const char *subject, *body, *html;
    const char *calendar;   /* iCalendar, to be attached; NULL: none */
    const char *message_id; /* without brackets; the same over all repeats */
    struct instant not_before;
    struct date gather_on; /* it waits for the digest of that day; unset: it goes as it is */
};

/* Puts COUNT mails, dated AT, into the outbox; one whose event that address was told of is left
 * out, one that was cancelled there waits anew.  The mailer hears of it when this transaction
 * commits. */
int store_mail_add(struct store *store, const struct mail_row *rows, size_t count,
                   struct instant at, struct date on);

/* Names that a mail about conventions may say: a table of "reference", "beneficiary", "project",
 * "email" for those of COUNT references that there are. */
int store_mail_contacts(struct store *store, const char *const *references, size_t count,
                        struct store_table **table);

/* The newest 1000 mails in STATE (NULL: that wait or were refused; "all": all); the one named
 * MAIL. */
int store_mail_list(struct store *store, const char *state, struct store_table **table);
int store_mail_show(struct store *store, const char *mail, struct store_table **table);

/* A person has the one named MAIL tried again at once, at ADDRESS, or given up. STORE_E_NONE: there
 * is none, it is past that, or on its way elsewhere; STORE_E_EXISTS: that address has another mail
 * about it. */
int store_mail_retry(struct store *store, const char *mail, const char *address);
int store_mail_cancel(struct store *store, const char *mail);

struct mail_counts {
    int64_t queued, refused;
};
int store_mail_counts(struct store *store, struct mail_counts *out);

/* The day of the first digest that is due; unset: nothing is gathered. */
int store_mail_gather_on(struct store *store, struct date *day);

/* What is gathered for digests until ON, by reader: "person", "address", "mail", "queued_on",
 * "subject", at most MAX; and marks COUNT of them, which stand in a digest. */
int store_mail_gathered(struct store *store, struct date on, int max, struct store_table **table);
int store_mail_digested(struct store *store, const char *const *mails, size_t count);

/* Notes that COUNT thresholds are told on ON; FRESH: which were not before. */
int store_reminders_take(struct store *store, const char *const *events, size_t count,
                         struct date on, bool *fresh);

/* Whether some mail about one convention waits. */
int store_mail_some_wait(struct store *store, bool *some);

/* Cancels what waits about each of COUNT conventions and is of the kind beside it: its reason is
 * gone; the reminder of the name beside that may come again, should it be there after all. */
int store_mail_withdraw(struct store *store, const char *const *conventions,
                        const char *const *kinds, const char *const *reminders, size_t count);

/* For whom mails wait: a table of "person", "address", "kind", "scheme", each once. */
int store_mail_readers(struct store *store, struct store_table **table);

/* Takes back what waits for such readers: it is cancelled, or goes to their new address instead.
 * *CANCELLED, *MOVED: how many mails. */
struct mail_reader {
    const char *person, *address, *kind, *scheme;
    const char *moved_to; /* "": they hear it no more */
};
int store_mail_silence(struct store *store, const struct mail_reader *readers, size_t count,
                       int64_t *cancelled, int64_t *moved);

/* Whether some mail was refused and is not marked as told. */
int store_mail_unnoted(struct store *store, bool *some);

/* Marks up to MAX mails that were refused as told, and answers them: "mail", "kind", "scheme",
 * "convention", "address", "reply". */
int store_mail_refused(struct store *store, int max, struct store_table **table);

/* --- for the mailer's role -------------------------------------------------------------------- */

/* One that was taken, until its time is over. */
struct mail_taken {
    int64_t id, tries;
    const char *kind, *scheme, *convention, *address, *subject, *body, *html, *calendar,
        *message_id;
    struct instant dated_at;
};

/* Takes up to MAX mails that are queued and whose time has come, for SECONDS, in ARENA.  What was
 * taken by another, and whose time is not over, is not there. */
int store_mail_take(struct store *store, int max, int seconds, struct arena *arena,
                    struct mail_taken **rows, size_t *count);

/* What came of one: the mail server has it, never will have it (a person must look), or is asked
 * again in SECONDS; REPLY is what it said.  A mail that was cancelled meanwhile stays so, unless it
 * was delivered. */
int store_mail_delivered(struct store *store, int64_t id, const char *reply);
int store_mail_refuse(struct store *store, int64_t id, const char *reply);
int store_mail_defer(struct store *store, int64_t id, int seconds, const char *reply);

/* In how many milliseconds the next one may be taken; -1: none waits. */
int store_mail_next(struct store *store, int64_t *wait_ms);

#endif
