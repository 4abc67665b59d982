/* What the reader of answers hands on: levels, dialects, encodings that lie, and what it refuses.
 */
#include "suite.h"
#include <base/mem.h>
#include <sepa/answer.h>
#include <stdio.h>

static struct text seen, why;

/* A source in memory, in small pieces, so that characters and names are cut everywhere. It breaks
 * after READS calls, and does not restart if it must not. */
struct memory {
    struct answer_bytes whole;
    int piece;
    int reads;
    bool stuck;
};

enum { BROKEN = -4711 };

static int read_memory(void *arg, char *buffer, int room)
{
    struct memory *m = arg;

    if (m->reads-- == 0)
        return BROKEN;
    return answer_bytes_read(&m->whole, buffer, room < m->piece ? room : m->piece);
}

static int restart_memory(void *arg)
{
    struct memory *m = arg;

    if (m->stuck)
        return BROKEN;
    return answer_bytes_restart(&m->whole);
}

static int on_head(void *arg, const struct answer_head *h)
{
    (void)arg;
    text_addf(&seen, "%s %s%s;", answer_kind_name(h->kind), h->message_id,
              h->encoding_lied ? " lied" : "");
    return 0;
}

static int on_status(void *arg, const struct answer_status *s)
{
    (void)arg;
    text_addf(&seen, "%d %s/%s/%s %s %s %s%s;", s->level, s->message_id, s->payment_id,
              s->end_to_end_id, s->code, s->reason, s->text, s->creditor);
    return 0;
}

static int on_account(void *arg, const struct answer_account *a)
{
    (void)arg;
    text_addf(&seen, "account %s %s %s;", a->statement_id, a->iban, a->currency);
    return 0;
}

static int on_entry(void *arg, const struct answer_entry *e)
{
    (void)arg;
    text_addf(&seen, "entry %s %s %s %s %s %s %s;", e->amount, e->currency, e->direction, e->status,
              e->booked_on, e->servicer_ref, e->code);
    return 0;
}

static int on_batch(void *arg, const struct answer_batch *b)
{
    (void)arg;
    text_addf(&seen, "batch %s %s %s %s;", b->message_id, b->payment_id, b->count, b->total);
    return 0;
}

static int on_detail(void *arg, const struct answer_detail *d)
{
    (void)arg;
    text_addf(&seen, "detail %s %s %s %s %s %s %s;", d->end_to_end_id, d->amount, d->creditor,
              d->creditor_iban, d->debtor_iban, d->remittance, d->return_reason);
    return 0;
}

static const struct answer_sink SINK = { on_head,  on_status, on_account, on_entry,
                                         on_batch, on_detail, NULL };

static int read_bytes(const char *bytes, size_t length, int piece)
{
    struct memory memory = { { bytes, length, 0 }, piece, -1, false };
    struct answer_source source = { read_memory, restart_memory, &memory };

    seen.length = why.length = 0;
    text_add(&seen, "", 0);
    return answer_read(&source, &SINK, &why);
}

static void reads_as(const char *xml, const char *wanted)
{
    for (int piece = 1; piece < 9; piece += 3) {
        int r = read_bytes(xml, strlen(xml), piece);

        ck_assert_msg(r == 0, "refused: %s", why.s);
        ck_assert_str_eq(seen.s, wanted);
    }
}

static void tear_down(void)
{
    text_free(&seen);
    text_free(&why);
}

#define REPORT(inside)                                                                  \
    "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.10'><CstmrPmtStsRpt>" \
    "<GrpHdr><MsgId>R1</MsgId></GrpHdr>" inside "</CstmrPmtStsRpt></Document>"

START_TEST(levels_inherit_what_the_level_above_names)
{
    reads_as(
        REPORT(
            "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>"
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>ACCP</PmtInfSts>"
            "<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
            "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf> closed </AddtlInf><AddtlInf>account</AddtlInf></StsRsnInf>"
            "<OrgnlTxRef><Cdtr><Pty><Nm>Lab</Nm></Pty></Cdtr></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>"
            "<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>E2</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>"),
        "pain.002 R1;0 M// PART  ;1 M/P1/ ACCP  ;2 M/P1/E1 RJCT AC04 closed accountLab;"
        "1 M//   ;2 M//E2   ;");
}
END_TEST

