#include "print.h"
#include <base/mem.h>
#include <base/text.h>
#include <base/tr.h>
#include <stdio.h>

void words_text(struct text *out, enum wire_kind kind, const char *s)
{
    CLEANUP(mem_freep) char *copy = mem_strdup(s);
    char *rest = NULL;

    text_add(out, "", 0);
    if (kind == WIRE_KIND_WORDS)
        for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
            text_join(out, ", ", tr_word(word + strspn(word, " ")));
    else
        text_addf(out, "%s", kind == WIRE_KIND_WORD ? tr_word(s) : s);
}

/* The value of a column as a person reads it. */
static void cell_text(struct text *out, const struct wire_column *column, json_t *value)
{
    char day[DATE_TEXT_MAX], sum[TR_CENTS_MAX];
    struct date date;

    text_add(out, "", 0);
    if (!value || json_is_null(value))
        return;
    if (json_is_boolean(value))
        text_addf(out, "%s", json_is_true(value) ? _("yes") : _("no"));
    else if (json_is_integer(value) && column->kind == WIRE_KIND_CENTS)
        text_addf(out, "%s", tr_cents(sum, (struct cents){ json_integer_value(value) }));
    else if (json_is_integer(value))
        text_addf(out, "%lld", (long long)json_integer_value(value));
    else if (column->kind == WIRE_KIND_DATE && date_parse(&date, json_string_value(value)))
        text_addf(out, "%s", tr_date(day, date));
    else if (column->kind == WIRE_KIND_MONTH && date_parse(&date, json_string_value(value)))
        text_addf(out, "%s", tr_month(day, date));
    else if (column->kind == WIRE_KIND_YEAR)
        text_addf(out, "%.4s", json_string_value(value));
    else
        words_text(out, column->kind, json_string_value(value));
}

static bool is_right(const struct wire_column *column)
{
    return column->kind == WIRE_KIND_CENTS || column->kind == WIRE_KIND_INTEGER;
}

/* S in a field WIDTH characters wide; every character of ours is one column wide. */
static void print_padded(const char *s, size_t width, bool right, bool last)
{
    size_t n = text_count(s);
    int pad = n < width ? (int)(width - n) : 0;

    if (right)
        printf("%*s%s", pad, "", s);
    else if (last)
        fputs(s, stdout);
    else
        printf("%s%*s", s, pad, "");
}

struct grid {
    size_t rows, columns;
    struct text *cells; /* row by row; row 0 are the headings, the last the totals */
    size_t *widths;
};

static struct text *cell(const struct grid *g, size_t row, size_t column)
{
    return &g->cells[row * g->columns + column];
}

static void grid_fill(struct grid *g, const struct wire_view *view, json_t *rows, json_t *totals)
{
    for (size_t c = 0; c < g->columns; c++) {
        text_addf(cell(g, 0, c), "%s", _(view->columns[c].label));
        for (size_t r = 1; r + 1 < g->rows; r++)
            cell_text(cell(g, r, c), &view->columns[c],
                      json_object_get(json_array_get(rows, r - 1), view->columns[c].key));
        cell_text(cell(g, g->rows - 1, c), &view->columns[c],
                  json_object_get(totals, view->columns[c].key));
    }
    if (!cell(g, g->rows - 1, 0)->length)
        text_addf(cell(g, g->rows - 1, 0), _("Total (%zu)"), g->rows - 2);
    for (size_t c = 0; c < g->columns; c++)
        for (size_t r = 0; r < g->rows; r++) {
            size_t n = text_count(cell(g, r, c)->s);

            g->widths[c] = n > g->widths[c] ? n : g->widths[c];
        }
}

/* A column that is empty in every row is left out. */
static bool is_empty(const struct grid *g, size_t column)
{
    for (size_t r = 1; r + 1 < g->rows; r++)
        if (cell(g, r, column)->length)
            return false;
    return true;
}

