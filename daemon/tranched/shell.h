/* shell.h -- the daemon around the use cases: loop, connections, timers, signals.
 *
 * Callbacks unpack, note and wake; on_tick() does one bounded step at a time, so that the watchdog
 * is fed and SIGTERM is obeyed between two of them. Nothing polls for work. */
#ifndef TRANCHED_SHELL_H
#define TRANCHED_SHELL_H

#include "alert.h"
#include "../exit.h"
#include "../settings.h"
#include <app/app.h>
#include <conf/credential.h>
#include <event2/event.h>

struct control;

/* One of the two connections; it connects on the loop. */
struct link {
    struct shell *shell;
    struct store *store;
    struct event *event;
    bool ready;
};

struct shell {
    struct event_base *base;
    struct app app;
    struct settings settings;
    const char *conf_path;
    char password[CREDENTIAL_MAX]; /* of the database; "": libpq looks for one */
    struct store_place place;
    struct spool *spool;
    struct uploads *uploads;
    struct inbox *inbox;
    struct control *control;
    struct link work, listen;
    struct event *tick;      /* one-shot: the next step */
    struct event *reconnect; /* one-shot, while the database is away */
    struct event *lease;     /* renewal, or the end of another's lease */
    struct event *hourly;    /* one full look an hour */
    struct event *alarm;     /* one-shot: the database was away for too long */
    struct event *watchdog;
    struct event *outbox;     /* something left it */
    struct event *inbox_stir; /* something came into it */
    struct event *import;     /* one-shot: the next file of the inbox */
    struct event *due;        /* on due_fd: the next due moment, and clock steps */
    struct event *signals[3];
    int due_fd;
    int away_s;            /* how long to wait before the next attempt to connect */
    int64_t trouble_since; /* seconds of the monotonic clock; 0: no step fails */
    int64_t inbox_since;   /* the same of the inbox */
    struct alert alert;
    int exit_code;
};

/* Runs until told to stop; answers the process's exit code. Takes SETTINGS over. */
int shell_run(const struct settings *settings, const char *conf_path);

#endif