START_TEST(prefixes_envelopes_and_files_without_namespace_or_header_are_read)
{
    reads_as(
        "<e:Env xmlns:e='x'><h:AppHdr xmlns:h='y'><h:MsgId>no</h:MsgId></h:AppHdr><p:Document xmlns:p='z'>"
        "<p:CstmrPmtStsRpt><p:GrpHdr><p:MsgId>R</p:MsgId></p:GrpHdr><p:OrgnlGrpInfAndSts><p:OrgnlMsgId>M</p:OrgnlMsgId>"
        "</p:OrgnlGrpInfAndSts></p:CstmrPmtStsRpt></p:Document></e:Env>",
        "pain.002 R;0 M//   ;");
    reads_as(
        "<Document><BkToCstmrStmt><Stmt><Id>S</Id><Acct><Id><Othr><Id>77</Id></Othr></Id></Acct>"
        "</Stmt></BkToCstmrStmt></Document>",
        "camt.053 ;account S 77 ;");
}
END_TEST

START_TEST(entries_come_before_their_details_in_every_version)
{
    static const char OLD[] =
        "<Document><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N</MsgId></GrpHdr><Ntfctn><Id>1</Id>"
        "<Acct><Id><IBAN>FR1</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        "<Ntry><Amt Ccy='EUR'>25.6</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><DtTm>2024-04-03T10:00:00+02:00</DtTm></BookgDt>"
        "<AcctSvcrRef>A</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        "<NtryDtls><Btch><PmtInfId>P</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy='EUR'>25.60</TtlAmt></Btch>"
        "<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>20</Amt></TxAmt></AmtDtls>"
        "<RltdPties><Cdtr><Nm>Lab</Nm></Cdtr><CdtrAcct><Id><IBAN>FR2</IBAN></Id></CdtrAcct></RltdPties></TxDtls>"
        "<TxDtls><Refs><EndToEndId>E2</EndToEndId></Refs>"
        "<RmtInf><Ustrd>a</Ustrd><Ustrd>b</Ustrd></RmtInf><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
        "</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>";
    static const char NEW[] =
        "<Document><BkToCstmrStmt><GrpHdr><MsgId>N</MsgId></GrpHdr><Stmt><Id>1</Id>"
        "<Ntry><Amt Ccy='EUR'>1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BookgDt><Dt>2024-04-03</Dt></BookgDt>"
        "<NtryDtls><TxDtls><Amt Ccy='EUR'>1</Amt><RltdPties><Cdtr><Pty><Nm>Lab</Nm></Pty></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>"
        "<Ntry><Amt Ccy='CHF'>2</Amt></Ntry></Stmt></BkToCstmrStmt></Document>";

    reads_as(
        OLD,
        "camt.054 N;account 1 FR1 EUR;entry 25.6 EUR DBIT BOOK 2024-04-03T10:00:00+02:00 A PMNT ICDT ESCT;"
        "batch  P 2 25.60;detail E1 20 Lab FR2   ;detail E2     a b AC04;");
    reads_as(NEW, "camt.053 N;account 1  ;entry 1 EUR CRDT PDNG 2024-04-03  ;detail  1 Lab    ;"
                  "entry 2 CHF     ;");
}
END_TEST

/* What the sink answers ends the reading at once, wherever it is, and is handed up. */
struct refusing {
    int left;
    unsigned after; /* calls that came after the refusal */
};

static int count_down(void *arg)
{
    struct refusing *r = arg;

    r->after += r->left < 0;
    return r->left-- == 0 ? BROKEN : 0;
}

static int refuse_head(void *arg, const struct answer_head *h)
{
    (void)h;
    return count_down(arg);
}

static int refuse_status(void *arg, const struct answer_status *s)
{
    (void)s;
    return count_down(arg);
}

static int refuse_account(void *arg, const struct answer_account *a)
{
    (void)a;
    return count_down(arg);
}

static int refuse_entry(void *arg, const struct answer_entry *e)
{
    (void)e;
    return count_down(arg);
}

static int refuse_batch(void *arg, const struct answer_batch *b)
{
    (void)b;
    return count_down(arg);
}

static int refuse_detail(void *arg, const struct answer_detail *d)
{
    (void)d;
    return count_down(arg);
}

#define STATEMENT(inside)                                                             \
    "<Document><BkToCstmrStmt><GrpHdr><MsgId>N</MsgId></GrpHdr><Stmt><Id>1</Id>"      \
    "<Ntry><Amt Ccy='EUR'>1</Amt><NtryDtls><Btch><NbOfTxs>1</NbOfTxs></Btch><TxDtls>" \
    "<Refs><EndToEndId>E</EndToEndId></Refs>" inside                                  \
    "</TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"

