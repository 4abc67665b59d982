/* Reminders walked day by day: by stored days alone, each threshold once, none after the thing is
 * done; who slept says the last one only. */
#include "suite.h"
#include <base/mem.h>
#include <core/reminder.h>

static const struct reminder_rules RULES = { 15, 30, 2, 30 };
static const int LADDER[] = { -30, -14, -3, 0, 1, 7, 30 };

static struct date ymd(int y, int m, int d)
{
    return date_from_ymd(y, m, d);
}

static struct scheme call_of_2023(void)
{
    struct scheme s = { .code = "LAB-2023",
                        .party_count = 2,
                        .paper_count = 1,
                        .rung_count = 2,
                        .duration = { .months = 6 },
                        .reminder_count = ARRAY_LEN(LADDER) };

    memcpy(s.reminder_days, LADDER, sizeof LADDER);
    s.decided_on = ymd(2023, 12, 12);
    s.received_on = s.published_on = ymd(2023, 12, 19);
    s.envelope.v = 5000000;
    s.grant_min.v = 500000;
    s.grant_max.v = 1000000;
    s.papers[0] =
        (struct scheme_paper){ "mid-report", { ANCHOR_EFFECT, 0, false, { 3, 0 } }, false, { 0 } };
    s.rungs[0] = (struct scheme_rung){ .name = "1", .up_to = { 600000 } };
    s.rungs[1] = (struct scheme_rung){ .name = "2",
                                       .up_to = { 1000000 },
                                       .papers = 1,
                                       .after = { ANCHOR_EFFECT, 0, false, { 3, 0 } } };
    return s;
}

/* In force since 2 January 2024, its first tranche paid; the paper is due on 2 April. */
static struct dossier in_force(const struct scheme *scheme)
{
    struct dossier d = { .scheme = scheme,
                         .reference = "LAB2-2023-01",
                         .grant = { 1000000 },
                         .state = CONVENTION_IN_FORCE,
                         .signed_on = { ymd(2024, 1, 2), ymd(2024, 1, 2) },
                         .beneficiary_active = true };

    d.account = (struct dossier_account){ .present = true,
                                          .ordinal = 1,
                                          .proposed_on = ymd(2024, 1, 2),
                                          .verified_on = ymd(2024, 1, 2) };
    d.tranches[0].state = TRANCHE_PAID;
    d.tranches[0].taken.v = 600000;
    return d;
}

/* Those of KIND on ON: the last one's days in *DAYS. */
static unsigned ask(const struct dossier *d, struct date due, struct date on,
                    enum reminder_kind kind, int *days, struct date *next)
{
    struct date paper_due[SCHEME_PAPERS_MAX] = { due };
    struct reminder out[REMINDERS_MAX];
    unsigned n = reminders(d, paper_due, &RULES, on, out, next), found = 0;

    for (unsigned i = 0; i < n; i++)
        if (out[i].kind == kind) {
            *days = out[i].days;
            found++;
        }
    return found;
}

/* users-ask, section 1, row 28: the due day does not move, and the ladder is complete. */
START_TEST(row_28_the_whole_ladder_in_a_year_day_by_day)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date due = ymd(2024, 4, 2), next;
    int last = -999, told = 0;

    for (struct date on = ymd(2024, 1, 2); date_cmp(on, ymd(2025, 1, 2)) < 0;
         on = date_add_days(on, 1)) {
        int days = -999;
        unsigned n = ask(&d, due, on, REMINDER_REPORT, &days, &next);

        ck_assert_uint_eq(n, date_days(due, on) >= -30 && date_days(due, on) <= 30 + 60);
        if (!n || days == last)
            continue;
        ck_assert_int_eq(days, LADDER[told++]);
        ck_assert_int_eq(date_days(due, on), days); /* on its very day */
        last = days;
    }
    ck_assert_int_eq(told, (int)ARRAY_LEN(LADDER));
}
END_TEST

/* Row 29: no equality with today; and row 22: nothing is kept in memory between two looks. */
START_TEST(row_29_who_slept_says_the_last_threshold_and_not_the_ones_before)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date due = ymd(2024, 4, 2), next;
    int days;

    ck_assert_uint_eq(ask(&d, due, ymd(2024, 3, 25), REMINDER_REPORT, &days, &next), 1);
    ck_assert_int_eq(days, -14);
    ck_assert(!date_cmp(next, ymd(2024, 3, 30)));
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 6, 25), REMINDER_REPORT, &days, &next), 1);
    ck_assert_int_eq(days, 30);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 12, 25), REMINDER_REPORT, &days, &next), 0);
}
END_TEST

