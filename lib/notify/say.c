#include <base/mem.h>
#include <base/tr.h>
#include <core/code.h>
#include <notify/say.h>

const char *say_gate(enum gate gate)
{
    static const char *const names[GATES] = {
        [GATE_DECISION] = N_("decision"), [GATE_SIGNATURE] = N_("signature"),
        [GATE_DATE] = N_("date"),         [GATE_REPORT] = N_("report"),
        [GATE_ACCOUNT] = N_("account"),   [GATE_ENVELOPE] = N_("envelope"),
        [GATE_STANDING] = N_("standing"), [GATE_APPROVAL] = N_("approval"),
    };

    return _(names[gate]);
}

const char *say_opener(enum opener opener)
{
    static const char *const names[OPENERS] = {
        [OPENER_NOBODY] = "",
        [OPENER_TIME] = N_("time alone"),
        [OPENER_PREFECTURE] = N_("prefecture and publication, recorded by an officer"),
        [OPENER_PARTIES] = N_("the parties, recorded by an officer"),
        [OPENER_BENEFICIARY] = N_("the beneficiary hands in, an officer records"),
        [OPENER_OFFICER] = N_("an officer"),
        [OPENER_APPROVER] = N_("an approver"),
    };

    return *names[opener] ? _(names[opener]) : "";
}

static void join_names(struct text *out, const char *const *names, unsigned count, uint32_t mask)
{
    for (unsigned i = 0; i < count; i++)
        if (mask & UINT32_C(1) << i)
            text_join(out, ", ", tr_word(names[i]));
}

static void say_paper(struct text *out, const struct dossier *d, unsigned i, bool unaccepted,
                      struct date due, struct date on)
{
    const char *name = tr_word(d->scheme->papers[i].name);
    char day[DATE_TEXT_MAX];
    int late = date_is_set(due) ? date_days(due, on) : 0;

    if (unaccepted)
        text_addf(out, _("%s received on %s, not accepted yet"), name,
                  tr_date(day, d->papers[i].received_on));
    else if (late > 0)
        text_addf(out,
                  ngettext("%s not received, %d day late (due on %s)",
                           "%s not received, %d days late (due on %s)", (unsigned long)late),
                  name, late, tr_date(day, due));
    else if (date_is_set(due))
        text_addf(out, _("%s not received (due on %s)"), name, tr_date(day, due));
    else
        text_addf(out, _("%s not received"), name);
}

void say_paper_due(struct text *out, const struct dossier *d, unsigned i, struct date due,
                   struct date on)
{
    say_paper(out, d, i, false, due, on);
}

static void say_papers(struct text *out, const struct dossier *d, uint32_t missing,
                       uint32_t unaccepted, const struct date *due, struct date on)
{
    for (unsigned i = 0; i < d->scheme->paper_count; i++) {
        CLEANUP(text_free) struct text one = { 0 };
        uint32_t bit = UINT32_C(1) << i;

        if (!(missing & bit))
            continue;
        say_paper(&one, d, i, unaccepted & bit, due ? due[i] : DATE_NONE, on);
        text_join(out, ", ", one.s);
    }
}

/* Sentences of open gates; %s is the day since when, where there is one. */
static const char *const OPEN_SINCE[GATES] = {
    [GATE_DECISION] = N_("executory since %s"),
    [GATE_SIGNATURE] = N_("signed by every party, in effect since %s"),
    [GATE_DATE] = N_("its date, %s, is reached"),
    [GATE_REPORT] = N_("the papers asked for are in since %s"),
    [GATE_ACCOUNT] = N_("account verified, usable since %s"),
    [GATE_ENVELOPE] = N_("within the bounds and the envelope of the decision of %s"),
    [GATE_STANDING] = N_("in order since %s, neither suspended nor in dispute"),
    [GATE_APPROVAL] = N_("released by a second person on %s"),
};

static void say_open(struct text *out, const struct verdict *v)
{
    char day[DATE_TEXT_MAX];

    if (v->reason == REASON_NOT_ASKED)
        text_addf(out, "%s", _("the scheme does not ask for it"));
    else if (v->reason == REASON_OVERRIDDEN)
        text_addf(out, _("overridden by %s on %s"), v->by ? v->by : "–", tr_date(day, v->since));
    else if (!date_is_set(v->since))
        text_addf(out, "%s", _("nothing stands against it"));
    else
        text_addf(out, _(OPEN_SINCE[v->gate]), tr_date(day, v->since));
}

/* Sentences of shut gates; %s is the day since when or from which, as far as there is one. */
static const char *const SHUT[REASONS] = {
    [REASON_NOT_RECEIVED] = N_("the decision of %s is not yet received by the prefecture"),
    [REASON_NOT_PUBLISHED] =
        N_("the decision of %s is received by the prefecture, not yet published"),
    [REASON_NOT_YET_EXECUTORY] = N_("the decision is executory from %s only"),
    [REASON_NO_EFFECT] = N_("its date counts from the last signature, which is missing"),
    [REASON_NO_FACT] = N_("its date counts from a fact that nobody recorded, such as the launch"),
    [REASON_TOO_EARLY] = N_("not before %s"),
    [REASON_NO_ACCOUNT] = N_("no account is known"),
    [REASON_UNVERIFIED] = N_("the account proposed on %s is not verified"),
    [REASON_ACCOUNT_REFUSED] =
        N_("a bank refused the account on %s: another one, or an approver confirms it"),
    [REASON_ACCOUNT_WAIT] = N_("the account was changed: not before %s"),
    [REASON_GRANT_BELOW] = N_("the grant is below the scheme's smallest"),
    [REASON_GRANT_ABOVE] = N_("the grant is above the scheme's largest"),
    [REASON_ENVELOPE] = N_("all grants together exceed the scheme's envelope"),
    [REASON_SUSPENDED] = N_("suspended since %s"),
    [REASON_DISPUTED] = N_("in dispute since %s"),
    [REASON_TERMINATED] = N_("terminated since %s"),
    [REASON_EXPIRED] = N_("the convention is over since %s"),
    [REASON_BENEFICIARY] = N_("the beneficiary is not active any more"),
    [REASON_UNAPPROVED] = N_("not yet released by a second person"),
};

