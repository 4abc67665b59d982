#include "sql.h"
#include <base/text.h>
#include <stdio.h>
#include <store/instance.h>

static const struct stmt READ = { "instance_read",
                                  "SELECT kind, rehearsal_on, rehearsal_target FROM instance",
                                  false };
static const struct stmt TARGET = {
    "instance_target",
    "UPDATE instance SET rehearsal_target = $1::date, rehearsal_on = coalesce(rehearsal_on, $1::date) "
    "WHERE kind = 'rehearsal'",
    false
};
static const struct stmt MOVE = {
    "instance_move",
    "UPDATE instance SET rehearsal_on = $1::date WHERE kind = 'rehearsal' AND rehearsal_on < $1::date",
    false
};
static const struct stmt TAKE = {
    "lease_take",
    "UPDATE lease SET number = greatest(number, $2::bigint) + 1, messages = 0, holder = $1::text, "
    "until = clock_timestamp() + $3::bigint * interval '1 second' "
    "WHERE until < clock_timestamp() OR holder = $1::text RETURNING number",
    false
};
static const struct stmt RENEW = {
    "lease_renew",
    "UPDATE lease SET until = clock_timestamp() + $3::bigint * interval '1 second' "
    "WHERE holder = $1::text AND number = $2::bigint AND until > clock_timestamp()",
    false
};
static const struct stmt RELEASE = {
    "lease_release",
    "UPDATE lease SET until = clock_timestamp() WHERE holder = $1::text AND number = $2::bigint",
    false
};
static const struct stmt END = {
    "lease_end", "UPDATE lease SET number = greatest(number, $1::bigint) + 1, messages = 0", false
};
static const struct stmt MESSAGE = {
    "lease_message",
    "UPDATE lease SET messages = messages + 1 WHERE number = $1::bigint RETURNING messages", false
};
static const struct stmt SHOW = {
    "lease_show",
    "SELECT number, (CASE WHEN until < '2000-01-01' THEN -1 ELSE extract(epoch FROM until - clock_timestamp()) * 1000 END)::bigint, "
    "holder FROM lease",
    false
};

const struct stmt *const sql_instance_stmts[] = { &READ,    &TARGET, &MOVE,    &TAKE, &RENEW,
                                                  &RELEASE, &END,    &MESSAGE, &SHOW, NULL };

int store_instance(struct store *store, struct instance *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &READ, &result, NULL, 0);

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "instance cannot be read");
    if (PQntuples(result) != 1)
        return err_raise(ERR_DAMAGED,
                         "the database does not say whether it is live or a rehearsal");
    *out = (struct instance){
        .rehearsal = !strcmp(row_text(result, 0, 0), "rehearsal"),
        .on = row_date(result, 0, 1),
        .target = row_date(result, 0, 2),
    };
    return 0;
}

/* Runs an UPDATE that must touch exactly one row. */
static int update_one(struct store *store, const struct stmt *stmt, const struct param *params,
                      size_t count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, stmt, &result, params, count);

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "%s was refused", stmt->name);
    return sql_expect(result, 1, stmt->name);
}

int store_clock_target(struct store *store, struct date target)
{
    return update_one(store, &TARGET, (struct param[]){ p_date(target) }, 1);
}

int store_clock_move(struct store *store, struct date on)
{
    return update_one(store, &MOVE, (struct param[]){ p_date(on) }, 1);
}

int store_lease_show(struct store *store, struct lease *lease)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &SHOW, &result, NULL, 0);

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "the lease cannot be read");
    *lease = (struct lease){ .number = row_i64(result, 0, 0), .until_ms = row_i64(result, 0, 1) };
    snprintf(lease->holder, sizeof lease->holder, "%s", row_text(result, 0, 2));
    return 0;
}

int store_lease_take(struct store *store, const char *holder, int64_t above, int seconds,
                     struct lease *lease)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &TAKE, &result, p_text(holder), p_i64(above), p_i64(seconds));

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "the lease cannot be taken");
    if (!PQntuples(result)) {
        r = store_lease_show(store, lease);
        return r < 0 ? err_trace(r) : STORE_E_NONE;
    }
    *lease = (struct lease){ .number = row_i64(result, 0, 0), .until_ms = seconds * INT64_C(1000) };
    return 0;
}

int store_lease_renew(struct store *store, const char *holder, int64_t number, int seconds)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &RENEW, &result, p_text(holder), p_i64(number), p_i64(seconds));

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "the lease cannot be renewed");
    return sql_touched(result) == 1 ? 0 : STORE_E_NONE;
}

int store_lease_release(struct store *store, const char *holder, int64_t number)
{
    int r = SQL_RUN(store, &RELEASE, NULL, p_text(holder), p_i64(number));

    return r < 0 ? err_trace(r) : 0;
}

int store_lease_end(struct store *store, int64_t above)
{
    return update_one(store, &END, (struct param[]){ p_i64(above) }, 1);
}

int store_lease_message(struct store *store, int64_t number, int64_t *counter)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &MESSAGE, &result, p_i64(number));

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "no message number can be drawn");
    if (PQntuples(result) != 1)
        return err_raise(ERR_DAMAGED, "the lease row is gone");
    *counter = row_i64(result, 0, 0);
    return 0;
}
