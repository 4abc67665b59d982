/* The leader's tick: what is due and not done?  One bounded step at a time: put out a file that is
 * decided, else decide one set of conventions, else let a rehearsal's day pass. */
#include "call.h"
#include <base/failpoint.h>
#include <store/mail.h>

/* A rehearsal's day passes: to its target, or to the next day on which something is due. */
static int clock_step(struct app *app, const struct instance *instance, struct date next,
                      bool *worked)
{
    struct date to = instance->target;
    int r;

    *worked = false;
    if (!date_is_set(instance->on) || !date_is_set(to) || date_cmp(to, instance->on) <= 0)
        return 0;
    if (date_is_set(next) && date_cmp(next, to) < 0)
        to = next;
    r = leader_begin(app);
    r = leader_end(app, r ? r : store_clock_move(app->work, to));
    FAILPOINT(clock_moved);
    *worked = !r;
    return r;
}

static int look(struct app *app, struct instance *instance, struct tick *tick)
{
    int64_t waiting;
    int r = store_begin_read(app->work);

    if (!r)
        r = store_instance(app->work, instance);
    if (!r)
        r = store_order_files_waiting(app->work, app->host, &waiting, &tick->blocked);
    if (!r)
        r = store_look_on(app->work, &tick->look_on);
    tick->next = tick->look_on;
    if (!r)
        r = store_contradictions(app->work, &tick->contradictions);
    if (!r)
        r = store_mail_unnoted(app->work, &tick->mails_refused);
    if (!r)
        r = store_mail_gather_on(app->work, &tick->digest);
    if (!app->letters) /* what was gathered waits until mails are turned on again */
        tick->digest = DATE_NONE;
    if (!r)
        r = store_orders_overdue_on(app->work, &tick->overdue);
    if (!r && date_is_set(tick->overdue))
        tick->next = date_earlier(tick->next, date_add_days(tick->overdue, 1));
    if (!r && date_is_set(tick->digest))
        tick->next = date_earlier(tick->next, tick->digest);
    if (!r && app->letters && date_is_set(app->week))
        tick->next = date_earlier(tick->next, date_add_days(app->week, 7));
    store_rollback(app->work);
    return r;
}

/* What is told: who has lost the right is not; digests and the picture of the week. */
static int tell_step(struct app *app, const struct instance *instance, const struct tick *tick,
                     struct date today, bool *worked)
{
    int r = mail_step(app, instance, tick->mails_refused, worked);

    if (!r && !*worked && date_is_set(tick->digest) && date_cmp(tick->digest, today) <= 0)
        r = digest_step(app, instance, worked);
    if (!r && !*worked)
        r = takeover_step(app, instance);
    return r || *worked ? r : week_step(app, instance, worked);
}

/* The journal is sealed and the witness written whatever else FAILED, for what err_last() says. */
static int look_back(struct app *app, const struct instance *instance, struct tick *tick,
                     int failed, bool *worked)
{
    CLEANUP(mem_freep) char *why = mem_strdup(err_last());
    int r = seal_step(app, tick, worked);

    if (!r && !*worked)
        r = witness_step(app, tick);
    if (!r && !*worked && !failed && !tick->unsealed)
        r = verify_step(app, instance, worked);
    if (failed) {
        *worked = false; /* it is told, and tried again later */
        err_recall(why);
    }
    return failed ? failed : r;
}

/* The kinds of step, in the order in which they must come. */
static int act(struct app *app, const struct instance *instance, struct tick *tick, bool *worked)
{
    struct date today = business_day(instance);
    int told, r = replaced_step(app, instance, worked);

    if (!r && !*worked)
        r = boot_step(app, instance, worked);
    if (!r && !*worked)
        r = put_out_step(app, instance, worked);
    if (r || *worked || !date_is_set(today))
        return r;
    if (date_is_set(tick->look_on) && date_cmp(tick->look_on, today) <= 0) {
        r = release_step(app, instance, tick, worked);
        if (r || *worked || tick->result == TICK_LATER)
            return r;
    }
    if (date_is_set(tick->overdue) && date_cmp(tick->overdue, today) < 0) {
        r = overdue_step(app, instance, worked);
        if (r || *worked)
            return r;
    }
    told = tell_step(app, instance, tick, today, worked);
    if (*worked || store_is_broken(app->work))
        return told;
    if (!tick->blocked && !told) /* a day is over when all was told */
        r = clock_step(app, instance, tick->next, worked);
    if (!r && !*worked)
        r = taken_step(app, instance, worked);
    return r ? r : told;
}

/* R, or what a rule of the database that refused a step is from then on. */
static int broken_if_refused(const struct app *app, int r)
{
    return r <= 0 || r == STORE_E_BUSY
               ? r
               : err_raise(ERR_DB, "the database refused a step (%s)", store_constraint(app->work));
}

static int step(struct app *app, const struct instance *instance, struct tick *tick, bool *worked)
{
    int r = act(app, instance, tick, worked);

    if (*worked || r == STORE_E_NONE || store_is_broken(app->work) ||
        !date_is_set(business_day(instance)))
        return r;
    return look_back(app, instance, tick, broken_if_refused(app, r), worked);
}

int app_tick(struct app *app, struct tick *tick)
{
    struct instance instance;
    bool worked = false;
    int r;

    *tick = (struct tick){ .result = TICK_IDLE };
    if (!app->lease) {
        tick->result = TICK_LOST;
        return 0;
    }
    r = *app->doubt ? witness_check(app) : 0;
    if (!r)
        r = look(app, &instance, tick);
    if (!r && *app->doubt) {
        r = doubt_step(app, &instance);
        tick->next = DATE_NONE; /* nothing comes by itself: a person speaks first */
    } else if (!r) {
        r = step(app, &instance, tick, &worked);
    }
    if (r == STORE_E_NONE) { /* a renewal found no row of ours */
        app->lease = 0;
        tick->result = TICK_LOST;
        return 0;
    }
    if (r == STORE_E_BUSY) {
        tick->result = TICK_LATER;
        return 0;
    }
    r = broken_if_refused(app, r);
    if (worked)
        tick->result = TICK_AGAIN;
    return r;
}
