/* Dates: against the C library's calendar, and months against a reference written another way. */
#include "suite.h"
#include <base/date.h>
#include <base/mem.h>
#include <stdio.h>
#include <time.h>

/* Days since 1970-01-01, by the C library. */
static int64_t libc_day(int year, int month, int day)
{
    struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

    return (int64_t)timegm(&tm) / 86400;
}

static void check_day(int64_t libc, int32_t first)
{
    time_t t = (time_t)libc * 86400;
    struct tm tm;
    struct date date;
    int y, m, d;

    gmtime_r(&t, &tm);
    date = date_from_ymd(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    EXPECT(date.day == first, "%d-%d-%d is day %d, not %d", tm.tm_year + 1900, tm.tm_mon + 1,
           tm.tm_mday, date.day, first);
    date_to_ymd(date, &y, &m, &d);
    EXPECT(y == tm.tm_year + 1900 && m == tm.tm_mon + 1 && d == tm.tm_mday, "day %d is %d-%d-%d",
           first, y, m, d);
    EXPECT(date_weekday(date) == (tm.tm_wday + 6) % 7, "%d-%d-%d is weekday %d", y, m, d,
           date_weekday(date));
}

static void check_years(int from, int to)
{
    int64_t begin = libc_day(from, 1, 1), end = libc_day(to, 12, 31);
    int32_t first = date_from_ymd(from, 1, 1).day;

    for (int64_t day = begin; day <= end; day++)
        check_day(day, first + (int32_t)(day - begin));
    ck_assert_int_eq(date_from_ymd(to, 12, 31).day - first, end - begin);
}

START_TEST(every_day_of_ten_years_agrees_with_the_c_library)
{
    check_years(2019, 2028);
}
END_TEST

START_TEST(every_day_that_is_kept_agrees_with_the_c_library)
{
    check_years(DATE_YEAR_MIN, DATE_YEAR_MAX);
}
END_TEST

START_TEST(days_are_counted_from_the_first_of_march_of_the_year_0)
{
    /* 1970-01-01 is 719468 days after 0000-03-01. */
    ck_assert_int_eq(date_from_ymd(1970, 1, 1).day, 719468);
    ck_assert(!date_is_set(DATE_NONE));
}
END_TEST

START_TEST(known_days_fall_on_their_weekday)
{
    ck_assert_int_eq(date_weekday(date_from_ymd(2023, 12, 12)), 1); /* the council's Tuesday */
    ck_assert_int_eq(date_weekday(date_from_ymd(2025, 7, 14)), 0);
    ck_assert_int_eq(date_weekday(date_from_ymd(2000, 1, 1)), 5);
    ck_assert_int_eq(date_weekday(date_from_ymd(1900, 1, 1)), 0);
    ck_assert_int_eq(date_weekday(date_from_ymd(2024, 2, 29)), 3);
}
END_TEST

START_TEST(days_that_do_not_exist_are_no_date)
{
    static const int bad[][3] = {
        { 2023, 2, 29 },         { 1900, 2, 29 },
        { 2100, 2, 29 },         { 2024, 2, 30 },
        { 2023, 4, 31 },         { 2023, 0, 1 },
        { 2023, 13, 1 },         { 2023, 1, 0 },
        { 2023, 1, 32 },         { 2023, -1, 1 },
        { 2023, 1, -1 },         { 1899, 12, 31 },
        { 3000, 1, 1 },          { 0, 3, 1 },
        { -4, 2, 29 },           { 2023, 2147483647, 1 },
        { 2023, 1, 2147483647 }, { -2147483647 - 1, 1, 1 },
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!date_is_set(date_from_ymd(bad[i][0], bad[i][1], bad[i][2])), "%d-%d-%d",
                      bad[i][0], bad[i][1], bad[i][2]);
    ck_assert(date_is_set(date_from_ymd(2000, 2, 29)));
    ck_assert(date_is_set(date_from_ymd(2024, 2, 29)));
}
END_TEST

START_TEST(months_have_the_days_the_rhyme_gives_them)
{
    for (int y = DATE_YEAR_MIN; y <= DATE_YEAR_MAX; y++)
        for (int m = 1; m <= 12; m++) {
            int64_t next = m == 12 ? libc_day(y + 1, 1, 1) : libc_day(y, m + 1, 1);

            EXPECT(date_month_days(y, m) == next - libc_day(y, m, 1), "%d-%d", y, m);
        }
}
END_TEST

/* The reference walks month by month on a plain calendar, and steps back from a day that is not
 * there until the C library does not move it any more. */
static struct date months_later(int y, int m, int d, int months)
{
    struct tm tm;

    for (; months > 0; months--)
        m == 12 ? (y++, m = 1) : m++;
    for (; months < 0; months++)
        m == 1 ? (y--, m = 12) : m--;
    for (;; d--) {
        tm = (struct tm){ .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d, .tm_hour = 12 };
        timegm(&tm);
        if (tm.tm_mon == m - 1)
            return date_from_ymd(y, m, d);
    }
}

START_TEST(months_keep_the_day_and_stop_at_the_end_of_a_shorter_one)
{
    struct date from = date_from_ymd(2019, 1, 1), to = date_from_ymd(2026, 12, 31);

    ck_assert(!date_is_set(date_add_months(date_from_ymd(DATE_YEAR_MAX, 12, 31), 1)));
    ck_assert(!date_is_set(date_add_months(date_from_ymd(DATE_YEAR_MIN, 1, 1), -1)));
    for (; date_cmp(from, to) <= 0; from = date_add_days(from, 1)) {
        int y, m, d;

        date_to_ymd(from, &y, &m, &d);
        for (int months = 0; months <= 24; months++)
            EXPECT(!date_cmp(date_add_months(from, months), months_later(y, m, d, months)),
                   "%d-%d-%d + %d months", y, m, d, months);
        EXPECT(!date_cmp(date_add_months(from, -1), months_later(y, m, d, -1)) &&
                   !date_cmp(date_add_months(from, -13), months_later(y, m, d, -13)),
               "%d-%d-%d less months", y, m, d);
    }
}
END_TEST

START_TEST(month_ends_are_those_of_the_convention)
{
    static const struct {
        const char *from;
        int months;
        const char *to;
    } ends[] = {
        { "2023-11-30", 3, "2024-02-29" },  { "2022-11-30", 3, "2023-02-28" },
        { "2023-08-31", 6, "2024-02-29" },  { "2022-08-31", 6, "2023-02-28" },
        { "2023-08-31", 12, "2024-08-31" }, { "2024-02-29", 12, "2025-02-28" },
        { "2024-02-29", 48, "2028-02-29" }, { "2024-01-31", 1, "2024-02-29" },
        { "2024-01-31", 3, "2024-04-30" },  { "2024-01-15", 3, "2024-04-15" },
        { "2024-12-31", 2, "2025-02-28" },  { "2024-05-31", -3, "2024-02-29" },
    };

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char out[DATE_TEXT_MAX];
        struct date from;

        ck_assert(date_parse(&from, ends[i].from));
        ck_assert_str_eq(date_format(out, date_add_months(from, ends[i].months)), ends[i].to);
    }
}
END_TEST

