/* Tranches with their gates: the answer to "why is this not paid yet?". */
#include "call.h"

/* Why rung T is as it is, in one line; and the day on which time alone would open it. */
static void explain(const struct call *call, const struct record *record, unsigned t,
                    const struct verdicts *v, struct text *why)
{
    const struct dossier *d = &record->dossier;
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    unsigned below;

    text_add(why, "", 0);
    if (d->tranches[t].state != TRANCHE_HELD)
        return;
    if (*record->set_aside || record_broken(record)) {
        text_addf(why, _("set aside: %s"),
                  _(*record->set_aside ? record->set_aside : record_broken(record)));
        return;
    }
    dossier_plan(d, plan);
    below = plan_waits_for(plan, t);
    if (v->shut)
        say_shut(why, d, v, record->paper_due_on, call->today);
    else if (below != t)
        text_addf(why, _("waits for tranche %s"), d->scheme->rungs[below].name);
    else
        text_addf(why, "%s", _("every gate is open: it is released at the leader's next step"));
}

static json_t *tranche_json(const struct call *call, const struct record *record, unsigned t,
                            const struct verdicts *v)
{
    const struct dossier *d = &record->dossier;
    const struct dossier_tranche *tranche = &d->tranches[t];
    bool held = tranche->state == TRANCHE_HELD;
    CLEANUP(text_free) struct text why = { 0 };
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    int64_t due;

    dossier_plan(d, plan);
    explain(call, record, t, v, &why);
    due = held ? plan_outlook(plan, d->scheme->rung_count, t).v : 0;
    return json_pack("{s:o, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:s}", "tranche",
                     json_sprintf("%s/%u", d->reference, t + 1), "beneficiary", record->beneficiary,
                     "state", tranche_state_name(tranche->state), "since_on",
                     held ? json_null() : json_date(record->tranche_since_on[t]), "planned_cents",
                     (json_int_t)plan_planned(plan, t).v, "ordered_cents",
                     (json_int_t)(tranche_is_live(tranche->state) ? tranche->taken.v : 0),
                     "held_cents", (json_int_t)due, "due_cents", (json_int_t)due, "opens_on",
                     held ? json_date(v->opens_on) : json_null(), "why", why.s);
}

void put_tranches(struct call *call, const struct record *record, bool only_held, struct date due)
{
    json_t *rows = json_object_get(result(call), "tranches");

    if (!rows) {
        rows = json_array();
        json_object_set_new(result(call), "tranches", rows);
    }
    for (unsigned t = 0; t < record->dossier.scheme->rung_count; t++) {
        struct verdicts now, then;

        gates_ask(&record->dossier, t, call->today, &now);
        if ((only_held || date_is_set(due)) && record->dossier.tranches[t].state != TRANCHE_HELD)
            continue;
        if (date_is_set(due)) {
            gates_ask(&record->dossier, t, due, &then);
            if (then.shut)
                continue;
        }
        json_array_append_new(rows, tranche_json(call, record, t, &now));
    }
}

static int list_record(void *arg, const struct record *record)
{
    struct call *call = arg;

    put_tranches(call, record, arg_flag(call->args, "held"), arg_date(call, "due"));
    return 0;
}

int tranche_list(struct call *call)
{
    json_object_set_new(result(call), "tranches", json_array());
    return each_record(call, arg_text(call, "scheme"), list_record, call);
}

static json_t *gate_json(const struct call *call, const struct record *record,
                         const struct verdict *v)
{
    CLEANUP(text_free) struct text why = { 0 };

    say_verdict(&why, &record->dossier, v, record->paper_due_on, call->today);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s}", "gate", gate_name(v->gate),
                     "label", say_gate(v->gate), "answer", v->open ? "open" : "shut", "opener",
                     v->open ? "" : say_opener(v->opener), "since_on", json_date(v->since),
                     "reason", v->open ? "" : why.s, "opens_on", json_date(v->opens_on), "why",
                     why.s);
}

/* "REFERENCE/NUMBER" into a locked record and a rung. */
static int find_tranche(struct call *call, struct record **recordp, unsigned *t)
{
    const char *ref = arg_text(call, "ref"), *slash = strrchr(ref, '/');
    int64_t number;

    *t = 0;
    if (!slash || slash == ref || !text_to_i64(slash + 1, 1, 999, &number))
        return refuse(
            call, APP_BAD_REQUEST, "bad_reference", _("write it as LAB2-2023-01/1"),
            _("\"%s\" is no tranche: a convention's reference, \"/\" and a number are needed"),
            ref);
    TRY(load_reference(call, arena_strndup(call->arena, ref, (size_t)(slash - ref)), recordp));
    if (number > (*recordp)->dossier.scheme->rung_count)
        return refuse(call, APP_UNKNOWN, "unknown_tranche", NULL,
                      _("convention %s has %u tranches"), (*recordp)->dossier.reference,
                      (*recordp)->dossier.scheme->rung_count);
    *t = (unsigned)number - 1;
    return 0;
}

