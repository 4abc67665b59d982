#include "call.h"

int convention_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *code = arg_text(call, "scheme");
    struct scheme *scheme;

    if (code)
        TRY(load_scheme(call, code, SCHEME_READ, &scheme));
    TRY(store_convention_list(call->app->work, code, &table));
    put_table(call, "conventions", table);
    return 0;
}

static int put_papers(struct call *call, const struct record *record)
{
    CLEANUP(store_table_freep) struct store_table *papers = NULL;

    TRY(store_paper_list(call->app->work, record->id, &papers));
    put_table(call, "papers", papers);
    return 0;
}

int convention_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *card = NULL, *signatures = NULL;
    CLEANUP(text_free) struct text missing = { 0 };
    struct record *record;
    json_t *object;

    TRY(load_convention(call, &record));
    TRY(store_convention_show(call->app->work, record->dossier.reference, &card));
    TRY(store_signature_list(call->app->work, record->id, &signatures));
    object = table_row(card, 0);
    say_missing(&missing, &record->dossier, record->paper_due_on, call->today);
    json_object_set_new(object, "missing", json_string(missing.s));
    if (*record->set_aside)
        json_object_set_new(object, "set_aside", json_string(_(record->set_aside)));
    json_object_set_new(result(call), "convention", object);
    put_table(call, "signatures", signatures);
    TRY(put_papers(call, record));
    put_tranches(call, record, false, DATE_NONE);
    return put_proposals(call, record);
}

/* Stores the due dates that the effect or a fact has just made known. */
static int store_due_dates(struct call *call, const struct record *record)
{
    for (unsigned i = 0; i < record->dossier.scheme->paper_count; i++) {
        struct date due = dossier_point(&record->dossier, &record->dossier.scheme->papers[i].due);

        if (date_cmp(due, record->paper_due_on[i]) != 0)
            TRY(stored(call, store_paper_due(call->app->work, record->id, i, due)));
    }
    return 0;
}

/* The party of argument "party", or a refusal that lists those of the scheme. */
static int find_party(struct call *call, const struct dossier *d, int *party)
{
    CLEANUP(text_free) struct text parties = { 0 };

    *party = scheme_party(d->scheme, arg_text(call, "party"));
    if (*party >= 0)
        return 0;
    for (unsigned i = 0; i < d->scheme->party_count; i++)
        text_join(&parties, ", ", d->scheme->parties[i]);
    return refuse(call, APP_INVALID, "unknown_party",
                  arena_printf(call->arena, _("its parties are: %s"), parties.s),
                  _("convention %s has no party \"%s\""), d->reference, arg_text(call, "party"));
}

static int check_signature(struct call *call, const struct record *record, int party,
                           struct date on)
{
    const struct dossier *d = &record->dossier;
    const char *by = arg_text(call, "by");
    char day[DATE_TEXT_MAX], other[DATE_TEXT_MAX];

    if (date_is_set(d->signed_on[party]))
        return refuse(call, APP_CONFLICT, "already_signed", _("a party signs once"),
                      _("convention %s: %s has signed already, on %s"), d->reference,
                      tr_word(d->scheme->parties[party]), tr_date(day, d->signed_on[party]));
    if (d->state != CONVENTION_DRAFT && d->state != CONVENTION_SIGNING)
        return refuse_state(call, record);
    if (date_cmp(on, d->scheme->decided_on) < 0)
        return refuse(call, APP_INVALID, "before_decision", _("correct --on"),
                      _("convention %s: signed on %s, before the decision of %s that allows it"),
                      d->reference, tr_date(day, on), tr_date(other, d->scheme->decided_on));
    if (by && d->scheme->signatory_count && !strcmp(d->scheme->parties[party], "authority") &&
        scheme_signatory(d->scheme, by) < 0) {
        CLEANUP(text_free) struct text names = { 0 };

        for (unsigned i = 0; i < d->scheme->signatory_count; i++)
            text_join(&names, ", ", d->scheme->signatories[i]);
        return refuse(call, APP_INVALID, "unknown_signatory",
                      arena_printf(call->arena, _("the decision names: %s"), names.s),
                      _("convention %s: \"%s\" may not sign for the authority"), d->reference, by);
    }
    return 0;
}

