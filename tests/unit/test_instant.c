/* Moments: zones by name, and what the clock on the wall shows. */
#include "suite.h"
#include <base/instant.h>
#include <base/mem.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_zone_is_a_known_name_and_no_path)
{
    static const char *const unknown[] = { "", "Europe/Nowhere", "../zoneinfo/Europe/Paris",
                                           "Europe/../Europe/Paris" };
    static const char *const known[] = { "UTC", "America/Guadeloupe", "Europe/Paris" };
    char endless[600];

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        ck_assert_msg(instant_zone(known[i]), "%s", known[i]);
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        ck_assert_msg(!instant_zone(unknown[i]), "%s", unknown[i]);
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    ck_assert(!instant_zone(endless));
    ck_assert_str_eq(getenv("TZ"), "Europe/Paris"); /* the one before stays */
}
END_TEST

/* ISO 8601 with the offset of that day and place. */
START_TEST(a_moment_is_written_as_the_wall_shows_it)
{
    static const struct {
        const char *zone, *text;
        int64_t second;
    } cases[] = {
        { "UTC", "2024-03-29T08:00:00+00:00", 1711699200 },
        { "Europe/Paris", "2024-03-29T09:00:00+01:00", 1711699200 },
        { "Europe/Paris", "2024-03-31T03:00:00+02:00", 1711846800 },
        { "Europe/Paris", "2024-03-31T01:59:59+01:00", 1711846799 },
        { "America/Guadeloupe", "2024-03-29T04:00:00-04:00", 1711699200 },
        { "America/St_Johns", "2024-01-02T08:30:00-03:30", 1704196800 },
        { "Asia/Kolkata", "2024-01-02T17:30:00+05:30", 1704196800 },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[INSTANT_TEXT_MAX];

        ck_assert(instant_zone(cases[i].zone));
        instant_format(text, (struct instant){ cases[i].second * 1000000 + 999999 });
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(an_hour_of_a_day_is_the_first_moment_that_shows_it)
{
    struct instant_local local;

    ck_assert(instant_zone("Europe/Paris"));
    for (struct date on = date_from_ymd(2024, 1, 1); date_cmp(on, date_from_ymd(2025, 1, 1)) < 0;
         on = date_add_days(on, 1)) {
        local = instant_to_local(instant_from_local(on, 7));
        ck_assert(!date_cmp(local.date, on) && local.hour == 7 && !local.minute && !local.second);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("instant");
    TCase *c = suite_case(suite, "instant");

    tcase_add_test(c, a_zone_is_a_known_name_and_no_path);
    tcase_add_test(c, a_moment_is_written_as_the_wall_shows_it);
    tcase_add_test(c, an_hour_of_a_day_is_the_first_moment_that_shows_it);
    return run_suite(suite);
}
