#include "sql.h"
#include <store/order.h>

static const struct stmt FILE_INSERT = {
    "order_file_insert",
    "INSERT INTO order_file (message_id, file_name, scheme_id, decided_on, execution_on, tx_count, total_cents, "
    "sha256, body, lease_number, host) VALUES ($1::text, $2::text, $3::bigint, $4::date, $5::date, $6::int, "
    "$7::bigint, $8::bytea, $9::bytea, $10::bigint, $11::text) RETURNING id",
    false
};
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
static const struct stmt NEXT = {
    "order_file_next",
    "SELECT f.id, f.scheme_id, f.message_id, f.file_name, f.tx_count, f.total_cents, f.lease_number, f.boot_id, f.again "
    "FROM order_file f WHERE (f.state = 'prepared' OR f.again) AND f.host = $1::text AND f.blocked = '' ORDER BY f.id LIMIT 1",
    false
};
static const struct stmt BODY = { "order_file_body",
                                  "SELECT body, sha256 FROM order_file WHERE id = $1::bigint",
                                  true };
static const struct stmt WAITING = {
    "order_file_waiting",
    "SELECT (SELECT count(*) FROM order_file WHERE state = 'prepared' OR again), "
    "(SELECT count(*) FROM order_file WHERE blocked <> '') + "
    "(SELECT count(*) FROM order_file WHERE state = 'prepared' AND blocked = '' AND host <> $1::text)",
    false
};
static const struct stmt BOOTED = {
    "order_file_booted",
    "UPDATE order_file SET boot_id = $2::text WHERE id = $1::bigint AND taken_at IS NULL", false
};
static const struct stmt WRITTEN = {
    "order_file_written",
    "UPDATE order_file SET state = 'written', written_at = clock_timestamp(), again = false "
    "WHERE id = $1::bigint AND (state = 'prepared' OR again)",
    false
};
static const struct stmt BLOCK = {
    "order_file_block",
    "UPDATE order_file SET blocked = $2::text WHERE id = $1::bigint AND taken_at IS NULL", false
};
static const struct stmt UNTAKEN = {
    "order_file_untaken",
    "SELECT id, message_id, file_name FROM order_file WHERE state = 'written' AND taken_at IS NULL AND NOT again "
    "AND blocked = '' AND host = $1::text AND id > $2::bigint ORDER BY id LIMIT 1",
    false
};
static const struct stmt TAKEN = {
    "order_file_taken",
    "UPDATE order_file SET taken_at = clock_timestamp() WHERE id = $1::bigint AND state = 'written' AND taken_at IS NULL",
    false
};
static const struct stmt DOUBT = {
    "order_file_doubt",
    "UPDATE order_file SET blocked = $2::text WHERE host = $1::text AND state = 'written' "
    "AND taken_at IS NULL AND NOT again AND blocked = ''",
    false
};
static const struct stmt ORPHANED = {
    "order_file_orphaned",
    "UPDATE order_file SET blocked = $3::text WHERE host LIKE $1::text || '/%' AND host <> $2::text AND state = 'written' "
    "AND taken_at IS NULL AND NOT again AND blocked = ''",
    false
};
static const struct stmt FIND = {
    "order_file_find",
    "SELECT id, message_id, file_name, host, blocked, state = 'written', boot_id FROM order_file WHERE message_id = $1::text",
    false
};
static const struct stmt SETTLED = {
    "order_file_settled",
    "UPDATE order_file SET state = 'written', written_at = coalesce(written_at, clock_timestamp()), taken_at = clock_timestamp(), "
    "blocked = '', again = false WHERE id = $1::bigint AND taken_at IS NULL",
    false
};
static const struct stmt AGAIN = {
    "order_file_again_set",
    "UPDATE order_file SET host = $2::text, boot_id = NULL, blocked = '', again = true "
    "WHERE id = $1::bigint AND taken_at IS NULL",
    false
};
static const struct stmt AFTER = {
    "order_file_after",
    "SELECT id, message_id, file_name, host, blocked, state = 'written', boot_id FROM order_file "
    "WHERE id > $1::bigint ORDER BY id LIMIT 1",
    false
};
static const struct stmt OTHER_BOOT = {
    "order_file_other_boot",
    "SELECT id, message_id, file_name, host, blocked, state = 'written', boot_id FROM order_file "
    "WHERE taken_at IS NULL AND state <> 'cancelled' AND blocked = '' AND host = $1::text AND boot_id <> $2::text "
    "ORDER BY id LIMIT 1",
    false
};
static const struct stmt BLOCKED = {
    "order_files_blocked",
    "SELECT file_name FROM order_file WHERE blocked <> '' AND taken_at IS NULL AND host = $1::text ORDER BY id",
    false
};
static const struct stmt RETURNED = {
    "order_file_returned",
    "SELECT file_name FROM order_file WHERE file_name = ANY ($1::text[]) AND taken_at IS NOT NULL LIMIT 1",
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
    "order_show", "SELECT " ORDER_COLUMNS " " ORDER_FROM "WHERE o.end_to_end_id = $1::text", false
};
static const struct stmt FILE_ORDERS = { "order_file_orders",
                                         "SELECT " ORDER_COLUMNS " " ORDER_FROM
                                         "WHERE f.message_id = $1::text ORDER BY o.id",
                                         false };
