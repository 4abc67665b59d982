#include <wire/json.h>

void json_freep(json_t **jsonp)
{
    json_decref(*jsonp);
}

static json_t *totals_of(const struct wire_view *view, json_t *rows)
{
    json_t *totals = json_pack("{s:I}", "count", (json_int_t)json_array_size(rows));
    size_t i;
    json_t *row;

    for (size_t c = 0; c < view->column_count; c++) {
        json_int_t sum = 0;

        if (!view->columns[c].total)
            continue;
        json_array_foreach(rows, i, row)
            sum += json_integer_value(json_object_get(row, view->columns[c].key));
        json_object_set_new(totals, view->columns[c].key, json_integer(sum));
    }
    return totals;
}

void wire_add_totals(const struct wire_command *command, json_t *result)
{
    json_t *all = json_object();

    for (size_t v = 0; v < WIRE_VIEWS_MAX && command->views[v].key; v++) {
        json_t *rows = json_object_get(result, command->views[v].key);

        if (json_is_array(rows))
            json_object_set_new(all, command->views[v].key, totals_of(&command->views[v], rows));
    }
    if (json_object_size(all))
        json_object_set_new(result, "totals", all);
    else
        json_decref(all);
}
