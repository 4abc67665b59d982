/* Gates: each one against its rule said a second time, over all combinations of a few facts; and
 * what is promised about the days they name. */
#include "suite.h"
#include <base/mem.h>
#include <core/gates.h>

/* Days are numbers here, from 1 January 2024 on; NO is "it did not happen". */
enum { NO = -10000, DECIDED = -20 };

static struct date day(int n)
{
    return n == NO ? DATE_NONE : date_add_days(date_from_ymd(2024, 1, 1), n);
}

static bool done(int n, int on)
{
    return n != NO && n <= on;
}

/* Signatures of the last party, with three and six months counted by hand. */
static const struct effect {
    int on, three_months, six_months;
} EFFECTS[] = {
    { 14, 105, 196 },  /* 15 January, 15 April, 15 July */
    { 30, 120, 212 },  /* 31 January, 30 April, 31 July */
    { 243, 334, 424 }, /* 31 August, 30 November, 28 February 2025 */
};

struct want {
    bool open;
    enum reason reason;
    enum opener opener;
    int opens_on;
    uint32_t missing, unaccepted;
};

/* One convention with one rung that asks for nothing; each test changes what it is about. */
struct bench {
    struct scheme scheme;
    struct dossier dossier;
};

static struct bench bench_new(void)
{
    struct bench b = { 0 };

    b.scheme.decided_on = day(DECIDED);
    b.scheme.received_on = b.scheme.published_on = day(-10);
    b.scheme.grant_min.v = 500000;
    b.scheme.grant_max.v = 1000000;
    b.scheme.envelope.v = 5000000;
    b.scheme.duration.months = 6;
    b.scheme.party_count = 1;
    b.scheme.rung_count = 1;
    b.scheme.rungs[0].up_to = SHARE_WHOLE;
    b.dossier.grant.v = 1000000;
    b.dossier.state = CONVENTION_IN_FORCE;
    b.dossier.signed_on[0] = day(0);
    b.dossier.beneficiary_active = true;
    b.dossier.account = (struct dossier_account){
        .present = true, .ordinal = 1, .proposed_on = day(0), .verified_on = day(0)
    };
    return b;
}

static struct verdict ask(struct bench *b, enum gate gate, int on)
{
    b->dossier.scheme = &b->scheme;
    return gate_ask(gate, &b->dossier, 0, day(on));
}

/* A gate that names a day is shut until the day before, and open on it. */
static void check_days(struct bench *b, enum gate gate, int on, const struct verdict *v)
{
    struct verdict at, before;
    int opens = date_days(day(0), v->opens_on);

    EXPECT(!date_is_set(v->since) || date_cmp(v->since, day(on)) <= 0, "%s, day %d: since later",
           gate_name(gate), on);
    if (!date_is_set(v->opens_on))
        return;
    at = ask(b, gate, opens);
    before = ask(b, gate, opens - 1);
    EXPECT(!v->open && opens > on && at.open && !before.open, "%s, day %d: not open on day %d",
           gate_name(gate), on, opens);
    EXPECT(v->opener == OPENER_TIME, "%s, day %d: time opens it", gate_name(gate), on);
}

static void check(struct bench *b, enum gate gate, int on, const struct want *want)
{
    struct verdict v = ask(b, gate, on);

    EXPECT(v.gate == gate, "%s answers for another", gate_name(gate));
    EXPECT(v.open == want->open, "%s, day %d: open %d", gate_name(gate), on, v.open);
    EXPECT(v.reason == want->reason, "%s, day %d: reason %d, not %d", gate_name(gate), on,
           (int)v.reason, (int)want->reason);
    EXPECT(v.opener == want->opener, "%s, day %d: opener %d, not %d", gate_name(gate), on,
           (int)v.opener, (int)want->opener);
    EXPECT(!date_cmp(v.opens_on, day(want->opens_on)), "%s, day %d: opens on day %d",
           gate_name(gate), on, date_days(day(0), v.opens_on));
    EXPECT(v.missing == want->missing && v.unaccepted == want->unaccepted,
           "%s, day %d: missing %x, unaccepted %x", gate_name(gate), on, v.missing, v.unaccepted);
    check_days(b, gate, on, &v);
}

