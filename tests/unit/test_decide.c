/* Decisions: the call of 2023 in its scenes, and conventions walked day by day for a year, against
 * the rule "the first day on which nothing is missing" said in plain numbers. */
#include "suite.h"
#include <base/mem.h>
#include <core/decide.h>
#include <core/forecast.h>

enum { MID, FINAL, STATEMENT, PAPERS };

/* Days are numbers from 1 January 2024 on; NO is "it never happens". */
enum { NO = -10000 };

static struct date day(int n)
{
    return n == NO ? DATE_NONE : date_add_days(date_from_ymd(2024, 1, 1), n);
}

static struct date ymd(int y, int m, int d)
{
    return date_from_ymd(y, m, d);
}

/* The call of 2023: 60 % when all have signed, 40 % at three months with the mid-term report. */
static struct scheme call_of_2023(void)
{
    struct scheme s = { .code = "LAB-2023",
                        .party_count = 2,
                        .paper_count = PAPERS,
                        .rung_count = 2,
                        .fact_count = 1,
                        .duration = { .months = 6 } };

    s.decided_on = ymd(2023, 12, 12);
    s.received_on = s.published_on = ymd(2023, 12, 19);
    s.envelope.v = 5000000;
    s.grant_min.v = 500000;
    s.grant_max.v = 1000000;
    s.papers[MID] =
        (struct scheme_paper){ "mid-report", { ANCHOR_FACT, 0, true, { 3, 0 } }, false, { 0 } };
    s.papers[FINAL] =
        (struct scheme_paper){ "final", { ANCHOR_EFFECT, 0, false, { 6, 0 } }, true, { 0 } };
    s.papers[STATEMENT] =
        (struct scheme_paper){ "end", { ANCHOR_EFFECT, 0, false, { 6, 0 } }, true, { 0 } };
    s.rungs[0] = (struct scheme_rung){ .name = "1", .up_to = { 600000 } };
    s.rungs[1] = (struct scheme_rung){ .name = "2",
                                       .up_to = { 1000000 },
                                       .papers = 1U << MID,
                                       .after = { ANCHOR_EFFECT, 0, false, { 3, 0 } } };
    return s;
}

static struct dossier dossier_of(const struct scheme *scheme)
{
    struct dossier d = { .scheme = scheme,
                         .reference = "LAB2-2023-01",
                         .grant = { 1000000 },
                         .beneficiary_active = true,
                         .account_wait_days = 2 };

    d.account = (struct dossier_account){ .present = true,
                                          .ordinal = 1,
                                          .proposed_on = ymd(2023, 12, 20),
                                          .verified_on = ymd(2023, 12, 21) };
    return d;
}

static void sign(struct dossier *d, unsigned party, struct date on)
{
    d->signed_on[party] = on;
    d->state = decide_signed_state(d, on);
}

/* Decides, keeps the decision as it would be stored, and says how many were ordered. */
static unsigned act(struct dossier *d, struct date on)
{
    struct decision decision;

    decide(d, on, &decision);
    d->state = decision.state;
    for (unsigned t = 0; t < d->scheme->rung_count; t++) {
        if (decision.rungs[t].act == RUNG_ORDER) {
            d->tranches[t].state = TRANCHE_ORDERED;
            d->tranches[t].taken = decision.rungs[t].amount;
        } else if (decision.rungs[t].act == RUNG_CLOSE) {
            d->tranches[t].state = TRANCHE_CLOSED;
            d->tranches[t].taken.v = 0;
        }
    }
    return decision.orders;
}

static void receive(struct dossier *d, unsigned paper, struct date on)
{
    d->papers[paper] = (struct dossier_paper){ PAPER_RECEIVED, on, DATE_NONE };
}

static void accept(struct dossier *d, unsigned paper, struct date on)
{
    d->papers[paper] = (struct dossier_paper){ PAPER_ACCEPTED, on, on };
}

static struct date look(const struct dossier *d, struct date on)
{
    struct decision decision;

    decide(d, on, &decision);
    return decision.look_on;
}

static void check_day(struct date got, struct date expected)
{
    char a[DATE_TEXT_MAX], b[DATE_TEXT_MAX];

    ck_assert_msg(got.day == expected.day, "%s, not %s", date_format(a, got),
                  date_format(b, expected));
}

START_TEST(the_call_of_2023_pays_6000_on_signature_and_4000_at_three_months)
{
    struct scheme s = call_of_2023();
    struct dossier d = dossier_of(&s);

    sign(&d, 0, ymd(2024, 1, 10));
    ck_assert_int_eq(d.state, CONVENTION_SIGNING);
    sign(&d, 1, ymd(2024, 1, 15));
    ck_assert_int_eq(d.state, CONVENTION_IN_FORCE);
    ck_assert_uint_eq(act(&d, ymd(2024, 1, 15)), 1);
    ck_assert_int_eq(d.tranches[0].taken.v, 600000);
    ck_assert_int_eq(d.tranches[1].state, TRANCHE_HELD);
    check_day(look(&d, ymd(2024, 1, 15)), ymd(2024, 4, 15));
    receive(&d, MID, ymd(2024, 4, 10));
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 14)), 0);
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 15)), 1);
    ck_assert_int_eq(d.tranches[1].taken.v, 400000);
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 15)), 0);
    check_day(look(&d, ymd(2024, 4, 15)), ymd(2024, 7, 16));
}
END_TEST

