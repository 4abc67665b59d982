/* One function a gate, all of one shape, in the order of the enum.  "Happened" is always asked
 * about a day, so that the same functions answer for today and for a forecast. */
#include <core/gates.h>
#include <string.h>

static bool happened(struct date date, struct date on)
{
    return date_is_set(date) && date_cmp(date, on) <= 0;
}

static void set_open(struct verdict *v, struct date since)
{
    v->open = true;
    v->reason = REASON_OPEN;
    v->since = since;
}

/* False: nobody overrode the gate of V for rung T by ON. */
static bool set_overridden(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    const struct dossier_override *override = &d->tranches[t].overrides[v->gate];

    if (!happened(override->on, on))
        return false;
    set_open(v, override->on);
    v->reason = REASON_OVERRIDDEN;
    v->by = override->by;
    return true;
}

static void set_shut(struct verdict *v, enum reason reason, enum opener opener, struct date since)
{
    v->open = false;
    v->reason = reason;
    v->opener = opener;
    v->since = since;
}

/* Shut until DAY, then open by itself. */
static void set_shut_until(struct verdict *v, enum reason reason, struct date day,
                           struct date since)
{
    set_shut(v, reason, OPENER_TIME, since);
    v->opens_on = day;
}

/* "Certified executory": received by the prefecture and published, both. */
static void ask_decision(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    const struct scheme *s = d->scheme;
    struct date executory = scheme_executory_on(s);

    (void)t;
    if (happened(executory, on))
        set_open(v, executory);
    else if (date_is_set(executory))
        set_shut_until(v, REASON_NOT_YET_EXECUTORY, executory, s->decided_on);
    else
        set_shut(v, date_is_set(s->received_on) ? REASON_NOT_PUBLISHED : REASON_NOT_RECEIVED,
                 OPENER_PREFECTURE, s->decided_on);
}

/* Art. 2: "as soon as all parties have signed". */
static void ask_signature(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    struct date effect = dossier_effect_on(d, on);

    (void)t;
    if (date_is_set(effect)) {
        set_open(v, effect);
        return;
    }
    set_shut(v, REASON_UNSIGNED, OPENER_PARTIES, d->scheme->decided_on);
    for (unsigned i = 0; i < d->scheme->party_count; i++)
        if (!happened(d->signed_on[i], on))
            v->missing |= UINT32_C(1) << i;
}

/* Art. 2: "at three months", counted from the effect, end of month clamped. */
static void ask_date(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    const struct point *after = &d->scheme->rungs[t].after;
    struct date day = dossier_point(d, after);

    if (after->anchor == ANCHOR_NONE) {
        set_open(v, DATE_NONE);
        v->reason = REASON_NOT_ASKED;
    } else if (!date_is_set(day)) {
        if (after->anchor == ANCHOR_FACT && !after->or_effect)
            set_shut(v, REASON_NO_FACT, OPENER_OFFICER, DATE_NONE);
        else
            set_shut(v, REASON_NO_EFFECT, OPENER_PARTIES, DATE_NONE);
    } else if (happened(day, on)) {
        set_open(v, day);
    } else {
        set_shut_until(v, REASON_TOO_EARLY, day, dossier_effect_on(d, on));
    }
}

/* Art. 2 and 4: the papers this tranche asks for. */
static void ask_report(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    uint32_t asked = d->scheme->rungs[t].papers;
    struct date last = DATE_NONE;

    for (unsigned i = 0; i < d->scheme->paper_count; i++) {
        uint32_t bit = UINT32_C(1) << i;

        if (!(asked & bit))
            continue;
        if (dossier_paper_in(d, i, on)) {
            last = date_later(last, dossier_paper_in_on(d, i));
            continue;
        }
        v->missing |= bit;
        if (d->papers[i].state == PAPER_RECEIVED && happened(d->papers[i].received_on, on))
            v->unaccepted |= bit;
    }
    if (v->missing) {
        set_shut(v, REASON_PAPERS,
                 v->missing == v->unaccepted ? OPENER_APPROVER : OPENER_BENEFICIARY,
                 dossier_effect_on(d, on));
    } else {
        set_open(v, last);
        if (!asked)
            v->reason = REASON_NOT_ASKED;
    }
}

/* Art. 2: the account named in the convention, verified by another than who entered it; a changed
 * one waits some days before its first payment. */
static void ask_account(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    const struct dossier_account *a = &d->account;
    struct date usable = a->verified_on;

    (void)t;
    if (!a->present) {
        set_shut(v, REASON_NO_ACCOUNT, OPENER_OFFICER, DATE_NONE);
        return;
    }
    if (!happened(a->verified_on, on)) {
        set_shut(v, REASON_UNVERIFIED, OPENER_APPROVER, a->proposed_on);
        return;
    }
    if (happened(a->refused_on, on) && !happened(a->confirmed_on, on)) {
        set_shut(v, REASON_ACCOUNT_REFUSED, OPENER_APPROVER, a->refused_on);
        return;
    }
    usable = date_later(usable, a->confirmed_on);
    if (a->ordinal > 1)
        usable = date_add_days(usable, d->account_wait_days);
    if (happened(usable, on))
        set_open(v, usable);
    else
        set_shut_until(v, REASON_ACCOUNT_WAIT, usable, a->verified_on);
}

