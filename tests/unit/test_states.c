/* States: both tables, every state with every event, against a list written from the domain. */
#include "suite.h"
#include <base/mem.h>
#include <core/states.h>
#include <stdio.h>

enum { NO = -1 };

/* What the domain says, a row a state and a column an event. */
static const int CONVENTION[CONVENTION_STATES][CONVENTION_EVENTS] = {
    [CONVENTION_DRAFT] = { CONVENTION_SIGNING, CONVENTION_IN_FORCE, NO, NO, CONVENTION_TERMINATED,
                           NO, NO },
    [CONVENTION_SIGNING] = { CONVENTION_SIGNING, CONVENTION_IN_FORCE, NO, NO, CONVENTION_TERMINATED,
                             CONVENTION_SIGNING, CONVENTION_DRAFT },
    [CONVENTION_IN_FORCE] = { NO, NO, CONVENTION_COMPLETED, CONVENTION_EXPIRED,
                              CONVENTION_TERMINATED, CONVENTION_SIGNING, CONVENTION_DRAFT },
    [CONVENTION_COMPLETED] = { NO, NO, NO, NO, NO, NO, NO },
    [CONVENTION_EXPIRED] = { NO, NO, CONVENTION_COMPLETED, NO, CONVENTION_TERMINATED,
                             CONVENTION_SIGNING, CONVENTION_DRAFT },
    [CONVENTION_TERMINATED] = { NO, NO, NO, NO, NO, NO, NO },
};

/* A tranche's edges, an event a line: from which states, to which one. */
static const struct {
    enum tranche_event event;
    enum tranche_state to;
    enum tranche_state from[5];
    unsigned count;
} TRANCHE[] = {
    { TE_RELEASED, TRANCHE_ORDERED, { TRANCHE_HELD }, 1 },
    { TE_TAKEN, TRANCHE_SENT, { TRANCHE_ORDERED }, 1 },
    /* A status report alone suffices, whether the treasury was heard or not. */
    { TE_ACCEPTED, TRANCHE_ACCEPTED, { TRANCHE_ORDERED, TRANCHE_SENT }, 2 },
    /* A statement alone suffices. */
    { TE_BOOKED, TRANCHE_PAID, { TRANCHE_ORDERED, TRANCHE_SENT, TRANCHE_ACCEPTED }, 3 },
    { TE_REJECTED, TRANCHE_REJECTED, { TRANCHE_ORDERED, TRANCHE_SENT, TRANCHE_ACCEPTED }, 3 },
    { TE_RETURNED,
      TRANCHE_RETURNED,
      { TRANCHE_ORDERED, TRANCHE_SENT, TRANCHE_ACCEPTED, TRANCHE_PAID },
      4 },
    { TE_CANCELLED, TRANCHE_CANCELLED, { TRANCHE_ORDERED, TRANCHE_SENT, TRANCHE_ACCEPTED }, 3 },
    { TE_REOPENED, TRANCHE_HELD, { TRANCHE_REJECTED, TRANCHE_RETURNED, TRANCHE_CANCELLED }, 3 },
    { TE_CLOSED,
      TRANCHE_CLOSED,
      { TRANCHE_HELD, TRANCHE_REJECTED, TRANCHE_RETURNED, TRANCHE_CANCELLED },
      4 },
    { TE_CLAIMED, TRANCHE_RECOVERING, { TRANCHE_PAID }, 1 },
    { TE_RECOVERED, TRANCHE_RECOVERED, { TRANCHE_RECOVERING }, 1 },
};

static int tranche_expected(int from, int event)
{
    for (size_t i = 0; i < ARRAY_LEN(TRANCHE); i++)
        for (unsigned n = 0; n < TRANCHE[i].count; n++)
            if ((int)TRANCHE[i].event == event && (int)TRANCHE[i].from[n] == from)
                return (int)TRANCHE[i].to;
    return NO;
}

static int convention_at(int from, int event)
{
    return convention_step((enum convention_state)from, (enum convention_event)event);
}

static int tranche_at(int from, int event)
{
    return tranche_step((enum tranche_state)from, (enum tranche_event)event);
}