START_TEST(nothing_leaves_until_the_second_party_signs_in_whatever_order)
{
    struct scheme s = call_of_2023();

    for (unsigned first = 0; first < 2; first++) {
        struct dossier d = dossier_of(&s);

        sign(&d, first, ymd(2024, 1, 10));
        for (int n = 9; n < 60; n++)
            ck_assert_uint_eq(act(&d, day(n)), 0);
        ck_assert_int_eq(d.state, CONVENTION_SIGNING);
        check_day(look(&d, day(59)), DATE_NONE);
        sign(&d, !first, day(60));
        ck_assert_uint_eq(act(&d, day(60)), 1);
        check_day(dossier_effect_on(&d, day(60)), day(60));
        check_day(dossier_ends_on(&d), ymd(2024, 9, 1));
    }
}
END_TEST

START_TEST(a_convention_signed_before_the_decision_is_executory_waits_for_it)
{
    struct scheme s = call_of_2023();
    struct dossier d = dossier_of(&s);

    s.received_on = s.published_on = DATE_NONE;
    d.account.verified_on = ymd(2023, 12, 13);
    sign(&d, 0, ymd(2023, 12, 14));
    sign(&d, 1, ymd(2023, 12, 14));
    ck_assert_uint_eq(act(&d, ymd(2023, 12, 14)), 0);
    s.received_on = ymd(2023, 12, 19);
    ck_assert_uint_eq(act(&d, ymd(2023, 12, 19)), 0);
    s.published_on = ymd(2023, 12, 22); /* announced: the only fact that is known ahead */
    ck_assert_uint_eq(act(&d, ymd(2023, 12, 19)), 0);
    check_day(look(&d, ymd(2023, 12, 19)), ymd(2023, 12, 22));
    ck_assert_uint_eq(act(&d, ymd(2023, 12, 21)), 0);
    ck_assert_uint_eq(act(&d, ymd(2023, 12, 22)), 1);
    /* The three months run from the signature all the same. */
    receive(&d, MID, ymd(2024, 3, 1));
    ck_assert_uint_eq(act(&d, ymd(2024, 3, 13)), 0);
    ck_assert_uint_eq(act(&d, ymd(2024, 3, 14)), 1);
}
END_TEST

static struct dossier first_paid(const struct scheme *s)
{
    struct dossier d = dossier_of(s);

    sign(&d, 0, ymd(2024, 1, 15));
    sign(&d, 1, ymd(2024, 1, 15));
    ck_assert_uint_eq(act(&d, ymd(2024, 1, 15)), 1);
    d.tranches[0].state = TRANCHE_PAID;
    return d;
}

START_TEST(an_early_report_waits_and_a_late_one_releases_the_day_it_comes)
{
    struct scheme s = call_of_2023();
    struct dossier d = first_paid(&s);

    receive(&d, MID, ymd(2024, 2, 1));
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 14)), 0);
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 15)), 1);
    d = first_paid(&s);
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 15)), 0);
    ck_assert_uint_eq(act(&d, ymd(2024, 5, 19)), 0);
    receive(&d, MID, ymd(2024, 5, 20));
    ck_assert_uint_eq(act(&d, ymd(2024, 5, 20)), 1);
    d = first_paid(&s);
    receive(&d, MID, ymd(2024, 7, 15)); /* the last day */
    ck_assert_uint_eq(act(&d, ymd(2024, 7, 15)), 1);
}
END_TEST

START_TEST(a_report_after_the_six_months_is_held_as_expired)
{
    struct scheme s = call_of_2023();
    struct dossier d = first_paid(&s);
    struct verdict v;

    ck_assert_uint_eq(act(&d, ymd(2024, 7, 15)), 0);
    ck_assert_int_eq(d.state, CONVENTION_IN_FORCE);
    ck_assert_uint_eq(act(&d, ymd(2024, 7, 16)), 0);
    ck_assert_int_eq(d.state, CONVENTION_EXPIRED);
    receive(&d, MID, ymd(2024, 7, 16));
    ck_assert_uint_eq(act(&d, ymd(2024, 7, 16)), 0);
    ck_assert_uint_eq(act(&d, ymd(2025, 7, 16)), 0);
    v = gate_ask(GATE_STANDING, &d, 1, ymd(2024, 7, 16));
    ck_assert(!v.open && v.reason == REASON_EXPIRED);
    check_day(look(&d, ymd(2024, 7, 16)), DATE_NONE);
}
END_TEST

START_TEST(a_report_refused_after_its_release_claws_nothing_back)
{
    struct scheme s = call_of_2023();
    struct dossier d = first_paid(&s);

    receive(&d, MID, ymd(2024, 4, 1));
    ck_assert_uint_eq(act(&d, ymd(2024, 4, 15)), 1);
    d.papers[MID].state = PAPER_EXPECTED;
    for (int n = 106; n < 400; n++)
        ck_assert_uint_eq(act(&d, day(n)), 0);
    ck_assert_int_eq(d.tranches[1].state, TRANCHE_ORDERED);
    ck_assert_int_eq(d.tranches[1].taken.v, 400000);
}
END_TEST

