/* What needs two persons: the same command given twice.  The first proposes, the second, another
 * person who is an approver, decides; both stand in the journal, and the database refuses equal
 * names. */
#include "call.h"

int proposal_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *reference = arg_text(call, "ref");
    struct record *record;

    if (reference)
        TRY(load_reference(call, reference, &record));
    TRY(store_proposal_list(call->app->work, reference, arg_flag(call->args, "all"), &table));
    put_table(call, "proposals", table);
    return 0;
}

int put_proposals(struct call *call, const struct record *record)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;

    TRY(store_proposal_list(call->app->work, record->dossier.reference, true, &table));
    if (store_table_rows(table))
        put_table(call, "proposals", table);
    return 0;
}

static int decline(struct call *call, const struct matter *m, const struct proposal *open)
{
    if (!open)
        return refuse(call, APP_CONFLICT, "no_proposal",
                      _("tranchectl proposal list shows what waits"),
                      _("convention %s: nobody proposed this"), m->record->dossier.reference);
    TRY(stored(call, store_proposal_decline(call->app->work, open->id, call->person, call->today)));
    return note(call, "proposal.declined", m->record, m->tranche, arg_reason(call),
                _("declined: %s (proposed by %s)"), m->subject, open->proposed_by);
}

static int propose(struct call *call, const struct matter *m)
{
    if (!*arg_reason(call))
        return refuse(call, APP_BAD_REQUEST, "missing_argument",
                      _("say why: the second person and the journal need it"),
                      _("%s %s: %s%s is missing"), call->command->noun, call->command->verb, "--",
                      "reason");
    TRY(stored(call, store_proposal_add(call->app->work, &m->key, arg_reason(call), call->person,
                                        call->today)));
    json_object_set_new(result(call), "message",
                        json_sprintf(_("proposed: %s. Another person, an approver, decides with "
                                       "the same command."),
                                     m->subject));
    return note(call, "proposal.made", m->record, m->tranche, arg_reason(call), _("proposed: %s"),
                m->subject);
}

static int decide_open(struct call *call, const struct matter *m, const struct proposal *open)
{
    char day[DATE_TEXT_MAX], sum[TR_CENTS_MAX];
    int r;

    if (call->request->caller.role != ROLE_APPROVER && strcmp(open->proposed_by, call->person) != 0)
        return refuse(call, APP_FORBIDDEN, "wrong_role", _("ask an approver"),
                      _("convention %s: proposed by %s on %s already; only an approver decides"),
                      m->record->dossier.reference, open->proposed_by,
                      tr_date(day, open->proposed_on));
    if (m->key.amount.v > open->amount.v)
        return refuse(call, APP_CONFLICT, "sum_changed",
                      _("--decline it and propose it again with the present sum"),
                      _("convention %s: %s proposed to release %s, and the sum is another now"),
                      m->record->dossier.reference, open->proposed_by, tr_cents(sum, open->amount));
    r = store_proposal_decide(call->app->work, open->id, call->person, call->today);
    if (r == STORE_E_REFUSED && !strcmp(store_constraint(call->app->work), "proposal_two_persons"))
        return refuse(call, APP_FORBIDDEN, "same_person",
                      _("another person, an approver, decides with the same command"),
                      _("convention %s: %s proposed this on %s and cannot decide it too"),
                      m->record->dossier.reference, open->proposed_by,
                      tr_date(day, open->proposed_on));
    TRY(stored(call, r));
    json_object_set_new(
        result(call), "message",
        json_sprintf(_("decided: %s (proposed by %s)"), m->subject, open->proposed_by));
    return note(call, "proposal.decided", m->record, m->tranche,
                *arg_reason(call) ? arg_reason(call) : open->reason,
                _("decided: %s (proposed by %s)"), m->subject, open->proposed_by);
}

int two_persons(struct call *call, const struct matter *m, bool *decided)
{
    struct proposal open;
    int r = store_proposal_find(call->app->work, &m->key, call->arena, &open);

    *decided = false;
    if (r && r != STORE_E_NONE)
        return stored(call, r);
    if (arg_flag(call->args, "decline"))
        return decline(call, m, r ? NULL : &open);
    if (r)
        return propose(call, m);
    *decided = true;
    return decide_open(call, m, &open);
}
