/* IBAN and BIC: one example a country, made ones by the thousand, and every way to be wrong. */
#include "suite.h"
#include <base/csv.h>
#include <base/iban.h>
#include <base/text.h>
#include <base/mem.h>
#include <stdio.h>

/* The SEPA countries with the structure and the example of the SWIFT registry. */
static const struct country {
    const char *code;
    size_t length;
    const char *bban; /* as the registry writes it: n digits, a capitals, c either */
    bool eea;
    const char *example;
} COUNTRIES[] = {
    { "AD", 24, "4!n4!n12!c", false, "AD1200012030200359100100" },
    { "AL", 28, "8!n16!c", false, "AL47212110090000000235698741" },
    { "AT", 20, "5!n11!n", true, "AT611904300234573201" },
    { "BE", 16, "3!n7!n2!n", true, "BE68539007547034" },
    { "BG", 22, "4!a4!n2!n8!c", true, "BG80BNBG96611020345678" },
    { "CH", 21, "5!n12!c", false, "CH9300762011623852957" },
    { "CY", 28, "3!n5!n16!c", true, "CY17002001280000001200527600" },
    { "CZ", 24, "4!n16!n", true, "CZ6508000000192000145399" },
    { "DE", 22, "8!n10!n", true, "DE89370400440532013000" },
    { "DK", 18, "4!n9!n1!n", true, "DK5000400440116243" },
    { "EE", 20, "2!n14!n", true, "EE382200221020145685" },
    { "ES", 24, "4!n4!n1!n1!n10!n", true, "ES9121000418450200051332" },
    { "FI", 18, "3!n11!n", true, "FI2112345600000785" },
    { "FR", 27, "5!n5!n11!c2!n", true, "FR1420041010050500013M02606" },
    { "GB", 22, "4!a6!n8!n", false, "GB29NWBK60161331926819" },
    { "GI", 23, "4!a15!c", false, "GI75NWBK000000007099453" },
    { "GR", 27, "3!n4!n16!c", true, "GR1601101250000000012300695" },
    { "HR", 21, "7!n10!n", true, "HR1210010051863000160" },
    { "HU", 28, "3!n4!n1!n15!n1!n", true, "HU42117730161111101800000000" },
    { "IE", 22, "4!a6!n8!n", true, "IE29AIBK93115212345678" },
    { "IS", 26, "4!n2!n6!n10!n", true, "IS140159260076545510730339" },
    { "IT", 27, "1!a5!n5!n12!c", true, "IT60X0542811101000000123456" },
    { "LI", 21, "5!n12!c", true, "LI21088100002324013AA" },
    { "LT", 20, "5!n11!n", true, "LT121000011101001000" },
    { "LU", 20, "3!n13!c", true, "LU280019400644750000" },
    { "LV", 21, "4!a13!c", true, "LV80BANK0000435195001" },
    { "MC", 27, "5!n5!n11!c2!n", false, "MC5811222000010123456789030" },
    { "MD", 24, "2!c18!c", false, "MD24AG000225100013104168" },
    { "ME", 22, "3!n13!n2!n", false, "ME25505000012345678951" },
    { "MK", 19, "3!n10!c2!n", false, "MK07250120000058984" },
    { "MT", 31, "4!a5!n18!c", true, "MT84MALT011000012345MTLCAST001S" },
    { "NL", 18, "4!a10!n", true, "NL91ABNA0417164300" },
    { "NO", 15, "4!n6!n1!n", true, "NO9386011117947" },
    { "PL", 28, "8!n16!n", true, "PL61109010140000071219812874" },
    { "PT", 25, "4!n4!n11!n2!n", true, "PT50000201231234567890154" },
    { "RO", 24, "4!a16!c", true, "RO49AAAA1B31007593840000" },
    { "RS", 22, "3!n13!n2!n", false, "RS35260005601001611379" },
    { "SE", 24, "3!n16!n1!n", true, "SE4550000000058398257466" },
    { "SI", 19, "5!n8!n2!n", true, "SI56191000000123438" },
    { "SK", 24, "4!n6!n10!n", true, "SK3112000000198742637541" },
    { "SM", 27, "1!a5!n5!n12!c", false, "SM86U0322509800000000270100" },
    { "VA", 22, "3!n15!n", false, "VA59001123000012345678" },
};

#define FRENCH "FR1420041010050500013M02606"