START_TEST(a_convention_takes_each_event_as_the_domain_says_or_refuses_it)
{
    for (int s = 0; s < CONVENTION_STATES; s++)
        for (int e = 0; e < CONVENTION_EVENTS; e++)
            ck_assert_msg(convention_at(s, e) == CONVENTION[s][e], "%s, event %d: %d",
                          convention_state_name((enum convention_state)s), e, convention_at(s, e));
}
END_TEST

START_TEST(a_tranche_takes_each_event_as_the_domain_says_or_refuses_it)
{
    for (int s = 0; s < TRANCHE_STATES; s++)
        for (int e = 0; e < TRANCHE_EVENTS; e++)
            ck_assert_msg(tranche_at(s, e) == tranche_expected(s, e), "%s, event %d: %d",
                          tranche_state_name((enum tranche_state)s), e, tranche_at(s, e));
}
END_TEST

START_TEST(every_edge_says_why_and_nothing_else_does)
{
    for (int s = 0; s < CONVENTION_STATES; s++)
        for (int e = 0; e < CONVENTION_EVENTS; e++) {
            const char *why = convention_why((enum convention_state)s, (enum convention_event)e);

            ck_assert_int_eq(why != NULL, convention_at(s, e) >= 0);
            ck_assert(!why || *why);
        }
    for (int s = 0; s < TRANCHE_STATES; s++)
        for (int e = 0; e < TRANCHE_EVENTS; e++) {
            const char *why = tranche_why((enum tranche_state)s, (enum tranche_event)e);

            ck_assert_int_eq(why != NULL, tranche_at(s, e) >= 0);
            ck_assert(!why || *why);
        }
}
END_TEST

START_TEST(names_are_read_back_and_no_two_are_alike)
{
    for (int s = 0; s < CONVENTION_STATES; s++)
        ck_assert_int_eq(
            convention_state_from_name(convention_state_name((enum convention_state)s)), s);
    for (int s = 0; s < TRANCHE_STATES; s++)
        ck_assert_int_eq(tranche_state_from_name(tranche_state_name((enum tranche_state)s)), s);
    ck_assert_str_eq(convention_state_name(CONVENTION_IN_FORCE), "in_force");
    ck_assert_str_eq(tranche_state_name(TRANCHE_HELD), "held");
}
END_TEST

START_TEST(unknown_names_are_no_state)
{
    static const char *const bad[] = { "",         "Held", "HELD", "held ",     " held",
                                       "in force", "0",    "-1",   "suspended", "released" };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_int_eq(convention_state_from_name(bad[i]), -1);
        ck_assert_int_eq(tranche_state_from_name(bad[i]), -1);
    }
    ck_assert_int_eq(convention_state_from_name("held"), -1);
    ck_assert_int_eq(tranche_state_from_name("draft"), -1);
}
END_TEST

START_TEST(only_terminal_states_have_no_way_out)
{
    for (int s = 0; s < CONVENTION_STATES; s++) {
        int out = 0;

        for (int e = 0; e < CONVENTION_EVENTS; e++)
            out += convention_at(s, e) >= 0;
        ck_assert_int_eq(out == 0, s == CONVENTION_COMPLETED || s == CONVENTION_TERMINATED);
    }
    for (int s = 0; s < TRANCHE_STATES; s++) {
        int out = 0;

        for (int e = 0; e < TRANCHE_EVENTS; e++)
            out += tranche_at(s, e) >= 0;
        ck_assert_int_eq(out == 0, s == TRANCHE_CLOSED || s == TRANCHE_RECOVERED);
    }
}
END_TEST

/* The states that STEP reaches from state 0, as bits. */
static unsigned reachable(int (*step)(int, int), int events)
{
    unsigned met = 1, before = 0;

    while (met != before) {
        before = met;
        for (int s = 0; s < 32; s++)
            for (int e = 0; (before >> s & 1) && e < events; e++)
                if (step(s, e) >= 0)
                    met |= 1U << step(s, e);
    }
    return met;
}

START_TEST(every_state_is_reached_from_the_first)
{
    ck_assert_uint_eq(reachable(convention_at, CONVENTION_EVENTS), (1U << CONVENTION_STATES) - 1);
    ck_assert_uint_eq(reachable(tranche_at, TRANCHE_EVENTS), (1U << TRANCHE_STATES) - 1);
}
END_TEST

