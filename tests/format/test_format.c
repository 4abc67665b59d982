/* The bytes for the bank: golden files, the limits of the SEPA subset, the letters of EPC217-08. */
#include "suite.h"
#include <base/mem.h>
#include <base/text.h>
#include <libxml/parser.h>
#include <sepa/letters.h>
#include <sepa/camt055.h>
#include <sepa/pain001.h>
#include <sepa/seen.h>
#include <stdio.h>

static struct siret authority_siret, creditor_siret;
static struct iban debtor_iban, creditor_iban, german_iban;
static struct bic debtor_bic, german_bic;
static struct pain001_header header;
static struct pain001_tx tx;

static void set_up(void)
{
    ck_assert(instant_zone("Europe/Paris"));
    ck_assert_int_eq(siret_parse(&authority_siret, "20007246000013"), 0);
    ck_assert_int_eq(siret_parse(&creditor_siret, "99000001000019"), 0);
    ck_assert_int_eq(iban_parse(&debtor_iban, "FR7630001007941234567890185"), 0);
    ck_assert_int_eq(iban_parse(&creditor_iban, "FR7699999000011234567890152"), 0);
    ck_assert_int_eq(iban_parse(&german_iban, "DE89370400440532013000"), 0);
    ck_assert(bic_parse(&debtor_bic, "BDFEFRPPCCT"));
    ck_assert(bic_parse(&german_bic, "COBADEFFXXX"));
    header = (struct pain001_header){
        .message_id = "CABBALR-2024-L7-42",
        .created_at = instant_from_local(date_from_ymd(2024, 3, 29), 9),
        .tx_count = 1,
        .total = { 600000 },
        .initiator = "Communauté d'agglomération de Béthune-Bruay",
        .initiator_siret = &authority_siret,
        .execution_on = date_from_ymd(2024, 4, 2),
        .debtor = "CA Béthune-Bruay, Artois-Lys Romane",
        .debtor_iban = &debtor_iban,
        .debtor_bic = &debtor_bic,
    };
    tx = (struct pain001_tx){
        .end_to_end_id = "2024-L7-42-1",
        .amount = { 600000 },
        .creditor = "Mov'ntec",
        .creditor_siret = &creditor_siret,
        .creditor_iban = &creditor_iban,
        .remittance = "Subvention convention LAB2-2023-01 versement 1",
    };
}

static int collect(void *arg, const char *bytes, size_t length)
{
    text_add(arg, bytes, length);
    return 0;
}

static void slurp(const char *path, struct text *out)
{
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s is missing", path);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        text_add(out, block, n);
    fclose(f);
}

/* GOLDEN=write makes the files anew, to be read by a person before they are committed. */
static void compare_golden(const char *name, const struct text *actual)
{
    CLEANUP(text_free) struct text path = { 0 }, expected = { 0 };

    text_addf(&path, "%s/%s", GOLDEN_DIR, name);
    if (getenv("GOLDEN")) {
        FILE *f = fopen(path.s, "w");

        ck_assert_ptr_nonnull(f);
        fwrite(actual->s, 1, actual->length, f);
        fclose(f);
        return;
    }
    slurp(path.s, &expected);
    ck_assert_uint_eq(actual->length, expected.length);
    ck_assert(memcmp(actual->s, expected.s, expected.length) == 0);
}

START_TEST(one_order_is_the_golden_file_byte_for_byte)
{
    CLEANUP(text_free) struct text out = { 0 };
    CLEANUP(pain001_freep) struct pain001 *w = NULL;

    ck_assert_int_eq(pain001_begin(&w, &header, collect, &out), 0);
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    ck_assert_int_eq(pain001_end(w), 0);
    compare_golden("one.xml", &out);
}
END_TEST

