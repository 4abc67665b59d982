#include <base/tr.h>
#include <core/decide.h>

static void note_day(struct date *earliest, struct date day, struct date on)
{
    if (date_cmp(day, on) > 0)
        *earliest = date_earlier(*earliest, day);
}

enum convention_state decide_signed_state(const struct dossier *d, struct date on)
{
    bool any = false;
    int to;

    for (unsigned i = 0; i < d->scheme->party_count; i++)
        any = any || (date_is_set(d->signed_on[i]) && date_cmp(d->signed_on[i], on) <= 0);
    if (!any)
        return d->state;
    to = convention_step(d->state,
                         date_is_set(dossier_effect_on(d, on)) ? CE_ALL_SIGNED : CE_SIGNED);
    return to < 0 ? d->state : (enum convention_state)to;
}

bool decide_is_complete(const struct dossier *d, struct date on)
{
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (d->tranches[t].state != TRANCHE_PAID && d->tranches[t].state != TRANCHE_CLOSED)
            return false;
    for (unsigned i = 0; i < d->scheme->paper_count; i++)
        if (d->scheme->papers[i].needs_accepted && !dossier_paper_in(d, i, on))
            return false;
    return true;
}

static enum convention_state state_on(const struct dossier *d, struct date on)
{
    enum convention_state state = decide_signed_state(d, on);
    struct date ends = dossier_ends_on(d);
    int to = -1;

    if (decide_is_complete(d, on))
        to = convention_step(state, CE_COMPLETED);
    else if (date_is_set(ends) && date_cmp(on, ends) > 0)
        to = convention_step(state, CE_ENDED);
    return to < 0 ? state : (enum convention_state)to;
}

/* A rung whose gates are all open and whose lower rungs are taken or closed: ordered for what is
 * due, or closed when nothing is.  PLAN follows, so that the next rung sees this one. */
static void decide_rung(const struct dossier *d, unsigned t, struct plan_rung *plan,
                        struct decision *out)
{
    int64_t due;

    if (plan_waits_for(plan, t) != t)
        return;
    due = plan_due(plan, d->scheme->rung_count, t);
    if (due <= 0) {
        out->rungs[t].act = RUNG_CLOSE;
        plan[t] = (struct plan_rung){ .ceiling = plan[t].ceiling, .closed = true };
        return;
    }
    out->rungs[t].act = RUNG_ORDER;
    out->rungs[t].amount = (struct cents){ due };
    out->orders++;
    plan[t].taken = out->rungs[t].amount;
}

void decide(const struct dossier *d, struct date on, struct decision *out)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct date ends = dossier_ends_on(d);

    *out = (struct decision){ .state = state_on(d, on) };
    dossier_plan(d, plan);
    for (unsigned t = 0; t < d->scheme->rung_count; t++) {
        struct verdicts v;

        if (d->tranches[t].state != TRANCHE_HELD)
            continue;
        gates_ask(d, t, on, &v);
        if (!v.shut)
            decide_rung(d, t, plan, out);
        for (unsigned g = 0; g < GATES; g++)
            if (!v.gates[g].open)
                note_day(&out->look_on, v.gates[g].opens_on, on);
    }
    if (date_is_set(ends) && convention_step(out->state, CE_ENDED) >= 0)
        note_day(&out->look_on, date_add_days(ends, 1), on);
}

const char *dossier_broken(const struct dossier *d)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];

    dossier_plan(d, plan);
    if (!plan_holds(plan, d->scheme->rung_count, d->grant, d->recovery))
        return N_("more was taken than the ladder of tranches allows");
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (tranche_is_live(d->tranches[t].state) != (d->tranches[t].taken.v > 0) &&
            d->tranches[t].state != TRANCHE_HELD && d->tranches[t].state != TRANCHE_REJECTED &&
            d->tranches[t].state != TRANCHE_RETURNED && d->tranches[t].state != TRANCHE_CANCELLED)
            return N_("a tranche's state and the sum it took contradict each other");
    return NULL;
}
