/* Text: which bytes are UTF-8, what a character is, and numbers made of digits only. */
#include "suite.h"
#include <base/mem.h>
#include <base/text.h>

/* The bytes of code point C, by the definition; 0 for a surrogate. */
static size_t encode(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c >= 0xD800 && c < 0xE000)
        return 0;
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Asks about bytes that end where their memory ends, so that reading on is seen. */
static bool is_utf8_exact(const char *s, size_t length, size_t *bad)
{
    char *copy = malloc(length ? length : 1);
    bool is;

    memcpy(copy, s, length);
    is = text_is_utf8(copy, length, bad);
    free(copy);
    return is;
}

START_TEST(every_code_point_is_well_formed_and_is_read_back)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char s[5] = { 0 };
        size_t n = encode(s, c);
        const char *at = s;

        if (!n)
            continue;
        EXPECT(text_is_utf8(s, n, NULL), "U+%04X is refused", c);
        if (!c)
            continue;
        EXPECT(text_next(&at) == c && at == s + n, "U+%04X is read wrongly", c);
        EXPECT(text_count(s) == 1, "U+%04X is not one character", c);
    }
}
END_TEST

START_TEST(a_character_cut_short_is_refused_where_it_begins)
{
    for (uint32_t c = 0x80; c <= 0x10FFFF; c += 7) {
        char s[8] = "ab";
        size_t n = encode(s + 2, c);

        for (size_t cut = 1; cut < n; cut++) {
            size_t bad = 99;

            EXPECT(!is_utf8_exact(s, 2 + cut, &bad) && bad == 2, "U+%04X cut to %zu: %zu", c, cut,
                   bad);
        }
    }
}
END_TEST

/* The reference decodes with the loosest rule and then asks whether encoding gives the same. */
static bool is_one_character(const char *s, size_t n)
{
    static const unsigned char lead[] = { 0x00, 0xC0, 0xE0, 0xF0 };
    static const unsigned char mask[] = { 0x7F, 0x1F, 0x0F, 0x07 };
    const unsigned char *u = (const unsigned char *)s;
    uint32_t c;
    char again[4];

    if ((u[0] & ~mask[n - 1] & 0xFF) != lead[n - 1])
        return false;
    c = u[0] & mask[n - 1];
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xC0) != 0x80)
            return false;
        c = c << 6 | (u[i] & 0x3F);
    }
    return c <= 0x10FFFF && encode(again, c) == n && !memcmp(again, s, n);
}

START_TEST(every_pair_and_triple_of_bytes_is_judged_by_the_definition)
{
    for (unsigned i = 0; i < 1u << 24; i += i < 1u << 16 ? 1 : 5) {
        char s[4] = { (char)(i & 0xFF), (char)(i >> 8 & 0xFF), (char)(i >> 16), 0 };
        bool two = is_one_character(s, 2) || (is_one_character(s, 1) && is_one_character(s + 1, 1));
        bool three = is_one_character(s, 3) ||
                     (is_one_character(s, 1) && is_one_character(s + 1, 2)) ||
                     (two && is_one_character(s + 2, 1));

        if (i < 1u << 16)
            EXPECT(text_is_utf8(s, 2, NULL) == two, "%06X", i);
        EXPECT(text_is_utf8(s, 3, NULL) == three, "%06X", i);
    }
}
END_TEST

START_TEST(four_bytes_are_judged_by_the_definition)
{
    static const unsigned char at[] = {
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0
    };

    for (unsigned lead = 0xF0; lead <= 0xFF; lead++)
        for (unsigned second = 0; second < 0x100; second++)
            for (size_t i = 0; i < ARRAY_LEN(at); i++)
                for (size_t j = 0; j < ARRAY_LEN(at); j++) {
                    char s[5] = { (char)lead, (char)second, (char)at[i], (char)at[j], 0 };

                    EXPECT(text_is_utf8(s, 4, NULL) == is_one_character(s, 4),
                           "%02X %02X %02X %02X", lead, second, at[i], at[j]);
                }
}
END_TEST