START_TEST(what_the_sink_refuses_ends_the_reading)
{
    static const char *const files[] = {
        REPORT("<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId></OrgnlGrpInfAndSts>"
               "<OrgnlPmtInfAndSts><TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts>"
               "<TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>"),
        STATEMENT(""), "<CstmrPmtStsRpt><OrgnlGrpInfAndSts/></CstmrPmtStsRpt>", /* no header */
    };
    static const int calls[] = { 5, 5, 2 };

    for (size_t f = 0; f < ARRAY_LEN(files); f++)
        for (int n = 0; n <= calls[f]; n++) {
            struct refusing refusing = { n, 0 };
            struct memory memory = { { files[f], strlen(files[f]), 0 }, 64, -1, false };
            struct answer_source source = { read_memory, restart_memory, &memory };
            struct answer_sink sink = { refuse_head,  refuse_status, refuse_account, refuse_entry,
                                        refuse_batch, refuse_detail, &refusing };

            ck_assert_int_eq(answer_read(&source, &sink, &why), n < calls[f] ? BROKEN : 0);
            ck_assert_uint_eq(refusing.after, 0);
        }
}
END_TEST

/* A disk that fails in the middle is no bad file of the bank. */
START_TEST(a_source_that_breaks_is_no_bad_file)
{
    static const char marked[] = "\xef\xbb\xbf" REPORT("");
    int reads = 0, r = BROKEN;

    for (; r == BROKEN && reads < 1000; reads++) {
        struct memory memory = { { marked, sizeof marked - 1, 0 }, 40, reads, false };
        struct answer_source source = { read_memory, restart_memory, &memory };

        why.length = 0;
        text_add(&why, "", 0);
        r = answer_read(&source, &SINK, &why);
        ck_assert(r == 0 || (r == BROKEN && !why.length));
    }
    ck_assert_int_eq(r, 0);
    ck_assert_int_gt(reads, 8);
    {
        struct memory memory = { { marked, sizeof marked - 1, 0 }, 40, -1, true };
        struct answer_source source = { read_memory, restart_memory, &memory };

        ck_assert_int_eq(answer_read(&source, &SINK, &why), BROKEN);
    }
}
END_TEST

/* Blocks inside blocks inside blocks, names that only end like ours, currencies without a sum. */
START_TEST(what_is_nested_or_named_strangely_is_passed_over)
{
    static const char *const deep[] = { "Ntry", "TxDtls", "Ntry", "TxDtls", "Ntry", "TxDtls" };
    CLEANUP(text_free) struct text xml = { 0 };
    size_t entries = 0;

    text_addf(&xml, "<BkToCstmrStmt>");
    for (size_t i = 0; i < ARRAY_LEN(deep); i++)
        text_addf(&xml, "<%s>", deep[i]);
    for (size_t i = ARRAY_LEN(deep); i > 0; i--)
        text_addf(&xml, "</%s>", deep[i - 1]);
    text_addf(&xml, "</BkToCstmrStmt>");
    ck_assert_int_eq(read_bytes(xml.s, xml.length, 50), 0);
    for (const char *at = seen.s; (at = strstr(at, "entry")); at++)
        entries++;
    ck_assert_uint_eq(entries, 2); /* four blocks are open at most */
    reads_as(
        "<BkToCstmrStmt><x.BkToCstmrStmt><Stmt><Id>no</Id></Stmt></x.BkToCstmrStmt><S><Stmt/></S>"
        "<!-- a comment -->stray text<?a processing instruction?><Ntry><Amt Ccy=''>1</Amt>"
        "<Amt/><X.Amt Ccy='EUR'/><CdtDbtInd><![CDATA[DBIT]]></CdtDbtInd></Ntry></BkToCstmrStmt>",
        "camt.053 ;entry 1  DBIT    ;");
    reads_as("<CstmrPmtStsRpt/>", "");
    reads_as(
        STATEMENT(
            "<AmtDtls><TxAmt><TxAmt><TxAmt><TxAmt><TxAmt><TxAmt><TxAmt><TxAmt><TxAmt><TxAmt>"
            "<Amt Ccy='EUR'>9</Amt></TxAmt></TxAmt></TxAmt></TxAmt></TxAmt></TxAmt></TxAmt></TxAmt>"
            "</TxAmt></TxAmt></AmtDtls>"),
        "camt.053 N;account 1  ;entry 1 EUR     ;batch   1 ;detail E      ;");
}
END_TEST

