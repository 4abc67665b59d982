/* Reminders ride on the leader's look at a convention: what is due is told, each threshold once,
 * and the next threshold is one more day on which to look. */
#include "tell.h"
#include <core/reminder.h>
#include <store/mail.h>

struct reminding {
    struct app *app;
    struct arena *arena;
    struct date on;
    struct journal_row *rows;
    const char **events;
    size_t count, event_count;
    const char **done_about, **done_kinds; /* conventions, and what is not to be told of them */
    size_t done_count, done_kind_count;
};

/* What the tranches that wait for paper I would bring. */
static struct cents held_by_paper(const struct record *record, unsigned i)
{
    const struct dossier *d = &record->dossier;
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct cents sum = { 0 };

    dossier_plan(d, plan);
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (d->tranches[t].state == TRANCHE_HELD && d->scheme->rungs[t].papers & UINT32_C(1) << i)
            sum.v += plan_outlook(plan, d->scheme->rung_count, t).v;
    return sum;
}

static void say_held(struct reminding *m, const struct record *record, const struct reminder *r,
                     struct journal_row *row)
{
    const struct dossier *d = &record->dossier;
    CLEANUP(text_free) struct text why = { 0 };
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct verdicts v;
    char day[DATE_TEXT_MAX];

    gates_ask(d, r->index, m->on, &v);
    dossier_plan(d, plan);
    say_shut(&why, d, &v, record->paper_due_on, m->on);
    row->tranche = (int)r->index + 1;
    row->amount = plan_outlook(plan, d->scheme->rung_count, r->index);
    row->what = arena_printf(m->arena, _("tranche %s is held, though its date was reached on %s"),
                             d->scheme->rungs[r->index].name, tr_date(day, r->due));
    row->why = arena_strdup(m->arena, why.s);
}

static void say_reminder(struct reminding *m, const struct record *record, const struct reminder *r,
                         struct journal_row *row)
{
    const struct dossier *d = &record->dossier;
    CLEANUP(text_free) struct text text = { 0 };
    char day[DATE_TEXT_MAX];
    struct verdict v;

    switch (r->kind) {
    case REMINDER_REPORT:
        say_paper_due(&text, d, r->index, r->due, m->on);
        row->what = arena_strdup(m->arena, text.s);
        row->amount = held_by_paper(record, r->index);
        row->until = r->days <= 0 ? r->due : DATE_NONE;
        break;
    case REMINDER_SIGNATURE:
        v = gate_ask(GATE_SIGNATURE, d, 0, m->on);
        say_verdict(&text, d, &v, record->paper_due_on, m->on);
        row->what = arena_strdup(m->arena, text.s);
        break;
    case REMINDER_HELD:
        say_held(m, record, r, row);
        break;
    case REMINDER_ACCOUNT:
        row->what =
            arena_printf(m->arena, _("the account proposed on %s by %s waits for a second person"),
                         tr_date(day, r->due), record->account.proposed_by);
        break;
    default:
        say_missing(&text, d, record->paper_due_on, m->on);
        row->what = arena_printf(m->arena, _("the convention ends on %s"), tr_date(day, r->due));
        row->why = arena_printf(m->arena, _("missing: %s"), text.s);
        row->until = r->due;
        break;
    }
}

static void add(struct reminding *m, const struct record *record, const struct reminder *r)
{
    struct journal_row *row = arena_push(m->arena, m->rows, m->count);
    char day[DATE_TEXT_MAX];

    *row = (struct journal_row){ .kind = reminder_name(r->kind),
                                 .scheme = record->dossier.scheme->code,
                                 .convention = record->dossier.reference,
                                 .why = "" };
    *arena_push(m->arena, m->events, m->event_count) =
        arena_printf(m->arena, "%s/%s/%u/%s/%d", row->kind, row->convention, r->index,
                     date_format(day, r->due), r->days);
    say_reminder(m, record, r, row);
}

/* The kinds of reminder that do not hold for RECORD, of which COUNT are DUE: what is done is not
 * asked for. */
static void add_done(struct reminding *m, const struct record *record, const struct reminder *due,
                     unsigned count)
{
    unsigned held = 0;

    for (unsigned k = 0; k < count; k++)
        held |= 1U << due[k].kind;
    for (int kind = 0; kind < REMINDER_KINDS; kind++)
        if (!(held & 1U << kind)) {
            *arena_push(m->arena, m->done_about, m->done_count) = record->dossier.reference;
            *arena_push(m->arena, m->done_kinds, m->done_kind_count) =
                reminder_name((enum reminder_kind)kind);
        }
}

/* Those that were not told before, in one go. */
static int tell_fresh(struct reminding *m, const struct instance *instance)
{
    bool *fresh = arena_alloc(m->arena, m->count * sizeof *fresh);
    size_t kept = 0, first = 0;
    int r = store_reminders_take(m->app->work, m->events, m->count, m->on, fresh);

    for (size_t i = 0; !r && i < m->count; i++)
        if (fresh[i]) {
            first = kept ? first : i;
            m->rows[kept++] = m->rows[i];
        }
    return r || !kept
               ? r
               : tell(m->app, instance, "tranched",
                      arena_printf(m->arena, "reminder/%s", m->events[first]), m->rows, kept);
}

int remind(struct app *app, const struct instance *instance, struct record *const *records,
           struct decision *decisions, size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const struct conf_mail *mail = &app->conf->mail;
    struct reminder_rules rules = { .signature_days = (int)mail->signature_days,
                                    .held_days = (int)mail->held_days,
                                    .account_days = (int)mail->account_days,
                                    .ending_days = (int)mail->ending_days };
    struct reminding m = { .app = app, .arena = arena, .on = business_day(instance) };
    bool some_wait = false;
    int r = app->letters ? store_mail_some_wait(app->work, &some_wait) : 0;

    for (size_t i = 0; i < count; i++) {
        struct reminder due[REMINDERS_MAX];
        struct date next;
        unsigned n =
            reminders(&records[i]->dossier, records[i]->paper_due_on, &rules, m.on, due, &next);

        decisions[i].look_on = date_earlier(decisions[i].look_on, next);
        for (unsigned k = 0; app->letters && k < n; k++)
            add(&m, records[i], &due[k]);
        if (some_wait)
            add_done(&m, records[i], due, n);
    }
    if (!r && m.done_count)
        r = withdraw(app, m.done_about, m.done_kinds, m.done_count);
    return r || !m.count ? r : tell_fresh(&m, instance);
}

int remind_no_more(struct app *app, const char *reference)
{
    const char *about[REMINDER_KINDS], *kinds[REMINDER_KINDS];

    for (int kind = 0; kind < REMINDER_KINDS; kind++) {
        about[kind] = reference;
        kinds[kind] = reminder_name((enum reminder_kind)kind);
    }
    return withdraw(app, about, kinds, REMINDER_KINDS);
}
