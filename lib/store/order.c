#include "sql.h"
#include <core/code.h>
#include <store/order.h>

/* Tranches, orders and the kept sum in one statement: none can be seen without the others. "+ 0"
 * keeps the planner from walking the primary key backwards, which it believes cheap in an empty
 * table. */
static const struct stmt INSERT = {
    "order_insert",
    "WITH r AS (SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[]) "
    "AS r (tranche_id, convention_id, account_id, end_to_end_id, amount_cents)), "
    "t AS (UPDATE tranche SET state = 'ordered', taken_cents = r.amount_cents, since_on = $7::date "
    "FROM r WHERE tranche.id = r.tranche_id AND tranche.state = 'held' RETURNING tranche.id), "
    "o AS (INSERT INTO payment_order (tranche_id, convention_id, account_id, order_file_id, end_to_end_id, "
    "amount_cents, since_on, deadline_on, reissue_of) SELECT r.tranche_id, r.convention_id, r.account_id, $1::bigint, r.end_to_end_id, "
    "r.amount_cents, $7::date, $10::date, (SELECT max(p.id + 0) FROM payment_order p "
    "WHERE p.convention_id = r.convention_id AND p.tranche_id = r.tranche_id) "
    "FROM r JOIN t ON t.id = r.tranche_id RETURNING amount_cents) "
    "UPDATE scheme_sum SET ordered_cents = ordered_cents + (SELECT sum(amount_cents) FROM o) "
    "WHERE scheme_id = $8::bigint AND (SELECT count(*) FROM o) = $9::bigint",
    false
};
#define ORDER_COLUMNS                                                                                                      \
    "o.end_to_end_id, c.reference AS convention, t.position + 1 AS tranche, b.name AS beneficiary, b.siret, "              \
    "o.amount_cents, CASE o.state WHEN 'prepared' THEN f.state ELSE o.state END AS state, f.execution_on, f.decided_on, "  \
    "f.message_id, "                                                                                                       \
    "coalesce(o.since_on, f.decided_on) AS since_on, CASE WHEN f.state = 'cancelled' THEN NULL ELSE o.deadline_on END AS " \
    "deadline_on, "                                                                                                        \
    "o.overdue_on, f.state = 'written' AS written, f.taken_at IS NOT NULL AS taken, "                                      \
    "left(a.iban, 4) || ' •••• •••• ' || right(a.iban, 4) AS iban, a.holder, p.end_to_end_id AS reissue_of"
#define ORDER_FROM                                                                                            \
    "FROM payment_order o JOIN tranche t ON t.id = o.tranche_id JOIN convention c ON c.id = o.convention_id " \
    "JOIN beneficiary b ON b.id = c.beneficiary_id JOIN account a ON a.id = o.account_id "                    \
    "JOIN order_file f ON f.id = o.order_file_id LEFT JOIN payment_order p ON p.id = o.reissue_of "
static const struct stmt ORDER_LIST = {
    "order_list",
    "SELECT " ORDER_COLUMNS " " ORDER_FROM
    "WHERE $1::text IS NULL OR c.reference = $1::text ORDER BY o.id",
    false
};
static const struct stmt ORDER_SHOW = {
    "order_show",
    "SELECT " ORDER_COLUMNS
    ", (SELECT a.acted_on FROM order_act a WHERE a.order_id = o.id AND a.act = 'recall') AS recalled_on, "
    "(SELECT concat_ws(' ', s.code, nullif(s.reason, '')) FROM answer_status s WHERE s.end_to_end_id = o.end_to_end_id AND "
    "s.code = ANY ($2::text[]) ORDER BY s.id DESC LIMIT 1) AS recall " ORDER_FROM
    "WHERE o.end_to_end_id = $1::text",
    false
};
static const struct stmt FILE_ORDERS = {
    "order_file_orders",
    "SELECT " ORDER_COLUMNS
    ", coalesce((SELECT u.why FROM order_unwanted u WHERE u.id = o.id AND f.state = 'prepared'), "
    "(SELECT d.why FROM order_doubtful d WHERE d.id = o.id AND (f.state = 'prepared' OR f.again))) AS doubt " ORDER_FROM
    "WHERE f.message_id = $1::text ORDER BY o.id LIMIT nullif($2::int, 0)",
    false
};
#define DOUBTFUL "IN ('differs', 'contradicts')"
/* Who refused the whole file and is contradicted about one order of it is not believed of the
 * others. */