START_TEST(month_ends_stop_at_the_end_of_february)
{
    static const struct {
        int signed_on[3], second_on[3], ends_on[3];
    } ends[] = {
        { { 2023, 11, 30 }, { 2024, 2, 29 }, { 2024, 5, 30 } },
        { { 2024, 11, 30 }, { 2025, 2, 28 }, { 2025, 5, 30 } },
        { { 2024, 8, 31 }, { 2024, 11, 30 }, { 2025, 2, 28 } },
        { { 2027, 8, 31 }, { 2027, 11, 30 }, { 2028, 2, 29 } },
    };

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct scheme s = call_of_2023();
        struct dossier d = dossier_of(&s);
        struct date from = ymd(ends[i].signed_on[0], ends[i].signed_on[1], ends[i].signed_on[2]);
        struct date second = ymd(ends[i].second_on[0], ends[i].second_on[1], ends[i].second_on[2]);
        struct date last = ymd(ends[i].ends_on[0], ends[i].ends_on[1], ends[i].ends_on[2]);

        s.decided_on = s.received_on = s.published_on = ymd(2023, 11, 1);
        d.account.verified_on = from;
        sign(&d, 0, from);
        sign(&d, 1, from);
        receive(&d, MID, from);
        ck_assert_uint_eq(act(&d, from), 1);
        ck_assert_uint_eq(act(&d, date_add_days(second, -1)), 0);
        ck_assert_uint_eq(act(&d, second), 1);
        check_day(dossier_ends_on(&d), last);
        act(&d, last);
        ck_assert_int_eq(d.state, CONVENTION_IN_FORCE);
        act(&d, date_add_days(last, 1));
        ck_assert_int_eq(d.state, CONVENTION_EXPIRED);
    }
}
END_TEST

START_TEST(what_was_due_while_nobody_looked_is_ordered_once_on_the_day_somebody_does)
{
    struct scheme s = call_of_2023();
    struct dossier d = dossier_of(&s);
    struct decision decision;

    sign(&d, 0, ymd(2024, 1, 15));
    sign(&d, 1, ymd(2024, 1, 15));
    receive(&d, MID, ymd(2024, 4, 1));
    decide(&d, ymd(2024, 5, 20), &decision);
    ck_assert_uint_eq(decision.orders, 2);
    ck_assert_int_eq(decision.rungs[0].amount.v, 600000);
    ck_assert_int_eq(decision.rungs[1].amount.v, 400000);
    ck_assert_uint_eq(act(&d, ymd(2024, 5, 20)), 2);
    ck_assert_uint_eq(act(&d, ymd(2024, 5, 20)), 0);
}
END_TEST

/* A ladder whose rungs ask for nothing but the signature. */
static struct scheme bare_ladder(unsigned count, const int32_t *up_to)
{
    struct scheme s = call_of_2023();

    s.rung_count = count;
    s.grant_min.v = 1;
    for (unsigned t = 0; t < count; t++)
        s.rungs[t] = (struct scheme_rung){ .name = "t", .up_to = { up_to[t] } };
    return s;
}

static const int32_t SIXTY_FORTY[] = { 600000, 1000000 };
static const int32_t FIFTY_THIRTY_TWENTY[] = { 500000, 800000, 1000000 };

static struct dossier in_force(const struct scheme *s, int64_t grant)
{
    struct dossier d = dossier_of(s);

    d.grant.v = grant;
    sign(&d, 0, day(14));
    sign(&d, 1, day(14));
    return d;
}

START_TEST(a_rung_on_which_nothing_is_due_is_closed_and_the_next_takes_all)
{
    struct scheme s = bare_ladder(2, SIXTY_FORTY);
    struct dossier d = in_force(&s, 1);
    struct decision decision;

    decide(&d, day(14), &decision);
    ck_assert_int_eq(decision.rungs[0].act, RUNG_CLOSE);
    ck_assert_int_eq(decision.rungs[0].amount.v, 0);
    ck_assert_int_eq(decision.rungs[1].act, RUNG_ORDER);
    ck_assert_int_eq(decision.rungs[1].amount.v, 1);
    ck_assert_uint_eq(decision.orders, 1);
    /* A grant lowered to what was paid leaves nothing for the last. */
    d = in_force(&s, 600000);
    d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_PAID, .taken = { 600000 } };
    decide(&d, day(14), &decision);
    ck_assert_int_eq(decision.rungs[0].act, RUNG_KEEP);
    ck_assert_int_eq(decision.rungs[1].act, RUNG_CLOSE);
    ck_assert_uint_eq(decision.orders, 0);
}
END_TEST

START_TEST(a_rung_behind_a_shut_gate_is_not_closed)
{
    struct scheme s = bare_ladder(2, SIXTY_FORTY);
    struct dossier d = in_force(&s, 1);
    struct decision decision;

    d.suspended_on = day(14);
    decide(&d, day(14), &decision);
    ck_assert_int_eq(decision.rungs[0].act, RUNG_KEEP);
    ck_assert_int_eq(decision.rungs[1].act, RUNG_KEEP);
}
END_TEST

