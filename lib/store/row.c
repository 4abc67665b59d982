/* Typed values of a row. */
#include "sql.h"
#include <base/text.h>

bool row_null(const PGresult *r, int row, int column)
{
    return PQgetisnull(r, row, column);
}

const char *row_text(const PGresult *r, int row, int column)
{
    return row_null(r, row, column) ? "" : PQgetvalue(r, row, column);
}

int64_t row_i64(const PGresult *r, int row, int column)
{
    const char *s = row_text(r, row, column);
    bool negative = *s == '-';
    int64_t v = 0;

    text_to_i64(s + negative, 0, INT64_MAX, &v);
    return negative ? -v : v;
}

struct date row_date(const PGresult *r, int row, int column)
{
    struct date d = DATE_NONE;

    date_parse(&d, row_text(r, row, column));
    return d;
}

bool row_bool(const PGresult *r, int row, int column)
{
    return *row_text(r, row, column) == 't';
}