int convention_sign(struct call *call)
{
    const char *by = arg_text(call, "by");
    struct record *record;
    struct dossier *d;
    struct date on;
    char day[DATE_TEXT_MAX], end[DATE_TEXT_MAX];
    int party;

    TRY(load_convention(call, &record));
    TRY(arg_on(call, &on));
    d = &record->dossier;
    TRY(find_party(call, d, &party));
    TRY(check_signature(call, record, party, on));
    TRY(stored(call, store_signature_add(call->app->work, record->id, d->scheme->parties[party], on,
                                         by ? by : "", call->person)));
    d->signed_on[party] = on;
    TRY(stored(call,
               store_convention_state(call->app->work, record, decide_signed_state(d, call->today),
                                      dossier_effect_on(d, call->today), dossier_ends_on(d))));
    TRY(store_due_dates(call, record));
    TRY(note(call, "convention.signed", record, 0, arg_reason(call), _("signed by %s on %s"),
             tr_word(d->scheme->parties[party]), tr_date(day, on)));
    TRY(attach_body(call, record, d->scheme, "signature"));
    if (date_is_set(dossier_effect_on(d, call->today)))
        TRY(note(call, "convention.in_force", record, 0, _("every party has signed"),
                 _("the convention takes effect on %s and ends on %s"),
                 tr_date(day, dossier_effect_on(d, call->today)),
                 tr_date(end, dossier_ends_on(d))));
    return finish_fact(call, d->reference);
}

/* A signature may be taken back while nothing was built on it: no live order, no paper that came
 * in. */
static int check_unsign(struct call *call, const struct record *record, int party)
{
    const struct dossier *d = &record->dossier;

    if (!date_is_set(d->signed_on[party]))
        return refuse(call, APP_CONFLICT, "not_signed", NULL, _("convention %s: %s has not signed"),
                      d->reference, tr_word(d->scheme->parties[party]));
    if (convention_step(d->state, CE_UNSIGNED) < 0)
        return refuse_state(call, record);
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (tranche_is_live(d->tranches[t].state))
            return refuse(call, APP_CONFLICT, "order_depends",
                          _("an order that left cannot be undone by a correction"),
                          _("convention %s: tranche %s was ordered because of its signatures"),
                          d->reference, d->scheme->rungs[t].name);
    for (unsigned i = 0; i < d->scheme->fact_count; i++)
        if (date_is_set(d->fact_on[i]))
            return refuse(call, APP_CONFLICT, "launch_depends",
                          _("tranchectl convention unlaunch takes it back first"),
                          _("convention %s: %s is recorded already"), d->reference,
                          tr_word(d->scheme->facts[i]));
    for (unsigned i = 0; i < d->scheme->paper_count; i++)
        if (d->papers[i].state != PAPER_EXPECTED)
            return refuse(call, APP_CONFLICT, "report_depends",
                          _("tranchectl report withdraw takes it back first"),
                          _("convention %s: %s is recorded already"), d->reference,
                          tr_word(d->scheme->papers[i].name));
    return 0;
}

int convention_unsign(struct call *call)
{
    struct record *record;
    struct dossier *d;
    char day[DATE_TEXT_MAX];
    bool another = false;
    int party, to;

    TRY(load_convention(call, &record));
    d = &record->dossier;
    TRY(find_party(call, d, &party));
    TRY(check_unsign(call, record, party));
    TRY(stored(call,
               store_signature_withdraw(call->app->work, record->id, d->scheme->parties[party],
                                        call->today, call->person)));
    tr_date(day, d->signed_on[party]);
    d->signed_on[party] = DATE_NONE;
    for (unsigned i = 0; i < d->scheme->party_count; i++)
        another = another || date_is_set(d->signed_on[i]);
    to = convention_step(d->state, another ? CE_UNSIGNED : CE_UNSIGNED_ALL);
    TRY(stored(call, store_convention_state(call->app->work, record, (enum convention_state)to,
                                            DATE_NONE, DATE_NONE)));
    TRY(store_due_dates(call, record));
    TRY(note(call, "convention.unsigned", record, 0, arg_reason(call),
             _("signature of %s on %s taken back"), tr_word(d->scheme->parties[party]), day));
    return finish_fact(call, d->reference);
}

