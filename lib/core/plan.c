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

bool plan_holds(const struct plan_rung *rungs, unsigned count, struct cents grant)
{
    int64_t taken = 0, below = 0;

    for (unsigned t = 0; t < count; t++) {
        taken += rungs[t].taken.v;
        if (rungs[t].taken.v < 0 || taken > rungs[t].ceiling.v || rungs[t].ceiling.v < below)
            return false;
        below = rungs[t].ceiling.v;
    }
    return below == grant.v;
}