static struct want open_gate(enum reason reason)
{
    return (struct want){ .open = true, .reason = reason, .opens_on = NO };
}

static struct want shut_gate(enum reason reason, enum opener opener)
{
    return (struct want){ .reason = reason, .opener = opener, .opens_on = NO };
}

static struct want shut_until(enum reason reason, int opens_on)
{
    return (struct want){ .reason = reason, .opener = OPENER_TIME, .opens_on = opens_on };
}

START_TEST(the_decision_is_executory_once_received_and_published)
{
    static const int days[] = { NO, 0, 3, 5 };
    struct bench b = bench_new();

    for (size_t r = 0; r < ARRAY_LEN(days); r++)
        for (size_t p = 0; p < ARRAY_LEN(days); p++)
            for (int on = -1; on <= 8; on++) {
                int later = days[r] > days[p] ? days[r] : days[p];
                struct want want;

                b.scheme.received_on = day(days[r]);
                b.scheme.published_on = day(days[p]);
                if (days[r] == NO)
                    want = shut_gate(REASON_NOT_RECEIVED, OPENER_PREFECTURE);
                else if (days[p] == NO)
                    want = shut_gate(REASON_NOT_PUBLISHED, OPENER_PREFECTURE);
                else if (on >= later)
                    want = open_gate(REASON_OPEN);
                else
                    want = shut_until(REASON_NOT_YET_EXECUTORY, later);
                check(&b, GATE_DECISION, on, &want);
            }
}
END_TEST

START_TEST(the_signature_gate_opens_with_the_last_party_in_whatever_order)
{
    static const int days[] = { NO, 14, 20, 30 };
    struct bench b = bench_new();

    for (unsigned n = 0; n < 3 * 64; n++)
        for (int on = 13; on <= 31; on++) {
            struct want want = open_gate(REASON_OPEN);
            uint32_t missing = 0;

            b.scheme.party_count = 1 + n / 64;
            for (unsigned i = 0, rest = n % 64; i < 3; i++, rest /= 4) {
                b.dossier.signed_on[i] = day(days[rest % 4]);
                if (i < b.scheme.party_count && !done(days[rest % 4], on))
                    missing |= 1U << i;
            }
            if (missing)
                want = shut_gate(REASON_UNSIGNED, OPENER_PARTIES);
            want.missing = missing;
            check(&b, GATE_SIGNATURE, on, &want);
        }
}
END_TEST

/* The day gate of a rung, for days near every boundary. */
static void check_date(struct bench *b, int opens)
{
    static const int near[] = { 14, 30, 105, 120, 196, 212, 243, 334, 424 };
    const struct point *after = &b->scheme.rungs[0].after;
    struct want nothing = after->anchor == ANCHOR_FACT && !after->or_effect
                              ? shut_gate(REASON_NO_FACT, OPENER_OFFICER)
                              : shut_gate(REASON_NO_EFFECT, OPENER_PARTIES);

    for (size_t i = 0; i < ARRAY_LEN(near); i++)
        for (int on = near[i] - 1; on <= near[i] + 1; on++) {
            struct want want = opens == NO   ? nothing
                               : on >= opens ? open_gate(REASON_OPEN)
                                             : shut_until(REASON_TOO_EARLY, opens);

            check(b, GATE_DATE, on, &want);
        }
}

START_TEST(three_months_are_counted_from_the_last_signature)
{
    struct bench b = bench_new();

    b.scheme.party_count = 2;
    b.scheme.rungs[0].after = (struct point){ .anchor = ANCHOR_EFFECT };
    for (size_t i = 0; i < ARRAY_LEN(EFFECTS); i++)
        for (unsigned last = 0; last < 2; last++)
            for (int earlier = -1; earlier <= 0; earlier++) {
                b.dossier.signed_on[last] = day(EFFECTS[i].on);
                b.dossier.signed_on[!last] = day(EFFECTS[i].on + earlier * 9);
                b.scheme.rungs[0].after.plus = (struct span){ .months = 3 };
                check_date(&b, EFFECTS[i].three_months);
                b.scheme.rungs[0].after.plus = (struct span){ .months = 6 };
                check_date(&b, EFFECTS[i].six_months);
                b.scheme.rungs[0].after.plus = (struct span){ .days = 15 };
                check_date(&b, EFFECTS[i].on + 15);
                b.scheme.rungs[0].after.plus = (struct span){ 0 };
                check_date(&b, EFFECTS[i].on);
            }
    b.dossier.signed_on[0] = DATE_NONE;
    check_date(&b, NO);
}
END_TEST