#define OTHERS_DOUBT                                                                                     \
    "SELECT l.why FROM payment_order y JOIN LATERAL (SELECT m.why FROM movement m WHERE m.order_id = "   \
    "y.id AND m.state = 'contradicts' UNION ALL SELECT s.why FROM answer_status s WHERE s.end_to_end_id" \
    " = y.end_to_end_id AND s.state = 'contradicts') l ON true WHERE y.order_file_id = f.id AND y.id <>" \
    " o.id AND EXISTS (SELECT 1 FROM proof p JOIN answer_status s ON s.id = p.status_id WHERE "          \
    "p.order_id = o.id AND p.event = o.state AND s.level <> 'transaction')"
/* With a tranche's place in line: only its last order speaks for it. */
static const struct stmt FATE = {
    "order_fate",
    "SELECT o.id, o.tranche_id, o.convention_id, o.account_id, o.state, o.amount_cents, c.reference, t.position, "
    "NOT EXISTS (SELECT 1 FROM payment_order n WHERE n.tranche_id = o.tranche_id AND n.id > o.id), "
    "coalesce((SELECT sum(p.amount_cents) FROM proof p WHERE p.order_id = o.id AND p.event = 'returned'), 0)::bigint, "
    "coalesce((SELECT string_agg(x.why, '; ') FROM (SELECT m.why FROM movement m WHERE m.order_id IN (SELECT y.id FROM payment_order y "
    "WHERE y.convention_id = o.convention_id AND y.tranche_id = o.tranche_id AND y.id <= o.id) AND m.state " DOUBTFUL
    " UNION ALL SELECT s.why FROM answer_status s WHERE (s.end_to_end_id = o.end_to_end_id OR (s.level <> 'transaction' AND "
    "s.message_id = f.message_id)) AND s.state " DOUBTFUL
    " UNION ALL SELECT m.why FROM movement m JOIN entry e ON e.id = "
    "m.entry_id WHERE m.state " DOUBTFUL
    " AND m.order_id IS NULL AND f.message_id IN (" BATCH_MESSAGES ") UNION ALL " OTHERS_DOUBT
    ") x), ''), " REFUSALS ", "
    "coalesce((SELECT p.note FROM proof p WHERE p.order_id = o.id AND p.event = o.state ORDER BY p.id LIMIT 1), ''), "
    "EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = o.id AND a.act = 'reissue'), "
    "f.id, f.message_id, f.file_name, f.host, f.state = 'written', f.execution_on, "
    "EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = o.id AND a.act = 'recall') "
    "FROM payment_order o JOIN convention c ON c.id = o.convention_id JOIN tranche t ON t.id = o.tranche_id "
    "JOIN order_file f ON f.id = o.order_file_id "
    "WHERE o.end_to_end_id = $1::text",
    false
};
static const struct stmt FATE_DEBIT = {
    "order_fate_debit",
    "SELECT left(encode(e.identity, 'hex'), 16) || '.' || m.position FROM payment_order o JOIN account a ON a.id = o.account_id JOIN "
    "convention c ON c.id = o.convention_id JOIN order_file f ON f.id = o.order_file_id JOIN movement m ON m.state = 'unmatched' AND "
    "m.direction = 'DBIT' AND (m.creditor_iban = a.iban OR position(c.reference IN m.remittance) > 0 OR (m.position = 0 AND "
    "m.amount_cents = f.total_cents AND m.remittance !~ 'Subvention convention')) JOIN entry e ON e.id = m.entry_id AND "
    "(e.booked_on >= f.decided_on) IS NOT FALSE WHERE o.end_to_end_id = $1::text ORDER BY m.id LIMIT 1",
    false
};
static const struct stmt OUT = {
    "order_out",
    "SELECT end_to_end_id FROM order_out WHERE tranche_id = $1::bigint ORDER BY id LIMIT 1", false
};
static const struct stmt ACT = {
    "order_act",
    "INSERT INTO order_act (order_id, act, person, acted_on, reason) VALUES ($1::bigint, $2::text, $3::text, $4::date, $5::text)",
    false
};
static const struct stmt RELEASE = {
    "order_release",
    "UPDATE payment_order SET state = 'acknowledged', since_on = $2::date, deadline_on = $3::date, overdue_on = NULL WHERE id = "
    "$1::bigint",
    false
};
static const struct stmt REOPEN = {
    "order_reopen",
    "WITH t AS (UPDATE tranche SET state = 'held', since_on = $2::date FROM payment_order o WHERE tranche.id = o.tranche_id AND "
    "o.id = $1::bigint "
    "RETURNING tranche.convention_id) UPDATE payment_order SET deadline_on = NULL WHERE id = $1::bigint AND EXISTS (SELECT 1 FROM t)",
    false
};
static const struct stmt OVERDUE_ON = {
    "order_overdue_on",
    "SELECT min(deadline_on) FROM payment_order WHERE deadline_on IS NOT NULL AND overdue_on IS NULL",
    false
};
static const struct stmt OVERDUE = {
    "order_overdue",
    "UPDATE payment_order o SET overdue_on = $1::date FROM (SELECT x.id FROM payment_order x WHERE x.deadline_on < $1::date AND "
    "x.deadline_on IS NOT NULL AND x.overdue_on IS NULL ORDER BY x.deadline_on, x.id LIMIT $2::int FOR UPDATE SKIP LOCKED) due, "
    "convention c, tranche t, scheme s, order_file f WHERE o.id = due.id AND c.id = o.convention_id AND t.id = o.tranche_id AND "
    "s.id = c.scheme_id "
    "AND f.id = o.order_file_id RETURNING o.end_to_end_id, c.reference, s.code, t.position + 1, o.state, coalesce(o.since_on, "
    "f.decided_on), "
    "f.state = 'written', f.taken_at IS NOT NULL",
    false
};
static const struct stmt TO_COME = {
    "order_to_come",
    "SELECT f.execution_on, sum(o.amount_cents)::bigint FROM payment_order o JOIN order_file f ON f.id = o.order_file_id "
    "JOIN scheme s ON s.id = f.scheme_id WHERE ($1::text IS NULL OR s.code = $1::text) AND o.state IN ('prepared', 'written', "
    "'acknowledged', 'awaiting_release', 'accepted') GROUP BY 1 ORDER BY 1",
    false
};
static const struct stmt DECIDED = {
    "order_decided",
    "SELECT coalesce(sum(total_cents), 0)::bigint FROM order_file WHERE decided_on = $1::date "
    "AND state <> 'cancelled'",
    false
};
/* By the two partial indexes: what is waited for in time, and what is late. */
#define WAITING_PART(columns)                                                             \
    "(SELECT " columns                                                                    \
    " FROM payment_order WHERE deadline_on IS NOT NULL AND overdue_on IS NULL UNION ALL " \
    "SELECT " columns                                                                     \
    " FROM payment_order WHERE deadline_on IS NOT NULL AND overdue_on IS NOT NULL) "
