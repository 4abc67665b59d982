#include "shell.h"
#include "control.h"
#include "tell.h"
#include <base/instant.h>
#include <base/log.h>
#include <base/tr.h>
#include <errno.h>
#include <event2/util.h>
#include <signal.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { AWAY_MAX_S = 30, TROUBLE_MAX_S = 60, LOOK_S = 3600, SEAL_MS = 2000, LOOK_ON_MS = 300 };

static void arm(struct event *event, int64_t ms)
{
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(event, &tv);
}

/* Something may be due: a step as soon as the loop is free. */
static void wake(void *arg)
{
    struct shell *shell = arg;

    if (shell->work.ready)
        arm(shell->tick, 0);
}

static void feed_watchdog(void *arg)
{
    (void)arg;
    sd_notify(0, "WATCHDOG=1");
}

static void link_close(struct link *link)
{
    if (link->event)
        event_free(link->event);
    store_close(link->store);
    link->event = NULL;
    link->store = NULL;
    link->ready = false;
}

/* Half to the whole of the wait, drawn at random: many daemons must not come back at one moment. */
static int64_t with_jitter(int seconds)
{
    uint32_t random = 0;

    evutil_secure_rng_get_bytes(&random, sizeof random);
    return seconds * INT64_C(500) + random % (unsigned)(seconds * 500 + 1);
}

/* Both connections go together: what one has missed, the other cannot tell. */
static void lose_database(struct shell *shell)
{
    int64_t wait_ms = with_jitter(shell->away_s);

    tell_away(shell, wait_ms);
    link_close(&shell->work);
    link_close(&shell->listen);
    shell->app.work = NULL;
    shell->app.lease = 0;
    event_del(shell->tick);
    event_del(shell->lease);
    log_warning("the database is away; next attempt in %lld ms", (long long)wait_ms);
    arm(shell->reconnect, wait_ms);
    shell->away_s = shell->away_s * 2 < AWAY_MAX_S ? shell->away_s * 2 : AWAY_MAX_S;
}

static void stop(struct shell *shell, int code)
{
    shell->exit_code = code;
    event_base_loopbreak(shell->base);
}

/* Leads, or sets the timer for the end of the other's lease. */
static void lead(struct shell *shell)
{
    struct lease lease;
    int r = app_lead(&shell->app, &lease);

    if (r < 0 && store_is_broken(shell->app.work)) {
        lose_database(shell);
    } else if (r < 0) { /* the archive cannot be read, or the lease row is locked: try again */
        tell_trouble(shell, shell->settings.conf->lease_seconds / 3);
        sd_notify(0, "STATUS=cannot take the lead; the log says why");
        arm(shell->lease, shell->settings.conf->lease_seconds * 1000 / 3);
    } else if (r == 0) {
        tell_healed(shell);
        sd_notify(0, "STATUS=leading");
        arm(shell->lease, shell->settings.conf->lease_seconds * 1000 / 3);
        wake(shell);
    } else {
        tell_healed(shell);
        sd_notify(0, "STATUS=standing by");
        log_info("standing by: %s leads for %lld ms more", lease.holder, (long long)lease.until_ms);
        arm(shell->lease, (lease.until_ms > 0 ? lease.until_ms : 0) + 50);
    }
}

static void on_lease(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;
    int r;

    (void)fd;
    (void)what;
    if (!shell->work.ready)
        return;
    if (!shell->app.lease) {
        lead(shell);
        return;
    }
    r = app_lead_on(&shell->app);
    if (r < 0)
        lose_database(shell); /* without a renewal the lease ends: take it anew */
    else if (r > 0)
        lead(shell);
    else
        arm(shell->lease, shell->settings.conf->lease_seconds * 1000 / 3);
}

/* The schema must be just the one this program was built for. */
static bool check_schema(struct shell *shell)
{
    int version = 0, built = store_version_built();
    int r = store_version(shell->work.store, &version);

    if (r == ERR_DB || (!r && version < built)) {
        log_err("schema %s is at migration %d of %d: run \"tranched --migrate\" first",
                shell->settings.conf->database_schema, version, built);
        stop(shell, EXIT_PERSON);
        return false;
    }
    if (!r && version > built) {
        log_err("schema %s is at migration %d, this program knows %d: install the newer program",
                shell->settings.conf->database_schema, version, built);
        stop(shell, EXIT_PERSON);
        return false;
    }
    if (r < 0)
        lose_database(shell);
    return r == 0;
}

