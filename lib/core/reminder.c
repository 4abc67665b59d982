#include <core/decide.h>
#include <core/reminder.h>

const char *reminder_name(enum reminder_kind kind)
{
    static const char *const names[REMINDER_KINDS] = {
        [REMINDER_REPORT] = "report.due",        [REMINDER_SIGNATURE] = "signature.missing",
        [REMINDER_HELD] = "tranche.held",        [REMINDER_ACCOUNT] = "account.waiting",
        [REMINDER_ENDING] = "convention.ending",
    };

    return names[kind];
}

enum { STALE_DAYS = 60 };

struct list {
    struct date on;
    struct reminder *out;
    unsigned count;
    struct date *next;
};

/* An obligation from the stored day DUE with thresholds DAYS after it. */
static void consider(struct list *l, enum reminder_kind kind, unsigned index, struct date due,
                     const int *days, unsigned count)
{
    struct date last = DATE_NONE;
    int of_last = 0;

    for (unsigned i = 0; date_is_set(due) && i < count; i++) {
        struct date at = date_add_days(due, days[i]);

        if (date_cmp(at, l->on) > 0) {
            *l->next = date_earlier(*l->next, at);
        } else if (!date_is_set(last) || date_cmp(at, last) > 0) {
            last = at;
            of_last = days[i];
        }
    }
    if (date_is_set(last) && date_days(last, l->on) <= STALE_DAYS)
        l->out[l->count++] = (struct reminder){ kind, index, due, of_last };
}

/* Since when somebody waits for a signature: the first one, or else the day on which the decision
 * could be carried out and the convention was there. */
static struct date unsigned_since(const struct dossier *d)
{
    struct date first = DATE_NONE, executory = scheme_executory_on(d->scheme);

    for (unsigned i = 0; i < d->scheme->party_count; i++)
        if (date_is_set(d->signed_on[i]))
            first = date_is_set(first) ? date_earlier(first, d->signed_on[i]) : d->signed_on[i];
    if (date_is_set(first))
        return first;
    return date_is_set(executory) && d->account.present
               ? date_later(executory, d->account.proposed_on)
               : DATE_NONE;
}

/* Since when tranche T, which nothing below it keeps, could have been paid as far as its day goes.
 */
static struct date held_since(const struct dossier *d, unsigned t, struct date on)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct verdicts v;

    dossier_plan(d, plan);
    if (d->tranches[t].state != TRANCHE_HELD || plan_waits_for(plan, t) != t ||
        plan_due(plan, d->scheme->rung_count, t) <= 0)
        return DATE_NONE;
    gates_ask(d, t, on, &v);
    if (!v.shut || !v.gates[GATE_SIGNATURE].open || !v.gates[GATE_DATE].open)
        return DATE_NONE;
    return date_later(v.gates[GATE_SIGNATURE].since, v.gates[GATE_DATE].since);
}

unsigned reminders(const struct dossier *d, const struct date *paper_due,
                   const struct reminder_rules *rules, struct date on,
                   struct reminder out[static REMINDERS_MAX], struct date *next)
{
    struct list l = { .on = on, .out = out, .next = next };
    struct date ends = dossier_ends_on(d);
    int ending = -rules->ending_days;

    *next = DATE_NONE;
    if (d->state == CONVENTION_TERMINATED || d->state == CONVENTION_COMPLETED)
        return 0;
    if (!date_is_set(dossier_effect_on(d, on)))
        consider(&l, REMINDER_SIGNATURE, 0, unsigned_since(d), &rules->signature_days, 1);
    if (d->account.present && !date_is_set(d->account.verified_on))
        consider(&l, REMINDER_ACCOUNT, 0, d->account.proposed_on, &rules->account_days, 1);
    for (unsigned i = 0; i < d->scheme->paper_count; i++)
        if (d->papers[i].state == PAPER_EXPECTED)
            consider(&l, REMINDER_REPORT, i, paper_due[i], d->scheme->reminder_days,
                     d->scheme->reminder_count);
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        consider(&l, REMINDER_HELD, t, held_since(d, t, on), &rules->held_days, 1);
    if (date_is_set(ends) && date_cmp(on, ends) <= 0 && !decide_is_complete(d, on))
        consider(&l, REMINDER_ENDING, 0, ends, &ending, 1);
    return l.count;
}
