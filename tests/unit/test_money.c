/* Money: what is refused, that nothing is lost when a grant is split, and that text comes back. */
#include "suite.h"
#include <base/mem.h>
#include <base/money.h>

static const struct {
    const char *s;
    int outcome;
} BAD_SUMS[] = {
    { "", MONEY_E_SYNTAX },
    { " ", MONEY_E_SYNTAX },
    { " 1", MONEY_E_SYNTAX },
    { "1 ", MONEY_E_SYNTAX },
    { "1 000", MONEY_E_SYNTAX },
    { "1\xE2\x80\xAF"
      "000",
      MONEY_E_SYNTAX }, /* U+202F, as our own lists write it */
    { "\t1", MONEY_E_SYNTAX },
    { "1\n", MONEY_E_SYNTAX },
    { "1,5", MONEY_E_SYNTAX },
    { "1,000.00", MONEY_E_SYNTAX },
    { "1.000,00", MONEY_E_SYNTAX },
    { "-1", MONEY_E_SYNTAX },
    { "+1", MONEY_E_SYNTAX },
    { "-0", MONEY_E_SYNTAX },
    { "1e3", MONEY_E_SYNTAX },
    { "1E3", MONEY_E_SYNTAX },
    { "1.5e1", MONEY_E_SYNTAX },
    { "0x10", MONEY_E_SYNTAX },
    { "1.", MONEY_E_SYNTAX },
    { ".5", MONEY_E_SYNTAX },
    { ".", MONEY_E_SYNTAX },
    { "1..5", MONEY_E_SYNTAX },
    { "1.2.3", MONEY_E_SYNTAX },
    { "1.23.", MONEY_E_SYNTAX },
    { "1.23 ", MONEY_E_SYNTAX },
    { "1.234x", MONEY_E_SYNTAX },
    { "1.2x", MONEY_E_SYNTAX },
    { "EUR 5", MONEY_E_SYNTAX },
    { "5 EUR", MONEY_E_SYNTAX },
    { "5\xE2\x82\xAC", MONEY_E_SYNTAX },
    { "nan", MONEY_E_SYNTAX },
    { "inf", MONEY_E_SYNTAX },
    { "\xD9\xA3", MONEY_E_SYNTAX }, /* an Arabic three */
    { "1.234", MONEY_E_SCALE },
    { "0.001", MONEY_E_SCALE },
    { "1.000", MONEY_E_SCALE },
    { "1.2345678901234567890", MONEY_E_SCALE },
    { "10000000000.01", MONEY_E_RANGE },
    { "10000000001", MONEY_E_RANGE },
    { "92233720368547758.07", MONEY_E_RANGE },
    { "92233720368547758.08", MONEY_E_RANGE },
    { "92233720368547759", MONEY_E_RANGE },
    { "9223372036854775807", MONEY_E_RANGE },
    { "9223372036854775808", MONEY_E_RANGE },
    { "18446744073709551616", MONEY_E_RANGE },
    { "184467440737095516160000", MONEY_E_RANGE },
    { "99999999999999999999999999999999999999", MONEY_E_RANGE },
};

START_TEST(bad_sums_are_refused_with_their_reason)
{
    for (size_t i = 0; i < ARRAY_LEN(BAD_SUMS); i++) {
        struct cents c = { 4711 };
        int r = cents_parse(&c, BAD_SUMS[i].s);

        ck_assert_msg(r == BAD_SUMS[i].outcome, "\"%s\": %d", BAD_SUMS[i].s, r);
        ck_assert_msg(c.v == 4711, "\"%s\" changed the target", BAD_SUMS[i].s);
    }
}
END_TEST

START_TEST(good_sums_are_read_to_the_cent)
{
    static const struct {
        const char *s;
        int64_t v;
    } good[] = {
        { "0", 0 },
        { "0.00", 0 },
        { "0.01", 1 },
        { "0.1", 10 },
        { "0.10", 10 },
        { "1", 100 },
        { "5000", 500000 },
        { "5000.1", 500010 },
        { "5000.01", 500001 },
        { "007", 700 },
        { "10000.00", 1000000 },
        { "999999999.99", 99999999999 },
        { "9999999999.99", 999999999999 },
        { "10000000000", 1000000000000 },
        { "10000000000.00", 1000000000000 },
        { "00000000000000000000000000000000000001", 100 },
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct cents c = { -1 };

        ck_assert_msg(cents_parse(&c, good[i].s) == 0, "\"%s\" was refused", good[i].s);
        ck_assert_msg(c.v == good[i].v, "\"%s\" gave %lld", good[i].s, (long long)c.v);
    }
}
END_TEST