START_TEST(a_fact_counts_when_it_is_known_and_the_effect_stands_in_where_the_scheme_says)
{
    struct bench b = bench_new();

    b.scheme.fact_count = 2;
    for (int or_effect = 0; or_effect < 2; or_effect++)
        for (int fact = -1; fact < (int)ARRAY_LEN(EFFECTS); fact++)
            for (int effect = -1; effect < (int)ARRAY_LEN(EFFECTS); effect++) {
                const struct effect *from = fact >= 0                  ? &EFFECTS[fact]
                                            : or_effect && effect >= 0 ? &EFFECTS[effect]
                                                                       : NULL;

                b.scheme.rungs[0].after = (struct point){ ANCHOR_FACT, 1, or_effect, { 3, 0 } };
                b.dossier.fact_on[0] = day(77); /* another fact, not asked for */
                b.dossier.fact_on[1] = day(fact >= 0 ? EFFECTS[fact].on : NO);
                b.dossier.signed_on[0] = day(effect >= 0 ? EFFECTS[effect].on : NO);
                check_date(&b, from ? from->three_months : NO);
            }
}
END_TEST

START_TEST(a_rung_without_a_date_does_not_ask_for_one)
{
    struct bench b = bench_new();
    struct want want = open_gate(REASON_NOT_ASKED);

    b.scheme.rungs[0].after = (struct point){ ANCHOR_NONE, 0, false, { 3, 0 } };
    check(&b, GATE_DATE, 0, &want);
    b.dossier.signed_on[0] = DATE_NONE;
    check(&b, GATE_DATE, 0, &want);
}
END_TEST

/* What of paper I is missing on ON, when received and decided are these days. */
static bool paper_missing(const struct bench *b, unsigned i, int on, bool *unaccepted)
{
    const struct dossier_paper *paper = &b->dossier.papers[i];
    int received = date_days(day(0), paper->received_on), decided;
    bool came = paper->state != PAPER_EXPECTED && paper->state != PAPER_WAIVED && received <= on;

    decided = date_days(day(0), paper->decided_on);
    *unaccepted = false;
    if (paper->state == PAPER_WAIVED)
        return decided > on;
    if (!b->scheme.papers[i].needs_accepted)
        return !came;
    *unaccepted = paper->state == PAPER_RECEIVED && came;
    return paper->state != PAPER_ACCEPTED || decided > on;
}

static void set_papers(struct bench *b, unsigned n)
{
    /* A refused paper keeps the day it came: it has to come again all the same. */
    for (unsigned i = 0; i < 3; i++, n /= 8) {
        b->scheme.papers[i].needs_accepted = n % 2;
        b->dossier.papers[i].state = (enum paper_state)(n / 2 % 4);
        b->dossier.papers[i].received_on = day(5 + (int)i);
        b->dossier.papers[i].decided_on = day(8);
    }
}

START_TEST(the_papers_of_the_rung_are_in_as_far_as_the_scheme_asks)
{
    struct bench b = bench_new();

    b.scheme.paper_count = 3;
    for (unsigned n = 0; n < 8 * 8 * 8; n++)
        for (uint32_t asked = 0; asked < 8; asked++)
            for (int on = 4; on <= 9; on++) {
                struct want want = open_gate(asked ? REASON_OPEN : REASON_NOT_ASKED);
                uint32_t missing = 0, unaccepted = 0;

                set_papers(&b, n);
                b.scheme.rungs[0].papers = asked;
                for (unsigned i = 0; i < 3; i++) {
                    bool waits;

                    if (!(asked >> i & 1) || !paper_missing(&b, i, on, &waits))
                        continue;
                    missing |= 1U << i;
                    unaccepted |= waits ? 1U << i : 0;
                }
                if (missing)
                    want = shut_gate(REASON_PAPERS,
                                     missing == unaccepted ? OPENER_APPROVER : OPENER_BENEFICIARY);
                want.missing = missing;
                want.unaccepted = unaccepted;
                check(&b, GATE_REPORT, on, &want);
            }
}
END_TEST