START_TEST(texts_that_are_joined_stay_within_their_bounds)
{
    CLEANUP(text_free) struct text xml = { 0 };

    text_addf(&xml, "<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><StsRsnInf>");
    for (int i = 0; i < 20; i++)
        text_addf(&xml, "<AddtlInf>%05000d</AddtlInf>", i);
    text_addf(&xml, "</StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt>");
    ck_assert_int_eq(read_bytes(xml.s, xml.length, 4096), 0);
    ck_assert_uint_gt(seen.length, 60000);
    ck_assert_uint_lt(seen.length, 66000);
    xml.length = 0;
    text_addf(&xml, "<CstmrPmtStsRpt><a%02000d/></CstmrPmtStsRpt>", 0); /* the name of an element */
    ck_assert_int_eq(read_bytes(xml.s, xml.length, 4096), ANSWER_E_LIMIT);
}
END_TEST

START_TEST(encodings_are_found_though_the_file_lies)
{
    static const struct {
        const char *declared, *bytes, *wanted;
    } CASES[] = {
        { "UTF-8", "Andr\xc3\xa9", "pain.002 Andr\xc3\xa9;" },
        { "UTF-8", "Andr\xe9 \xa4", "pain.002 Andr\xc3\xa9 \xe2\x82\xac lied;" },
        { "ISO-8859-1", "Andr\xe9", "pain.002 Andr\xc3\xa9;" },
        { "ISO-8859-15", "\xa4", "pain.002 \xe2\x82\xac;" },
        { "ISO-8859-1", "Andr\xc3\xa9", "pain.002 Andr\xc3\xa9 lied;" },
        { "UTF-16", "Andr", "pain.002 Andr;" },
        { "ISO-8859-1", "Andr", "pain.002 Andr;" },
        { "utf8", "Andr\xc3\xa9", "pain.002 Andr\xc3\xa9;" },
        { "windows-1252", "\x80", "pain.002 \xe2\x82\xac;" },
        { "CP1252", "\x80", "pain.002 \xe2\x82\xac;" },
        { "latin1", "Andr\xe9", "pain.002 Andr\xc3\xa9;" },
        { "ISO_8859-1", "Andr\xe9", "pain.002 Andr\xc3\xa9;" },
        { "an-encoding-that-nobody-has-ever-heard-of", "Andr\xe9", "pain.002 Andr\xc3\xa9 lied;" },
        { "UTF-8' standalone='yes", "Andr\xc3\xa9", "pain.002 Andr\xc3\xa9;" },
    };
    static const char UTF16[] =
        "\xff\xfe<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0'\0001\0.\0000\0'\0?\0>\0"
        "<\0C\0s\0t\0m\0r\0P\0m\0t\0S\0t\0s\0R\0p\0t\0>\0<\0G\0r\0p\0H\0d\0r\0>\0<\0M\0s\0g\0I\0d\0>\0"
        "\xe9\0<\0/\0M\0s\0g\0I\0d\0>\0<\0/\0G\0r\0p\0H\0d\0r\0>\0<\0/\0C\0s\0t\0m\0r\0P\0m\0t\0S\0t\0s\0R\0p\0t\0>";

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        CLEANUP(text_free) struct text xml = { 0 };

        text_addf(
            &xml,
            "<?xml version='1.0' encoding='%s'?><CstmrPmtStsRpt><GrpHdr><MsgId>%s</MsgId></GrpHdr></CstmrPmtStsRpt>",
            CASES[i].declared, CASES[i].bytes);
        reads_as(xml.s, CASES[i].wanted);
    }
    reads_as("\xef\xbb\xbf<CstmrPmtStsRpt><GrpHdr><MsgId>bom</MsgId></GrpHdr></CstmrPmtStsRpt>",
             "pain.002 bom;");
    /* no declaration, though the word is there; one that never ends, one without quotes */
    reads_as("<CstmrPmtStsRpt><GrpHdr><MsgId>encoding='ISO-8859-1' \xc3\xa9?></MsgId></GrpHdr>"
             "</CstmrPmtStsRpt>",
             "pain.002 encoding='ISO-8859-1' \xc3\xa9?>;");
    reads_as(
        "<?xml version='1.0'?><CstmrPmtStsRpt><GrpHdr><MsgId>encoding='x' \xc3\xa9</MsgId></GrpHdr>"
        "</CstmrPmtStsRpt>",
        "pain.002 encoding='x' \xc3\xa9;");
    ck_assert_int_eq(read_bytes("<?xml encoding", 14, 3), ANSWER_E_XML);
    ck_assert_int_eq(read_bytes("<?xml encoding?>", 16, 3), ANSWER_E_XML);
    ck_assert_int_eq(read_bytes("<", 1, 3), ANSWER_E_XML);
    ck_assert_int_eq(read_bytes("\xfe\xff", 2, 3), ANSWER_E_XML);
    ck_assert_int_eq(read_bytes(UTF16, sizeof UTF16, 5), 0);
    ck_assert_str_eq(seen.s, "pain.002 \xc3\xa9;");
}
END_TEST

