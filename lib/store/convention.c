/* Conventions as rows: coming in, being decided about, being listed. record.c loads them. */
#include "sql.h"
#include <store/convention.h>

static const struct stmt BENEFICIARIES = {
    "beneficiary_insert",
    "INSERT INTO beneficiary (siret, name, street, building, postcode, town, country) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) "
    "ON CONFLICT (siret) DO NOTHING",
    false
};
static const struct stmt CONVENTIONS = {
    "convention_insert",
    "WITH c AS (INSERT INTO convention (scheme_id, beneficiary_id, reference, project, purpose, email, grant_cents, look_on) "
    "SELECT $1::bigint, b.id, r.reference, r.project, r.purpose, r.email, r.grant_cents, $8::date "
    "FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) "
    "AS r (siret, reference, project, purpose, email, grant_cents) JOIN beneficiary b ON b.siret = r.siret "
    "RETURNING grant_cents) "
    "UPDATE scheme_sum SET awarded_cents = awarded_cents + (SELECT sum(grant_cents) FROM c) "
    "WHERE scheme_id = $1::bigint",
    false
};
static const struct stmt ACCOUNTS = {
    "account_insert_many",
    "INSERT INTO account (convention_id, ordinal, iban, holder, proposed_by, proposed_on) "
    "SELECT c.id, 1, r.iban, r.holder, $4::text, $5::date "
    "FROM unnest($1::text[], $2::text[], $3::text[]) AS r (reference, iban, holder) "
    "JOIN convention c ON c.reference = r.reference WHERE r.iban <> ''",
    false
};
static const struct stmt PAPERS = {
    "paper_insert_many",
    "INSERT INTO paper (convention_id, position, name) "
    "SELECT c.id, p.position, p.name FROM convention c JOIN scheme_paper p ON p.scheme_id = c.scheme_id "
    "WHERE c.reference = ANY ($1::text[])",
    false
};
static const struct stmt TRANCHES = {
    "tranche_insert_many",
    "INSERT INTO tranche (convention_id, position, ceiling_cents, planned_cents, since_on) "
    "SELECT c.id, r.position, r.ceiling, r.planned, $5::date "
    "FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS r (reference, position, ceiling, planned) "
    "JOIN convention c ON c.reference = r.reference",
    false
};
static const struct stmt KNOWN = {
    "convention_known", "SELECT reference FROM convention WHERE reference = ANY ($1::text[])", false
};
static const struct stmt SIRETS = {
    "beneficiary_known",
    "SELECT b.siret, b.name, (SELECT c.reference FROM convention c WHERE c.beneficiary_id = b.id "
    "AND c.scheme_id = $1::bigint) AS in_scheme FROM beneficiary b WHERE b.siret = ANY ($2::text[])",
    false
};
static const struct stmt IBANS = {
    "account_known",
    "SELECT a.iban, c.reference, b.siret FROM account a JOIN convention c ON c.id = a.convention_id "
    "JOIN beneficiary b ON b.id = c.beneficiary_id WHERE a.iban = ANY ($1::text[]) AND a.superseded_on IS NULL",
    false
};
static const struct stmt SCHEME_OF = {
    "convention_scheme", "SELECT scheme_id FROM convention WHERE reference = $1::text", false
};
static const struct stmt REFERENCE = { "convention_reference",
                                       "SELECT reference FROM convention WHERE id = $1::bigint",
                                       false };
static const struct stmt SCHEMES_DUE = {
    "convention_schemes_due",
    "SELECT s.id FROM scheme s WHERE EXISTS (SELECT 1 FROM convention c WHERE c.scheme_id = s.id "
    "AND c.look_on IS NOT NULL AND c.look_on <= $1::date AND c.set_aside = '') ORDER BY s.id",
    false
};
static const struct stmt LOOK_ON = {
    "convention_look_on",
    "SELECT min(x.look_on) FROM scheme s JOIN LATERAL (SELECT c.look_on FROM convention c WHERE c.scheme_id = s.id "
    "AND c.look_on IS NOT NULL AND c.set_aside = '' ORDER BY c.look_on LIMIT 1) x ON true",
    false
};
static const struct stmt LOOK = { "convention_look",
                                  "UPDATE convention SET look_on = $2::date WHERE id = $1::bigint",
                                  false };
