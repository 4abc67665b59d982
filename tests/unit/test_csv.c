/* CSV: RFC 4180 by example, where a record stands in the file, and files cut anywhere. */
#include "suite.h"
#include <base/csv.h>
#include <stdbool.h>

/* What a file says, as one string: fields in <>, records ended by their line, then the outcome. */
static char *told(struct arena *arena, const char *bytes, size_t length)
{
    char *exact = malloc(length ? length : 1), *all = arena_strdup(arena, "");
    struct csv_record record;
    struct csv csv;
    int r;

    /* A block of just this size: reading on by one byte is seen by valgrind and the sanitizer. */
    memcpy(exact, bytes, length);
    csv_init(&csv, exact, length);
    while (!(r = csv_next(&csv, arena, &record))) {
        for (size_t i = 0; i < record.count; i++)
            all = arena_printf(arena, "%s<%s>", all, record.fields[i]);
        all = arena_printf(arena, "%s@%u ", all, record.line);
    }
    free(exact);
    return r == CSV_END ? all : arena_printf(arena, "%serror %d@%u", all, r, record.line);
}

static void check(const char *bytes, size_t length, const char *expected)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *got = told(arena, bytes, length);

    ck_assert_msg(!strcmp(got, expected), "\"%s\": %s, not %s", bytes, got, expected);
}

#define CHECK(literal, expected) check(literal, sizeof(literal) - 1, expected)

START_TEST(plain_records_are_lines_of_fields)
{
    CHECK("a,b,c\n", "<a><b><c>@1 ");
    CHECK("a,b,c", "<a><b><c>@1 ");
    CHECK("a,b\nc,d\n", "<a><b>@1 <c><d>@2 ");
    CHECK("a,b\r\nc,d\r\n", "<a><b>@1 <c><d>@2 ");
    CHECK("a,b\r\nc,d", "<a><b>@1 <c><d>@2 ");
    CHECK("a\r\nb\nc\r\n", "<a>@1 <b>@2 <c>@3 ");
    CHECK("a,b\r", "<a><b>@1 ");         /* cut between the two */
    CHECK(" a , b \n", "< a >< b >@1 "); /* blanks belong to the field */
    CHECK("a;b\tc\n", "<a;b\tc>@1 ");
    CHECK("B\u00e9thune,\u20ac\n", "<B\u00e9thune><\u20ac>@1 ");
}
END_TEST

START_TEST(empty_fields_are_kept)
{
    CHECK(",", "<><>@1 ");
    CHECK(",\n", "<><>@1 ");
    CHECK("a,,b\n", "<a><><b>@1 ");
    CHECK(",a\n", "<><a>@1 ");
    CHECK("a,\r\n", "<a><>@1 ");
    CHECK("a,", "<a><>@1 ");
    CHECK("\"\"", "<>@1 ");
    CHECK("\"\",\"\"\n", "<><>@1 ");
    CHECK(",,,\n,,,\n", "<><><><>@1 <><><><>@2 ");
}
END_TEST

START_TEST(an_empty_file_and_empty_lines_hold_no_record)
{
    CHECK("", "");
    CHECK("\n", "");
    CHECK("\r\n\r\n", "");
    CHECK("\na\n\n\nb\n\n", "<a>@2 <b>@5 ");
    CHECK("\r\na\r\n\r\nb", "<a>@2 <b>@4 ");
}
END_TEST

START_TEST(quotes_hold_commas_line_breaks_and_doubled_quotes)
{
    CHECK("\"a\",\"b\"\n", "<a><b>@1 ");
    CHECK("\"a,b\",c\n", "<a,b><c>@1 ");
    CHECK("\"a\"\"b\"\n", "<a\"b>@1 ");
    CHECK("\"\"\"\"\n", "<\">@1 ");
    CHECK("\"\"\"a\"\"\"\n", "<\"a\">@1 ");
    CHECK("\"a\r\nb\",c\r\n", "<a\r\nb><c>@1 ");
    CHECK("\" a \",b\n", "< a ><b>@1 ");
    CHECK("a,\"b\"", "<a><b>@1 ");
    CHECK("a,\"b\"\r\n", "<a><b>@1 ");
    CHECK("\"a\"\r\n\"b\"\r\n", "<a>@1 <b>@2 ");
}
END_TEST

