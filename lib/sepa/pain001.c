/* libxml2's text writer over a sink.  Every call of it answers the bytes written or -1; they are
 * added up in `failed`, looked at once per function. */
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <libxml/xmlwriter.h>
#include <sepa/letters.h>
#include <sepa/pain001.h>
#include <stdio.h>

struct pain001 {
    xmlTextWriterPtr xml;
    pain001_sink sink;
    void *sink_arg;
    int sink_error;
    bool failed;
    bool discard; /* being freed: what is still buffered goes nowhere */
    unsigned expected_count, count;
    struct cents expected_total, total;
};

static int on_write(void *arg, const char *bytes, int length)
{
    struct pain001 *w = arg;

    if (w->discard)
        return length;
    if (!w->sink_error)
        w->sink_error = w->sink(w->sink_arg, bytes, (size_t)length);
    return w->sink_error ? -1 : length;
}

static int on_close(void *arg)
{
    (void)arg;
    return 0;
}

static const xmlChar *x(const char *s)
{
    return (const xmlChar *)s;
}

static void open_element(struct pain001 *w, const char *name)
{
    w->failed |= xmlTextWriterStartElement(w->xml, x(name)) < 0;
}

static void close_element(struct pain001 *w)
{
    w->failed |= xmlTextWriterEndElement(w->xml) < 0;
}

static void leaf(struct pain001 *w, const char *name, const char *value)
{
    w->failed |= xmlTextWriterWriteElement(w->xml, x(name), x(value)) < 0;
}

/* A/B/C with a value: one branch of single children. */
static void branch(struct pain001 *w, const char *const *names, const char *value)
{
    unsigned depth = 0;

    for (; names[depth + 1]; depth++)
        open_element(w, names[depth]);
    leaf(w, names[depth], value);
    while (depth--)
        close_element(w);
}

#define BRANCH(w, value, ...) branch((w), (const char *const[]){ __VA_ARGS__, NULL }, (value))

static int leaf_letters(struct pain001 *w, const char *name, const char *value, size_t max)
{
    CLEANUP(text_free) struct text plain = { 0 };
    int r = letters_fit(&plain, value, max);

    if (r < 0)
        return err_trace(r);
    if (r > 0)
        return PAIN001_E_TEXT;
    leaf(w, name, plain.s);
    return 0;
}

static void leaf_number(struct pain001 *w, const char *name, unsigned v)
{
    char digits[16];

    snprintf(digits, sizeof digits, "%u", v);
    leaf(w, name, digits);
}

/* Id/OrgId/Othr with the SIRET and ISO's code for it. */
static void organisation(struct pain001 *w, const struct siret *siret)
{
    open_element(w, "Id");
    open_element(w, "OrgId");
    open_element(w, "Othr");
    leaf(w, "Id", siret->s);
    BRANCH(w, "SRET", "SchmeNm", "Cd");
    close_element(w);
    close_element(w);
    close_element(w);
}

static int group_header(struct pain001 *w, const struct pain001_header *h)
{
    char created[INSTANT_TEXT_MAX], total[CENTS_TEXT_MAX];
    int r;

    open_element(w, "GrpHdr");
    leaf(w, "MsgId", h->message_id);
    leaf(w, "CreDtTm", instant_format(created, h->created_at));
    leaf_number(w, "NbOfTxs", h->tx_count);
    leaf(w, "CtrlSum", cents_format(total, h->total));
    open_element(w, "InitgPty");
    r = leaf_letters(w, "Nm", h->initiator, SEPA_NAME_MAX);
    organisation(w, h->initiator_siret);
    close_element(w);
    close_element(w);
    return r;
}

static int payment_information(struct pain001 *w, const struct pain001_header *h)
{
    char total[CENTS_TEXT_MAX], execution[DATE_TEXT_MAX], id[SEPA_REFERENCE_MAX + 1];
    int r;

    snprintf(id, sizeof id, "%s-1", h->message_id);
    open_element(w, "PmtInf");
    leaf(w, "PmtInfId", id);
    leaf(w, "PmtMtd", "TRF");
    leaf(w, "BtchBookg", "false");
    leaf_number(w, "NbOfTxs", h->tx_count);
    leaf(w, "CtrlSum", cents_format(total, h->total));
    open_element(w, "PmtTpInf");
    BRANCH(w, "SEPA", "SvcLvl", "Cd");
    BRANCH(w, "GOVT", "CtgyPurp", "Cd");
    close_element(w);
    BRANCH(w, date_format(execution, h->execution_on), "ReqdExctnDt", "Dt");
    open_element(w, "Dbtr");
    r = leaf_letters(w, "Nm", h->debtor, SEPA_NAME_MAX);
    close_element(w);
    BRANCH(w, h->debtor_iban->s, "DbtrAcct", "Id", "IBAN");
    BRANCH(w, h->debtor_bic->s, "DbtrAgt", "FinInstnId", "BICFI");
    leaf(w, "ChrgBr", "SLEV");
    return r;
}