/* 98 less the remainder of BBAN, country and "00", by division on paper. */
static int check_digits(const char *country, const char *bban)
{
    char all[80], digits[160] = "";
    size_t n = 0;
    unsigned rest = 0;

    snprintf(all, sizeof all, "%s%s00", bban, country);
    for (const char *c = all; *c; c++)
        n += (size_t)(*c >= 'A' ? sprintf(digits + n, "%d", *c - 'A' + 10)
                                : sprintf(digits + n, "%c", *c));
    for (const char *d = digits; *d; d++)
        rest = (rest * 10 + (unsigned)(*d - '0')) % 97;
    return 98 - (int)rest;
}

static char of_kind(struct dice *dice, char kind)
{
    static const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return all[dice_range(dice, kind == 'a' ? 10 : 0, kind == 'n' ? 9 : 35)];
}

/* Some BBAN of the registry's structure. */
static void some_bban(struct dice *dice, const char *structure, char *out)
{
    int width, read;
    char kind;

    while (sscanf(structure, "%d!%c%n", &width, &kind, &read) == 2) {
        for (int i = 0; i < width; i++)
            *out++ = of_kind(dice, kind);
        structure += read;
    }
    *out = '\0';
}

/* The key of a French RIB, as the bank computes it from the account with its letters replaced. */
static int rib_key(const char *bban)
{
    static const char row[] = "12345678912345678923456789"; /* A to Z */
    unsigned rest = 0;

    for (int i = 0; i < 21; i++) {
        char digit = bban[i] >= 'A' ? row[bban[i] - 'A'] : bban[i];

        rest = (rest * 10 + (unsigned)(digit - '0')) % 97;
    }
    return 97 - (int)(rest * 100 % 97); /* the whole of 23 digits is a multiple of 97 */
}

static bool is_french(const char *country)
{
    return !strcmp(country, "FR") || !strcmp(country, "MC");
}

static void make_iban(struct dice *dice, const struct country *country, char *out)
{
    char bban[40];

    some_bban(dice, country->bban, bban);
    if (is_french(country->code))
        sprintf(bban + 21, "%02d", rib_key(bban));
    sprintf(out, "%s%02d%s", country->code, check_digits(country->code, bban), bban);
}

static int parse(const char *s)
{
    struct iban iban;

    return iban_parse(&iban, s);
}

START_TEST(the_registry_example_of_every_sepa_country_is_good)
{
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++) {
        struct iban iban;
        int r = iban_parse(&iban, COUNTRIES[i].example);

        ck_assert_uint_eq(strlen(COUNTRIES[i].example), COUNTRIES[i].length);
        ck_assert_msg(r == 0, "%s: %s", COUNTRIES[i].example, iban_outcome_text(r));
        ck_assert_str_eq(iban.s, COUNTRIES[i].example);
        ck_assert_msg(iban_in_eea(&iban) == COUNTRIES[i].eea, "%s", COUNTRIES[i].code);
    }
}
END_TEST

START_TEST(made_ibans_of_every_country_are_good)
{
    uint64_t seed;
    struct dice dice = dice_new(&seed);

    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++)
        for (int n = 0; n < 2000; n++) {
            char s[40];
            int r;

            make_iban(&dice, &COUNTRIES[i], s);
            r = parse(s);
            EXPECT(r == 0, "seed %llu: %s: %s", (unsigned long long)seed, s, iban_outcome_text(r));
        }
}
END_TEST

START_TEST(one_character_more_or_less_is_a_wrong_length)
{
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++) {
        char s[40];

        snprintf(s, sizeof s, "%s0", COUNTRIES[i].example);
        ck_assert_msg(parse(s) == IBAN_E_LENGTH, "%s: %d", s, parse(s));
        s[COUNTRIES[i].length - 1] = '\0';
        ck_assert_msg(parse(s) == IBAN_E_LENGTH, "%s: %d", s, parse(s));
    }
}
END_TEST

START_TEST(a_letter_for_a_digit_or_a_digit_for_a_letter_is_a_wrong_shape)
{
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++) {
        const char *structure = COUNTRIES[i].bban;
        size_t at = 4;
        int width, read;
        char kind, s[40];

        while (sscanf(structure, "%d!%c%n", &width, &kind, &read) == 2) {
            for (int n = 0; n < width; n++, at++) {
                strcpy(s, COUNTRIES[i].example);
                s[at] = kind == 'a' ? '7' : 'Q';
                if (kind != 'c')
                    EXPECT(parse(s) == IBAN_E_SHAPE, "%s: %d", s, parse(s));
            }
            structure += read;
        }
        ck_assert_uint_eq(at, COUNTRIES[i].length);
    }
}
END_TEST

