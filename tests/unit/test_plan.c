/* The ladder: the written examples, and random ladders whose orders are taken, die, are made again
 * or given up while the grant changes. */
#include "suite.h"
#include <base/mem.h>
#include <core/plan.h>

struct ladder {
    struct scheme scheme;
    struct cents grant, recovery;
    struct plan_rung rungs[SCHEME_RUNGS_MAX];
};

static void set_grant(struct ladder *l, int64_t grant)
{
    l->grant.v = grant;
    plan_ceilings(&l->scheme, l->grant, l->rungs);
}

/* A ladder of GRANT over cumulative per cents, ended by 0. */
static struct ladder ladder_of(int64_t grant, const int *up_to)
{
    struct ladder l = { 0 };

    for (; *up_to; up_to++)
        l.scheme.rungs[l.scheme.rung_count++].up_to.e4 = *up_to * 10000;
    set_grant(&l, grant);
    return l;
}

#define LADDER(grant, ...) ladder_of(grant, (const int[]){ __VA_ARGS__, 0 })

static int64_t due(const struct ladder *l, unsigned t)
{
    return plan_due(l->rungs, l->scheme.rung_count, t);
}

static bool holds(const struct ladder *l)
{
    return plan_holds(l->rungs, l->scheme.rung_count, l->grant, l->recovery);
}

static int64_t take(struct ladder *l, unsigned t)
{
    l->rungs[t].taken.v = due(l, t);
    return l->rungs[t].taken.v;
}

START_TEST(sixty_forty_pays_6000_and_4000)
{
    struct ladder l = LADDER(1000000, 60, 100);

    ck_assert_int_eq(l.rungs[0].ceiling.v, 600000);
    ck_assert_int_eq(l.rungs[1].ceiling.v, 1000000);
    ck_assert_int_eq(plan_planned(l.rungs, 0).v, 600000);
    ck_assert_int_eq(plan_planned(l.rungs, 1).v, 400000);
    ck_assert_int_eq(take(&l, 0), 600000);
    ck_assert(holds(&l));
    ck_assert_int_eq(take(&l, 1), 400000);
    ck_assert(holds(&l));
}
END_TEST

START_TEST(grants_that_do_not_split_lose_no_cent)
{
    struct ladder l = LADDER(500001, 60, 100);

    ck_assert_int_eq(take(&l, 0), 300000);
    ck_assert_int_eq(take(&l, 1), 200001);
    l = LADDER(1, 60, 100);
    ck_assert_int_eq(due(&l, 0), 0);
    ck_assert_int_eq(due(&l, 1), 1);
    l = LADDER(100003, 50, 80, 100);
    ck_assert_int_eq(take(&l, 0), 50001);
    ck_assert_int_eq(take(&l, 1), 30001);
    ck_assert_int_eq(take(&l, 2), 20001);
    ck_assert(holds(&l));
}
END_TEST

START_TEST(a_raised_grant_moves_the_ceilings_and_not_what_was_paid)
{
    struct ladder l = LADDER(1000000, 50, 80, 100);

    ck_assert_int_eq(take(&l, 0), 500000);
    set_grant(&l, 1200000);
    ck_assert_int_eq(l.rungs[0].taken.v, 500000);
    ck_assert_int_eq(take(&l, 1), 460000);
    ck_assert_int_eq(take(&l, 2), 240000);
    ck_assert(holds(&l));
    l = LADDER(1000000, 60, 100);
    take(&l, 0);
    set_grant(&l, 1200000);
    ck_assert_int_eq(due(&l, 1), 600000);
}
END_TEST

START_TEST(a_lowered_grant_pays_the_rest_or_shows_what_was_paid_too_much)
{
    struct ladder l = LADDER(1000000, 60, 100);

    take(&l, 0);
    set_grant(&l, 800000);
    ck_assert_int_eq(due(&l, 1), 200000);
    set_grant(&l, 600000);
    ck_assert_int_eq(due(&l, 1), 0);
    set_grant(&l, 500000);
    ck_assert_int_eq(due(&l, 1), -100000);
    ck_assert(!holds(&l));
}
END_TEST

