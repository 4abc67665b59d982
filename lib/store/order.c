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
    "amount_cents, reissue_of) SELECT r.tranche_id, r.convention_id, r.account_id, $1::bigint, r.end_to_end_id, "
    "r.amount_cents, (SELECT max(p.id + 0) FROM payment_order p "
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
    "(SELECT count(*) FROM order_file WHERE blocked <> '')",
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
#define ORDER_COLUMNS                                                                                                                   \
    "o.end_to_end_id, c.reference AS convention, t.position + 1 AS tranche, b.name AS beneficiary, b.siret, "                           \
    "o.amount_cents, CASE o.state WHEN 'prepared' THEN f.state ELSE o.state END AS state, f.execution_on, f.decided_on, f.message_id, " \
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
#define FILE_COLUMNS                                                                          \
    "f.message_id, f.file_name, s.code AS scheme, f.decided_on, f.execution_on, f.tx_count, " \
    "f.total_cents, f.state, encode(f.sha256, 'hex') AS sha256, f.blocked, "                  \
    "to_char(f.written_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS written_at, "                 \
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
    &FILE_INSERT, &INSERT, &NEXT,       &BODY,       &WAITING,     &BOOTED,    &WRITTEN,   &BLOCK,
    &UNTAKEN,     &TAKEN,  &DOUBT,      &RETURNED,   &OTHER_BOOT,  &BLOCKED,   &FIND,      &AFTER,
    &SETTLED,     &AGAIN,  &ORDER_LIST, &ORDER_SHOW, &FILE_ORDERS, &FILE_LIST, &FILE_SHOW, NULL,
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
                p_i64s(amounts, count), p_date(on), p_i64(file->scheme_id), p_i64((int64_t)count));
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

int store_order_files_waiting(struct store *store, int64_t *waiting, int64_t *blocked)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &WAITING, &result, NULL, 0);

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
