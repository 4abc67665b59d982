#include "sql.h"
#include <store/journal.h>

#define ADD_ROWS                                                                                                                 \
    "INSERT INTO journal (on_date, person, request_id, kind, scheme_code, convention_ref, tranche_number, what, why) "           \
    "SELECT $1::date, $2::text, $9::text, * FROM unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[]) " \
    "WHERE pg_current_xact_id() IS NOT NULL" /* before ids are drawn: a seal waits for it */
static const struct stmt ADD = { "journal_add", ADD_ROWS, false };
static const struct stmt ADD_FIRST = { "journal_add_first",
                                       "WITH added AS (" ADD_ROWS
                                       " RETURNING id) SELECT min(id) FROM added",
                                       false };
static const struct stmt LIST = {
    "journal_list",
    "SELECT id, to_char(recorded_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS recorded_at, on_date, person, kind, "
    "scheme_code AS scheme, convention_ref AS convention, tranche_number AS tranche, what, why "
    "FROM journal WHERE ($1::text IS NULL OR convention_ref = $1::text) AND id > $2::bigint ORDER BY id",
    false
};

const struct stmt *const sql_journal_stmts[] = { &ADD, &ADD_FIRST, &LIST, NULL };

int store_journal_add(struct store *store, struct date on, const char *person, const char *request,
                      const struct journal_row *rows, size_t count, int64_t *first)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char **column[5];
    const char **tranche = arena_alloc(arena, count * sizeof *tranche);
    int r;

    if (!count)
        return 0;
    for (size_t c = 0; c < ARRAY_LEN(column); c++)
        column[c] = arena_alloc(arena, count * sizeof **column);
    for (size_t i = 0; i < count; i++) {
        column[0][i] = rows[i].kind;
        column[1][i] = rows[i].scheme;
        column[2][i] = rows[i].convention;
        column[3][i] = rows[i].what;
        column[4][i] = rows[i].why ? rows[i].why : "";
        tranche[i] = rows[i].tranche ? arena_printf(arena, "%d", rows[i].tranche) : NULL;
    }
    r = SQL_RUN(store, first ? &ADD_FIRST : &ADD, &result, p_date(on), p_text(person),
                p_texts(column[0], count), p_texts(column[1], count), p_texts(column[2], count),
                p_texts(tranche, count), p_texts(column[3], count), p_texts(column[4], count),
                p_text(request));
    if (!r && first)
        *first = row_i64(result, 0, 0);
    return r > 0 ? err_raise(ERR_DB, "the journal was refused") : r;
}

int store_journal_list(struct store *store, const char *reference, int64_t after,
                       struct store_table **table)
{
    return SQL_TABLE(store, &LIST, table, p_text(reference), p_i64(after));
}