static const struct stmt STATE = {
    "convention_state",
    "UPDATE convention SET state = $2::text, effective_on = $3::date, ends_on = $4::date WHERE id = $1::bigint",
    false
};
static const struct stmt DECIDED = {
    "convention_decided",
    "UPDATE convention c SET state = r.state, look_on = r.look_on "
    "FROM unnest($1::bigint[], $2::text[], $3::date[]) AS r (id, state, look_on) WHERE c.id = r.id",
    false
};
static const struct stmt SET_ASIDE = {
    "convention_set_aside", "UPDATE convention SET set_aside = $2::text WHERE id = $1::bigint",
    false
};
static const struct stmt ASIDE = { "convention_aside_count",
                                   "SELECT count(*) FROM convention WHERE set_aside <> ''", false };
static const struct stmt TERMINATE = {
    "convention_terminate",
    "UPDATE convention SET state = 'terminated', terminated_on = $2::date, letter = $3::text, look_on = NULL "
    "WHERE id = $1::bigint",
    false
};
/* Nobody waits any more for what becomes of the dead orders of tranches T that close. */
#define FORGOTTEN                                                                                            \
    "UPDATE payment_order o SET deadline_on = NULL, overdue_on = NULL FROM t WHERE o.tranche_id = t.id AND " \
    "o.state IN ('rejected', 'returned', 'cancelled')"
/* What is awarded follows what is given up and what is taken, in the statement that changes them.
 */
static const struct stmt CLOSE = {
    "tranche_close",
    "WITH t AS (UPDATE tranche SET state = 'closed', taken_cents = 0, since_on = $4::date "
    "WHERE convention_id = $1::bigint AND ($2::bigint >> position) & 1 = 1 RETURNING tranche.id), "
    "o AS (" FORGOTTEN "), "
    "c AS (UPDATE convention SET given_up_cents = given_up_cents + $3::bigint, "
    "recovery_cents = least(recovery_cents, $6::bigint) WHERE id = $1::bigint RETURNING scheme_id) "
    "UPDATE scheme_sum SET awarded_cents = awarded_cents + $5::bigint FROM c WHERE scheme_sum.scheme_id = c.scheme_id",
    false
};
/* Grant, ladder and award in one statement: each is checked against the others. */
static const struct stmt AMEND = {
    "convention_amend",
    "WITH t AS (UPDATE tranche SET ceiling_cents = r.ceiling, planned_cents = r.planned, taken_cents = r.taken, "
    "state = CASE WHEN r.closed THEN 'closed' ELSE state END, "
    "since_on = CASE WHEN r.closed AND state <> 'closed' THEN $8::date ELSE since_on END "
    "FROM unnest($4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $10::boolean[]) "
    "AS r (position, ceiling, planned, taken, closed) "
    "WHERE tranche.convention_id = $1::bigint AND tranche.position = r.position RETURNING tranche.id, r.closed), "
    "o AS (" FORGOTTEN " AND t.closed), "
    "c AS (UPDATE convention SET grant_cents = $2::bigint, recovery_cents = $3::bigint WHERE id = $1::bigint RETURNING scheme_id) "
    "UPDATE scheme_sum SET awarded_cents = awarded_cents + $9::bigint FROM c WHERE scheme_sum.scheme_id = c.scheme_id",
    false
};
#define LIST_FROM                                                                                          \
    "FROM convention c JOIN scheme s ON s.id = c.scheme_id JOIN beneficiary b ON b.id = c.beneficiary_id " \
    "JOIN LATERAL (SELECT coalesce(sum(t.taken_cents), 0)::bigint AS ordered FROM tranche t "              \
    "WHERE t.convention_id = c.id) t ON true "
