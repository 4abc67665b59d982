/* Every statement behind every command, tried by each role of the database: the daemon's may run
 * all of them, the mailer's those of the mailer alone.  EXPLAIN looks at the rights and runs
 * nothing. */
#include "ground.h"
#include "suite.h"
#include <base/text.h>
#include <sql.h>
#include <string.h>

/* The SQLSTATE with which ROLE is refused STMT; "" when it may. */
static const char *refusal(const char *role, const struct stmt *stmt)
{
    static char state[6];
    CLEANUP(text_free) struct text sql = { 0 };
    PGresult *result;
    const char *code;
    int parameters;

    raw_as(NULL);
    exec_ok("DEALLOCATE ALL");
    result = PQprepare(raw, "tried", stmt->sql, 0, NULL);
    ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "%s: %s", stmt->name,
                  PQerrorMessage(raw));
    PQclear(result);
    result = PQdescribePrepared(raw, "tried");
    parameters = PQnparams(result);
    PQclear(result);
    text_addf(&sql, "EXPLAIN EXECUTE tried");
    for (int i = 0; i < parameters; i++)
        text_addf(&sql, "%sNULL", i ? ", " : "(");
    text_addf(&sql, "%s", parameters ? ")" : "");
    raw_as(role);
    result = PQexec(raw, sql.s);
    code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    ck_assert_msg(code || PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQerrorMessage(raw));
    snprintf(state, sizeof state, "%s", code ? code : "");
    PQclear(result);
    return state;
}

static bool is_listed(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

START_TEST(each_statement_is_for_the_role_that_needs_it_and_no_other)
{
    /* They are about no table, or about the outbox, which the mailer reads and marks; what it must
     * not make of a mail a trigger of the table refuses. */
    static const char *const harmless[] = {
        "transaction_number", "journal_settled", "mail_list_open",
        "mail_list_all",      "mail_list_state", "mail_show",
        "mail_cancel",        "mail_counts",     "mail_readers",
        "mail_some_wait",     "mail_gather_on",  "mail_gathered",
        "mail_digested",      "mail_unnoted",    NULL
    };
    unsigned tried = 0, refused = 0;

    for (const struct stmt *const *const *list = SQL_LISTS; *list; list++)
        for (const struct stmt *const *s = *list; *s; s++) {
            bool mailers = *list == sql_mailer_stmts || is_listed((*s)->name, harmless);
            const char *state = refusal("mailer", *s);

            ck_assert_msg(!strcmp(state, mailers ? "" : "42501"), "%s by the mailer: \"%s\"",
                          (*s)->name, state);
            refused += !mailers;
            state = refusal("daemon", *s);
            ck_assert_msg(!*state, "%s by the daemon: %s", (*s)->name, state);
            tried++;
        }
    ck_assert_uint_gt(tried, 200);
    ck_assert_uint_gt(refused, tried - 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("roles");
    TCase *tcase = tcase_create("statements");

    tcase_add_checked_fixture(tcase, ground_set_up, ground_tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, each_statement_is_for_the_role_that_needs_it_and_no_other);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