START_TEST(a_span_adds_months_or_days)
{
    struct date from = date_from_ymd(2024, 1, 31);

    ck_assert_int_eq(date_add_span(from, (struct span){ 0 }).day, from.day);
    ck_assert_int_eq(date_add_span(from, (struct span){ .months = 1 }).day,
                     date_from_ymd(2024, 2, 29).day);
    ck_assert_int_eq(date_add_span(from, (struct span){ .days = 30 }).day,
                     date_from_ymd(2024, 3, 1).day);
    ck_assert_int_eq(date_days(from, date_add_days(from, 366)), 366);
    ck_assert_int_eq(date_days(from, date_add_days(from, -31)), -31);
}
END_TEST

START_TEST(an_unset_date_is_earlier_than_any)
{
    struct date a = date_from_ymd(2024, 1, 1), b = date_from_ymd(2024, 1, 2);

    ck_assert_int_eq(date_later(a, b).day, b.day);
    ck_assert_int_eq(date_later(b, a).day, b.day);
    ck_assert_int_eq(date_later(a, a).day, a.day);
    ck_assert_int_eq(date_later(a, DATE_NONE).day, a.day);
    ck_assert_int_eq(date_later(DATE_NONE, a).day, a.day);
    ck_assert(!date_is_set(date_later(DATE_NONE, DATE_NONE)));
    ck_assert_int_eq(date_earlier(a, b).day, a.day);
    ck_assert_int_eq(date_earlier(b, a).day, a.day);
    ck_assert_int_eq(date_earlier(a, DATE_NONE).day,
                     a.day); /* what never happened is not earlier */
    ck_assert_int_eq(date_earlier(DATE_NONE, a).day, a.day);
    ck_assert(!date_is_set(date_earlier(DATE_NONE, DATE_NONE)));
    ck_assert_int_lt(date_cmp(a, b), 0);
    ck_assert_int_gt(date_cmp(b, a), 0);
    ck_assert_int_eq(date_cmp(b, b), 0);
}
END_TEST