#define LIST_COLUMNS                                                                      \
    "c.reference, s.code AS scheme, b.name AS beneficiary, b.siret, c.project, c.state, " \
    "c.effective_on, c.ends_on, c.grant_cents, t.ordered AS ordered_cents, "              \
    "greatest(c.grant_cents - c.given_up_cents - t.ordered, 0) AS held_cents, c.given_up_cents"
static const struct stmt LIST = {
    "convention_list",
    "SELECT " LIST_COLUMNS " " LIST_FROM
    "WHERE $1::text IS NULL OR s.code = $1::text ORDER BY c.reference",
    false
};
/* What is out above the grant, whatever was proven of it; what came back is not claimed back. */
#define RECOVERY                                                                                                               \
    "greatest((SELECT coalesce(sum(o.amount_cents), 0) FROM payment_order o WHERE o.convention_id = c.id AND (o.state NOT IN " \
    "('rejected', 'returned', 'cancelled') OR o.id IN (SELECT x.id FROM order_out x WHERE x.convention_id = c.id))) "          \
    "- c.grant_cents, 0)::bigint AS recovery_cents"
static const struct stmt SHOW = {
    "convention_show",
    "SELECT " LIST_COLUMNS ", " RECOVERY ", c.purpose, c.terminated_on, c.letter, c.set_aside, "
    "(SELECT f.happened_on FROM fact f WHERE f.convention_id = c.id AND f.name = 'launch' AND f.withdrawn_on IS NULL) AS launched_on, "
    "(SELECT f.since_on FROM flag f WHERE f.convention_id = c.id AND f.kind = 'suspended' AND f.lifted_on IS NULL) AS suspended_on, "
    "b.street, b.building, b.postcode, b.town, b.country, c.email, c.id " LIST_FROM
    "WHERE c.reference = $1::text",
    false
};

static const struct stmt EXCEED = {
    "convention_exceed", "SELECT EXISTS (SELECT 1 FROM convention OFFSET $1::bigint LIMIT 1)", false
};

const struct stmt *const sql_convention_stmts[] = {
    &BENEFICIARIES, &CONVENTIONS, &ACCOUNTS,    &PAPERS,  &TRANCHES, &KNOWN, &SIRETS,  &IBANS,
    &SCHEME_OF,     &REFERENCE,   &SCHEMES_DUE, &LOOK_ON, &LOOK,     &STATE, &DECIDED, &SET_ASIDE,
    &ASIDE,         &TERMINATE,   &CLOSE,       &AMEND,   &LIST,     &SHOW,  &EXCEED,  NULL,
};

/* The columns of an import as arrays, for unnest. */
static const char **column(struct arena *arena, const struct convention_row *rows, size_t count,
                           size_t at)
{
    const char **out = arena_alloc(arena, (count + 1) * sizeof *out);

    for (size_t i = 0; i < count; i++)
        out[i] = *(const char *const *)((const char *)&rows[i] + at);
    return out;
}

#define COLUMN(field) \
    p_texts(column(arena, rows, count, offsetof(struct convention_row, field)), count)

static int insert_tranches(struct store *store, const struct scheme *scheme,
                           const struct convention_row *rows, size_t count, struct arena *arena,
                           struct date on)
{
    size_t n = count * scheme->rung_count;
    const char **references = arena_alloc(arena, n * sizeof *references);
    int64_t *positions = arena_alloc(arena, n * sizeof *positions);
    int64_t *ceilings = arena_alloc(arena, n * sizeof *ceilings);
    int64_t *planned = arena_alloc(arena, n * sizeof *planned);

    for (size_t i = 0, k = 0; i < count; i++) {
        struct plan_rung plan[SCHEME_RUNGS_MAX] = { 0 };

        plan_ceilings(scheme, rows[i].grant, plan);
        for (unsigned t = 0; t < scheme->rung_count; t++, k++) {
            references[k] = rows[i].reference;
            positions[k] = t;
            ceilings[k] = plan[t].ceiling.v;
            planned[k] = plan_planned(plan, t).v;
        }
    }
    return SQL_RUN(store, &TRANCHES, NULL, p_texts(references, n), p_i64s(positions, n),
                   p_i64s(ceilings, n), p_i64s(planned, n), p_date(on));
}

