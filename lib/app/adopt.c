/* Adopting: an order file that is out and that the database does not know any more becomes known
 * again, with the orders it pays.  Every one must find its tranche held and the account it
 * names verified, and its sum must fit into the ladder; else nothing is adopted. */
#include "reconcile.h"
#include "remittance.h"
#include <sepa/letters.h>
#include <sepa/seen.h>

/* The convention and the rung that the remittance text of TX names. */
static int find_rung(struct call *call, const struct seen_tx *tx, struct record **record,
                     unsigned *rung)
{
    char reference[REMITTANCE_REFERENCE_MAX];

    if (!remittance_reference(tx->remittance, reference))
        return refuse(call, APP_CONFLICT, "strange_file", NULL,
                      _("order %s: \"%s\" names no convention"), tx->end_to_end_id, tx->remittance);
    TRY(load_reference(call, reference, record));
    for (*rung = 0; *rung < (*record)->dossier.scheme->rung_count; ++*rung) {
        CLEANUP(text_free) struct text text = { 0 };

        letters_convert(&text, remittance_text(call->arena, call->instance.rehearsal, reference,
                                               (*record)->dossier.scheme->rungs[*rung].name));
        if (!strcmp(text.s, tx->remittance))
            return 0;
    }
    return refuse(call, APP_CONFLICT, "strange_file", NULL,
                  _("order %s: convention %s has no tranche that is paid as \"%s\""),
                  tx->end_to_end_id, reference, tx->remittance);
}

static int match(struct call *call, const struct seen_tx *tx, struct order_row *row,
                 int64_t *scheme_id)
{
    struct record *record;
    unsigned rung = 0;

    TRY(find_rung(call, tx, &record, &rung));
    if (strcmp(record->account.iban.s, tx->iban) != 0 ||
        !date_is_set(record->dossier.account.verified_on))
        return refuse(
            call, APP_CONFLICT, "other_account",
            _("propose and verify the account that was paid, then repeat"),
            _("order %s: convention %s has another verified account than the one it pays"),
            tx->end_to_end_id, record->dossier.reference);
    if (record->dossier.tranches[rung].state != TRANCHE_HELD)
        return refuse(call, APP_CONFLICT, "wrong_state", _("tranchectl tranche show says more"),
                      _("order %s: tranche %s of convention %s is not held: a second order may be "
                        "on its way"),
                      tx->end_to_end_id, record->dossier.scheme->rungs[rung].name,
                      record->dossier.reference);
    if (*scheme_id && *scheme_id != record->scheme_id)
        return refuse(call, APP_CONFLICT, "strange_file", NULL,
                      _("order %s: the file pays conventions of several schemes"),
                      tx->end_to_end_id);
    *scheme_id = record->scheme_id;
    *row = (struct order_row){ record->tranche_ids[rung], record->id, record->account.id,
                               tx->end_to_end_id, tx->amount };
    return note(call, "tranche.adopted", record, (int)rung + 1, arg_reason(call),
                _("tranche %s is ordered already: order %s is taken over from the archive"),
                record->dossier.scheme->rungs[rung].name, tx->end_to_end_id);
}

int adopt_file(struct call *call, const char *name, const struct text *bytes,
               const struct sha256 *digest)
{
    struct seen_file seen;
    struct order_file file = { .file_name = name,
                               .body = bytes->s,
                               .body_length = bytes->length,
                               .lease_number = call->app->lease,
                               .host = call->app->host };
    const struct order_patience wait = patience(call->app);
    struct order_row *rows;
    int r = seen_read(bytes->s, bytes->length, call->arena, &seen);

    if (r)
        return r < 0 ? r
                     : refuse(call, APP_CONFLICT, "strange_file",
                              _("whoever runs the service must look at it"),
                              _("%s in the archive is not a whole order file"), name);
    rows = arena_alloc(call->arena, seen.tx_count * sizeof *rows);
    for (unsigned i = 0; i < seen.tx_count; i++)
        TRY(match(call, &seen.txs[i], &rows[i], &file.scheme_id));
    file.message_id = seen.message_id;
    file.decided_on = seen.created_on;
    file.execution_on = seen.execution_on;
    file.deadline_on = order_deadline(ORDER_PREPARED, seen.execution_on, &wait);
    file.tx_count = seen.tx_count;
    file.total = seen.total;
    memcpy(file.sha256, digest->bytes, sizeof file.sha256);
    TRY(stored(call, store_order_file_insert(call->app->work, &file)));
    TRY(stored(call,
               store_orders_insert(call->app->work, &file, rows, seen.tx_count, call->today)));
    return stored(call, store_order_file_settled(call->app->work, file.id));
}