int convention_unlaunch(struct call *call)
{
    struct record *record;
    struct dossier *d;
    char day[DATE_TEXT_MAX];
    int fact;

    TRY(load_convention(call, &record));
    d = &record->dossier;
    fact = scheme_fact(d->scheme, "launch");
    if (fact < 0 || !date_is_set(d->fact_on[fact]))
        return refuse(call, APP_CONFLICT, "not_recorded", NULL,
                      _("convention %s: no launch is recorded"), d->reference);
    if (d->state == CONVENTION_TERMINATED || d->state == CONVENTION_COMPLETED)
        return refuse_state(call, record);
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (tranche_is_live(d->tranches[t].state) &&
            d->scheme->rungs[t].after.anchor == ANCHOR_FACT)
            return refuse(call, APP_CONFLICT, "order_depends",
                          _("an order that left cannot be undone by a correction"),
                          _("convention %s: tranche %s was ordered because of %s"), d->reference,
                          d->scheme->rungs[t].name, tr_word("launch"));
    TRY(stored(call, store_fact_withdraw(call->app->work, record->id, "launch", call->today,
                                         call->person)));
    tr_date(day, d->fact_on[fact]);
    d->fact_on[fact] = DATE_NONE;
    TRY(store_due_dates(call, record));
    TRY(note(call, "convention.unlaunched", record, 0, arg_reason(call),
             _("launch on %s taken back"), day));
    TRY(put_papers(call, record));
    return finish_fact(call, d->reference);
}

int convention_launch(struct call *call)
{
    struct record *record;
    struct dossier *d;
    struct date on;
    char day[DATE_TEXT_MAX];
    int fact;

    TRY(load_convention(call, &record));
    TRY(arg_on(call, &on));
    d = &record->dossier;
    fact = scheme_fact(d->scheme, "launch");
    if (fact < 0)
        return refuse(call, APP_CONFLICT, "no_such_fact", NULL, _("scheme %s knows no launch"),
                      d->scheme->code);
    if (date_is_set(d->fact_on[fact]))
        return refuse(call, APP_CONFLICT, "already_recorded", NULL,
                      _("convention %s: its launch is already recorded, on %s"), d->reference,
                      tr_date(day, d->fact_on[fact]));
    if (d->state != CONVENTION_IN_FORCE)
        return refuse(call, APP_CONFLICT, "not_in_force",
                      _("record it once every party has signed"),
                      _("convention %s is not in force: it is %s"), d->reference,
                      tr_word(convention_state_name(d->state)));
    if (date_cmp(on, dossier_effect_on(d, call->today)) < 0)
        return refuse(call, APP_INVALID, "before_signature", _("correct --on"),
                      _("convention %s: a launch on %s lies before its signature"), d->reference,
                      tr_date(day, on));
    TRY(stored(call, store_fact_set(call->app->work, record->id, "launch", on, call->person)));
    d->fact_on[fact] = on;
    TRY(store_due_dates(call, record));
    TRY(note(call, "convention.launched", record, 0, arg_reason(call), _("launched on %s"),
             tr_date(day, on)));
    TRY(put_papers(call, record));
    return finish_fact(call, d->reference);
}

int convention_suspend(struct call *call)
{
    struct record *record;
    char day[DATE_TEXT_MAX];

    TRY(load_convention(call, &record));
    if (date_is_set(record->dossier.suspended_on))
        return refuse(
            call, APP_CONFLICT, "already_suspended", _("tranchectl convention resume lifts it"),
            _("convention %s is suspended already, since %s: %s"), record->dossier.reference,
            tr_date(day, record->dossier.suspended_on), record->suspended_why);
    if (record->dossier.state == CONVENTION_TERMINATED ||
        record->dossier.state == CONVENTION_COMPLETED)
        return refuse_state(call, record);
    TRY(stored(call, store_flag_raise(call->app->work, record->id, "suspended", call->today,
                                      arg_reason(call), call->person)));
    TRY(note(call, "convention.suspended", record, 0, arg_reason(call), _("payments suspended")));
    return finish_fact(call, record->dossier.reference);
}

