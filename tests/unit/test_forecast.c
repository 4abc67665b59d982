/* The forecast: what time opens is certain, what papers open is expected, the rest has no day. */
#include "suite.h"
#include <base/mem.h>
#include <core/forecast.h>

static struct date ymd(int y, int m, int d)
{
    return date_from_ymd(y, m, d);
}

/* 60 % on signature, 40 % three months later with a paper that is looked at for ten days. */
static struct scheme two_rungs(void)
{
    struct scheme s = {
        .code = "S", .party_count = 1, .paper_count = 1, .rung_count = 2, .duration = { 6, 0 }
    };

    s.decided_on = s.received_on = s.published_on = ymd(2023, 12, 19);
    s.envelope.v = 5000000;
    s.grant_min.v = s.grant_max.v = 1000000;
    s.papers[0] =
        (struct scheme_paper){ "report", { ANCHOR_EFFECT, 0, false, { 3, 0 } }, true, { 0, 10 } };
    s.rungs[0] = (struct scheme_rung){ .name = "1", .up_to = { 600000 } };
    s.rungs[1] = (struct scheme_rung){ .name = "2",
                                       .up_to = SHARE_WHOLE,
                                       .papers = 1,
                                       .after = { ANCHOR_EFFECT, 0, false, { 3, 0 } } };
    return s;
}

static struct dossier signed_on(const struct scheme *scheme, struct date on)
{
    struct dossier d = { .scheme = scheme,
                         .reference = "S-1",
                         .grant = { 1000000 },
                         .state = CONVENTION_IN_FORCE,
                         .signed_on = { on },
                         .beneficiary_active = true };

    d.account = (struct dossier_account){
        .present = true, .ordinal = 1, .proposed_on = on, .verified_on = on
    };
    return d;
}

static const struct date *due(void)
{
    static struct date all[SCHEME_PAPERS_MAX];

    all[0] = date_from_ymd(2024, 4, 2);
    return all;
}

static void check(const struct dossier *d, unsigned t, struct date today, enum certainty certainty,
                  struct date on, enum gate gate)
{
    char got[DATE_TEXT_MAX], wanted[DATE_TEXT_MAX];
    struct forecast f;

    ck_assert(forecast_rung(d, t, due(), today, &f));
    ck_assert_str_eq(forecast_name(f.certainty), forecast_name(certainty));
    ck_assert_str_eq(date_format(got, f.on), date_format(wanted, on));
    ck_assert_int_eq(f.gate, gate);
    ck_assert_int_eq(f.amount.v, t ? 400000 : 600000);
}

START_TEST(what_is_open_is_certain_today)
{
    struct scheme s = two_rungs();
    struct dossier d = signed_on(&s, ymd(2024, 1, 2));

    check(&d, 0, ymd(2024, 1, 2), FORECAST_CERTAIN, ymd(2024, 1, 2), GATES);
}
END_TEST

START_TEST(a_paper_that_is_looked_at_takes_that_time)
{
    struct scheme s = two_rungs();
    struct dossier d = signed_on(&s, ymd(2024, 1, 2));

    d.tranches[0].state = TRANCHE_PAID;
    d.tranches[0].taken.v = 600000;
    check(&d, 1, ymd(2024, 1, 3), FORECAST_EXPECTED, ymd(2024, 4, 12), GATE_DATE);
    check(&d, 1, ymd(2024, 4, 20), FORECAST_EXPECTED, ymd(2024, 4, 30), GATE_REPORT); /* late */
    d.papers[0] = (struct dossier_paper){ PAPER_RECEIVED, ymd(2024, 3, 28), DATE_NONE };
    check(&d, 1, ymd(2024, 3, 29), FORECAST_EXPECTED, ymd(2024, 4, 7), GATE_DATE);
    check(&d, 1, ymd(2024, 4, 20), FORECAST_EXPECTED, ymd(2024, 4, 20), GATE_REPORT); /* overdue */
    d.papers[0] = (struct dossier_paper){ PAPER_ACCEPTED, ymd(2024, 3, 28), ymd(2024, 3, 28) };
    check(&d, 1, ymd(2024, 3, 29), FORECAST_CERTAIN, ymd(2024, 4, 2), GATE_DATE);
    s.papers[0].needs_accepted = false; /* then nobody looks at it */
    d.papers[0] = (struct dossier_paper){ PAPER_EXPECTED, DATE_NONE, DATE_NONE };
    check(&d, 1, ymd(2024, 1, 3), FORECAST_EXPECTED, ymd(2024, 4, 2), GATE_DATE);
}
END_TEST