START_TEST(what_no_bank_sends_is_refused_with_its_line)
{
    CLEANUP(text_free) struct text deep = { 0 }, wide = { 0 };
    static const char *const DOCTYPES[] = {
        "<!DOCTYPE a [<!ENTITY x 'y'>]>\n" REPORT(
            "<OrgnlGrpInfAndSts><OrgnlMsgId>&x;</OrgnlMsgId></OrgnlGrpInfAndSts>"),
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>\n" REPORT(""),
    };

    for (size_t i = 0; i < ARRAY_LEN(DOCTYPES); i++)
        ck_assert_int_eq(read_bytes(DOCTYPES[i], strlen(DOCTYPES[i]), 7), ANSWER_E_DOCTYPE);
    ck_assert_int_eq(read_bytes(REPORT("&amp;&lol;"), strlen(REPORT("&amp;&lol;")), 9),
                     ANSWER_E_XML);
    ck_assert_int_eq(read_bytes("", 0, 1), ANSWER_E_XML);
    ck_assert_int_eq(read_bytes("plain text\n", 11, 1), ANSWER_E_XML);
    ck_assert_int_eq(read_bytes("<Document/>", 11, 1), ANSWER_E_KIND);
    ck_assert(strstr(why.s, "camt.053") != NULL);
    for (int i = 0; i < 60; i++)
        text_addf(&deep, "<a>");
    text_addf(&wide, "<CstmrPmtStsRpt><GrpHdr><MsgId>");
    for (int i = 0; i < 7000; i++)
        text_addf(&wide, "0123456789");
    text_addf(&wide, "</MsgId></GrpHdr></CstmrPmtStsRpt>");
    ck_assert_int_eq(read_bytes(wide.s, wide.length, 4096), ANSWER_E_LIMIT);
    wide.length = 0;
    text_addf(&wide, "<CstmrPmtStsRpt>\n%s", deep.s);
    ck_assert_int_eq(read_bytes(wide.s, wide.length, 16), ANSWER_E_LIMIT);
    ck_assert(strstr(why.s, "2") != NULL);
}
END_TEST

START_TEST(cut_at_any_byte_it_is_refused)
{
    static const char WHOLE[] = REPORT(
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId></OrgnlGrpInfAndSts>"
        "<OrgnlPmtInfAndSts><TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>");

    for (size_t n = 0; n < sizeof WHOLE - 1; n++)
        ck_assert_msg(read_bytes(WHOLE, n, 64) > 0, "%zu bytes pass", n);
    ck_assert_int_eq(read_bytes(WHOLE, sizeof WHOLE - 1, 64), 0);
}
END_TEST

START_TEST(amounts_are_decimal_text_or_nothing)
{
    static const struct {
        const char *s;
        int64_t v;
    } GOOD[] = { { "25.6", 2560 },   { "50000", 5000000 }, { "000000000000149.87", 14987 },
                 { "5.00000", 500 }, { "0", 0 },           { "0.01", 1 },
                 { "10.", 1000 },    { "00.10", 10 } };
    static const char *const BAD[] = {
        "",  "-1",    "+1",  "1,00", "0.001", "1e3", " 1", "149.87123", "99999999999999999999",
        ".", "1.2.3", "0x1", "1 000"
    };
    struct cents cents;

    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        ck_assert_msg(answer_amount(&cents, GOOD[i].s), "%s", GOOD[i].s);
        ck_assert_int_eq(cents.v, GOOD[i].v);
    }
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        ck_assert_msg(!answer_amount(&cents, BAD[i]), "%s", BAD[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answer");
    TCase *t = tcase_create("reader");

    tcase_add_checked_fixture(t, NULL, tear_down);
    tcase_add_test(t, levels_inherit_what_the_level_above_names);
    tcase_add_test(t, prefixes_envelopes_and_files_without_namespace_or_header_are_read);
    tcase_add_test(t, entries_come_before_their_details_in_every_version);
    tcase_add_test(t, what_the_sink_refuses_ends_the_reading);
    tcase_add_test(t, a_source_that_breaks_is_no_bad_file);
    tcase_add_test(t, what_is_nested_or_named_strangely_is_passed_over);
    tcase_add_test(t, texts_that_are_joined_stay_within_their_bounds);
    tcase_add_test(t, encodings_are_found_though_the_file_lies);
    tcase_add_test(t, what_no_bank_sends_is_refused_with_its_line);
    tcase_add_test(t, cut_at_any_byte_it_is_refused);
    tcase_add_test(t, amounts_are_decimal_text_or_nothing);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
