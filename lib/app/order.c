/* Orders: reading them with their files and the journal, and what a person decides about one that
 * left. */
#include "call.h"
#include <core/code.h>
#include <store/evidence.h>

/* Who acts next, and how many days its state is old. */
static void add_next(const struct call *call, json_t *row)
{
    int state = order_state_from_name(json_string_value(json_object_get(row, "state")));
    bool written = json_is_true(json_object_get(row, "written"));
    bool taken = json_is_true(json_object_get(row, "taken"));
    struct date since = DATE_NONE;

    if (state < 0)
        return;
    date_parse(&since, json_string_value(json_object_get(row, "since_on")));
    json_object_set_new(
        row, "next",
        json_string(say_actor(order_next_actor((enum order_state)state, written, taken))));
    json_object_set_new(row, "age_days", json_integer(date_days(since, call->today)));
}

void put_orders(struct call *call, const char *key, const struct store_table *table)
{
    size_t i;
    json_t *row;

    put_table(call, key, table);
    json_array_foreach(json_object_get(result(call), key), i, row)
        add_next(call, row);
}

static int unknown_order(struct call *call, const char *id)
{
    return refuse(call, APP_UNKNOWN, "unknown_order",
                  _("tranchectl order list shows those there are"), _("there is no order %s"), id);
}

/* The bank's codes and words as one sentence. */
static void say_proof(json_t *row)
{
    CLEANUP(text_free) struct text why = { 0 };

    text_add(&why, "", 0);
    say_codes(&why, json_string_value(json_object_get(row, "code")),
              json_string_value(json_object_get(row, "note")));
    json_object_set_new(row, "why", json_string(why.s));
}

/* What the bank answered to the request to take it back. */
static void say_recall(json_t *order)
{
    CLEANUP(text_free) struct text text = { 0 };
    const char *codes = json_string_value(json_object_get(order, "recall"));

    if (!codes)
        return;
    say_codes(&text, codes, "");
    json_object_set_new(order, "recall", json_string(text.s));
}

int order_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *reference = arg_text(call, "ref");
    struct record *record;

    if (reference)
        TRY(load_reference(call, reference, &record));
    TRY(store_order_list(call->app->work, reference, &table));
    put_orders(call, "orders", table);
    return 0;
}

int order_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL, *proofs = NULL;
    const char *id = arg_text(call, "ref");
    size_t i;
    json_t *row;

    TRY(store_order_show(call->app->work, id, &table));
    if (!store_table_rows(table))
        return unknown_order(call, id);
    put_orders(call, "orders", table);
    json_object_set(result(call), "order",
                    json_array_get(json_object_get(result(call), "orders"), 0));
    json_object_del(result(call), "orders");
    say_recall(json_object_get(result(call), "order"));
    TRY(store_proof_list(call->app->work, id, &proofs));
    put_table(call, "proofs", proofs);
    json_array_foreach(json_object_get(result(call), "proofs"), i, row)
        say_proof(row);
    return 0;
}

/* --- decisions -------------------------------------------------------------------------------- */

int load_order(struct call *call, const char *id, struct order_fate *fate, struct record **recordp)
{
    int r = store_order_fate(call->app->work, id, call->arena, fate);

    if (r == STORE_E_NONE)
        return unknown_order(call, id);
    TRY(stored(call, r));
    TRY(load_reference(call, fate->reference, recordp));
    return stored(call, store_order_fate(call->app->work, id, call->arena, fate));
}

static int refuse_order(struct call *call, const struct order_fate *fate, const char *id,
                        const char *hint)
{
    return refuse(call, APP_CONFLICT, "wrong_state", hint,
                  _("order %s is %s: this cannot be decided about it"), id,
                  tr_word(order_state_shown(fate->state, fate->written)));
}

int order_release(struct call *call)
{
    const char *id = arg_text(call, "ref");
    struct order_patience wait = patience(call->app);
    struct order_fate fate;
    struct record *record;
    int r;

    TRY(load_order(call, id, &fate, &record));
    if (fate.state != ORDER_AWAITING_RELEASE)
        return refuse_order(
            call, &fate, id,
            _("only an order whose payee's verification does not match is released"));
    r = store_order_act(call->app->work, fate.id, "release", call->person, call->today,
                        arg_reason(call));
    TRY(stored(call, r));
    TRY(stored(call, store_order_release(call->app->work, fate.id, call->today,
                                         order_deadline(ORDER_ACKNOWLEDGED, call->today, &wait))));
    TRY(note(call, "order.released", record, (int)fate.tranche + 1, arg_reason(call),
             _("order %s: goes on, though the payee's verification does not match"), id));
    return finish_fact(call, fate.reference);
}