int convention_resume(struct call *call)
{
    struct record *record;

    TRY(load_convention(call, &record));
    if (*record->set_aside && !record_broken(record)) {
        TRY(stored(call, store_convention_set_aside(call->app->work, record->id, "")));
        TRY(note(call, "convention.taken_up", record, 0, arg_reason(call),
                 _("no longer set aside: its data is sound again")));
        return finish_fact(call, record->dossier.reference);
    }
    if (!date_is_set(record->dossier.suspended_on))
        return refuse(call, APP_CONFLICT, "not_suspended", NULL,
                      _("convention %s is not suspended"), record->dossier.reference);
    TRY(stored(call, store_flag_lift(call->app->work, record->id, "suspended", call->today,
                                     call->person)));
    TRY(note(call, "convention.resumed", record, 0, arg_reason(call), _("suspension lifted")));
    return finish_fact(call, record->dossier.reference);
}

/* What is given up of a convention that pays no more, when TAKEN stays with the beneficiary:
 * nothing while that is more than a grant that was lowered. */
static struct cents left_unpaid(const struct record *record, int64_t taken)
{
    int64_t left = record->dossier.grant.v - record->given_up.v - taken;

    return (struct cents){ left > 0 ? left : 0 };
}

/* Held rungs close; what they leave unpaid is given up. Rungs with a live order stay (Art. 5). */
static int close_held(struct call *call, const struct record *record)
{
    const struct dossier *d = &record->dossier;
    uint32_t rungs = 0;
    int64_t taken = 0;

    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (tranche_is_live(d->tranches[t].state))
            taken += d->tranches[t].taken.v;
        else if (tranche_step(d->tranches[t].state, TE_CLOSED) >= 0)
            rungs |= UINT32_C(1) << t;
    if (!rungs)
        return 0;
    return stored(call, store_rungs_close(call->app->work, record, rungs,
                                          left_unpaid(record, taken), call->today));
}

int close_terminated(struct call *call, const char *reference, unsigned tranche)
{
    struct record *record;
    struct cents given_up;
    char sum[TR_CENTS_MAX];
    int64_t taken = 0;

    TRY(load_reference(call, reference, &record));
    for (unsigned t = 0; t < record->dossier.scheme->rung_count; t++)
        taken += t == tranche ? 0 : record->dossier.tranches[t].taken.v;
    given_up = left_unpaid(record, taken);
    TRY(stored(call, store_rungs_close(call->app->work, record, UINT32_C(1) << tranche, given_up,
                                       call->today)));
    return note(call, "tranche.closed", record, (int)tranche + 1, "",
                _("tranche %s closed: the convention is terminated, %s is given up"),
                record->dossier.scheme->rungs[tranche].name, tr_cents(sum, given_up));
}

int convention_terminate(struct call *call)
{
    struct record *record;
    struct date on;
    char day[DATE_TEXT_MAX];

    TRY(load_convention(call, &record));
    TRY(arg_on(call, &on));
    if (convention_step(record->dossier.state, CE_TERMINATED) < 0)
        return refuse_state(call, record);
    if (date_cmp(on, record->dossier.scheme->decided_on) < 0)
        return refuse(call, APP_INVALID, "before_decision", _("correct --on"),
                      _("convention %s: a termination on %s lies before the decision"),
                      record->dossier.reference, tr_date(day, on));
    TRY(stored(call, store_convention_terminate(call->app->work, record->id, on,
                                                arg_text(call, "letter"))));
    TRY(close_held(call, record));
    TRY(stored(call, remind_no_more(call->app, record->dossier.reference)));
    TRY(note(call, "convention.terminated", record, 0, arg_reason(call),
             _("terminated on %s, letter %s"), tr_date(day, on), arg_text(call, "letter")));
    return finish_fact(call, record->dossier.reference);
}