/* Orders that somebody has to act about; the days that they are late in three classes. */
static const struct stmt WAITING_ORDERS = {
    "order_waiting",
    "SELECT CASE o.state WHEN 'prepared' THEN f.state ELSE o.state END AS state, count(*) AS orders, "
    "sum(o.amount_cents)::bigint AS amount_cents, "
    "min(coalesce(o.since_on, f.decided_on)) AS since_on, count(*) FILTER (WHERE $1::date - o.deadline_on BETWEEN 1 AND 30) AS "
    "late_30, "
    "count(*) FILTER (WHERE $1::date - o.deadline_on BETWEEN 31 AND 60) AS late_60, count(*) FILTER (WHERE $1::date - "
    "o.deadline_on > 60) AS late_more "
    "FROM " WAITING_PART("*") "o JOIN order_file f ON f.id = o.order_file_id GROUP BY 1 ORDER BY 1",
    false
};
#define CONTRADICTIONS                                               \
    "(SELECT count(*) FROM movement WHERE state = 'contradicts') + " \
    "(SELECT count(*) FROM answer_status WHERE state = 'contradicts')"
static const struct stmt COUNTS = {
    "order_counts",
    "SELECT (SELECT count(*) FROM payment_order WHERE deadline_on IS NOT NULL AND overdue_on IS NOT NULL), "
    "(SELECT count(*) FROM " WAITING_PART(
        "state") "w WHERE w.state = 'awaiting_release'), "
                 "(SELECT count(*) FROM movement WHERE state IN ('unmatched', 'differs', 'contradicts')) + "
                 "(SELECT count(*) FROM answer_status WHERE state IN ('unmatched', 'differs', 'contradicts')), " CONTRADICTIONS,
    false
};
static const struct stmt CONTRADICT = { "order_contradictions", "SELECT " CONTRADICTIONS, false };