static void grid_print(const struct grid *g, const struct wire_view *view, bool with_totals)
{
    size_t last = g->columns - 1;

    while (last > 0 && is_empty(g, last))
        last--;
    for (size_t r = 0; r < g->rows - !with_totals; r++) {
        for (size_t c = 0; c <= last; c++) {
            if (is_empty(g, c))
                continue;
            print_padded(cell(g, r, c)->s, g->widths[c], is_right(&view->columns[c]), c == last);
            fputs(c == last ? "" : "  ", stdout);
        }
        puts("");
    }
}

static void print_table(const struct wire_view *view, json_t *rows, json_t *totals)
{
    struct grid g = { .rows = json_array_size(rows) + 2, .columns = view->column_count };
    bool summed = false;

    if (!json_array_size(rows)) {
        printf(_("%s: none\n"), _(view->title));
        return;
    }
    for (size_t c = 0; c < view->column_count; c++)
        summed = summed || view->columns[c].total;
    g.cells = mem_new(g.rows * g.columns, sizeof *g.cells);
    g.widths = mem_new(g.columns, sizeof *g.widths);
    grid_fill(&g, view, rows, totals);
    grid_print(&g, view, summed);
    for (size_t i = 0; i < g.rows * g.columns; i++)
        text_free(&g.cells[i]);
    free(g.cells);
    free(g.widths);
}

static void print_card(const struct wire_view *view, json_t *object)
{
    size_t width = 0;

    for (size_t c = 0; c < view->column_count; c++) {
        size_t n = text_count(_(view->columns[c].label));

        width = n > width ? n : width;
    }
    for (size_t c = 0; c < view->column_count; c++) {
        CLEANUP(text_free) struct text value = { 0 };

        cell_text(&value, &view->columns[c], json_object_get(object, view->columns[c].key));
        if (!value.length)
            continue;
        print_padded(_(view->columns[c].label), width, false, false);
        printf("  %s\n", value.s);
    }
}

/* What a command with --check would have written into the journal. */
static void print_would(json_t *would)
{
    size_t i;
    json_t *row;

    json_array_foreach(would, i, row) {
        const char *convention = json_string_value(json_object_get(row, "convention"));

        printf("  %s%s%s\n", convention ? convention : "", convention ? ": " : "",
               json_string_value(json_object_get(row, "what")));
    }
}

void print_answer(const struct wire_command *command, json_t *body)
{
    json_t *totals = json_object_get(body, "totals");
    const char *message = json_string_value(json_object_get(body, "message"));
    const char *text = json_string_value(json_object_get(body, "text")); /* of a mail */
    const char *file = json_string_value(json_object_get(body, "file")); /* a whole file, alone */
    bool first = true;

    if (file) {
        fputs(file, stdout);
        return;
    }
    if (message)
        puts(message);
    print_would(json_object_get(body, "would"));
    for (size_t v = 0; v < WIRE_VIEWS_MAX && command->views[v].key; v++) {
        const struct wire_view *view = &command->views[v];
        json_t *part = json_object_get(body, view->key);

        if (!part || json_is_null(part))
            continue;
        if (!first)
            puts("");
        first = false;
        if (json_is_array(part))
            print_table(view, part, json_object_get(totals, view->key));
        else
            print_card(view, part);
    }
    if (text)
        printf("\n%s", text);
}

static void print_detail(json_t *detail)
{
    json_int_t line = json_integer_value(json_object_get(detail, "line"));
    json_int_t column = json_integer_value(json_object_get(detail, "column"));
    const char *message = json_string_value(json_object_get(detail, "message"));

    if (line && column)
        fprintf(stderr, _("  line %lld, column %lld: "), (long long)line, (long long)column);
    else if (line)
        fprintf(stderr, _("  line %lld: "), (long long)line);
    else
        fputs("  ", stderr);
    fprintf(stderr, "%s\n", message ? message : "");
}

void print_json(const json_t *body)
{
    json_dumpf(body, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    puts("");
}

void print_refusal(json_t *body)
{
    json_t *error = json_object_get(body, "error"), *detail;
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *hint = json_string_value(json_object_get(error, "hint"));
    size_t i;

    fprintf(stderr, "%s\n", message ? message : _("the daemon answered without saying why"));
    json_array_foreach(json_object_get(error, "details"), i, detail)
        print_detail(detail);
    if (hint && *hint)
        fprintf(stderr, "→ %s\n", hint);
}