START_TEST(the_account_is_verified_and_a_changed_one_waits)
{
    static const int verified[] = { NO, 10, 12 };
    struct bench b = bench_new();

    for (int n = 0; n < 2 * 3 * 3 * 4; n++)
        for (int on = 8; on <= 20; on++) {
            bool present = n % 2;
            unsigned ordinal = 1 + (unsigned)(n / 2 % 3);
            int since = verified[n / 6 % 3], wait = n / 18, usable;
            struct want want = open_gate(REASON_OPEN);

            usable = since == NO ? NO : ordinal > 1 ? since + wait : since;
            b.dossier.account_wait_days = wait;
            b.dossier.account = (struct dossier_account){ .present = present,
                                                          .ordinal = ordinal,
                                                          .proposed_on = day(8),
                                                          .verified_on = day(since) };
            if (!present)
                want = shut_gate(REASON_NO_ACCOUNT, OPENER_OFFICER);
            else if (!done(since, on))
                want = shut_gate(REASON_UNVERIFIED, OPENER_APPROVER);
            else if (!done(usable, on))
                want = shut_until(REASON_ACCOUNT_WAIT, usable);
            check(&b, GATE_ACCOUNT, on, &want);
        }
}
END_TEST

START_TEST(an_account_that_the_bank_refused_waits_until_somebody_looked)
{
    struct bench b = bench_new();
    struct want shut = shut_gate(REASON_ACCOUNT_REFUSED, OPENER_APPROVER),
                open = open_gate(REASON_OPEN);

    b.dossier.account.refused_on = day(10);
    for (int on = 8; on < 10; on++)
        check(&b, GATE_ACCOUNT, on, &open);
    for (int on = 10; on < 14; on++)
        check(&b, GATE_ACCOUNT, on, &shut);
    b.dossier.account.confirmed_on = day(12);
    check(&b, GATE_ACCOUNT, 11, &shut);
    for (int on = 12; on < 14; on++)
        check(&b, GATE_ACCOUNT, on, &open);
}
END_TEST

static void check_overridden(struct bench *b, enum gate gate, int on)
{
    struct verdict v = ask(b, gate, on);

    ck_assert(v.open && v.reason == REASON_OVERRIDDEN && !date_is_set(v.opens_on));
    ck_assert_int_eq(date_days(day(0), v.since), on);
    ck_assert_str_eq(v.by, "paul");
}

/* Two persons open the date, the report and the end of a convention, from the day on which they
 * decided; nobody opens another gate. */
START_TEST(what_is_overridden_is_open_from_that_day)
{
    struct bench b = bench_new();

    b.scheme.paper_count = 1;
    b.scheme.rungs[0].papers = 1;
    b.scheme.rungs[0].after = (struct point){ ANCHOR_EFFECT, 0, false, { 3, 0 } };
    for (unsigned g = 0; g < GATES; g++)
        b.dossier.tranches[0].overrides[g] = (struct dossier_override){ day(20), "paul" };
    ck_assert(!ask(&b, GATE_REPORT, 19).open && !ask(&b, GATE_DATE, 19).open);
    check_overridden(&b, GATE_REPORT, 20);
    check_overridden(&b, GATE_DATE, 20);
    b.dossier.tranches[0].overrides[GATE_STANDING].on = day(190);
    ck_assert_int_eq(ask(&b, GATE_STANDING, 182).reason, REASON_OPEN); /* the last day */
    check_overridden(&b, GATE_STANDING, 190);
    b.dossier.tranches[0].overrides[GATE_STANDING].on = DATE_NONE;
    ck_assert_int_eq(ask(&b, GATE_STANDING, 190).reason, REASON_EXPIRED);
    b.dossier.tranches[0].overrides[GATE_STANDING].on = day(20);
    b.dossier.suspended_on = day(15);
    ck_assert_int_eq(ask(&b, GATE_STANDING, 190).reason, REASON_SUSPENDED);
    b.dossier.account.verified_on = DATE_NONE;
    b.dossier.signed_on[0] = DATE_NONE;
    b.scheme.published_on = DATE_NONE;
    b.scheme.rungs[0].needs_approval = true;
    ck_assert(!ask(&b, GATE_ACCOUNT, 25).open && !ask(&b, GATE_SIGNATURE, 25).open);
    ck_assert(!ask(&b, GATE_DECISION, 25).open && !ask(&b, GATE_APPROVAL, 25).open);
}
END_TEST