START_TEST(what_is_left_of_the_grant_is_the_outlook_of_the_free_rungs)
{
    struct ladder l = LADDER(1000000, 50, 80, 100);

    ck_assert_int_eq(plan_outlook(l.rungs, 3, 1).v, 300000);
    take(&l, 0);
    l.rungs[0].live = true;
    l.rungs[1].closed = true; /* flows on to the last */
    ck_assert_int_eq(plan_outlook(l.rungs, 3, 2).v, 500000);
    l = LADDER(1000000, 60, 100);
    l.rungs[0] = (struct plan_rung){ .ceiling = { 600000 }, .taken = { 300000 }, .live = true };
    ck_assert_int_eq(plan_outlook(l.rungs, 2, 1).v, 700000);
}
END_TEST

START_TEST(an_amendment_keeps_what_was_paid_inside_and_claims_the_rest_back)
{
    struct ladder l = LADDER(1000000, 60, 100);

    take(&l, 0);
    l.rungs[0].live = true;
    l.grant.v = 800000; /* the first rung's new ceiling, 4 800, is below the 6 000 paid */
    l.recovery = plan_amend(&l.scheme, l.grant, l.rungs);
    ck_assert_int_eq(l.recovery.v, 0);
    ck_assert_int_eq(l.rungs[0].ceiling.v, 600000);
    ck_assert_int_eq(due(&l, 1), 200000);
    ck_assert(holds(&l));
    l.grant.v = 500000;
    l.recovery = plan_amend(&l.scheme, l.grant, l.rungs);
    ck_assert_int_eq(l.recovery.v, 100000);
    ck_assert(holds(&l));
    /* Had that order died, its re-issue would be cut to the new grant. */
    l.rungs[0].live = false;
    l.recovery = plan_amend(&l.scheme, l.grant, l.rungs);
    ck_assert_int_eq(l.rungs[0].taken.v, 300000);
    ck_assert_int_eq(l.recovery.v, 0);
    ck_assert(holds(&l));
}
END_TEST

START_TEST(an_advance_that_is_not_taken_flows_on)
{
    struct ladder l = LADDER(1000000, 50, 80, 100);

    l.rungs[0].closed = true;
    ck_assert_int_eq(take(&l, 1), 800000);
    ck_assert_int_eq(take(&l, 2), 200000);
    ck_assert(holds(&l));
}
END_TEST

START_TEST(a_dead_order_frees_its_own_rung_and_no_other)
{
    struct ladder l = LADDER(1000000, 60, 100);

    take(&l, 0);
    /* Its order died: the sum stays, kept for the re-issue. */
    ck_assert_int_eq(due(&l, 1), 400000);
    ck_assert_int_eq(due(&l, 0), 600000);
    take(&l, 1);
    ck_assert_int_eq(due(&l, 0), 600000);
    /* The grant went up in between: still not into the second rung's money. */
    set_grant(&l, 1200000);
    ck_assert_int_eq(due(&l, 0), 720000);
    set_grant(&l, 1000000);
    /* And once it is given up, the second may not take it any more: it was paid. */
    l.rungs[0] = (struct plan_rung){ .ceiling = l.rungs[0].ceiling, .closed = true };
    ck_assert(holds(&l));
}
END_TEST

START_TEST(a_higher_rung_that_was_taken_bounds_a_lower_one)
{
    struct ladder l = LADDER(1000000, 50, 80, 100);

    /* The first died and was closed, so the second took all; reopening the first pays nothing. */
    l.rungs[1].taken.v = 800000;
    ck_assert_int_eq(due(&l, 0), 0);
    ck_assert_int_eq(due(&l, 2), 200000);
    l.rungs[2].taken.v = 200000;
    ck_assert_int_eq(due(&l, 1), 800000);
    ck_assert_int_eq(due(&l, 2), 200000);
    l.rungs[1].taken.v = 700000;
    ck_assert_int_eq(due(&l, 0), 100000);
}
END_TEST

