/* An order's life: a closed table, the same end whatever comes first, terms compared one by one. */
#include "suite.h"
#include <base/tally.h>
#include <core/order.h>
#include <string.h>

static const enum order_event ANSWERS[] = { OE_NOTHING,   OE_RECEIVED, OE_MISMATCH,
                                            OE_ACCEPTED,  OE_SETTLED,  OE_REJECTED,
                                            OE_CANCELLED, OE_BOOKED,   OE_RETURNED };

/* The state after EVENT; a contradiction with it leaves it. */
static enum order_state after(enum order_state state, enum order_event event, bool *settled,
                              bool *contradicts)
{
    int to = order_step(state, event);

    *contradicts =
        *contradicts || to == ORDER_CONTRADICTS || (*settled && order_event_kills(event));
    *settled = *settled || event == OE_SETTLED;
    return to < 0 ? state : (enum order_state)to;
}

START_TEST(a_state_never_moves_back)
{
    static const int rank[ORDER_STATES] = {
        [ORDER_PREPARED] = 0, [ORDER_ACKNOWLEDGED] = 1, [ORDER_AWAITING_RELEASE] = 2,
        [ORDER_ACCEPTED] = 3, [ORDER_BOOKED] = 4,       [ORDER_REJECTED] = 5,
        [ORDER_RETURNED] = 5, [ORDER_CANCELLED] = 5,
    };

    for (int s = 0; s < ORDER_STATES; s++)
        for (size_t e = 0; e < sizeof ANSWERS / sizeof *ANSWERS; e++) {
            int to = order_step((enum order_state)s, ANSWERS[e]);

            if (to >= 0)
                ck_assert_msg(rank[to] > rank[s], "%s after %s",
                              order_state_name((enum order_state)to),
                              order_state_name((enum order_state)s));
            if (!order_is_live((enum order_state)s))
                ck_assert_msg(to < 0, "%s is an end", order_state_name((enum order_state)s));
        }
    ck_assert_int_eq(order_step(ORDER_AWAITING_RELEASE, OE_RELEASED), ORDER_ACKNOWLEDGED);
    for (int s = 0; s < ORDER_STATES; s++)
        if (s != ORDER_AWAITING_RELEASE)
            ck_assert_int_eq(order_step((enum order_state)s, OE_RELEASED), ORDER_UNMOVED);
}
END_TEST

