/* Lists for spreadsheets (RFC 4180): the rows of the table and its last line, the totals.  Days are
 * ISO, sums in euros with a point, words translated as in the table. */
#include "print.h"
#include <base/text.h>
#include <base/tr.h>
#include <stdio.h>

/* A cell that a spreadsheet would take for a formula becomes text: names come from outside. */
static void print_field(const char *s, bool text)
{
    bool formula = text && *s && strchr("=+-@\t", *s);
    bool quoted = strpbrk(s, ",\"\r\n") != NULL || formula;

    if (quoted)
        putchar('"');
    if (formula)
        putchar('\'');
    for (; *s; s++) {
        if (*s == '"')
            putchar('"');
        putchar(*s);
    }
    if (quoted)
        putchar('"');
}

static void print_value(const struct wire_column *column, json_t *value)
{
    CLEANUP(text_free) struct text text = { 0 };
    char sum[CENTS_TEXT_MAX], digits[24];
    const char *s = json_string_value(value);

    if (json_is_boolean(value)) {
        print_field(json_is_true(value) ? _("yes") : _("no"), false);
    } else if (json_is_integer(value) && column->kind == WIRE_KIND_CENTS) {
        print_field(cents_format(sum, (struct cents){ json_integer_value(value) }), false);
    } else if (json_is_integer(value)) {
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        print_field(digits, false);
    } else if (s) {
        words_text(&text, column->kind, s);
        print_field(text.s, true);
    }
}

static void print_line(const struct wire_view *view, json_t *row)
{
    for (size_t c = 0; c < view->column_count; c++) {
        if (c)
            putchar(',');
        print_value(&view->columns[c], json_object_get(row, view->columns[c].key));
    }
    fputs("\r\n", stdout);
}

/* The names of programs' JSON, without the unit: sums are in euros here. */
static void print_header(const struct wire_view *view)
{
    for (size_t c = 0; c < view->column_count; c++) {
        const char *key = view->columns[c].key;
        size_t length = strlen(key), cents = strlen("_cents");

        if (view->columns[c].kind == WIRE_KIND_CENTS && length > cents &&
            !strcmp(key + length - cents, "_cents"))
            length -= cents;
        printf("%s%.*s", c ? "," : "", (int)length, key);
    }
    fputs("\r\n", stdout);
}

static void print_totals(const struct wire_view *view, json_t *totals)
{
    printf(_("Total (%zu)"), (size_t)json_integer_value(json_object_get(totals, "count")));
    for (size_t c = 1; c < view->column_count; c++) {
        putchar(',');
        if (view->columns[c].total)
            print_value(&view->columns[c], json_object_get(totals, view->columns[c].key));
    }
    fputs("\r\n", stdout);
}

static void print_part(const struct wire_view *view, json_t *part, json_t *totals)
{
    size_t i;
    json_t *row;

    print_header(view);
    if (!json_is_array(part)) {
        print_line(view, part);
        return;
    }
    json_array_foreach(part, i, row)
        print_line(view, row);
    print_totals(view, totals);
}

void print_csv(const struct wire_command *command, json_t *body)
{
    json_t *totals = json_object_get(body, "totals");
    bool first = true;

    if (json_object_get(body, "message")) /* beside the rows: that they are not stored, or not all */
        fprintf(stderr, "%s\n", json_string_value(json_object_get(body, "message")));

    for (size_t v = 0; v < WIRE_VIEWS_MAX && command->views[v].key; v++) {
        const struct wire_view *view = &command->views[v];
        json_t *part = json_object_get(body, view->key);

        if (!part || json_is_null(part))
            continue;
        if (!first)
            fputs("\r\n", stdout);
        first = false;
        print_part(view, part, json_object_get(totals, view->key));
    }
}
