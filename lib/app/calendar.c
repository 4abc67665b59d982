/* The days to come, for people's own calendars: papers due, payments, ends of conventions. */
#include "call.h"
#include <core/forecast.h>
#include <core/target.h>
#include <notify/calendar.h>

struct agenda {
    struct call *call;
    struct calendar_event *events;
    size_t count;
};

/* One day about RECORD; WHAT names it within the convention, for ever. */
static void add(struct agenda *a, const struct record *record, const char *what, struct date on,
                const char *summary)
{
    struct calendar_event *e = arena_push(a->call->arena, a->events, a->count);
    const char *test = a->call->instance.rehearsal ? "TEST" : "";
    struct arena *arena = a->call->arena;

    e->uid = arena_printf(arena, "%s%s.%s@%s.tranched", test, record->dossier.reference, what,
                          a->call->app->conf->authority_code);
    e->summary = arena_printf(arena, "%s%s[%s/%s] %s", test, *test ? " " : "",
                              record->dossier.scheme->code, record->dossier.reference, summary);
    e->description = arena_printf(arena, "%s, %s\ntranchectl convention show %s",
                                  record->beneficiary, record->project, record->dossier.reference);
    e->on = on;
}

static void add_papers(struct agenda *a, const struct record *record)
{
    const struct dossier *d = &record->dossier;

    for (unsigned i = 0; i < d->scheme->paper_count; i++)
        if (d->papers[i].state == PAPER_EXPECTED && date_is_set(record->paper_due_on[i]))
            add(a, record, arena_printf(a->call->arena, "paper.%s", d->scheme->papers[i].name),
                record->paper_due_on[i],
                arena_printf(a->call->arena, _("%s is due"), tr_word(d->scheme->papers[i].name)));
}

static void add_payments(struct agenda *a, const struct record *record)
{
    const struct dossier *d = &record->dossier;

    for (unsigned t = 0; t < d->scheme->rung_count; t++) {
        char sum[TR_CENTS_MAX];
        struct forecast f;

        if (!forecast_rung(d, t, record->paper_due_on, a->call->today, &f) || !date_is_set(f.on))
            continue;
        tr_cents(sum, f.amount);
        add(a, record, arena_printf(a->call->arena, "tranche.%u", t + 1), target_next(f.on),
            f.certainty == FORECAST_CERTAIN
                ? arena_printf(a->call->arena, _("tranche %s, %s"), d->scheme->rungs[t].name, sum)
                : arena_printf(a->call->arena, _("tranche %s, %s (expected)"),
                               d->scheme->rungs[t].name, sum));
    }
}

static void add_record(struct agenda *a, const struct record *record)
{
    const struct dossier *d = &record->dossier;
    struct date ends = dossier_ends_on(d);

    if (record_broken(record) || d->state == CONVENTION_TERMINATED ||
        d->state == CONVENTION_COMPLETED)
        return;
    add_papers(a, record);
    add_payments(a, record);
    if (date_is_set(ends) && date_cmp(ends, a->call->today) >= 0)
        add(a, record, "end", ends, _("the convention ends"));
}

static int add_scheme(struct agenda *a, const char *code)
{
    struct scheme *scheme;
    struct record **records;
    size_t count;

    TRY(load_scheme(a->call, code, SCHEME_READ, &scheme));
    TRY(stored(a->call, store_conventions_load(a->call->app->work, scheme,
                                               (int)a->call->app->conf->account_wait_days,
                                               a->call->arena, &records, &count)));
    for (size_t i = 0; i < count; i++)
        add_record(a, records[i]);
    return 0;
}

static int add_all(struct agenda *a)
{
    CLEANUP(store_table_freep) struct store_table *schemes = NULL;

    TRY(store_scheme_list(a->call->app->work, &schemes));
    for (size_t i = 0; i < store_table_rows(schemes); i++)
        TRY(add_scheme(a, store_table_cell(schemes, i, 0).text));
    return 0;
}

int calendar_show(struct call *call)
{
    CLEANUP(text_free) struct text file = { 0 };
    struct agenda a = { .call = call };
    const char *scheme = arg_text(call, "scheme");
    json_t *rows = json_array();

    json_object_set_new(result(call), "days", rows);
    TRY(scheme ? add_scheme(&a, scheme) : add_all(&a));
    for (size_t i = 0; i < a.count; i++)
        json_array_append_new(rows, json_pack("{s:o, s:s, s:s}", "on", json_date(a.events[i].on),
                                              "what", a.events[i].summary, "uid", a.events[i].uid));
    calendar_write(&file, call->app->conf->authority_name, a.events, a.count, instant_now());
    json_object_set_new(result(call), "file", json_string(file.s));
    return 0;
}