START_TEST(every_string_of_four_characters_is_read_or_refused_as_the_rule_says)
{
    static const char letters[] = "019.,- ";
    enum { N = sizeof letters - 1 };

    for (unsigned n = 0; n < N * N * N * N; n++) {
        char s[5] = { letters[n % N], letters[n / N % N], letters[n / N / N % N],
                      letters[n / N / N / N], '\0' };
        size_t whole = strspn(s, "019"), places = 0;
        bool dot = s[whole] == '.';
        struct cents c = { -1 };
        int r = cents_parse(&c, s);

        if (dot)
            places = strspn(s + whole + 1, "019");
        if (!whole || s[whole + dot + places] || (dot && !places))
            EXPECT(r == MONEY_E_SYNTAX && c.v == -1, "\"%s\": %d", s, r);
        else if (places > 2)
            EXPECT(r == MONEY_E_SCALE && c.v == -1, "\"%s\": %d", s, r);
        else
            EXPECT(r == 0 && c.v >= 0, "\"%s\": %d", s, r);
    }
}
END_TEST

START_TEST(a_sum_that_does_not_fit_leaves_the_target_alone)
{
    static const int64_t pairs[][2] = {
        { 1000000000000, 1 },
        { 1, 1000000000000 },
        { 1000000000000, 1000000000000 },
        { INT64_MAX, 1 },
        { INT64_MAX, INT64_MAX },
        { INT64_MIN, -1 },
        { -5, 4 },
    };

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct cents sum = { 42 };

        ck_assert_int_eq(
            cents_add(&sum, (struct cents){ pairs[i][0] }, (struct cents){ pairs[i][1] }),
            MONEY_E_RANGE);
        ck_assert_int_eq(sum.v, 42);
    }
}
END_TEST

START_TEST(sums_up_to_the_largest_are_exact)
{
    struct cents sum = { 42 };

    ck_assert_int_eq(cents_add(&sum, (struct cents){ 0 }, (struct cents){ 0 }), 0);
    ck_assert_int_eq(sum.v, 0);
    ck_assert_int_eq(cents_add(&sum, (struct cents){ 600000 }, (struct cents){ 400000 }), 0);
    ck_assert_int_eq(sum.v, 1000000);
    ck_assert_int_eq(cents_add(&sum, (struct cents){ MONEY_MAX.v - 1 }, (struct cents){ 1 }), 0);
    ck_assert_int_eq(sum.v, MONEY_MAX.v);
    ck_assert_int_eq(cents_add(&sum, MONEY_MAX, (struct cents){ 0 }), 0);
    ck_assert_int_eq(sum.v, MONEY_MAX.v);
    /* The target may be one of the two. */
    sum.v = 7;
    ck_assert_int_eq(cents_add(&sum, sum, sum), 0);
    ck_assert_int_eq(sum.v, 14);
}
END_TEST

START_TEST(a_rest_is_never_negative_and_a_refusal_leaves_it_alone)
{
    struct cents rest = { 42 };

    ck_assert_int_eq(cents_sub(&rest, (struct cents){ 0 }, (struct cents){ 1 }), MONEY_E_RANGE);
    ck_assert_int_eq(rest.v, 42);
    ck_assert_int_eq(cents_sub(&rest, (struct cents){ 599999 }, (struct cents){ 600000 }),
                     MONEY_E_RANGE);
    ck_assert_int_eq(rest.v, 42);
    ck_assert_int_eq(cents_sub(&rest, (struct cents){ 5 }, (struct cents){ -5 }), MONEY_E_RANGE);
    ck_assert_int_eq(cents_sub(&rest, (struct cents){ INT64_MAX }, (struct cents){ INT64_MIN }),
                     MONEY_E_RANGE);
    ck_assert_int_eq(rest.v, 42);
    ck_assert_int_eq(cents_sub(&rest, MONEY_MAX, MONEY_MAX), 0);
    ck_assert_int_eq(rest.v, 0);
    ck_assert_int_eq(cents_sub(&rest, (struct cents){ 1000000 }, (struct cents){ 600000 }), 0);
    ck_assert_int_eq(rest.v, 400000);
    ck_assert_int_eq(cents_sub(&rest, rest, (struct cents){ 1 }), 0);
    ck_assert_int_eq(rest.v, 399999);
}
END_TEST