START_TEST(three_orders_with_accents_and_a_bic_are_the_golden_file)
{
    CLEANUP(text_free) struct text out = { 0 };
    CLEANUP(pain001_freep) struct pain001 *w = NULL;

    header.tx_count = 3;
    header.total = (struct cents){ 600000 + 1 + 99999999999 };
    ck_assert_int_eq(pain001_begin(&w, &header, collect, &out), 0);
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    tx.end_to_end_id = "2024-L7-42-2";
    tx.amount.v = 1;
    tx.creditor = "L’Été des Arts & Œuvres <Bruay>";
    tx.remittance = "Subvention – convention LAB2-2023-02 « versement » 1";
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    tx.end_to_end_id = "2024-L7-42-3";
    tx.amount.v = 99999999999;
    tx.creditor = "Großmann Söhne";
    tx.creditor_iban = &german_iban;
    tx.creditor_bic = &german_bic;
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    ck_assert_int_eq(pain001_end(w), 0);
    compare_golden("three.xml", &out);
}
END_TEST

START_TEST(the_prologue_is_fixed_and_there_is_no_address_and_no_bom)
{
    CLEANUP(text_free) struct text out = { 0 };
    CLEANUP(pain001_freep) struct pain001 *w = NULL;
    static const char prologue[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\">\n";

    ck_assert_int_eq(pain001_begin(&w, &header, collect, &out), 0);
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    ck_assert_int_eq(pain001_end(w), 0);
    ck_assert(strncmp(out.s, prologue, sizeof prologue - 1) == 0);
    ck_assert_ptr_null(strstr(out.s, "PstlAdr"));
    ck_assert_ptr_null(strstr(out.s, "AdrLine"));
    ck_assert_ptr_null(strstr(out.s, "CdtrAgt"));
    ck_assert_ptr_null(strstr(out.s, "NOTPROVIDED"));
}
END_TEST

START_TEST(count_or_sum_unlike_the_header_never_ends_well)
{
    CLEANUP(text_free) struct text out = { 0 };
    CLEANUP(pain001_freep) struct pain001 *w = NULL, *v = NULL;

    header.tx_count = 2;
    header.total.v = 1200000;
    ck_assert_int_eq(pain001_begin(&w, &header, collect, &out), 0);
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    ck_assert_int_eq(pain001_end(w), PAIN001_E_TOTAL);
    header.tx_count = 1;
    header.total.v = 599999;
    ck_assert_int_eq(pain001_begin(&v, &header, collect, &out), 0);
    ck_assert_int_eq(pain001_add(v, &tx), 0);
    ck_assert_int_eq(pain001_end(v), PAIN001_E_TOTAL);
}
END_TEST

START_TEST(an_amount_of_zero_or_above_the_largest_is_refused)
{
    static const int64_t bad[] = { 0, -1, 100000000000 };
    CLEANUP(text_free) struct text out = { 0 };
    CLEANUP(pain001_freep) struct pain001 *w = NULL;

    ck_assert_int_eq(pain001_begin(&w, &header, collect, &out), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        tx.amount.v = bad[i];
        ck_assert_int_eq(pain001_add(w, &tx), PAIN001_E_AMOUNT);
    }
}
END_TEST

/* sepa-users-ask rows 5 and 16: identifiers that do not fit, text over 140 characters. */
START_TEST(identifiers_and_texts_that_do_not_fit_are_refused_never_cut)
{
    static const char *const ids[] = {
        "", " x", "/x", "x/", "a//b", "é", "123456789012345678901234567890123456"
    };
    CLEANUP(text_free) struct text out = { 0 }, full = { 0 };
    CLEANUP(pain001_freep) struct pain001 *w = NULL;

    header.tx_count = 9;
    ck_assert_int_eq(pain001_begin(&w, &header, collect, &out), 0);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct pain001_tx bad = tx;

        bad.end_to_end_id = ids[i];
        ck_assert_int_eq(pain001_add(w, &bad), PAIN001_E_TEXT);
    }
    for (int i = 0; i < 141; i++)
        text_addf(&full, "x");
    tx.remittance = full.s;
    ck_assert_int_eq(pain001_add(w, &tx), PAIN001_E_TEXT);
}
END_TEST

static int fail_after(void *arg, const char *bytes, size_t length)
{
    size_t *left = arg;

    (void)bytes;
    if (length > *left)
        return -28;
    *left -= length;
    return 0;
}

