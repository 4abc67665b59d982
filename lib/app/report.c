#include "call.h"

/* The paper of argument "kind", or a refusal that lists those of the scheme. */
static int find_paper(struct call *call, const struct record *record, int *paper)
{
    const struct scheme *s = record->dossier.scheme;
    CLEANUP(text_free) struct text names = { 0 };

    *paper = scheme_paper(s, arg_text(call, "kind"));
    if (*paper >= 0)
        return 0;
    for (unsigned i = 0; i < s->paper_count; i++)
        text_join(&names, ", ", s->papers[i].name);
    return refuse(call, APP_INVALID, "unknown_paper",
                  arena_printf(call->arena, _("its papers are: %s"), names.s ? names.s : "–"),
                  _("convention %s asks for no paper \"%s\""), record->dossier.reference,
                  arg_text(call, "kind"));
}

/* Nothing about papers changes any more once a convention is terminated or complete. */
static int refuse_ended(struct call *call, const struct record *record)
{
    const struct dossier *d = &record->dossier;

    if (d->state != CONVENTION_TERMINATED && d->state != CONVENTION_COMPLETED)
        return 0;
    return refuse_state(call, record);
}

static int check_receipt(struct call *call, const struct record *record, int paper, struct date on)
{
    const struct dossier *d = &record->dossier;
    struct date effect = dossier_effect_on(d, call->today);
    char day[DATE_TEXT_MAX], other[DATE_TEXT_MAX];

    if (!date_is_set(effect))
        return refuse(call, APP_CONFLICT, "not_signed", _("record the missing signatures first"),
                      _("convention %s is not signed by every party: no report can come in"),
                      d->reference);
    if (date_cmp(on, effect) < 0)
        return refuse(call, APP_INVALID, "before_signature", _("correct --on"),
                      _("convention %s: a report of %s lies before its signature on %s"),
                      d->reference, tr_date(day, on), tr_date(other, effect));
    TRY(refuse_ended(call, record));
    if (d->papers[paper].state != PAPER_EXPECTED)
        return refuse(
            call, APP_CONFLICT, "already_received", _("tranchectl report refuse asks for it again"),
            _("convention %s: %s has come in already, on %s"), d->reference,
            tr_word(d->scheme->papers[paper].name), tr_date(day, d->papers[paper].received_on));
    return 0;
}

int report_receive(struct call *call)
{
    struct record *record;
    struct date on;
    char day[DATE_TEXT_MAX];
    int paper;

    TRY(load_convention(call, &record));
    TRY(find_paper(call, record, &paper));
    TRY(arg_on(call, &on));
    TRY(check_receipt(call, record, paper, on));
    TRY(stored(call, store_paper_set(call->app->work, record->id, (unsigned)paper, PAPER_RECEIVED,
                                     on, DATE_NONE, call->person)));
    TRY(note(call, "report.received", record, 0, arg_reason(call), _("%s received on %s"),
             tr_word(record->dossier.scheme->papers[paper].name), tr_date(day, on)));
    TRY(attach_body(call, record, record->dossier.scheme,
                    record->dossier.scheme->papers[paper].name));
    return finish_fact(call, record->dossier.reference);
}

static int load_received(struct call *call, struct record **recordp, int *paper)
{
    TRY(load_convention(call, recordp));
    TRY(find_paper(call, *recordp, paper));
    if ((*recordp)->dossier.papers[*paper].state == PAPER_EXPECTED)
        return refuse(call, APP_CONFLICT, "not_received", _("tranchectl report receive records it"),
                      _("convention %s: %s has not come in"), (*recordp)->dossier.reference,
                      tr_word((*recordp)->dossier.scheme->papers[*paper].name));
    return 0;
}

/* A paper that came in, and that nobody decided about. */
static int load_undecided(struct call *call, struct record **recordp, int *paper)
{
    const struct dossier *d;
    char day[DATE_TEXT_MAX];

    TRY(load_received(call, recordp, paper));
    TRY(refuse_ended(call, *recordp));
    d = &(*recordp)->dossier;
    if (d->papers[*paper].state == PAPER_RECEIVED)
        return 0;
    return refuse(call, APP_CONFLICT, "already_decided",
                  _("tranchectl report withdraw takes a decision back"),
                  _("convention %s: %s was decided on %s already"), d->reference,
                  tr_word(d->scheme->papers[*paper].name),
                  tr_date(day, d->papers[*paper].decided_on));
}

