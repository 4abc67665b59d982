#include "bytes.h"
#include <base/err.h>
#include <base/mem.h>
#include <base/tr.h>
#include <libxml/xmlreader.h>
#include <stddef.h>
#include <stdio.h>

enum { DEPTH_MAX = 40, TEXT_MAX = 65536, FIELDS_MAX = 32, BLOCKS_MAX = 4 };

/* Where a field of a block is found: the path below the block's element. When several are there,
 * they are joined, or the first one counts. */
struct field {
    const char *path;
    unsigned short index; /* which const char * of the struct that goes to the sink */
    bool join;
};

struct reading;

/* An element whose inside becomes one call of the sink. */
struct block {
    const char *name;   /* of its element */
    const char *inside; /* of the element around it; NULL: any */
    const struct field *fields;
    size_t field_count;
    int (*emit)(struct reading *r, const char *const *values);
};

/* A block that is open: what was found in it so far. */
struct open_block {
    const struct block *block;
    size_t path_end; /* length of the path up to and with its element */
    bool emitted;
    struct text values[FIELDS_MAX];
};

struct reading {
    const struct answer_sink *sink;
    struct text *why;
    xmlTextReaderPtr reader;
    char path[DEPTH_MAX * 36];
    size_t path_length;
    int message_depth; /* of the message's element; -1 outside */
    enum answer_kind kind;
    unsigned messages;
    struct text text, name_space;
    struct open_block open[BLOCKS_MAX];
    size_t open_count;
    char *message_id, *message_name, *payment_id; /* what lower levels of a report inherit */
    bool encoding_lied;
    bool headed; /* the message's head is out */
};

static const char *const MESSAGES[ANSWER_KINDS] = { "CstmrPmtStsRpt", "BkToCstmrAcctRpt",
                                                    "BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn",
                                                    "RsltnOfInvstgtn" };
static const char *const KINDS[ANSWER_KINDS] = { "pain.002", "camt.052", "camt.053", "camt.054",
                                                 "camt.029" };

const char *answer_kind_name(enum answer_kind kind)
{
    return KINDS[kind];
}

#define AT(type, member) (offsetof(struct type, member) / sizeof(const char *))

/* --- the blocks and their fields ------------------------------------------------------------- */

static const struct field HEAD_FIELDS[] = {
    { "MsgId", AT(answer_head, message_id), false },
    { "CreDtTm", AT(answer_head, created), false },
};

/* Of a camt.029, which has no group header. */
static const struct field ASSIGNMENT_FIELDS[] = {
    { "Id", AT(answer_head, message_id), false },
    { "CreDtTm", AT(answer_head, created), false },
};

#define REASON_FIELDS                                                  \
    { "CxlStsRsnInf/Rsn/Cd", AT(answer_status, reason), true },        \
        { "CxlStsRsnInf/Rsn/Prtry", AT(answer_status, reason), true }, \
        { "CxlStsRsnInf/AddtlInf", AT(answer_status, text), true },    \
        { "StsRsnInf/Rsn/Cd", AT(answer_status, reason), true },       \
        { "StsRsnInf/Rsn/Prtry", AT(answer_status, reason), true },    \
        { "StsRsnInf/AddtlInf", AT(answer_status, text), true },       \
    {                                                                  \
        "StsRsnInf/AddtlStsRsnInf", AT(answer_status, text), true      \
    }

