#include "tell.h"
#include <base/instant.h>
#include <base/log.h>
#include <base/text.h>
#include <base/tr.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

void tell_away(struct shell *shell, int64_t wait_ms)
{
    int64_t now = monotonic_seconds();

    if (!shell->app.away.since) {
        shell->app.away.since = now;
        event_add(shell->alarm,
                  &(struct timeval){ .tv_sec = shell->settings.conf->alert_after_seconds });
    }
    shell->app.away.next = now + (wait_ms + 999) / 1000;
    text_line(shell->app.away.why, sizeof shell->app.away.why, err_last());
    sd_notifyf(0, "STATUS=the database is away: %s; next attempt in %lld ms", shell->app.away.why,
               (long long)wait_ms);
}

void tell_back(struct shell *shell)
{
    shell->app.away.since = 0;
    event_del(shell->alarm);
    alert_set(&shell->alert, ALERT_DATABASE, "");
}

void tell_alarm(evutil_socket_t fd, short what, void *arg)
{
    struct shell *shell = arg;
    char text[400];

    (void)fd;
    (void)what;
    snprintf(text, sizeof text, _("the database is away for %lld s: %s"),
             (long long)(monotonic_seconds() - shell->app.away.since), shell->app.away.why);
    alert_set(&shell->alert, ALERT_DATABASE, text);
}

/* What fails now is an alert once it has failed long enough SINCE; FORMAT takes the seconds and
 * WHY. */
static void alert_lasting(struct shell *shell, enum alert_cause cause, int64_t *since,
                          const char *format, const char *why)
{
    long long after_s = (long long)shell->settings.conf->alert_after_seconds;
    int64_t now = monotonic_seconds();
    char text[400];

    if (!*since)
        *since = now;
    if (now - *since < after_s)
        return;
    snprintf(text, sizeof text, format, after_s, why);
    alert_set(&shell->alert, cause, text);
}

void tell_trouble(struct shell *shell, int64_t wait_s)
{
    text_line(shell->app.trouble, sizeof shell->app.trouble, err_last());
    sd_notifyf(0, "STATUS=a step failed: %s; next attempt in %lld s", shell->app.trouble,
               (long long)wait_s);
    log_err("a step failed; next attempt in %lld s", (long long)wait_s);
    alert_lasting(shell, ALERT_TROUBLE, &shell->trouble_since,
                  _("a step has been failing for %lld s and is tried again: %s"),
                  shell->app.trouble);
}

void tell_healed(struct shell *shell)
{
    shell->trouble_since = 0;
    shell->app.trouble[0] = '\0';
    alert_set(&shell->alert, ALERT_TROUBLE, "");
}

void tell_inbox(struct shell *shell)
{
    char why[256];

    text_line(why, sizeof why, err_last());
    log_err("the inbox is in trouble; what could not be taken is tried again");
    alert_lasting(shell, ALERT_INBOX, &shell->inbox_since,
                  _("what the bank answers cannot be taken in for %lld s: %s"), why);
}

void tell_inbox_healed(struct shell *shell)
{
    shell->inbox_since = 0;
    alert_set(&shell->alert, ALERT_INBOX, "");
}

void tell_persons(struct shell *shell, const struct tick *tick)
{
    bool ours = tick->result != TICK_LOST; /* else another daemon leads, and tells */
    char text[160] = "", answers[160] = "";

    if (tick->blocked)
        snprintf(text, sizeof text,
                 ngettext("%lld order file waits for a person: tranchectl file list",
                          "%lld order files wait for a person: tranchectl file list",
                          (unsigned long)tick->blocked),
                 (long long)tick->blocked);
    if (tick->contradictions)
        snprintf(answers, sizeof answers,
                 ngettext("%lld answer contradicts what is proven: tranchectl answer unmatched",
                          "%lld answers contradict what is proven: tranchectl answer unmatched",
                          (unsigned long)tick->contradictions),
                 (long long)tick->contradictions);
    alert_set(&shell->alert, ALERT_ANSWERS, answers);
    alert_set(&shell->alert, ALERT_DOUBT, ours ? shell->app.doubt : "");
    alert_set(&shell->alert, ALERT_FILES, text);
}

void tell_status(const struct shell *shell, const struct tick *tick)
{
    char day[DATE_TEXT_MAX];

    if (*shell->app.doubt)
        sd_notifyf(0, "STATUS=leading, waits for a person: %s", shell->app.doubt);
    else if (tick->blocked)
        sd_notifyf(0, "STATUS=leading; %lld order files wait for a person",
                   (long long)tick->blocked);
    else if (date_is_set(tick->next))
        sd_notifyf(0, "STATUS=leading; next due moment: %s", date_format(day, tick->next));
    else
        sd_notify(0, "STATUS=leading; nothing is due");
}
