#include "ground.h"
#include "suite.h"
#include <stdio.h>
#include <store/migrate.h>
#include <unistd.h>

char conninfo[200], schema[32];
struct store_place place;
struct store *store;
PGconn *raw; /* as the server's superuser, search_path on the schema */
struct arena *arena;

void exec_ok(const char *sql)
{
    PGresult *r = PQexec(raw, sql);

    ck_assert_msg(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK,
                  "%s: %s", sql, PQerrorMessage(raw));
    PQclear(r);
}

/* SQL must fail with SQLSTATE STATE. */
void exec_refused(const char *state, const char *sql)
{
    PGresult *r = PQexec(raw, sql);

    ck_assert_msg(PQresultStatus(r) == PGRES_FATAL_ERROR, "accepted: %s", sql);
    ck_assert_msg(!strcmp(PQresultErrorField(r, PG_DIAG_SQLSTATE), state), "%s: %s", sql,
                  PQerrorMessage(raw));
    PQclear(r);
}

int64_t ask(const char *sql)
{
    PGresult *r = PQexec(raw, sql);
    int64_t v;

    ck_assert_msg(PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1, "%s: %s", sql,
                  PQerrorMessage(raw));
    v = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return v;
}

void bank_refuses(const char *where)
{
    char sql[1500];

    exec_ok(
        "INSERT INTO document (sha256, byte_count) SELECT sha256(convert_to(random()::text, 'UTF8')), 1");
    exec_ok(
        "INSERT INTO answer (document_id, imported_on, person) SELECT max(id), '2024-01-02', 'paul' FROM document");
    exec_ok(
        "INSERT INTO answer_status (answer_id, position, level, message_id, payment_id, instruction_id, end_to_end_id, uetr, code, "
        "reason, note, servicer_ref, amount, currency, creditor, creditor_iban, debtor_iban) SELECT max(id), 1, 'group', 'M', "
        "'', '', '', "
        "'', 'RJCT', '', '', '', '', '', '', '', '' FROM answer");
    snprintf(
        sql, sizeof sql,
        "INSERT INTO proof (order_id, event, status_id, happened_on) SELECT o.id, 'rejected', (SELECT max(id) FROM answer_status), "
        "'2024-01-02' FROM payment_order o WHERE o.state = 'prepared' AND %s",
        where);
    exec_ok(sql);
    snprintf(
        sql, sizeof sql,
        "WITH o AS (UPDATE payment_order o SET state = 'rejected' WHERE o.state = 'prepared' AND %s RETURNING o.amount_cents, "
        "o.convention_id), "
        "s AS (SELECT c.scheme_id, sum(o.amount_cents) AS cents FROM o JOIN convention c ON c.id = o.convention_id GROUP BY 1) "
        "UPDATE scheme_sum SET ordered_cents = ordered_cents - s.cents FROM s WHERE s.scheme_id = scheme_sum.scheme_id",
        where);
    exec_ok(sql);
    exec_ok(
        "UPDATE tranche SET state = 'rejected' WHERE state = 'ordered' AND NOT EXISTS (SELECT 1 FROM payment_order o WHERE "
        "o.tranche_id = "
        "tranche.id AND o.state = 'prepared')");
}

void reissue_refused(void)
{
    exec_ok(
        "INSERT INTO order_act (order_id, act, person, acted_on, reason) SELECT o.id, 'reissue', 'paul', '2024-01-02', 'again' "
        "FROM payment_order o WHERE o.state = 'rejected' ON CONFLICT DO NOTHING");
    exec_ok("UPDATE tranche SET state = 'held' WHERE state = 'rejected'");
}

void raw_as(const char *role)
{
    char sql[300];

    snprintf(sql, sizeof sql, "RESET ROLE; SET search_path = %s; SET client_min_messages = error",
             schema);
    exec_ok(sql);
    if (!role)
        return;
    snprintf(sql, sizeof sql, "SET ROLE tranched_%s_%s", schema, role);
    exec_ok(sql);
}

void ground_set_up(void)
{
    static unsigned number;
    const char *host = getenv("SANDBOX_PGHOST");
    char super[300];
    int from, to;

    ck_assert_msg(host != NULL, "SANDBOX_PGHOST is not set: see the top of this file");
    snprintf(schema, sizeof schema, "t%u_%u", (unsigned)getpid() % 100000, number++);
    snprintf(conninfo, sizeof conninfo, "host=%s dbname=tranched", host);
    setenv("PGUSER", "tranched_sandbox", 1);
    place = (struct store_place){
        .conninfo = conninfo, .schema = schema, .part = "daemon", .timeout_s = 5, .patience_s = 2
    };
    ck_assert_int_eq(migrate_run(&place, "rehearsal", &from, &to), 0);
    ck_assert_int_eq(from, 0);
    ck_assert_int_eq(to, store_version_built());
    ck_assert_int_eq(store_open_wait(&store, &place), STORE_READY);
    snprintf(super, sizeof super, "%s user=tranched_sandbox", conninfo);
    raw = PQconnectdb(super);
    ck_assert_int_eq(PQstatus(raw), CONNECTION_OK);
    raw_as(NULL);
    arena = arena_new();
}

void ground_tear_down(void)
{
    char sql[400];

    store_close(store);
    raw_as(NULL);
    snprintf(sql, sizeof sql,
             "DROP SCHEMA %s CASCADE; DROP OWNED BY tranched_%s_owner, tranched_%s_daemon; "
             "DROP ROLE tranched_%s_owner, tranched_%s_daemon",
             schema, schema, schema, schema, schema);
    exec_ok(sql);
    PQfinish(raw);
    arena_free(arena);
}
