/* base/csv.h -- RFC 4180 records from bytes in memory.
 *
 * Comma separated, CRLF or LF, quotes doubled inside quoted fields; a quoted field may hold line
 * breaks.  A UTF-8 byte order mark at the start is passed over. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <base/mem.h>
#include <stddef.h>

/* Bytes of one record: more is no line of a spreadsheet. */
enum { CSV_RECORD_MAX = 65536 };

struct csv {
    const char *at, *end;
    const char *limit; /* where the present record must have ended; NULL: the file ends before */
    unsigned line;     /* where the next record begins, from 1 */
};

struct csv_record {
    unsigned line;
    size_t count;
    char **fields;
};

enum csv_outcome {
    CSV_END = 1,
    CSV_E_QUOTE,       /* a quote is never closed, or stands inside an unquoted field */
    CSV_E_AFTER_QUOTE, /* text follows a closing quote */
    CSV_E_NUL,         /* a NUL byte */
    CSV_E_LONG,        /* a record longer than CSV_RECORD_MAX bytes */
};

void csv_init(struct csv *csv, const char *bytes, size_t length);

/* The next record, its fields in ARENA. On an error record->line names the line. */
int csv_next(struct csv *csv, struct arena *arena, struct csv_record *record);

#endif
