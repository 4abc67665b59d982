/* One connection.  Statements are sent without blocking and waited for with poll() and a deadline,
 * so that a dead peer costs seconds and the watchdog is fed meanwhile. */
#include "sql.h"
#include <base/failpoint.h>
#include <base/instant.h>
#include <base/log.h>
#include <base/text.h>
#include <poll.h>
#include <stdio.h>

struct store {
    PGconn *pg;
    const struct store_place *place;
    bool broken, in_transaction, warned;
    int64_t heard_ms; /* when the server answered last */
    char constraint[64];
    const struct stmt **prepared;
    size_t prepared_count;
};

void pq_clearp(PGresult **resultp)
{
    PQclear(*resultp);
}

static int away(struct store *store, const char *what)
{
    store->broken = true;
    return err_raise(ERR_DB_AWAY, "database: %s: %s", what, PQerrorMessage(store->pg));
}

/* A warning that comes with COMMIT means that its outcome is unknown (a node behind it failed). */
static void on_notice(void *arg, const PGresult *result)
{
    struct store *store = arg;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity && !strcmp(severity, "WARNING")) {
        store->warned = true;
        log_warning("database: %s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    }
}

static int start(struct store **storep, const struct store_place *place, const char *user)
{
    struct store *store = mem_new(1, sizeof *store);
    char peer_ms[16];
    const char *keywords[] = { "dbname",
                               "user",
                               "application_name",
                               "connect_timeout",
                               "tcp_user_timeout",
                               "keepalives_idle",
                               "client_encoding",
                               "password",
                               NULL };
    const char *values[] = { place->conninfo,
                             user,
                             "tranched",
                             "10",
                             peer_ms,
                             "10",
                             "UTF8",
                             place->password, /* libpq takes "" and NULL for none */
                             NULL };

    *storep = store;
    store->place = place;
    snprintf(peer_ms, sizeof peer_ms, "%d", place->patience_s * 1000);
    if (!user) { /* leave out the second pair, so that libpq takes the operating system's user */
        keywords[1] = "application_name";
        values[1] = "tranched";
    }
    store->pg = PQconnectStartParams(keywords, values, 1);
    if (!store->pg)
        return err_raise(ERR_LIBRARY, "libpq gave no connection");
    if (PQstatus(store->pg) == CONNECTION_BAD)
        return away(store, "cannot connect");
    PQsetNoticeReceiver(store->pg, on_notice, store);
    return 0;
}

int store_open(struct store **storep, const struct store_place *place)
{
    char user[64];

    snprintf(user, sizeof user, "tranched_%s_%s", place->schema, place->part);
    return start(storep, place, user);
}

static int refuse_server(struct store *store, const char *why)
{
    store->broken = true;
    return err_raise(ERR_DB_AWAY, "database: %s", why);
}

/* A pooler in transaction mode would break LISTEN and prepared statements in silence; that the
 * server's process is another one than libpq was told betrays it.  A standby shows what was. */
static int check_server(struct store *store)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_simple(store,
                       "SELECT pg_backend_pid(), pg_is_in_recovery(), "
                       "current_setting('synchronous_standby_names') <> ''",
                       &result);
    int64_t pid;

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "the server does not say what it is");
    if (!text_to_i64(row_text(result, 0, 0), 1, INT32_MAX, &pid) || pid != PQbackendPID(store->pg))
        return refuse_server(store, "a pooler stands between: connect to PostgreSQL itself");
    if (row_bool(result, 0, 1))
        return refuse_server(store,
                             "this server is a standby; waiting for one that can be written");
    if (store->place->synchronous && !row_bool(result, 0, 2))
        return refuse_server(store,
                             "database.standby is \"synchronous\" and this server names none "
                             "in synchronous_standby_names");
    return 0;
}

static int session_set_up(struct store *store)
{
    CLEANUP(text_free) struct text sql = { 0 };
    char *schema;
    int r;

    PQsetnonblocking(store->pg, 1);
    schema = sql_identifier(store, store->place->schema);
    if (!schema)
        return away(store, "schema");
    text_addf(
        &sql,
        "SET search_path = %s; SET client_min_messages = warning; SET datestyle = 'ISO, YMD'; "
        "SET timezone = 'UTC'; SET statement_timeout = %d; SET lock_timeout = %d; "
        "SET idle_in_transaction_session_timeout = %d; "
        /* Plans are made once a connection, perhaps when a table was still empty; one that reads a
         * whole table for each row would be kept when there are a hundred thousand. */
        "SET enable_seqscan = off; SET enable_mergejoin = off; SET random_page_cost = 1.1; SET jit = off%s",
        schema, store->place->timeout_s * 1000, store->place->patience_s * 1000,
        store->place->patience_s * 1000,
        store->place->synchronous ? "; SET synchronous_commit = remote_apply" : "");
    PQfreemem(schema);
    r = sql_simple(store, sql.s, NULL);
    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "the session cannot be set up");
    return check_server(store);
}

