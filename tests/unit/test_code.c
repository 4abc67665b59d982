/* Codes: what a bank's words stop, and the few whose meaning changes what may be paid again. */
#include "suite.h"
#include <base/mem.h>
#include <core/code.h>

START_TEST(the_gravest_reason_decides)
{
    static const struct {
        const char *codes;
        enum reason_class class;
    } all[] = {
        { "AM05", REASON_TECHNICAL },
        { "AM04", REASON_FUNDS },
        { "AC04", REASON_DATA },
        { "AM05 AM04", REASON_FUNDS },
        { "AM04 AM05", REASON_FUNDS },
        { "AM04 AC01 AM05", REASON_DATA },
        { "RJCT AM04", REASON_FUNDS },
        { "AM04 RJCT", REASON_FUNDS },
        { "", REASON_DATA },
        { "NEVER-HEARD", REASON_DATA },
        { "FF01 AC04 AM04", REASON_DATA },
        { "NARR AM04", REASON_FUNDS },
        { "NARR", REASON_DATA },
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        ck_assert_msg(reason_codes_class(all[i].codes) == all[i].class, "\"%s\"", all[i].codes);
}
END_TEST

START_TEST(one_line_that_speaks_of_the_account_is_enough)
{
    ck_assert(!reason_lines_speak_of_account(""));
    ck_assert(!reason_lines_speak_of_account("AM04"));
    ck_assert(!reason_lines_speak_of_account("AM04\nAM05"));
    ck_assert(reason_lines_speak_of_account("AC04"));
    ck_assert(reason_lines_speak_of_account("AM04\nAC04"));
    ck_assert(reason_lines_speak_of_account("AC04\nAM04"));
    ck_assert(reason_lines_speak_of_account("AM04\nAM05 AC04\nAM04"));
}
END_TEST

START_TEST(a_refusal_as_a_copy_is_known_among_others)
{
    static const char *const copies[] = { "AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05" };

    for (size_t i = 0; i < ARRAY_LEN(copies); i++)
        ck_assert_msg(reason_codes_say_copy(copies[i]), "%s", copies[i]);
    ck_assert(reason_codes_say_copy("AM04 AM05"));
    ck_assert(reason_codes_say_copy("DU03 AC04"));
    ck_assert(!reason_codes_say_copy(""));
    ck_assert(!reason_codes_say_copy("AM04"));
    ck_assert(!reason_codes_say_copy("AM04 AC04 DU06"));
    ck_assert(!reason_codes_say_copy("AM0"));
}
END_TEST

START_TEST(the_answers_to_a_recall_are_four)
{
    static const char *const answers[] = { RECALL_ANSWERS };

    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        ck_assert_msg(status_answers_recall(answers[i]), "%s", answers[i]);
    ck_assert(!status_answers_recall("ACSC"));
    ck_assert(!status_answers_recall("RJCT"));
    ck_assert(!status_answers_recall(""));
}
END_TEST

START_TEST(some_reasons_mean_another_thing_in_the_answer_to_a_recall)
{
    static const char *const own[] = { "AC04", "AGNT", "AM04", "ARDT", "CUST", "INDM",
                                       "LEGL", "NOAS", "NOOR", "PTNA", "RQDA" };

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        ck_assert_msg(recall_reason_what(own[i]) != NULL, "%s", own[i]);
    ck_assert_str_eq(recall_reason_what("AM04"),
                     "there is not enough money on the payee's account");
    ck_assert_str_eq(recall_reason_what("CUST"), "the payee does not agree");
    ck_assert_str_eq(recall_reason_what("RQDA"), "the payee must allow a debit first");
    ck_assert_ptr_null(recall_reason_what("AM05"));
    ck_assert_ptr_null(recall_reason_what(""));
}
END_TEST

static void check_status(const struct status_code *code, void *arg)
{
    (*(unsigned *)arg)++;
    ck_assert_ptr_eq(status_code_find(code->code), code);
    ck_assert_uint_eq(strlen(code->code), 4);
    ck_assert_uint_gt(strlen(code->what), 0);
}

static void check_reason(const struct reason_code *code, void *arg)
{
    (*(unsigned *)arg)++;
    ck_assert_ptr_eq(reason_code_find(code->code), code); /* sorted: a search finds each */
    ck_assert_uint_gt(strlen(code->what), 0);
}

START_TEST(every_code_is_found_and_no_other)
{
    unsigned statuses = 0, reasons = 0;

    status_codes_each(check_status, &statuses);
    reason_codes_each(check_reason, &reasons);
    ck_assert_uint_ge(statuses, 25);
    ck_assert_uint_ge(reasons, 300);
    ck_assert_int_eq(status_code_find("RJCT")->event, OE_REJECTED);
    ck_assert_int_eq(status_code_find("PART")->event, OE_NOTHING);
    ck_assert_ptr_null(status_code_find("0000"));
    ck_assert_ptr_null(reason_code_find("AAAA"));
    ck_assert_ptr_null(reason_code_find("ZZZZ"));
    ck_assert_ptr_null(reason_code_find(""));
}
END_TEST

START_TEST(a_good_status_says_nothing_against_a_refusal_below_it)
{
    ck_assert(status_contradicts(LEVEL_GROUP, LEVEL_GROUP));
    ck_assert(status_contradicts(LEVEL_TRANSACTION, LEVEL_GROUP));
    ck_assert(!status_contradicts(LEVEL_GROUP, LEVEL_TRANSACTION));
    ck_assert(!status_contradicts(LEVEL_PAYMENT, LEVEL_TRANSACTION));
    ck_assert(status_contradicts(LEVEL_GROUP, LEVEL_NONE));
    ck_assert(!status_contradicts(LEVEL_NONE, LEVEL_NONE));
    ck_assert(!status_contradicts(LEVEL_NONE, LEVEL_TRANSACTION));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("code");
    TCase *c = suite_case(suite, "code");

    tcase_add_test(c, the_gravest_reason_decides);
    tcase_add_test(c, one_line_that_speaks_of_the_account_is_enough);
    tcase_add_test(c, a_refusal_as_a_copy_is_known_among_others);
    tcase_add_test(c, the_answers_to_a_recall_are_four);
    tcase_add_test(c, some_reasons_mean_another_thing_in_the_answer_to_a_recall);
    tcase_add_test(c, a_good_status_says_nothing_against_a_refusal_below_it);
    tcase_add_test(c, every_code_is_found_and_no_other);
    return run_suite(suite);
}