START_TEST(the_second_rung_waits_for_the_first_to_be_taken_or_closed)
{
    struct scheme s = bare_ladder(2, SIXTY_FORTY);

    s.rungs[0].needs_approval = true;
    for (int state = 0; state < TRANCHE_STATES; state++) {
        struct dossier d = in_force(&s, 1000000);
        struct decision decision;

        d.tranches[0].state = (enum tranche_state)state;
        d.tranches[0].taken.v = state == TRANCHE_HELD || state == TRANCHE_CLOSED ? 0 : 600000;
        decide(&d, day(14), &decision);
        if (state == TRANCHE_HELD)
            ck_assert_int_eq(decision.rungs[1].act, RUNG_KEEP);
        else
            ck_assert_int_eq(decision.rungs[1].amount.v,
                             state == TRANCHE_CLOSED ? 1000000 : 400000);
        ck_assert_int_eq(decision.rungs[0].act, RUNG_KEEP);
    }
}
END_TEST

START_TEST(only_a_held_tranche_is_ever_ordered)
{
    struct scheme s = bare_ladder(2, SIXTY_FORTY);

    for (int a = 0; a < TRANCHE_STATES; a++)
        for (int b = 0; b < TRANCHE_STATES; b++) {
            struct dossier d = in_force(&s, 1000000);
            struct decision decision;

            d.tranches[0] =
                (struct dossier_tranche){ .state = (enum tranche_state)a, .taken = { 0 } };
            d.tranches[1] =
                (struct dossier_tranche){ .state = (enum tranche_state)b, .taken = { 0 } };
            d.tranches[0].taken.v = a == TRANCHE_HELD || a == TRANCHE_CLOSED ? 0 : 600000;
            d.tranches[1].taken.v = b == TRANCHE_HELD || b == TRANCHE_CLOSED ? 0 : 400000;
            decide(&d, day(14), &decision);
            EXPECT((decision.rungs[0].act == RUNG_KEEP) == (a != TRANCHE_HELD), "%d, %d", a, b);
            EXPECT((decision.rungs[1].act == RUNG_KEEP) == (b != TRANCHE_HELD), "%d, %d", a, b);
        }
}
END_TEST

START_TEST(a_dead_order_is_made_again_for_the_same_sum)
{
    struct scheme s = bare_ladder(3, FIFTY_THIRTY_TWENTY);
    struct dossier d = in_force(&s, 1000000);
    struct decision decision;

    d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_HELD, .taken = { 500000 } };
    d.tranches[1] = (struct dossier_tranche){ .state = TRANCHE_SENT, .taken = { 300000 } };
    decide(&d, day(14), &decision);
    ck_assert_int_eq(decision.rungs[0].amount.v, 500000);
    ck_assert_int_eq(decision.rungs[1].act, RUNG_KEEP);
    ck_assert_int_eq(decision.rungs[2].amount.v, 200000);
    ck_assert_uint_eq(decision.orders, 2);
}
END_TEST

START_TEST(a_dead_order_that_is_closed_frees_its_sum_for_the_rung_above)
{
    struct scheme s = bare_ladder(3, FIFTY_THIRTY_TWENTY);
    struct dossier d = in_force(&s, 375000);
    struct decision at_once;

    /* 10 000 was lowered to 3 750 after 3 000 were paid on the second rung, while the first waited
     * for its re-issue: nothing is due on the first any more, and 750 are on the third. */
    d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_HELD, .taken = { 500000 } };
    d.tranches[1] = (struct dossier_tranche){ .state = TRANCHE_PAID, .taken = { 300000 } };
    decide(&d, day(14), &at_once);
    ck_assert_int_eq(at_once.rungs[0].act, RUNG_CLOSE);
    /* The same in two steps gives the sum. */
    s.rungs[2].needs_approval = true;
    act(&d, day(14));
    d.tranches[2].approved_on = day(14);
    d.tranches[2].approved = MONEY_MAX;
    ck_assert_uint_eq(act(&d, day(14)), 1);
    ck_assert_int_eq(d.tranches[2].taken.v, 75000);
    ck_assert_msg(at_once.rungs[2].act == RUNG_ORDER, "the third rung: act %d",
                  (int)at_once.rungs[2].act);
    ck_assert_int_eq(at_once.rungs[2].amount.v, 75000);
}
END_TEST

START_TEST(all_paid_and_handed_in_completes_and_one_missing_paper_expires)
{
    struct scheme s = call_of_2023();

    for (unsigned bits = 0; bits < 16; bits++) {
        struct dossier d = in_force(&s, 1000000);
        bool complete = bits == 15;

        d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_PAID, .taken = { 600000 } };
        d.tranches[1] = (struct dossier_tranche){ .state = TRANCHE_ORDERED, .taken = { 400000 } };
        if (bits & 1)
            d.tranches[1].state = TRANCHE_PAID;
        if (bits & 2)
            accept(&d, FINAL, day(150));
        if (bits & 4)
            accept(&d, STATEMENT, day(160));
        else
            receive(&d, STATEMENT, day(160)); /* received is not accepted */
        if (!(bits & 8))
            d.tranches[0].state = TRANCHE_RETURNED;
        act(&d, day(196));
        ck_assert_int_eq(d.state, complete ? CONVENTION_COMPLETED : CONVENTION_IN_FORCE);
        act(&d, day(197));
        ck_assert_int_eq(d.state, complete ? CONVENTION_COMPLETED : CONVENTION_EXPIRED);
        ck_assert(decide_is_complete(&d, day(197)) == complete);
        check_day(look(&d, day(197)), DATE_NONE);
    }
}
END_TEST