static int writer_state(struct pain001 *w)
{
    if (w->sink_error)
        return w->sink_error;
    return w->failed ? err_raise(ERR_LIBRARY, "libxml2 could not write a message") : 0;
}

/* libxml2 would print on standard error: what fails is answered by the calls themselves. */
static void on_xml_error(void *arg, const xmlError *error)
{
    (void)arg;
    log_debug("libxml2: %s", error && error->message ? error->message : "error");
}

static int writer_new(struct pain001 **writerp, pain001_sink sink, void *arg)
{
    struct pain001 *w = mem_new(1, sizeof *w);
    xmlOutputBufferPtr out;

    xmlSetStructuredErrorFunc(NULL, (xmlStructuredErrorFunc)(void (*)(void))on_xml_error);
    w->sink = sink;
    w->sink_arg = arg;
    *writerp = w;
    out = xmlOutputBufferCreateIO(on_write, on_close, w, NULL);
    w->xml = out ? xmlNewTextWriter(out) : NULL;
    if (!w->xml) {
        xmlOutputBufferClose(out);
        return err_raise(ERR_LIBRARY, "libxml2 gave no writer");
    }
    xmlTextWriterSetIndent(w->xml, 1);
    xmlTextWriterSetIndentString(w->xml, x("  "));
    return 0;
}

int pain001_begin(struct pain001 **writerp, const struct pain001_header *h, pain001_sink sink,
                  void *arg)
{
    int r = writer_new(writerp, sink, arg);
    struct pain001 *w = *writerp;

    if (r < 0)
        return err_trace(r);
    /* PmtInfId adds two characters. */
    if (!letters_is_reference(h->message_id, SEPA_REFERENCE_MAX - 2))
        return PAIN001_E_TEXT;
    w->expected_count = h->tx_count;
    w->expected_total = h->total;
    w->failed |= xmlTextWriterStartDocument(w->xml, NULL, "UTF-8", NULL) < 0;
    open_element(w, "Document");
    w->failed |= xmlTextWriterWriteAttribute(
                     w->xml, x("xmlns"), x("urn:iso:std:iso:20022:tech:xsd:pain.001.001.09")) < 0;
    open_element(w, "CstmrCdtTrfInitn");
    r = group_header(w, h);
    if (!r)
        r = payment_information(w, h);
    return r ? r : writer_state(w);
}

static void amount(struct pain001 *w, struct cents cents)
{
    char text[CENTS_TEXT_MAX];

    open_element(w, "Amt");
    open_element(w, "InstdAmt");
    w->failed |= xmlTextWriterWriteAttribute(w->xml, x("Ccy"), x("EUR")) < 0;
    w->failed |= xmlTextWriterWriteString(w->xml, x(cents_format(text, cents))) < 0;
    close_element(w);
    close_element(w);
}

static int creditor(struct pain001 *w, const struct pain001_tx *tx)
{
    int r;

    if (tx->creditor_bic) /* without a BIC the whole element is not to be used */
        BRANCH(w, tx->creditor_bic->s, "CdtrAgt", "FinInstnId", "BICFI");
    open_element(w, "Cdtr");
    r = leaf_letters(w, "Nm", tx->creditor, SEPA_NAME_MAX);
    organisation(w, tx->creditor_siret);
    close_element(w);
    BRANCH(w, tx->creditor_iban->s, "CdtrAcct", "Id", "IBAN");
    return r;
}

int pain001_add(struct pain001 *w, const struct pain001_tx *tx)
{
    int r;

    if (!letters_is_reference(tx->end_to_end_id, SEPA_REFERENCE_MAX))
        return PAIN001_E_TEXT;
    if (tx->amount.v < 1 || tx->amount.v > MONEY_MAX_ORDER.v)
        return PAIN001_E_AMOUNT;
    if (cents_add(&w->total, w->total, tx->amount))
        return PAIN001_E_TOTAL;
    w->count++;
    open_element(w, "CdtTrfTxInf");
    BRANCH(w, tx->end_to_end_id, "PmtId", "EndToEndId");
    amount(w, tx->amount);
    r = creditor(w, tx);
    if (r)
        return r;
    open_element(w, "RmtInf");
    r = leaf_letters(w, "Ustrd", tx->remittance, SEPA_USTRD_MAX);
    close_element(w);
    close_element(w);
    return r ? r : writer_state(w);
}

int pain001_end(struct pain001 *w)
{
    if (w->count != w->expected_count || w->total.v != w->expected_total.v)
        return PAIN001_E_TOTAL;
    w->failed |= xmlTextWriterEndDocument(w->xml) < 0;
    w->failed |= xmlTextWriterFlush(w->xml) < 0;
    return writer_state(w);
}

void pain001_free(struct pain001 *w)
{
    if (!w)
        return;
    w->discard = true;
    xmlFreeTextWriter(w->xml);
    free(w);
}

void pain001_freep(struct pain001 **writerp)
{
    pain001_free(*writerp);
}
