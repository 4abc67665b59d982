/* Working days in France, and when a mail may leave. */
#include "suite.h"
#include <base/mem.h>
#include <core/working.h>
#include <stdio.h>

static struct date day(const char *s)
{
    struct date date;

    ck_assert_msg(date_parse(&date, s), "%s", s);
    return date;
}

/* As the ministry prints them, for years with Easter early, late and in between. */
static const char *const HOLIDAYS[] = {
    "2024-01-01", "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20",
    "2024-07-14", "2024-08-15", "2024-11-01", "2024-11-11", "2024-12-25", "2025-01-01",
    "2025-04-21", "2025-05-01", "2025-05-08", "2025-05-29", "2025-06-09", "2025-07-14",
    "2025-08-15", "2025-11-01", "2025-11-11", "2025-12-25", "2026-01-01", "2026-04-06",
    "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-08-15",
    "2026-11-01", "2026-11-11", "2026-12-25",
};

START_TEST(nobody_works_on_weekends_and_exactly_these_days)
{
    for (struct date on = day("2024-01-01"); date_cmp(on, day("2027-01-01")) < 0;
         on = date_add_days(on, 1)) {
        bool works = date_weekday(on) < 5;
        char s[DATE_TEXT_MAX];

        date_format(s, on);
        for (size_t i = 0; i < ARRAY_LEN(HOLIDAYS); i++)
            works = works && strcmp(HOLIDAYS[i], s) != 0;
        EXPECT(working_day(on) == works, "%s", s);
    }
}
END_TEST

/* A moment in Paris, "2024-03-29 18:59". */
static struct instant moment(const char *s)
{
    char text[DATE_TEXT_MAX];
    int hour, minute;

    snprintf(text, sizeof text, "%.10s", s);
    ck_assert_int_eq(sscanf(s + 11, "%d:%d", &hour, &minute), 2);
    return (struct instant){ instant_from_local(day(text), hour).us + minute * INT64_C(60000000) };
}

static const struct {
    const char *at, *leaves;
} WAITS[] = {
    { "2024-03-26 10:00", "2024-03-26 10:00" }, /* a Tuesday */
    { "2024-03-26 07:29", "2024-03-26 07:30" }, { "2024-03-26 07:30", "2024-03-26 07:30" },
    { "2024-03-26 18:59", "2024-03-26 18:59" }, { "2024-03-26 19:00", "2024-03-27 07:30" },
    { "2024-03-26 23:59", "2024-03-27 07:30" }, { "2024-03-27 00:00", "2024-03-27 07:30" },
    { "2024-03-29 19:00", "2024-04-02 07:30" }, /* Good Friday, then Easter and the clocks */
    { "2024-03-30 03:00", "2024-04-02 07:30" }, { "2024-04-01 12:00", "2024-04-02 07:30" },
    { "2024-05-08 08:00", "2024-05-10 07:30" }, /* 8 May, Ascension */
    { "2024-12-24 20:00", "2024-12-26 07:30" },
};

START_TEST(a_mail_waits_for_the_end_of_quiet_hours_on_a_working_day)
{
    ck_assert(instant_zone("Europe/Paris"));
    for (size_t i = 0; i < ARRAY_LEN(WAITS); i++) {
        struct instant at = moment(WAITS[i].at), leaves = moment(WAITS[i].leaves);
        char got[INSTANT_TEXT_MAX];

        EXPECT(working_moment(at, 19 * 60, 7 * 60 + 30).us == leaves.us, "%s: %s", WAITS[i].at,
               instant_format(got, working_moment(at, 19 * 60, 7 * 60 + 30)));
        EXPECT(working_moment(at, 0, 0).us == at.us, "%s waits for no hours", WAITS[i].at);
    }
    ck_assert(working_moment(moment("2024-03-26 12:30"), 12 * 60, 14 * 60).us ==
              moment("2024-03-26 14:00").us);
    ck_assert(working_moment(moment("2024-03-26 14:30"), 12 * 60, 14 * 60).us ==
              moment("2024-03-26 14:30").us);
    ck_assert(working_moment(moment("2024-03-26 11:59"), 12 * 60, 14 * 60).us ==
              moment("2024-03-26 11:59").us);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("working");
    TCase *c = suite_case(suite, "working");

    tcase_add_test(c, nobody_works_on_weekends_and_exactly_these_days);
    tcase_add_test(c, a_mail_waits_for_the_end_of_quiet_hours_on_a_working_day);
    return run_suite(suite);
}
