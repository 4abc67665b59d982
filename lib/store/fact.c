/* Dated facts of one convention: signatures, statements, flags, papers. */
#include "sql.h"
#include <store/convention.h>

static const struct stmt SIGN = {
    "signature_insert",
    "INSERT INTO signature (convention_id, party, signed_on, signatory, person) "
    "VALUES ($1::bigint, $2::text, $3::date, $4::text, $5::text)",
    false
};
static const struct stmt FACT = {
    "fact_insert",
    "INSERT INTO fact (convention_id, name, happened_on, person) VALUES ($1::bigint, $2::text, $3::date, $4::text)",
    false
};
static const struct stmt UNSIGN = {
    "signature_withdraw",
    "UPDATE signature SET withdrawn_on = $3::date, withdrawn_by = $4::text "
    "WHERE convention_id = $1::bigint AND party = $2::text AND withdrawn_on IS NULL",
    false
};
static const struct stmt UNFACT = {
    "fact_withdraw",
    "UPDATE fact SET withdrawn_on = $3::date, withdrawn_by = $4::text "
    "WHERE convention_id = $1::bigint AND name = $2::text AND withdrawn_on IS NULL",
    false
};
static const struct stmt RAISE = {
    "flag_raise",
    "INSERT INTO flag (convention_id, kind, since_on, reason, person) "
    "VALUES ($1::bigint, $2::text, $3::date, $4::text, $5::text)",
    false
};
static const struct stmt DISPUTE = {
    "flag_dispute",
    "INSERT INTO flag (convention_id, kind, since_on, reason, person) SELECT DISTINCT ON (r.id) r.id, 'disputed', $3::date, r.why, "
    "'tranched' FROM unnest($1::bigint[], $2::text[]) AS r (id, why) ON CONFLICT DO NOTHING",
    false
};
static const struct stmt LIFT = {
    "flag_lift",
    "UPDATE flag SET lifted_on = $2::date, lifted_by = $3::text WHERE convention_id = $1::bigint AND kind = $4::text AND lifted_on IS NULL",
    false
};
static const struct stmt PAPER = {
    "paper_set",
    "UPDATE paper SET state = $3::text, received_on = $4::date, decided_on = $5::date, "
    "decided_by = CASE WHEN $5::date IS NULL THEN NULL ELSE $6::text END "
    "WHERE convention_id = $1::bigint AND position = $2::int",
    false
};
static const struct stmt DUE = {
    "paper_due",
    "UPDATE paper SET due_on = $3::date WHERE convention_id = $1::bigint AND position = $2::int",
    false
};
static const struct stmt SIGNATURE_TABLE = {
    "signature_table",
    "SELECT p.name AS party, s.signed_on, s.signatory, s.person FROM convention c "
    "JOIN scheme_party p ON p.scheme_id = c.scheme_id "
    "LEFT JOIN signature s ON s.convention_id = c.id AND s.party = p.name AND s.withdrawn_on IS NULL "
    "WHERE c.id = $1::bigint ORDER BY p.position",
    false
};
static const struct stmt PAPER_TABLE = {
    "paper_table",
    "SELECT name AS paper, state, due_on, received_on, decided_on, decided_by FROM paper "
    "WHERE convention_id = $1::bigint ORDER BY position",
    false
};

const struct stmt *const sql_fact_stmts[] = { &SIGN,  &UNSIGN,          &FACT,        &UNFACT,
                                              &RAISE, &DISPUTE,         &LIFT,        &PAPER,
                                              &DUE,   &SIGNATURE_TABLE, &PAPER_TABLE, NULL };

int store_signature_add(struct store *store, int64_t convention, const char *party,
                        struct date signed_on, const char *signatory, const char *person)
{
    return SQL_RUN(store, &SIGN, NULL, p_i64(convention), p_text(party), p_date(signed_on),
                   p_text(signatory), p_text(person));
}

int store_fact_set(struct store *store, int64_t convention, const char *name, struct date on,
                   const char *person)
{
    return SQL_RUN(store, &FACT, NULL, p_i64(convention), p_text(name), p_date(on), p_text(person));
}

static int withdraw(struct store *store, const struct stmt *stmt, int64_t convention,
                    const char *name, struct date on, const char *person)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r =
        SQL_RUN(store, stmt, &result, p_i64(convention), p_text(name), p_date(on), p_text(person));

    return r ? r : sql_expect(result, 1, stmt->name);
}

int store_signature_withdraw(struct store *store, int64_t convention, const char *party,
                             struct date on, const char *person)
{
    return withdraw(store, &UNSIGN, convention, party, on, person);
}

int store_fact_withdraw(struct store *store, int64_t convention, const char *name, struct date on,
                        const char *person)
{
    return withdraw(store, &UNFACT, convention, name, on, person);
}

int store_flag_raise(struct store *store, int64_t convention, const char *kind, struct date since,
                     const char *reason, const char *person)
{
    return SQL_RUN(store, &RAISE, NULL, p_i64(convention), p_text(kind), p_date(since),
                   p_text(reason), p_text(person));
}

int store_conventions_dispute(struct store *store, const int64_t *conventions,
                              const char *const *reasons, size_t count, struct date on)
{
    return count ? SQL_RUN(store, &DISPUTE, NULL, p_i64s(conventions, count),
                           p_texts(reasons, count), p_date(on))
                 : 0;
}

int store_flag_lift(struct store *store, int64_t convention, const char *kind, struct date on,
                    const char *person)
{
    return SQL_RUN(store, &LIFT, NULL, p_i64(convention), p_date(on), p_text(person), p_text(kind));
}

int store_paper_set(struct store *store, int64_t convention, unsigned position,
                    enum paper_state state, struct date received_on, struct date decided_on,
                    const char *person)
{
    static const char *const names[] = { "expected", "received", "accepted", "waived" };
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &PAPER, &result, p_i64(convention), p_i64(position),
                    p_text(names[state]), p_date(received_on), p_date(decided_on), p_text(person));

    return r ? r : sql_expect(result, 1, PAPER.name);
}

int store_paper_due(struct store *store, int64_t convention, unsigned position, struct date due)
{
    return SQL_RUN(store, &DUE, NULL, p_i64(convention), p_i64(position), p_date(due));
}

int store_signature_list(struct store *store, int64_t convention, struct store_table **table)
{
    return SQL_TABLE(store, &SIGNATURE_TABLE, table, p_i64(convention));
}

int store_paper_list(struct store *store, int64_t convention, struct store_table **table)
{
    return SQL_TABLE(store, &PAPER_TABLE, table, p_i64(convention));
}
