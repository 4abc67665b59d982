/* Typed parameters in, typed rows out; every statement is prepared once a connection. */
#include "sql.h"
#include <base/text.h>

static void add_quoted(struct text *out, const char *s)
{
    text_add(out, "\"", 1);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_add(out, "\\", 1);
        text_add(out, s, 1);
    }
    text_add(out, "\"", 1);
}

/* One element of an array literal. */
static void add_element(struct text *out, const struct param *p, size_t i)
{
    char date[DATE_TEXT_MAX];
    const char *s;

    if (p->kind == PARAM_I64S) {
        text_addf(out, "%lld", (long long)((const int64_t *)p->pointer)[i]);
        return;
    }
    s = p->kind == PARAM_TEXTS ? ((const char *const *)p->pointer)[i]
                               : date_format(date, ((const struct date *)p->pointer)[i]);
    if (!s || (p->kind == PARAM_DATES && !*s))
        text_addf(out, "NULL");
    else
        add_quoted(out, s);
}

static const char *param_value(struct arena *arena, const struct param *p)
{
    CLEANUP(text_free) struct text array = { 0 };
    char date[DATE_TEXT_MAX];

    switch (p->kind) {
    case PARAM_I64:
        return arena_printf(arena, "%lld", (long long)p->i64);
    case PARAM_TEXT:
    case PARAM_BYTES:
        return p->pointer;
    case PARAM_DATE:
        return date_is_set(p->date) ? arena_strdup(arena, date_format(date, p->date)) : NULL;
    case PARAM_BOOL:
        return p->i64 ? "t" : "f";
    default:
        text_addf(&array, "{");
        for (size_t i = 0; i < p->length; i++) {
            if (i)
                text_add(&array, ",", 1);
            add_element(&array, p, i);
        }
        text_addf(&array, "}");
        return arena_strdup(arena, array.s);
    }
}

int sql_run(struct store *store, const struct stmt *stmt, PGresult **resultp,
            const struct param *params, size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct sql_values values = { .count = (int)count };

    if (count > SQL_VALUES_MAX)
        return err_raise(ERR_LIBRARY, "%s has too many parameters", stmt->name);
    for (size_t i = 0; i < count; i++) {
        values.texts[i] = param_value(arena, &params[i]);
        values.formats[i] = params[i].kind == PARAM_BYTES;
        values.lengths[i] = params[i].kind == PARAM_BYTES ? (int)params[i].length : 0;
    }
    return sql_execute(store, stmt, resultp, &values);
}

int64_t sql_touched(const PGresult *result)
{
    /* libpq wants a mutable pointer and changes nothing. */
    int64_t n;

    return text_to_i64(PQcmdTuples((PGresult *)(uintptr_t)result), 0, INT64_MAX, &n) ? n : 0;
}

int sql_expect(const PGresult *result, int64_t n, const char *what)
{
    int64_t touched = sql_touched(result);

    if (touched == n)
        return 0;
    return err_raise(ERR_DAMAGED, "%s touched %lld rows instead of %lld", what, (long long)touched,
                     (long long)n);
}

void sql_names(const PGresult *result, struct arena *arena, const char ***names, size_t *count)
{
    for (int i = 0; i < PQntuples(result); i++) {
        const char **name = arena_push(arena, *names, *count);

        *name = arena_strdup(arena, row_text(result, i, 0));
    }
}

struct store_table {
    PGresult *result;
};

int sql_table(struct store *store, const struct stmt *stmt, struct store_table **table,
              const struct param *params, size_t count)
{
    PGresult *result = NULL;
    int r = sql_run(store, stmt, &result, params, count);

    *table = NULL;
    if (r)
        return r < 0 ? err_trace(r) : err_raise(ERR_DB, "%s was refused", stmt->name);
    *table = mem_new(1, sizeof **table);
    (*table)->result = result;
    return 0;
}

void store_table_free(struct store_table *table)
{
    if (table)
        PQclear(table->result);
    free(table);
}

void store_table_freep(struct store_table **tablep)
{
    store_table_free(*tablep);
}

size_t store_table_rows(const struct store_table *table)
{
    return (size_t)PQntuples(table->result);
}

size_t store_table_columns(const struct store_table *table)
{
    return (size_t)PQnfields(table->result);
}

const char *store_table_name(const struct store_table *table, size_t column)
{
    return PQfname(table->result, (int)column);
}

struct store_cell store_table_cell(const struct store_table *table, size_t row, size_t column)
{
    const PGresult *r = table->result;
    int i = (int)row, j = (int)column;

    if (row_null(r, i, j))
        return (struct store_cell){ .kind = STORE_CELL_NULL };
    switch (PQftype(r, j)) {
    case 16: /* bool */
        return (struct store_cell){ .kind = STORE_CELL_BOOL, .integer = row_bool(r, i, j) };
    case 20: /* int8 */
    case 21:
    case 23:
        return (struct store_cell){ .kind = STORE_CELL_INTEGER, .integer = row_i64(r, i, j) };
    default:
        return (struct store_cell){ .kind = STORE_CELL_TEXT, .text = row_text(r, i, j) };
    }
}

const struct stmt *const *const SQL_LISTS[] = {
    sql_instance_stmts,   sql_journal_stmts, sql_scheme_stmts,
    sql_convention_stmts, sql_record_stmts,  sql_fact_stmts,
    sql_account_stmts,    sql_order_stmts,   sql_order_file_stmts,
    sql_document_stmts,   sql_request_stmts, sql_proposal_stmts,
    sql_seal_stmts,       sql_witness_stmts, sql_answer_stmts,
    sql_evidence_stmts,   sql_effect_stmts,  sql_balance_stmts,
    sql_mail_stmts,       sql_mailer_stmts,  NULL,
};

int store_prepare_all(struct store *store, unsigned *count)
{
    *count = 0;
    for (const struct stmt *const *const *list = SQL_LISTS; *list; list++)
        for (const struct stmt *const *s = *list; *s; s++, (*count)++) {
            int r = sql_prepare(store, *s);

            if (r < 0)
                return err_trace(r);
        }
    return 0;
}
