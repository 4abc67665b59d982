/* TARGET days: eight years against the calendar as the European Central Bank prints it. */
#include "suite.h"
#include <base/mem.h>
#include <core/target.h>

static const struct {
    int year;
    const char *good_friday, *easter_monday;
} EASTERS[] = {
    { 2023, "2023-04-07", "2023-04-10" }, { 2024, "2024-03-29", "2024-04-01" },
    { 2025, "2025-04-18", "2025-04-21" }, { 2026, "2026-04-03", "2026-04-06" },
    { 2027, "2027-03-26", "2027-03-29" }, { 2028, "2028-04-14", "2028-04-17" },
    { 2029, "2029-03-30", "2029-04-02" }, { 2030, "2030-04-19", "2030-04-22" },
};

static struct date day(const char *s)
{
    struct date date;

    ck_assert_msg(date_parse(&date, s), "%s", s);
    return date;
}

START_TEST(exactly_the_listed_days_are_closed)
{
    for (size_t i = 0; i < ARRAY_LEN(EASTERS); i++) {
        struct date on = date_from_ymd(EASTERS[i].year, 1, 1);
        int open = 0;

        for (int y = EASTERS[i].year, m, d; y == EASTERS[i].year; on = date_add_days(on, 1)) {
            char s[DATE_TEXT_MAX];
            bool closed;

            date_format(s, on);
            closed = date_weekday(on) >= 5 || !strcmp(s + 5, "01-01") || !strcmp(s + 5, "05-01") ||
                     !strcmp(s + 5, "12-25") || !strcmp(s + 5, "12-26") ||
                     !strcmp(s, EASTERS[i].good_friday) || !strcmp(s, EASTERS[i].easter_monday);
            EXPECT(target_is_open(on) == !closed, "%s", s);
            open += !closed;
            date_to_ymd(date_add_days(on, 1), &y, &m, &d);
        }
        ck_assert_int_ge(open, 253); /* no year has fewer than 253 or more than 258 */
        ck_assert_int_le(open, 258);
    }
}
END_TEST

START_TEST(french_holidays_that_europe_does_not_share_are_open)
{
    ck_assert(target_is_open(day("2025-07-14")));
    ck_assert(target_is_open(day("2024-05-08")));
    ck_assert(target_is_open(day("2024-05-09"))); /* Ascension */
    ck_assert(target_is_open(day("2024-05-20"))); /* Whit Monday */
    ck_assert(target_is_open(day("2024-08-15")));
    ck_assert(target_is_open(day("2024-11-01")));
    ck_assert(target_is_open(day("2024-11-11")));
    ck_assert(target_is_open(day("2024-12-24")));
    ck_assert(target_is_open(day("2024-12-31")));
}
END_TEST

START_TEST(the_next_open_day_passes_over_all_that_is_closed)
{
    static const char *const next[][2] = {
        { "2024-03-28", "2024-03-28" }, { "2024-03-29", "2024-04-02" }, /* Easter */
        { "2024-03-30", "2024-04-02" }, { "2024-04-01", "2024-04-02" },
        { "2023-12-22", "2023-12-22" }, { "2023-12-23", "2023-12-27" }, /* Christmas */
        { "2023-12-25", "2023-12-27" }, { "2024-12-25", "2024-12-27" },
        { "2023-12-30", "2024-01-02" }, { "2024-05-01", "2024-05-02" },
        { "2025-04-18", "2025-04-22" }, { "2026-05-01", "2026-05-04" },
        { "2025-07-14", "2025-07-14" }, { "2024-06-15", "2024-06-17" },
    };

    for (size_t i = 0; i < ARRAY_LEN(next); i++) {
        char out[DATE_TEXT_MAX];

        date_format(out, target_next(day(next[i][0])));
        ck_assert_msg(!strcmp(out, next[i][1]), "%s: %s", next[i][0], out);
    }
}
END_TEST

START_TEST(the_next_open_day_is_open_and_none_between_is)
{
    struct date on = date_from_ymd(2002, 1, 1), end = date_from_ymd(2099, 12, 31);

    for (; date_cmp(on, end) <= 0; on = date_add_days(on, 1)) {
        struct date next = target_next(on);
        char s[DATE_TEXT_MAX];

        EXPECT(target_is_open(next) && date_days(on, next) >= 0 && date_days(on, next) <= 5, "%s",
               date_format(s, on));
        for (struct date d = on; date_cmp(d, next) < 0; d = date_add_days(d, 1))
            EXPECT(!target_is_open(d), "%s", date_format(s, d));
    }
}
END_TEST

/* Gauss's rule in its own variables, with the two exceptions of the lunar table. */
static struct date gauss_easter(int year)
{
    int a = year % 19, b = year % 4, c = year % 7, k = year / 100;
    int p = (13 + 8 * k) / 25, q = k / 4;
    int m = (15 - p + k - q) % 30, n = (4 + k - q) % 7;
    int d = (19 * a + m) % 30, e = (2 * b + 4 * c + 6 * d + n) % 7;

    if (d == 29 && e == 6)
        return date_from_ymd(year, 4, 19);
    if (d == 28 && e == 6 && (11 * m + 11) % 30 < 19)
        return date_from_ymd(year, 4, 18);
    return date_add_days(date_from_ymd(year, 3, 22), d + e);
}

START_TEST(easter_is_the_sunday_that_gauss_found)
{
    for (int year = DATE_YEAR_MIN; year <= DATE_YEAR_MAX; year++) {
        struct date easter = target_easter(year);

        EXPECT(date_weekday(easter) == 6, "%d", year);
        EXPECT(!date_cmp(easter, gauss_easter(year)), "%d", year);
    }
    for (size_t i = 0; i < ARRAY_LEN(EASTERS); i++)
        ck_assert_int_eq(date_days(day(EASTERS[i].good_friday), target_easter(EASTERS[i].year)), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("target");
    TCase *tcase = suite_case(suite, "target");

    tcase_add_test(tcase, exactly_the_listed_days_are_closed);
    tcase_add_test(tcase, french_holidays_that_europe_does_not_share_are_open);
    tcase_add_test(tcase, the_next_open_day_passes_over_all_that_is_closed);
    tcase_add_test(tcase, the_next_open_day_is_open_and_none_between_is);
    tcase_add_test(tcase, easter_is_the_sunday_that_gauss_found);
    return run_suite(suite);
}
