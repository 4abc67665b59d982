#include <base/err.h>
#include <base/text.h>
#include <libxml/xmlreader.h>
#include <sepa/seen.h>
#include <stdio.h>

struct reading {
    struct arena *arena;
    struct seen_file *out;
    char path[200]; /* names of the open elements below Document, with "/" */
    int64_t count;  /* NbOfTxs of the group */
    struct cents sum;
    bool strange;
};

static bool ends(const char *path, const char *with)
{
    size_t p = strlen(path), w = strlen(with);

    return p >= w && !strcmp(path + p - w, with);
}

static struct seen_tx *last(struct reading *r)
{
    static struct seen_tx none;

    if (!r->out->tx_count)
        r->strange = true;
    return r->out->tx_count ? &r->out->txs[r->out->tx_count - 1] : &none;
}

static void take_group(struct reading *r, const char *text)
{
    char day[11];

    if (ends(r->path, "/GrpHdr/MsgId"))
        r->out->message_id = arena_strdup(r->arena, text);
    else if (ends(r->path, "/GrpHdr/NbOfTxs"))
        r->strange = r->strange || !text_to_i64(text, 1, 999999999, &r->count);
    else if (ends(r->path, "/GrpHdr/CtrlSum"))
        r->strange = r->strange || cents_parse(&r->sum, text) != 0;
    else if (ends(r->path, "/GrpHdr/CreDtTm")) {
        snprintf(day, sizeof day, "%.10s", text);
        r->strange = r->strange || !date_parse(&r->out->created_on, day);
    } else if (ends(r->path, "/ReqdExctnDt/Dt"))
        r->strange = r->strange || !date_parse(&r->out->execution_on, text);
}

static void take_tx(struct reading *r, const char *text)
{
    if (ends(r->path, "/PmtId/EndToEndId"))
        last(r)->end_to_end_id = arena_strdup(r->arena, text);
    else if (ends(r->path, "/CdtrAcct/Id/IBAN"))
        last(r)->iban = arena_strdup(r->arena, text);
    else if (ends(r->path, "/RmtInf/Ustrd"))
        last(r)->remittance = arena_strdup(r->arena, text);
    else if (ends(r->path, "/Amt/InstdAmt"))
        r->strange = r->strange || cents_parse(&last(r)->amount, text) != 0;
}

static void open_element(struct reading *r, const char *name)
{
    size_t used = strlen(r->path);
    struct seen_tx *tx;

    if (used + strlen(name) + 2 > sizeof r->path) {
        r->strange = true;
        return;
    }
    snprintf(r->path + used, sizeof r->path - used, "/%s", name);
    if (!strcmp(name, "CdtTrfTxInf")) {
        tx = arena_push(r->arena, r->out->txs, r->out->tx_count);
        *tx = (struct seen_tx){ "", "", "", { 0 } };
    }
}

static void close_element(struct reading *r)
{
    char *at = strrchr(r->path, '/');

    if (at)
        *at = '\0';
}

static bool is_whole(struct reading *r)
{
    for (unsigned i = 0; i < r->out->tx_count; i++) {
        const struct seen_tx *tx = &r->out->txs[i];

        if (!*tx->end_to_end_id || !*tx->iban || !*tx->remittance || tx->amount.v < 1 ||
            cents_add(&r->out->total, r->out->total, tx->amount))
            return false;
    }
    return !r->strange && r->out->message_id && date_is_set(r->out->created_on) &&
           date_is_set(r->out->execution_on) && r->out->tx_count == r->count &&
           r->out->total.v == r->sum.v;
}

int seen_read(const char *bytes, size_t length, struct arena *arena, struct seen_file *out)
{
    struct reading r = { .arena = arena, .out = out };
    xmlTextReaderPtr reader;
    int more;

    *out = (struct seen_file){ 0 };
    if (length > INT32_MAX)
        return SEEN_E_STRANGE;
    reader = xmlReaderForMemory(bytes, (int)length, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!reader)
        return err_raise(ERR_LIBRARY, "libxml2 gave no reader");
    while ((more = xmlTextReaderRead(reader)) == 1) {
        const char *value = (const char *)xmlTextReaderConstValue(reader);

        switch (xmlTextReaderNodeType(reader)) {
        case XML_READER_TYPE_ELEMENT:
            open_element(&r, (const char *)xmlTextReaderConstLocalName(reader));
            if (xmlTextReaderIsEmptyElement(reader))
                close_element(&r);
            break;
        case XML_READER_TYPE_END_ELEMENT:
            close_element(&r);
            break;
        case XML_READER_TYPE_TEXT:
            take_group(&r, value);
            take_tx(&r, value);
            break;
        case XML_READER_TYPE_DOCUMENT_TYPE:
            r.strange = true;
            break;
        default:
            break;
        }
    }
    xmlFreeTextReader(reader);
    return more < 0 || !is_whole(&r) ? SEEN_E_STRANGE : 0;
}