static const struct field GROUP_FIELDS[] = {
    { "OrgnlMsgId", AT(answer_status, message_id), false },
    { "OrgnlMsgNmId", AT(answer_status, message_name), false },
    { "GrpSts", AT(answer_status, code), false },
    { "GrpCxlSts", AT(answer_status, code), false },
    REASON_FIELDS,
};
static const struct field PAYMENT_FIELDS[] = {
    { "OrgnlPmtInfId", AT(answer_status, payment_id), false },
    { "PmtInfSts", AT(answer_status, code), false },
    { "OrgnlGrpInf/OrgnlMsgId", AT(answer_status, message_id), false },
    { "PmtInfCxlSts", AT(answer_status, code), false },
    REASON_FIELDS,
};
static const struct field TRANSACTION_FIELDS[] = {
    { "OrgnlGrpInf/OrgnlMsgId", AT(answer_status, message_id), false },
    { "OrgnlGrpInf/OrgnlMsgNmId", AT(answer_status, message_name), false },
    { "OrgnlPmtInfId", AT(answer_status, payment_id), false },
    { "OrgnlInstrId", AT(answer_status, instruction_id), false },
    { "OrgnlEndToEndId", AT(answer_status, end_to_end_id), false },
    { "OrgnlUETR", AT(answer_status, uetr), false },
    { "TxSts", AT(answer_status, code), false },
    { "TxCxlSts", AT(answer_status, code), false },
    REASON_FIELDS,
    { "AcctSvcrRef", AT(answer_status, servicer_ref), false },
    { "OrgnlTxRef/Amt/InstdAmt", AT(answer_status, amount), false },
    { "OrgnlTxRef/Amt/InstdAmt@Ccy", AT(answer_status, currency), false },
    { "OrgnlTxRef/Cdtr/Nm", AT(answer_status, creditor), false },
    { "OrgnlTxRef/Cdtr/Pty/Nm", AT(answer_status, creditor), false },
    { "OrgnlTxRef/CdtrAcct/Id/IBAN", AT(answer_status, creditor_iban), false },
    { "OrgnlTxRef/DbtrAcct/Id/IBAN", AT(answer_status, debtor_iban), false },
};

static const struct field ACCOUNT_FIELDS[] = {
    { "Id", AT(answer_account, statement_id), false },
    { "Acct/Id/IBAN", AT(answer_account, iban), false },
    { "Acct/Id/Othr/Id", AT(answer_account, iban), false },
    { "Acct/Ccy", AT(answer_account, currency), false },
    { "ElctrncSeqNb", AT(answer_account, sequence), false },
    { "CreDtTm", AT(answer_account, created), false },
};

#define CODE_FIELDS(type)                                                                        \
    { "BkTxCd/Domn/Cd", AT(type, code), true }, { "BkTxCd/Domn/Fmly/Cd", AT(type, code), true }, \
        { "BkTxCd/Domn/Fmly/SubFmlyCd", AT(type, code), true },                                  \
    {                                                                                            \
        "BkTxCd/Prtry/Cd", AT(type, code), true                                                  \
    }

static const struct field ENTRY_FIELDS[] = {
    { "NtryRef", AT(answer_entry, reference), false },
    { "Amt", AT(answer_entry, amount), false },
    { "Amt@Ccy", AT(answer_entry, currency), false },
    { "CdtDbtInd", AT(answer_entry, direction), false },
    { "RvslInd", AT(answer_entry, reversal), false },
    { "Sts", AT(answer_entry, status), false },
    { "Sts/Cd", AT(answer_entry, status), false },
    { "Sts/Prtry", AT(answer_entry, status), false },
    { "BookgDt/Dt", AT(answer_entry, booked_on), false },
    { "BookgDt/DtTm", AT(answer_entry, booked_on), false },
    { "ValDt/Dt", AT(answer_entry, value_on), false },
    { "ValDt/DtTm", AT(answer_entry, value_on), false },
    { "AcctSvcrRef", AT(answer_entry, servicer_ref), false },
    CODE_FIELDS(answer_entry),
    { "AddtlNtryInf", AT(answer_entry, text), true },
};

static const struct field BATCH_FIELDS[] = {
    { "MsgId", AT(answer_batch, message_id), false },
    { "PmtInfId", AT(answer_batch, payment_id), false },
    { "NbOfTxs", AT(answer_batch, count), false },
    { "TtlAmt", AT(answer_batch, total), false },
    { "TtlAmt@Ccy", AT(answer_batch, currency), false },
};

