#include <core/dossier.h>

static bool happened(struct date date, struct date on)
{
    return date_is_set(date) && date_cmp(date, on) <= 0;
}

/* The last signature, on whatever day; unset while one is missing. */
static struct date last_signature(const struct dossier *dossier)
{
    struct date last = DATE_NONE;

    for (unsigned i = 0; i < dossier->scheme->party_count; i++) {
        if (!date_is_set(dossier->signed_on[i]))
            return DATE_NONE;
        last = date_later(last, dossier->signed_on[i]);
    }
    return last;
}

struct date dossier_effect_on(const struct dossier *dossier, struct date on)
{
    struct date last = last_signature(dossier);

    return happened(last, on) ? last : DATE_NONE;
}

struct date dossier_ends_on(const struct dossier *dossier)
{
    struct date effect = last_signature(dossier);

    return date_is_set(effect) ? date_add_span(effect, dossier->scheme->duration) : DATE_NONE;
}

struct date dossier_point(const struct dossier *dossier, const struct point *point)
{
    struct date from = DATE_NONE;

    if (point->anchor == ANCHOR_EFFECT)
        from = last_signature(dossier);
    else if (point->anchor == ANCHOR_FACT)
        from = dossier->fact_on[point->fact];
    if (!date_is_set(from) && point->anchor == ANCHOR_FACT && point->or_effect)
        from = last_signature(dossier);
    return date_is_set(from) ? date_add_span(from, point->plus) : DATE_NONE;
}

struct date dossier_paper_in_on(const struct dossier *dossier, unsigned i)
{
    const struct dossier_paper *paper = &dossier->papers[i];

    switch (paper->state) {
    case PAPER_RECEIVED:
        return dossier->scheme->papers[i].needs_accepted ? DATE_NONE : paper->received_on;
    case PAPER_ACCEPTED:
        return dossier->scheme->papers[i].needs_accepted ? paper->decided_on : paper->received_on;
    case PAPER_WAIVED:
        return paper->decided_on;
    default:
        return DATE_NONE;
    }
}

bool dossier_paper_in(const struct dossier *dossier, unsigned i, struct date on)
{
    return happened(dossier_paper_in_on(dossier, i), on);
}

void dossier_plan(const struct dossier *dossier, struct plan_rung *out)
{
    plan_ceilings(dossier->scheme, dossier->grant, out);
    for (unsigned t = 0; t < dossier->scheme->rung_count; t++) {
        if (dossier->tranches[t].ceiling.v)
            out[t].ceiling = dossier->tranches[t].ceiling;
        out[t].closed = dossier->tranches[t].state == TRANCHE_CLOSED;
        out[t].live = tranche_is_live(dossier->tranches[t].state) || dossier->tranches[t].out;
        out[t].taken = dossier->tranches[t].taken;
        if (out[t].closed)
            out[t].taken.v = 0;
    }
}