const struct stmt *const sql_order_stmts[] = {
    &INSERT, &ORDER_LIST, &ORDER_SHOW, &FILE_ORDERS, &FATE,           &FATE_DEBIT,
    &OUT,    &ACT,        &RELEASE,    &REOPEN,      &OVERDUE_ON,     &OVERDUE,
    &COUNTS, &CONTRADICT, &TO_COME,    &DECIDED,     &WAITING_ORDERS, NULL
};

int store_orders_insert(struct store *store, const struct order_file *file,
                        const struct order_row *rows, size_t count, struct date on)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int64_t *tranches = arena_alloc(arena, (count + 1) * sizeof *tranches);
    int64_t *conventions = arena_alloc(arena, (count + 1) * sizeof *conventions);
    int64_t *accounts = arena_alloc(arena, (count + 1) * sizeof *accounts);
    int64_t *amounts = arena_alloc(arena, (count + 1) * sizeof *amounts);
    const char **ids = arena_alloc(arena, (count + 1) * sizeof *ids);
    int r;

    for (size_t i = 0; i < count; i++) {
        tranches[i] = rows[i].tranche_id;
        conventions[i] = rows[i].convention_id;
        accounts[i] = rows[i].account_id;
        amounts[i] = rows[i].amount.v;
        ids[i] = rows[i].end_to_end_id;
    }
    r = SQL_RUN(store, &INSERT, &result, p_i64(file->id), p_i64s(tranches, count),
                p_i64s(conventions, count), p_i64s(accounts, count), p_texts(ids, count),
                p_i64s(amounts, count), p_date(on), p_i64(file->scheme_id), p_i64((int64_t)count),
                p_date(file->deadline_on));
    return r ? r : sql_expect(result, 1, INSERT.name);
}

int store_order_list(struct store *store, const char *reference, struct store_table **table)
{
    return SQL_TABLE(store, &ORDER_LIST, table, p_text(reference));
}

int store_order_show(struct store *store, const char *end_to_end_id, struct store_table **table)
{
    static const char *const answers[] = { RECALL_ANSWERS };

    return SQL_TABLE(store, &ORDER_SHOW, table, p_text(end_to_end_id),
                     p_texts(answers, ARRAY_LEN(answers)));
}

int store_file_orders(struct store *store, const char *message_id, int max,
                      struct store_table **table)
{
    return SQL_TABLE(store, &FILE_ORDERS, table, p_text(message_id), p_i64(max));
}

int store_order_fate(struct store *store, const char *end_to_end_id, struct arena *arena,
                     struct order_fate *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &FATE, &result, p_text(end_to_end_id)), state;

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    state = order_state_from_name(row_text(result, 0, 4));
    if (state < 0)
        return err_raise(ERR_DAMAGED, "order %s: a state that there is not", end_to_end_id);
    *out = (struct order_fate){
        .id = row_i64(result, 0, 0),
        .account_id = row_i64(result, 0, 3),
        .state = (enum order_state)state,
        .amount = { row_i64(result, 0, 5) },
        .reference = arena_strdup(arena, row_text(result, 0, 6)),
        .tranche = (unsigned)row_i64(result, 0, 7),
        .last = row_bool(result, 0, 8),
        .returned = { row_i64(result, 0, 9) },
        .trouble = arena_strdup(arena, row_text(result, 0, 10)),
        .refusals = arena_strdup(arena, row_text(result, 0, 11)),
        .note = arena_strdup(arena, row_text(result, 0, 12)),
        .reissued = row_bool(result, 0, 13),
        .file_id = row_i64(result, 0, 14),
        .message_id = arena_strdup(arena, row_text(result, 0, 15)),
        .file_name = arena_strdup(arena, row_text(result, 0, 16)),
        .host = arena_strdup(arena, row_text(result, 0, 17)),
        .written = row_bool(result, 0, 18),
        .execution_on = row_date(result, 0, 19),
        .recalled = row_bool(result, 0, 20),
    };
    return 0;
}

