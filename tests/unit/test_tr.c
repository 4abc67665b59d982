/* Dates and sums as their readers write them. */
#include "suite.h"
#include <base/mem.h>
#include <base/tr.h>

START_TEST(each_language_has_its_dates_and_sums)
{
    char day[DATE_TEXT_MAX], month[DATE_TEXT_MAX], sum[TR_CENTS_MAX];
    struct date date = date_from_ymd(2024, 1, 2);

    unsetenv("TRANCHED_LOCALEDIR");
    ck_assert(tr_language("fr", "/nonexistent"));
    ck_assert_str_eq(tr_date(day, date), "02/01/2024");
    ck_assert_str_eq(tr_month(month, date), "01/2024");
    ck_assert_str_eq(tr_cents(sum, (struct cents){ 1234567 }), "12\u202f345,67 €");
    ck_assert(tr_language("en", "/nonexistent"));
    ck_assert_str_eq(tr_date(day, date), "2024-01-02");
    ck_assert_str_eq(tr_month(month, date), "2024-01");
    ck_assert_str_eq(tr_cents(sum, (struct cents){ 1234567 }), "12345.67 EUR");
}
END_TEST

START_TEST(another_language_changes_nothing)
{
    char day[DATE_TEXT_MAX];

    ck_assert(tr_language("fr", "/nonexistent"));
    ck_assert(!tr_language("de", "/nonexistent"));
    ck_assert_str_eq(tr_date(day, date_from_ymd(2024, 1, 2)), "02/01/2024");
    ck_assert_str_eq(tr_word("no such word"), "no such word");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tr");
    TCase *c = suite_case(suite, "tr");

    tcase_add_test(c, each_language_has_its_dates_and_sums);
    tcase_add_test(c, another_language_changes_nothing);
    return run_suite(suite);
}