START_TEST(bad_bytes_are_named_by_their_offset)
{
    static const struct {
        const char *s;
        size_t length, bad;
    } wrong[] = {
        { "\x80", 1, 0 }, /* a lone continuation */
        { "abc\xBF", 4, 3 },
        { "\xC0\x80", 2, 0 },     /* NUL, overlong */
        { "a\xC1\xBF", 3, 1 },    /* DEL, overlong */
        { "\xE0\x80\xAF", 3, 0 }, /* a slash in three bytes */
        { "\xE0\x9F\xBF", 3, 0 },
        { "\xF0\x80\x80\xAF", 4, 0 }, /* and in four */
        { "\xF0\x8F\xBF\xBF", 4, 0 },
        { "\xED\xA0\x80", 3, 0 },             /* the first surrogate */
        { "\xED\xBF\xBF", 3, 0 },             /* the last one */
        { "\xED\xA0\xBD\xED\xB8\x80", 6, 0 }, /* a pair, as CESU-8 writes it */
        { "\xF4\x90\x80\x80", 4, 0 },         /* above U+10FFFF */
        { "\xF5\x80\x80\x80", 4, 0 },
        { "\xF8\x88\x80\x80\x80", 5, 0 },
        { "\xFE", 1, 0 },
        { "\xFF", 1, 0 },
        { "B\xE9thune", 7, 1 }, /* ISO 8859-1 */
        { "\xC3\xA9\xC3", 3, 2 },
        { "\xE2\x82\xAC\xE2\x82", 5, 3 },
        { "\xE2\x28\xA1", 3, 0 },
        { "ok\xF0\x9F\x98", 5, 2 },
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        size_t bad = 99;

        ck_assert_msg(!is_utf8_exact(wrong[i].s, wrong[i].length, &bad), "case %zu was taken", i);
        ck_assert_msg(bad == wrong[i].bad, "case %zu: offset %zu", i, bad);
        ck_assert(!is_utf8_exact(wrong[i].s, wrong[i].length, NULL));
    }
}
END_TEST

START_TEST(nothing_and_nul_are_well_formed)
{
    size_t bad = 99;

    ck_assert(text_is_utf8("", 0, &bad));
    ck_assert(text_is_utf8("a\0b", 3, &bad));
    ck_assert(text_is_utf8("\xEF\xBB\xBF", 3, &bad));
    ck_assert_uint_eq(bad, 99);
}
END_TEST

START_TEST(characters_are_read_one_after_the_other)
{
    static const uint32_t expected[] = { 'B', 0xE9, 't', 0x20AC, 0x1F600, '.', 0 };
    const char *s = "B\u00e9t\u20ac\U0001f600.", *at = s;

    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        ck_assert_uint_eq(text_next(&at), expected[i]);
    ck_assert_ptr_eq(at, s + strlen(s)); /* the end is not passed */
    ck_assert_uint_eq(text_next(&at), 0);
    ck_assert_ptr_eq(at, s + strlen(s));
}
END_TEST

START_TEST(characters_are_counted_not_bytes)
{
    ck_assert_uint_eq(text_count(""), 0);
    ck_assert_uint_eq(text_count("abc"), 3);
    ck_assert_uint_eq(text_count("B\u00e9thune"), 7);
    ck_assert_uint_eq(text_count("\u20ac\u20ac"), 2);
    ck_assert_uint_eq(text_count("\U0001f600"), 1);
    ck_assert_uint_eq(text_count("e\u0301"), 2); /* a letter and its accent: two code points */
}
END_TEST

START_TEST(control_characters_are_found_wherever_they_stand)
{
    for (uint32_t c = 1; c <= 0xFFFF; c++) {
        char s[8] = "a";
        size_t n = encode(s + 1, c);
        bool invisible = c == 0x061C || c == 0xFEFF || (c >= 0x200B && c <= 0x200F) ||
                         (c >= 0x2060 && c <= 0x2069);
        bool turning = c >= 0x202A && c <= 0x202E;
        bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
                       invisible || turning;

        memcpy(s + 1 + n, "z", 2);
        EXPECT(text_has_control(s) == control, "U+%04X", c);
    }
    ck_assert(!text_has_control(""));
    ck_assert(text_has_control("\n"));
}
END_TEST

