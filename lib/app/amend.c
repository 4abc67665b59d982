/* Amendments: another grant, agreed by the parties; what was paid before stays inside it or is
 * claimed back. */
#include "call.h"

/* The last rung carries what every other leaves: it must be free when the grant rises. */
static bool can_carry(const struct dossier *d)
{
    const struct dossier_tranche *last = &d->tranches[d->scheme->rung_count - 1];

    return !tranche_is_live(last->state) && !last->out && last->state != TRANCHE_CLOSED;
}

static int check_grant(struct call *call, const struct dossier *d, struct cents *grant)
{
    char low[TR_CENTS_MAX], high[TR_CENTS_MAX];
    const char *s = arg_text(call, "grant");
    int r = cents_parse(grant, s);

    if (r)
        return refuse(call, APP_INVALID, "bad_amount", _("write it as 8000.00"),
                      r == MONEY_E_SCALE ? _("convention %s: \"%s\" has more than two decimals")
                                         : _("convention %s: \"%s\" is not an amount"),
                      d->reference, s);
    if (grant->v < d->scheme->grant_min.v || grant->v > d->scheme->grant_max.v)
        return refuse(call, APP_INVALID, "out_of_bounds", _("only a new decision moves the bounds"),
                      _("convention %s: %s is outside the scheme's bounds, %s to %s"), d->reference,
                      s, tr_cents(low, d->scheme->grant_min), tr_cents(high, d->scheme->grant_max));
    if (grant->v == d->grant.v)
        return refuse(call, APP_CONFLICT, "same_grant", NULL,
                      _("convention %s: its grant is %s already"), d->reference,
                      tr_cents(low, d->grant));
    if (grant->v > d->grant.v && !can_carry(d))
        return refuse(
            call, APP_CONFLICT, "no_tranche_left", _("a new convention can carry what is added"),
            _("convention %s: its last tranche is ordered or closed already"), d->reference);
    return 0;
}

static int note_amended(struct call *call, const struct record *record, struct cents grant,
                        struct cents recovery, struct date on)
{
    char before[TR_CENTS_MAX], after[TR_CENTS_MAX], back[TR_CENTS_MAX], day[DATE_TEXT_MAX];

    tr_cents(before, record->dossier.grant);
    tr_cents(after, grant);
    tr_date(day, on);
    if (recovery.v)
        return note(call, "convention.amended", record, 0, arg_reason(call),
                    _("amendment of %s: grant of %s becomes %s; %s to be claimed back"), day,
                    before, after, tr_cents(back, recovery));
    return note(call, "convention.amended", record, 0, arg_reason(call),
                _("amendment of %s: grant of %s becomes %s"), day, before, after);
}

int convention_amend(struct call *call)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct cents grant = { 0 }, recovery;
    struct record *record;
    struct date on;
    int r;

    TRY(load_convention(call, &record));
    TRY(arg_on(call, &on));
    if (record->dossier.state == CONVENTION_TERMINATED ||
        record->dossier.state == CONVENTION_COMPLETED)
        return refuse_state(call, record);
    TRY(check_grant(call, &record->dossier, &grant));
    dossier_plan(&record->dossier, plan);
    recovery = plan_amend(record->dossier.scheme, grant, plan);
    r = store_convention_amend(call->app->work, record, grant, recovery, plan, call->today);
    if (r == STORE_E_REFUSED && !strcmp(store_constraint(call->app->work), "scheme_sum_envelope"))
        return refuse(call, APP_CONFLICT, "over_envelope", _("only a new decision raises it"),
                      _("convention %s: with a grant of %s all grants exceed the envelope"),
                      record->dossier.reference, arg_text(call, "grant"));
    TRY(stored(call, r));
    TRY(note_amended(call, record, grant, recovery, on));
    TRY(attach_body(call, record, record->dossier.scheme, "amendment"));
    return finish_fact(call, record->dossier.reference);
}
