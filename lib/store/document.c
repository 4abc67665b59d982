#include "sql.h"
#include <store/document.h>

static const struct stmt TAKE = {
    "document_take",
    "INSERT INTO document (sha256, byte_count) VALUES ($1::bytea, $2::bigint) ON CONFLICT DO NOTHING RETURNING id",
    false
};
static const struct stmt FIND = { "document_find",
                                  "SELECT id FROM document WHERE sha256 = $1::bytea", false };
static const struct stmt PART = {
    "document_part_insert",
    "INSERT INTO document_part (document_id, number, bytes) VALUES ($1::bigint, $2::int, $3::bytea)",
    false
};
static const struct stmt ATTACH = {
    "document_attach",
    "INSERT INTO attachment (document_id, scheme_id, convention_id, kind, file_name, attached_on, person) "
    "VALUES ($1::bigint, $2::bigint, nullif($3::bigint, 0), $4::text, $5::text, $6::date, $7::text)",
    false
};
static const struct stmt LIST = {
    "document_list",
    "SELECT c.reference AS convention, s.code AS scheme, a.kind, a.file_name, d.byte_count, a.attached_on, a.person, "
    "encode(d.sha256, 'hex') AS sha256 FROM attachment a JOIN document d ON d.id = a.document_id "
    "JOIN scheme s ON s.id = a.scheme_id LEFT JOIN convention c ON c.id = a.convention_id "
    "WHERE ($1::text IS NULL OR c.reference = $1::text) AND ($2::text IS NULL OR s.code = $2::text) ORDER BY a.id",
    false
};
static const struct stmt READ = {
    "document_read",
    "SELECT p.bytes FROM document d JOIN document_part p ON p.document_id = d.id "
    "WHERE d.sha256 = $1::bytea AND p.number = $2::int",
    true
};

const struct stmt *const sql_document_stmts[] = {
    &TAKE, &FIND, &PART, &ATTACH, &LIST, &READ, NULL
};

int store_document_take(struct store *store, const unsigned char *sha256, int64_t byte_count,
                        int64_t *id, bool *known)
{
    CLEANUP(pq_clearp) PGresult *taken = NULL, *found = NULL;
    int r = SQL_RUN(store, &TAKE, &taken, p_bytes(sha256, 32), p_i64(byte_count));

    if (r)
        return r;
    *known = PQntuples(taken) == 0;
    if (*known)
        r = SQL_RUN(store, &FIND, &found, p_bytes(sha256, 32));
    if (!r)
        *id = row_i64(*known ? found : taken, 0, 0);
    return r;
}

int store_document_part(struct store *store, int64_t id, int number, const void *bytes,
                        size_t length)
{
    return SQL_RUN(store, &PART, NULL, p_i64(id), p_i64(number), p_bytes(bytes, length));
}

int store_document_attach(struct store *store, int64_t id, int64_t scheme, int64_t convention,
                          const char *kind, const char *file_name, struct date on,
                          const char *person)
{
    return SQL_RUN(store, &ATTACH, NULL, p_i64(id), p_i64(scheme), p_i64(convention), p_text(kind),
                   p_text(file_name), p_date(on), p_text(person));
}

int store_document_list(struct store *store, const char *convention, const char *scheme,
                        struct store_table **table)
{
    return SQL_TABLE(store, &LIST, table, p_text(convention), p_text(scheme));
}

int store_document_read(struct store *store, const unsigned char *sha256, int number,
                        struct arena *arena, const char **bytes, size_t *length)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &READ, &result, p_bytes(sha256, 32), p_i64(number));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    *length = (size_t)PQgetlength(result, 0, 0);
    *bytes = arena_strndup(arena, PQgetvalue(result, 0, 0), *length);
    return 0;
}
