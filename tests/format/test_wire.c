/* The command table: complete, consistent, and answered by the use cases. */
#include "suite.h"
#include <app/app.h>
#include <base/tr.h>

START_TEST(every_command_has_help_a_role_and_arguments_of_one_kind_each)
{
    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++) {
        const struct wire_command *c = &WIRE_COMMANDS[i];
        const struct wire_arg *arg;
        bool optional = false;

        ck_assert_ptr_eq(wire_find(c->noun, c->verb), c);
        ck_assert(c->help && *c->help);
        ck_assert_uint_ne(c->roles, 0);
        for (size_t a = 0; (arg = wire_arg_at(c, a)); a++) {
            ck_assert_ptr_eq(wire_arg(c, arg->name), arg);
            if (arg->positional) {
                ck_assert_msg(!optional || !arg->required, "%s %s", c->noun, c->verb);
                optional = optional || !arg->required;
            }
        }
        ck_assert_msg(c->changes == (wire_arg(c, "reason") != NULL), "%s %s", c->noun, c->verb);
        ck_assert_msg(c->changes == (wire_arg(c, "check") != NULL), "%s %s", c->noun, c->verb);
    }
}
END_TEST

/* users-ask section 4: who enters an account cannot be who verifies it, by role and by person. */
START_TEST(nobody_may_both_propose_and_verify_and_the_admin_decides_nothing_about_money)
{
    ck_assert_uint_eq(
        wire_find("account", "propose")->roles & wire_find("account", "verify")->roles, 0);
    ck_assert_uint_eq(
        wire_find("convention", "import")->roles & wire_find("account", "verify")->roles, 0);
    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++) {
        const struct wire_command *c = &WIRE_COMMANDS[i];

        /* The clock is a rehearsal's; reconciling says what became of a file, never who is paid; a
         * mail moves no money. */
        if (c->changes && strcmp(c->noun, "clock") && strcmp(c->verb, "reconcile") &&
            strcmp(c->noun, "mail"))
            ck_assert_msg(!(c->roles & WIRE_ADMIN), "%s %s", c->noun, c->verb);
        if (c->changes)
            ck_assert_msg(!(c->roles & WIRE_VIEWER), "%s %s", c->noun, c->verb);
    }
    ck_assert_int_eq(WIRE_OFFICER, ROLE_OFFICER);
    ck_assert_int_eq(WIRE_APPROVER, ROLE_APPROVER);
    ck_assert_int_eq(WIRE_ADMIN, ROLE_ADMIN);
    ck_assert_int_eq(WIRE_ALL, ROLE_ANY);
}
END_TEST

/* Every command x every role, without a database: the role is asked first, the rest is "away". */
START_TEST(every_verb_asks_every_role_before_anything_else)
{
    static const enum role roles[] = { ROLE_VIEWER, ROLE_OFFICER, ROLE_APPROVER, ROLE_ADMIN };
    struct conf conf = { 0 };
    struct app app = { .conf = &conf };

    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++)
        for (size_t r = 0; r < ARRAY_LEN(roles); r++) {
            CLEANUP(json_freep) json_t *args = json_object();
            struct request request = { .command = &WIRE_COMMANDS[i],
                                       .caller = { "somebody", roles[r] },
                                       .id = "request-1",
                                       .args = args };
            struct answer answer;

            app_call(&app, &request, &answer);
            ck_assert_int_eq(answer.status, WIRE_COMMANDS[i].roles & (unsigned)roles[r]
                                                ? APP_AWAY
                                                : APP_FORBIDDEN);
            ck_assert(!answer.changed);
            json_decref(answer.result);
        }
}
END_TEST

START_TEST(totals_count_rows_and_sum_what_is_totalled)
{
    CLEANUP(json_freep)
    json_t *result = json_pack("{s:[{s:I},{s:I}]}", "files", "total_cents", (json_int_t)600000,
                               "total_cents", (json_int_t)1);
    json_t *totals;

    wire_add_totals(wire_find("file", "list"), result);
    totals = json_object_get(json_object_get(result, "totals"), "files");
    ck_assert_int_eq(json_integer_value(json_object_get(totals, "count")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(totals, "total_cents")), 600001);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire");
    TCase *t = tcase_create("commands");

    tr_language("en", "/nonexistent");
    tcase_add_test(t, every_command_has_help_a_role_and_arguments_of_one_kind_each);
    tcase_add_test(t, nobody_may_both_propose_and_verify_and_the_admin_decides_nothing_about_money);
    tcase_add_test(t, every_verb_asks_every_role_before_anything_else);
    tcase_add_test(t, totals_count_rows_and_sum_what_is_totalled);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