static void say_unsigned(struct text *out, const struct dossier *d, const struct verdict *v)
{
    CLEANUP(text_free) struct text names = { 0 };

    join_names(&names, d->scheme->parties, d->scheme->party_count, v->missing);
    text_addf(out, _("not signed by: %s"), names.s);
}

void say_verdict(struct text *out, const struct dossier *d, const struct verdict *v,
                 const struct date *paper_due, struct date on)
{
    char day[DATE_TEXT_MAX];

    if (v->open)
        say_open(out, v);
    else if (v->reason == REASON_UNSIGNED)
        say_unsigned(out, d, v);
    else if (v->reason == REASON_PAPERS)
        say_papers(out, d, v->missing, v->unaccepted, paper_due, on);
    else
        text_addf(out, _(SHUT[v->reason]),
                  tr_date(day, date_is_set(v->opens_on) ? v->opens_on : v->since));
}

void say_shut(struct text *out, const struct dossier *d, const struct verdicts *verdicts,
              const struct date *paper_due, struct date on)
{
    text_add(out, "", 0);
    for (unsigned g = 0; g < GATES; g++) {
        CLEANUP(text_free) struct text one = { 0 };

        if (verdicts->gates[g].open)
            continue;
        say_verdict(&one, d, &verdicts->gates[g], paper_due, on);
        text_join(out, _("; "), one.s);
    }
}

void say_last_opened(struct text *out, const struct dossier *d, const struct verdicts *verdicts,
                     const struct date *paper_due, struct date on)
{
    const struct verdict *last = &verdicts->gates[GATE_SIGNATURE];
    CLEANUP(text_free) struct text why = { 0 };

    /* Of gates that opened on one day, the later one in the list says more: a report more than the
     * date it was waiting for. Envelope and standing only repeat what opened before them. */
    for (unsigned g = 0; g < GATES; g++) {
        struct date since = verdicts->gates[g].since;
        int later = date_is_set(since) ? date_cmp(since, last->since) : -1;

        if (later > 0 || (later == 0 && g > last->gate && g < GATE_ENVELOPE))
            last = &verdicts->gates[g];
    }
    say_verdict(&why, d, last, paper_due, on);
    text_addf(out, _("the last gate opened: %s"), why.s);
}

static void say_tranche_missing(struct text *out, const struct dossier *d, unsigned t,
                                const struct plan_rung *plan)
{
    enum tranche_state state = d->tranches[t].state;
    char sum[TR_CENTS_MAX];
    CLEANUP(text_free) struct text one = { 0 };

    if (state == TRANCHE_PAID || state == TRANCHE_CLOSED)
        return;
    if (tranche_is_live(state))
        text_addf(&one, _("tranche %s (%s) ordered, payment not confirmed"),
                  d->scheme->rungs[t].name, tr_cents(sum, plan[t].taken));
    else
        text_addf(&one, _("tranche %s (%s) held"), d->scheme->rungs[t].name,
                  tr_cents(sum, plan_outlook(plan, d->scheme->rung_count, t)));
    text_join(out, _("; "), one.s);
}

void say_missing(struct text *out, const struct dossier *d, const struct date *paper_due,
                 struct date on)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];

    dossier_plan(d, plan);
    text_add(out, "", 0);
    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        say_tranche_missing(out, d, t, plan);
    for (unsigned i = 0; i < d->scheme->paper_count; i++) {
        CLEANUP(text_free) struct text one = { 0 };

        if (dossier_paper_in(d, i, on))
            continue;
        say_paper(&one, d, i, d->papers[i].state == PAPER_RECEIVED,
                  paper_due ? paper_due[i] : DATE_NONE, on);
        text_join(out, _("; "), one.s);
    }
}

static void say_code(struct text *out, const char *code, bool recall)
{
    const char *of_recall = recall ? recall_reason_what(code) : NULL;
    const struct status_code *status = status_code_find(code);
    const struct reason_code *reason = reason_code_find(code);
    CLEANUP(text_free) struct text one = { 0 };

    if (status)
        text_addf(&one, _("%s: %s"), code, _(status->what));
    else if (of_recall || reason)
        text_addf(&one, _("%s: %s"), code, _(of_recall ? of_recall : reason->what));
    else
        text_addf(&one, "%s", code);
    text_join(out, _("; "), one.s);
}

void say_codes(struct text *out, const char *codes, const char *note)
{
    CLEANUP(mem_freep) char *copy = mem_strdup(codes);
    char *rest = NULL;
    bool recall = false;

    for (char *code = strtok_r(copy, " ", &rest); code; code = strtok_r(NULL, " ", &rest)) {
        say_code(out, code, recall);
        recall = recall || status_answers_recall(code);
    }
    if (*note)
        text_join(out, _("; "), note);
}

const char *say_actor(enum order_actor actor)
{
    static const char *const names[] = {
        [ACTOR_NOBODY] = "",
        [ACTOR_SERVICE] = N_("this service writes it"),
        [ACTOR_TREASURY] = N_("the treasury takes it"),
        [ACTOR_BANK] = N_("the bank"),
        [ACTOR_APPROVER] = N_("an approver"),
    };

    return *names[actor] ? _(names[actor]) : "";
}
