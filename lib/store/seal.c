#include "sql.h"
#include <store/seal.h>

static const struct stmt AFTER = {
    "seal_after",
    "SELECT number, from_id, last_id, entry_count FROM journal_seal WHERE number > $1::bigint ORDER BY number LIMIT 1",
    false
};
static const struct stmt BYTES = {
    "seal_bytes", "SELECT sha256, marks FROM journal_seal WHERE number = $1::bigint", true
};
static const struct stmt LAST = {
    "seal_last",
    "SELECT number, from_id, last_id, entry_count FROM journal_seal ORDER BY number DESC LIMIT 1",
    false
};
static const struct stmt ADD = {
    "seal_add",
    "INSERT INTO journal_seal (number, from_id, last_id, entry_count, sha256, marks) "
    "VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bytea, $6::bytea)",
    false
};
static const struct stmt UNSEALED = {
    "journal_unsealed",
    "SELECT count(*) FROM journal WHERE id > coalesce((SELECT last_id FROM journal_seal ORDER BY number DESC LIMIT 1), 0)",
    false
};
static const struct stmt HORIZON = { "journal_horizon", "SELECT coalesce(max(id), 0) FROM journal",
                                     false };
/* Drawn after the highest id was read: whoever has a lower one drew its transaction's number
 * before. */
static const struct stmt NUMBER = { "transaction_number",
                                    "SELECT pg_current_xact_id()::text::bigint", false };
static const struct stmt SETTLED = {
    "journal_settled", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1::bigint",
    false
};
static const struct stmt ROWS = {
    "journal_rows",
    "SELECT id::text, (extract(epoch FROM recorded_at) * 1000000)::bigint::text AS recorded_us, on_date::text, person, kind, "
    "scheme_code, convention_ref, tranche_number::text, what, why, request_id FROM journal "
    "WHERE journal.id > $1::bigint AND journal.id <= $2::bigint ORDER BY journal.id LIMIT $3::int",
    false
};

const struct stmt *const sql_seal_stmts[] = { &AFTER,   &BYTES,  &LAST,    &ADD,  &UNSEALED,
                                              &HORIZON, &NUMBER, &SETTLED, &ROWS, NULL };

/* Fills OUT from a row of seals, its bytes from a second question: they come in binary. */
static int load_seal(struct store *store, const PGresult *row, struct arena *arena,
                     struct seal *out)
{
    CLEANUP(pq_clearp) PGresult *bytes = NULL;
    int r;

    *out = (struct seal){ 0 };
    if (!PQntuples(row))
        return 0;
    out->number = row_i64(row, 0, 0);
    out->from_id = row_i64(row, 0, 1);
    out->last_id = row_i64(row, 0, 2);
    out->entry_count = row_i64(row, 0, 3);
    r = SQL_RUN(store, &BYTES, &bytes, p_i64(out->number));
    if (r)
        return r;
    if (PQntuples(bytes) != 1 || PQgetlength(bytes, 0, 0) != sizeof out->sha256)
        return err_raise(ERR_DAMAGED, "seal %lld cannot be read", (long long)out->number);
    memcpy(out->sha256, PQgetvalue(bytes, 0, 0), sizeof out->sha256);
    if (arena) {
        out->marks_length = (size_t)PQgetlength(bytes, 0, 1);
        out->marks =
            (const unsigned char *)arena_strndup(arena, PQgetvalue(bytes, 0, 1), out->marks_length);
    }
    return 0;
}

int store_seal_after(struct store *store, int64_t number, struct arena *arena, struct seal *out)
{
    CLEANUP(pq_clearp) PGresult *row = NULL;
    int r = SQL_RUN(store, &AFTER, &row, p_i64(number));

    return r ? r : load_seal(store, row, arena, out);
}

int store_seal_last(struct store *store, struct seal *out)
{
    CLEANUP(pq_clearp) PGresult *row = NULL;
    int r = sql_run(store, &LAST, &row, NULL, 0);

    return r ? r : load_seal(store, row, NULL, out);
}

int store_seal_add(struct store *store, const struct seal *seal)
{
    return SQL_RUN(store, &ADD, NULL, p_i64(seal->number), p_i64(seal->from_id),
                   p_i64(seal->last_id), p_i64(seal->entry_count),
                   p_bytes(seal->sha256, sizeof seal->sha256),
                   p_bytes(seal->marks, seal->marks_length));
}

/* Runs a question that answers one row. */
static int ask_one(struct store *store, const struct stmt *stmt, PGresult **result)
{
    int r = sql_run(store, stmt, result, NULL, 0);

    return r > 0 ? err_raise(ERR_DB, "%s was refused", stmt->name) : r;
}

int store_unsealed(struct store *store, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = ask_one(store, &UNSEALED, &result);

    if (!r)
        *count = row_i64(result, 0, 0);
    return r;
}

int store_journal_horizon(struct store *store, int64_t *last_id, int64_t *horizon)
{
    CLEANUP(pq_clearp) PGresult *highest = NULL, *number = NULL;
    int r = ask_one(store, &HORIZON, &highest);

    if (!r)
        r = ask_one(store, &NUMBER, &number);
    if (!r) {
        *last_id = row_i64(highest, 0, 0);
        *horizon = row_i64(number, 0, 0);
    }
    return r;
}

int store_journal_settled(struct store *store, int64_t horizon, bool *settled)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &SETTLED, &result, p_i64(horizon));

    if (!r)
        *settled = row_bool(result, 0, 0);
    return r;
}

int store_journal_rows(struct store *store, int64_t after, int64_t upto, int max,
                       struct store_table **table)
{
    return SQL_TABLE(store, &ROWS, table, p_i64(after), p_i64(upto), p_i64(max));
}
