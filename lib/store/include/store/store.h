/* store/store.h -- the connection: opening it, transactions, and what can go wrong.
 *
 * There is no function that takes SQL: a new question to the database is a new function in the
 * header of its noun (instance.h, scheme.h, convention.h, order.h, journal.h).  All of them run
 * inside a transaction opened with store_begin(), and wait for the database with a deadline. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <base/date.h>
#include <base/err.h>
#include <base/mem.h>
#include <base/money.h>
#include <stdint.h>

/* Rows of a list that may have very many. */
#define STORE_LIST_MAX 1000

struct store; /* one connection */

/* Outcomes that several functions share; each says which it may answer. After any of them the
 * transaction can only be rolled back. */
enum store_outcome {
    STORE_E_NONE = 1, /* no such record (the transaction goes on) */
    STORE_E_EXISTS,   /* a unique constraint: it is there already */
    STORE_E_REFUSED,  /* another constraint; store_constraint() names it */
    STORE_E_BUSY,     /* somebody else holds the lock for too long, or a deadlock: try again */
};

struct store_place {
    const char *conninfo; /* libpq's, without user */
    const char *password; /* "": libpq looks for one as conninfo says */
    const char *schema;   /* the authority's */
    const char *part;     /* whose role: "daemon" or "mailer" */
    int timeout_s;        /* for one statement, and for COMMIT */
    int patience_s;   /* for a lock, for a peer, and of the server for us inside a transaction */
    bool synchronous; /* COMMIT waits for a standby; a server without one is not used */
    void (*on_wait)(void *); /* called about once a second while waiting: feeds the watchdog */
    void *on_wait_arg;
};

/* Begins to connect as the role of the place's part; does not block. Everything in PLACE must
 * outlive the store. Free with store_close() whatever is answered later. */
int store_open(struct store **storep, const struct store_place *place);

enum store_want { STORE_READY, STORE_WANT_READ, STORE_WANT_WRITE };

/* Goes on connecting once the descriptor is ready for what was wanted. STORE_READY: the session is
 * set up and can be used. Negative: away; close it and try again later. */
int store_open_step(struct store *store);

/* Waits for both, with the place's timeout: for tools. */
int store_open_wait(struct store **storep, const struct store_place *place);
int store_fd(const struct store *store);
void store_close(struct store *store);
void store_closep(struct store **storep);

/* The number of the last migration, and the one this program was built for. */
int store_version(struct store *store, int *version);
int store_version_built(void);

int store_begin(struct store *store);

/* To be called often by who works in a transaction without asking anything: the server ends one in
 * which it hears nothing for the place's patience, and the watchdog is fed by waiting for it. */
int store_keep(struct store *store);

/* The same for reading: one snapshot for all that is asked, and nothing is locked. */
int store_begin_read(struct store *store);

/* ERR_UNKNOWN: COMMIT was sent and nobody knows; close the connection, open another, look. */
int store_commit(struct store *store);

/* Safe at any time; after it the connection is usable or broken, which store_is_broken() tells. */
void store_rollback(struct store *store);
bool store_is_broken(const struct store *store);

/* The constraint named by the last STORE_E_EXISTS or STORE_E_REFUSED; "" for none. */
const char *store_constraint(const struct store *store);

/* Tells every process of the authority that plays PART, when this transaction commits, that there
 * is work. */
int store_notify(struct store *store, const char *part);

/* Asks to be told, as who plays the place's part; then store_heard() says whether anything came
 * since it was last asked (call it when the descriptor is readable). Negative: the connection is
 * lost. */
int store_listen(struct store *store);
int store_heard(struct store *store);

/* A result for people and programs: named columns, rows of text, integers, booleans, nulls. */
struct store_table;
void store_table_free(struct store_table *table);
void store_table_freep(struct store_table **tablep);

enum store_cell_kind { STORE_CELL_NULL, STORE_CELL_TEXT, STORE_CELL_INTEGER, STORE_CELL_BOOL };
struct store_cell {
    enum store_cell_kind kind;
    const char *text; /* valid as long as the table */
    int64_t integer;
};
size_t store_table_rows(const struct store_table *table);
size_t store_table_columns(const struct store_table *table);
const char *store_table_name(const struct store_table *table, size_t column);
struct store_cell store_table_cell(const struct store_table *table, size_t row, size_t column);

/* Prepares every statement of this floor, as a test of them against the schema. */
int store_prepare_all(struct store *store, unsigned *count);

#endif