START_TEST(three_gates_can_be_overridden)
{
    for (unsigned g = 0; g < GATES; g++) {
        bool can = g == GATE_DATE || g == GATE_REPORT || g == GATE_STANDING;

        ck_assert_int_eq(gate_can_be_overridden((enum gate)g), can);
        ck_assert_int_eq(gate_from_name(gate_name((enum gate)g)), g);
    }
    ck_assert_int_eq(gate_from_name("door"), GATES);
    ck_assert_int_eq(gate_from_name(""), GATES);
}
END_TEST

START_TEST(an_approval_covers_what_it_released_and_no_more)
{
    struct bench b = bench_new();

    b.scheme.rungs[0].needs_approval = true;
    b.dossier.tranches[0].approved_on = day(10);
    b.dossier.tranches[0].approved.v = 1000000;
    ck_assert(!ask(&b, GATE_APPROVAL, 9).open);
    ck_assert(ask(&b, GATE_APPROVAL, 10).open);
    b.dossier.tranches[0].approved.v = 999999; /* the grant was raised since */
    ck_assert(!ask(&b, GATE_APPROVAL, 10).open);
    ck_assert_int_eq(ask(&b, GATE_APPROVAL, 10).reason, REASON_UNAPPROVED);
}
END_TEST

START_TEST(the_grant_stays_in_its_bounds_to_the_cent)
{
    static const struct {
        int64_t grant;
        enum reason reason;
    } grants[] = {
        { 1, REASON_GRANT_BELOW },       { 499999, REASON_GRANT_BELOW }, { 500000, REASON_OPEN },
        { 500001, REASON_OPEN },         { 999999, REASON_OPEN },        { 1000000, REASON_OPEN },
        { 1000001, REASON_GRANT_ABOVE },
    };
    struct bench b = bench_new();

    for (size_t i = 0; i < ARRAY_LEN(grants); i++)
        for (int exceeded = 0; exceeded < 2; exceeded++) {
            enum reason reason =
                grants[i].reason == REASON_OPEN && exceeded ? REASON_ENVELOPE : grants[i].reason;
            struct want want =
                reason == REASON_OPEN ? open_gate(reason) : shut_gate(reason, OPENER_NOBODY);

            b.dossier.grant.v = grants[i].grant;
            b.dossier.envelope_exceeded = exceeded;
            check(&b, GATE_ENVELOPE, 0, &want);
        }
}
END_TEST

/* Which of the reasons against a convention's standing is said first. */
static struct want standing(const struct bench *b, int ends, unsigned flags, int on)
{
    if (b->dossier.state == CONVENTION_TERMINATED || ((flags & 1) && on >= 50))
        return shut_gate(REASON_TERMINATED, OPENER_NOBODY);
    if (ends != NO && on > ends)
        return shut_gate(REASON_EXPIRED, OPENER_NOBODY);
    if ((flags & 2) && on >= 60)
        return shut_gate(REASON_SUSPENDED, OPENER_APPROVER);
    if ((flags & 4) && on >= 55)
        return shut_gate(REASON_DISPUTED, OPENER_APPROVER);
    return flags & 8 ? shut_gate(REASON_BENEFICIARY, OPENER_OFFICER) : open_gate(REASON_OPEN);
}