START_TEST(what_comes_after_the_last_day_still_completes)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s, 1000000);

    d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_PAID, .taken = { 600000 } };
    d.tranches[1] = (struct dossier_tranche){ .state = TRANCHE_CLOSED, .taken = { 0 } };
    accept(&d, FINAL, day(150));
    act(&d, day(197));
    ck_assert_int_eq(d.state, CONVENTION_EXPIRED);
    d.papers[STATEMENT] = (struct dossier_paper){ PAPER_WAIVED, DATE_NONE, day(220) };
    act(&d, day(219));
    ck_assert_int_eq(d.state, CONVENTION_EXPIRED);
    act(&d, day(220));
    ck_assert_int_eq(d.state, CONVENTION_COMPLETED);
}
END_TEST

START_TEST(terminal_states_stay_and_order_nothing)
{
    struct scheme s = call_of_2023();

    for (int n = 14; n < 300; n++) {
        struct dossier d = in_force(&s, 1000000);

        d.state = CONVENTION_TERMINATED;
        d.terminated_on = day(14);
        receive(&d, MID, day(14));
        ck_assert_uint_eq(act(&d, day(n)), 0);
        ck_assert_int_eq(d.state, CONVENTION_TERMINATED);
    }
}
END_TEST

START_TEST(signatures_never_take_a_state_backwards)
{
    struct scheme s = call_of_2023();

    for (int state = 0; state < CONVENTION_STATES; state++)
        for (unsigned signatures = 0; signatures < 4; signatures++) {
            static const enum convention_state by_count[] = { CONVENTION_DRAFT, CONVENTION_SIGNING,
                                                              CONVENTION_SIGNING,
                                                              CONVENTION_IN_FORCE };
            struct dossier d = dossier_of(&s);
            int expected = state;

            d.state = (enum convention_state)state;
            d.signed_on[0] = day(signatures & 1 ? 14 : NO);
            d.signed_on[1] = day(signatures & 2 ? 14 : NO);
            if (state <= CONVENTION_SIGNING && (int)by_count[signatures] > state)
                expected = (int)by_count[signatures];
            ck_assert_int_eq(decide_signed_state(&d, day(14)), expected);
            /* Signed tomorrow is not signed. */
            ck_assert_int_eq(decide_signed_state(&d, day(13)), state);
        }
}
END_TEST

/* ---- a year, day by day ---- */

/* What happens in one convention, and when it becomes known: on its day. */
struct story {
    int executory, published_known, signatures[2], verified, wait, ordinal, report, final;
    int suspended, resumed, approved;
    bool late_account; /* a second account replaces the first after the first order */
};

enum { FIRST_DAY = -20, LAST_DAY = 365 };

/* Effects with three and six months counted by hand: 2, 15 and 31 January, 31 August 2024. */
static const int EFFECTS[][3] = {
    { 1, 92, 183 },
    { 14, 105, 196 },
    { 30, 120, 212 },
    { 243, 334, 424 },
};

static int effect_of(const struct story *st)
{
    if (st->signatures[0] == NO || st->signatures[1] == NO)
        return NO;
    return st->signatures[0] > st->signatures[1] ? st->signatures[0] : st->signatures[1];
}

static int months_after(int effect, int column)
{
    for (size_t i = 0; i < ARRAY_LEN(EFFECTS); i++)
        if (EFFECTS[i][0] == effect)
            return EFFECTS[i][column];
    ck_abort_msg("no effect on day %d", effect);
    return NO;
}

static int known(int n, int on)
{
    return n != NO && n <= on ? n : NO;
}

/* Puts into the dossier what is known on day ON; true when something became known just then. */
static bool tell(const struct story *st, struct scheme *s, struct dossier *d, int on)
{
    bool news = on == FIRST_DAY || on == st->published_known || on == st->signatures[0] ||
                on == st->signatures[1] || on == st->verified || on == st->report ||
                on == st->final || on == st->suspended || on == st->resumed || on == st->approved;

    s->received_on = s->published_on =
        day(known(st->published_known, on) == NO ? NO : st->executory);
    d->signed_on[0] = day(known(st->signatures[0], on));
    d->signed_on[1] = day(known(st->signatures[1], on));
    d->account = (struct dossier_account){ .present = true,
                                           .ordinal = (unsigned)st->ordinal,
                                           .proposed_on = day(FIRST_DAY),
                                           .verified_on = day(known(st->verified, on)) };
    d->account_wait_days = st->wait;
    if (known(st->report, on) != NO)
        receive(d, MID, day(st->report));
    if (known(st->final, on) != NO) {
        accept(d, FINAL, day(st->final));
        accept(d, STATEMENT, day(st->final));
    }
    d->suspended_on = day(known(st->suspended, on));
    if (known(st->resumed, on) != NO)
        d->suspended_on = DATE_NONE;
    s->rungs[1].needs_approval = st->approved != FIRST_DAY;
    d->tranches[1].approved_on = day(known(st->approved, on));
    d->tranches[1].approved = MONEY_MAX;
    return news;
}