START_TEST(a_record_is_named_by_the_line_it_begins_on)
{
    CHECK("\"a\nb\nc\",d\ne\n", "<a\nb\nc><d>@1 <e>@4 ");
    CHECK("x\n\"a\r\nb\"\r\n\"c\n\nd\"\ny", "<x>@1 <a\r\nb>@2 <c\n\nd>@4 <y>@7 ");
    CHECK("a\n\n\"b\n\"\n\nc", "<a>@1 <b\n>@3 <c>@6 ");
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over_at_the_start_only)
{
    CHECK("\xEF\xBB\xBF"
          "a,b\n",
          "<a><b>@1 ");
    CHECK("\xEF\xBB\xBF", "");
    CHECK("\xEF\xBB\xBF\"a\",b\n", "<a><b>@1 ");
    CHECK("\xEF\xBB\xBF\xEF\xBB\xBF"
          "a\n",
          "<\xEF\xBB\xBF"
          "a>@1 ");
    CHECK("a\n\xEF\xBB\xBF"
          "b\n",
          "<a>@1 <\xEF\xBB\xBF"
          "b>@2 ");
    CHECK("\xEF\xBB", "<\xEF\xBB>@1 "); /* two thirds of a mark are a field */
}
END_TEST

START_TEST(a_carriage_return_alone_belongs_to_the_field)
{
    CHECK("a\rb,c\n", "<a\rb><c>@1 ");
    CHECK("a\r\r\nb", "<a\r>@1 <b>@2 ");
    CHECK("a\r", "<a>@1 "); /* at the end it is half of a line break */
    CHECK("\"a\"\r", "<a>@1 ");
    CHECK("\r", "");
}
END_TEST

START_TEST(a_quote_that_is_never_closed_is_an_error)
{
    CHECK("\"", "error 2@1");
    CHECK("\"a", "error 2@1");
    CHECK("a,\"b\n", "error 2@1");
    CHECK("a\nb\n\"c\nd\ne\n", "<a>@1 <b>@2 error 2@3");
    CHECK("\"a\"\"", "error 2@1");
    CHECK("\"\"\"", "error 2@1");
}
END_TEST

START_TEST(a_quote_inside_a_plain_field_is_an_error)
{
    CHECK("a\"b\n", "error 2@1");
    CHECK("a\"\n", "error 2@1");
    CHECK("x\ny,a\"b\"\n", "<x>@1 error 2@2");
    CHECK(" \"a\"\n", "error 2@1");
}
END_TEST

START_TEST(text_after_a_closing_quote_is_an_error)
{
    CHECK("\"a\"b\n", "error 3@1");
    CHECK("\"a\" \n", "error 3@1");
    CHECK("\"a\" ,b\n", "error 3@1");
    CHECK("x\n\"a\"\rb\n", "<x>@1 error 3@2");
}
END_TEST

START_TEST(nul_is_an_error_wherever_it_stands)
{
    CHECK("\0", "error 4@1");
    CHECK("a\0b,c\n", "error 4@1");
    CHECK("a,b\n\"c\0d\"\n", "<a><b>@1 error 4@2");
    CHECK("a,\0\n", "error 4@1");
    CHECK("a\n\0\n", "<a>@1 error 4@2");
}
END_TEST

START_TEST(outcomes_have_the_values_the_examples_name)
{
    ck_assert_int_eq(CSV_END, 1);
    ck_assert_int_eq(CSV_E_QUOTE, 2);
    ck_assert_int_eq(CSV_E_AFTER_QUOTE, 3);
    ck_assert_int_eq(CSV_E_NUL, 4);
}
END_TEST