START_TEST(a_rung_waits_for_the_first_below_that_is_neither_taken_nor_closed)
{
    for (unsigned bits = 0; bits < 81; bits++) {
        struct plan_rung rungs[4] = { 0 };
        bool done[4];

        for (unsigned t = 0, rest = bits; t < 4; t++, rest /= 3) {
            rungs[t].taken.v = rest % 3 == 1;
            rungs[t].closed = rest % 3 == 2;
            done[t] = rest % 3 != 0;
        }
        for (unsigned t = 0; t < 4; t++) {
            unsigned first = t;

            for (unsigned v = t; v-- > 0;)
                if (!done[v])
                    first = v;
            ck_assert_uint_eq(plan_waits_for(rungs, t), first);
        }
    }
}
END_TEST

START_TEST(a_ladder_that_is_overdrawn_or_falls_does_not_hold)
{
    struct ladder l = LADDER(1000000, 50, 80, 100);

    ck_assert(holds(&l));
    l.rungs[0].taken.v = 500001;
    ck_assert(!holds(&l));
    l.rungs[0].taken.v = 500000;
    l.rungs[1].taken.v = 300001;
    ck_assert(!holds(&l));
    l.rungs[1].taken.v = 0;
    l.rungs[2].taken.v = 500000;
    ck_assert(holds(&l));
    l.rungs[2].taken.v = 500001;
    ck_assert(!holds(&l));
    l.rungs[2].taken.v = -1;
    ck_assert(!holds(&l));
    l = LADDER(1000000, 50, 80, 100);
    l.rungs[1].ceiling.v = 499999;
    ck_assert(!holds(&l));
    l = LADDER(1000000, 50, 80, 100);
    ck_assert(!plan_holds(l.rungs, 3, (struct cents){ 1000001 }, l.recovery));
    ck_assert(!plan_holds(l.rungs, 3, (struct cents){ 999999 }, l.recovery));
}
END_TEST

/* 6000 of 6000 came back, and the rung above was closed since nothing was left for it, or took what
 * was. */
START_TEST(an_amendment_lets_the_highest_rung_that_is_free_carry_the_grant)
{
    struct ladder l = LADDER(600000, 60, 80, 100);
    struct cents recovery;

    l.rungs[0] = (struct plan_rung){ .ceiling = { 600000 }, .taken = { 600000 } };
    l.rungs[1] = l.rungs[2] = (struct plan_rung){ .ceiling = { 600000 }, .closed = true };
    recovery = plan_amend(&l.scheme, (struct cents){ 500000 }, l.rungs);
    ck_assert_int_eq(recovery.v, 0);
    ck_assert_int_eq(l.rungs[0].taken.v, 500000);
    ck_assert(!l.rungs[0].closed && plan_holds(l.rungs, 3, (struct cents){ 500000 }, recovery));
    l = LADDER(700000, 60, 100);
    l.rungs[0] = (struct plan_rung){ .ceiling = { 600000 }, .taken = { 600000 } };
    l.rungs[1] = (struct plan_rung){ .ceiling = { 700000 }, .taken = { 100000 }, .live = true };
    plan_amend(&l.scheme, (struct cents){ 650000 }, l.rungs);
    ck_assert_int_eq(l.rungs[0].taken.v, 550000);
    l = LADDER(600000, 60, 80, 100);
    for (unsigned t = 0; t < 3; t++)
        l.rungs[t].live = true;
    plan_amend(&l.scheme, (struct cents){ 500000 }, l.rungs);
    ck_assert_int_eq(l.rungs[0].ceiling.v, 300000);
    l = LADDER(600000, 60, 80, 100);
    l.rungs[2].closed = true;
    plan_amend(&l.scheme, (struct cents){ 500000 }, l.rungs);
    ck_assert_int_eq(l.rungs[0].ceiling.v, 300000);
    ck_assert_int_eq(due(&l, 1), 500000);
}
END_TEST