START_TEST(an_error_of_the_sink_is_handed_up)
{
    CLEANUP(pain001_freep) struct pain001 *w = NULL;
    size_t left = 1000;
    int r = pain001_begin(&w, &header, fail_after, &left);

    for (int i = 0; !r && i < 100; i++) {
        tx.amount.v = 1;
        r = pain001_add(w, &tx);
    }
    ck_assert_int_eq(r, -28);
}
END_TEST

START_TEST(wherever_the_sink_fails_no_file_ends_well)
{
    CLEANUP(text_free) struct text whole = { 0 };
    CLEANUP(pain001_freep) struct pain001 *good = NULL;

    ck_assert_int_eq(pain001_begin(&good, &header, collect, &whole), 0);
    ck_assert_int_eq(pain001_add(good, &tx), 0);
    ck_assert_int_eq(pain001_end(good), 0);
    for (size_t n = 0; n < whole.length; n += 101) {
        CLEANUP(pain001_freep) struct pain001 *w = NULL;
        size_t left = n;
        int r = pain001_begin(&w, &header, fail_after, &left);

        if (!r)
            r = pain001_add(w, &tx);
        if (!r)
            r = pain001_end(w);
        ck_assert_int_eq(r, -28);
    }
}
END_TEST

START_TEST(a_header_that_sepa_cannot_carry_is_refused)
{
    static const struct {
        const char *id, *initiator, *debtor;
    } bad[] = {
        { "123456789012345678901234567890abcd", "A", "A" }, /* with its "-1" it has 36 */
        { "A", "Общество", "A" },
        { "A", "A", "Общество" },
        { "A", "\xe9", "A" },
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(text_free) struct text out = { 0 };
        CLEANUP(pain001_freep) struct pain001 *w = NULL;

        header.message_id = bad[i].id;
        header.initiator = bad[i].initiator;
        header.debtor = bad[i].debtor;
        ck_assert_int_ne(pain001_begin(&w, &header, collect, &out), 0);
    }
}
END_TEST

/* --- files of our own, read back ---------------------------------------------------------------
 */

static void write_two(struct text *out)
{
    CLEANUP(pain001_freep) struct pain001 *w = NULL;

    header.tx_count = 2;
    header.total.v = 1000000;
    ck_assert_int_eq(pain001_begin(&w, &header, collect, out), 0);
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    tx.end_to_end_id = "2024-L7-42-2";
    tx.amount.v = 400000;
    ck_assert_int_eq(pain001_add(w, &tx), 0);
    ck_assert_int_eq(pain001_end(w), 0);
}

START_TEST(a_file_of_ours_is_read_back_as_it_was_written)
{
    CLEANUP(text_free) struct text xml = { 0 };
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct seen_file file;

    write_two(&xml);
    ck_assert_int_eq(seen_read(xml.s, xml.length, arena, &file), 0);
    ck_assert_str_eq(file.message_id, "CABBALR-2024-L7-42");
    ck_assert(!date_cmp(file.created_on, date_from_ymd(2024, 3, 29)));
    ck_assert(!date_cmp(file.execution_on, date_from_ymd(2024, 4, 2)));
    ck_assert_uint_eq(file.tx_count, 2);
    ck_assert_int_eq(file.total.v, 1000000);
    ck_assert_str_eq(file.txs[1].end_to_end_id, "2024-L7-42-2");
    ck_assert_str_eq(file.txs[1].iban, creditor_iban.s);
    ck_assert_str_eq(file.txs[1].remittance, tx.remittance);
    ck_assert_int_eq(file.txs[1].amount.v, 400000);
}
END_TEST

