#include <base/err.h>
#include <base/mem.h>
#include <libxml/xmlwriter.h>
#include <sepa/camt055.h>
#include <sepa/letters.h>

/* Every call of the writer answers the bytes written or -1; they are added up in `failed`. */
struct request {
    xmlTextWriterPtr xml;
    bool failed;
};

static const xmlChar *x(const char *s)
{
    return (const xmlChar *)s;
}

/* Opens NAMES one inside the other; returns how many. */
static int down(struct request *w, const char *const *names)
{
    int depth = 0;

    for (; names[depth]; depth++)
        w->failed |= xmlTextWriterStartElement(w->xml, x(names[depth])) < 0;
    return depth;
}

static void up(struct request *w, int depth)
{
    while (depth--)
        w->failed |= xmlTextWriterEndElement(w->xml) < 0;
}

#define DOWN(w, ...) down((w), (const char *const[]){ __VA_ARGS__, NULL })

static void leaf(struct request *w, const char *name, const char *value)
{
    w->failed |= xmlTextWriterWriteElement(w->xml, x(name), x(value)) < 0;
}

static void assignment(struct request *w, const struct camt055 *r, const char *party)
{
    char created[INSTANT_TEXT_MAX];

    DOWN(w, "Assgnmt");
    leaf(w, "Id", r->id);
    DOWN(w, "Assgnr", "Pty");
    leaf(w, "Nm", party);
    DOWN(w, "Id", "OrgId", "Othr");
    leaf(w, "Id", r->party_siret->s);
    DOWN(w, "SchmeNm");
    leaf(w, "Cd", "SRET");
    up(w, 6);
    DOWN(w, "Assgne", "Agt", "FinInstnId");
    leaf(w, "BICFI", r->bank->s);
    up(w, 3);
    leaf(w, "CreDtTm", instant_format(created, r->created_at));
    up(w, 1);
}

static void transaction(struct request *w, const struct camt055 *r)
{
    char amount[CENTS_TEXT_MAX], day[DATE_TEXT_MAX];

    DOWN(w, "TxInf");
    leaf(w, "CxlId", r->id);
    leaf(w, "OrgnlEndToEndId", r->end_to_end_id);
    DOWN(w, "OrgnlInstdAmt");
    w->failed |= xmlTextWriterWriteAttribute(w->xml, x("Ccy"), x("EUR")) < 0;
    w->failed |= xmlTextWriterWriteString(w->xml, x(cents_format(amount, r->amount))) < 0;
    up(w, 1);
    DOWN(w, "OrgnlReqdExctnDt");
    leaf(w, "Dt", date_format(day, r->execution_on));
    up(w, 1);
    DOWN(w, "CxlRsnInf", "Rsn");
    leaf(w, "Cd", r->reason);
    up(w, 3);
}

static void message(struct request *w, const struct camt055 *r, const char *party)
{
    w->failed |= xmlTextWriterSetIndent(w->xml, 1) < 0;
    w->failed |= xmlTextWriterSetIndentString(w->xml, x("  ")) < 0;
    w->failed |= xmlTextWriterStartDocument(w->xml, "1.0", "UTF-8", NULL) < 0;
    w->failed |=
        xmlTextWriterStartElementNS(w->xml, NULL, x("Document"),
                                    x("urn:iso:std:iso:20022:tech:xsd:camt.055.001.09")) < 0;
    DOWN(w, "CstmrPmtCxlReq");
    assignment(w, r, party);
    DOWN(w, "CtrlData");
    leaf(w, "NbOfTxs", "1");
    up(w, 1);
    DOWN(w, "Undrlyg", "OrgnlPmtInfAndCxl");
    leaf(w, "OrgnlPmtInfId", r->payment_id);
    DOWN(w, "OrgnlGrpInf");
    leaf(w, "OrgnlMsgId", r->message_id);
    leaf(w, "OrgnlMsgNmId", "pain.001.001.09");
    up(w, 1);
    transaction(w, r);
    up(w, 3);
    w->failed |= xmlTextWriterEndDocument(w->xml) < 0;
}

int camt055_write(const struct camt055 *r, struct text *out)
{
    CLEANUP(text_free) struct text party = { 0 };
    xmlBufferPtr buffer = xmlBufferCreate();
    struct request w = { .xml = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL };
    int e = letters_fit(&party, r->party, SEPA_NAME_MAX);

    w.failed = !w.xml;
    if (!e && !w.failed)
        message(&w, r, party.s);
    xmlFreeTextWriter(w.xml);
    if (!e && !w.failed)
        text_add(out, (const char *)xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer));
    xmlBufferFree(buffer);
    if (!e && w.failed)
        return err_raise(ERR_LIBRARY, "libxml2 could not write a camt.055");
    return e > 0 ? 1 : e;
}