static void on_notified(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;
    int heard = store_heard(shell->listen.store);

    (void)fd;
    (void)what;
    if (heard < 0)
        lose_database(shell);
    else if (heard)
        wake(shell);
}

static void both_ready(struct shell *shell)
{
    struct instance instance;
    int r;

    if (!check_schema(shell))
        return;
    r = store_listen(shell->listen.store);
    if (!r)
        r = store_instance(shell->work.store, &instance);
    if (r) {
        lose_database(shell);
        return;
    }
    shell->app.work = shell->work.store;
    shell->app.rehearsal = instance.rehearsal;
    shell->away_s = 1;
    tell_back(shell);
    event_assign(shell->listen.event, shell->base, store_fd(shell->listen.store),
                 EV_READ | EV_PERSIST, on_notified, shell);
    event_add(shell->listen.event, NULL);
    arm(shell->import, 0);
    log_info("connected: %s database of %s", instance.rehearsal ? "rehearsal" : "live",
             shell->settings.conf->database_schema);
    lead(shell);
}

static void on_connect(evutil_socket_t fd, short what, void *arg);

/* One step of connecting; waits on the loop for the next. */
static void link_step(struct link *link)
{
    struct shell *shell = link->shell;
    int want = store_open_step(link->store);

    if (want < 0) {
        lose_database(shell);
        return;
    }
    if (want == STORE_READY) {
        link->ready = true;
        if (shell->work.ready && shell->listen.ready)
            both_ready(shell);
        return;
    }
    event_assign(link->event, shell->base, store_fd(link->store),
                 want == STORE_WANT_READ ? EV_READ : EV_WRITE, on_connect, link);
    event_add(link->event, NULL);
}

static void on_connect(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    link_step(arg);
}

static void link_open(struct link *link)
{
    struct shell *shell = link->shell;

    if (store_open(&link->store, &shell->place) < 0) {
        lose_database(shell);
        return;
    }
    link->event = event_new(shell->base, store_fd(link->store), EV_WRITE, on_connect, link);
    event_add(link->event, NULL);
}

static void on_reconnect(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;

    (void)fd;
    (void)what;
    link_close(&shell->work);
    link_close(&shell->listen);
    link_open(&shell->work);
    if (shell->work.store)
        link_open(&shell->listen);
}

/* Sleeps until the local midnight with which NEXT begins, a second at least: whatever cannot be
 * done today is no reason to try without a rest. A clock step cancels the timer. */
static void sleep_until(struct shell *shell, struct date next)
{
    struct itimerspec when = { 0 };
    int64_t now = instant_now().us / 1000000;

    if (date_is_set(next) && !shell->app.rehearsal) {
        when.it_value.tv_sec = instant_from_local(next, 0).us / 1000000;
        if (when.it_value.tv_sec <= now)
            when.it_value.tv_sec = now + 1;
    } else {
        when.it_value.tv_sec = now + 10 * INT64_C(31556952); /* clock steps only */
    }
    if (timerfd_settime(shell->due_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) !=
        0)
        log_err("timerfd: %s", strerror(errno));
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;
    uint64_t expirations;

    (void)what;
    if (read(fd, &expirations, sizeof expirations) < 0 && errno == ECANCELED)
        log_notice("the clock was set: looking again at what is due");
    wake(shell);
}

/* What fails is tried again ever later: after as long as it has failed SINCE, so that many who wake
 * it in one moment do not put the next try off. */
static int64_t next_try_s(int64_t since)
{
    int64_t failed_s = since ? monotonic_seconds() - since : 0;

    return failed_s < 1 ? 1 : failed_s < TROUBLE_MAX_S ? failed_s : TROUBLE_MAX_S;
}

/* A step failed though the database is there: the disk, damaged data. */
static void in_trouble(struct shell *shell, const struct tick *tick)
{
    int64_t wait_s = next_try_s(shell->trouble_since);

    tell_trouble(shell, wait_s);
    control_settle(shell->control, tick, true);
    arm(shell->tick, wait_s * INT64_C(1000));
}

/* Nothing is due: sleeps, and seals the journal once those who write into it have ended. */
static void idle(struct shell *shell, const struct tick *tick)
{
    tell_status(shell, tick);
    sleep_until(shell, tick->next);
    if (tick->unsealed)
        arm(shell->tick, SEAL_MS);
}

/* Another daemon leads, or nobody does if we LED until now: waits for the end of its lease, and
 * looks on while somebody waits here for the clock that it moves. */
