#include <core/plan.h>

void plan_ceilings(const struct scheme *scheme, struct cents grant, struct plan_rung *out)
{
    for (unsigned i = 0; i < scheme->rung_count; i++)
        out[i].ceiling =
            i + 1 == scheme->rung_count ? grant : cents_share(grant, scheme->rungs[i].up_to);
}

int64_t plan_due(const struct plan_rung *rungs, unsigned count, unsigned t)
{
    int64_t others = 0, least = INT64_MAX;

    for (unsigned u = 0; u < count; u++) {
        if (u != t)
            others += rungs[u].taken.v;
        if (u == t || (u > t && rungs[u].taken.v > 0)) {
            int64_t room = rungs[u].ceiling.v - others;

            least = room < least ? room : least;
        }
    }
    return least;
}

struct cents plan_outlook(const struct plan_rung *rungs, unsigned count, unsigned t)
{
    struct plan_rung copy[SCHEME_RUNGS_MAX] = { 0 };

    for (unsigned v = 0; v < count; v++)
        copy[v] = rungs[v];
    for (unsigned v = 0; v <= t; v++) {
        int64_t due = plan_due(copy, count, v);

        if (!copy[v].closed && !copy[v].live)
            copy[v].taken.v = due > 0 ? due : 0;
    }
    return copy[t].taken;
}

struct cents plan_planned(const struct plan_rung *rungs, unsigned t)
{
    return (struct cents){ rungs[t].ceiling.v - (t ? rungs[t - 1].ceiling.v : 0) };
}

unsigned plan_waits_for(const struct plan_rung *rungs, unsigned t)
{
    for (unsigned v = 0; v < t; v++)
        if (!rungs[v].closed && rungs[v].taken.v == 0)
            return v;
    return t;
}

bool plan_holds(const struct plan_rung *rungs, unsigned count, struct cents grant,
                struct cents recovery)
{
    int64_t taken = 0, below = 0;

    for (unsigned t = 0; t < count; t++) {
        taken += rungs[t].taken.v;
        if (rungs[t].taken.v < 0 || taken > rungs[t].ceiling.v + recovery.v ||
            rungs[t].ceiling.v < below)
            return false;
        below = rungs[t].ceiling.v;
    }
    return below == grant.v;
}

/* What closed rungs and live orders at the top leave is carried by the highest rung below them. */
static void carry_up(struct plan_rung *rungs, unsigned count, struct cents grant)
{
    unsigned top = count;

    while (top > 0 && (rungs[top - 1].closed || rungs[top - 1].live))
        top--;
    if (!top)
        return; /* nothing is free: what was ordered stands */
    for (unsigned t = top - 1; t < count; t++)
        rungs[t].ceiling = grant;
}

/* Ceilings under what live orders took rise to it; what they took above GRANT is answered. */
static struct cents raise_ceilings(struct plan_rung *rungs, unsigned count, struct cents grant)
{
    int64_t live = 0;

    for (unsigned t = 0; t < count; t++) {
        live += rungs[t].live ? rungs[t].taken.v : 0;
        if (rungs[t].ceiling.v < live)
            rungs[t].ceiling.v = live < grant.v ? live : grant.v;
    }
    return (struct cents){ live > grant.v ? live - grant.v : 0 };
}

/* What rung T keeps for a re-issue is no more than what is due; it closes when nothing is. */
static void cut_to_due(struct plan_rung *rungs, unsigned count, unsigned t)
{
    int64_t due = plan_due(rungs, count, t);

    if (due <= 0)
        rungs[t] = (struct plan_rung){ .ceiling = rungs[t].ceiling, .closed = true };
    else if (due < rungs[t].taken.v)
        rungs[t].taken.v = due;
}

struct cents plan_amend(const struct scheme *scheme, struct cents grant, struct plan_rung *rungs)
{
    struct cents kept[SCHEME_RUNGS_MAX] = { 0 }, recovery;

    plan_ceilings(scheme, grant, rungs);
    carry_up(rungs, scheme->rung_count, grant);
    recovery = raise_ceilings(rungs, scheme->rung_count, grant);
    for (unsigned t = 0; t < scheme->rung_count; t++)
        if (!rungs[t].live) {
            kept[t] = rungs[t].taken;
            rungs[t].taken.v = 0;
        }
    for (unsigned t = 0; t < scheme->rung_count; t++)
        if (kept[t].v) {
            rungs[t].taken = kept[t];
            cut_to_due(rungs, scheme->rung_count, t);
        }
    return recovery;
}

struct cents plan_again(struct plan_rung *rungs, unsigned count, unsigned t, struct cents grant)
{
    int64_t taken = 0;

    cut_to_due(rungs, count, t);
    for (unsigned u = 0; u < count; u++)
        taken += rungs[u].taken.v;
    return (struct cents){ taken > grant.v ? taken - grant.v : 0 };
}