START_TEST(a_share_is_rounded_down_to_the_cent)
{
    static const struct {
        int64_t grant;
        int32_t e4;
        int64_t share;
    } shares[] = {
        { 1000000, 600000, 600000 },
        { 500001, 600000, 300000 }, /* 5 000,01 at 60 %: 3 000,006 */
        { 1, 600000, 0 },
        { 1, 999999, 0 },
        { 2, 600000, 1 },
        { 100003, 500000, 50001 }, /* 1 000,03 at 50 % and 80 %: 500,015 and 800,024 */
        { 100003, 800000, 80002 },
        { 100, 333333, 33 },
        { 300, 333333, 99 },
        { 0, 600000, 0 },
        { 12345, 0, 0 },
        { 12345, 1000000, 12345 },
        { 1000000000000, 1000000, 1000000000000 },
        { 1000000000000, 999999, 999999000000 },
        { 999999999999, 999999, 999998999999 },
        { 999999999999, 1, 999999 },
    };

    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        struct cents got =
            cents_share((struct cents){ shares[i].grant }, (struct share){ shares[i].e4 });

        ck_assert_msg(got.v == shares[i].share, "%lld x %d e-4 %% gave %lld",
                      (long long)shares[i].grant, shares[i].e4, (long long)got.v);
    }
}
END_TEST

START_TEST(a_share_is_the_largest_sum_not_above_the_exact_one)
{
    uint64_t seed;
    struct dice dice = dice_new(&seed);

    for (int i = 0; i < 300000; i++) {
        int64_t grant = dice_range(&dice, 0, MONEY_MAX.v), e4 = dice_range(&dice, 0, 1000000);
        struct cents got = cents_share((struct cents){ grant }, (struct share){ (int32_t)e4 });
        __int128 exact = (__int128)grant * e4;

        EXPECT((__int128)got.v * 1000000 <= exact && ((__int128)got.v + 1) * 1000000 > exact,
               "seed %llu: %lld x %lld gave %lld", (unsigned long long)seed, (long long)grant,
               (long long)e4, (long long)got.v);
    }
}
END_TEST

START_TEST(sixty_per_cent_and_the_rest_are_the_grant_to_the_cent)
{
    struct share sixty;

    ck_assert_int_eq(share_parse(&sixty, "60"), 0);
    for (int64_t v = 1; v <= 2000000; v++) {
        struct cents grant = { v }, first = cents_share(grant, sixty), rest, sum;

        EXPECT(first.v == v * 3 / 5, "%lld cents: 60 %% is %lld", (long long)v, (long long)first.v);
        EXPECT(!cents_sub(&rest, grant, first) && !cents_add(&sum, first, rest) && sum.v == v,
               "%lld cents do not split", (long long)v);
        EXPECT(rest.v >= 1, "%lld cents leave no rest", (long long)v);
    }
}
END_TEST

START_TEST(shares_are_read_with_four_decimals)
{
    static const struct {
        const char *s;
        int32_t e4;
    } good[] = {
        { "0", 0 },        { "60", 600000 },      { "100", 1000000 }, { "33.3333", 333333 },
        { "0.0001", 1 },   { "99.9999", 999999 }, { "12.5", 125000 }, { "100.0000", 1000000 },
        { "050", 500000 },
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct share share = { -1 };

        ck_assert_msg(share_parse(&share, good[i].s) == 0, "\"%s\" was refused", good[i].s);
        ck_assert_msg(share.e4 == good[i].e4, "\"%s\" gave %d", good[i].s, share.e4);
    }
}
END_TEST

