/* Reading orders, their files and the journal. */
#include "call.h"

int order_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *reference = arg_text(call, "ref");
    struct record *record;

    if (reference)
        TRY(load_reference(call, reference, &record));
    TRY(store_order_list(call->app->work, reference, &table));
    put_table(call, "orders", table);
    return 0;
}

int order_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *id = arg_text(call, "ref");

    TRY(store_order_show(call->app->work, id, &table));
    if (!store_table_rows(table))
        return refuse(call, APP_UNKNOWN, "unknown_order",
                      _("tranchectl order list shows those there are"), _("there is no order %s"),
                      id);
    json_object_set_new(result(call), "order", table_row(table, 0));
    return 0;
}

/* Why a file is blocked is stored in English and told in the reader's language. */
static void say_blocked(json_t *row)
{
    const char *why = json_string_value(json_object_get(row, "blocked"));

    if (why && *why)
        json_object_set_new(row, "blocked", json_string(_(why)));
}

int file_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    size_t i;
    json_t *row;

    TRY(store_file_list(call->app->work, &table));
    put_table(call, "files", table);
    json_array_foreach(json_object_get(result(call), "files"), i, row)
        say_blocked(row);
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
    TRY(store_file_orders(call->app->work, id, &orders));
    json_object_set_new(result(call), "file", table_row(card, 0));
    say_blocked(json_object_get(result(call), "file"));
    put_table(call, "orders", orders);
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