START_TEST(after_the_end_there_is_still_the_end)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct csv_record record;
    struct csv csv;

    csv_init(&csv, "a\n", 2);
    ck_assert_int_eq(csv_next(&csv, arena, &record), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(csv_next(&csv, arena, &record), CSV_END);
        ck_assert_uint_eq(record.count, 0);
    }
}
END_TEST

static const char SAMPLE[] = "\xEF\xBB\xBFref,project,\"purpose\"\r\n"
                             "1,\"a \"\"b\"\", c\",\"two\r\nlines\"\r\n"
                             "\r\n"
                             "2,,\"\"\n"
                             "\"3\"\"\",\"\n\n\",\xC3\xA9t\xC3\xA9\r\n";

START_TEST(a_file_cut_anywhere_ends_or_is_refused)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *whole = told(arena, SAMPLE, sizeof SAMPLE - 1);

    ck_assert_str_eq(whole, "<ref><project><purpose>@1 <1><a \"b\", c><two\r\nlines>@2 "
                            "<2><><>@5 <3\"><\n\n><\xC3\xA9t\xC3\xA9>@6 ");
    for (size_t cut = 0; cut < sizeof SAMPLE - 1; cut++) {
        const char *got = told(arena, SAMPLE, cut), *end = strrchr(got, ' ');
        size_t same = end ? (size_t)(end - got) : 0;

        /* All records but the last are those of the whole file. */
        while (same && got[same - 1] != ' ')
            same--;
        EXPECT(!strncmp(got, whole, same), "cut at %zu: %s", cut, got);
    }
}
END_TEST

START_TEST(a_file_damaged_anywhere_is_read_within_its_bounds)
{
    static const char damage[] = { '"', ',', '\n', '\r', '\0', 'x', '\xEF' };
    char bytes[sizeof SAMPLE];

    for (size_t at = 0; at < sizeof SAMPLE - 1; at++)
        for (size_t i = 0; i < ARRAY_LEN(damage); i++)
            for (size_t cut = at + 1; cut <= sizeof SAMPLE - 1; cut += 3) {
                CLEANUP(arena_freep) struct arena *arena = arena_new();

                memcpy(bytes, SAMPLE, sizeof SAMPLE);
                bytes[at] = damage[i];
                told(arena, bytes, cut);
            }
}
END_TEST

START_TEST(every_file_of_six_characters_is_read_within_its_bounds)
{
    static const char letters[] = { 'a', ',', '"', '\n', '\r', '\0' };
    char bytes[6];

    for (unsigned n = 0; n < 6 * 6 * 6 * 6 * 6 * 6; n++) {
        CLEANUP(arena_freep) struct arena *arena = arena_new();
        unsigned rest = n;
        bool nul = false;
        const char *got;

        for (size_t i = 0; i < sizeof bytes; i++, rest /= 6) {
            bytes[i] = letters[rest % 6];
            nul = nul || !bytes[i];
        }
        got = told(arena, bytes, sizeof bytes);
        EXPECT(!nul || strstr(got, "error"), "file %u has a NUL: %s", n, got);
    }
}
END_TEST

START_TEST(many_fields_and_long_ones_are_kept_whole)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    enum { FIELDS = 1000, LONG = 60000 };
    char *bytes = malloc(2 * FIELDS + LONG), *at = bytes;
    struct csv_record record;
    struct csv csv;

    for (int i = 0; i < FIELDS - 1; i++, at += 2) {
        at[0] = (char)('a' + i % 26);
        at[1] = ',';
    }
    memset(at, 'z', LONG);
    csv_init(&csv, bytes, (size_t)(at + LONG - bytes));
    ck_assert_int_eq(csv_next(&csv, arena, &record), 0);
    free(bytes); /* the record does not need the file any more */
    ck_assert_uint_eq(record.count, FIELDS);
    for (size_t i = 0; i < FIELDS - 1; i++)
        EXPECT(record.fields[i][0] == (char)('a' + i % 26) && !record.fields[i][1], "field %zu", i);
    ck_assert_uint_eq(strlen(record.fields[FIELDS - 1]), LONG);
}
END_TEST

