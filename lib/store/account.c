#include "sql.h"
#include <store/convention.h>

static const struct stmt SUPERSEDE = {
    "account_supersede",
    "UPDATE account SET superseded_on = $2::date WHERE convention_id = $1::bigint AND superseded_on IS NULL",
    false
};
static const struct stmt PROPOSE = {
    "account_propose",
    "INSERT INTO account (convention_id, ordinal, iban, bic, holder, proposed_by, proposed_on) "
    "SELECT $1::bigint, coalesce(max(ordinal), 0) + 1, $2::text, $3::text, $4::text, $5::text, $6::date "
    "FROM account WHERE convention_id = $1::bigint",
    false
};
static const struct stmt VERIFY = {
    "account_verify",
    "UPDATE account SET verified_by = $2::text, verified_on = $3::date WHERE id = $1::bigint AND verified_by IS NULL",
    false
};
static const struct stmt CONFIRM = {
    "account_confirm",
    "UPDATE account SET confirmed_by = $2::text, confirmed_on = $3::date WHERE id = $1::bigint AND refused_on IS NOT NULL",
    false
};
/* Lists show the masked form only: the full number stays in this table and in order files. */
static const struct stmt LIST = {
    "account_list",
    "SELECT c.reference AS convention, a.ordinal, left(a.iban, 4) || ' •••• •••• ' || right(a.iban, 4) AS iban, "
    "a.bic, a.holder, a.proposed_by, a.proposed_on, a.verified_by, a.verified_on, a.superseded_on, "
    "a.refused_on, a.refused_why, a.confirmed_by, a.confirmed_on "
    "FROM account a JOIN convention c ON c.id = a.convention_id "
    "WHERE $1::text IS NULL OR c.reference = $1::text ORDER BY c.reference, a.ordinal",
    false
};

const struct stmt *const sql_account_stmts[] = { &SUPERSEDE, &PROPOSE, &VERIFY,
                                                 &CONFIRM,   &LIST,    NULL };

int store_account_propose(struct store *store, int64_t convention, const char *iban,
                          const char *bic, const char *holder, struct date on, const char *person)
{
    int r = SQL_RUN(store, &SUPERSEDE, NULL, p_i64(convention), p_date(on));

    return r ? r
             : SQL_RUN(store, &PROPOSE, NULL, p_i64(convention), p_text(iban), p_text(bic),
                       p_text(holder), p_text(person), p_date(on));
}

int store_account_verify(struct store *store, int64_t account, struct date on, const char *person)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &VERIFY, &result, p_i64(account), p_text(person), p_date(on));

    return r ? r : sql_expect(result, 1, VERIFY.name);
}

int store_account_confirm(struct store *store, int64_t account, struct date on, const char *person)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &CONFIRM, &result, p_i64(account), p_text(person), p_date(on));

    return r ? r : sql_expect(result, 1, CONFIRM.name);
}

int store_account_list(struct store *store, const char *reference, struct store_table **table)
{
    return SQL_TABLE(store, &LIST, table, p_text(reference));
}
