/* SIRET: the register's own checksum, its one exception, and every slip of one digit. */
#include "suite.h"
#include <base/csv.h>
#include <base/mem.h>
#include <base/siret.h>
#include <stdio.h>

static int parse(const char *s)
{
    struct siret siret;

    return siret_parse(&siret, s);
}

/* Luhn from the left: in an even count of digits the first one is doubled. */
static bool luhn(const char *s, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        int twice = (s[i] - '0') * ((n - i) % 2 ? 1 : 2);

        sum += twice / 10 + twice % 10;
    }
    return sum % 10 == 0;
}

START_TEST(luhn_agrees_with_the_definition_on_every_five_digits)
{
    for (int i = 0; i < 100000; i++) {
        char s[6];

        snprintf(s, sizeof s, "%05d", i);
        EXPECT(siret_luhn(s, 5) == luhn(s, 5), "%s", s);
        EXPECT(siret_luhn(s, 4) == luhn(s, 4), "%s", s);
    }
}
END_TEST

/* Another digit anywhere, and two neighbours swapped (Luhn does not see 09 for 90). */
static void refuse_slips(const char *good)
{
    char s[SIRET_LENGTH + 1];

    for (int i = 0; i < SIRET_LENGTH; i++)
        for (char c = '0'; c <= '9'; c++) {
            strcpy(s, good);
            s[i] = c;
            EXPECT(c == good[i] || parse(s) == SIRET_E_CHECKSUM, "%s instead of %s", s, good);
        }
    for (int i = 0; i + 1 < SIRET_LENGTH; i++) {
        strcpy(s, good);
        s[i] = good[i + 1];
        s[i + 1] = good[i];
        EXPECT(s[i] == good[i] || s[i] - s[i + 1] == 9 || s[i + 1] - s[i] == 9 ||
                   parse(s) == SIRET_E_CHECKSUM,
               "%s instead of %s", s, good);
    }
}

START_TEST(the_laureates_of_2023_are_good_and_no_slip_of_theirs_passes)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct csv_record record;
    FILE *file = fopen(LAUREATES_CSV, "r");
    char bytes[16384];
    struct csv csv;
    int column = -1, good = 0;

    ck_assert_ptr_nonnull(file);
    csv_init(&csv, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
    ck_assert_int_eq(csv_next(&csv, arena, &record), 0);
    for (size_t i = 0; i < record.count; i++)
        if (!strcmp(record.fields[i], "siret"))
            column = (int)i;
    ck_assert_int_ge(column, 0);
    while (!csv_next(&csv, arena, &record)) {
        ck_assert_msg(parse(record.fields[column]) == 0, "%s", record.fields[column]);
        refuse_slips(record.fields[column]);
        good++;
    }
    ck_assert_int_eq(good, 5);
}
END_TEST

START_TEST(known_numbers_are_good)
{
    static const char *const good[] = {
        "99000001000019", "99000002800011", "99000003600014", "99000004400018",
        "99000005100013", "73282932000074", "35600000000048", /* La Poste's seat passes Luhn */
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct siret siret;

        ck_assert_msg(siret_parse(&siret, good[i]) == 0, "%s", good[i]);
        ck_assert_str_eq(siret.s, good[i]);
    }
}
END_TEST

START_TEST(every_establishment_of_la_poste_sums_to_a_multiple_of_five_or_passes_luhn)
{
    int good = 0;

    for (int nic = 0; nic < 100000; nic++) {
        char s[SIRET_LENGTH + 1];
        int sum = 0;
        bool fits;

        snprintf(s, sizeof s, "356000000%05d", nic);
        for (int i = 0; i < SIRET_LENGTH; i++)
            sum += s[i] - '0';
        fits = sum % 5 == 0 || luhn(s, SIRET_LENGTH);
        good += fits;
        EXPECT(parse(s) == (fits ? 0 : SIRET_E_CHECKSUM), "%s", s);
    }
    ck_assert_int_gt(good, 20000);
}
END_TEST

START_TEST(no_other_company_has_the_exception_of_la_poste)
{
    for (int nic = 0; nic < 100000; nic++) {
        char s[SIRET_LENGTH + 1];

        snprintf(s, sizeof s, "732829320%05d", nic);
        EXPECT(parse(s) == (luhn(s, SIRET_LENGTH) ? 0 : SIRET_E_CHECKSUM), "%s", s);
    }
}
END_TEST

START_TEST(the_siren_inside_has_to_pass_too)
{
    int met = 0;

    /* All of the fourteen digits pass Luhn here, the first nine seldom. */
    for (int siren = 732829300; siren < 732829400; siren++)
        for (int nic = 0; nic < 100; nic++) {
            char s[SIRET_LENGTH + 1];

            snprintf(s, sizeof s, "%09d%05d", siren, nic);
            if (!luhn(s, SIRET_LENGTH))
                continue;
            met += !luhn(s, 9);
            EXPECT(parse(s) == (luhn(s, 9) ? 0 : SIRET_E_CHECKSUM), "%s", s);
        }
    ck_assert_int_gt(met, 100);
}
END_TEST

START_TEST(blanks_between_groups_are_passed_over)
{
    static const char *const written[] = { "732 829 320 00074", " 73282932000074 ",
                                           "732 829 320 000 74", "7 3 2 8 2 9 3 2 0 0 0 0 7 4" };

    for (size_t i = 0; i < ARRAY_LEN(written); i++) {
        struct siret siret;

        ck_assert_msg(siret_parse(&siret, written[i]) == 0, "\"%s\"", written[i]);
        ck_assert_str_eq(siret.s, "73282932000074");
    }
}
END_TEST

START_TEST(what_is_not_fourteen_digits_has_a_wrong_shape)
{
    static const char *const bad[] = {
        "",
        " ",
        "7",
        "732829320",
        "7328293200007",
        "732829320000741",
        "7328293200007A",
        "732.829.320.00074",
        "732-829-320-00074",
        "73282932000074x",
        "x73282932000074",
        "+7328293200007",
        "73282932000074\n",
        "732\xC2\xA0"
        "82932000074",
        "7328293200007\xD9\xA4",
        "FR73282932000074",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct siret siret = { "same" };

        ck_assert_msg(siret_parse(&siret, bad[i]) == SIRET_E_SHAPE, "\"%s\"", bad[i]);
        ck_assert_str_eq(siret.s, "same");
    }
}
END_TEST

START_TEST(fourteen_zeros_name_nobody)
{
    struct siret siret = { "same" };

    ck_assert_int_eq(siret_parse(&siret, "00000000000000"), SIRET_E_CHECKSUM);
    ck_assert_int_eq(siret_parse(&siret, "73282932000075"), SIRET_E_CHECKSUM);
    ck_assert_str_eq(siret.s, "same");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("siret");
    TCase *tcase = suite_case(suite, "siret");

    tcase_add_test(tcase, luhn_agrees_with_the_definition_on_every_five_digits);
    tcase_add_test(tcase, the_laureates_of_2023_are_good_and_no_slip_of_theirs_passes);
    tcase_add_test(tcase, known_numbers_are_good);
    tcase_add_test(tcase,
                   every_establishment_of_la_poste_sums_to_a_multiple_of_five_or_passes_luhn);
    tcase_add_test(tcase, no_other_company_has_the_exception_of_la_poste);
    tcase_add_test(tcase, the_siren_inside_has_to_pass_too);
    tcase_add_test(tcase, blanks_between_groups_are_passed_over);
    tcase_add_test(tcase, what_is_not_fourteen_digits_has_a_wrong_shape);
    tcase_add_test(tcase, fourteen_zeros_name_nobody);
    return run_suite(suite);
}
