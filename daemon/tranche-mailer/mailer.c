#include "mailer.h"
#include "../exit.h"
#include <base/failpoint.h>
#include <base/log.h>
#include <base/tr.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { RECONNECT_S = 5, WAIT_MAX_S = 6 * 3600, LOOK_S = 3600, STOP_S = 10 };

static void arm(struct event *event, int64_t ms)
{
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(event, &tv);
}

/* For how long a mail that is under way is nobody else's: longer than a transfer can last. */
static int taken_seconds(const struct mailer *m)
{
    return 2 * (int)m->conf->mail.timeout_seconds + 30;
}

/* Twice as long after each try, from three quarters to five quarters of it at random: many mails
 * must not come back at one moment. */
static int wait_seconds(const struct mailer *m, int64_t tries)
{
    int64_t wait = m->conf->mail.retry_seconds;
    uint32_t random = 0;

    while (--tries > 0 && wait < WAIT_MAX_S)
        wait *= 2;
    wait = wait < WAIT_MAX_S ? wait : WAIT_MAX_S;
    evutil_secure_rng_get_bytes(&random, sizeof random);
    return (int)(wait * 3 / 4 + random % (wait / 2 + 1)) + 1;
}

/* --- the outbox ------------------------------------------------------------------------------- */

void mailer_keep(struct delivery *d)
{
    d->next = d->mailer->ended;
    d->mailer->ended = d;
    mailer_turn(d->mailer);
}

void mailer_turn(struct mailer *m)
{
    arm(m->turn, 0);
}

static void start(struct mailer *m, const struct mail_taken *mail)
{
    const struct conf *conf = m->conf;

    delivery_start(
        m,
        &(struct message){ .from = conf->mail.from,
                           .from_name = conf->authority_name,
                           .to = mail->address,
                           .subject = mail->subject,
                           .message_id = mail->message_id,
                           .date = mail->dated_at,
                           .body = mail->body,
                           .html = mail->html,
                           .calendar = mail->calendar,
                           .headers = { { "Auto-Submitted", "auto-generated" }, /* RFC 3834 */
                                        { "X-Tranched-Authority", conf->authority_code },
                                        { "X-Tranched-Kind", mail->kind },
                                        { "X-Tranched-Scheme", mail->scheme },
                                        { "X-Tranched-Convention", mail->convention } } },
        &(struct delivery){ .id = mail->id, .tries = mail->tries });
}

static void close_database(struct mailer *m)
{
    if (m->heard)
        event_free(m->heard);
    m->heard = NULL;
    store_close(m->store);
    m->store = NULL;
    arm(m->reconnect, RECONNECT_S * INT64_C(1000));
}

static void lose_database(struct mailer *m)
{
    close_database(m);
    away_began(&m->away);
    log_warning("the database is away; next attempt in %d s", RECONNECT_S);
    sd_notify(0, "STATUS=the database is away");
    away_tell(m);
}

/* What ended is stored: the list is empty only after the COMMIT. */
static int store_ended(struct mailer *m, bool *refused)
{
    int r = 0;

    for (struct delivery *d = m->ended; !r && d; d = d->next) {
        bool last = d->tries >= m->conf->mail.tries;

        if (d->outcome == SMTP_DELIVERED)
            r = store_mail_delivered(m->store, d->id, d->reply);
        else if (d->outcome == SMTP_REFUSED || last)
            r = store_mail_refuse(m->store, d->id, d->reply);
        else
            r = store_mail_defer(m->store, d->id, wait_seconds(m, d->tries), d->reply);
        *refused =
            *refused || (d->outcome != SMTP_DELIVERED && (last || d->outcome == SMTP_REFUSED));
    }
    return r || !*refused ? r : store_notify(m->store, "daemon"); /* it journals what was refused */
}

static void free_ended(struct mailer *m)
{
    while (m->ended) {
        struct delivery *d = m->ended;

        m->ended = d->next;
        log_debug("mail %lld: %s", (long long)d->id, d->reply);
        free(d);
    }
}

