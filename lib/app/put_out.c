/* Putting out what is decided: fence, record the boot, publish, mark.  After any doubt the folders
 * are looked at, and nothing is guessed. */
#include "call.h"
#include <base/failpoint.h>
#include <base/log.h>

enum { ORDERS_LISTED = 500 }; /* in a mail */

struct outgoing {
    struct app *app;
    const struct instance *instance;
    struct arena *arena;
    struct order_file file;
};

struct sha256 stored_digest(const struct order_file *file)
{
    struct sha256 digest;

    memcpy(digest.bytes, file->sha256, sizeof digest.bytes);
    return digest;
}

/* Runs UPDATE in a transaction of its own, as the leader. */
static int as_leader(struct outgoing *o, int (*update)(struct outgoing *))
{
    int r = leader_begin(o->app);

    return leader_end(o->app, r ? r : update(o));
}

static int update_booted(struct outgoing *o)
{
    return store_order_file_booted(o->app->work, o->file.id, o->app->boot_id);
}

/* The file's orders as a mail shows them; accounts come masked. */
static int list_orders(struct outgoing *o, const char **list)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    CLEANUP(text_free) struct text out = { 0 };
    int r = store_file_orders(o->app->work, o->file.message_id, ORDERS_LISTED + 1, &table);

    text_addf(&out, "%s\t%s\t%s\t%s\t%s\t%s\n", _("Order"), _("Convention"), _("Tranche"),
              _("Beneficiary"), _("Account"), _("Amount"));
    for (size_t i = 0; !r && i < store_table_rows(table); i++) {
        json_t *row = i < ORDERS_LISTED ? table_row(table, i) : NULL;
        char sum[TR_CENTS_MAX];

        if (!row) {
            text_addf(&out, "…\n");
            break;
        }
        text_addf(&out, "%s\t%s\t%lld\t%s\t%s\t%s\n",
                  json_string_value(json_object_get(row, "end_to_end_id")),
                  json_string_value(json_object_get(row, "convention")),
                  (long long)json_integer_value(json_object_get(row, "tranche")),
                  json_string_value(json_object_get(row, "beneficiary")),
                  json_string_value(json_object_get(row, "iban")),
                  tr_cents(sum, (struct cents){
                                    json_integer_value(json_object_get(row, "amount_cents")) }));
        json_decref(row);
    }
    *list = arena_strdup(o->arena, out.s);
    return r;
}

static int update_written(struct outgoing *o)
{
    char hex[SHA256_HEX_MAX], sum[TR_CENTS_MAX];
    struct sha256 digest = stored_digest(&o->file);
    struct journal_row row = { .kind = "file.written",
                               .scheme = o->file.scheme,
                               .amount = o->file.total,
                               .about = o->file.message_id };
    int r = store_order_file_written(o->app->work, o->file.id);

    if (!r && o->app->letters)
        r = list_orders(o, &row.list);
    if (r)
        return r;
    row.what = arena_printf(o->arena,
                            ngettext("order file %s written: %u order, %s",
                                     "order file %s written: %u orders, %s", o->file.tx_count),
                            o->file.message_id, o->file.tx_count, tr_cents(sum, o->file.total));
    row.why = arena_printf(o->arena, "SHA-256 %s", digest_hex(hex, &digest));
    return journal_add(o->app, o->instance, "tranched", NULL, &row, 1);
}

int block_file(struct app *app, const struct instance *instance, struct arena *arena,
               const struct order_file *file, const char *why)
{
    struct journal_row row = {
        .kind = "file.blocked", .scheme = file->scheme, .about = file->message_id, .why = _(why)
    };
    int r = leader_begin(app);

    row.what = arena_printf(arena, _("order file %s waits: a person must look"), file->message_id);
    log_err("order file %s: %s", file->file_name, why);
    if (!r)
        r = store_order_file_block(app->work, file->id, why);
    if (!r)
        r = journal_add(app, instance, "tranched", NULL, &row, 1);
    return leader_end(app, r);
}

static int block(struct outgoing *o, const char *why)
{
    return block_file(o->app, o->instance, o->arena, &o->file, why);
}

static int mark(struct outgoing *o)
{
    int r = spool_clear_tokens(o->app->spool, o->file.file_name);

    if (!r)
        r = as_leader(o, update_written);
    FAILPOINT(mark_stored);
    o->app->stirred = true; /* it may have been taken before it was marked */
    return r;
}

static int publish(struct outgoing *o)
{
    int r = as_leader(o, update_booted);

    if (r)
        return r;
    FAILPOINT(boot_recorded);
    r = spool_publish(o->app->spool, o->file.file_name);
    if (r == SPOOL_E_FOREIGN)
        return block(o, N_("the outbox has another file of this name"));
    if (r > 0)
        return err_raise(ERR_DAMAGED, "%s vanished from the archive", o->file.file_name);
    return r ? r : mark(o);
}

/* It was out, and is no more: its outbox is gone. */
static bool is_lost(const struct order_file *file)
{
    return file->again && !file->boot_id;
}

/* A written file that was lost with its outbox: the archive's inode is the token once more. That a
 * boot is on the row says that the token was there: from then on it is a file like any other. */
static int put_back(struct outgoing *o)
{
    int r = spool_put_back(o->app->spool, o->file.file_name, o->app->lease);

    return r ? r : publish(o);
}

static int put_out(struct outgoing *o)
{
    struct sha256 digest = stored_digest(&o->file);
    int place, r;

    place = spool_look(o->app->spool, o->file.file_name, &digest);
    FAILPOINT(put_out_looked);
    if (o->file.doubtful && (place == SPOOL_NOWHERE || place == SPOOL_TOKEN ||
                             (place == SPOOL_OUT && is_lost(&o->file))))
        return block(
            o,
            N_("one of its orders came into doubt: its convention is suspended, set aside or in dispute, its account refused, "
               "or an earlier order of its tranche shown otherwise; order cancel takes the file back, file show says which"));
    if (o->file.unwanted && place == SPOOL_NOWHERE)
        return block(
            o,
            N_("nobody would decide one of its orders again: its convention is terminated, its account replaced "
               "or its grant lowered below what is taken; order cancel takes the file back, file show says which"));
    switch (place) {
    case SPOOL_NOWHERE:
        r = spool_fence(o->app->spool, o->file.file_name, o->app->lease, o->file.body,
                        o->file.body_length, &digest);
        if (r == ERR_DAMAGED)
            return block(o, N_("its stored bytes do not have their stored digest"));
        return r == SPOOL_E_FENCED ? 0 : r ? r : publish(o); /* fenced by another: look again */
    case SPOOL_TOKEN: /* of this boot: boot_step() looked at the others */
        return publish(o);
    case SPOOL_OUT:
        return is_lost(&o->file) ? put_back(o) : mark(o);
    case SPOOL_FOREIGN:
        return block(o, N_("it was out, and now the outbox has another file of this name"));
    case SPOOL_DAMAGED:
        return block(o, N_("the archive has other bytes under this name"));
    default:
        return place;
    }
}

int put_out_step(struct app *app, const struct instance *instance, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct outgoing o = { .app = app, .instance = instance, .arena = arena };
    int r = store_begin_read(app->work);

    *worked = false;
    if (!r)
        r = store_order_file_next(app->work, app->host, arena, &o.file);
    store_rollback(app->work);
    if (r || !o.file.id)
        return r;
    r = put_out(&o);
    *worked = !r;
    return r;
}
