#include "migrations.h"
#include "sql.h"
#include <base/log.h>
#include <base/text.h>
#include <stdio.h>
#include <store/migrate.h>

static const struct stmt VERSION = { "schema_version",
                                     "SELECT coalesce(max(number), 0) FROM schema_version", false };

int store_version(struct store *store, int *version)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &VERSION, &result, NULL, 0);

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "schema_version cannot be read");
    *version = (int)row_i64(result, 0, 0);
    return 0;
}

int store_version_built(void)
{
    return STORE_MIGRATIONS_COUNT;
}

/* Runs SQL made from a format whose only arguments are names checked by the settings' table. */
__attribute__((format(printf, 2, 3))) static int run(struct store *store, const char *format, ...)
{
    char sql[2048];
    va_list ap;
    int r;

    va_start(ap, format);
    vsnprintf(sql, sizeof sql, format, ap);
    va_end(ap);
    r = sql_simple(store, sql, NULL);
    return r > 0 ? err_raise(ERR_DB, "database: refused: %s", sql) : r;
}

/* Of two at once the second waits here, and then finds everything done. Ends with the connection.
 */
static int one_at_a_time(struct store *store, const char *schema)
{
    return run(store, "SELECT pg_advisory_lock(hashtextextended('tranched_%s_migrate', 0))",
               schema);
}

/* The roles and the schema, as far as they are missing. */
static int make_ground(struct store *store, const char *schema)
{
    return run(
        store,
        "BEGIN; DO $$ BEGIN "
        "IF to_regrole('tranched_%s_owner') IS NULL THEN CREATE ROLE tranched_%s_owner NOLOGIN; END IF; "
        "IF to_regrole('tranched_%s_daemon') IS NULL THEN CREATE ROLE tranched_%s_daemon LOGIN; END IF; "
        "IF to_regrole('tranched_%s_mailer') IS NULL THEN CREATE ROLE tranched_%s_mailer LOGIN; END IF; "
        "END $$; "
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %%I FROM PUBLIC', current_database()); END $$; "
        "CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION tranched_%s_owner; COMMIT",
        schema, schema, schema, schema, schema, schema, schema, schema);
}

static int become_owner(struct store *store, const char *schema)
{
    return run(
        store,
        "SET ROLE tranched_%s_owner; SET search_path = %s, pg_temp; SET statement_timeout = 0; "
        "SELECT set_config('tranched.daemon_role', 'tranched_%s_daemon', false), "
        "set_config('tranched.mailer_role', 'tranched_%s_mailer', false); "
        "CREATE TABLE IF NOT EXISTS schema_version (number integer PRIMARY KEY, name text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())",
        schema, schema, schema, schema);
}

static int apply(struct store *store, const struct store_migration *m)
{
    int r = run(store, "BEGIN");

    if (!r)
        r = sql_simple(store, m->sql, NULL);
    if (!r)
        r = run(store, "INSERT INTO schema_version (number, name) VALUES (%d, '%s')", m->number,
                m->name);
    if (!r)
        r = run(store, "COMMIT");
    if (r)
        run(store, "ROLLBACK");
    return r > 0 ? err_raise(ERR_DB, "migration %s was refused", m->name) : r;
}

/* Whether the kind asked for is the one the database has; a fresh one takes it. */
static int settle_kind(struct store *store, const char *kind)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_simple(store, "SELECT kind FROM instance", &result);

    if (r)
        return r > 0 ? err_raise(ERR_DB, "instance cannot be read") : r;
    if (PQntuples(result))
        return kind && strcmp(kind, row_text(result, 0, 0)) != 0 ? MIGRATE_E_KIND : 0;
    return kind ? run(store, "INSERT INTO instance (kind) VALUES ('%s')", kind) : MIGRATE_E_KIND;
}

/* Whether the schema is there; a new one is made only once its kind is known. */
static int schema_exists(struct store *store, const char *schema, bool *exists)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    char sql[128];
    int r;

    snprintf(sql, sizeof sql, "SELECT to_regnamespace('%s') IS NOT NULL", schema);
    r = sql_simple(store, sql, &result);
    *exists = !r && row_bool(result, 0, 0);
    return r;
}

static int migrate(struct store *store, const char *schema, const char *kind, int *from, int *to)
{
    bool exists;
    int r = one_at_a_time(store, schema);

    if (!r)
        r = schema_exists(store, schema, &exists);
    if (!r && !exists && !kind)
        return MIGRATE_E_KIND;
    if (!r)
        r = make_ground(store, schema);
    if (!r)
        r = become_owner(store, schema);
    if (r == ERR_DB)
        return MIGRATE_E_ROLE;
    if (!r)
        r = store_version(store, from);
    if (r)
        return r;
    if (*from > STORE_MIGRATIONS_COUNT)
        return MIGRATE_E_NEWER;
    if (*from == 0 && !kind)
        return MIGRATE_E_KIND;
    for (*to = *from; !r && *to < STORE_MIGRATIONS_COUNT; ++*to)
        r = apply(store, &STORE_MIGRATIONS[*to]);
    if (!r)
        r = settle_kind(store, kind);
    if (!r)
        r = sql_simple(store, STORE_GRANTS, NULL);
    return r;
}

int migrate_run(const struct store_place *place, const char *kind, int *from, int *to)
{
    CLEANUP(store_closep) struct store *store = NULL;
    int r = sql_open_as(&store, place, NULL);

    if (r < 0)
        return err_trace(r);
    return migrate(store, place->schema, kind, from, to);
}
