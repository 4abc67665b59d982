#include "sql.h"
#include <store/request.h>

/* Waits for a transaction that holds the same id, then answers no row. */
static const struct stmt TAKE = { "request_take",
                                  "INSERT INTO request (id, person, sha256) "
                                  "VALUES ($1::text, $2::text, $3::bytea) ON CONFLICT DO NOTHING",
                                  false };
static const struct stmt EARLIER = {
    "request_earlier",
    "SELECT person = $2::text AND sha256 = $3::bytea, answer FROM request WHERE id = $1::text",
    false
};
static const struct stmt ANSWER = { "request_answer",
                                    "UPDATE request SET answer = $2::text WHERE id = $1::text",
                                    false };

const struct stmt *const sql_request_stmts[] = { &TAKE, &EARLIER, &ANSWER, NULL };

int store_request_take(struct store *store, const char *id, const char *person,
                       const unsigned char *sha256, struct arena *arena, const char **answer)
{
    CLEANUP(pq_clearp) PGresult *taken = NULL, *earlier = NULL;
    int r = SQL_RUN(store, &TAKE, &taken, p_text(id), p_text(person), p_bytes(sha256, 32));

    if (r || sql_touched(taken) == 1)
        return r;
    r = SQL_RUN(store, &EARLIER, &earlier, p_text(id), p_text(person), p_bytes(sha256, 32));
    if (r)
        return r;
    if (PQntuples(earlier) != 1)
        return err_raise(ERR_DAMAGED, "request %s is neither new nor there", id);
    if (!row_bool(earlier, 0, 0))
        return REQUEST_E_OTHER;
    *answer = row_null(earlier, 0, 1) ? NULL : arena_strdup(arena, row_text(earlier, 0, 1));
    return REQUEST_E_DONE;
}

int store_request_answer(struct store *store, const char *id, const char *answer)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &ANSWER, &result, p_text(id), p_text(answer));

    return r ? r : sql_expect(result, 1, ANSWER.name);
}