START_TEST(what_is_made_again_is_no_more_than_a_lowered_grant_leaves)
{
    static const struct {
        int64_t ceiling[2], taken[2];
        unsigned t;
        int64_t left, recovery; /* of T; 0: it closes */
    } rows[] = {
        { { 6000, 10000 }, { 6000, 4000 }, 0, 6000, 0 }, /* never lowered: as it was */
        { { 6000, 6000 }, { 6000, 0 }, 0, 6000, 0 },     /* used up, and nothing above it */
        { { 5000, 5000 }, { 6000, 0 }, 0, 5000, 0 },     /* it alone was above it */
        { { 5000, 5000 }, { 6000, 4000 }, 0, 1000, 0 },  /* the other was paid */
        { { 5000, 5000 }, { 6000, 4000 }, 1, 0, 1000 },  /* the other is more than the grant */
        { { 4000, 4000 }, { 6000, 4000 }, 0, 0, 0 },     /* the other is the grant */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cents grant = { rows[i].ceiling[1] }, recovery;
        struct plan_rung rungs[2] = { 0 };

        for (unsigned t = 0; t < 2; t++) {
            rungs[t].ceiling.v = rows[i].ceiling[t];
            rungs[t].taken.v = rows[i].taken[t];
        }
        recovery = plan_again(rungs, 2, rows[i].t, grant);
        ck_assert_int_eq(rungs[rows[i].t].taken.v, rows[i].left);
        ck_assert(rungs[rows[i].t].closed == (rows[i].left == 0));
        ck_assert_int_eq(rungs[1 - rows[i].t].taken.v, rows[i].taken[1 - rows[i].t]);
        ck_assert_int_eq(recovery.v, rows[i].recovery);
        ck_assert(plan_holds(rungs, 2, grant, recovery));
    }
}
END_TEST

START_TEST(ceilings_leave_what_is_taken_and_closed_alone)
{
    struct ladder l = LADDER(1000000, 60, 100);

    l.rungs[0].taken.v = 7;
    l.rungs[1].closed = true;
    set_grant(&l, 2000000);
    ck_assert_int_eq(l.rungs[0].taken.v, 7);
    ck_assert(!l.rungs[0].closed && l.rungs[1].closed);
    ck_assert_int_eq(l.rungs[0].ceiling.v, 1200000);
}
END_TEST

enum fate { FREE, LIVE, DEAD, CLOSED };

/* A walk over one ladder. */
struct walk {
    struct ladder l;
    enum fate fate[SCHEME_RUNGS_MAX];
    bool settled[SCHEME_RUNGS_MAX]; /* ordered since the room of any rung last changed */
    bool lowered, given_up;
    uint64_t seed;
    int number;
};

#define CONTEXT "seed %llu, ladder %d, rung %u: "
#define CONTEXT_OF(w, t) (unsigned long long)(w)->seed, (w)->number, (t)

static struct ladder random_ladder(struct dice *dice)
{
    static const int64_t grants[] = { 3, 100, 10007, 1000000, 99999999999, 1000000000000 };
    struct ladder l = { 0 };
    int32_t up_to = 0;

    while (up_to < 1000000 && l.scheme.rung_count < SCHEME_RUNGS_MAX - 1) {
        up_to += (int32_t)dice_range(dice, 1, dice_range(dice, 0, 3) ? 400000 : 20);
        l.scheme.rungs[l.scheme.rung_count++].up_to.e4 = up_to < 1000000 ? up_to : 1000000;
    }
    if (up_to < 1000000)
        l.scheme.rungs[l.scheme.rung_count++].up_to.e4 = 1000000;
    set_grant(&l, dice_range(dice, 1, grants[dice_range(dice, 0, ARRAY_LEN(grants) - 1)]));
    return l;
}

/* True when X for rung T keeps every sum it touches inside its ceiling: the rule itself. */
static bool affordable(const struct ladder *l, unsigned t, int64_t x)
{
    int64_t sum = 0;

    for (unsigned u = 0; u < l->scheme.rung_count; u++) {
        sum += u == t ? x : l->rungs[u].taken.v;
        if (u >= t && (u == t || l->rungs[u].taken.v > 0) && sum > l->rungs[u].ceiling.v)
            return false;
    }
    return true;
}

