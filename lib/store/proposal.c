#include "sql.h"
#include <store/proposal.h>

static const struct stmt FIND = {
    "proposal_find",
    "SELECT id, proposed_by, proposed_on, reason, amount_cents FROM proposal WHERE convention_id = $1::bigint AND act = $2::text "
    "AND position = $3::int AND gate = $4::text AND decided_by IS NULL AND declined_by IS NULL",
    false
};
static const struct stmt ADD = {
    "proposal_add",
    "INSERT INTO proposal (convention_id, act, position, gate, reason, proposed_by, proposed_on, amount_cents) "
    "VALUES ($1::bigint, $2::text, $3::int, $4::text, $5::text, $6::text, $7::date, "
    "CASE WHEN $2::text = 'approve' THEN $8::bigint END)",
    false
};
static const struct stmt DECIDE = {
    "proposal_decide",
    "UPDATE proposal SET decided_by = $2::text, decided_on = $3::date WHERE id = $1::bigint", false
};
static const struct stmt DECLINE = {
    "proposal_decline",
    "UPDATE proposal SET declined_by = $2::text, declined_on = $3::date WHERE id = $1::bigint",
    false
};
static const struct stmt LIST = {
    "proposal_list",
    "SELECT c.reference AS convention, p.act, CASE p.act WHEN 'waive' THEN s.name ELSE (p.position + 1)::text END AS about, "
    "p.gate, p.amount_cents, p.reason, p.proposed_by, p.proposed_on, coalesce(p.decided_by, p.declined_by) AS decided_by, "
    "coalesce(p.decided_on, p.declined_on) AS decided_on, "
    "CASE WHEN p.decided_by IS NOT NULL THEN 'decided' WHEN p.declined_by IS NOT NULL THEN 'declined' ELSE 'proposed' END "
    "AS state FROM proposal p JOIN convention c ON c.id = p.convention_id "
    "LEFT JOIN paper s ON s.convention_id = p.convention_id AND s.position = p.position "
    "WHERE ($1::text IS NULL OR c.reference = $1::text) "
    "AND ($2::boolean OR (p.decided_by IS NULL AND p.declined_by IS NULL)) ORDER BY p.id",
    false
};
static const struct stmt OPEN = {
    "proposals_open",
    "SELECT count(*) FROM proposal WHERE decided_by IS NULL AND declined_by IS NULL", false
};

const struct stmt *const sql_proposal_stmts[] = {
    &FIND, &ADD, &DECIDE, &DECLINE, &LIST, &OPEN, NULL
};

int store_proposal_find(struct store *store, const struct proposal_key *key, struct arena *arena,
                        struct proposal *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &FIND, &result, p_i64(key->convention), p_text(key->act),
                    p_i64(key->position), p_text(key->gate));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    *out = (struct proposal){
        .id = row_i64(result, 0, 0),
        .proposed_by = arena_strdup(arena, row_text(result, 0, 1)),
        .proposed_on = row_date(result, 0, 2),
        .reason = arena_strdup(arena, row_text(result, 0, 3)),
        .amount = { row_i64(result, 0, 4) },
    };
    return 0;
}

int store_proposal_add(struct store *store, const struct proposal_key *key, const char *reason,
                       const char *person, struct date on)
{
    return SQL_RUN(store, &ADD, NULL, p_i64(key->convention), p_text(key->act),
                   p_i64(key->position), p_text(key->gate), p_text(reason), p_text(person),
                   p_date(on), p_cents(key->amount));
}

static int settle(struct store *store, const struct stmt *stmt, int64_t id, const char *person,
                  struct date on)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, stmt, &result, p_i64(id), p_text(person), p_date(on));

    return r ? r : sql_expect(result, 1, stmt->name);
}

int store_proposal_decide(struct store *store, int64_t id, const char *person, struct date on)
{
    return settle(store, &DECIDE, id, person, on);
}

int store_proposal_decline(struct store *store, int64_t id, const char *person, struct date on)
{
    return settle(store, &DECLINE, id, person, on);
}

int store_proposal_list(struct store *store, const char *reference, bool all,
                        struct store_table **table)
{
    return SQL_TABLE(store, &LIST, table, p_text(reference), p_bool(all));
}

int store_proposals_open(struct store *store, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &OPEN, &result, NULL, 0);

    if (!r)
        *count = row_i64(result, 0, 0);
    return r;
}