/* With a tranche's place in line: only its last order speaks for it. */
static const struct stmt FATE = {
    "order_fate",
    "SELECT o.id, o.tranche_id, o.convention_id, o.account_id, o.state, o.amount_cents, c.reference, t.position, "
    "NOT EXISTS (SELECT 1 FROM payment_order n WHERE n.tranche_id = o.tranche_id AND n.id > o.id), "
    "coalesce((SELECT p.amount_cents FROM proof p WHERE p.order_id = o.id AND p.event = 'returned'), 0), "
    "coalesce((SELECT string_agg(x.why, '; ') FROM (SELECT m.why FROM movement m WHERE m.order_id = o.id AND m.state IN ('differs', "
    "'contradicts') UNION ALL SELECT s.why FROM answer_status s WHERE s.end_to_end_id = o.end_to_end_id AND s.state IN ('differs', "
    "'contradicts')) x), ''), "
    "coalesce((SELECT p.code FROM proof p WHERE p.order_id = o.id AND p.event = o.state ORDER BY p.id LIMIT 1), ''), "
    "coalesce((SELECT p.note FROM proof p WHERE p.order_id = o.id AND p.event = o.state ORDER BY p.id LIMIT 1), ''), "
    "EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = o.id AND a.act = 'reissue'), "
    "f.id, f.message_id, f.file_name, f.host, f.state = 'written', f.execution_on, "
    "EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = o.id AND a.act = 'recall'), "
    "EXISTS (SELECT 1 FROM proof p WHERE p.order_id = o.id AND p.event = 'booked') "
    "AND NOT EXISTS (SELECT 1 FROM proof p WHERE p.order_id = o.id AND p.event = 'returned') "
    "FROM payment_order o JOIN convention c ON c.id = o.convention_id JOIN tranche t ON t.id = o.tranche_id "
    "JOIN order_file f ON f.id = o.order_file_id "
    "WHERE o.end_to_end_id = $1::text",
    false
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
/* The conventions of a file's orders, locked in their order. */
static const struct stmt FILE_LOCK = {
    "order_file_lock",
    "SELECT c.id FROM convention c WHERE c.id IN (SELECT o.convention_id FROM payment_order o WHERE o.order_file_id = $1::bigint) "
    "ORDER BY c.id FOR UPDATE",
    false
};
static const struct stmt FILE_CANCEL = {
    "order_file_cancel",
    "UPDATE order_file SET state = 'cancelled' WHERE id = $1::bigint AND state = 'prepared' AND NOT again",
    false
};
static const struct stmt FILE_ORDERS_CANCEL = {
    "order_file_orders_cancel",
    "UPDATE payment_order SET state = 'cancelled', since_on = $2::date, deadline_on = NULL WHERE order_file_id = $1::bigint",
    false
};
static const struct stmt FILE_TRANCHES_CANCEL = {
    "order_file_tranches_cancel",
    "UPDATE tranche SET state = 'cancelled', since_on = $2::date FROM payment_order o WHERE o.tranche_id = tranche.id "
    "AND o.order_file_id = $1::bigint",
    false
};
/* Those that nobody wanted to cancel may be ordered again. */
static const struct stmt FILE_OTHERS = {
    "order_file_others",
    "INSERT INTO order_act (order_id, act, person, acted_on, reason) SELECT o.id, 'reissue', $3::text, $4::date, $5::text "
    "FROM payment_order o WHERE o.order_file_id = $1::bigint AND o.id <> $2::bigint",
    false
};
static const struct stmt FILE_OTHERS_HELD = {
    "order_file_others_held",
    "WITH t AS (UPDATE tranche SET state = 'held', since_on = $3::date FROM payment_order o WHERE o.tranche_id = tranche.id "
    "AND o.order_file_id = $1::bigint AND o.id <> $2::bigint RETURNING tranche.convention_id) "
    "UPDATE convention SET look_on = $3::date FROM t WHERE convention.id = t.convention_id",
    false
};
static const struct stmt FILE_SUM = {
    "order_file_sum_lower",
    "UPDATE scheme_sum SET ordered_cents = ordered_cents - f.total_cents FROM order_file f "
    "WHERE f.id = $1::bigint AND scheme_sum.scheme_id = f.scheme_id",
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
    "JOIN scheme s ON s.id = f.scheme_id WHERE s.code = $1::text AND o.state IN ('prepared', 'written', 'acknowledged', "
    "'awaiting_release', 'accepted') GROUP BY 1 ORDER BY 1",
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
#define FILE_COLUMNS                                                                                  \
    "f.message_id, f.file_name, f.host, s.code AS scheme, f.decided_on, f.execution_on, f.tx_count, " \
    "f.total_cents, f.state, encode(f.sha256, 'hex') AS sha256, f.blocked, "                          \
    "to_char(f.written_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS written_at, "                         \
    "to_char(f.taken_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS taken_at"
static const struct stmt FILE_LIST = {
    "order_file_list",
    "SELECT " FILE_COLUMNS " FROM order_file f JOIN scheme s ON s.id = f.scheme_id ORDER BY f.id",
    false
};
static const struct stmt FILE_SHOW = {
    "order_file_show",
    "SELECT " FILE_COLUMNS
    " FROM order_file f JOIN scheme s ON s.id = f.scheme_id WHERE f.message_id = $1::text",
    false
};

const struct stmt *const sql_order_stmts[] = {
    &FILE_INSERT,
    &INSERT,
    &NEXT,
    &BODY,
    &WAITING,
    &ORPHANED,
    &BOOTED,
    &WRITTEN,
    &BLOCK,
    &UNTAKEN,
    &TAKEN,
    &DOUBT,
    &RETURNED,
    &OTHER_BOOT,
    &BLOCKED,
    &FIND,
    &AFTER,
    &SETTLED,
    &AGAIN,
    &ORDER_LIST,
    &ORDER_SHOW,
    &FILE_ORDERS,
    &FILE_LIST,
    &FILE_SHOW,
    &FATE,
    &ACT,
    &RELEASE,
    &REOPEN,
    &OVERDUE_ON,
    &OVERDUE,
    &COUNTS,
    &CONTRADICT,
    &TO_COME,
    &WAITING_ORDERS,
    &FILE_LOCK,
    &FILE_CANCEL,
    &FILE_ORDERS_CANCEL,
    &FILE_TRANCHES_CANCEL,
    &FILE_OTHERS,
    &FILE_OTHERS_HELD,
    &FILE_SUM,
    NULL,
};

int store_order_file_insert(struct store *store, struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(
        store, &FILE_INSERT, &result, p_text(file->message_id), p_text(file->file_name),
        p_i64(file->scheme_id), p_date(file->decided_on), p_date(file->execution_on),
        p_i64(file->tx_count), p_cents(file->total), p_bytes(file->sha256, sizeof file->sha256),
        p_bytes(file->body, file->body_length), p_i64(file->lease_number), p_text(file->host));

    if (!r)
        file->id = row_i64(result, 0, 0);
    return r;
}

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

int store_order_file_body(struct store *store, struct arena *arena, struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &BODY, &result, p_i64(file->id));

    if (r)
        return r;
    if (PQntuples(result) != 1 || PQgetlength(result, 0, 1) != sizeof file->sha256)
        return err_raise(ERR_DAMAGED, "order file %s cannot be read back", file->message_id);
    file->body_length = (size_t)PQgetlength(result, 0, 0);
    file->body = arena_strndup(arena, PQgetvalue(result, 0, 0), file->body_length);
    memcpy(file->sha256, PQgetvalue(result, 0, 1), sizeof file->sha256);
    return 0;
}

int store_order_file_next(struct store *store, const char *host, struct arena *arena,
                          struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &NEXT, &result, p_text(host));

    *file = (struct order_file){ 0 };
    if (r || !PQntuples(result))
        return r;
    file->id = row_i64(result, 0, 0);
    file->scheme_id = row_i64(result, 0, 1);
    file->message_id = arena_strdup(arena, row_text(result, 0, 2));
    file->file_name = arena_strdup(arena, row_text(result, 0, 3));
    file->tx_count = (unsigned)row_i64(result, 0, 4);
    file->total.v = row_i64(result, 0, 5);
    file->lease_number = row_i64(result, 0, 6);
    file->boot_id = row_null(result, 0, 7) ? NULL : arena_strdup(arena, row_text(result, 0, 7));
    file->again = row_bool(result, 0, 8);
    return store_order_file_body(store, arena, file);
}

