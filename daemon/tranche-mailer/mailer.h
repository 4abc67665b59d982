/* mailer.h -- the process that delivers what the outbox of mails holds, and nothing else. */
#ifndef TRANCHE_MAILER_MAILER_H
#define TRANCHE_MAILER_MAILER_H

#include "../settings.h"
#include "transfers.h"
#include <conf/credential.h>
#include <digest/digest.h>
#include <mail/message.h>
#include <store/mail.h>

/* A mail under way, or one whose end is not stored yet. */
struct delivery {
    struct mailer *mailer;
    struct delivery *next; /* in the list of those that ended */
    int64_t id, tries;     /* of the outbox; id 0: it leaves without the database */
    size_t person;         /* who is told then: the place in the configuration */
    enum smtp_outcome outcome;
    char reply[400];
};

/* Since when the database is away, and whether that was told. */
struct away {
    int64_t since, next; /* seconds of the monotonic clock; since 0: the database is there */
    struct instant at;
    char id[RANDOM_ID_MAX];
    bool *told; /* by person; NULL: nobody yet */
};

struct mailer {
    struct event_base *base;
    struct settings settings;
    const char *conf_path;
    const struct conf *conf;
    const struct letters *letters;
    struct smtp_server server;
    struct transfers *transfers;
    char helo[256], password[CREDENTIAL_MAX], database_password[CREDENTIAL_MAX];
    struct store_place place;
    struct store *store;     /* NULL: the database is away */
    struct event *heard;     /* on its descriptor */
    struct event *turn;      /* one-shot: look what waits */
    struct event *reconnect; /* one-shot, while the database is away */
    struct event *watchdog, *signals[3];
    struct delivery *ended; /* not stored yet */
    struct away away;
    bool stopping; /* what is under way may end */
    int exit_code;
};

/* Puts MESSAGE on its way, as one of which ABOUT says what it is. */
void delivery_start(struct mailer *mailer, const struct message *message,
                    const struct delivery *about);
transfers_ended delivery_ended;

/* One of the outbox ended (taken over): it is stored at the next turn. */
void mailer_keep(struct delivery *delivery);

/* A connection is free: looks what waits. */
void mailer_turn(struct mailer *mailer);

void away_began(struct away *away);
void away_ended(struct away *away);

/* Tells that the database is away, if it is time. */
void away_tell(struct mailer *mailer);
void away_told(struct delivery *delivery);

/* Runs until told to stop; answers the process's exit code. Takes SETTINGS over, which have texts.
 */
int mailer_run(const struct settings *settings, const char *conf_path);

#endif