static void check_due(const struct walk *w, unsigned t)
{
    int64_t x = due(&w->l, t);

    EXPECT(affordable(&w->l, t, x) && !affordable(&w->l, t, x + 1),
           CONTEXT "%lld is not the most it may take", CONTEXT_OF(w, t), (long long)x);
    if (w->fate[t] == DEAD && w->settled[t])
        EXPECT(x == w->l.rungs[t].taken.v, CONTEXT "%lld again instead of %lld", CONTEXT_OF(w, t),
               (long long)x, (long long)w->l.rungs[t].taken.v);
    if (w->fate[t] == DEAD && !w->lowered)
        EXPECT(x >= w->l.rungs[t].taken.v, CONTEXT "only %lld again instead of %lld",
               CONTEXT_OF(w, t), (long long)x, (long long)w->l.rungs[t].taken.v);
}

static void close_rung(struct walk *w, unsigned t)
{
    w->fate[t] = CLOSED;
    w->l.rungs[t].taken.v = 0;
    w->l.rungs[t].closed = true;
    memset(w->settled, 0, sizeof w->settled);
}

/* Orders rung T when its turn has come. */
static void walk_take(struct walk *w, unsigned t)
{
    int64_t sum = 0;

    if ((w->fate[t] != FREE && w->fate[t] != DEAD) || plan_waits_for(w->l.rungs, t) != t)
        return;
    check_due(w, t);
    if (w->fate[t] == DEAD && w->l.recovery.v)
        w->l.recovery = plan_again(w->l.rungs, w->l.scheme.rung_count, t, w->l.grant);
    if (w->l.rungs[t].closed || due(&w->l, t) <= 0) {
        close_rung(w, t);
        return;
    }
    /* A sum kept since another grant may become another one now, and then leaves other room. */
    if (w->fate[t] == DEAD && due(&w->l, t) != w->l.rungs[t].taken.v)
        memset(w->settled, 0, sizeof w->settled);
    take(&w->l, t);
    w->fate[t] = LIVE;
    w->settled[t] = true;
    for (unsigned u = 0; u < w->l.scheme.rung_count; u++) {
        sum += w->l.rungs[u].taken.v;
        EXPECT(u < t || sum <= w->l.rungs[u].ceiling.v + w->l.recovery.v, CONTEXT "overdrawn",
               CONTEXT_OF(w, u));
    }
}

/* The grant changes, upwards only while a rung is left that can carry it. */
static void walk_grant(struct walk *w, int64_t grant)
{
    int64_t live = 0;

    w->lowered = w->lowered || grant < w->l.grant.v;
    for (unsigned t = 0; t < w->l.scheme.rung_count; t++) {
        w->l.rungs[t].live = w->fate[t] == LIVE;
        live += w->fate[t] == LIVE ? w->l.rungs[t].taken.v : 0;
    }
    w->l.grant.v = grant;
    w->l.recovery = plan_amend(&w->l.scheme, w->l.grant, w->l.rungs);
    for (unsigned t = 0; t < w->l.scheme.rung_count; t++) {
        EXPECT(w->fate[t] != LIVE || !w->l.rungs[t].closed,
               CONTEXT "a live order's rung was closed", CONTEXT_OF(w, t));
        if (w->l.rungs[t].closed)
            w->fate[t] = CLOSED;
    }
    EXPECT(w->l.recovery.v == (live > grant ? live - grant : 0), CONTEXT "claims %lld back",
           CONTEXT_OF(w, 0U), (long long)w->l.recovery.v);
    memset(w->settled, 0, sizeof w->settled);
}

