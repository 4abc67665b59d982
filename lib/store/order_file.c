#include "sql.h"
#include <store/order_file.h>

static const struct stmt FILE_INSERT = {
    "order_file_insert",
    "INSERT INTO order_file (message_id, file_name, scheme_id, decided_on, execution_on, tx_count, total_cents, "
    "sha256, body, lease_number, host) VALUES ($1::text, $2::text, $3::bigint, $4::date, $5::date, $6::int, "
    "$7::bigint, $8::bytea, $9::bytea, $10::bigint, $11::text) RETURNING id",
    false
};
/* Nobody would decide one of its orders at this moment; that can change. */
#define DOUBTFUL "EXISTS (SELECT 1 FROM order_doubtful d WHERE d.order_file_id = f.id)"
/* Nobody will decide one of them again; what never began to be put out can be taken back. */
#define UNWANTED "EXISTS (SELECT 1 FROM order_unwanted u WHERE u.order_file_id = f.id)"
static const struct stmt NEXT = {
    "order_file_next",
    "SELECT f.id, f.scheme_id, f.message_id, f.file_name, f.tx_count, f.total_cents, f.lease_number, f.boot_id, f.again, " DOUBTFUL
    ", (SELECT code FROM scheme WHERE id = f.scheme_id), f.state = 'prepared' AND " UNWANTED
    " FROM order_file f WHERE "
    "(f.state = 'prepared' OR f.again) AND f.host = $1::text AND f.blocked = '' ORDER BY f.id LIMIT 1",
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
/* The conventions of a file's orders, locked in their order. */
static const struct stmt FILE_LOCK = {
    "order_file_lock",
    "SELECT c.id FROM convention c WHERE c.id IN (SELECT o.convention_id FROM payment_order o WHERE o.order_file_id = $1::bigint) "
    "ORDER BY c.id FOR UPDATE",
    false
};
static const struct stmt FILE_CANCEL = {
    "order_file_cancel",
    "UPDATE order_file SET state = 'cancelled', blocked = '', again = false WHERE id = $1::bigint AND state = 'prepared' "
    "AND (NOT again OR boot_id IS NULL)",
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
/* Those that nobody wanted to cancel may be ordered again, but for those that nobody would order.
 */
#define STAYS_CANCELLED                                                                  \
    "SELECT u.id FROM order_unwanted u WHERE u.order_file_id = $1::bigint AND u.why IN " \
    "('terminated', 'grant_lowered') UNION ALL SELECT d.id FROM order_doubtful d WHERE " \
    "d.order_file_id = $1::bigint AND d.why = 'earlier_order'"
static const struct stmt FILE_OTHERS = {
    "order_file_others",
    "INSERT INTO order_act (order_id, act, person, acted_on, reason) SELECT o.id, 'reissue', $3::text, $4::date, $5::text "
    "FROM payment_order o WHERE o.order_file_id = $1::bigint AND o.id <> $2::bigint AND o.id NOT IN (" STAYS_CANCELLED
    ")",
    false
};
static const struct stmt FILE_OTHERS_HELD = {
    "order_file_others_held",
    "WITH t AS (UPDATE tranche SET state = 'held', since_on = $3::date FROM payment_order o WHERE o.tranche_id = tranche.id "
    "AND o.order_file_id = $1::bigint AND o.id <> $2::bigint AND o.id NOT IN (" STAYS_CANCELLED ")"
    " RETURNING tranche.convention_id) "
    "UPDATE convention SET look_on = $3::date FROM t WHERE convention.id = t.convention_id",
    false
};
static const struct stmt FILE_TERMINATED = {
    "order_file_terminated",
    "SELECT c.reference, t.position FROM payment_order o JOIN tranche t ON t.id = o.tranche_id JOIN convention c ON c.id = o.convention_id "
    "WHERE o.order_file_id = $1::bigint AND c.state = 'terminated' ORDER BY 1, 2",
    false
};
static const struct stmt FILE_SUM = {
    "order_file_sum_lower",
    "UPDATE scheme_sum SET ordered_cents = ordered_cents - f.total_cents FROM order_file f "
    "WHERE f.id = $1::bigint AND scheme_sum.scheme_id = f.scheme_id",
    false
};
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

const struct stmt *const sql_order_file_stmts[] = { &FILE_INSERT,
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
                                                    &FILE_LIST,
                                                    &FILE_SHOW,
                                                    &FILE_LOCK,
                                                    &FILE_CANCEL,
                                                    &FILE_ORDERS_CANCEL,
                                                    &FILE_TRANCHES_CANCEL,
                                                    &FILE_OTHERS,
                                                    &FILE_OTHERS_HELD,
                                                    &FILE_TERMINATED,
                                                    &FILE_SUM,
                                                    NULL };

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
    file->doubtful = row_bool(result, 0, 9);
    file->scheme = arena_strdup(arena, row_text(result, 0, 10));
    file->unwanted = row_bool(result, 0, 11);
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

int store_file_list(struct store *store, struct store_table **table)
{
    return sql_table(store, &FILE_LIST, table, NULL, 0);
}

int store_file_show(struct store *store, const char *message_id, struct store_table **table)
{
    return SQL_TABLE(store, &FILE_SHOW, table, p_text(message_id));
}

int store_order_file_terminated(struct store *store, int64_t file, struct store_table **table)
{
    struct param params[] = { p_i64(file) };

    return sql_table(store, &FILE_TERMINATED, table, params, 1);
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