int store_order_files_waiting(struct store *store, const char *host, int64_t *waiting,
                              int64_t *blocked)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &WAITING, &result, p_text(host));

    if (!r) {
        *waiting = row_i64(result, 0, 0);
        *blocked = row_i64(result, 0, 1);
    }
    return r;
}

int store_order_file_booted(struct store *store, int64_t id, const char *boot_id)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &BOOTED, &result, p_i64(id), p_text(boot_id));

    return r ? r : sql_expect(result, 1, BOOTED.name);
}

int store_order_file_written(struct store *store, int64_t id)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &WRITTEN, &result, p_i64(id));

    return r ? r : sql_expect(result, 1, WRITTEN.name);
}

int store_order_file_block(struct store *store, int64_t id, const char *why)
{
    return SQL_RUN(store, &BLOCK, NULL, p_i64(id), p_text(why));
}

int store_order_file_untaken(struct store *store, const char *host, int64_t after,
                             struct arena *arena, struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &UNTAKEN, &result, p_text(host), p_i64(after));

    *file = (struct order_file){ 0 };
    if (r || !PQntuples(result))
        return r;
    file->id = row_i64(result, 0, 0);
    file->message_id = arena_strdup(arena, row_text(result, 0, 1));
    file->file_name = arena_strdup(arena, row_text(result, 0, 2));
    return 0;
}

