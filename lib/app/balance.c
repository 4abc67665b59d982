/* Reconciliation: orders, files in the archive and booked entries against each other, to the cent.
 */
#include "call.h"
#include <store/balance.h>

static const char *say_difference(const char *kind)
{
    static const struct {
        const char *kind, *what;
    } kinds[] = {
        { "file_sum", N_("its orders do not sum up to it") },
        { "dead_booked", N_("booked though it was proven dead") },
        { "other_booked", N_("another sum is booked than was ordered") },
        { "other_returned", N_("another sum came back than left") },
        { "no_debit", N_("came back, and no debit is known") },
        { "debit_sum", N_("a debit is not the sum of what it paid") },
        { "line_unmatched", N_("a line fits no order") },
        { "line_differs", N_("a line does not fit its order") },
        { "status_unmatched", N_("a status fits no order") },
        { "status_differs", N_("a status does not fit its order") },
        { "overdue", N_("nothing came in time") },
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i].kind, kind))
            return _(kinds[i].what);
    return kind;
}

static void add_difference(json_t *rows, const struct call *call, const char *what,
                           const char *about, json_t *amount, struct date since)
{
    json_array_append_new(
        rows,
        json_pack("{s:s, s:s, s:o, s:o, s:o}", "what", what, "about", about, "amount_cents", amount,
                  "since_on", json_date(since), "age_days",
                  date_is_set(since) ? json_integer(date_days(since, call->today)) : json_null()));
}

struct archive {
    struct call *call;
    json_t *rows;
};

static void damaged_file(void *arg, const char *what, const struct order_file *file)
{
    struct archive *archive = arg;

    add_difference(archive->rows, archive->call,
                   arena_printf(archive->call->arena, what, file->message_id), file->message_id,
                   json_null(), DATE_NONE);
}

static int put_differences(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    json_t *rows = json_array();
    struct archive archive = { call, rows };
    struct scrubbed scrubbed;

    json_object_set_new(result(call), "differences", rows);
    TRY(scrub_files(call, damaged_file, &archive, &scrubbed));
    TRY(store_differences(call->app->work, &table));
    for (size_t i = 0; i < store_table_rows(table); i++) {
        struct store_cell amount = store_table_cell(table, i, 2);
        struct date since = DATE_NONE;

        if (store_table_cell(table, i, 3).text)
            date_parse(&since, store_table_cell(table, i, 3).text);
        add_difference(rows, call, say_difference(store_table_cell(table, i, 0).text),
                       store_table_cell(table, i, 1).text,
                       amount.kind == STORE_CELL_NULL ? json_null() : json_integer(amount.integer),
                       since);
    }
    return 0;
}

int reconcile_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *code = arg_text(call, "scheme");
    struct scheme *scheme;

    if (code)
        TRY(load_scheme(call, code, SCHEME_READ, &scheme));
    TRY(store_balance(call->app->work, code, &table));
    put_table(call, "files", table);
    TRY(put_differences(call));
    if (!json_array_size(json_object_get(result(call), "differences")))
        json_object_set_new(result(call), "message", json_string(_("everything adds up")));
    return 0;
}
