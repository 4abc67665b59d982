/* Silence is an event: an order about which nothing came in time is told once. */
#include "call.h"
#include <base/log.h>

enum { OVERDUE_MAX = 500 };

struct order_patience patience(const struct app *app)
{
    return (struct order_patience){ .answer_days = (int)app->conf->bank_answer_days,
                                    .booking_days = (int)app->conf->bank_booking_days,
                                    .release_days = (int)app->conf->bank_release_days };
}

static void tell(struct arena *arena, const struct order_overdue *order, struct journal_row *row)
{
    enum order_actor actor = order_next_actor(order->state, order->written, order->taken);
    const char *state = order_state_shown(order->state, order->written);
    char day[DATE_TEXT_MAX];

    *row = (struct journal_row){ .kind = "order.overdue",
                                 .scheme = order->scheme,
                                 .convention = order->reference,
                                 .tranche = order->tranche,
                                 .about = order->end_to_end_id };
    row->what = arena_printf(arena, _("order %s: nothing came in time; it is %s since %s"),
                             order->end_to_end_id, tr_word(state), tr_date(day, order->since_on));
    row->why = arena_printf(arena, _("who acts next: %s"), say_actor(actor));
}

static int overdue(struct app *app, const struct instance *instance, size_t *count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct date today = business_day(instance);
    struct journal_row *journal;
    struct order_overdue *rows;
    int r = store_orders_overdue(app->work, today, OVERDUE_MAX, arena, &rows, count);

    if (r || !*count)
        return r;
    journal = arena_alloc(arena, *count * sizeof *journal);
    for (size_t i = 0; i < *count; i++)
        tell(arena, &rows[i], &journal[i]);
    return journal_add(app, instance, "tranched", NULL, journal, *count);
}

int overdue_step(struct app *app, const struct instance *instance, bool *worked)
{
    size_t count = 0;
    int r = leader_begin(app);

    if (!r)
        r = overdue(app, instance, &count);
    r = leader_end(app, r);
    if (!r && count)
        log_warning("%zu orders about which nothing came in time", count);
    *worked = !r && count;
    return r;
}