START_TEST(standing_is_lost_by_each_of_its_reasons_and_on_no_other_day)
{
    static const int near[] = { 31, 50, 55, 60, 196, 212, 424 };
    struct bench b = bench_new();

    for (int effect = -1; effect < (int)ARRAY_LEN(EFFECTS); effect++)
        for (unsigned n = 0; n < 32; n++)
            for (size_t i = 0; i < ARRAY_LEN(near); i++)
                for (int on = near[i] - 1; on <= near[i] + 1; on++) {
                    int ends = effect < 0 ? NO : EFFECTS[effect].six_months;
                    struct want want;

                    /* Nobody terminates a convention ahead of its letter. */
                    if ((n & 17) == 17 && on < 50)
                        continue;
                    b.dossier.state = n & 16 ? CONVENTION_TERMINATED : CONVENTION_IN_FORCE;
                    b.dossier.signed_on[0] = day(effect < 0 ? NO : EFFECTS[effect].on);
                    b.dossier.terminated_on = day(n & 1 ? 50 : NO);
                    b.dossier.suspended_on = day(n & 2 ? 60 : NO);
                    b.dossier.disputed_on = day(n & 4 ? 55 : NO);
                    b.dossier.beneficiary_active = !(n & 8);
                    want = standing(&b, ends, n, on);
                    check(&b, GATE_STANDING, on, &want);
                }
}
END_TEST

START_TEST(the_last_day_is_in_force_and_the_next_is_over)
{
    struct bench b = bench_new();

    for (size_t i = 0; i < ARRAY_LEN(EFFECTS); i++) {
        b.dossier.signed_on[0] = day(EFFECTS[i].on);
        ck_assert(ask(&b, GATE_STANDING, EFFECTS[i].six_months).open);
        ck_assert(!ask(&b, GATE_STANDING, EFFECTS[i].six_months + 1).open);
        ck_assert_int_eq(date_days(day(0), ask(&b, GATE_STANDING, 999).since),
                         EFFECTS[i].six_months + 1);
    }
}
END_TEST

START_TEST(approval_is_asked_for_only_where_the_scheme_does)
{
    static const int approved[] = { NO, 5 };
    struct bench b = bench_new();

    for (int needs = 0; needs < 2; needs++)
        for (size_t i = 0; i < ARRAY_LEN(approved); i++)
            for (int on = 4; on <= 6; on++) {
                struct want want = open_gate(REASON_OPEN);

                b.scheme.rungs[0].needs_approval = needs;
                b.dossier.tranches[0].approved_on = day(approved[i]);
                b.dossier.tranches[0].approved = MONEY_MAX;
                if (!needs)
                    want = open_gate(REASON_NOT_ASKED);
                else if (!done(approved[i], on))
                    want = shut_gate(REASON_UNAPPROVED, OPENER_APPROVER);
                check(&b, GATE_APPROVAL, on, &want);
            }
}
END_TEST

START_TEST(each_rung_is_asked_about_its_own_rules)
{
    struct bench b = bench_new();
    struct verdicts v;

    b.scheme.rung_count = 2;
    b.scheme.paper_count = 1;
    b.scheme.rungs[1].papers = 1;
    b.scheme.rungs[1].needs_approval = true;
    b.scheme.rungs[1].after = (struct point){ ANCHOR_EFFECT, 0, false, { 3, 0 } };
    b.dossier.tranches[0].approved_on = day(1);
    b.dossier.tranches[0].approved = MONEY_MAX;
    b.dossier.scheme = &b.scheme;
    gates_ask(&b.dossier, 0, day(20), &v);
    ck_assert_uint_eq(v.shut, 0);
    gates_ask(&b.dossier, 1, day(20), &v);
    ck_assert_uint_eq(v.shut, 3);
    ck_assert(!v.gates[GATE_DATE].open && !v.gates[GATE_REPORT].open &&
              !v.gates[GATE_APPROVAL].open);
}
END_TEST

START_TEST(gates_have_the_names_people_type)
{
    static const char *const names[] = { "decision", "signature", "date",     "report",
                                         "account",  "envelope",  "standing", "approval" };

    for (unsigned g = 0; g < GATES; g++)
        ck_assert_str_eq(gate_name((enum gate)g), names[g]);
}
END_TEST

