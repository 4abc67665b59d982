/* sepa/answer.h -- what banks answer: pain.002 (status of orders), camt.029 (of requests to
 * cancel), camt.052, .053 and .054 (entries of an account), of any version: names are compared
 * without namespace or prefix.
 *
 * Streaming: each thing goes to the sink as soon as it is whole, and its texts live only as long as
 * the call; memory stays flat however long the file is.  Nothing is judged here: codes, sums and
 * dates are handed on as the bank wrote them, trimmed, "" where there is nothing.
 *
 * Sources: ISO 20022 pain.002.001.03/.10/.13/.14, camt.05x.001.02/.04/.08. */
#ifndef SEPA_ANSWER_H
#define SEPA_ANSWER_H

#include <base/money.h>
#include <base/text.h>

/* Where the bytes come from; they are read twice (their encoding is not believed unseen). */
struct answer_source {
    int (*read)(void *arg, char *buffer, int room); /* how many; 0 at the end; negative: broken */
    int (*restart)(void *arg);                      /* from the first byte again */
    void *arg;
};

/* Bytes in memory as a source: { answer_bytes_read, answer_bytes_restart, &bytes }. */
struct answer_bytes {
    const char *bytes;
    size_t length, at;
};
int answer_bytes_read(void *bytes, char *buffer, int room);
int answer_bytes_restart(void *bytes);

enum answer_kind {
    ANSWER_STATUS_REPORT,  /* pain.002, CstmrPmtStsRpt */
    ANSWER_ACCOUNT_REPORT, /* camt.052, BkToCstmrAcctRpt: of the day, may hold what is not booked */
    ANSWER_STATEMENT,      /* camt.053, BkToCstmrStmt: booked, with balances */
    ANSWER_NOTIFICATION,   /* camt.054, BkToCstmrDbtCdtNtfctn: notices, details of batches */
    ANSWER_RESOLUTION, /* camt.029, RsltnOfInvstgtn: what came of a request to cancel */
    ANSWER_KINDS
};
const char *answer_kind_name(enum answer_kind kind); /* "pain.002" */

struct answer_head {
    enum answer_kind kind;
    const char *name_space; /* as declared; "" without */
    const char *message_id; /* GrpHdr/MsgId */
    const char *created;    /* GrpHdr/CreDtTm */
    bool encoding_lied;     /* the bytes are not in the encoding that the file states */
};

enum answer_level { ANSWER_GROUP, ANSWER_PAYMENT, ANSWER_TRANSACTION };

/* One status, of a whole message, a payment information or a transaction (sepa.md 10). */
struct answer_status {
    enum answer_level level;
    const char *message_id;   /* OrgnlMsgId */
    const char *message_name; /* OrgnlMsgNmId */
    const char *payment_id;   /* OrgnlPmtInfId */
    const char *instruction_id, *end_to_end_id, *uetr;
    const char *code;   /* GrpSts, PmtInfSts or TxSts; of a camt.029 its ..CxlSts */
    const char *reason; /* StsRsnInf/Rsn/Cd or Prtry; several with a blank between */
    const char *text;   /* StsRsnInf/AddtlInf, its lines with a blank between */
    const char *servicer_ref;
    const char *amount, *currency; /* OrgnlTxRef/Amt/InstdAmt */
    const char *creditor, *creditor_iban, *debtor_iban;
};

/* The account that the entries after it belong to. */
struct answer_account {
    const char *statement_id; /* Stmt/Id, Rpt/Id or Ntfctn/Id */
    const char *iban;         /* or another identification of the account */
    const char *currency, *sequence, *created;
};

/* Ntry: one movement of the account. */
struct answer_entry {
    const char *reference; /* NtryRef */
    const char *amount, *currency;
    const char *direction;            /* CdtDbtInd: CRDT or DBIT; nothing else gives the sign */
    const char *reversal;             /* RvslInd */
    const char *status;               /* BOOK, PDNG, INFO, FUTR */
    const char *booked_on, *value_on; /* Dt or DtTm */
    const char *servicer_ref;         /* AcctSvcrRef */
    const char *code;                 /* BkTxCd: domain/family/subfamily or the bank's own */
    const char *text;
};

/* NtryDtls/Btch: what an entry that stands for many says of them. */
struct answer_batch {
    const char *message_id, *payment_id, *count, *total, *currency;
};

/* TxDtls: one transaction of the entry before it. */
struct answer_detail {
    const char *message_id, *payment_id, *instruction_id, *end_to_end_id, *transaction_id, *uetr;
    const char *servicer_ref;
    const char *amount, *currency, *direction;
    const char *debtor, *debtor_iban, *creditor, *creditor_iban;
    const char *remittance;
    const char *return_reason, *return_text; /* RtrInf */
    const char *code;
};

/* Each returns 0, or negative to stop; it is then what answer_read() returns. */
struct answer_sink {
    int (*head)(void *arg, const struct answer_head *head);
    int (*status)(void *arg, const struct answer_status *status);
    int (*account)(void *arg, const struct answer_account *account);
    int (*entry)(void *arg, const struct answer_entry *entry);
    int (*batch)(void *arg, const struct answer_batch *batch);
    int (*detail)(void *arg, const struct answer_detail *detail);
    void *arg;
};

enum answer_outcome {
    ANSWER_E_XML = 1, /* no well-formed XML, cut short, or not in its encoding */
    ANSWER_E_DOCTYPE, /* a document type or an entity: never looked at */
    ANSWER_E_KIND,    /* no message of the four kinds in it */
    ANSWER_E_LIMIT,   /* deeper than 40 elements, or a text of more than 64 KiB */
};

/* Reads all of SOURCE. Whatever went to SINK before an outcome is void. WHY then says in one
 * sentence, with the line, what was met. */
int answer_read(const struct answer_source *source, const struct answer_sink *sink,
                struct text *why);

/* An amount as banks write it, "25.6", "000149.87", "5.00000", into cents; false when it has a
 * sign, is empty, is no decimal number, is not a whole number of cents, or is more than is kept. */
bool answer_amount(struct cents *out, const char *s);

#endif