START_TEST(the_next_day_to_look_on_is_never_passed_over)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date due = ymd(2024, 4, 2), on = ymd(2024, 1, 2), next;
    int seen = 0, days, last = -999;

    for (int steps = 0; steps < 100; steps++) {
        if (ask(&d, due, on, REMINDER_REPORT, &days, &next) && days != last) {
            last = days;
            seen++;
        }
        if (!date_is_set(next))
            break;
        ck_assert_int_gt(date_cmp(next, on), 0);
        on = next;
    }
    ck_assert_int_eq(seen, (int)ARRAY_LEN(LADDER));
}
END_TEST

START_TEST(nothing_is_asked_for_once_it_is_done_or_over)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next;
    int days;

    d.papers[0].state = PAPER_RECEIVED;
    d.papers[0].received_on = ymd(2024, 3, 20);
    ck_assert_uint_eq(ask(&d, ymd(2024, 4, 2), ymd(2024, 4, 3), REMINDER_REPORT, &days, &next), 0);
    d = in_force(&s);
    d.papers[0].state = PAPER_WAIVED;
    ck_assert_uint_eq(ask(&d, ymd(2024, 4, 2), ymd(2024, 4, 3), REMINDER_REPORT, &days, &next), 0);
    d = in_force(&s);
    d.state = CONVENTION_TERMINATED;
    ck_assert_uint_eq(ask(&d, ymd(2024, 4, 2), ymd(2024, 4, 3), REMINDER_REPORT, &days, &next), 0);
    ck_assert(!date_is_set(next));
    d = in_force(&s);
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 4, 3), REMINDER_REPORT, &days, &next), 0);
}
END_TEST

START_TEST(a_day_that_moves_moves_the_ladder)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next;
    int days = -999;

    ck_assert_uint_eq(ask(&d, ymd(2024, 4, 2), ymd(2024, 3, 20), REMINDER_REPORT, &days, &next), 1);
    ck_assert_int_eq(days, -14);
    ck_assert_uint_eq(ask(&d, ymd(2024, 5, 2), ymd(2024, 3, 20), REMINDER_REPORT, &days, &next), 0);
    ck_assert(!date_cmp(next, ymd(2024, 4, 2)));
}
END_TEST

START_TEST(a_signature_an_account_a_tranche_and_the_end_have_theirs)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next, due = ymd(2024, 4, 2);
    int days;

    ck_assert_uint_eq(ask(&d, due, ymd(2024, 5, 1), REMINDER_HELD, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 5, 2), REMINDER_HELD, &days, &next), 1);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 6, 1), REMINDER_ENDING, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 6, 2), REMINDER_ENDING, &days, &next), 1);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 7, 3), REMINDER_ENDING, &days, &next), 0);
    d.account.verified_on = DATE_NONE;
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 1, 3), REMINDER_ACCOUNT, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 1, 4), REMINDER_ACCOUNT, &days, &next), 1);
    d.signed_on[1] = DATE_NONE;
    d.state = CONVENTION_SIGNING;
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 1, 16), REMINDER_SIGNATURE, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 1, 17), REMINDER_SIGNATURE, &days, &next), 1);
    d.signed_on[0] = DATE_NONE;
    d.state = CONVENTION_DRAFT; /* since the account came with the import, on 2 January */
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 1, 16), REMINDER_SIGNATURE, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 1, 17), REMINDER_SIGNATURE, &days, &next), 1);
}
END_TEST

/* The first signature, or else the later of executory decision and account. */
START_TEST(somebody_waits_for_a_signature_since_the_first_of_its_causes)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next;
    int days;

    s.party_count = 3;
    d.state = CONVENTION_SIGNING;
    d.account.proposed_on = ymd(2023, 12, 20);
    d.signed_on[0] = ymd(2024, 1, 2);
    d.signed_on[1] = ymd(2024, 1, 10);
    d.signed_on[2] = DATE_NONE;
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 1, 16), REMINDER_SIGNATURE, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 1, 17), REMINDER_SIGNATURE, &days, &next), 1);
    d.signed_on[2] = d.signed_on[0]; /* the last of them alone is there */
    d.signed_on[0] = d.signed_on[1] = DATE_NONE;
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 1, 17), REMINDER_SIGNATURE, &days, &next), 1);
    d.state = CONVENTION_DRAFT;
    d.signed_on[2] = DATE_NONE;
    s.received_on = s.published_on = ymd(2024, 2, 1); /* executory after the account came */
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 2, 15), REMINDER_SIGNATURE, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 2, 16), REMINDER_SIGNATURE, &days, &next), 1);
    d.account.proposed_on = ymd(2024, 2, 5); /* and before it */
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 2, 19), REMINDER_SIGNATURE, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 2, 20), REMINDER_SIGNATURE, &days, &next), 1);
    s.published_on = DATE_NONE; /* nobody can sign yet */
    ck_assert_uint_eq(ask(&d, DATE_NONE, ymd(2024, 3, 20), REMINDER_SIGNATURE, &days, &next), 0);
}
END_TEST