int store_conventions_insert(struct store *store, const struct scheme *scheme,
                             const struct convention_row *rows, size_t count, const char *person,
                             struct date on)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    int64_t *grants = arena_alloc(arena, (count + 1) * sizeof *grants);
    int r;

    for (size_t i = 0; i < count; i++)
        grants[i] = rows[i].grant.v;
    r = SQL_RUN(store, &BENEFICIARIES, NULL, COLUMN(siret), COLUMN(beneficiary), COLUMN(street),
                COLUMN(building), COLUMN(postcode), COLUMN(town), COLUMN(country));
    if (!r)
        r = SQL_RUN(store, &CONVENTIONS, NULL, p_i64(scheme->id), COLUMN(siret), COLUMN(reference),
                    COLUMN(project), COLUMN(purpose), COLUMN(email), p_i64s(grants, count),
                    p_date(on));
    if (!r)
        r = SQL_RUN(store, &ACCOUNTS, NULL, COLUMN(reference), COLUMN(iban), COLUMN(holder),
                    p_text(person), p_date(on));
    if (!r)
        r = SQL_RUN(store, &PAPERS, NULL, COLUMN(reference));
    return r ? r : insert_tranches(store, scheme, rows, count, arena, on);
}

int store_references_known(struct store *store, const char *const *references, size_t count,
                           struct store_table **table)
{
    return SQL_TABLE(store, &KNOWN, table, p_texts(references, count));
}

int store_sirets_known(struct store *store, int64_t scheme_id, const char *const *sirets,
                       size_t count, struct store_table **table)
{
    return SQL_TABLE(store, &SIRETS, table, p_i64(scheme_id), p_texts(sirets, count));
}

int store_ibans_known(struct store *store, const char *const *ibans, size_t count,
                      struct store_table **table)
{
    return SQL_TABLE(store, &IBANS, table, p_texts(ibans, count));
}

int store_convention_scheme(struct store *store, const char *reference, int64_t *scheme_id)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &SCHEME_OF, &result, p_text(reference));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    *scheme_id = row_i64(result, 0, 0);
    return 0;
}

int store_convention_reference(struct store *store, int64_t convention, struct arena *arena,
                               const char **reference)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &REFERENCE, &result, p_i64(convention));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    *reference = arena_strdup(arena, row_text(result, 0, 0));
    return 0;
}

int store_schemes_due(struct store *store, struct date on, struct arena *arena, int64_t **ids,
                      size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &SCHEMES_DUE, &result, p_date(on));

    if (r)
        return r;
    *ids = NULL;
    *count = 0;
    for (int i = 0; i < PQntuples(result); i++)
        *arena_push(arena, *ids, *count) = row_i64(result, i, 0);
    return 0;
}

int store_look_on(struct store *store, struct date *day)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &LOOK_ON, &result, NULL, 0);

    if (!r)
        *day = row_date(result, 0, 0);
    return r;
}

int store_convention_look(struct store *store, int64_t convention, struct date on)
{
    return SQL_RUN(store, &LOOK, NULL, p_i64(convention), p_date(on));
}

int store_convention_state(struct store *store, const struct record *record,
                           enum convention_state state, struct date effective_on,
                           struct date ends_on)
{
    return SQL_RUN(store, &STATE, NULL, p_i64(record->id), p_text(convention_state_name(state)),
                   p_date(effective_on), p_date(ends_on));
}

int store_conventions_decided(struct store *store, struct record *const *records,
                              const struct decision *decisions, size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int64_t *ids = arena_alloc(arena, (count + 1) * sizeof *ids);
    const char **states = arena_alloc(arena, (count + 1) * sizeof *states);
    struct date *looks = arena_alloc(arena, (count + 1) * sizeof *looks);
    int r;

    for (size_t i = 0; i < count; i++) {
        ids[i] = records[i]->id;
        states[i] = convention_state_name(decisions[i].state);
        looks[i] = decisions[i].look_on;
    }
    r = SQL_RUN(store, &DECIDED, &result, p_i64s(ids, count), p_texts(states, count),
                p_dates(looks, count));
    return r ? r : sql_expect(result, (int64_t)count, DECIDED.name);
}

