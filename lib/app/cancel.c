/* Taking an order back: before its file is written the whole file, by the folder's own fence; after
 * that two persons ask the bank, and nothing changes until it answers. */
#include "call.h"
#include <sepa/camt055.h>

/* --- before ----------------------------------------------------------------------------------- */

static int refuse_late(struct call *call, const char *id)
{
    return refuse(call, APP_CONFLICT, "too_late",
                  _("tranchectl order cancel asks the bank once it is written"),
                  _("order %s: its file is going out at this moment"), id);
}

/* Only who leads on the folder's own host can be sure that the file does not go out. */
static int check_place(struct call *call, const struct order_fate *fate, const char *id)
{
    const struct app *app = call->app;

    if (app->lease && !strcmp(fate->host, app->host))
        return 0;
    return refuse(call, APP_CONFLICT, "not_here",
                  _("give the command to the service that leads on that machine"),
                  _("order %s: its file belongs to host %s"), id, fate->host);
}

/* Terminated conventions give up what was taken back of theirs. */
static int close_ended(struct call *call, int64_t file)
{
    CLEANUP(store_table_freep) struct store_table *ended = NULL;

    TRY(stored(call, store_order_file_terminated(call->app->work, file, &ended)));
    for (size_t i = 0; i < store_table_rows(ended); i++)
        TRY(close_terminated(call, store_table_cell(ended, i, 0).text,
                             (unsigned)store_table_cell(ended, i, 1).integer));
    return 0;
}

/* The others of the file are ordered anew in the next step, but those that nobody would order. */
static int cancel_file(struct call *call, const struct order_fate *fate,
                       const struct record *record, const char *id)
{
    int64_t others = 0;
    int r;

    TRY(check_place(call, fate, id));
    TRY(stored(call, store_order_file_lock(call->app->work, fate->file_id)));
    r = store_order_file_cancel(call->app->work, fate->file_id, fate->id, call->person, call->today,
                                arg_reason(call), &others);
    if (r == STORE_E_NONE)
        return refuse_late(call, id);
    TRY(stored(call, r));
    TRY(close_ended(call, fate->file_id));
    TRY(note(
        call, "file.cancelled", record, (int)fate->tranche + 1, arg_reason(call),
        ngettext("order file %s taken back before it was written; %lld other order is made anew",
                 "order file %s taken back before it was written; %lld other orders are made anew",
                 (unsigned long)others),
        fate->message_id, (long long)others));
    if (call->check)
        return 0;
    r = spool_bar(call->app->spool, fate->file_name);
    return r > 0 ? refuse_late(call, id) : r;
}

/* --- after ------------------------------------------------------------------------------------ */

static const char *recall_code(const struct call *call)
{
    const char *code = arg_text(call, "code");

    return code ? code : "CUST";
}

static int check_code(struct call *call)
{
    static const char *const codes[] = { "CUST", "DUPL", "TECH", "FRAD", "AC03", "AM09" };

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (!strcmp(codes[i], recall_code(call)))
            return 0;
    return refuse(call, APP_INVALID, "bad_code",
                  _("CUST (our wish), DUPL (twice), TECH (a mistake), FRAD, AC03, AM09"),
                  _("\"%s\" is no reason for a recall"), recall_code(call));
}

/* The request's bytes, kept as a document. */
static int write_recall(struct call *call, const struct order_fate *fate, const char *id,
                        char hex[static SHA256_HEX_MAX])
{
    CLEANUP(text_free) struct text bytes = { 0 };
    const struct conf *conf = call->app->conf;
    struct camt055 request = { .id = arena_printf(call->arena, "C-%s", id),
                               .created_at = business_moment(&call->instance),
                               .party = conf->authority_name,
                               .party_siret = &conf->authority_siret,
                               .bank = &conf->debtor_bic,
                               .message_id = fate->message_id,
                               .payment_id = arena_printf(call->arena, "%s-1", fate->message_id),
                               .end_to_end_id = id,
                               .amount = fate->amount,
                               .execution_on = fate->execution_on,
                               .reason = recall_code(call) };
    struct sha256 digest;
    int64_t document;
    int r = camt055_write(&request, &bytes);

    if (r)
        return r < 0 ? r : err_raise(ERR_LIBRARY, "look at authority.name");
    call->body = bytes.s;
    call->body_length = bytes.length;
    r = keep_body(call, &digest, &document);
    call->body = NULL;
    call->body_length = 0;
    digest_hex(hex, &digest);
    return r;
}

static int recall(struct call *call, const struct order_fate *fate, const struct record *record,
                  const char *id)
{
    char hex[SHA256_HEX_MAX], sum[TR_CENTS_MAX];
    struct matter m = {
        .record = record,
        .tranche = (int)fate->tranche + 1,
        .key = { .convention = record->id, .act = "cancel", .position = fate->tranche, .gate = "" }
    };
    bool decided;
    int r;

    TRY(check_code(call));
    if (fate->recalled)
        return refuse(call, APP_CONFLICT, "recalled", _("import the bank's answer (camt.029)"),
                      _("order %s: the bank was asked already"), id);
    m.subject = arena_printf(call->arena, _("ask the bank to take back order %s of %s"), id,
                             tr_cents(sum, fate->amount));
    TRY(two_persons(call, &m, &decided));
    if (!decided)
        return 0;
    r = store_order_act(call->app->work, fate->id, "recall", call->person, call->today,
                        arg_reason(call));
    TRY(stored(call, r));
    TRY(write_recall(call, fate, id, hex));
    json_object_set_new(result(call), "sha256", json_string(hex));
    json_object_set_new(
        result(call), "message",
        json_sprintf(_("hand this request to the bank: tranchectl document save %s --to %s.xml"),
                     hex, id));
    return note(call, "order.recalled", record, m.tranche, arg_reason(call),
                _("order %s: the bank is asked to take it back (%s, camt.055, SHA-256 %s)"), id,
                recall_code(call), hex);
}

int order_cancel(struct call *call)
{
    const char *id = arg_text(call, "ref");
    struct order_fate fate;
    struct record *record;

    TRY(load_order(call, id, &fate, &record));
    if (!order_is_live(fate.state) || fate.state == ORDER_BOOKED)
        return refuse(call, APP_CONFLICT, "wrong_state",
                      fate.state == ORDER_BOOKED
                          ? _("money that was paid is claimed back from the beneficiary")
                          : _("tranchectl order reissue has its tranche ordered again"),
                      _("order %s is %s: this cannot be decided about it"), id,
                      tr_word(order_state_name(fate.state)));
    if (fate.written)
        TRY(recall(call, &fate, record, id));
    else if (call->request->caller.role != ROLE_APPROVER)
        return refuse(call, APP_FORBIDDEN, "wrong_role", _("ask an approver"),
                      _("order %s: only an approver takes a file back"), id);
    else
        TRY(cancel_file(call, &fate, record, id));
    return finish_fact(call, fate.reference);
}