START_TEST(a_rung_never_comes_before_one_below_it)
{
    struct scheme s = two_rungs();
    struct dossier d = signed_on(&s, ymd(2024, 1, 2));

    d.account.verified_on = DATE_NONE;
    check(&d, 0, ymd(2024, 1, 3), FORECAST_UNDATED, DATE_NONE, GATE_ACCOUNT);
    check(&d, 1, ymd(2024, 1, 3), FORECAST_UNDATED, DATE_NONE, GATE_DATE);
    d.account.verified_on = ymd(2024, 1, 2);
    s.rungs[0].needs_approval = true; /* the lower one has no day, so the upper one has none */
    s.rungs[1].papers = 0;
    check(&d, 1, ymd(2024, 1, 3), FORECAST_UNDATED, DATE_NONE, GATE_DATE);
    d.tranches[0].state = TRANCHE_PAID; /* what was paid holds nothing up */
    d.tranches[0].taken.v = 600000;
    check(&d, 1, ymd(2024, 1, 3), FORECAST_CERTAIN, ymd(2024, 4, 2), GATE_DATE);
}
END_TEST

START_TEST(what_was_ordered_is_not_to_come)
{
    struct scheme s = two_rungs();
    struct dossier d = signed_on(&s, ymd(2024, 1, 2));
    struct forecast f;

    d.tranches[0].state = TRANCHE_ORDERED;
    d.tranches[0].taken.v = 600000;
    ck_assert(!forecast_rung(&d, 0, due(), ymd(2024, 1, 3), &f));
    d.tranches[1].state = TRANCHE_CLOSED;
    ck_assert(!forecast_rung(&d, 1, due(), ymd(2024, 1, 3), &f));
}
END_TEST

/* Of two papers one is there: the other alone is waited for, whatever the first one's day was. */
START_TEST(papers_that_are_in_are_not_waited_for)
{
    struct scheme s = two_rungs();
    struct dossier d = signed_on(&s, ymd(2024, 1, 2));

    s.paper_count = 2;
    s.papers[1] = s.papers[0];
    s.rungs[1].papers = 3;
    d.papers[1] = (struct dossier_paper){ PAPER_ACCEPTED, ymd(2024, 1, 3), ymd(2024, 1, 3) };
    check(&d, 1, ymd(2024, 1, 3), FORECAST_EXPECTED, ymd(2024, 4, 12), GATE_DATE);
    s.rungs[1].papers = 2;
    check(&d, 1, ymd(2024, 1, 3), FORECAST_CERTAIN, ymd(2024, 4, 2), GATE_DATE);
}
END_TEST

START_TEST(what_an_amendment_left_nothing_of_is_not_to_come)
{
    struct scheme s = two_rungs();
    struct dossier d = signed_on(&s, ymd(2024, 1, 2));
    struct forecast f;

    d.grant.v = 600000; /* lowered once the first was paid in full */
    d.tranches[0].state = TRANCHE_PAID;
    d.tranches[0].taken.v = d.tranches[0].ceiling.v = 600000;
    d.tranches[1].ceiling.v = 600000;
    ck_assert(!forecast_rung(&d, 1, due(), ymd(2024, 1, 3), &f));
    d.grant.v = d.tranches[1].ceiling.v = 600001;
    ck_assert(forecast_rung(&d, 1, due(), ymd(2024, 1, 3), &f));
    ck_assert_int_eq(f.amount.v, 1);
}
END_TEST

START_TEST(periods_begin_on_mondays_and_first_days)
{
    struct date day = ymd(2024, 5, 16);

    ck_assert_int_eq(forecast_period(PERIOD_WEEK, day).day, ymd(2024, 5, 13).day);
    ck_assert_int_eq(forecast_period(PERIOD_MONTH, day).day, ymd(2024, 5, 1).day);
    ck_assert_int_eq(forecast_period(PERIOD_YEAR, day).day, ymd(2024, 1, 1).day);
    ck_assert_int_eq(forecast_period(PERIOD_WEEK, ymd(2024, 5, 13)).day, ymd(2024, 5, 13).day);
    ck_assert_int_eq(forecast_period(PERIOD_WEEK, ymd(2024, 5, 12)).day, ymd(2024, 5, 6).day);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forecast");
    TCase *c = suite_case(suite, "forecast");

    tcase_add_test(c, what_is_open_is_certain_today);
    tcase_add_test(c, a_paper_that_is_looked_at_takes_that_time);
    tcase_add_test(c, a_rung_never_comes_before_one_below_it);
    tcase_add_test(c, what_was_ordered_is_not_to_come);
    tcase_add_test(c, papers_that_are_in_are_not_waited_for);
    tcase_add_test(c, what_an_amendment_left_nothing_of_is_not_to_come);
    tcase_add_test(c, periods_begin_on_mondays_and_first_days);
    return run_suite(suite);
}