int store_convention_set_aside(struct store *store, int64_t convention, const char *why)
{
    return SQL_RUN(store, &SET_ASIDE, NULL, p_i64(convention), p_text(why));
}

int store_conventions_exceed(struct store *store, int64_t max, bool *more)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &EXCEED, &result, p_i64(max));

    if (!r)
        *more = row_bool(result, 0, 0);
    return r;
}

int store_conventions_set_aside(struct store *store, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &ASIDE, &result, NULL, 0);

    if (!r)
        *count = row_i64(result, 0, 0);
    return r;
}

int store_convention_terminate(struct store *store, int64_t convention, struct date on,
                               const char *letter)
{
    return SQL_RUN(store, &TERMINATE, NULL, p_i64(convention), p_date(on), p_text(letter));
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* What counts as awarded: the greater of what may still be paid and what is taken. */
static int64_t awarded(struct cents grant, int64_t given_up, int64_t taken)
{
    return greater(grant.v - given_up, taken);
}

static int64_t taken_of(const struct record *record)
{
    int64_t sum = 0;

    for (unsigned t = 0; t < record->dossier.scheme->rung_count; t++)
        sum += record->dossier.tranches[t].taken.v;
    return sum;
}

int store_rungs_close(struct store *store, const struct record *record, uint32_t rungs,
                      struct cents given_up, struct date on)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    const struct dossier *d = &record->dossier;
    int64_t before = taken_of(record), after = before, more;
    int r;

    for (unsigned t = 0; t < d->scheme->rung_count; t++)
        if (rungs & UINT32_C(1) << t)
            after -= d->tranches[t].taken.v;
    more = awarded(d->grant, record->given_up.v + given_up.v, after) -
           awarded(d->grant, record->given_up.v, before);
    r = SQL_RUN(store, &CLOSE, &result, p_i64(record->id), p_i64(rungs), p_cents(given_up),
                p_date(on), p_i64(more), p_i64(greater(after - d->grant.v, 0)));
    return r ? r : sql_expect(result, 1, CLOSE.name);
}

int store_convention_amend(struct store *store, const struct record *record, struct cents grant,
                           struct cents recovery, const struct plan_rung *plan, struct date on)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    unsigned n = record->dossier.scheme->rung_count;
    int64_t positions[SCHEME_RUNGS_MAX], ceilings[SCHEME_RUNGS_MAX], planned[SCHEME_RUNGS_MAX];
    int64_t taken[SCHEME_RUNGS_MAX], sum = 0;
    const char *closed[SCHEME_RUNGS_MAX];
    int r;

    for (unsigned t = 0; t < n; t++) {
        positions[t] = t;
        ceilings[t] = plan[t].ceiling.v;
        planned[t] = plan_planned(plan, t).v;
        taken[t] = plan[t].taken.v;
        closed[t] = plan[t].closed ? "t" : "f";
        sum += taken[t];
    }
    r = SQL_RUN(store, &AMEND, &result, p_i64(record->id), p_cents(grant), p_cents(recovery),
                p_i64s(positions, n), p_i64s(ceilings, n), p_i64s(planned, n), p_i64s(taken, n),
                p_date(on),
                p_i64(awarded(grant, record->given_up.v, sum) -
                      awarded(record->dossier.grant, record->given_up.v, taken_of(record))),
                p_texts(closed, n));
    return r ? r : sql_expect(result, 1, AMEND.name);
}

int store_convention_list(struct store *store, const char *scheme, struct store_table **table)
{
    return SQL_TABLE(store, &LIST, table, p_text(scheme));
}

int store_convention_show(struct store *store, const char *reference, struct store_table **table)
{
    return SQL_TABLE(store, &SHOW, table, p_text(reference));
}