int report_accept(struct call *call)
{
    struct record *record;
    int paper;

    TRY(load_undecided(call, &record, &paper));
    TRY(stored(call, store_paper_set(call->app->work, record->id, (unsigned)paper, PAPER_ACCEPTED,
                                     record->dossier.papers[paper].received_on, call->today,
                                     call->person)));
    TRY(note(call, "report.accepted", record, 0, arg_reason(call), _("%s accepted"),
             tr_word(record->dossier.scheme->papers[paper].name)));
    return finish_fact(call, record->dossier.reference);
}

int report_refuse(struct call *call)
{
    struct record *record;
    int paper;

    TRY(load_undecided(call, &record, &paper));
    TRY(stored(call, store_paper_set(call->app->work, record->id, (unsigned)paper, PAPER_EXPECTED,
                                     DATE_NONE, DATE_NONE, call->person)));
    TRY(note(call, "report.refused", record, 0, arg_reason(call),
             _("%s refused: it has to come again"),
             tr_word(record->dossier.scheme->papers[paper].name)));
    return finish_fact(call, record->dossier.reference);
}

int report_waive(struct call *call)
{
    struct matter m = { .key = { .act = "waive", .gate = "" } };
    struct record *record;
    char day[DATE_TEXT_MAX];
    bool decided, decline = arg_flag(call->args, "decline");
    int paper;

    TRY(load_convention(call, &record));
    TRY(find_paper(call, record, &paper));
    if (!decline && record->dossier.papers[paper].state > PAPER_RECEIVED)
        return refuse(call, APP_CONFLICT, "already_decided", NULL,
                      _("convention %s: %s was decided on %s already"), record->dossier.reference,
                      tr_word(record->dossier.scheme->papers[paper].name),
                      tr_date(day, record->dossier.papers[paper].decided_on));
    if (!decline)
        TRY(refuse_ended(call, record));
    m.record = record;
    m.key.convention = record->id;
    m.key.position = (unsigned)paper;
    m.subject = arena_printf(call->arena, _("do without %s"),
                             tr_word(record->dossier.scheme->papers[paper].name));
    TRY(two_persons(call, &m, &decided));
    if (decided)
        TRY(stored(call, store_paper_set(call->app->work, record->id, (unsigned)paper, PAPER_WAIVED,
                                         record->dossier.papers[paper].received_on, call->today,
                                         call->person)));
    return finish_fact(call, record->dossier.reference);
}

/* A receipt, an acceptance or a waiver may be taken back while no live order was built on it. */
static int check_withdrawal(struct call *call, const struct record *record, int paper)
{
    const struct dossier *d = &record->dossier;

    TRY(refuse_ended(call, record));
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (tranche_is_live(d->tranches[t].state) &&
            (d->scheme->rungs[t].papers & UINT32_C(1) << paper))
            return refuse(call, APP_CONFLICT, "order_depends",
                          _("an order that left cannot be undone by a correction"),
                          _("convention %s: tranche %s was ordered because of %s"), d->reference,
                          d->scheme->rungs[t].name, tr_word(d->scheme->papers[paper].name));
    if (d->papers[paper].state != PAPER_RECEIVED && call->request->caller.role != ROLE_APPROVER)
        return refuse(call, APP_FORBIDDEN, "wrong_role", _("ask an approver"),
                      _("convention %s: %s was decided on; only an approver takes that back"),
                      d->reference, tr_word(d->scheme->papers[paper].name));
    return 0;
}

int report_withdraw(struct call *call)
{
    struct record *record;
    int paper;

    TRY(load_received(call, &record, &paper));
    TRY(check_withdrawal(call, record, paper));
    TRY(stored(call, store_paper_set(call->app->work, record->id, (unsigned)paper, PAPER_EXPECTED,
                                     DATE_NONE, DATE_NONE, call->person)));
    TRY(note(call, "report.withdrawn", record, 0, arg_reason(call), _("%s: taken back as mistyped"),
             tr_word(record->dossier.scheme->papers[paper].name)));
    return finish_fact(call, record->dossier.reference);
}