/* Fills FILE from the first row of RESULT, with its bytes. */
static int load_file(struct store *store, const PGresult *result, struct arena *arena,
                     struct order_file *file)
{
    *file = (struct order_file){ 0 };
    if (!PQntuples(result))
        return 0;
    file->id = row_i64(result, 0, 0);
    file->message_id = arena_strdup(arena, row_text(result, 0, 1));
    file->file_name = arena_strdup(arena, row_text(result, 0, 2));
    file->host = arena_strdup(arena, row_text(result, 0, 3));
    file->blocked = arena_strdup(arena, row_text(result, 0, 4));
    file->written = row_bool(result, 0, 5);
    file->boot_id = row_null(result, 0, 6) ? NULL : arena_strdup(arena, row_text(result, 0, 6));
    return store_order_file_body(store, arena, file);
}

int store_order_file_find(struct store *store, const char *message_id, struct arena *arena,
                          struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &FIND, &result, p_text(message_id));

    return r ? r : load_file(store, result, arena, file);
}

int store_order_file_after(struct store *store, int64_t id, struct arena *arena,
                           struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &AFTER, &result, p_i64(id));

    return r ? r : load_file(store, result, arena, file);
}

int store_order_file_other_boot(struct store *store, const char *host, const char *boot_id,
                                struct arena *arena, struct order_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &OTHER_BOOT, &result, p_text(host), p_text(boot_id));

    return r ? r : load_file(store, result, arena, file);
}

int store_order_files_blocked(struct store *store, const char *host, struct arena *arena,
                              const char ***names, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &BLOCKED, &result, p_text(host));

    *names = NULL;
    *count = 0;
    if (!r)
        sql_names(result, arena, names, count);
    return r;
}

int store_order_file_settled(struct store *store, int64_t id)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &SETTLED, &result, p_i64(id));

    return r ? r : sql_expect(result, 1, SETTLED.name);
}