int store_open_step(struct store *store)
{
    int r;

    switch (PQconnectPoll(store->pg)) {
    case PGRES_POLLING_READING:
        return STORE_WANT_READ;
    case PGRES_POLLING_WRITING:
        return STORE_WANT_WRITE;
    case PGRES_POLLING_OK:
        r = session_set_up(store);
        return r < 0 ? err_trace(r) : STORE_READY;
    default:
        return away(store, "cannot connect");
    }
}

/* Waits until the socket can be read, or also written to when WRITE. */
static int wait_socket(struct store *store, bool write, int64_t deadline)
{
    struct pollfd p = { .fd = PQsocket(store->pg), .events = POLLIN };

    if (write)
        p.events |= POLLOUT;
    for (;;) {
        int64_t left = deadline - monotonic_ms();
        int n;

        if (left <= 0)
            return away(store, "no answer in time");
        n = poll(&p, 1, left > 1000 ? 1000 : (int)left);
        if (store->place->on_wait)
            store->place->on_wait(store->place->on_wait_arg);
        if (n > 0)
            return 0;
    }
}

static int64_t deadline(const struct store *store)
{
    /* A little later than statement_timeout, so that the server is the one that says so. */
    return monotonic_ms() + store->place->timeout_s * INT64_C(1000) + 1000;
}

static int open_wait(struct store *store)
{
    int64_t until = deadline(store);

    for (;;) {
        int r = store_open_step(store);

        if (r <= STORE_READY)
            return r;
        r = wait_socket(store, r == STORE_WANT_WRITE, until);
        if (r < 0)
            return err_trace(r);
    }
}

int store_open_wait(struct store **storep, const struct store_place *place)
{
    int r = store_open(storep, place);

    return r < 0 ? err_trace(r) : open_wait(*storep);
}

int sql_open_as(struct store **storep, const struct store_place *place, const char *user)
{
    int r = start(storep, place, user);

    return r < 0 ? err_trace(r) : open_wait(*storep);
}

int store_fd(const struct store *store)
{
    return PQsocket(store->pg);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    PQfinish(store->pg);
    free(store->prepared);
    free(store);
}

void store_closep(struct store **storep)
{
    store_close(*storep);
}

bool store_is_broken(const struct store *store)
{
    return store->broken;
}

const char *store_constraint(const struct store *store)
{
    return store->constraint;
}

char *sql_identifier(struct store *store, const char *name)
{
    return PQescapeIdentifier(store->pg, name, strlen(name));
}

/* Sends what is queued and collects the last result of the statement. */
static int collect(struct store *store, PGresult **resultp)
{
    int64_t until = deadline(store);
    PGresult *last = NULL, *next;
    int r;

    while ((r = PQflush(store->pg)) > 0 || PQisBusy(store->pg)) {
        int waited = wait_socket(store, r > 0, until);

        if (waited < 0)
            return err_trace(waited);
        if (!PQconsumeInput(store->pg))
            return away(store, "connection lost");
    }
    if (r < 0)
        return away(store, "connection lost");
    while ((next = PQgetResult(store->pg))) {
        PQclear(last);
        last = next;
        if (PQresultStatus(last) == PGRES_FATAL_ERROR)
            break;
        while (PQisBusy(store->pg)) {
            int waited = wait_socket(store, false, until);

            if (waited < 0 || !PQconsumeInput(store->pg)) {
                PQclear(last);
                return waited < 0 ? err_trace(waited) : away(store, "connection lost");
            }
        }
    }
    while (last && PQresultStatus(last) == PGRES_FATAL_ERROR && (next = PQgetResult(store->pg)))
        PQclear(next);
    if (!last)
        return away(store, "no result");
    *resultp = last;
    return 0;
}

/* The session is over, or is not what it was: the server ends, became a standby, lost our prepared
 * statements, or a table changed under a plan. */
static bool needs_new_session(const char *state)
{
    static const char *const STATES[] = { "57P", "08", "25P03", "25006", "26000", "0A000" };

    for (size_t i = 0; i < ARRAY_LEN(STATES); i++)
        if (!strncmp(state, STATES[i], strlen(STATES[i])))
            return true;
    return false;
}

