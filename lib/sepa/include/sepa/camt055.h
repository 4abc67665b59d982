/* sepa/camt055.h -- asks the bank to take one payment back: camt.055.001.09.
 *
 * Source: ISO 20022 customer payment cancellation request; reasons as in the EPC's SCT rulebook
 * for a recall: DUPL, TECH, FRAD, and CUST for a request by the payer. */
#ifndef SEPA_CAMT055_H
#define SEPA_CAMT055_H

#include <base/iban.h>
#include <base/instant.h>
#include <base/money.h>
#include <base/siret.h>
#include <base/text.h>

struct camt055 {
    const char *id; /* of the request; at most 35 */
    struct instant created_at;
    const char *party; /* who asks */
    const struct siret *party_siret;
    const struct bic *bank;
    const char *message_id, *payment_id, *end_to_end_id; /* of the order */
    struct cents amount;
    struct date execution_on;
    const char *reason; /* a code of four letters */
};

/* Writes the whole message to OUT. 0; 1: a name cannot be written in the letters of a bank;
 * negative: libxml2 failed. */
int camt055_write(const struct camt055 *request, struct text *out);

#endif