/* Stores what ended, takes as many as there are free connections, in one transaction. */
static int turn(struct mailer *m, struct arena *arena, struct mail_taken **mails, size_t *count,
                int64_t *wait_ms)
{
    int busy = transfers_busy(m->transfers);
    int free_slots = m->stopping ? 0 : (int)m->conf->mail.connections - busy;
    bool refused = false;
    int r = store_begin(m->store);

    *count = 0;
    if (!r)
        r = store_ended(m, &refused);
    FAILPOINT(mail_marked);
    if (!r && free_slots > 0)
        r = store_mail_take(m->store, free_slots, taken_seconds(m), arena, mails, count);
    if (!r && free_slots > (int)*count) /* else the next one waits for a connection */
        r = store_mail_next(m->store, wait_ms);
    if (!r)
        r = store_commit(m->store);
    else
        store_rollback(m->store);
    return r;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct mailer *m = arg;
    struct mail_taken *mails = NULL;
    int64_t wait_ms = -1;
    size_t count;
    int r;

    (void)fd;
    (void)what;
    if (m->stopping && (!m->store || (!m->ended && !transfers_busy(m->transfers)))) {
        event_base_loopbreak(m->base);
        return;
    }
    if (!m->store)
        return;
    r = turn(m, arena, &mails, &count, &wait_ms);
    if (r < 0) {
        lose_database(m); /* also when it is not known whether it was stored: it is done again */
        return;
    }
    if (r > 0) {
        if (r != STORE_E_BUSY)
            log_warning("the outbox cannot be read or marked (%s): tried again",
                        store_constraint(m->store));
        arm(m->turn, 1000);
        return;
    }
    free_ended(m);
    if (m->stopping && !transfers_busy(m->transfers))
        arm(m->turn, 0);
    FAILPOINT(mail_taken);
    for (size_t i = 0; i < count; i++)
        start(m, &mails[i]);
    /* What was heard while we asked may have come too late for the answer. */
    if (store_heard(m->store) > 0 || m->ended)
        wait_ms = 0;
    if (transfers_busy(m->transfers) < (int)m->conf->mail.connections)
        arm(m->turn, wait_ms < 0 || wait_ms > LOOK_S * INT64_C(1000) ? LOOK_S * INT64_C(1000)
                                                                     : wait_ms + 10);
}

static void on_heard(evutil_socket_t fd, short what, void *arg)
{
    struct mailer *m = arg;
    int heard = store_heard(m->store);

    (void)fd;
    (void)what;
    if (heard < 0)
        lose_database(m);
    else if (heard)
        arm(m->turn, 0);
}

static bool check_schema(struct mailer *m)
{
    int version = 0, r = store_version(m->store, &version);

    if (r >= 0 && version == store_version_built())
        return true;
    if (r >= 0)
        log_err("schema %s is at migration %d, this program knows %d: waiting for the other one",
                m->conf->database_schema, version, store_version_built());
    return false;
}

static void on_reconnect(evutil_socket_t fd, short what, void *arg)
{
    struct mailer *m = arg;

    (void)fd;
    (void)what;
    if (store_open_wait(&m->store, &m->place) < 0) {
        lose_database(m);
        return;
    }
    away_ended(&m->away);
    if (!check_schema(m) || store_listen(m->store) < 0) {
        close_database(m); /* it is there: nobody is told that it is away */
        return;
    }
    m->heard = event_new(m->base, store_fd(m->store), EV_READ | EV_PERSIST, on_heard, m);
    event_add(m->heard, NULL);
    log_info("connected to %s", m->conf->database_schema);
    sd_notify(0, "STATUS=delivering");
    arm(m->turn, 0);
}

/* --- the process ------------------------------------------------------------------------------ */

static void feed_watchdog(void *arg)
{
    (void)arg;
    sd_notify(0, "WATCHDOG=1");
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    feed_watchdog(arg);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct mailer *m = arg;

    (void)what;
    log_info("signal %d: stopping", (int)fd);
    sd_notify(0, "STOPPING=1");
    m->stopping = true;
    arm(m->turn, 0);
    event_base_loopexit(m->base, &(struct timeval){ .tv_sec = STOP_S });
}

static void fill(struct mailer *m)
{
    const struct conf *conf = m->conf;

    if (gethostname(m->helo, sizeof m->helo - 1) != 0 || !*m->helo)
        snprintf(m->helo, sizeof m->helo, "localhost");
    m->server = (struct smtp_server){
        .host = conf->mail.host,
        .user = conf->mail.user,
        .password = m->password,
        .ca_file = conf->mail.ca_file,
        .helo = m->helo,
        .port = (long)conf->mail.port,
        .timeout_s = (long)conf->mail.timeout_seconds,
        .tls = !strcmp(conf->mail.tls, "implicit") ? SMTP_IMPLICIT
               : !strcmp(conf->mail.tls, "none")   ? SMTP_PLAIN
                                                   : SMTP_STARTTLS,
    };
    m->place = (struct store_place){
        .conninfo = conf->database_conninfo,
        .password = m->database_password,
        .schema = conf->database_schema,
        .part = "mailer",
        .timeout_s = (int)conf->database_timeout_seconds,
        .patience_s = (int)conf->database_timeout_seconds,
        .on_wait = feed_watchdog,
    };
}

