/* Writing a mail from its text: the plain part and the HTML part line by line, from one source. */
#include "text_file.h"
#include <base/iban.h>
#include <base/text.h>
#include <stdio.h>

enum { VALUE_MAX = 2000, SUBJECT_MAX = 200, COLUMNS_MAX = 8 };

/* The HTML part: what is open. */
enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_SET };

struct writing {
    const struct letter_facts *facts;
    struct text body, html;
    enum block block;
    bool blank; /* an empty line waits to be written */
};

/* Appends SOURCE as one line without control characters and without whole accounts: people and
 * banks write them into reasons. */
static void add_value(struct text *out, const char *source)
{
    char line[VALUE_MAX];

    text_line(line, sizeof line, source);
    text_clean(line);
    iban_hide(out, line);
}

static void add_escaped(struct text *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '&')
            text_addf(out, "&amp;");
        else if (*s == '<')
            text_addf(out, "&lt;");
        else if (*s == '>')
            text_addf(out, "&gt;");
        else if (*s == '"')
            text_addf(out, "&quot;");
        else
            text_add(out, s, 1);
    }
}

/* TEMPLATE with its facts. False: it names some, and none of them is known. */
static bool expand(struct text *out, const char *template, const struct letter_facts *facts)
{
    bool named = false, known = false;
    const char *at = template, *start;
    size_t length;
    int field;

    text_add(out, "", 0);
    while ((field = text_file_next(&at, &start, &length)) >= 0) {
        text_add(out, start, length);
        if (field == LETTER_FIELDS)
            break;
        named = true;
        if (facts->values[field] && *facts->values[field]) {
            known = true;
            add_value(out, facts->values[field]);
        }
    }
    return known || !named;
}

/* --- {list} ----------------------------------------------------------------------------------- */

/* The length of the cell at S. */
static size_t cell_length(const char *s)
{
    return strcspn(s, "\t\n");
}

/* The cell at S as it is shown. */
static void cell_value(struct text *out, const char *s)
{
    CLEANUP(mem_freep) char *cell = mem_strdup(s);

    cell[cell_length(cell)] = '\0';
    add_value(out, cell);
}

/* Calls EACH with every cell of LIST, its column, and whether its row ends with it. */
static void each_cell(const char *list, void *arg,
                      void (*each)(void *arg, const char *cell, size_t column, bool first,
                                   bool last))
{
    size_t column = 0;
    bool first = true;

    while (*list) {
        size_t n = cell_length(list);
        bool last = list[n] != '\t';

        each(arg, list, column, first, last);
        column = last ? 0 : column + 1;
        first = first && !last;
        list += n + (list[n] != '\0');
    }
}

struct sheet {
    struct writing *w;
    size_t widths[COLUMNS_MAX];
};

static void measure(void *arg, const char *cell, size_t column, bool first, bool last)
{
    struct sheet *sheet = arg;
    CLEANUP(text_free) struct text value = { 0 };
    size_t width;

    (void)first;
    (void)last;
    cell_value(&value, cell);
    width = text_count(value.s);
    if (column < COLUMNS_MAX && width > sheet->widths[column])
        sheet->widths[column] = width;
}

static void write_cell(void *arg, const char *cell, size_t column, bool first, bool last)
{
    struct sheet *sheet = arg;
    CLEANUP(text_free) struct text value = { 0 };
    const char *tag = first ? "th" : "td";
    struct text *html = &sheet->w->html, *body = &sheet->w->body;

    cell_value(&value, cell);
    text_addf(html, "%s<%s>", column ? "" : "<tr>", tag);
    add_escaped(html, value.s);
    text_addf(html, "</%s>%s", tag, last ? "</tr>\n" : "");
    text_addf(body, "%s", value.s);
    for (size_t n = text_count(value.s);
         !last && column < COLUMNS_MAX && n < sheet->widths[column] + 2; n++)
        text_add(body, " ", 1);
    if (last)
        text_add(body, "\n", 1);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void open_block(struct writing *w, enum block block)
{
    static const char *const opens[] = { "", "<p>", "<pre>" }, *const closes[] = { "", "</p>\n",
                                                                                   "</pre>\n" };

    if (w->block == block && block != BLOCK_NONE) {
        text_addf(&w->html, "%s", block == BLOCK_PARAGRAPH ? "<br>\n" : "\n");
        return;
    }
    text_addf(&w->html, "%s%s", closes[w->block], opens[block]);
    w->block = block;
}

static void write_list(struct writing *w)
{
    struct sheet sheet = { .w = w };
    const char *list = w->facts->values[LETTER_LIST];

    open_block(w, BLOCK_NONE);
    each_cell(list, &sheet, measure);
    text_addf(&w->html, "<table border=\"1\" cellpadding=\"4\">\n");
    each_cell(list, &sheet, write_cell);
    text_addf(&w->html, "</table>\n");
}

static void write_line(struct writing *w, const char *template)
{
    CLEANUP(text_free) struct text line = { 0 };
    bool is_list = !strcmp(template, "{list}");

    if (is_list && (!w->facts->values[LETTER_LIST] || !*w->facts->values[LETTER_LIST]))
        return;
    if (!is_list && !expand(&line, template, w->facts))
        return;
    if (!is_list && !line.length) {
        w->blank = w->body.length != 0;
        open_block(w, BLOCK_NONE);
        return;
    }
    text_addf(&w->body, "%s", w->blank ? "\n" : "");
    w->blank = false;
    if (is_list) {
        write_list(w);
        return;
    }
    open_block(w, strncmp(line.s, "    ", 4) ? BLOCK_PARAGRAPH : BLOCK_SET);
    add_escaped(&w->html, line.s);
    text_addf(&w->body, "%s\n", line.s);
}

void letter_write(const struct letters *letters, const struct mail_kind *kind, const char *scheme,
                  const struct letter_facts *facts, struct arena *arena, struct letter *out)
{
    const struct text_file *file = letters_find(letters, kind, scheme);
    struct writing w = { .facts = facts };
    CLEANUP(text_free) struct text subject = { 0 };
    char line[SUBJECT_MAX];

    expand(&subject, file->subject, facts);
    text_line(line, sizeof line, subject.s);
    text_clean(line);
    if (!*line) /* a mail has a subject, whatever the text says */
        snprintf(line, sizeof line, "%s", kind->name);
    text_addf(&w.html, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n");
    for (size_t i = 0; i < file->line_count; i++)
        write_line(&w, file->lines[i]);
    open_block(&w, BLOCK_NONE);
    text_addf(&w.html, "</body></html>\n");
    *out = (struct letter){ .subject = arena_strdup(arena, line),
                            .body = arena_strdup(arena, w.body.s ? w.body.s : ""),
                            .html = arena_strdup(arena, w.html.s) };
    text_free(&w.body);
    text_free(&w.html);
}