/* Somebody who writes orders anew from the archive must not take half of one for whole. */
START_TEST(a_file_that_was_changed_or_cut_is_strange)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        { "<MsgId>CABBALR-2024-L7-42</MsgId>", "" },
        { "<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>" },
        { "<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>two</NbOfTxs>" },
        { "<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>0</NbOfTxs>" },
        { "<CtrlSum>10000.00</CtrlSum>", "<CtrlSum>10000.01</CtrlSum>" },
        { "<CtrlSum>10000.00</CtrlSum>", "<CtrlSum>all</CtrlSum>" },
        { "<CreDtTm>2024", "<CreDtTm>soon" },
        { "<Dt>2024-04-02</Dt>", "<Dt>2024-04-31</Dt>" },
        { "<Dt>2024-04-02</Dt>", "" },
        { "<EndToEndId>2024-L7-42-2</EndToEndId>", "<EndToEndId/>" },
        { "<IBAN>FR7699999000011234567890152</IBAN>", "<IBAN/>" },
        { "<Ustrd>Subvention convention LAB2-2023-01 versement 1</Ustrd>", "" },
        { "<InstdAmt Ccy=\"EUR\">4000.00</InstdAmt>", "" },
        { "<InstdAmt Ccy=\"EUR\">4000.00</InstdAmt>", "<InstdAmt>4000,00</InstdAmt>" },
        { "<InstdAmt Ccy=\"EUR\">4000.00</InstdAmt>", "<InstdAmt>0.00</InstdAmt>" },
        { "<CdtTrfTxInf>", "<CdtTrfTxInfo>" },
        { "<GrpHdr>", "<PmtId><EndToEndId>x</EndToEndId></PmtId><GrpHdr>" },
        { "<Document", "<!DOCTYPE Document>\n<Document" },
        { "</Document>", "" },
    };
    CLEANUP(text_free) struct text xml = { 0 }, deep = { 0 };
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct seen_file file;

    write_two(&xml);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        CLEANUP(text_free) struct text changed = { 0 };
        const char *at = strstr(xml.s, changes[i].from);

        ck_assert_msg(at != NULL, "%s", changes[i].from);
        text_addf(&changed, "%.*s%s%s", (int)(at - xml.s), xml.s, changes[i].to,
                  at + strlen(changes[i].from));
        ck_assert_msg(seen_read(changed.s, changed.length, arena, &file) == SEEN_E_STRANGE, "%s",
                      changes[i].to);
    }
    for (size_t n = 0; n < xml.length - 1; n += 13)
        ck_assert_int_eq(seen_read(xml.s, n, arena, &file), SEEN_E_STRANGE);
    for (int i = 0; i < 60; i++)
        text_addf(&deep, "<element>");
    ck_assert_int_eq(seen_read(deep.s, deep.length, arena, &file), SEEN_E_STRANGE);
    ck_assert_int_eq(seen_read(xml.s, (size_t)INT32_MAX + 1, arena, &file), SEEN_E_STRANGE);
}
END_TEST

/* --- asking for one back -----------------------------------------------------------------------
 */

START_TEST(a_request_to_take_back_names_the_order_and_who_asks)
{
    CLEANUP(text_free) struct text out = { 0 }, none = { 0 };
    struct camt055 request = { .id = "2024-L7-42-1-R",
                               .created_at = header.created_at,
                               .party = header.debtor,
                               .party_siret = &authority_siret,
                               .bank = &debtor_bic,
                               .message_id = header.message_id,
                               .payment_id = "CABBALR-2024-L7-42-1",
                               .end_to_end_id = tx.end_to_end_id,
                               .amount = tx.amount,
                               .execution_on = header.execution_on,
                               .reason = "DUPL" };

    ck_assert_int_eq(camt055_write(&request, &out), 0);
    ck_assert_ptr_nonnull(strstr(out.s, "urn:iso:std:iso:20022:tech:xsd:camt.055.001.09"));
    ck_assert_ptr_nonnull(strstr(out.s, "<Nm>CA Bethune-Bruay, Artois-Lys Romane</Nm>"));
    ck_assert_ptr_nonnull(strstr(out.s, "<OrgnlEndToEndId>2024-L7-42-1</OrgnlEndToEndId>"));
    ck_assert_ptr_nonnull(strstr(out.s, "<OrgnlInstdAmt Ccy=\"EUR\">6000.00</OrgnlInstdAmt>"));
    ck_assert_ptr_nonnull(strstr(out.s, "<Cd>DUPL</Cd>"));
    request.party = "Общество";
    ck_assert_int_eq(camt055_write(&request, &none), 1);
    ck_assert_uint_eq(none.length, 0);
}
END_TEST