START_TEST(bad_shares_are_refused_with_their_reason)
{
    static const struct {
        const char *s;
        int outcome;
    } bad[] = {
        { "", MONEY_E_SYNTAX },          { "60%", MONEY_E_SYNTAX },
        { "60 ", MONEY_E_SYNTAX },       { "-60", MONEY_E_SYNTAX },
        { "+60", MONEY_E_SYNTAX },       { "60,5", MONEY_E_SYNTAX },
        { ".6", MONEY_E_SYNTAX },        { "60.", MONEY_E_SYNTAX },
        { "6.e", MONEY_E_SYNTAX },       { "6e1", MONEY_E_SYNTAX },
        { "33.33333", MONEY_E_SCALE },   { "0.00001", MONEY_E_SCALE },
        { "100.0001", MONEY_E_RANGE },   { "101", MONEY_E_RANGE },
        { "4294967356", MONEY_E_RANGE }, /* 2^32 + 60 */
        { "1000000", MONEY_E_RANGE },    { "99999999999999999999", MONEY_E_RANGE },
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct share share = { 7 };
        int r = share_parse(&share, bad[i].s);

        ck_assert_msg(r == bad[i].outcome, "\"%s\": %d", bad[i].s, r);
        ck_assert_int_eq(share.e4, 7);
    }
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    char out[CENTS_TEXT_MAX];
    struct cents back;

    for (int64_t v = 0; v <= 2000000; v++) {
        cents_format(out, (struct cents){ v });
        EXPECT(!cents_parse(&back, out) && back.v == v, "%lld cents are \"%s\"", (long long)v, out);
    }
    for (int64_t v = 1; v <= MONEY_MAX.v / 10; v *= 10)
        for (int64_t near = v * 10 - 1; near <= v * 10 + (v * 10 < MONEY_MAX.v); near++) {
            cents_format(out, (struct cents){ near });
            EXPECT(!cents_parse(&back, out) && back.v == near, "%lld cents are \"%s\"",
                   (long long)near, out);
        }
}
END_TEST

START_TEST(files_get_a_dot_and_always_two_decimals)
{
    char out[CENTS_TEXT_MAX];

    ck_assert_str_eq(cents_format(out, (struct cents){ 0 }), "0.00");
    ck_assert_str_eq(cents_format(out, (struct cents){ 1 }), "0.01");
    ck_assert_str_eq(cents_format(out, (struct cents){ 600000 }), "6000.00");
    ck_assert_str_eq(cents_format(out, MONEY_MAX_ORDER), "999999999.99");
    ck_assert_str_eq(cents_format(out, MONEY_MAX), "10000000000.00");
}
END_TEST

START_TEST(people_get_groups_of_three_with_a_narrow_blank)
{
    char out[CENTS_TEXT_MAX];

    ck_assert_str_eq(cents_format_local(out, (struct cents){ 0 }, ','), "0,00");
    ck_assert_str_eq(cents_format_local(out, (struct cents){ 99999 }, ','), "999,99");
    ck_assert_str_eq(cents_format_local(out, (struct cents){ 100000 }, ','), "1\u202f000,00");
    ck_assert_str_eq(cents_format_local(out, (struct cents){ 600000 }, '.'), "6\u202f000.00");
    ck_assert_str_eq(cents_format_local(out, (struct cents){ 1234567 }, ','), "12\u202f345,67");
    ck_assert_str_eq(cents_format_local(out, (struct cents){ 100000005 }, ','),
                     "1\u202f000\u202f000,05");
    ck_assert_str_eq(cents_format_local(out, MONEY_MAX, ','), "10\u202f000\u202f000\u202f000,00");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("money");
    TCase *tcase = suite_case(suite, "money");

    tcase_add_test(tcase, bad_sums_are_refused_with_their_reason);
    tcase_add_test(tcase, good_sums_are_read_to_the_cent);
    tcase_add_test(tcase, every_string_of_four_characters_is_read_or_refused_as_the_rule_says);
    tcase_add_test(tcase, a_sum_that_does_not_fit_leaves_the_target_alone);
    tcase_add_test(tcase, sums_up_to_the_largest_are_exact);
    tcase_add_test(tcase, a_rest_is_never_negative_and_a_refusal_leaves_it_alone);
    tcase_add_test(tcase, a_share_is_rounded_down_to_the_cent);
    tcase_add_test(tcase, a_share_is_the_largest_sum_not_above_the_exact_one);
    tcase_add_test(tcase, sixty_per_cent_and_the_rest_are_the_grant_to_the_cent);
    tcase_add_test(tcase, shares_are_read_with_four_decimals);
    tcase_add_test(tcase, bad_shares_are_refused_with_their_reason);
    tcase_add_test(tcase, what_is_written_is_read_back);
    tcase_add_test(tcase, files_get_a_dot_and_always_two_decimals);
    tcase_add_test(tcase, people_get_groups_of_three_with_a_narrow_blank);
    return run_suite(suite);
}