static int put_own_orders(struct call *call, const struct record *record, unsigned t)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    json_t *rows;

    TRY(store_order_list(call->app->work, record->dossier.reference, &table));
    put_orders(call, "orders", table);
    rows = json_object_get(result(call), "orders");
    for (size_t i = json_array_size(rows); i-- > 0;)
        if (json_integer_value(json_object_get(json_array_get(rows, i), "tranche")) !=
            (json_int_t)t + 1)
            json_array_remove(rows, i);
    return 0;
}

int tranche_show(struct call *call)
{
    struct record *record;
    struct verdicts v;
    json_t *gates = json_array();
    unsigned t;

    json_object_set_new(result(call), "gates", gates);
    TRY(find_tranche(call, &record, &t));
    gates_ask(&record->dossier, t, call->today, &v);
    json_object_set_new(result(call), "tranche", tranche_json(call, record, t, &v));
    for (unsigned g = 0; g < GATES; g++)
        json_array_append_new(gates, gate_json(call, record, &v.gates[g]));
    TRY(put_proposals(call, record));
    return put_own_orders(call, record, t);
}

/* A tranche that is still held; what was proposed about another one can only be declined. */
static int find_held(struct call *call, struct record **recordp, unsigned *t)
{
    const struct dossier *d;

    TRY(find_tranche(call, recordp, t));
    d = &(*recordp)->dossier;
    if (d->tranches[*t].state != TRANCHE_HELD && !arg_flag(call->args, "decline"))
        return refuse(call, APP_CONFLICT, "not_held", _("tranchectl tranche show says more"),
                      _("convention %s: tranche %s is %s"), d->reference, d->scheme->rungs[*t].name,
                      tr_word(tranche_state_name(d->tranches[*t].state)));
    return 0;
}

int tranche_approve(struct call *call)
{
    struct matter m = { .key = { .act = "approve", .gate = "" } };
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    char sum[TR_CENTS_MAX];
    struct record *record;
    bool decided;
    unsigned t;

    TRY(find_held(call, &record, &t));
    if (gate_ask(GATE_APPROVAL, &record->dossier, t, call->today).open &&
        !arg_flag(call->args, "decline"))
        return refuse(call, APP_CONFLICT, "no_approval_asked", NULL,
                      date_is_set(record->dossier.tranches[t].approved_on)
                          ? _("convention %s: tranche %s was released by a second person already")
                          : _("convention %s: tranche %s needs no release by a second person"),
                      record->dossier.reference, record->dossier.scheme->rungs[t].name);
    m.record = record;
    m.tranche = (int)t + 1;
    m.key.convention = record->id;
    m.key.position = t;
    dossier_plan(&record->dossier, plan);
    m.key.amount = plan_outlook(plan, record->dossier.scheme->rung_count, t);
    m.subject = arena_printf(call->arena, _("release of tranche %s: %s"),
                             record->dossier.scheme->rungs[t].name, tr_cents(sum, m.key.amount));
    TRY(two_persons(call, &m, &decided));
    return finish_fact(call, record->dossier.reference);
}

/* Whether argument "gate" is one that may be overridden, and is shut by what an override is for. */
static int check_override(struct call *call, const struct record *record, unsigned t,
                          enum gate *gate)
{
    const char *name = arg_text(call, "gate");
    struct verdict v;

    *gate = gate_from_name(name);
    if (*gate == GATES || !gate_can_be_overridden(*gate))
        return refuse(call, APP_INVALID, "bad_gate",
                      _("date, report, or standing against expiry; the others never"),
                      _("convention %s: the gate \"%s\" cannot be overridden"),
                      record->dossier.reference, name);
    v = gate_ask(*gate, &record->dossier, t, call->today);
    if (arg_flag(call->args, "decline"))
        return 0;
    if (v.open || (*gate == GATE_STANDING && v.reason != REASON_EXPIRED))
        return refuse(call, APP_CONFLICT, "nothing_to_override",
                      _("tranchectl tranche why shows each gate"),
                      v.open ? _("convention %s: the gate \"%s\" is open")
                             : _("convention %s: the gate \"%s\" is shut by more than expiry"),
                      record->dossier.reference, say_gate(*gate));
    return 0;
}

int tranche_override(struct call *call)
{
    struct matter m = { .key = { .act = "override" } };
    struct record *record;
    enum gate gate;
    bool decided;
    unsigned t;

    TRY(find_held(call, &record, &t));
    TRY(check_override(call, record, t, &gate));
    m.record = record;
    m.tranche = (int)t + 1;
    m.key.convention = record->id;
    m.key.position = t;
    m.key.gate = gate_name(gate);
    m.subject = arena_printf(call->arena, _("open the gate \"%s\" of tranche %s"), say_gate(gate),
                             record->dossier.scheme->rungs[t].name);
    TRY(two_persons(call, &m, &decided));
    return finish_fact(call, record->dossier.reference);
}

int finish_fact(struct call *call, const char *reference)
{
    struct record *record;

    TRY(load_reference(call, reference, &record));
    if (record->dossier.state != CONVENTION_TERMINATED)
        TRY(stored(call, store_convention_look(call->app->work, record->id, call->today)));
    put_tranches(call, record, false, DATE_NONE);
    return 0;
}