static void stand_by(struct shell *shell, bool led)
{
    if (led || !event_pending(shell->lease, EV_TIMEOUT, NULL))
        lead(shell);
    if (control_waits(shell->control))
        arm(shell->tick, LOOK_ON_MS);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;
    bool led = shell->app.lease != 0;
    struct tick tick;
    int r;

    (void)fd;
    (void)what;
    if (!shell->work.ready || !shell->app.work)
        return;
    r = app_tick(&shell->app, &tick);
    if (r < 0 && (store_is_broken(shell->app.work) || r == ERR_DB_AWAY || r == ERR_UNKNOWN)) {
        lose_database(shell); /* settled by looking, once it is back */
        return;
    }
    if (r < 0) {
        in_trouble(shell, &tick);
        return;
    }
    tell_healed(shell);
    tell_persons(shell, &tick);
    control_settle(shell->control, &tick, false);
    if (tick.result == TICK_AGAIN)
        arm(shell->tick, 0);
    else if (tick.result == TICK_LATER)
        arm(shell->tick, 1000);
    else if (tick.result == TICK_IDLE)
        idle(shell, &tick);
    else
        stand_by(shell, led);
}

static void on_outbox(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;

    (void)fd;
    (void)what;
    if (!spool_stirred(shell->spool))
        return;
    shell->app.stirred = true;
    wake(shell);
}

/* One file at a time: the loop lives between two. */
static void on_import(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;
    int64_t wait_ms;
    int r = app_inbox(&shell->app, shell->inbox, &wait_ms);

    (void)fd;
    (void)what;
    if (r < 0)
        tell_inbox(shell);
    else if (!inbox_is_behind(shell->inbox))
        tell_inbox_healed(shell);
    if (r < 0 && !wait_ms)
        wait_ms = next_try_s(shell->inbox_since) * INT64_C(1000);
    if (wait_ms)
        arm(shell->import, wait_ms);
    wake(shell);
}

static void on_inbox(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;

    (void)fd;
    (void)what;
    inbox_stirred(shell->inbox);
    arm(shell->import, 0);
}

static void on_hour(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;

    (void)fd;
    (void)what;
    uploads_sweep(shell->uploads);
    arm(shell->import, 0);
    shell->app.stirred = true;
    wake(shell);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    feed_watchdog(arg);
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    log_info("signal %d: stopping", (int)fd);
    sd_notify(0, "STOPPING=1");
    stop(arg, 0);
}

static void place_fill(struct shell *shell)
{
    const struct conf *conf = shell->settings.conf;

    shell->place = (struct store_place){
        .conninfo = conf->database_conninfo,
        .password = shell->password,
        .schema = conf->database_schema,
        .part = "daemon",
        .timeout_s = (int)conf->database_timeout_seconds,
        .patience_s = (int)(conf->lease_seconds / 3),
        .synchronous = !strcmp(conf->database_standby, "synchronous"),
        .on_wait = feed_watchdog,
    };
}

/* Whether these place things where the running ones do. */
static bool is_same_place(const struct conf *a, const struct conf *b)
{
    return !strcmp(a->database_schema, b->database_schema) &&
           !strcmp(a->database_standby, b->database_standby) &&
           !strcmp(a->database_conninfo, b->database_conninfo) &&
           !strcmp(a->state_dir, b->state_dir) && !strcmp(a->control_socket, b->control_socket) &&
           !strcmp(a->alert_file, b->alert_file) && !strcmp(a->authority_code, b->authority_code);
}

static void use_settings(struct shell *shell, const struct settings *settings)
{
    const struct conf *conf = settings->conf;

    shell->settings = *settings;
    shell->app.conf = conf;
    shell->app.letters = settings->letters;
    shell->app.readers_known = false;
    shell->alert.path = conf->alert_file;
    place_fill(shell);
}

/* The running settings stay unless the new ones are whole and leave the place of things alone. */
static void reload(struct shell *shell)
{
    struct settings settings, old = shell->settings;

    if (!settings_read(&settings, shell->conf_path, true)) {
        log_err("the new configuration is refused; the running one stays");
        return;
    }
    if (!is_same_place(settings.conf, old.conf)) {
        log_err(
            "database, state_dir, control.socket, alert.file and authority.code change only with a "
            "restart; the running configuration stays");
        settings_free(&settings);
        return;
    }
    use_settings(shell, &settings);
    settings_free(&old);
    instant_zone(settings.conf->authority_timezone);
    tr_language(settings.conf->language, TRANCHED_LOCALEDIR);
    log_notice("configuration reloaded");
    wake(shell);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)monotonic_ms() * 1000);
    reload(arg);
    sd_notify(0, "READY=1");
}