/* What an error of the server means to us. */
static int judge(struct store *store, const PGresult *result, const char *name)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    snprintf(store->constraint, sizeof store->constraint, "%s", constraint ? constraint : "");
    if (!state || PQstatus(store->pg) == CONNECTION_BAD || needs_new_session(state))
        return away(store, name);
    if (!strcmp(state, "23505"))
        return STORE_E_EXISTS;
    if (!strncmp(state, "23", 2))
        return STORE_E_REFUSED;
    if (!strcmp(state, "55P03") || !strcmp(state, "40P01") || !strcmp(state, "40001"))
        return STORE_E_BUSY;
    return err_raise(ERR_DB, "database: %s: %s: %s", name, state,
                     PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Collects and judges; hands the result on only when it is good. */
static int finish(struct store *store, const char *name, PGresult **resultp)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    ExecStatusType status;
    int r = collect(store, &result);

    if (r < 0)
        return err_trace(r);
    store->heard_ms = monotonic_ms();
    status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return judge(store, result, name);
    if (resultp)
        *resultp = STEAL(result);
    return 0;
}

int sql_simple(struct store *store, const char *sql, PGresult **resultp)
{
    if (store->broken)
        return ERR_DB_AWAY;
    if (!PQsendQuery(store->pg, sql))
        return away(store, "cannot send");
    return finish(store, sql, resultp);
}

int store_keep(struct store *store)
{
    enum { SOON_MS = 500 };

    return monotonic_ms() - store->heard_ms < SOON_MS ? 0 : sql_simple(store, "SELECT", NULL);
}

int sql_prepare(struct store *store, const struct stmt *stmt)
{
    int r;

    if (store->broken)
        return ERR_DB_AWAY;
    for (size_t i = 0; i < store->prepared_count; i++)
        if (store->prepared[i] == stmt)
            return 0;
    if (!PQsendPrepare(store->pg, stmt->name, stmt->sql, 0, NULL))
        return away(store, "cannot send");
    r = finish(store, stmt->name, NULL);
    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "%s cannot be prepared", stmt->name);
    store->prepared = mem_grow(store->prepared, store->prepared_count + 1, sizeof *store->prepared);
    store->prepared[store->prepared_count++] = stmt;
    return 0;
}

int sql_execute(struct store *store, const struct stmt *stmt, PGresult **resultp,
                const struct sql_values *values)
{
    int r = sql_prepare(store, stmt);

    if (r < 0)
        return err_trace(r);
    if (!PQsendQueryPrepared(store->pg, stmt->name, values->count, values->texts, values->lengths,
                             values->formats, stmt->binary))
        return away(store, "cannot send");
    return finish(store, stmt->name, resultp);
}

static int begin(struct store *store, const char *sql)
{
    int r = sql_simple(store, sql, NULL);

    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "BEGIN refused");
    store->in_transaction = true;
    store->constraint[0] = '\0';
    return 0;
}

int store_begin(struct store *store)
{
    return begin(store, "BEGIN");
}

int store_begin_read(struct store *store)
{
    return begin(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

int store_commit(struct store *store)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r;

    store->warned = false;
    if (store->broken)
        return ERR_DB_AWAY;
    FAILPOINT(commit_not_sent);
    if (!PQsendQuery(store->pg, "COMMIT"))
        return away(store, "cannot send COMMIT"); /* nothing was sent: not committed */
    FAILPOINT(commit_sent);
    store->in_transaction = false;
    r = finish(store, "COMMIT", &result);
    FAILPOINT(commit_answered);
    if (r > 0)
        return err_raise(ERR_DB, "COMMIT refused");
    if (r == ERR_DB_AWAY || (!r && store->warned)) {
        store->broken = true;
        return err_raise(ERR_UNKNOWN, "the outcome of COMMIT is not known");
    }
    if (!r && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        return err_raise(ERR_DB, "COMMIT was answered with %s", PQcmdStatus(result));
    return r < 0 ? err_trace(r) : 0;
}

void store_rollback(struct store *store)
{
    if (store->broken || !store->in_transaction)
        return;
    store->in_transaction = false;
    if (sql_simple(store, "ROLLBACK", NULL) != 0)
        store->broken = true;
}

int store_notify(struct store *store, const char *part)
{
    CLEANUP(text_free) struct text sql = { 0 };
    int r;

    text_addf(&sql, "NOTIFY tranched_%s_%s", store->place->schema, part); /* a-z, 0-9, _ */
    r = sql_simple(store, sql.s, NULL);
    return r < 0 ? err_trace(r) : r > 0 ? err_raise(ERR_DB, "NOTIFY refused") : 0;
}

int store_listen(struct store *store)
{
    CLEANUP(text_free) struct text sql = { 0 };
    int r;

    text_addf(&sql, "LISTEN tranched_%s_%s", store->place->schema, store->place->part);
    r = sql_simple(store, sql.s, NULL);
    return r < 0 ? err_trace(r) : r > 0 ? err_raise(ERR_DB, "LISTEN refused") : 0;
}

int store_heard(struct store *store)
{
    PGnotify *n;
    int heard = 0;

    if (!PQconsumeInput(store->pg))
        return away(store, "connection lost");
    while ((n = PQnotifies(store->pg))) {
        heard = 1;
        PQfreemem(n);
    }
    return heard;
}