START_TEST(a_control_character_becomes_blanks_and_the_rest_stays)
{
    char s[] = "a\tb\r\nc\x7f"
               "d\xC2\x85\xE2\x80\xA8\xC3\xA9 .";
    char plain[] = "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC";

    text_clean(s);
    ck_assert_str_eq(s, "a b  c d     \xC3\xA9 .");
    text_clean(plain);
    ck_assert_str_eq(plain, "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC");
}
END_TEST

START_TEST(a_text_grows_and_always_ends_in_nul)
{
    struct text t = { 0 };
    char *same = calloc(1, 5001);

    for (size_t i = 0; i < 5000; i++) {
        same[i] = (char)('a' + i % 26);
        text_add(&t, same + i, 1);
        EXPECT(t.length == i + 1 && t.s[t.length] == '\0' && t.room > t.length, "at %zu", i);
    }
    ck_assert_str_eq(t.s, same);
    text_free(&t);
    ck_assert_ptr_null(t.s);
    ck_assert_uint_eq(t.length, 0);
    free(same);
}
END_TEST

START_TEST(a_text_takes_formats_of_any_length)
{
    struct text t = { 0 };

    text_addf(&t, "%s", "");
    ck_assert_str_eq(t.s, "");
    text_addf(&t, "%s/%u", "LAB2-2023-01", 1U);
    text_addf(&t, "%*s", 3000, "x");
    ck_assert_uint_eq(t.length, 14 + 3000);
    ck_assert_int_eq(t.s[t.length - 1], 'x');
    ck_assert_uint_eq(strlen(t.s), t.length);
    text_free(&t);
    text_free(&t); /* twice is harmless */
}
END_TEST

START_TEST(words_are_joined_with_separators_between_them)
{
    struct text t = { 0 };

    text_join(&t, ", ", "launch");
    ck_assert_str_eq(t.s, "launch");
    text_join(&t, ", ", "mid-report");
    text_join(&t, " and ", "statement");
    ck_assert_str_eq(t.s, "launch, mid-report and statement");
    text_free(&t);
}
END_TEST

START_TEST(numbers_are_digits_and_nothing_else)
{
    static const char *const bad[] = { "",
                                       " ",
                                       "-1",
                                       "+1",
                                       "1 ",
                                       " 1",
                                       "1.0",
                                       "0x1",
                                       "1e3",
                                       "a",
                                       "12a",
                                       "\xD9\xA3",
                                       "9223372036854775808",
                                       "18446744073709551616",
                                       "99999999999999999999999" };
    int64_t v = 42;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!text_to_i64(bad[i], INT64_MIN, INT64_MAX, &v), "\"%s\" was taken", bad[i]);
    ck_assert_int_eq(v, 42);
    ck_assert(text_to_i64("9223372036854775807", 0, INT64_MAX, &v));
    ck_assert_int_eq(v, INT64_MAX);
    ck_assert(text_to_i64("0", 0, 0, &v));
    ck_assert_int_eq(v, 0);
    ck_assert(text_to_i64("0012", 0, 99, &v));
    ck_assert_int_eq(v, 12);
}
END_TEST

START_TEST(numbers_outside_their_bounds_are_refused)
{
    int64_t v = 42;

    ck_assert(!text_to_i64("4", 5, 7, &v));
    ck_assert(!text_to_i64("8", 5, 7, &v));
    ck_assert_int_eq(v, 42);
    ck_assert(text_to_i64("5", 5, 7, &v) && v == 5);
    ck_assert(text_to_i64("7", 5, 7, &v) && v == 7);
}
END_TEST

/* A text that ends within a letter: nothing after its end is read. */
START_TEST(a_letter_cut_off_by_the_end_is_not_stepped_over)
{
    static const char *const cut[] = { "\xff", "\xf0\x9f", "\xe2\x82", "\xc3" };

    for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
        CLEANUP(mem_freep) char *copy = mem_strdup(cut[i]); /* so that a sanitizer sees it */
        const char *s = copy;

        text_next(&s);
        ck_assert_ptr_eq(s, copy + strlen(copy));
        ck_assert_int_eq(text_next(&s), 0);
    }
}
END_TEST

