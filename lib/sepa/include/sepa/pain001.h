/* sepa/pain001.h -- writes one pain.001.001.09 message: one group, one payment information.
 *
 * Streaming: each transaction goes to the sink as it is added; memory stays flat however many there
 * are.  The profile is the SEPA subset (EPC132-08 as GBIC_5 words it) with the DGFiP's elements:
 * SIRET of initiator and creditors as OrgId/Othr with code SRET, service level SEPA, charges SLEV,
 * category purpose GOVT, one booking a transaction, creditor agent only with a BIC, no address, one
 * Ustrd. */
#ifndef SEPA_PAIN001_H
#define SEPA_PAIN001_H

#include <base/date.h>
#include <base/iban.h>
#include <base/instant.h>
#include <base/money.h>
#include <base/siret.h>

/* Takes LENGTH bytes of the message; returns 0, or negative to stop the writer. */
typedef int (*pain001_sink)(void *arg, const char *bytes, size_t length);

struct pain001_header {
    const char *message_id;    /* GrpHdr/MsgId; PmtInfId is this with "-1" */
    struct instant created_at; /* CreDtTm */
    unsigned tx_count;         /* NbOfTxs, in group and payment information */
    struct cents total;        /* CtrlSum, likewise */
    const char *initiator;     /* InitgPty/Nm and Dbtr/Nm are given in any letters */
    const struct siret *initiator_siret;
    struct date execution_on; /* ReqdExctnDt/Dt */
    const char *debtor;
    const struct iban *debtor_iban;
    const struct bic *debtor_bic;
};

struct pain001_tx {
    const char *end_to_end_id;
    struct cents amount;
    const char *creditor; /* the account's holder */
    const struct siret *creditor_siret;
    const struct iban *creditor_iban;
    const struct bic *creditor_bic; /* NULL: CdtrAgt is left out */
    const char *remittance;         /* Ustrd */
};

enum pain001_outcome {
    PAIN001_E_TEXT = 1, /* a name, reference or text that SEPA cannot carry */
    PAIN001_E_AMOUNT,   /* zero, or above 999 999 999.99 */
    PAIN001_E_TOTAL,    /* the transactions are not the count and sum of the header */
};

struct pain001;

/* Opens a message and writes its header. *WRITERP is to be freed with pain001_free() whatever is
 * answered later. */
int pain001_begin(struct pain001 **writerp, const struct pain001_header *header, pain001_sink sink,
                  void *arg);
int pain001_add(struct pain001 *writer, const struct pain001_tx *tx);

/* Closes the message, after checking count and sum. */
int pain001_end(struct pain001 *writer);
void pain001_free(struct pain001 *writer);
void pain001_freep(struct pain001 **writerp);

#endif