static void walk_step(struct walk *w, struct dice *dice, bool amended)
{
    unsigned count = w->l.scheme.rung_count, t = (unsigned)dice_range(dice, 0, count - 1);
    int64_t what = dice_range(dice, 0, 9);

    if (what < 5) {
        walk_take(w, t);
    } else if (what < 8) {
        if (w->fate[t] == LIVE)
            w->fate[t] = DEAD;
    } else if (what == 8 && !dice_range(dice, 0, 3)) {
        w->given_up = w->given_up || w->fate[t] == FREE || w->fate[t] == DEAD;
        if (w->fate[t] == FREE || w->fate[t] == DEAD)
            close_rung(w, t);
    } else if (what == 9 && amended) {
        int64_t more = w->fate[count - 1] == FREE ? 2 : 1;
        int64_t most = w->l.grant.v * more < MONEY_MAX.v ? w->l.grant.v * more : MONEY_MAX.v;

        walk_grant(w, dice_range(dice, dice_range(dice, 0, 2) ? w->l.grant.v : 1, most));
    }
    EXPECT(holds(&w->l), CONTEXT "does not hold", CONTEXT_OF(w, t));
}

/* Takes or closes whatever is left, lowest first; the sum of all that is taken. */
static int64_t walk_end(struct walk *w)
{
    int64_t sum = 0;

    for (unsigned t = 0; t < w->l.scheme.rung_count; t++)
        walk_take(w, t);
    for (unsigned t = 0; t < w->l.scheme.rung_count; t++) {
        EXPECT(w->fate[t] == LIVE || w->fate[t] == CLOSED, CONTEXT "is left", CONTEXT_OF(w, t));
        sum += w->l.rungs[t].taken.v;
    }
    return sum;
}

static void walk_many(int ladders, bool amended)
{
    struct walk w;
    uint64_t seed;
    struct dice dice = dice_new(&seed);

    for (int n = 0; n < ladders; n++) {
        int64_t paid, last;

        w = (struct walk){ .l = random_ladder(&dice), .seed = seed, .number = n };
        for (int step = 0; step < 60; step++)
            walk_step(&w, &dice, amended);
        paid = walk_end(&w);
        last = due(&w.l, w.l.scheme.rung_count - 1);
        if (!w.given_up)
            EXPECT(paid == w.l.grant.v + w.l.recovery.v, CONTEXT "%lld of %lld", CONTEXT_OF(&w, 0U),
                   (long long)paid, (long long)w.l.grant.v);
        EXPECT(paid <= w.l.grant.v + w.l.recovery.v, CONTEXT "paid too much", CONTEXT_OF(&w, 0U));
        /* A last rung given up leaves exactly what it could have taken. */
        if (w.fate[w.l.scheme.rung_count - 1] == CLOSED)
            EXPECT(paid + last == w.l.grant.v, CONTEXT "%lld taken, %lld given up",
                   CONTEXT_OF(&w, 0U), (long long)paid, (long long)last);
    }
}

START_TEST(no_sequence_of_orders_deaths_and_closings_breaks_the_ladder)
{
    walk_many(20000, false);
}
END_TEST

START_TEST(nor_does_a_grant_that_changes_in_between)
{
    walk_many(20000, true);
}
END_TEST

START_TEST(planned_sums_are_the_grant)
{
    uint64_t seed;
    struct dice dice = dice_new(&seed);

    for (int n = 0; n < 50000; n++) {
        struct ladder l = random_ladder(&dice);
        int64_t sum = 0;

        for (unsigned t = 0; t < l.scheme.rung_count; t++) {
            EXPECT(plan_planned(l.rungs, t).v >= 0, "seed %llu, ladder %d",
                   (unsigned long long)seed, n);
            sum += plan_planned(l.rungs, t).v;
        }
        EXPECT(sum == l.grant.v && holds(&l), "seed %llu, ladder %d", (unsigned long long)seed, n);
    }
}
END_TEST

static struct scheme good_scheme(void)
{
    struct scheme s = { .party_count = 2, .rung_count = 2, .duration = { .months = 6 } };

    s.envelope.v = 5000000;
    s.grant_min.v = 500000;
    s.grant_max.v = 1000000;
    s.rungs[0].up_to.e4 = 600000;
    s.rungs[1].up_to.e4 = 1000000;
    return s;
}

static void check_fault(struct scheme s, int fault, unsigned rung)
{
    unsigned got = 99;

    ck_assert_int_eq(scheme_check(&s, &got), fault);
    ck_assert(!fault || got == rung);
}