/* sepa-users-ask row 3: French banks refuse & " < _ and accents; letters must not vanish. */
START_TEST(letters_follow_the_conversion_table)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        { "Béthune-Bruay", "Bethune-Bruay" },
        { "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸÑ", "AAACEEEEIIOOUUUYN" },
        { "œuvre Œ æ Æ", "ouvre O a A" },
        { "A & B", "A + B" },
        { "a_b~c[d]{e}|f\\g`h;i", "a-b-c(d)(e)/f/g'h,i" },
        { "“l’été” – 5 €…", ".l'ete. - 5 E..." },
        { "10\u00a0000", "10 000" },
        { "e\u0301te\u0301", "ete" }, /* not NFC */
        { "Straße", "Strase" },
        { "n° 5 @ <x>", "n. 5 . .x." },
        { "Łódź", "Lodz" },
        { "plain /-?:().,'+ 09", "plain /-?:().,'+ 09" },
        { "a\tb", "a b" },
        { "", "" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(text_free) struct text out = { 0 };

        ck_assert_int_eq(letters_convert(&out, cases[i].from), 0);
        ck_assert_str_eq(out.s, cases[i].to);
    }
}
END_TEST

START_TEST(a_name_that_would_vanish_or_be_cut_is_refused)
{
    CLEANUP(text_free) struct text cyrillic = { 0 }, blank = { 0 }, exact = { 0 }, name = { 0 };

    ck_assert_int_eq(letters_fit(&cyrillic, "Общество", 70), LETTERS_E_SCRIPT);
    ck_assert_int_eq(letters_fit(&blank, " \u00a0 ", 70), LETTERS_E_EMPTY);
    ck_assert_int_eq(letters_fit(&blank, "", 70), LETTERS_E_EMPTY);
    ck_assert_int_eq(letters_fit(&blank, "\u0301", 70), LETTERS_E_SCRIPT); /* an accent alone */
    for (int i = 0; i < 70; i++)
        text_addf(&name, "é");
    ck_assert_int_eq(letters_fit(&exact, name.s, 70), 0); /* counted after conversion */
    ck_assert_uint_eq(exact.length, 70);
    text_addf(&name, "x");
    text_free(&exact);
    ck_assert_int_eq(letters_fit(&exact, name.s, 70), LETTERS_E_LONG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *t = tcase_create("pain001");
    int failed;

    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, one_order_is_the_golden_file_byte_for_byte);
    tcase_add_test(t, three_orders_with_accents_and_a_bic_are_the_golden_file);
    tcase_add_test(t, the_prologue_is_fixed_and_there_is_no_address_and_no_bom);
    tcase_add_test(t, count_or_sum_unlike_the_header_never_ends_well);
    tcase_add_test(t, an_amount_of_zero_or_above_the_largest_is_refused);
    tcase_add_test(t, identifiers_and_texts_that_do_not_fit_are_refused_never_cut);
    tcase_add_test(t, an_error_of_the_sink_is_handed_up);
    tcase_add_test(t, wherever_the_sink_fails_no_file_ends_well);
    tcase_add_test(t, a_header_that_sepa_cannot_carry_is_refused);
    tcase_add_test(t, a_file_of_ours_is_read_back_as_it_was_written);
    tcase_add_test(t, a_file_that_was_changed_or_cut_is_strange);
    tcase_add_test(t, a_request_to_take_back_names_the_order_and_who_asks);
    tcase_add_test(t, letters_follow_the_conversion_table);
    tcase_add_test(t, a_name_that_would_vanish_or_be_cut_is_refused);
    suite_add_tcase(suite, t);
    failed = run_suite(suite);
    xmlCleanupParser();
    return failed;
}