/* True when nothing that both rungs ask for is missing on day ON. */
static bool payable(const struct story *st, int on)
{
    int effect = effect_of(st), usable = st->verified;

    if (st->ordinal > 1 && usable != NO)
        usable += st->wait;
    return known(st->published_known, on) != NO && known(st->executory, on) != NO &&
           known(effect, on) != NO && known(usable, on) != NO && on <= months_after(effect, 2) &&
           !(known(st->suspended, on) != NO && known(st->resumed, on) == NO);
}

/* The first day from FROM on which rung T may be ordered, or NO. */
static int order_day(const struct story *st, unsigned t, int from)
{
    for (int on = from; from != NO && on <= LAST_DAY; on++) {
        if (!payable(st, on))
            continue;
        if (t == 0)
            return on;
        if (on >= months_after(effect_of(st), 1) && known(st->report, on) != NO &&
            known(st->approved, on) != NO)
            return on;
    }
    return NO;
}

static enum convention_state state_by(const struct story *st, const int ordered[2], int on)
{
    int effect = effect_of(st), ends;
    bool paid = known(ordered[0], on - 1) != NO && known(ordered[1], on - 1) != NO;

    if (known(effect, on) == NO)
        return known(st->signatures[0], on) != NO || known(st->signatures[1], on) != NO
                   ? CONVENTION_SIGNING
                   : CONVENTION_DRAFT;
    ends = months_after(effect, 2);
    if (paid && known(st->final, on) != NO)
        return CONVENTION_COMPLETED;
    return on > ends ? CONVENTION_EXPIRED : CONVENTION_IN_FORCE;
}

/* Between today and the day named, time alone changes nothing. */
static void check_honest(const struct dossier *d, int on, unsigned story)
{
    struct decision now, later;
    int until;

    decide(d, day(on), &now);
    until = date_is_set(now.look_on) ? date_days(day(0), now.look_on) : LAST_DAY + 200;
    EXPECT(until > on, "story %u, day %d: looks back to %d", story, on, until);
    EXPECT(!now.orders && now.state == d->state, "story %u, day %d: not settled", story, on);
    for (int n = on + 1; n < until; n++) {
        decide(d, day(n), &later);
        EXPECT(later.state == d->state && !later.orders && later.rungs[0].act == RUNG_KEEP &&
                   later.rungs[1].act == RUNG_KEEP,
               "story %u: on day %d the next look is on %d, but %d changes something", story, on,
               until, n);
    }
}

/* Orders of one day: each on the day expected, for its part, and never twice. */
static void check_orders(const struct decision *out, const int ordered[2], int on, unsigned story)
{
    static const int64_t parts[] = { 600000, 400000 };

    for (unsigned t = 0; t < 2; t++) {
        bool expected = ordered[t] == on;

        EXPECT(out->rungs[t].act == (expected ? RUNG_ORDER : RUNG_KEEP),
               "story %u, day %d, rung %u: act %d, expected on day %d", story, on, t + 1,
               (int)out->rungs[t].act, ordered[t]);
        EXPECT(!expected || out->rungs[t].amount.v == parts[t], "story %u, rung %u: %lld", story,
               t + 1, (long long)out->rungs[t].amount.v);
    }
    EXPECT(out->orders == (unsigned)((ordered[0] == on) + (ordered[1] == on)), "story %u, day %d",
           story, on);
}

static void walk(const struct story *st, unsigned story)
{
    struct scheme s = call_of_2023();
    struct dossier d = dossier_of(&s);
    int ordered[2], look_on = NO;

    ordered[0] = order_day(st, 0, FIRST_DAY);
    ordered[1] = order_day(st, 1, ordered[0]);
    for (int on = FIRST_DAY; on <= LAST_DAY; on++) {
        bool news = tell(st, &s, &d, on);
        struct decision out;

        /* What was ordered on an earlier day is paid by now. */
        for (unsigned t = 0; t < 2; t++)
            if (d.tranches[t].state == TRANCHE_ORDERED) {
                d.tranches[t].state = TRANCHE_PAID;
                news = true;
            }
        decide(&d, day(on), &out);
        check_orders(&out, ordered, on, story);
        EXPECT(out.state == state_by(st, ordered, on), "story %u, day %d: state %s", story, on,
               convention_state_name(out.state));
        act(&d, day(on));
        EXPECT(!dossier_broken(&d), "story %u, day %d: broken", story, on);
        if (news || out.orders || on == look_on) {
            check_honest(&d, on, story);
            decide(&d, day(on), &out);
            look_on = date_is_set(out.look_on) ? date_days(day(0), out.look_on) : NO;
        }
    }
}

/* The next element of a small domain, by the digits of *N. */
#define PICK(n, ...) \
    pick((n), (const int[]){ __VA_ARGS__ }, ARRAY_LEN(((const int[]){ __VA_ARGS__ })))