/* Money that may be an order's is explained before its tranche is ordered again. */
static int check_open_debit(struct call *call, const char *id)
{
    const char *line;

    TRY(stored(call, store_order_debit(call->app->work, id, call->arena, &line)));
    if (!*line)
        return 0;
    return refuse(
        call, APP_CONFLICT, "in_doubt",
        _("find out what it paid; tranchectl answer link or dismiss it"),
        _("order %s: line %s of an answer, a debit that is not explained, names its account or "
          "convention, or has the sum of its file"),
        id, line);
}

/* Nor while an order of the tranche was paid all the same. */
static int check_none_is_out(struct call *call, int64_t tranche)
{
    const char *id;

    TRY(stored(call, store_order_out(call->app->work, tranche, call->arena, &id)));
    if (!*id)
        return 0;
    return refuse(
        call, APP_CONFLICT, "paid_all_the_same",
        _("import the statement on which it comes back; nothing is ordered before"),
        _("order %s: its debit is booked though it was proven dead, and nothing came back"), id);
}

/* What keeps the tranche of a dead order from being ordered again. */
static int check_reissue(struct call *call, const struct order_fate *fate,
                         const struct record *record, const char *id)
{
    const struct dossier_account *account = &record->dossier.account;
    bool other = record->account.id != fate->account_id;
    char back[TR_CENTS_MAX], sum[TR_CENTS_MAX];

    if (order_is_live(fate->state))
        return refuse(
            call, APP_CONFLICT, "not_proven_dead",
            _("import the bank's answer that refuses or returns it; an unanswered order is "
              "never ordered again"),
            _("order %s is %s: nothing proves that it is dead"), id,
            tr_word(order_state_shown(fate->state, fate->written)));
    if (record->dossier.state == CONVENTION_TERMINATED)
        return refuse_state(call, record);
    if (record->dossier.tranches[fate->tranche].state == TRANCHE_CLOSED)
        return refuse(call, APP_CONFLICT, "wrong_state", NULL, _("order %s: its tranche is closed"),
                      id);
    if (!fate->last || fate->reissued)
        return refuse(call, APP_CONFLICT, "reissued", _("tranchectl order list shows the next one"),
                      _("order %s: its tranche may be ordered again already"), id);
    if (*fate->trouble)
        return refuse(call, APP_CONFLICT, "in_doubt",
                      _("tranchectl answer unmatched shows the lines; link or dismiss each"),
                      _("order %s: %s"), id, fate->trouble);
    if (date_is_set(record->dossier.disputed_on))
        return refuse(call, APP_CONFLICT, "in_doubt",
                      _("tranchectl answer unmatched shows what contradicts; dismiss each line"),
                      _("order %s: its convention is in dispute"), id);
    TRY(check_none_is_out(call, record->tranche_ids[fate->tranche]));
    if (fate->returned.v && fate->returned.v != fate->amount.v &&
        !arg_flag(call->args, "accept-sum"))
        return refuse(call, APP_CONFLICT, "other_sum",
                      _("find out where the rest is; --accept-sum says that it is known"),
                      _("order %s: %s left and %s came back"), id, tr_cents(sum, fate->amount),
                      tr_cents(back, fate->returned));
    if (reason_lines_speak_of_account(fate->refusals) &&
        !(date_is_set(account->verified_on) && (other || date_is_set(account->confirmed_on))))
        return refuse(call, APP_CONFLICT, "account_unverified",
                      _("tranchectl account propose and verify another one, or have an approver "
                        "confirm this one with account verify --reason"),
                      _("order %s: the bank's reason speaks of the account or the payee, and the "
                        "account is not verified anew"),
                      id);
    return 0;
}

/* A dead order of a grant that was lowered below what is taken is made again for no more than the
 * grant leaves it, which may be nothing.  RUNG is what becomes of its tranche. */