START_TEST(each_outcome_has_an_example_and_a_sentence_of_its_own)
{
    static const struct {
        const char *s;
        int outcome;
    } bad[] = {
        { "", IBAN_E_EMPTY },
        { "   ", IBAN_E_EMPTY },
        { "IBAN:NL91ABNA0417164300", IBAN_E_LETTER },
        { "FR14-2004-1010-0505-0001-3M02-606", IBAN_E_LETTER },
        { "FR14\t20041010050500013M02606", IBAN_E_LETTER },
        { "FR14\xC2\xA0"
          "20041010050500013M02606",
          IBAN_E_LETTER },
        { "FR1420041010050500013M0260\xC3\xA9", IBAN_E_LETTER },
        { "FR1420041010050500013M02606\n", IBAN_E_LETTER },
        { "US1420041010050500013M02606", IBAN_E_COUNTRY },
        { "ZZ1420041010050500013M02606", IBAN_E_COUNTRY },
        { "AE070331234567890123456", IBAN_E_COUNTRY }, /* valid, outside SEPA */
        { "TR330006100519786457841326", IBAN_E_COUNTRY },
        { "1420041010050500013M0260600", IBAN_E_COUNTRY },
        { "FR1420041010050500013M0260", IBAN_E_LENGTH },
        { "FR1420041010050500013M026066", IBAN_E_LENGTH },
        { "FR", IBAN_E_LENGTH },
        { "FR14", IBAN_E_LENGTH },
        { "MT84MALT011000012345MTLCAST001SMTLCAST001S", IBAN_E_LENGTH },
        { "FRAA20041010050500013M02606", IBAN_E_SHAPE },
        { "FR1A20041010050500013M02606", IBAN_E_SHAPE },
        { "fr14{20041010050500013M0260", IBAN_E_LETTER },
        { "FR142004101005050001M302606Q", IBAN_E_LENGTH },
        { "FR14A0041010050500013M02606", IBAN_E_SHAPE },
        { "NL9112340417164300", IBAN_E_SHAPE },
        { "FR1520041010050500013M02606", IBAN_E_CHECKSUM },
        { "DE89370400440532013001", IBAN_E_CHECKSUM },
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct iban iban = { "untouched" };
        int r = iban_parse(&iban, bad[i].s);

        ck_assert_msg(r == bad[i].outcome, "\"%s\": %d", bad[i].s, r);
        ck_assert_str_eq(iban.s, "untouched");
    }
    for (int a = IBAN_E_EMPTY; a <= IBAN_E_RIB_KEY; a++)
        for (int b = a + 1; b <= IBAN_E_RIB_KEY + 1; b++)
            ck_assert_str_ne(iban_outcome_text(a), iban_outcome_text(b));
}
END_TEST

START_TEST(a_wrong_rib_key_is_refused_in_france_and_monaco_though_mod_97_is_right)
{
    static const char *const countries[] = { "FR", "MC" };
    const char right[] = "20041010050500013M02606";

    ck_assert_int_eq(rib_key(right), 6);
    for (size_t c = 0; c < ARRAY_LEN(countries); c++)
        for (int key = 0; key < 100; key++) {
            char bban[40], s[40];

            memcpy(bban, right, 21);
            sprintf(bban + 21, "%02d", key);
            sprintf(s, "%s%02d%s", countries[c], check_digits(countries[c], bban), bban);
            ck_assert_msg(parse(s) == (key == 6 ? 0 : IBAN_E_RIB_KEY), "%s: %d", s, parse(s));
        }
}
END_TEST

START_TEST(elsewhere_national_keys_are_not_judged)
{
    uint64_t seed;
    struct dice dice = dice_new(&seed);
    int good = 0;

    /* Belgium and Spain have keys of their own, which not every bank keeps. */
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++)
        for (int n = 0; n < 50 && !is_french(COUNTRIES[i].code); n++) {
            char s[40];

            make_iban(&dice, &COUNTRIES[i], s);
            good += parse(s) == 0;
        }
    ck_assert_int_eq(good, 50 * (int)(ARRAY_LEN(COUNTRIES) - 2));
}
END_TEST

START_TEST(each_letter_of_an_account_counts_as_the_rib_key_says)
{
    for (char letter = 'A'; letter <= 'Z'; letter++)
        for (int place = 10; place < 21; place++) {
            char bban[40] = "30001007941234567890100", s[40];

            bban[place] = letter;
            sprintf(bban + 21, "%02d", rib_key(bban));
            sprintf(s, "FR%02d%s", check_digits("FR", bban), bban);
            EXPECT(parse(s) == 0, "%s: %d", s, parse(s));
        }
}
END_TEST

