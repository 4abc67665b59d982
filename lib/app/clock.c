/* The clock. */
#include "call.h"

static void put_clock(json_t *body, const struct instance *instance)
{
    bool moving = date_is_set(instance->target) && date_cmp(instance->target, instance->on) != 0;

    json_object_set_new(body, "clock",
                        json_pack("{s:s, s:o, s:o}", "kind",
                                  instance->rehearsal ? "rehearsal" : "live", "today_on",
                                  json_date(business_day(instance)), "target_on",
                                  moving ? json_date(instance->target) : json_null()));
}

int clock_show(struct call *call)
{
    put_clock(result(call), &call->instance);
    return 0;
}

int clock_set(struct call *call)
{
    struct date target = arg_date(call, "date");
    char day[DATE_TEXT_MAX], today[DATE_TEXT_MAX];

    if (!call->instance.rehearsal)
        return refuse(call, APP_FORBIDDEN, "live_clock", _("only a rehearsal's clock can be set"),
                      _("this database is live: its clock is the wall's"));
    if (date_is_set(call->today) && date_cmp(target, call->today) < 0)
        return refuse(call, APP_INVALID, "clock_backwards",
                      _("a new rehearsal database can begin on any day"),
                      _("the clock stands at %s and never goes back to %s"),
                      tr_date(today, call->today), tr_date(day, target));
    if (date_is_set(call->instance.target) && date_cmp(call->instance.target, target) > 0 &&
        date_cmp(call->instance.target, call->instance.on) > 0)
        return refuse(call, APP_CONFLICT, "clock_moving", _("wait until it has arrived"),
                      _("the clock is on its way to %s"), tr_date(day, call->instance.target));
    TRY(stored(call, store_clock_target(call->app->work, target)));
    call->answer->park = true;
    return 0;
}

static void refuse_doubt(const struct app *app, struct answer *answer)
{
    app_refuse(answer, APP_CONFLICT, "in_doubt",
               _("look at each file named, then tranchectl file reconcile"),
               _("nothing is prepared or put out until a person has spoken: %s"), app->doubt);
}

static void refuse_stuck(struct answer *answer, int64_t blocked, const struct instance *instance)
{
    char day[DATE_TEXT_MAX];

    app_refuse(answer, APP_CONFLICT, "clock_stuck", _("tranchectl file list shows which, and why"),
               ngettext("the clock stands at %s: %lld order file waits for a person",
                        "the clock stands at %s: %lld order files wait for a person",
                        (unsigned long)blocked),
               tr_date(day, instance->on), (long long)blocked);
}

/* Whether nothing is left to do, as a daemon that stands by sees it: another one does it. */
static int is_done(struct app *app, const struct instance *instance, struct tick *seen)
{
    int64_t waiting;
    int r = store_order_files_waiting(app->work, app->host, &waiting, &seen->blocked);

    if (!r)
        r = store_look_on(app->work, &seen->next);
    if (!r && waiting == 0 && (!date_is_set(seen->next) || date_cmp(seen->next, instance->on) > 0))
        seen->result = TICK_IDLE;
    return r;
}

bool app_clock_answer(struct app *app, const struct tick *tick, struct answer *answer)
{
    struct instance instance;
    struct tick seen = *tick;
    int r = app->work ? store_begin_read(app->work) : ERR_DB_AWAY;

    *answer = (struct answer){ .status = 200 };
    if (!r)
        r = store_instance(app->work, &instance);
    if (!r && tick->result == TICK_LOST)
        r = is_done(app, &instance, &seen);
    if (app->work)
        store_rollback(app->work);
    if (r) {
        app_away(app, answer);
        return true;
    }
    if (*app->doubt) {
        refuse_doubt(app, answer);
        return true;
    }
    if (seen.blocked) {
        refuse_stuck(answer, seen.blocked, &instance);
        return true;
    }
    if (seen.result != TICK_IDLE || date_cmp(instance.on, instance.target) != 0)
        return false;
    answer->result = json_object();
    put_clock(answer->result, &instance);
    return true;
}