/* Combination N of a few facts of every gate; 0 when N is past the last. */
static int combine(struct bench *b, unsigned n)
{
    static const int published[] = { NO, -10, 20, 230 };
    static const int verified[] = { NO, 0, 104, 195, 196 };
    static const int report[] = { NO, 50, 106 };

    *b = bench_new();
    b->dossier.scheme = &b->scheme;
    b->scheme.published_on = day(published[n % 4]);
    n /= 4;
    b->scheme.party_count = 2;
    b->dossier.signed_on[0] = day(14);
    b->dossier.signed_on[1] = day(n % 3 == 0 ? NO : n % 3 == 1 ? 2 : 14);
    n /= 3;
    b->dossier.account =
        (struct dossier_account){ .present = true, .ordinal = 1 + n % 2, .proposed_on = day(0) };
    b->dossier.account_wait_days = 2;
    n /= 2;
    b->dossier.account.verified_on = day(verified[n % 5]);
    n /= 5;
    b->scheme.paper_count = 1;
    b->scheme.rungs[0].papers = 1;
    b->scheme.rungs[0].after = (struct point){ ANCHOR_EFFECT, 0, false, { 3, 0 } };
    b->dossier.papers[0].state = n % 3 ? PAPER_RECEIVED : PAPER_EXPECTED;
    b->dossier.papers[0].received_on = day(report[n % 3]);
    n /= 3;
    b->dossier.suspended_on = day(n % 2 ? 100 : NO);
    n /= 2;
    b->scheme.rungs[0].needs_approval = n % 2;
    b->dossier.tranches[0].approved_on = day(n % 2 ? 30 : NO);
    b->dossier.tranches[0].approved = MONEY_MAX;
    return n < 2;
}

static const int LOOKS[] = {
    14, 15, 30, 50, 100, 104, 105, 106, 107, 195, 196, 197, 198, 199, 231
};

START_TEST(shut_gates_are_counted_and_each_answers_as_when_asked_alone)
{
    struct bench b;

    for (unsigned n = 0; combine(&b, n); n++)
        for (size_t i = 0; i < ARRAY_LEN(LOOKS); i++) {
            struct verdicts all;
            unsigned shut = 0, by_time = 0;
            int latest = NO;

            gates_ask(&b.dossier, 0, day(LOOKS[i]), &all);
            for (unsigned g = 0; g < GATES; g++) {
                struct verdict v = gate_ask((enum gate)g, &b.dossier, 0, day(LOOKS[i]));

                EXPECT(v.open == all.gates[g].open && v.reason == all.gates[g].reason &&
                           v.gate == all.gates[g].gate,
                       "combination %u, day %d, gate %u", n, LOOKS[i], g);
                shut += !v.open;
                by_time += !v.open && date_is_set(v.opens_on);
                if (date_is_set(v.opens_on) && date_days(day(0), v.opens_on) > latest)
                    latest = date_days(day(0), v.opens_on);
            }
            EXPECT(all.shut == shut, "combination %u, day %d: %u shut", n, LOOKS[i], all.shut);
            if (date_is_set(all.opens_on))
                EXPECT(shut && by_time == shut && date_days(day(0), all.opens_on) == latest,
                       "combination %u, day %d: a day in spite of a shut gate", n, LOOKS[i]);
        }
}
END_TEST

START_TEST(the_day_on_which_time_opens_all_gates_finds_them_open)
{
    struct bench b;

    for (unsigned n = 0; combine(&b, n); n++)
        for (size_t i = 0; i < ARRAY_LEN(LOOKS); i++) {
            struct verdicts all, at, before;

            gates_ask(&b.dossier, 0, day(LOOKS[i]), &all);
            if (!date_is_set(all.opens_on))
                continue;
            gates_ask(&b.dossier, 0, all.opens_on, &at);
            gates_ask(&b.dossier, 0, date_add_days(all.opens_on, -1), &before);
            EXPECT(!at.shut && before.shut,
                   "combination %u, day %d: said to open on day %d, "
                   "when %u are shut",
                   n, LOOKS[i], date_days(day(0), all.opens_on), at.shut);
        }
}
END_TEST

/* The first day from ON for two years on which the rung is free, or NO. */
static int first_free_day(const struct bench *b, int on)
{
    for (int d = on; d < 700; d++) {
        struct verdicts v;

        gates_ask(&b->dossier, 0, day(d), &v);
        if (!v.shut)
            return d;
    }
    return NO;
}