START_TEST(a_record_without_end_is_refused_before_it_is_read)
{
    static const char *const starts[] = { "a,b\nc,", "a,b\n\"c", "a,b\n,,,,", "" };
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    enum { LONG = 10000000 };
    char *bytes = mem_new(LONG, 1);

    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        size_t n = strlen(starts[i]);
        struct csv_record record;
        struct csv csv;
        int r = 0;

        memset(bytes, i == 2 ? ',' : 'z', LONG);
        memcpy(bytes, starts[i], n);
        csv_init(&csv, bytes, LONG);
        while (r == 0)
            r = csv_next(&csv, arena, &record);
        ck_assert_int_eq(r, CSV_E_LONG);
        ck_assert_uint_eq(record.line, n ? 2 : 1);
        ck_assert_int_le(csv.at - bytes, CSV_RECORD_MAX + 100);
    }
    free(bytes);
}
END_TEST

START_TEST(a_short_record_in_a_long_file_is_not_too_long)
{
    enum { LONG = 4 * CSV_RECORD_MAX };
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    char *bytes = mem_new(LONG, 1);
    struct csv_record record;
    struct csv csv;

    memset(bytes, '\n', LONG);
    memcpy(bytes, "\"a\"\"b\",c\n\"d\ne\",f", 16);
    csv_init(&csv, bytes, LONG);
    ck_assert_int_eq(csv_next(&csv, arena, &record), 0);
    ck_assert_uint_eq(record.count, 2);
    ck_assert_str_eq(record.fields[0], "a\"b");
    ck_assert_int_eq(csv_next(&csv, arena, &record), 0);
    ck_assert_str_eq(record.fields[0], "d\ne");
    ck_assert_str_eq(record.fields[1], "f");
    ck_assert_int_eq(csv_next(&csv, arena, &record), CSV_END);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tcase = suite_case(suite, "csv");

    tcase_add_test(tcase, plain_records_are_lines_of_fields);
    tcase_add_test(tcase, a_short_record_in_a_long_file_is_not_too_long);
    tcase_add_test(tcase, empty_fields_are_kept);
    tcase_add_test(tcase, an_empty_file_and_empty_lines_hold_no_record);
    tcase_add_test(tcase, quotes_hold_commas_line_breaks_and_doubled_quotes);
    tcase_add_test(tcase, a_record_is_named_by_the_line_it_begins_on);
    tcase_add_test(tcase, a_byte_order_mark_is_passed_over_at_the_start_only);
    tcase_add_test(tcase, a_carriage_return_alone_belongs_to_the_field);
    tcase_add_test(tcase, a_quote_that_is_never_closed_is_an_error);
    tcase_add_test(tcase, a_quote_inside_a_plain_field_is_an_error);
    tcase_add_test(tcase, text_after_a_closing_quote_is_an_error);
    tcase_add_test(tcase, nul_is_an_error_wherever_it_stands);
    tcase_add_test(tcase, outcomes_have_the_values_the_examples_name);
    tcase_add_test(tcase, after_the_end_there_is_still_the_end);
    tcase_add_test(tcase, a_file_cut_anywhere_ends_or_is_refused);
    tcase_add_test(tcase, a_file_damaged_anywhere_is_read_within_its_bounds);
    tcase_add_test(tcase, every_file_of_six_characters_is_read_within_its_bounds);
    tcase_add_test(tcase, many_fields_and_long_ones_are_kept_whole);
    tcase_add_test(tcase, a_record_without_end_is_refused_before_it_is_read);
    return run_suite(suite);
}