static void use_settings(struct mailer *m, const struct settings *settings)
{
    m->settings = *settings;
    m->conf = settings->conf;
    m->letters = settings->letters;
    fill(m);
}

/* What is under way keeps what it began with; the number of connections and the database's place
 * change with a restart only. */
static void on_reload(evutil_socket_t fd, short what, void *arg)
{
    struct mailer *m = arg;
    struct settings settings, old = m->settings;

    (void)fd;
    (void)what;
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)monotonic_ms() * 1000);
    if (!settings_read(&settings, m->conf_path, true)) {
        log_err("the new configuration is refused; the running one stays");
    } else if (!settings.letters || settings.conf->mail.connections != old.conf->mail.connections ||
               strcmp(settings.conf->database_conninfo, old.conf->database_conninfo) != 0 ||
               strcmp(settings.conf->database_schema, old.conf->database_schema) != 0) {
        log_err("database, mail.connections and an empty mail.from change only with a restart; the "
                "running configuration stays");
        settings_free(&settings);
    } else {
        free(m->away.told); /* people have other places in it */
        m->away.told = NULL;
        use_settings(m, &settings);
        settings_free(&old);
        instant_zone(settings.conf->authority_timezone);
        tr_language(settings.conf->language, TRANCHED_LOCALEDIR);
        log_notice("configuration reloaded");
        arm(m->turn, 0);
    }
    sd_notify(0, "READY=1");
}

static int make_events(struct mailer *m)
{
    uint64_t watchdog_us = 0;

    m->base = event_base_new();
    if (!m->base)
        return err_raise(ERR_LIBRARY, "no event loop");
    m->transfers = transfers_new(m->base, (int)m->conf->mail.connections, delivery_ended);
    if (!m->transfers)
        return err_raise(ERR_LIBRARY, "libcurl gave no multi interface");
    m->turn = evtimer_new(m->base, on_turn, m);
    m->reconnect = evtimer_new(m->base, on_reconnect, m);
    m->watchdog = event_new(m->base, -1, EV_PERSIST, on_watchdog, m);
    m->signals[0] = evsignal_new(m->base, SIGTERM, on_stop, m);
    m->signals[1] = evsignal_new(m->base, SIGINT, on_stop, m);
    m->signals[2] = evsignal_new(m->base, SIGHUP, on_reload, m);
    for (size_t i = 0; i < ARRAY_LEN(m->signals); i++)
        event_add(m->signals[i], NULL);
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        arm(m->watchdog, (int64_t)watchdog_us / 2000);
    return 0;
}

static void free_all(struct mailer *m)
{
    struct event *events[] = { m->heard,      m->turn,       m->reconnect, m->watchdog,
                               m->signals[0], m->signals[1], m->signals[2] };

    if (m->transfers)
        transfers_free(m->transfers);
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (events[i])
            event_free(events[i]);
    store_close(m->store);
    free_ended(m);
    away_ended(&m->away);
    if (m->base)
        event_base_free(m->base);
    credential_forget(m->password);
    credential_forget(m->database_password);
}

int mailer_run(const struct settings *settings, const char *conf_path)
{
    struct mailer m = { .settings = *settings, .conf_path = conf_path };

    if (!credential_read("mail-password", m.password) ||
        !credential_read("database-password", m.database_password)) {
        settings_free(&m.settings);
        return EXIT_PERSON;
    }
    use_settings(&m, settings);
    signal(SIGPIPE, SIG_IGN);
    if (make_events(&m) < 0) {
        log_err("%s", err_last());
        m.exit_code = EXIT_RESTART;
    } else {
        sd_notify(0, "READY=1\nSTATUS=connecting to the database");
        on_reconnect(-1, 0, &m);
        event_base_dispatch(m.base);
    }
    free_all(&m);
    settings_free(&m.settings);
    return m.exit_code;
}