static int cut_to_grant(struct call *call, const struct order_fate *fate,
                        const struct record *record, struct plan_rung *rung)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    const struct dossier *d = &record->dossier;
    struct cents recovery;

    dossier_plan(d, plan);
    recovery = plan_again(plan, d->scheme->rung_count, (unsigned)fate->tranche, d->grant);
    *rung = plan[fate->tranche];
    if (!d->recovery.v)
        return 0;
    return stored(call, store_convention_amend(call->app->work, record, d->grant, recovery, plan,
                                               call->today));
}

static int note_reissue(struct call *call, const struct order_fate *fate,
                        const struct record *record, const struct plan_rung *rung, const char *id)
{
    struct cents taken = record->dossier.tranches[fate->tranche].taken;
    const char *what =
        rung->closed ? _("order %s is dead: nothing is due of its tranche any more, it is closed")
        : rung->taken.v == taken.v
            ? _("order %s is dead: its tranche may be ordered again")
            : _("order %s is dead: its tranche may be ordered again, for what the grant as it is "
                "now leaves it");

    return note(call, "order.reissue", record, (int)fate->tranche + 1, arg_reason(call), what, id);
}

int order_reissue(struct call *call)
{
    const char *id = arg_text(call, "ref");
    struct order_fate fate;
    struct record *record;
    struct plan_rung rung;

    TRY(load_order(call, id, &fate, &record));
    TRY(check_reissue(call, &fate, record, id));
    TRY(check_open_debit(call, id));
    if (fate.returned.v && fate.returned.v != fate.amount.v)
        TRY(stored(call, store_order_act(call->app->work, fate.id, "accept_sum", call->person,
                                         call->today, arg_reason(call))));
    TRY(stored(call, store_order_act(call->app->work, fate.id, "reissue", call->person, call->today,
                                     arg_reason(call))));
    TRY(cut_to_grant(call, &fate, record, &rung));
    if (!rung.closed)
        TRY(stored(call, store_order_reopen(call->app->work, fate.id, call->today)));
    TRY(note_reissue(call, &fate, record, &rung, id));
    return finish_fact(call, fate.reference);
}

/* --- files ------------------------------------------------------------------------------------ */

/* Why a file is blocked is stored in English and told in the reader's language. */
static void say_blocked(const struct call *call, json_t *row)
{
    const char *why = json_string_value(json_object_get(row, "blocked"));
    const char *state = json_string_value(json_object_get(row, "state"));
    const char *host = json_string_value(json_object_get(row, "host"));

    if (why && *why)
        json_object_set_new(row, "blocked", json_string(_(why)));
    else if (state && host && !strcmp(state, "prepared") && strcmp(host, call->app->host) != 0)
        json_object_set_new(
            row, "blocked",
            json_sprintf(_("it waits on another host, %s; tranchectl file reconcile "
                           "--not-taken puts it out here"),
                         host));
}

int file_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    size_t i;
    json_t *row;

    TRY(store_file_list(call->app->work, &table));
    put_table(call, "files", table);
    json_array_foreach(json_object_get(result(call), "files"), i, row)
        say_blocked(call, row);
    return 0;
}

int file_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *card = NULL, *orders = NULL;
    const char *id = arg_text(call, "ref");

    TRY(store_file_show(call->app->work, id, &card));
    if (!store_table_rows(card))
        return refuse(call, APP_UNKNOWN, "unknown_file",
                      _("tranchectl file list shows those there are"),
                      _("there is no order file %s"), id);
    TRY(store_file_orders(call->app->work, id, 0, &orders));
    json_object_set_new(result(call), "file", table_row(card, 0));
    say_blocked(call, json_object_get(result(call), "file"));
    put_orders(call, "orders", orders);
    return 0;
}

int journal_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *reference = arg_text(call, "ref"), *after = arg_text(call, "after");
    struct record *record;
    int64_t id = 0;

    if (reference)
        TRY(load_reference(call, reference, &record));
    if (after && !text_to_i64(after, 0, INT64_MAX, &id))
        return refuse(call, APP_BAD_REQUEST, "bad_argument", NULL,
                      _("--after: a number is needed"));
    TRY(store_journal_list(call->app->work, reference, id, &table));
    put_table(call, "journal", table);
    if (store_table_rows(table))
        json_object_set_new(
            result(call), "last",
            json_integer(store_table_cell(table, store_table_rows(table) - 1, 0).integer));
    return 0;
}
