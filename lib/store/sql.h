/* sql.h -- inside this floor: statements, typed parameters, typed results. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <libpq-fe.h>
#include <store/store.h>

/* A statement, prepared once a connection under its name. */
struct stmt {
    const char *name;
    const char *sql;
    bool binary; /* the result comes in binary: only for bytea columns */
};

struct param {
    enum param_kind {
        PARAM_I64,
        PARAM_TEXT,
        PARAM_DATE,
        PARAM_BOOL,
        PARAM_BYTES,
        PARAM_I64S,
        PARAM_TEXTS,
        PARAM_DATES,
    } kind;
    int64_t i64;
    struct date date;
    const void *pointer;
    size_t length;
};

static inline struct param p_i64(int64_t v)
{
    return (struct param){ .kind = PARAM_I64, .i64 = v };
}
static inline struct param p_cents(struct cents v)
{
    return p_i64(v.v);
}
/* NULL is SQL's null. */
static inline struct param p_text(const char *s)
{
    return (struct param){ .kind = PARAM_TEXT, .pointer = s };
}
/* An unset date is SQL's null. */
static inline struct param p_date(struct date d)
{
    return (struct param){ .kind = PARAM_DATE, .date = d };
}
static inline struct param p_bool(bool v)
{
    return (struct param){ .kind = PARAM_BOOL, .i64 = v };
}
static inline struct param p_bytes(const void *bytes, size_t length)
{
    return (struct param){ .kind = PARAM_BYTES, .pointer = bytes, .length = length };
}
static inline struct param p_i64s(const int64_t *v, size_t count)
{
    return (struct param){ .kind = PARAM_I64S, .pointer = v, .length = count };
}
/* NULL elements are SQL's null. */
static inline struct param p_texts(const char *const *v, size_t count)
{
    return (struct param){ .kind = PARAM_TEXTS, .pointer = v, .length = count };
}
static inline struct param p_dates(const struct date *v, size_t count)
{
    return (struct param){ .kind = PARAM_DATES, .pointer = v, .length = count };
}

/* A number of a header as the text of a statement. */
#define SQL_NUMBER_(n) #n
#define SQL_NUMBER(n) SQL_NUMBER_(n)

/* Runs a statement; *RESULTP is the caller's (pq_clearp), or pass NULL to look at nothing.
 * 0, a store_outcome other than STORE_E_NONE, or negative. */
int sql_run(struct store *store, const struct stmt *stmt, PGresult **resultp,
            const struct param *params, size_t count);

#define SQL_RUN(store, stmt, resultp, ...)                                     \
    sql_run((store), (stmt), (resultp), (const struct param[]){ __VA_ARGS__ }, \
            sizeof((const struct param[]){ __VA_ARGS__ }) / sizeof(struct param))

/* The same for a list: 0 and a table, or negative. */
int sql_table(struct store *store, const struct stmt *stmt, struct store_table **table,
              const struct param *params, size_t count);

#define SQL_TABLE(store, stmt, table, ...)                                     \
    sql_table((store), (stmt), (table), (const struct param[]){ __VA_ARGS__ }, \
              sizeof((const struct param[]){ __VA_ARGS__ }) / sizeof(struct param))

/* The order files that a movement m of the entry e may stand for as a whole: by their MsgId, or by
 * the PmtInfId that pain001.c makes of it. */
#define BATCH_MESSAGES                                                                  \
    "e.batch_message_id, m.message_id, regexp_replace(e.batch_payment_id, '-1$', ''), " \
    "regexp_replace(m.payment_id, '-1$', '')"

/* The codes of all refusals and returns of the order o, a line each; "?": one without any. */
#define REFUSALS                                                                            \
    "coalesce((SELECT string_agg(coalesce(nullif(x.code, ''), '?'), chr(10)) FROM (SELECT " \
    "p.code FROM proof p WHERE "                                                            \
    "p.order_id = o.id AND p.event IN ('rejected', 'returned') UNION ALL SELECT "           \
    "v.return_reason FROM movement v "                                                      \
    "WHERE v.order_id = o.id AND v.direction = 'CRDT' AND v.state = 'repeated') x), '')"

/* Parameters as libpq wants them. */
enum { SQL_VALUES_MAX = 24 };
struct sql_values {
    int count;
    const char *texts[SQL_VALUES_MAX];
    int lengths[SQL_VALUES_MAX], formats[SQL_VALUES_MAX];
};

/* What sql_run() stands on: prepares when needed, sends, waits, judges. */
int sql_prepare(struct store *store, const struct stmt *stmt);
int sql_execute(struct store *store, const struct stmt *stmt, PGresult **resultp,
                const struct sql_values *values);

/* Runs SQL that is not prepared (BEGIN, SET, a migration); several statements are allowed. */
int sql_simple(struct store *store, const char *sql, PGresult **resultp);

/* Connects as USER, or as the operating system's user when NULL, and waits. For migrations. */
int sql_open_as(struct store **storep, const struct store_place *place, const char *user);

/* NAME as an SQL identifier, quoted; the caller frees it with PQfreemem. */
char *sql_identifier(struct store *store, const char *name);

/* How many rows an UPDATE or INSERT touched. */
int64_t sql_touched(const PGresult *result);

/* 0 when the statement touched exactly N rows; else ERR_DAMAGED. */
int sql_expect(const PGresult *result, int64_t n, const char *what);

void pq_clearp(PGresult **resultp);

bool row_null(const PGresult *r, int row, int column);
int64_t row_i64(const PGresult *r, int row, int column);      /* null: 0 */
struct date row_date(const PGresult *r, int row, int column); /* null: unset */
bool row_bool(const PGresult *r, int row, int column);
const char *row_text(const PGresult *r, int row, int column); /* null: "" */

/* Appends the first column of all rows to NAMES, in ARENA. */
void sql_names(const PGresult *result, struct arena *arena, const char ***names, size_t *count);

/* A file's statements, for store_prepare_all(). */
typedef const struct stmt *const sql_stmts[];
extern sql_stmts sql_instance_stmts, sql_journal_stmts, sql_scheme_stmts, sql_convention_stmts;
extern sql_stmts sql_record_stmts, sql_fact_stmts, sql_account_stmts, sql_order_stmts,
    sql_order_file_stmts;
extern sql_stmts sql_document_stmts, sql_request_stmts, sql_proposal_stmts, sql_seal_stmts;
extern sql_stmts sql_witness_stmts, sql_answer_stmts, sql_evidence_stmts, sql_effect_stmts,
    sql_balance_stmts, sql_mail_stmts, sql_mailer_stmts;
/* All of them; NULL at the end. */
extern const struct stmt *const *const SQL_LISTS[];

#endif
