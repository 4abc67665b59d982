#include <base/csv.h>
#include <base/text.h>

void csv_init(struct csv *csv, const char *bytes, size_t length)
{
    if (length >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3)) {
        bytes += 3;
        length -= 3;
    }
    *csv = (struct csv){ .at = bytes, .end = bytes + length, .line = 1 };
}

static bool at_line_end(const struct csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

static void pass_line_end(struct csv *csv)
{
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at < csv->end && *csv->at == '\n')
        csv->at++;
    csv->line++;
}

static int quoted(struct csv *csv, struct text *field)
{
    for (csv->at++; csv->at < csv->end; csv->at++) {
        if (csv->limit && csv->at >= csv->limit)
            return CSV_E_LONG;
        if (*csv->at == '\0')
            return CSV_E_NUL;
        if (*csv->at == '"') {
            csv->at++;
            if (csv->at == csv->end || *csv->at != '"')
                return at_line_end(csv) || *csv->at == ',' ? 0 : CSV_E_AFTER_QUOTE;
        } else if (*csv->at == '\n') {
            csv->line++;
        }
        text_add(field, csv->at, 1);
    }
    return CSV_E_QUOTE;
}

static int plain(struct csv *csv, struct text *field)
{
    const char *start = csv->at;

    while (!at_line_end(csv) && *csv->at != ',') {
        if (csv->at == csv->limit)
            return CSV_E_LONG;
        if (*csv->at == '"')
            return CSV_E_QUOTE;
        if (*csv->at == '\0')
            return CSV_E_NUL;
        csv->at++;
    }
    text_add(field, start, (size_t)(csv->at - start));
    return 0;
}

int csv_next(struct csv *csv, struct arena *arena, struct csv_record *record)
{
    while (csv->at < csv->end && at_line_end(csv))
        pass_line_end(csv); /* an empty line is no record */
    *record = (struct csv_record){ .line = csv->line };
    if (csv->at == csv->end)
        return CSV_END;
    csv->limit = csv->end - csv->at > CSV_RECORD_MAX ? csv->at + CSV_RECORD_MAX : NULL;
    for (;;) {
        CLEANUP(text_free) struct text field = { 0 };
        int r;

        if (csv->limit && csv->at >= csv->limit)
            return CSV_E_LONG;

        text_add(&field, "", 0);
        r = csv->at < csv->end && *csv->at == '"' ? quoted(csv, &field) : plain(csv, &field);
        if (r)
            return r;
        *arena_push(arena, record->fields, record->count) =
            arena_strndup(arena, field.s, field.length);
        if (at_line_end(csv))
            break;
        csv->at++; /* the comma */
    }
    pass_line_end(csv);
    return 0;
}