static int pick(unsigned *n, const int *values, size_t count)
{
    int value = values[*n % count];

    *n /= (unsigned)count;
    return value;
}

/* Story N; false past the last. */
static bool story_tell(struct story *st, unsigned n)
{
    int effect = PICK(&n, 1, 14, 30, 243, NO), earlier = PICK(&n, 0, -9), side = PICK(&n, 0, 1);

    *st = (struct story){ .wait = 2 };
    st->signatures[side] = effect;
    st->signatures[!side] = effect == NO ? 5 : effect + earlier;
    st->executory = PICK(&n, -12, 40);
    st->published_known = PICK(&n, 30, 40);
    if (st->executory == -12)
        st->published_known = -12;
    st->ordinal = PICK(&n, 1, 2);
    st->verified = PICK(&n, -11, 50, 195);
    st->report = PICK(&n, NO, 20, 105, 183, 190, 340);
    st->final = PICK(&n, NO, 100, 200);
    st->suspended = PICK(&n, NO, 10, 91);
    st->resumed = PICK(&n, 130, NO);
    if (st->suspended == NO)
        st->resumed = NO;
    st->approved = PICK(&n, FIRST_DAY, 125);
    return n == 0;
}

START_TEST(a_year_of_days_orders_each_rung_once_on_the_first_day_that_is_free)
{
    struct story st;
    unsigned walked = 0;

    /* A prime step that divides no domain: each value meets each other one in a part of the time.
     */
    for (unsigned n = 0; story_tell(&st, n); n += 29, walked++)
        walk(&st, n);
    ck_assert_uint_gt(walked, 3500);
}
END_TEST

START_TEST(random_stories_keep_the_same_promises)
{
    uint64_t seed;
    struct dice dice = dice_new(&seed);

    for (unsigned n = 0; n < 1000; n++) {
        struct story st = { .wait = (int)dice_range(&dice, 0, 5) };
        int effect = EFFECTS[dice_range(&dice, 0, 3)][0], first = (int)dice_range(&dice, 0, 1);

        st.signatures[first] = effect;
        st.signatures[!first] = effect - (int)dice_range(&dice, 0, 12);
        st.executory = (int)dice_range(&dice, FIRST_DAY, 60);
        st.published_known = (int)dice_range(&dice, FIRST_DAY, st.executory);
        st.ordinal = (int)dice_range(&dice, 1, 3);
        st.verified = (int)dice_range(&dice, FIRST_DAY, 260);
        st.report = (int)dice_range(&dice, 0, 300);
        st.final = (int)dice_range(&dice, 60, 365);
        st.suspended = dice_range(&dice, 0, 1) ? NO : (int)dice_range(&dice, 0, 200);
        st.resumed = st.suspended == NO ? NO : st.suspended + (int)dice_range(&dice, 1, 90);
        st.approved = dice_range(&dice, 0, 1) ? FIRST_DAY : (int)dice_range(&dice, 0, 300);
        walk(&st, n);
    }
}
END_TEST

START_TEST(the_same_dossier_and_day_give_the_same_decision)
{
    struct scheme s = call_of_2023();

    for (int n = FIRST_DAY; n <= LAST_DAY; n++) {
        struct dossier d = in_force(&s, 1000000), before = d;
        struct decision a, b;

        memset(&a, 0x55, sizeof a);
        memset(&b, 0xAA, sizeof b);
        decide(&d, day(n), &a);
        decide(&d, day(n), &b);
        ck_assert(a.state == b.state && a.orders == b.orders && a.look_on.day == b.look_on.day);
        for (unsigned t = 0; t < SCHEME_RUNGS_MAX; t++)
            EXPECT(a.rungs[t].act == b.rungs[t].act && a.rungs[t].amount.v == b.rungs[t].amount.v,
                   "day %d, rung %u", n, t);
        ck_assert(d.state == before.state &&
                  !memcmp(d.tranches, before.tranches, sizeof d.tranches));
    }
}
END_TEST

START_TEST(a_dossier_that_contradicts_itself_is_named)
{
    struct scheme s = call_of_2023();
    struct dossier d = in_force(&s, 1000000);

    ck_assert_ptr_null(dossier_broken(&d));
    d.tranches[0] = (struct dossier_tranche){ .state = TRANCHE_ORDERED, .taken = { 600001 } };
    ck_assert_ptr_nonnull(dossier_broken(&d));
    for (int state = 0; state < TRANCHE_STATES; state++)
        for (int64_t taken = 0; taken <= 600000; taken += 600000) {
            bool dead = state == TRANCHE_HELD || state == TRANCHE_REJECTED ||
                        state == TRANCHE_RETURNED || state == TRANCHE_CANCELLED;
            bool sane = dead || (state == TRANCHE_CLOSED ? !taken : taken > 0);

            d.tranches[0] =
                (struct dossier_tranche){ .state = (enum tranche_state)state, .taken = { taken } };
            ck_assert_msg((dossier_broken(&d) == NULL) == sane, "%s with %lld",
                          tranche_state_name((enum tranche_state)state), (long long)taken);
        }
}
END_TEST