START_TEST(where_time_alone_would_open_all_gates_the_day_is_named)
{
    struct bench b;

    /* Only facts that are known on the day asked about; publication may be known ahead. */
    for (unsigned n = 0; combine(&b, n); n++)
        for (size_t i = 0; i < ARRAY_LEN(LOOKS); i++) {
            struct dossier *d = &b.dossier;
            struct date on = day(LOOKS[i]);
            struct verdicts all;
            int first;

            if (date_cmp(d->account.verified_on, on) > 0 || date_cmp(d->suspended_on, on) > 0 ||
                date_cmp(d->tranches[0].approved_on, on) > 0 ||
                (d->papers[0].state == PAPER_RECEIVED &&
                 date_cmp(d->papers[0].received_on, on) > 0))
                continue;
            gates_ask(d, 0, on, &all);
            first = first_free_day(&b, LOOKS[i]);
            if (all.shut && first != NO)
                EXPECT(!date_cmp(all.opens_on, day(first)), "combination %u, day %d: opens on %d",
                       n, LOOKS[i], first);
        }
}
END_TEST

START_TEST(an_account_that_may_be_paid_only_after_the_last_day_names_no_day)
{
    struct bench b = bench_new();
    struct verdicts all;

    /* The convention's last day is 15 July 2024; a second account verified on that day waits two
     * more, and then the convention is over. */
    b.dossier.scheme = &b.scheme;
    b.dossier.signed_on[0] = day(14);
    b.dossier.account = (struct dossier_account){
        .present = true, .ordinal = 2, .proposed_on = day(195), .verified_on = day(196)
    };
    b.dossier.account_wait_days = 2;
    gates_ask(&b.dossier, 0, day(196), &all);
    ck_assert_uint_eq(all.shut, 1);
    ck_assert_int_eq(all.gates[GATE_ACCOUNT].reason, REASON_ACCOUNT_WAIT);
    ck_assert_msg(!date_is_set(all.opens_on), "said to open %d days after the last",
                  date_days(day(196), all.opens_on));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gates");
    TCase *tcase = suite_case(suite, "gates");

    tcase_add_test(tcase, the_decision_is_executory_once_received_and_published);
    tcase_add_test(tcase, the_signature_gate_opens_with_the_last_party_in_whatever_order);
    tcase_add_test(tcase, three_months_are_counted_from_the_last_signature);
    tcase_add_test(tcase,
                   a_fact_counts_when_it_is_known_and_the_effect_stands_in_where_the_scheme_says);
    tcase_add_test(tcase, a_rung_without_a_date_does_not_ask_for_one);
    tcase_add_test(tcase, the_papers_of_the_rung_are_in_as_far_as_the_scheme_asks);
    tcase_add_test(tcase, the_account_is_verified_and_a_changed_one_waits);
    tcase_add_test(tcase, an_account_that_the_bank_refused_waits_until_somebody_looked);
    tcase_add_test(tcase, what_is_overridden_is_open_from_that_day);
    tcase_add_test(tcase, three_gates_can_be_overridden);
    tcase_add_test(tcase, an_approval_covers_what_it_released_and_no_more);
    tcase_add_test(tcase, the_grant_stays_in_its_bounds_to_the_cent);
    tcase_add_test(tcase, standing_is_lost_by_each_of_its_reasons_and_on_no_other_day);
    tcase_add_test(tcase, the_last_day_is_in_force_and_the_next_is_over);
    tcase_add_test(tcase, approval_is_asked_for_only_where_the_scheme_does);
    tcase_add_test(tcase, each_rung_is_asked_about_its_own_rules);
    tcase_add_test(tcase, gates_have_the_names_people_type);
    tcase_add_test(tcase, shut_gates_are_counted_and_each_answers_as_when_asked_alone);
    tcase_add_test(tcase, the_day_on_which_time_opens_all_gates_finds_them_open);
    tcase_add_test(tcase, where_time_alone_would_open_all_gates_the_day_is_named);
    tcase_add_test(tcase, an_account_that_may_be_paid_only_after_the_last_day_names_no_day);
    return run_suite(suite);
}