/* Every three answers, in each of their orders: one end, or a contradiction in each of them. */
START_TEST(the_end_does_not_depend_on_the_order_of_answers)
{
    static const int turns[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    size_t n = sizeof ANSWERS / sizeof *ANSWERS;

    for (size_t k = 0; k < n * n * n; k++) {
        enum order_event events[3] = { ANSWERS[k % n], ANSWERS[k / n % n], ANSWERS[k / n / n] };
        enum order_state ends[6];
        bool contradicts[6] = { false }, settled[6] = { false }, dead[3] = { false };

        for (int i = 0; i < 3; i++)
            dead[events[i] == OE_REJECTED ? 0 : events[i] == OE_CANCELLED ? 1 : 2] = true;
        if (dead[0] && dead[1])
            continue; /* refused and cancelled: dead by whichever came first */
        for (int t = 0; t < 6; t++) {
            ends[t] = ORDER_PREPARED;
            for (int i = 0; i < 3; i++)
                ends[t] = after(ends[t], events[turns[t][i]], &settled[t], &contradicts[t]);
        }
        for (int t = 1; t < 6; t++)
            ck_assert_msg(contradicts[t] == contradicts[0] &&
                              (contradicts[0] || ends[t] == ends[0]),
                          "%s %s %s", order_event_name(events[0]), order_event_name(events[1]),
                          order_event_name(events[2]));
    }
}
END_TEST

START_TEST(a_tranche_follows_its_order)
{
    for (int e = OE_ACCEPTED; e < ORDER_EVENTS; e++) {
        enum tranche_event event = order_tranche_event((enum order_event)e);

        ck_assert_int_ne(event, TRANCHE_EVENTS);
        ck_assert_int_ge(tranche_step(TRANCHE_ORDERED, event), 0);
        ck_assert_int_ge(tranche_step(TRANCHE_SENT, event), 0);
        if (e != OE_ACCEPTED && e != OE_SETTLED)
            ck_assert_int_ge(tranche_step(TRANCHE_ACCEPTED, event), 0);
    }
    ck_assert_int_eq(order_tranche_event(OE_RECEIVED), TRANCHE_EVENTS);
    ck_assert_int_eq(order_tranche_event(OE_MISMATCH), TRANCHE_EVENTS);
}
END_TEST

START_TEST(names_come_back)
{
    for (int s = 0; s < ORDER_STATES; s++)
        ck_assert_int_eq(order_state_from_name(order_state_name((enum order_state)s)), s);
    ck_assert_int_eq(order_state_from_name("written"), ORDER_PREPARED);
    ck_assert_str_eq(order_state_shown(ORDER_PREPARED, true), "written");
    ck_assert_str_eq(order_state_shown(ORDER_PREPARED, false), "prepared");
    ck_assert_str_eq(order_state_shown(ORDER_BOOKED, true), "booked");
    ck_assert_int_eq(order_state_from_name("paid"), -1);
}
END_TEST

START_TEST(each_state_waits_for_somebody_until_a_day)
{
    const struct order_patience patience = { .answer_days = 3,
                                             .booking_days = 5,
                                             .release_days = 2 };
    struct date good_friday_eve = date_from_ymd(2024, 3, 28), day;
    char text[DATE_TEXT_MAX];

    ck_assert_int_eq(order_next_actor(ORDER_PREPARED, false, false), ACTOR_SERVICE);
    ck_assert_int_eq(order_next_actor(ORDER_PREPARED, true, false), ACTOR_TREASURY);
    ck_assert_int_eq(order_next_actor(ORDER_PREPARED, true, true), ACTOR_BANK);
    ck_assert_int_eq(order_next_actor(ORDER_BOOKED, true, true), ACTOR_NOBODY);
    ck_assert(!date_is_set(order_deadline(ORDER_BOOKED, good_friday_eve, &patience)));
    for (int s = 0; s < ORDER_STATES; s++)
        if (s != ORDER_BOOKED) {
            ck_assert_int_ne(order_next_actor((enum order_state)s, true, true), ACTOR_NOBODY);
            ck_assert(date_is_set(order_deadline((enum order_state)s, good_friday_eve, &patience)));
        }
    /* TARGET is shut from Good Friday to Easter Monday. */
    day = order_deadline(ORDER_PREPARED, good_friday_eve, &patience);
    ck_assert_str_eq(date_format(text, day), "2024-04-04");
}
END_TEST

START_TEST(every_term_is_compared)
{
    struct order_terms ordered = { { 600000 },
                                   "EUR",
                                   "FR7630001007941234567890185",
                                   "FR7699999000011234567890152",
                                   date_from_ymd(2024, 1, 2) };
    struct date today = date_from_ymd(2024, 1, 10);

    for (unsigned bits = 0; bits < 32; bits++) {
        struct order_terms seen = ordered;

        seen.amount.v += bits & TERM_AMOUNT ? 1 : 0;
        seen.currency = bits & TERM_CURRENCY ? "USD" : "EUR";
        seen.debtor_iban = bits & TERM_DEBTOR ? "DE89370400440532013000" : "";
        seen.creditor_iban =
            bits & TERM_CREDITOR ? "DE89370400440532013000" : "FR76 9999 9000 0112 3456 7890 152";
        seen.on = bits & TERM_DATE ? date_from_ymd(2024, 1, 1) : today;
        ck_assert_uint_eq(order_differences(&ordered, &seen, today), bits);
    }
    ck_assert_uint_eq(order_differences(&ordered,
                                        &(struct order_terms){ ordered.amount, "EUR", "", "",
                                                               date_from_ymd(2024, 1, 11) },
                                        today),
                      TERM_DATE);
    ck_assert_uint_eq(order_differences(&ordered,
                                        &(struct order_terms){ ordered.amount, "EUR", "no IBAN",
                                                               "FR76 no IBAN", DATE_NONE },
                                        today),
                      TERM_DEBTOR | TERM_CREDITOR | TERM_DATE);
    ck_assert_uint_eq(order_differences(&ordered, &ordered, today), 0);
    ordered.creditor_iban = "FR76 no IBAN"; /* what cannot be read is never the same */
    ck_assert_uint_eq(order_differences(&ordered,
                                        &(struct order_terms){ ordered.amount, "EUR", "",
                                                               "DE89370400440532013000", today },
                                        today),
                      TERM_CREDITOR);
}
END_TEST

START_TEST(a_tally_counts_each_key)
{
    struct tally tally = { 0 };

    for (uint32_t round = 0; round < 3; round++)
        for (uint64_t key = 0; key < 5000; key++)
            ck_assert_uint_eq(tally_count(&tally, key * 65536), round);
    tally_free(&tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *tcase = suite_case(suite, "all");

    tcase_add_test(tcase, a_state_never_moves_back);
    tcase_add_test(tcase, the_end_does_not_depend_on_the_order_of_answers);
    tcase_add_test(tcase, a_tranche_follows_its_order);
    tcase_add_test(tcase, names_come_back);
    tcase_add_test(tcase, each_state_waits_for_somebody_until_a_day);
    tcase_add_test(tcase, every_term_is_compared);
    tcase_add_test(tcase, a_tally_counts_each_key);
    return run_suite(suite);
}