int store_order_file_again(struct store *store, int64_t id, const char *host)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &AGAIN, &result, p_i64(id), p_text(host));

    return r ? r : sql_expect(result, 1, AGAIN.name);
}

int store_order_file_taken(struct store *store, int64_t id)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &TAKEN, &result, p_i64(id));

    return r ? r : sql_expect(result, 1, TAKEN.name);
}

int store_order_files_doubt(struct store *store, const char *host, const char *why, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &DOUBT, &result, p_text(host), p_text(why));

    if (!r)
        *count = sql_touched(result);
    return r;
}

int store_order_files_orphaned(struct store *store, const char *machine, const char *host,
                               const char *why, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &ORPHANED, &result, p_text(machine), p_text(host), p_text(why));

    if (!r)
        *count = sql_touched(result);
    return r;
}

int store_order_file_returned(struct store *store, const char *const *names, size_t count,
                              struct arena *arena, const char **name)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &RETURNED, &result, p_texts(names, count));

    if (!r)
        *name = PQntuples(result) ? arena_strdup(arena, row_text(result, 0, 0)) : "";
    return r;
}

int store_order_list(struct store *store, const char *reference, struct store_table **table)
{
    return SQL_TABLE(store, &ORDER_LIST, table, p_text(reference));
}

int store_order_show(struct store *store, const char *end_to_end_id, struct store_table **table)
{
    return SQL_TABLE(store, &ORDER_SHOW, table, p_text(end_to_end_id));
}

int store_file_list(struct store *store, struct store_table **table)
{
    return sql_table(store, &FILE_LIST, table, NULL, 0);
}

int store_file_show(struct store *store, const char *message_id, struct store_table **table)
{
    return SQL_TABLE(store, &FILE_SHOW, table, p_text(message_id));
}

int store_file_orders(struct store *store, const char *message_id, struct store_table **table)
{
    return SQL_TABLE(store, &FILE_ORDERS, table, p_text(message_id));
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
        .codes = arena_strdup(arena, row_text(result, 0, 11)),
        .note = arena_strdup(arena, row_text(result, 0, 12)),
        .reissued = row_bool(result, 0, 13),
        .file_id = row_i64(result, 0, 14),
        .message_id = arena_strdup(arena, row_text(result, 0, 15)),
        .file_name = arena_strdup(arena, row_text(result, 0, 16)),
        .host = arena_strdup(arena, row_text(result, 0, 17)),
        .written = row_bool(result, 0, 18),
        .execution_on = row_date(result, 0, 19),
        .recalled = row_bool(result, 0, 20),
        .out = row_bool(result, 0, 21),
    };
    return 0;
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

int store_orders_waiting(struct store *store, struct date on, struct store_table **table)
{
    return SQL_TABLE(store, &WAITING_ORDERS, table, p_date(on));
}

int store_order_file_lock(struct store *store, int64_t file)
{
    return SQL_RUN(store, &FILE_LOCK, NULL, p_i64(file));
}

int store_order_file_cancel(struct store *store, int64_t file, int64_t order, const char *person,
                            struct date on, const char *reason, int64_t *others)
{
    CLEANUP(pq_clearp) PGresult *cancelled = NULL, *held = NULL;
    int r = SQL_RUN(store, &FILE_CANCEL, &cancelled, p_i64(file));

    if (!r && !sql_touched(cancelled))
        return STORE_E_NONE;
    if (!r)
        r = SQL_RUN(store, &FILE_ORDERS_CANCEL, NULL, p_i64(file), p_date(on));
    if (!r)
        r = SQL_RUN(store, &FILE_TRANCHES_CANCEL, NULL, p_i64(file), p_date(on));
    if (!r)
        r = SQL_RUN(store, &FILE_OTHERS, &held, p_i64(file), p_i64(order), p_text(person),
                    p_date(on), p_text(reason));
    if (!r)
        *others = sql_touched(held);
    if (!r)
        r = SQL_RUN(store, &FILE_OTHERS_HELD, NULL, p_i64(file), p_i64(order), p_date(on));
    return r ? r : SQL_RUN(store, &FILE_SUM, NULL, p_i64(file));
}

int store_contradictions(struct store *store, int64_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &CONTRADICT, &result, NULL, 0);

    if (!r)
        *count = row_i64(result, 0, 0);
    return r;
}
