/* One screen: the daemon's own state, what is due and held, who is waited for, what is late. */
#include "call.h"
#include <store/mail.h>
#include <store/seal.h>

/* What is held takes a look at every convention: of more than so many only when it is asked for. */
enum { HELD_MAX = 5000 };

/* What keeps the leader from going on, for a person. */
static const char *trouble_text(const struct call *call)
{
    if (!*call->app->trouble)
        return "";
    return arena_printf(call->arena, _("a step failed and is tried again: %s"), call->app->trouble);
}

int status_show(struct call *call)
{
    struct lease lease;
    struct order_counts orders;
    struct mail_counts mails;
    CLEANUP(store_table_freep) struct store_table *waiting_orders = NULL;
    int64_t ordered, waiting, blocked, proposals, set_aside, unsealed;
    struct date next, overdue = DATE_NONE;
    json_t *body;

    TRY(store_lease_show(call->app->work, &lease));
    TRY(store_order_files_waiting(call->app->work, call->app->host, &waiting, &blocked));
    TRY(store_look_on(call->app->work, &next));
    TRY(store_orders_overdue_on(call->app->work, &overdue));
    if (date_is_set(overdue))
        next = date_earlier(next, date_add_days(overdue, 1));
    TRY(store_proposals_open(call->app->work, &proposals));
    TRY(store_conventions_set_aside(call->app->work, &set_aside));
    TRY(store_unsealed(call->app->work, &unsealed));
    TRY(store_order_counts(call->app->work, &orders));
    TRY(store_mail_counts(call->app->work, &mails));
    body = json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:o}", "version", TRANCHED_VERSION,
                     "authority", call->app->conf->authority_name, "kind",
                     call->instance.rehearsal ? "rehearsal" : "live", "today_on",
                     json_date(call->today), "part", call->app->lease ? "leader" : "standby",
                     "lease", (json_int_t)lease.number, "next_look_on", json_date(next));
    json_object_update_new(
        body, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "doubt", call->app->doubt,
                        "trouble", trouble_text(call), "proposals_open", (json_int_t)proposals,
                        "set_aside", (json_int_t)set_aside, "unsealed", (json_int_t)unsealed,
                        "files_waiting", (json_int_t)waiting, "files_blocked", (json_int_t)blocked,
                        "you", call->person, "role", role_name(call->request->caller.role)));
    json_object_set_new(body, "journal_faults",
                        call->app->lease ? json_integer(call->app->verified.told) : json_null());
    json_object_update_new(body, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "mails_queued",
                                           (json_int_t)mails.queued, "mails_refused",
                                           (json_int_t)mails.refused, "overdue",
                                           (json_int_t)orders.overdue, "awaiting_release",
                                           (json_int_t)orders.awaiting_release, "open_lines",
                                           (json_int_t)orders.open_lines, "contradictions",
                                           (json_int_t)orders.contradictions));
    json_object_set_new(result(call), "status", body);
    TRY(store_orders_waiting(call->app->work, call->today, &waiting_orders));
    put_table(call, "orders", waiting_orders);
    TRY(store_orders_decided(call->app->work, call->today, &ordered));
    json_object_set_new(body, "ordered_today_cents", json_integer(ordered));
    return forecast_held(call, arg_flag(call->args, "held") ? INT64_MAX : HELD_MAX, body);
}
