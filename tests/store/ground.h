/* ground.h -- a schema of its own for each test, on a real PostgreSQL. */
#ifndef TESTS_STORE_GROUND_H
#define TESTS_STORE_GROUND_H

#include <libpq-fe.h>
#include <store/store.h>

extern char conninfo[200], schema[32];
extern struct store_place place;
extern struct store *store; /* as the daemon's role */
extern PGconn *raw;         /* as the server's superuser, search_path on the schema */
extern struct arena *arena;

/* Makes and drops all of it; for a checked fixture. */
void ground_set_up(void);
void ground_tear_down(void);

/* Over the raw connection: SQL that must work, SQL that must fail with SQLSTATE STATE, and SQL that
 * answers one number. */
void exec_ok(const char *sql);
void exec_refused(const char *state, const char *sql);
int64_t ask(const char *sql);

/* A bank refuses the prepared orders that WHERE (about payment_order o) names: it is proven, and
 * their tranches wait until a person has decided that they may be ordered again. */
void bank_refuses(const char *where);
void reissue_refused(void);

/* Goes on as the owner ("owner"), the daemon ("daemon") or the mailer ("mailer") of the schema;
 * NULL: as the superuser. */
void raw_as(const char *role);

#endif