START_TEST(a_ladder_in_any_order_says_its_last_threshold)
{
    static const int unsorted[] = { 7, -14, 1, -3 };
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next;
    int days = -999;

    memcpy(s.reminder_days, unsorted, sizeof unsorted);
    s.reminder_count = ARRAY_LEN(unsorted);
    ck_assert_uint_eq(ask(&d, ymd(2024, 4, 2), ymd(2024, 4, 4), REMINDER_REPORT, &days, &next), 1);
    ck_assert_int_eq(days, 1);
    ck_assert_int_eq(date_cmp(next, ymd(2024, 4, 9)), 0);
    ck_assert_uint_eq(ask(&d, ymd(2024, 4, 2), ymd(2024, 4, 20), REMINDER_REPORT, &days, &next), 1);
    ck_assert_int_eq(days, 7);
}
END_TEST

/* A tranche without a date of its own is held since the signature. */
START_TEST(what_is_held_is_told_of_the_tranche_that_holds)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next, none = DATE_NONE;
    int days;

    d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_HELD };
    d.account.verified_on = DATE_NONE;
    ck_assert_uint_eq(ask(&d, none, ymd(2024, 1, 31), REMINDER_HELD, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, none, ymd(2024, 2, 1), REMINDER_HELD, &days, &next), 1);
    /* the second one waits for the first, so the first alone is told */
    ck_assert_uint_eq(ask(&d, none, ymd(2024, 3, 1), REMINDER_HELD, &days, &next), 1);
    d.grant.v = 0; /* nothing is due */
    ck_assert_uint_eq(ask(&d, none, ymd(2024, 2, 1), REMINDER_HELD, &days, &next), 0);
    d.grant.v = 1000000;
    d.tranches[0].state = TRANCHE_CLOSED; /* now the second one, and its date is not reached */
    ck_assert_uint_eq(ask(&d, none, ymd(2024, 3, 20), REMINDER_HELD, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, none, ymd(2024, 5, 2), REMINDER_HELD, &days, &next), 1);
}
END_TEST

START_TEST(nobody_is_asked_about_an_account_that_is_not_there_or_a_convention_that_is_done)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s);
    struct date next, due = ymd(2024, 4, 2);
    int days;

    d.account = (struct dossier_account){ 0 };
    d.signed_on[0] = d.signed_on[1] = DATE_NONE;
    d.state = CONVENTION_DRAFT;
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 2, 1), REMINDER_ACCOUNT, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 2, 1), REMINDER_SIGNATURE, &days, &next), 0);
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 6, 10), REMINDER_ENDING, &days, &next), 0);
    d = in_force(&s);
    d.state = CONVENTION_COMPLETED;
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 4, 3), REMINDER_REPORT, &days, &next), 0);
    d = in_force(&s);
    d.tranches[1].state = TRANCHE_PAID;
    ck_assert_uint_eq(ask(&d, due, ymd(2024, 6, 10), REMINDER_ENDING, &days, &next), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reminder");
    TCase *c = suite_case(suite, "reminder");

    tcase_add_test(c, row_28_the_whole_ladder_in_a_year_day_by_day);
    tcase_add_test(c, row_29_who_slept_says_the_last_threshold_and_not_the_ones_before);
    tcase_add_test(c, the_next_day_to_look_on_is_never_passed_over);
    tcase_add_test(c, nothing_is_asked_for_once_it_is_done_or_over);
    tcase_add_test(c, a_day_that_moves_moves_the_ladder);
    tcase_add_test(c, somebody_waits_for_a_signature_since_the_first_of_its_causes);
    tcase_add_test(c, a_ladder_in_any_order_says_its_last_threshold);
    tcase_add_test(c, what_is_held_is_told_of_the_tranche_that_holds);
    tcase_add_test(c,
                   nobody_is_asked_about_an_account_that_is_not_there_or_a_convention_that_is_done);
    tcase_add_test(c, a_signature_an_account_a_tranche_and_the_end_have_theirs);
    return run_suite(suite);
}
