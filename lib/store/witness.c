#include "sql.h"
#include <stdio.h>
#include <store/witness.h>

static const struct stmt SIGHTING = {
    "sighting",
    "SELECT system_identifier::text, pg_current_wal_lsn()::text, (SELECT coalesce(max(id), 0) FROM journal) "
    "FROM pg_control_system()",
    false
};
static const struct stmt UNKNOWN = {
    "files_unknown",
    "SELECT n FROM unnest($1::text[]) n WHERE NOT EXISTS (SELECT 1 FROM order_file f WHERE f.file_name = n) "
    "AND NOT EXISTS (SELECT 1 FROM reconciliation r WHERE r.file_name = n) ORDER BY n",
    false
};
static const struct stmt OVERRULED = {
    "witness_overruled",
    "SELECT EXISTS (SELECT 1 FROM reconciliation WHERE decision = 'accepted' AND sha256 = $1::bytea)",
    false
};
static const struct stmt ADD = {
    "reconciliation_add",
    "INSERT INTO reconciliation (decision, file_name, sha256, reason, person, decided_on) "
    "VALUES ($1::text, $2::text, $3::bytea, $4::text, $5::text, $6::date) ON CONFLICT DO NOTHING",
    false
};

const struct stmt *const sql_witness_stmts[] = { &SIGHTING, &UNKNOWN, &OVERRULED, &ADD, NULL };

int store_sighting(struct store *store, struct sighting *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &SIGHTING, &result, NULL, 0);

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "the cluster does not say which it is");
    *out = (struct sighting){ .journal_head = row_i64(result, 0, 2) };
    snprintf(out->system, sizeof out->system, "%s", row_text(result, 0, 0));
    snprintf(out->position, sizeof out->position, "%s", row_text(result, 0, 1));
    return 0;
}

int store_files_unknown(struct store *store, const char *const *names, size_t count,
                        struct arena *arena, const char ***unknown, size_t *unknown_count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &UNKNOWN, &result, p_texts(names, count));

    *unknown = NULL;
    *unknown_count = 0;
    if (!r)
        sql_names(result, arena, unknown, unknown_count);
    return r;
}

int store_witness_overruled(struct store *store, const unsigned char sha256[static 32],
                            bool *overruled)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &OVERRULED, &result, p_bytes(sha256, 32));

    if (!r)
        *overruled = row_bool(result, 0, 0);
    return r;
}

int store_reconciliation_add(struct store *store, const struct reconciliation *row)
{
    return SQL_RUN(store, &ADD, NULL, p_text(row->decision), p_text(row->file_name),
                   p_bytes(row->sha256, 32), p_text(row->reason), p_text(row->person),
                   p_date(row->on));
}