static void add_scenes(TCase *tcase)
{
    tcase_add_test(tcase, the_call_of_2023_pays_6000_on_signature_and_4000_at_three_months);
    tcase_add_test(tcase, nothing_leaves_until_the_second_party_signs_in_whatever_order);
    tcase_add_test(tcase, a_convention_signed_before_the_decision_is_executory_waits_for_it);
    tcase_add_test(tcase, an_early_report_waits_and_a_late_one_releases_the_day_it_comes);
    tcase_add_test(tcase, a_report_after_the_six_months_is_held_as_expired);
    tcase_add_test(tcase, a_report_refused_after_its_release_claws_nothing_back);
    tcase_add_test(tcase, month_ends_stop_at_the_end_of_february);
    tcase_add_test(tcase,
                   what_was_due_while_nobody_looked_is_ordered_once_on_the_day_somebody_does);
}

static void add_rules(TCase *tcase)
{
    tcase_add_test(tcase, a_rung_on_which_nothing_is_due_is_closed_and_the_next_takes_all);
    tcase_add_test(tcase, a_rung_behind_a_shut_gate_is_not_closed);
    tcase_add_test(tcase, the_second_rung_waits_for_the_first_to_be_taken_or_closed);
    tcase_add_test(tcase, only_a_held_tranche_is_ever_ordered);
    tcase_add_test(tcase, a_dead_order_is_made_again_for_the_same_sum);
    tcase_add_test(tcase, a_dead_order_that_is_closed_frees_its_sum_for_the_rung_above);
    tcase_add_test(tcase, all_paid_and_handed_in_completes_and_one_missing_paper_expires);
    tcase_add_test(tcase, what_comes_after_the_last_day_still_completes);
    tcase_add_test(tcase, terminal_states_stay_and_order_nothing);
    tcase_add_test(tcase, signatures_never_take_a_state_backwards);
    tcase_add_test(tcase, the_same_dossier_and_day_give_the_same_decision);
    tcase_add_test(tcase, a_dossier_that_contradicts_itself_is_named);
}

/* Time alone: certain, and just the day on which it is ordered. With a paper missing: expected when
 * it is due. With a signature missing: no day. */
START_TEST(the_forecast_is_the_gates_asked_ahead)
{
    struct scheme scheme = call_of_2023();
    struct dossier d = dossier_of(&scheme);
    struct date due[SCHEME_PAPERS_MAX] = { ymd(2024, 4, 10), ymd(2024, 7, 10), ymd(2024, 7, 10) };
    struct forecast f;
    struct date on = ymd(2024, 1, 10);

    ck_assert(forecast_rung(&d, 0, due, on, &f));
    ck_assert_int_eq(f.certainty, FORECAST_UNDATED);
    ck_assert(!date_is_set(f.on) && f.gate == GATE_SIGNATURE && f.amount.v == 600000);
    sign(&d, 0, on);
    sign(&d, 1, on);
    ck_assert(forecast_rung(&d, 0, due, on, &f));
    ck_assert(f.certainty == FORECAST_CERTAIN && date_cmp(f.on, on) == 0 && f.gate == GATES);
    ck_assert(forecast_rung(&d, 1, due, on, &f));
    ck_assert(f.certainty == FORECAST_EXPECTED && date_cmp(f.on, ymd(2024, 4, 10)) == 0);
    ck_assert_int_eq(f.amount.v, 400000);
    ck_assert(forecast_rung(&d, 1, due, ymd(2024, 5, 2), &f)); /* overdue: today at the earliest */
    ck_assert(f.certainty == FORECAST_EXPECTED && date_cmp(f.on, ymd(2024, 5, 2)) == 0);
    receive(&d, MID, ymd(2024, 2, 1));
    ck_assert(forecast_rung(&d, 1, due, ymd(2024, 2, 1), &f));
    ck_assert(f.certainty == FORECAST_CERTAIN && date_cmp(f.on, ymd(2024, 4, 10)) == 0);
    ck_assert_uint_eq(act(&d, on), 1);
    ck_assert(!forecast_rung(&d, 0, due, on, &f));
    while (!act(&d, on))
        on = date_add_days(on, 1);
    ck_assert_int_eq(date_cmp(on, ymd(2024, 4, 10)), 0);
    ck_assert_int_eq(date_cmp(forecast_period(PERIOD_WEEK, ymd(2024, 4, 14)), ymd(2024, 4, 8)), 0);
    ck_assert_int_eq(date_cmp(forecast_period(PERIOD_MONTH, ymd(2024, 4, 14)), ymd(2024, 4, 1)), 0);
    ck_assert_int_eq(date_cmp(forecast_period(PERIOD_YEAR, ymd(2024, 4, 14)), ymd(2024, 1, 1)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decide");
    TCase *walks = suite_case(suite, "walks");

    add_scenes(suite_case(suite, "scenes"));
    add_rules(suite_case(suite, "rules"));
    tcase_add_test(walks, a_year_of_days_orders_each_rung_once_on_the_first_day_that_is_free);
    tcase_add_test(walks, random_stories_keep_the_same_promises);
    tcase_add_test(walks, the_forecast_is_the_gates_asked_ahead);
    return run_suite(suite);
}