START_TEST(a_line_is_one_line_and_cut_between_characters)
{
    char out[10];

    text_line(out, sizeof out, "server\nend \n");
    ck_assert_str_eq(out, "server…");
    text_line(out, sizeof out, " a\tb\n\n");
    ck_assert_str_eq(out, " a b");
    text_line(out, sizeof out,
              "a\x7f"
              "b");
    ck_assert_str_eq(out, "a b");
    text_line(out, sizeof out, "éééé");
    ck_assert_str_eq(out, "éééé");
    text_line(out, sizeof out, "ééééé"); /* one byte more than fits */
    ck_assert_str_eq(out, "ééé…");
    text_line(out, sizeof out, "aééééé"); /* the cut would go through the third é */
    ck_assert_str_eq(out, "aéé…");
    text_line(out, sizeof out, "\n");
    ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(a_text_too_long_is_cut_between_characters)
{
    char whole[] = "éééé", at[] = "ééééé", through[] = "aééééé", plain[] = "abcdefghi";

    text_cut(whole, 8);
    ck_assert_str_eq(whole, "éééé");
    text_cut(at, 9);
    ck_assert_str_eq(at, "ééé…");
    text_cut(through, 9);
    ck_assert_str_eq(through, "aéé…");
    text_cut(plain, 8);
    ck_assert_str_eq(plain, "abcde…");
}
END_TEST

START_TEST(an_address_is_one_mailbox_and_nothing_around_it)
{
    static const char *const good[] = { "a@b", "claire.d+1@cabbalr.example", "x_y-z@a.b.c" };
    static const char *const bad[] = { "",      "a",      "@b",      "a@",      "a@b@c",  "a b@c",
                                       " a@b",  "a@b ",   "a@b\n",   "a@é",     "<a@b>",  "a>@b",
                                       "a,b@c", "a;b@c",  "a:b@c",   "\"a@b",   "a(b)@c", "a@[b",
                                       "a]@b",  "a\\b@c", "a@b\x7f", "a@b\x01", "a\tb@c" };
    char longest[256];

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        ck_assert_msg(text_is_address(good[i]), "\"%s\" is refused", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ck_assert_msg(!text_is_address(bad[i]), "\"%s\" is taken", bad[i]);
    memset(longest, 'a', sizeof longest);
    longest[1] = '@';
    longest[254] = '\0'; /* RFC 5321: 254 bytes at most */
    ck_assert(text_is_address(longest));
    longest[254] = 'a';
    longest[255] = '\0';
    ck_assert(!text_is_address(longest));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = suite_case(suite, "text");

    tcase_add_test(tcase, every_code_point_is_well_formed_and_is_read_back);
    tcase_add_test(tcase, a_character_cut_short_is_refused_where_it_begins);
    tcase_add_test(tcase, every_pair_and_triple_of_bytes_is_judged_by_the_definition);
    tcase_add_test(tcase, four_bytes_are_judged_by_the_definition);
    tcase_add_test(tcase, bad_bytes_are_named_by_their_offset);
    tcase_add_test(tcase, nothing_and_nul_are_well_formed);
    tcase_add_test(tcase, characters_are_read_one_after_the_other);
    tcase_add_test(tcase, characters_are_counted_not_bytes);
    tcase_add_test(tcase, control_characters_are_found_wherever_they_stand);
    tcase_add_test(tcase, a_control_character_becomes_blanks_and_the_rest_stays);
    tcase_add_test(tcase, a_text_grows_and_always_ends_in_nul);
    tcase_add_test(tcase, a_text_takes_formats_of_any_length);
    tcase_add_test(tcase, words_are_joined_with_separators_between_them);
    tcase_add_test(tcase, numbers_are_digits_and_nothing_else);
    tcase_add_test(tcase, a_letter_cut_off_by_the_end_is_not_stepped_over);
    tcase_add_test(tcase, a_line_is_one_line_and_cut_between_characters);
    tcase_add_test(tcase, a_text_too_long_is_cut_between_characters);
    tcase_add_test(tcase, an_address_is_one_mailbox_and_nothing_around_it);
    tcase_add_test(tcase, numbers_outside_their_bounds_are_refused);
    return run_suite(suite);
}