START_TEST(a_convention_goes_back_only_when_a_signature_is_taken_back)
{
    static const int rank[CONVENTION_STATES] = { 0, 1, 2, 4, 3, 4 };

    for (int s = 0; s < CONVENTION_STATES; s++)
        for (int e = 0; e < CONVENTION_EVENTS; e++)
            ck_assert(convention_at(s, e) < 0 || rank[convention_at(s, e)] >= rank[s] ||
                      e == CE_UNSIGNED || e == CE_UNSIGNED_ALL);
}
END_TEST

START_TEST(money_is_live_from_the_order_until_it_is_proven_dead)
{
    static const bool live[TRANCHE_STATES] = {
        [TRANCHE_ORDERED] = true, [TRANCHE_SENT] = true,       [TRANCHE_ACCEPTED] = true,
        [TRANCHE_PAID] = true,    [TRANCHE_RECOVERING] = true, [TRANCHE_RECOVERED] = true,
    };

    for (int s = 0; s < TRANCHE_STATES; s++)
        ck_assert_msg(tranche_is_live((enum tranche_state)s) == live[s], "%s",
                      tranche_state_name((enum tranche_state)s));
}
END_TEST

START_TEST(a_live_tranche_can_neither_be_closed_nor_ordered_again)
{
    for (int s = 0; s < TRANCHE_STATES; s++)
        if (tranche_is_live((enum tranche_state)s)) {
            ck_assert_int_eq(tranche_at(s, TE_CLOSED), -1);
            ck_assert_int_eq(tranche_at(s, TE_RELEASED), -1);
            ck_assert_int_eq(tranche_at(s, TE_REOPENED), -1);
        }
}
END_TEST

START_TEST(the_printed_tables_have_a_row_for_every_edge)
{
    struct text t = { 0 };
    unsigned rows = 0, edges = 0;

    states_print(&t);
    for (const char *c = t.s; *c; c++)
        rows += *c == '\n';
    for (int s = 0; s < CONVENTION_STATES; s++)
        for (int e = 0; e < CONVENTION_EVENTS; e++)
            edges += convention_at(s, e) >= 0;
    for (int s = 0; s < TRANCHE_STATES; s++)
        for (int e = 0; e < TRANCHE_EVENTS; e++)
            edges += tranche_at(s, e) >= 0;
    ck_assert_uint_eq(rows, edges + 5); /* two titles, two rules, a blank line */
    ck_assert_ptr_nonnull(strstr(t.s, "| in_force | ended | expired | its last day passed |\n"));
    text_free(&t);
}
END_TEST

START_TEST(the_readme_shows_the_tables_as_they_are)
{
    struct text t = { 0 };
    FILE *file = fopen(CORE_README, "r");
    char readme[16384];

    ck_assert_ptr_nonnull(file);
    readme[fread(readme, 1, sizeof readme - 1, file)] = '\0';
    fclose(file);
    states_print(&t);
    ck_assert_ptr_nonnull(strstr(readme, t.s));
    text_free(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("states");
    TCase *tcase = suite_case(suite, "states");

    tcase_add_test(tcase, a_convention_takes_each_event_as_the_domain_says_or_refuses_it);
    tcase_add_test(tcase, a_tranche_takes_each_event_as_the_domain_says_or_refuses_it);
    tcase_add_test(tcase, every_edge_says_why_and_nothing_else_does);
    tcase_add_test(tcase, names_are_read_back_and_no_two_are_alike);
    tcase_add_test(tcase, unknown_names_are_no_state);
    tcase_add_test(tcase, only_terminal_states_have_no_way_out);
    tcase_add_test(tcase, every_state_is_reached_from_the_first);
    tcase_add_test(tcase, a_convention_goes_back_only_when_a_signature_is_taken_back);
    tcase_add_test(tcase, money_is_live_from_the_order_until_it_is_proven_dead);
    tcase_add_test(tcase, a_live_tranche_can_neither_be_closed_nor_ordered_again);
    tcase_add_test(tcase, the_printed_tables_have_a_row_for_every_edge);
    tcase_add_test(tcase, the_readme_shows_the_tables_as_they_are);
    return run_suite(suite);
}