int store_order_debit(struct store *store, const char *end_to_end_id, struct arena *arena,
                      const char **line)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &FATE_DEBIT, &result, p_text(end_to_end_id));

    *line = !r && PQntuples(result) ? arena_strdup(arena, row_text(result, 0, 0)) : "";
    return r;
}

int store_order_out(struct store *store, int64_t tranche, struct arena *arena, const char **id)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &OUT, &result, p_i64(tranche));

    *id = !r && PQntuples(result) ? arena_strdup(arena, row_text(result, 0, 0)) : "";
    return r;
}

int store_order_act(struct store *store, int64_t order, const char *act, const char *person,
                    struct date on, const char *reason)
{
    return SQL_RUN(store, &ACT, NULL, p_i64(order), p_text(act), p_text(person), p_date(on),
                   p_text(reason));
}

int store_order_release(struct store *store, int64_t order, struct date on, struct date deadline)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &RELEASE, &result, p_i64(order), p_date(on), p_date(deadline));

    return r ? r : sql_expect(result, 1, RELEASE.name);
}

int store_order_reopen(struct store *store, int64_t order, struct date on)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &REOPEN, &result, p_i64(order), p_date(on));

    return r ? r : sql_expect(result, 1, REOPEN.name);
}

int store_orders_overdue_on(struct store *store, struct date *day)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &OVERDUE_ON, &result, NULL, 0);

    if (!r)
        *day = row_date(result, 0, 0);
    return r;
}

int store_orders_overdue(struct store *store, struct date on, int max, struct arena *arena,
                         struct order_overdue **rows, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &OVERDUE, &result, p_date(on), p_i64(max));

    *count = r ? 0 : (size_t)PQntuples(result);
    *rows = arena_alloc(arena, (*count + 1) * sizeof **rows);
    for (int i = 0; i < (int)*count; i++) {
        int state = order_state_from_name(row_text(result, i, 4));

        if (state < 0)
            return err_raise(ERR_DAMAGED, "order %s: a state that there is not",
                             row_text(result, i, 0));
        (*rows)[i] = (struct order_overdue){
            .end_to_end_id = arena_strdup(arena, row_text(result, i, 0)),
            .reference = arena_strdup(arena, row_text(result, i, 1)),
            .scheme = arena_strdup(arena, row_text(result, i, 2)),
            .tranche = (int)row_i64(result, i, 3),
            .state = (enum order_state)state,
            .since_on = row_date(result, i, 5),
            .written = row_bool(result, i, 6),
            .taken = row_bool(result, i, 7),
        };
    }
    return r;
}

int store_order_counts(struct store *store, struct order_counts *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &COUNTS, &result, NULL, 0);

    if (!r)
        *out = (struct order_counts){ .overdue = row_i64(result, 0, 0),
                                      .awaiting_release = row_i64(result, 0, 1),
                                      .open_lines = row_i64(result, 0, 2),
                                      .contradictions = row_i64(result, 0, 3) };
    return r;
}

int store_orders_to_come(struct store *store, const char *scheme, struct store_table **table)
{
    return SQL_TABLE(store, &TO_COME, table, p_text(scheme));
}

int store_orders_decided(struct store *store, struct date on, int64_t *cents)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &DECIDED, &result, p_date(on));

    if (!r)
        *cents = row_i64(result, 0, 0);
    return r;
}

int store_orders_waiting(struct store *store, struct date on, struct store_table **table)
{
    return SQL_TABLE(store, &WAITING_ORDERS, table, p_date(on));
}

int store_contradictions(struct store *store, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &CONTRADICT, &result, NULL, 0);

    if (!r)
        *count = row_i64(result, 0, 0);
    return r;
}