/* The decision: bounds of a grant, envelope of all. */
static void ask_envelope(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    (void)t;
    (void)on;
    if (d->grant.v < d->scheme->grant_min.v)
        set_shut(v, REASON_GRANT_BELOW, OPENER_NOBODY, DATE_NONE);
    else if (d->grant.v > d->scheme->grant_max.v)
        set_shut(v, REASON_GRANT_ABOVE, OPENER_NOBODY, DATE_NONE);
    else if (d->envelope_exceeded)
        set_shut(v, REASON_ENVELOPE, OPENER_NOBODY, DATE_NONE);
    else
        set_open(v, d->scheme->decided_on);
}

/* Art. 3, 5, 6: terminated, expired, suspended, in dispute; the beneficiary's own standing. */
static void ask_standing(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    struct date ends = dossier_ends_on(d);
    bool over = date_is_set(ends) && date_cmp(on, ends) > 0;
    bool overridden = over && set_overridden(d, t, on, v);

    if (d->state == CONVENTION_TERMINATED || happened(d->terminated_on, on))
        set_shut(v, REASON_TERMINATED, OPENER_NOBODY, d->terminated_on);
    else if (over && !overridden)
        set_shut(v, REASON_EXPIRED, OPENER_NOBODY, date_add_days(ends, 1));
    else if (happened(d->suspended_on, on))
        set_shut(v, REASON_SUSPENDED, OPENER_APPROVER, d->suspended_on);
    else if (happened(d->disputed_on, on))
        set_shut(v, REASON_DISPUTED, OPENER_APPROVER, d->disputed_on);
    else if (!d->beneficiary_active)
        set_shut(v, REASON_BENEFICIARY, OPENER_OFFICER, DATE_NONE);
    else if (!overridden)
        set_open(v, date_later(dossier_effect_on(d, on), d->resumed_on));
}

static void ask_approval(const struct dossier *d, unsigned t, struct date on, struct verdict *v)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];

    dossier_plan(d, plan);
    if (!d->scheme->rungs[t].needs_approval) {
        set_open(v, DATE_NONE);
        v->reason = REASON_NOT_ASKED;
    } else if (happened(d->tranches[t].approved_on, on) &&
               plan_outlook(plan, d->scheme->rung_count, t).v <= d->tranches[t].approved.v) {
        set_open(v, d->tranches[t].approved_on);
    } else {
        set_shut(v, REASON_UNAPPROVED, OPENER_APPROVER, dossier_effect_on(d, on));
    }
}

static const struct {
    const char *name;
    void (*ask)(const struct dossier *, unsigned, struct date, struct verdict *);
} GATE_TABLE[GATES] = {
    [GATE_DECISION] = { "decision", ask_decision },
    [GATE_SIGNATURE] = { "signature", ask_signature },
    [GATE_DATE] = { "date", ask_date },
    [GATE_REPORT] = { "report", ask_report },
    [GATE_ACCOUNT] = { "account", ask_account },
    [GATE_ENVELOPE] = { "envelope", ask_envelope },
    [GATE_STANDING] = { "standing", ask_standing },
    [GATE_APPROVAL] = { "approval", ask_approval },
};

const char *gate_name(enum gate gate)
{
    return GATE_TABLE[gate].name;
}

struct verdict gate_ask(enum gate gate, const struct dossier *dossier, unsigned t, struct date on)
{
    struct verdict v = { .gate = gate };

    GATE_TABLE[gate].ask(dossier, t, on, &v);
    if (!v.open && (gate == GATE_DATE || gate == GATE_REPORT) && set_overridden(dossier, t, on, &v))
        v.opens_on = DATE_NONE;
    return v;
}

enum gate gate_from_name(const char *name)
{
    unsigned g = 0;

    while (g < GATES && strcmp(GATE_TABLE[g].name, name) != 0)
        g++;
    return (enum gate)g;
}

bool gate_can_be_overridden(enum gate gate)
{
    return gate == GATE_DATE || gate == GATE_REPORT || gate == GATE_STANDING;
}

static bool all_open(const struct dossier *dossier, unsigned t, struct date on)
{
    for (unsigned g = 0; g < GATES; g++)
        if (!gate_ask((enum gate)g, dossier, t, on).open)
            return false;
    return true;
}

void gates_ask(const struct dossier *dossier, unsigned t, struct date on, struct verdicts *out)
{
    bool by_time = true;

    *out = (struct verdicts){ 0 };
    for (unsigned g = 0; g < GATES; g++) {
        struct verdict v = gate_ask((enum gate)g, dossier, t, on);

        out->gates[g] = v;
        if (v.open)
            continue;
        out->shut++;
        by_time = by_time && date_is_set(v.opens_on);
        out->opens_on = date_later(out->opens_on, v.opens_on);
    }
    /* A gate that is open today may be shut by then: the convention may be over. */
    if (out->shut && !(by_time && all_open(dossier, t, out->opens_on)))
        out->opens_on = DATE_NONE;
}