START_TEST(bad_dates_are_refused)
{
    static const char *const bad[] = {
        "",
        "2",
        "2023",
        "2023-",
        "2023-01",
        "2023-01-",
        "2023-01-0",
        "2023-02-29",
        "2023-13-01",
        "2023-00-01",
        "2023-01-00",
        "2023-01-32",
        "2023-1-1",
        "2023-01-01x",
        "2023-01-01 ",
        " 2023-01-01",
        "2023-01-1x",
        "2023/01/01",
        "01-01-2023",
        "01/01/2023",
        "20230101",
        "2023-001-1",
        "+023-01-01",
        "-023-01-01",
        "2023-+1-01",
        "2023-01--1",
        "12023-01-01",
        "1899-12-31",
        "3000-01-01",
        "0000-03-01",
        "0000-00-00",
        "2023-04-31",
        "1900-02-29",
        "2023-01-011",
        "2023-01-01T00:00:00",
    };
    struct date date;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!date_parse(&date, bad[i]), "\"%s\" was taken", bad[i]);
}
END_TEST

START_TEST(dates_are_written_and_read_back)
{
    struct date day = date_from_ymd(2019, 1, 1), end = date_from_ymd(2028, 12, 31);

    for (; date_cmp(day, end) <= 0; day = date_add_days(day, 1)) {
        char out[DATE_TEXT_MAX], libc[DATE_TEXT_MAX];
        time_t t = ((time_t)day.day - 719468) * 86400;
        struct date back;
        struct tm tm;

        gmtime_r(&t, &tm);
        strftime(libc, sizeof libc, "%Y-%m-%d", &tm);
        EXPECT(!strcmp(date_format(out, day), libc), "%s is written %s", libc, out);
        EXPECT(date_parse(&back, out) && back.day == day.day, "%s is not read back", out);
        strftime(libc, sizeof libc, "%d/%m/%Y", &tm);
        EXPECT(!strcmp(date_format_fr(out, day), libc), "%s is written %s", libc, out);
    }
}
END_TEST

START_TEST(no_date_is_written_as_nothing)
{
    char out[DATE_TEXT_MAX] = "x";

    ck_assert_str_eq(date_format(out, DATE_NONE), "");
    out[0] = 'x';
    ck_assert_str_eq(date_format_fr(out, DATE_NONE), "");
}
END_TEST

START_TEST(spans_are_read_in_months_years_or_days)
{
    static const struct {
        const char *s;
        int32_t months, days;
    } good[] = {
        { "3m", 3, 0 },         { "0m", 0, 0 },     { "2y", 24, 0 },    { "30d", 0, 30 },
        { "0d", 0, 0 },         { "18m", 18, 0 },   { "0y", 0, 0 },     { "06m", 6, 0 },
        { "1y", 12, 0 },        { "365d", 0, 365 }, { "600m", 600, 0 }, { "50y", 600, 0 },
        { "18262d", 0, 18262 },
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct span span = { -1, -1 };

        ck_assert_msg(span_parse(&span, good[i].s), "\"%s\" was refused", good[i].s);
        ck_assert_int_eq(span.months, good[i].months);
        ck_assert_int_eq(span.days, good[i].days);
    }
}
END_TEST

START_TEST(bad_spans_are_refused)
{
    static const char *const bad[] = {
        "",
        "3",
        "m",
        "-3m",
        "+3m",
        "3 m",
        " 3m",
        "3m ",
        "3M",
        "3mm",
        "3w",
        "3m2d",
        "1.5y",
        "0x3m",
        "99999m",
        "100000d",
        "36501d",
        "18263d",
        "601m",
        "51y",
        "51x",
        "10wd",
        "3\xC2\xA0m",
        "99999999999999999999d",
        "4294967299m",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct span span = { 7, 8 };

        ck_assert_msg(!span_parse(&span, bad[i]), "\"%s\" was taken", bad[i]);
        ck_assert_int_eq(span.months, 7);
        ck_assert_int_eq(span.days, 8);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *tcase = suite_case(suite, "date");

    tcase_add_test(tcase, every_day_of_ten_years_agrees_with_the_c_library);
    tcase_add_test(tcase, every_day_that_is_kept_agrees_with_the_c_library);
    tcase_add_test(tcase, days_are_counted_from_the_first_of_march_of_the_year_0);
    tcase_add_test(tcase, known_days_fall_on_their_weekday);
    tcase_add_test(tcase, days_that_do_not_exist_are_no_date);
    tcase_add_test(tcase, months_have_the_days_the_rhyme_gives_them);
    tcase_add_test(tcase, months_keep_the_day_and_stop_at_the_end_of_a_shorter_one);
    tcase_add_test(tcase, month_ends_are_those_of_the_convention);
    tcase_add_test(tcase, a_span_adds_months_or_days);
    tcase_add_test(tcase, an_unset_date_is_earlier_than_any);
    tcase_add_test(tcase, bad_dates_are_refused);
    tcase_add_test(tcase, dates_are_written_and_read_back);
    tcase_add_test(tcase, no_date_is_written_as_nothing);
    tcase_add_test(tcase, spans_are_read_in_months_years_or_days);
    tcase_add_test(tcase, bad_spans_are_refused);
    return run_suite(suite);
}