START_TEST(check_digits_that_are_never_given_out_are_refused)
{
    int met[100] = { 0 };

    /* 00, 01 and 99 are congruent to 97, 98 and 2, which are the ones given out. */
    for (int n = 0; n < 20000; n++) {
        char bban[24], s[40];
        int digits, other;

        snprintf(bban, sizeof bban, "3704004405320%05d", n);
        digits = check_digits("DE", bban);
        other = digits == 97 ? 0 : digits == 98 ? 1 : digits == 2 ? 99 : -1;
        met[digits]++;
        if (other < 0)
            continue;
        snprintf(s, sizeof s, "DE%02d%s", digits, bban);
        EXPECT(parse(s) == 0, "%s: %d", s, parse(s));
        snprintf(s, sizeof s, "DE%02d%s", other, bban);
        EXPECT(parse(s) == IBAN_E_CHECKSUM, "%s: %d", s, parse(s));
    }
    ck_assert(met[97] && met[98] && met[2]);
}
END_TEST

START_TEST(case_and_blanks_do_not_matter)
{
    static const char *const written[] = {
        "FR14 2004 1010 0505 0001 3M02 606",
        "fr14 2004 1010 0505 0001 3m02 606",
        "fR1420041010050500013m02606",
        "  FR1420041010050500013M02606  ",
        "F R 1 4 2 0 0 4 1 0 1 0 0 5 0 5 0 0 0 1 3 M 0 2 6 0 6",
    };

    for (size_t i = 0; i < ARRAY_LEN(written); i++) {
        struct iban iban;

        ck_assert_msg(iban_parse(&iban, written[i]) == 0, "\"%s\"", written[i]);
        ck_assert_str_eq(iban.s, FRENCH);
    }
}
END_TEST

/* Every digit or letter replaced by every other of its kind, and every two neighbours swapped.
 * (A digit for a letter moves all that stands before it, and passes once in 97 times.) */
static void refuse_slips(const char *good)
{
    char s[40];

    for (size_t i = 2; good[i]; i++) {
        bool digit = good[i] <= '9';

        for (char c = digit ? '0' : 'A'; c <= (digit ? '9' : 'Z'); c++) {
            strcpy(s, good);
            s[i] = c;
            EXPECT(c == good[i] || parse(s) != 0, "%s instead of %s", s, good);
        }
    }
    for (size_t i = 0; good[i + 1]; i++) {
        strcpy(s, good);
        s[i] = good[i + 1];
        s[i + 1] = good[i];
        EXPECT(s[i] == good[i] || parse(s) != 0, "%s instead of %s", s, good);
    }
}

START_TEST(one_wrong_digit_or_two_swapped_never_pass)
{
    uint64_t seed;
    struct dice dice = dice_new(&seed);

    refuse_slips(FRENCH);
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++)
        for (int n = 0; n < 20 && !strcmp(COUNTRIES[i].code, "FR"); n++) {
            char s[40];

            make_iban(&dice, &COUNTRIES[i], s);
            refuse_slips(s);
        }
}
END_TEST

START_TEST(the_accounts_of_the_2023_laureates_are_good)
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
        if (!strcmp(record.fields[i], "iban"))
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

/* Letters and digits of a masked account that are the account's own. */
static size_t shown(const char *mask)
{
    size_t n = 0;

    for (; *mask; mask++)
        n += (*mask >= '0' && *mask <= '9') || (*mask >= 'A' && *mask <= 'Z');
    return n;
}

START_TEST(a_mask_shows_eight_characters_at_most)
{
    char out[IBAN_MASK_MAX];

    ck_assert_str_eq(iban_mask(out, "FR7699999000011234567890152"), "FR76 •••• •••• 0152");
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++) {
        iban_mask(out, COUNTRIES[i].example);
        ck_assert_uint_eq(shown(out), 8);
        ck_assert(!strncmp(out, COUNTRIES[i].example, 4));
    }
    for (size_t n = 0; n <= IBAN_MAX; n++) {
        char s[IBAN_MAX + 1] = { 0 };

        memset(s, '7', n);
        ck_assert_uint_le(shown(iban_mask(out, s)), 8);
        ck_assert_msg(n >= 8 || shown(out) == 0, "%zu characters", n);
    }
}
END_TEST