START_TEST(ladders_that_fall_or_do_not_end_at_the_whole_are_refused)
{
    struct scheme s = good_scheme();

    check_fault(s, 0, 0);
    s.rungs[1].up_to.e4 = 999999;
    check_fault(s, SCHEME_E_LADDER_END, 1);
    s.rungs[1].up_to.e4 = 1000001;
    check_fault(s, SCHEME_E_LADDER_END, 1);
    s.rungs[1].up_to.e4 = 600000;
    check_fault(s, SCHEME_E_LADDER_FALLS, 1);
    s.rungs[1].up_to.e4 = 400000;
    check_fault(s, SCHEME_E_LADDER_FALLS, 1);
    s.rungs[1].up_to.e4 = 1000000;
    s.rungs[0].up_to.e4 = 0;
    check_fault(s, SCHEME_E_LADDER_FALLS, 0);
    s.rung_count = 0;
    check_fault(s, SCHEME_E_NO_RUNG, 0);
}
END_TEST

START_TEST(schemes_without_bounds_parties_or_duration_are_refused)
{
    struct scheme s = good_scheme();

    s.party_count = 0;
    check_fault(s, SCHEME_E_NO_PARTY, 0);
    s = good_scheme();
    s.duration = (struct span){ 0 };
    check_fault(s, SCHEME_E_DURATION, 0);
    s = good_scheme();
    s.grant_min.v = 0;
    check_fault(s, SCHEME_E_BOUNDS, 0);
    s = good_scheme();
    s.grant_min.v = s.grant_max.v + 1;
    check_fault(s, SCHEME_E_BOUNDS, 0);
    s.grant_min.v = s.grant_max.v;
    check_fault(s, 0, 0);
    s.envelope.v = s.grant_min.v - 1;
    check_fault(s, SCHEME_E_ENVELOPE, 0);
    s = good_scheme();
    s.duration = (struct span){ .days = 1 };
    check_fault(s, 0, 0);
    s.grant_max = s.envelope = MONEY_MAX_ORDER;
    check_fault(s, 0, 0);
    s.grant_max.v++;
    check_fault(s, SCHEME_E_LARGEST, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = suite_case(suite, "plan");

    tcase_add_test(tcase, sixty_forty_pays_6000_and_4000);
    tcase_add_test(tcase, grants_that_do_not_split_lose_no_cent);
    tcase_add_test(tcase, a_raised_grant_moves_the_ceilings_and_not_what_was_paid);
    tcase_add_test(tcase, a_lowered_grant_pays_the_rest_or_shows_what_was_paid_too_much);
    tcase_add_test(tcase, what_is_left_of_the_grant_is_the_outlook_of_the_free_rungs);
    tcase_add_test(tcase, an_amendment_keeps_what_was_paid_inside_and_claims_the_rest_back);
    tcase_add_test(tcase, an_advance_that_is_not_taken_flows_on);
    tcase_add_test(tcase, a_dead_order_frees_its_own_rung_and_no_other);
    tcase_add_test(tcase, a_higher_rung_that_was_taken_bounds_a_lower_one);
    tcase_add_test(tcase, a_rung_waits_for_the_first_below_that_is_neither_taken_nor_closed);
    tcase_add_test(tcase, a_ladder_that_is_overdrawn_or_falls_does_not_hold);
    tcase_add_test(tcase, ceilings_leave_what_is_taken_and_closed_alone);
    tcase_add_test(tcase, an_amendment_lets_the_highest_rung_that_is_free_carry_the_grant);
    tcase_add_test(tcase, what_is_made_again_is_no_more_than_a_lowered_grant_leaves);
    tcase_add_test(tcase, no_sequence_of_orders_deaths_and_closings_breaks_the_ladder);
    tcase_add_test(tcase, nor_does_a_grant_that_changes_in_between);
    tcase_add_test(tcase, planned_sums_are_the_grant);
    tcase_add_test(tcase, ladders_that_fall_or_do_not_end_at_the_whole_are_refused);
    tcase_add_test(tcase, schemes_without_bounds_parties_or_duration_are_refused);
    return run_suite(suite);
}