static const struct field DETAIL_FIELDS[] = {
    { "Refs/MsgId", AT(answer_detail, message_id), false },
    { "Refs/PmtInfId", AT(answer_detail, payment_id), false },
    { "Refs/InstrId", AT(answer_detail, instruction_id), false },
    { "Refs/EndToEndId", AT(answer_detail, end_to_end_id), false },
    { "Refs/TxId", AT(answer_detail, transaction_id), false },
    { "Refs/UETR", AT(answer_detail, uetr), false },
    { "Refs/AcctSvcrRef", AT(answer_detail, servicer_ref), false },
    { "Amt", AT(answer_detail, amount), false },
    { "Amt@Ccy", AT(answer_detail, currency), false },
    { "AmtDtls/TxAmt/Amt", AT(answer_detail, amount), false },
    { "AmtDtls/TxAmt/Amt@Ccy", AT(answer_detail, currency), false },
    { "CdtDbtInd", AT(answer_detail, direction), false },
    { "RltdPties/Dbtr/Nm", AT(answer_detail, debtor), false },
    { "RltdPties/Dbtr/Pty/Nm", AT(answer_detail, debtor), false },
    { "RltdPties/DbtrAcct/Id/IBAN", AT(answer_detail, debtor_iban), false },
    { "RltdPties/Cdtr/Nm", AT(answer_detail, creditor), false },
    { "RltdPties/Cdtr/Pty/Nm", AT(answer_detail, creditor), false },
    { "RltdPties/CdtrAcct/Id/IBAN", AT(answer_detail, creditor_iban), false },
    { "RmtInf/Ustrd", AT(answer_detail, remittance), true },
    { "RmtInf/Strd/CdtrRefInf/Ref", AT(answer_detail, remittance), true },
    { "RtrInf/Rsn/Cd", AT(answer_detail, return_reason), true },
    { "RtrInf/Rsn/Prtry", AT(answer_detail, return_reason), true },
    { "RtrInf/AddtlInf", AT(answer_detail, return_text), true },
    CODE_FIELDS(answer_detail),
};

/* --- what goes to the sink -------------------------------------------------------------------- */

/* VALUES are the image of the struct that goes to the sink, a text in each place. */
#define FROM_VALUES(type, values)                                                  \
    ({                                                                             \
        struct type from_;                                                         \
        _Static_assert(sizeof from_ <= FIELDS_MAX * sizeof(const char *), "fits"); \
        memcpy(&from_, (values), sizeof from_);                                    \
        from_;                                                                     \
    })

static int send_head(struct reading *r, struct answer_head head)
{
    head.kind = r->kind;
    head.name_space = r->name_space.s;
    head.encoding_lied = r->encoding_lied;
    r->headed = true;
    return r->sink->head(r->sink->arg, &head);
}

static int emit_head(struct reading *r, const char *const *values)
{
    return send_head(r, FROM_VALUES(answer_head, values));
}

/* A lower level inherits what the level above named; what it names itself counts from then on. */
static const char *inherited(char **kept, const char *own)
{
    if (*own) {
        free(*kept);
        *kept = mem_strdup(own);
    }
    return *kept ? *kept : "";
}

static void forget(char **kept)
{
    free(*kept);
    *kept = NULL;
}

static int emit_status(struct reading *r, enum answer_level level, const char *const *values)
{
    struct answer_status status = FROM_VALUES(answer_status, values);

    status.level = level;
    status.message_id = inherited(&r->message_id, status.message_id);
    status.message_name = inherited(&r->message_name, status.message_name);
    status.payment_id = inherited(&r->payment_id, status.payment_id);
    return r->sink->status(r->sink->arg, &status);
}

static int emit_group(struct reading *r, const char *const *values)
{
    forget(&r->message_id);
    forget(&r->message_name);
    forget(&r->payment_id);
    return emit_status(r, ANSWER_GROUP, values);
}

static int emit_payment(struct reading *r, const char *const *values)
{
    forget(&r->payment_id);
    return emit_status(r, ANSWER_PAYMENT, values);
}

static int emit_transaction(struct reading *r, const char *const *values)
{
    return emit_status(r, ANSWER_TRANSACTION, values);
}

static int emit_account(struct reading *r, const char *const *values)
{
    struct answer_account account = FROM_VALUES(answer_account, values);

    return r->sink->account(r->sink->arg, &account);
}

