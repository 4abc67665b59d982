/* The days to come, for people's own calendars: papers due, payments, ends of conventions. */
#include "call.h"
#include <core/forecast.h>
#include <core/target.h>
#include <notify/calendar.h>

struct agenda {
    struct call *call;
    const struct conf_person *reader; /* of whose schemes; NULL: of all */
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

static int add_for(void *arg, const struct record *record)
{
    struct agenda *a = arg;

    if (!a->reader ||
        conf_person_hears(a->reader, mail_kind_find("week"), record->dossier.scheme->code))
        add_record(a, record);
    return 0;
}

static void write_all(const struct agenda *a, struct text *out)
{
    calendar_write(out, a->call->app->conf->authority_name, a->events, a->count, instant_now());
}

int calendar_of(struct call *call, const struct conf_person *reader, struct text *out)
{
    struct agenda a = { .call = call, .reader = reader };

    TRY(each_record(call, NULL, add_for, &a));
    if (a.count)
        write_all(&a, out);
    return 0;
}

int calendar_show(struct call *call)
{
    CLEANUP(text_free) struct text file = { 0 };
    struct agenda a = { .call = call };
    json_t *rows = json_array();

    json_object_set_new(result(call), "days", rows);
    TRY(each_record(call, arg_text(call, "scheme"), add_for, &a));
    for (size_t i = 0; i < a.count; i++)
        json_array_append_new(rows, json_pack("{s:o, s:s, s:s}", "on", json_date(a.events[i].on),
                                              "what", a.events[i].summary, "uid", a.events[i].uid));
    write_all(&a, &file);
    json_object_set_new(result(call), "file", json_string(file.s));
    return 0;
}
