/* sepa/seen.h -- reads back a pain.001 file of our own, from the archive, when the database does
 * not know it any more. Not a reader of other people's files. */
#ifndef SEPA_SEEN_H
#define SEPA_SEEN_H

#include <base/date.h>
#include <base/mem.h>
#include <base/money.h>

struct seen_tx {
    const char *end_to_end_id; /* PmtId/EndToEndId */
    const char *iban;          /* CdtrAcct/Id/IBAN */
    const char *remittance;    /* RmtInf/Ustrd */
    struct cents amount;       /* InstdAmt */
};

struct seen_file {
    const char *message_id;   /* GrpHdr/MsgId */
    struct date created_on;   /* the day of GrpHdr/CreDtTm */
    struct date execution_on; /* ReqdExctnDt/Dt */
    unsigned tx_count;        /* of the transactions that were read */
    struct cents total;       /* their sum */
    struct seen_tx *txs;
};

/* Reads LENGTH bytes; all text of OUT is in ARENA. SEEN_E_STRANGE: it is not one of our files, or
 * its count or sum is not that of its transactions. */
enum { SEEN_E_STRANGE = 1 };
int seen_read(const char *bytes, size_t length, struct arena *arena, struct seen_file *out);

#endif