static int emit_entry(struct reading *r, const char *const *values)
{
    struct answer_entry entry = FROM_VALUES(answer_entry, values);

    return r->sink->entry(r->sink->arg, &entry);
}

static int emit_batch(struct reading *r, const char *const *values)
{
    struct answer_batch batch = FROM_VALUES(answer_batch, values);

    return r->sink->batch(r->sink->arg, &batch);
}

static int emit_detail(struct reading *r, const char *const *values)
{
    struct answer_detail detail = FROM_VALUES(answer_detail, values);

    return r->sink->detail(r->sink->arg, &detail);
}

#define BLOCK(name, inside, fields, emit)             \
    {                                                 \
        name, inside, fields, ARRAY_LEN(fields), emit \
    }
static const struct block BLOCKS[] = {
    BLOCK("GrpHdr", NULL, HEAD_FIELDS, emit_head),
    BLOCK("Assgnmt", "RsltnOfInvstgtn", ASSIGNMENT_FIELDS, emit_head),
    BLOCK("OrgnlGrpInfAndSts", NULL, GROUP_FIELDS, emit_group),
    BLOCK("OrgnlPmtInfAndSts", NULL, PAYMENT_FIELDS, emit_payment),
    BLOCK("TxInfAndSts", NULL, TRANSACTION_FIELDS, emit_transaction),
    BLOCK("Stmt", "BkToCstmrStmt", ACCOUNT_FIELDS, emit_account),
    BLOCK("Rpt", "BkToCstmrAcctRpt", ACCOUNT_FIELDS, emit_account),
    BLOCK("Ntfctn", "BkToCstmrDbtCdtNtfctn", ACCOUNT_FIELDS, emit_account),
    BLOCK("Ntry", NULL, ENTRY_FIELDS, emit_entry),
    BLOCK("Btch", "NtryDtls", BATCH_FIELDS, emit_batch),
    BLOCK("TxDtls", NULL, DETAIL_FIELDS, emit_detail),
};

/* Some banks leave the group header out: there is a head all the same. */
static int need_head(struct reading *r, const struct block *next)
{
    if (r->headed || next->emit == emit_head)
        return 0;
    return send_head(r, (struct answer_head){ .message_id = "", .created = "" });
}

/* Emits what is open and was not: outer blocks first, so that a detail comes after its entry. */
static int flush(struct reading *r)
{
    for (size_t i = 0; i < r->open_count; i++) {
        struct open_block *open = &r->open[i];
        const char *values[FIELDS_MAX];
        int e;

        if (open->emitted)
            continue;
        for (size_t v = 0; v < FIELDS_MAX; v++)
            values[v] = open->values[v].length ? open->values[v].s : "";
        open->emitted = true;
        e = need_head(r, open->block);
        if (!e)
            e = open->block->emit(r, values);
        if (e)
            return e;
    }
    return 0;
}

/* --- walking through the file ----------------------------------------------------------------- */

static bool is_inside(const struct reading *r, size_t length, const char *name)
{
    size_t n = strlen(name);

    return length >= n && !strncmp(r->path + length - n, name, n) &&
           (length == n || r->path[length - n - 1] == '/');
}

static int open_block(struct reading *r, const char *name, size_t outside)
{
    for (size_t i = 0; i < ARRAY_LEN(BLOCKS); i++) {
        struct open_block *open;

        if (strcmp(BLOCKS[i].name, name) != 0 ||
            (BLOCKS[i].inside && !is_inside(r, outside, BLOCKS[i].inside)) ||
            r->open_count == BLOCKS_MAX)
            continue;
        if (r->open_count) {
            int e = flush(r);

            if (e)
                return e;
        }
        open = &r->open[r->open_count++];
        open->block = &BLOCKS[i];
        open->path_end = r->path_length;
        open->emitted = false;
        for (size_t v = 0; v < FIELDS_MAX; v++)
            open->values[v].length = 0;
        return 0;
    }
    return 0;
}

