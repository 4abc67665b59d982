/* What is still to be paid, and when: the gates evaluated ahead, and what is ordered already. */
#include "call.h"
#include <core/forecast.h>
#include <core/target.h>

struct bucket {
    struct date from;
    int64_t ordered, certain, expected;
};

struct outlook {
    struct call *call;
    struct date until; /* unset: to the end */
    json_t *tranches;  /* NULL: only sums */
    struct bucket *buckets[PERIODS];
    size_t counts[PERIODS];
    int64_t ordered, due, sums[FORECASTS];
    struct {
        int64_t tranches, cents;
    } held[GATES];
};

/* The sum of one kind in the period of DAY. */
static struct bucket *bucket(struct outlook *o, enum period period, struct date day)
{
    struct date from = forecast_period(period, day);

    for (size_t i = 0; i < o->counts[period]; i++)
        if (date_cmp(o->buckets[period][i].from, from) == 0)
            return &o->buckets[period][i];
    struct bucket *b = arena_push(o->call->arena, o->buckets[period], o->counts[period]);
    b->from = from;
    return b;
}

static bool is_late(const struct outlook *o, struct date day)
{
    return date_is_set(o->until) && date_is_set(day) && date_cmp(day, o->until) > 0;
}

static void add(struct outlook *o, struct date day, int64_t ordered, int64_t certain,
                int64_t expected)
{
    for (int p = 0; p < PERIODS; p++) {
        struct bucket *b = bucket(o, (enum period)p, day);

        b->ordered += ordered;
        b->certain += certain;
        b->expected += expected;
    }
}

static void put_rung(struct outlook *o, const struct record *record, unsigned t,
                     const struct forecast *f)
{
    CLEANUP(text_free) struct text why = { 0 };
    struct verdicts v;

    gates_ask(&record->dossier, t, o->call->today, &v);
    say_shut(&why, &record->dossier, &v, record->paper_due_on, o->call->today);
    json_array_append_new(o->tranches,
                          json_pack("{s:o, s:s, s:I, s:o, s:s, s:s}", "tranche",
                                    json_sprintf("%s/%u", record->dossier.reference, t + 1),
                                    "beneficiary", record->beneficiary, "amount_cents",
                                    (json_int_t)f->amount.v, "on", json_date(f->on), "certainty",
                                    forecast_name(f->certainty), "why", why.s));
}

static void add_rung(struct outlook *o, const struct record *record, unsigned t)
{
    struct forecast f;

    if (!forecast_rung(&record->dossier, t, record->paper_due_on, o->call->today, &f))
        return;
    f.on = date_is_set(f.on) ? target_next(f.on) : f.on;
    if (is_late(o, f.on))
        return;
    o->sums[f.certainty] += f.amount.v;
    o->due += f.gate == GATES ? f.amount.v : 0;
    if (f.gate != GATES) {
        o->held[f.gate].tranches++;
        o->held[f.gate].cents += f.amount.v;
    }
    if (date_is_set(f.on))
        add(o, f.on, 0, f.certainty == FORECAST_CERTAIN ? f.amount.v : 0,
            f.certainty == FORECAST_EXPECTED ? f.amount.v : 0);
    if (o->tranches)
        put_rung(o, record, t, &f);
}

/* Orders that are out and not booked, on the day they are to be executed. */
static int add_ordered(struct outlook *o, const char *scheme)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;

    TRY(store_orders_to_come(o->call->app->work, scheme, &table));
    for (size_t i = 0; i < store_table_rows(table); i++) {
        int64_t cents = store_table_cell(table, i, 1).integer;
        struct date on = DATE_NONE;

        date_parse(&on, store_table_cell(table, i, 0).text);
        if (is_late(o, on))
            continue;
        o->ordered += cents;
        add(o, on, cents, 0, 0);
    }
    return 0;
}

static int add_record(void *arg, const struct record *record)
{
    for (unsigned t = 0; t < record->dossier.scheme->rung_count && !record_broken(record); t++)
        add_rung(arg, record, t);
    return 0;
}

static int by_day(const void *a, const void *b)
{
    return date_cmp(((const struct bucket *)a)->from, ((const struct bucket *)b)->from);
}

static void put_periods(struct outlook *o, enum period period, const char *key)
{
    struct bucket *buckets = o->buckets[period];
    json_t *rows = json_array();

    if (o->counts[period])
        qsort(buckets, o->counts[period], sizeof *buckets, by_day);
    for (size_t i = 0; i < o->counts[period]; i++)
        json_array_append_new(
            rows,
            json_pack("{s:o, s:I, s:I, s:I, s:I}", "from_on", json_date(buckets[i].from),
                      "ordered_cents", (json_int_t)buckets[i].ordered, "certain_cents",
                      (json_int_t)buckets[i].certain, "expected_cents",
                      (json_int_t)buckets[i].expected, "sum_cents",
                      (json_int_t)buckets[i].ordered + buckets[i].certain + buckets[i].expected));
    json_object_set_new(result(o->call), key, rows);
}

static void put_held(struct outlook *o)
{
    json_t *rows = json_array();

    for (int g = 0; g < GATES; g++)
        if (o->held[g].tranches)
            json_array_append_new(rows,
                                  json_pack("{s:s, s:I, s:I}", "gate", gate_name((enum gate)g),
                                            "tranches", (json_int_t)o->held[g].tranches,
                                            "amount_cents", (json_int_t)o->held[g].cents));
    json_object_set_new(result(o->call), "held", rows);
}

int forecast_held(struct call *call, int64_t max, json_t *body)
{
    struct outlook o = { .call = call };
    bool more;

    TRY(store_conventions_exceed(call->app->work, max, &more));
    if (more)
        return 0;
    TRY(each_record(call, NULL, add_record, &o));
    TRY(add_ordered(&o, NULL));
    json_object_set_new(body, "due_cents", json_integer(o.due));
    put_held(&o);
    return 0;
}

int forecast_show(struct call *call)
{
    struct outlook o = { .call = call, .until = arg_date(call, "until"), .tranches = json_array() };
    const char *scheme = arg_text(call, "scheme");

    json_object_set_new(result(call), "tranches", o.tranches);
    TRY(each_record(call, scheme, add_record, &o));
    TRY(add_ordered(&o, scheme));
    json_object_set_new(result(call), "forecast",
                        json_pack("{s:o, s:I, s:I, s:I, s:I}", "today_on", json_date(call->today),
                                  "ordered_cents", (json_int_t)o.ordered, "certain_cents",
                                  (json_int_t)o.sums[FORECAST_CERTAIN], "expected_cents",
                                  (json_int_t)o.sums[FORECAST_EXPECTED], "undated_cents",
                                  (json_int_t)o.sums[FORECAST_UNDATED]));
    put_held(&o);
    put_periods(&o, PERIOD_YEAR, "years");
    put_periods(&o, PERIOD_MONTH, "months");
    put_periods(&o, PERIOD_WEEK, "weeks");
    return 0;
}