START_TEST(a_bic_has_eight_or_eleven_characters_in_their_places)
{
    static const char *const good[] = { "BNPAFRPP", "BNPAFRPPXXX", "BDFEFRPPCCT", "TRPUFRP1",
                                        "CMCIFR2A", "AB12FR34",    "1234FR56789", "AGRIMCM1XXX" };
    static const char *const bad[] = {
        "",
        "BNPAFRP",
        "BNPAFRPPX",
        "BNPAFRPPXX",
        "BNPAFRPPXXXX",
        "bnpafrpp",
        "BNPAfrPP",
        "BNPA1RPP",
        "BNPAF1PP",
        "BNPAFRP ",
        " BNPAFRP",
        "BNPA FRPP",
        "BNPAFRP-",
        "BNPAFRPPXX ",
        "BNPAFRPPxxx",
        "BNP\xC3\xA9"
        "RPP",
        "NOTPROVIDED1",
    };
    struct bic bic;

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        ck_assert_msg(bic_parse(&bic, good[i]), "%s", good[i]);
        ck_assert_str_eq(bic.s, good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        strcpy(bic.s, "same");
        ck_assert_msg(!bic_parse(&bic, bad[i]), "\"%s\"", bad[i]);
        ck_assert_str_eq(bic.s, "same");
    }
}
END_TEST

START_TEST(a_bic_fits_the_country_of_the_account)
{
    static const char french[] = "FR GP MQ GF RE PM YT BL MF PF NC WF TF MC";

    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++)
        for (char a = 'A'; a <= 'Z'; a++)
            for (char b = 'A'; b <= 'Z'; b++) {
                char country[3] = { a, b, '\0' };
                struct bic bic = { "BANKxxPP" };
                struct iban iban;
                bool fits = !strcmp(country, COUNTRIES[i].code) ||
                            (is_french(COUNTRIES[i].code) && strstr(french, country));

                memcpy(bic.s + 4, country, 2);
                EXPECT(!iban_parse(&iban, COUNTRIES[i].example), "%s", COUNTRIES[i].example);
                EXPECT(bic_fits_iban(&bic, &iban) == fits, "%s and %s", bic.s, COUNTRIES[i].code);
            }
}
END_TEST

START_TEST(accounts_in_a_text_are_hidden_and_nothing_else_is)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "", "" },
        { "RIB FR7630006000011234567890189.", "RIB FR76 •••• •••• 0189." },
        { "FR76 3000 6000 0112 3456 7890 189, ancien DE89370400440532013000",
          "FR76 •••• •••• 0189, ancien DE89 •••• •••• 3000" },
        { "é fr7630006000011234567890189 é", "é FR76 •••• •••• 0189 é" },
        { "FR76 3000 6000 0112 3456 7890 189 du 12/03", "FR76 •••• •••• 0189 du 12/03" },
        { "FR76\u00a03000\u202f6000 0112 3456 7890 189", "FR76 •••• •••• 0189" },
        { "FR76 •••• •••• 0189", "FR76 •••• •••• 0189" },
        { "FR7630006000011234567890188", "FR7630006000011234567890188" }, /* no account */
        { "LAB2-2023-01, TEST2024-L1-1-1", "LAB2-2023-01, TEST2024-L1-1-1" },
        { "XFR7630006000011234567890189", "XFR7630006000011234567890189" },
        { "FR763000600001123456789018912345678", "FR763000600001123456789018912345678" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(text_free) struct text out = { 0 };

        iban_hide(&out, cases[i].in);
        ck_assert_str_eq(out.s, cases[i].out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iban");
    TCase *tcase = suite_case(suite, "iban");

    tcase_add_test(tcase, accounts_in_a_text_are_hidden_and_nothing_else_is);
    tcase_add_test(tcase, the_registry_example_of_every_sepa_country_is_good);
    tcase_add_test(tcase, made_ibans_of_every_country_are_good);
    tcase_add_test(tcase, one_character_more_or_less_is_a_wrong_length);
    tcase_add_test(tcase, a_letter_for_a_digit_or_a_digit_for_a_letter_is_a_wrong_shape);
    tcase_add_test(tcase, each_outcome_has_an_example_and_a_sentence_of_its_own);
    tcase_add_test(tcase, a_wrong_rib_key_is_refused_in_france_and_monaco_though_mod_97_is_right);
    tcase_add_test(tcase, elsewhere_national_keys_are_not_judged);
    tcase_add_test(tcase, each_letter_of_an_account_counts_as_the_rib_key_says);
    tcase_add_test(tcase, check_digits_that_are_never_given_out_are_refused);
    tcase_add_test(tcase, case_and_blanks_do_not_matter);
    tcase_add_test(tcase, one_wrong_digit_or_two_swapped_never_pass);
    tcase_add_test(tcase, the_accounts_of_the_2023_laureates_are_good);
    tcase_add_test(tcase, a_mask_shows_eight_characters_at_most);
    tcase_add_test(tcase, a_bic_has_eight_or_eleven_characters_in_their_places);
    tcase_add_test(tcase, a_bic_fits_the_country_of_the_account);
    return run_suite(suite);
}