static void take(struct reading *r, const char *path, const struct text *found)
{
    struct open_block *open = &r->open[r->open_count - 1];

    for (size_t i = 0; i < open->block->field_count; i++) {
        const struct field *field = &open->block->fields[i];
        struct text *value = &open->values[field->index];

        if (strcmp(field->path, path) != 0 || (value->length && !field->join))
            continue;
        if (value->length + found->length >= TEXT_MAX)
            return;
        if (value->length)
            text_add(value, " ", 1);
        text_add(value, found->s, found->length);
        return;
    }
}

/* Below the innermost open block, or NULL: nobody asks for what is found here. */
static const char *relative_path(struct reading *r)
{
    size_t end = r->open_count ? r->open[r->open_count - 1].path_end : 0;

    return r->open_count && r->path_length > end ? r->path + end + 1 : NULL;
}

static void take_currency(struct reading *r)
{
    const char *path = relative_path(r);
    char *value, at[64];
    size_t n = path ? strlen(path) : 0;
    struct text found = { 0 };

    if (n < 3 || n > sizeof at - 5 || strcmp(path + n - 3, "Amt") != 0)
        return;
    value = (char *)xmlTextReaderGetAttribute(r->reader, (const xmlChar *)"Ccy");
    if (value) {
        snprintf(at, sizeof at, "%s@Ccy", path);
        text_add(&found, value, strlen(value));
        if (found.length)
            take(r, at, &found);
        text_free(&found);
        xmlFree(value);
    }
}

static int begin_message(struct reading *r, const char *name, int depth)
{
    const char *uri = (const char *)xmlTextReaderConstNamespaceUri(r->reader);

    for (int k = 0; k < ANSWER_KINDS; k++)
        if (!strcmp(MESSAGES[k], name)) {
            r->kind = (enum answer_kind)k;
            r->message_depth = depth;
            r->messages++;
            r->headed = false;
            r->path_length = 0;
            r->name_space.length = 0;
            text_addf(&r->name_space, "%s", uri ? uri : "");
            return 0;
        }
    return 0;
}

static int open_element(struct reading *r, int depth)
{
    const char *name = (const char *)xmlTextReaderConstLocalName(r->reader);
    size_t outside = r->path_length, n = strlen(name);
    int e;

    r->text.length = 0;
    if (r->message_depth < 0)
        begin_message(r, name, depth);
    if (r->message_depth < 0)
        return 0;
    if (depth > DEPTH_MAX || outside + n + 2 > sizeof r->path)
        return ANSWER_E_LIMIT;
    if (outside)
        r->path[r->path_length++] = '/';
    memcpy(r->path + r->path_length, name, n + 1);
    r->path_length += n;
    e = open_block(r, name, outside);
    if (!e)
        take_currency(r);
    return e;
}

static void trim(struct text *t)
{
    size_t begin = 0;

    while (t->length && strchr(" \t\r\n", t->s[t->length - 1]))
        t->length--;
    while (begin < t->length && strchr(" \t\r\n", t->s[begin]))
        begin++;
    if (t->s) {
        memmove(t->s, t->s + begin, t->length - begin);
        t->length -= begin;
        t->s[t->length] = '\0';
    }
}

static int close_element(struct reading *r, int depth)
{
    struct open_block *open = r->open_count ? &r->open[r->open_count - 1] : NULL;
    size_t n;
    int e = 0;

    if (r->message_depth < 0)
        return 0;
    trim(&r->text);
    if (r->text.length && relative_path(r))
        take(r, relative_path(r), &r->text);
    r->text.length = 0;
    if (open && open->path_end == r->path_length) {
        e = flush(r);
        r->open_count--;
    }
    n = r->path_length;
    while (n && r->path[n - 1] != '/')
        n--;
    r->path_length = n ? n - 1 : 0;
    r->path[r->path_length] = '\0';
    if (depth == r->message_depth)
        r->message_depth = -1;
    return e;
}

static int add_text(struct reading *r)
{
    const char *value = (const char *)xmlTextReaderConstValue(r->reader);
    size_t n = value ? strlen(value) : 0;

    if (r->text.length + n > TEXT_MAX)
        return ANSWER_E_LIMIT;
    if (n && r->open_count)
        text_add(&r->text, value, n);
    return 0;
}