static int make_events(struct shell *shell)
{
    uint64_t watchdog_us = 0;

    shell->base = event_base_new();
    shell->due_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!shell->base || shell->due_fd < 0)
        return err_raise(ERR_LIBRARY, "no event loop");
    shell->tick = evtimer_new(shell->base, on_tick, shell);
    shell->reconnect = evtimer_new(shell->base, on_reconnect, shell);
    shell->lease = evtimer_new(shell->base, on_lease, shell);
    shell->hourly = event_new(shell->base, -1, EV_PERSIST, on_hour, shell);
    shell->alarm = evtimer_new(shell->base, tell_alarm, shell);
    shell->watchdog = event_new(shell->base, -1, EV_PERSIST, on_watchdog, shell);
    shell->outbox = event_new(shell->base, spool_watch_fd(shell->spool), EV_READ | EV_PERSIST,
                              on_outbox, shell);
    shell->inbox_stir =
        event_new(shell->base, inbox_watch_fd(shell->inbox), EV_READ | EV_PERSIST, on_inbox, shell);
    shell->import = evtimer_new(shell->base, on_import, shell);
    shell->due = event_new(shell->base, shell->due_fd, EV_READ | EV_PERSIST, on_due, shell);
    shell->signals[0] = evsignal_new(shell->base, SIGTERM, on_stop, shell);
    shell->signals[1] = evsignal_new(shell->base, SIGINT, on_stop, shell);
    shell->signals[2] = evsignal_new(shell->base, SIGHUP, on_reload, shell);
    for (size_t i = 0; i < ARRAY_LEN(shell->signals); i++)
        event_add(shell->signals[i], NULL);
    event_add(shell->due, NULL);
    event_add(shell->outbox, NULL);
    event_add(shell->inbox_stir, NULL);
    arm(shell->hourly, LOOK_S * INT64_C(1000));
    if (sd_watchdog_enabled(0, &watchdog_us) > 0)
        arm(shell->watchdog, (int64_t)watchdog_us / 2000);
    return 0;
}

static void free_events(struct shell *shell)
{
    struct event *events[] = { shell->tick,      shell->reconnect,  shell->lease,
                               shell->hourly,    shell->watchdog,   shell->due,
                               shell->outbox,    shell->inbox_stir, shell->import,
                               shell->alarm,     shell->signals[0], shell->signals[1],
                               shell->signals[2] };

    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (events[i])
            event_free(events[i]);
    if (shell->base)
        event_base_free(shell->base);
    if (shell->due_fd >= 0)
        close(shell->due_fd);
}

static int open_places(struct shell *shell)
{
    const char *why;
    int r = spool_open(&shell->spool, shell->settings.conf->state_dir, &why);

    if (r) {
        log_err("%s", why);
        return r > 0 ? EXIT_PERSON : EXIT_RESTART;
    }
    if (uploads_open(&shell->uploads, shell->settings.conf->state_dir) < 0 ||
        inbox_open(&shell->inbox, shell->settings.conf->state_dir) < 0)
        return EXIT_PERSON;
    if (app_init(&shell->app, shell->settings.conf, shell->spool, shell->uploads) < 0 ||
        make_events(shell) < 0)
        return EXIT_RESTART;
    return control_open(&shell->control, shell->base, &shell->app, wake, shell) < 0 ? EXIT_PERSON
                                                                                    : 0;
}

int shell_run(const struct settings *settings, const char *conf_path)
{
    struct shell shell = {
        .settings = *settings, .conf_path = conf_path, .due_fd = -1, .away_s = 1
    };

    shell.work.shell = shell.listen.shell = &shell;
    if (!credential_read("database-password", shell.password)) {
        settings_free(&shell.settings);
        return EXIT_PERSON;
    }
    place_fill(&shell);
    signal(SIGPIPE, SIG_IGN);
    alert_begin(&shell.alert, shell.settings.conf->alert_file);
    shell.exit_code = open_places(&shell);
    shell.app.letters = shell.settings.letters;
    if (!shell.exit_code) {
        sd_notify(0, "READY=1\nSTATUS=connecting to the database");
        on_reconnect(-1, 0, &shell);
        event_base_dispatch(shell.base);
        app_step_down(&shell.app);
    }
    control_close(shell.control);
    link_close(&shell.work);
    link_close(&shell.listen);
    free_events(&shell);
    spool_free(shell.spool);
    uploads_free(shell.uploads);
    inbox_free(shell.inbox);
    credential_forget(shell.password);
    settings_free(&shell.settings);
    return shell.exit_code;
}