static int take_node(struct reading *r)
{
    int depth = xmlTextReaderDepth(r->reader), e;

    switch (xmlTextReaderNodeType(r->reader)) {
    case XML_READER_TYPE_ELEMENT:
        e = open_element(r, depth);
        return e || !xmlTextReaderIsEmptyElement(r->reader) ? e : close_element(r, depth);
    case XML_READER_TYPE_END_ELEMENT:
        return close_element(r, depth);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        return add_text(r);
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return ANSWER_E_DOCTYPE;
    default:
        return 0;
    }
}

/* --- from outside ---------------------------------------------------------------------------- */

static int say(struct reading *r, int outcome, int line)
{
    const xmlError *error = xmlGetLastError();
    char cause[200] = "";

    switch (outcome) {
    case ANSWER_E_XML:
        text_line(cause, sizeof cause, error && error->message ? error->message : "");
        text_addf(r->why, _("line %d: it is not well-formed XML, or cut short: %s"),
                  error && error->line ? error->line : line, cause);
        break;
    case ANSWER_E_DOCTYPE:
        text_addf(r->why, _("line %d: a document type or an entity, which no bank sends"), line);
        break;
    case ANSWER_E_KIND:
        text_addf(r->why, "%s",
                  _("there is no pain.002, camt.029, camt.052, camt.053 or camt.054 in it"));
        break;
    case ANSWER_E_LIMIT:
        text_addf(r->why, _("line %d: elements more than %d deep, or a text of more than %d bytes"),
                  line, DEPTH_MAX, TEXT_MAX);
        break;
    default:
        break;
    }
    return outcome;
}

static void free_reading(struct reading *r)
{
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        for (size_t v = 0; v < FIELDS_MAX; v++)
            text_free(&r->open[i].values[v]);
    forget(&r->message_id);
    forget(&r->message_name);
    forget(&r->payment_id);
    text_free(&r->text);
    text_free(&r->name_space);
    xmlFreeTextReader(r->reader);
}

int answer_bytes_read(void *arg, char *buffer, int room)
{
    struct answer_bytes *in = arg;
    size_t left = in->length - in->at;
    size_t n = left < (size_t)room ? left : (size_t)room;

    memcpy(buffer, in->bytes + in->at, n);
    in->at += n;
    return (int)n;
}

int answer_bytes_restart(void *arg)
{
    struct answer_bytes *in = arg;

    in->at = 0;
    return 0;
}

int answer_read(const struct answer_source *source, const struct answer_sink *sink,
                struct text *why)
{
    struct reading r = { .sink = sink, .why = why, .message_depth = -1 };
    struct bytes bytes = { .source = source };
    int e = bytes_look(&bytes), more = 1;

    if (e)
        return e;
    r.encoding_lied = bytes.lied;
    xmlResetLastError();
    r.reader = xmlReaderForIO(bytes_read, NULL, &bytes, NULL, bytes.encoding,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                  (bytes.encoding ? XML_PARSE_IGNORE_ENC : 0));
    if (!r.reader)
        return err_raise(ERR_LIBRARY, "libxml2 gave no reader");
    while (!e && (more = xmlTextReaderRead(r.reader)) == 1)
        e = take_node(&r);
    if (!e && bytes.error)
        e = bytes.error;
    else if (!e && more < 0)
        e = ANSWER_E_XML;
    else if (!e && !r.messages)
        e = ANSWER_E_KIND;
    e = say(&r, e, xmlTextReaderGetParserLineNumber(r.reader));
    free_reading(&r);
    return e;
}

bool answer_amount(struct cents *out, const char *s)
{
    char plain[CENTS_TEXT_MAX];
    size_t n;

    while (*s == '0' && s[1] >= '0' && s[1] <= '9')
        s++;
    n = strlen(s);
    if (strchr(s, '.'))
        while (n && s[n - 1] == '0')
            n--;
    if (n && s[n - 1] == '.')
        n--;
    if (!n || n >= sizeof plain)
        return false;
    memcpy(plain, s, n);
    plain[n] = '\0';
    return cents_parse(out, plain) == 0;
}
