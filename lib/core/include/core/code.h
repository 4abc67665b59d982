/* core/code.h -- the codes with which banks say what became of a payment, and why.
 *
 * Source: ISO 20022 external code sets (payment statuses, status reasons, return reasons); the
 * sentences are ours. A code that is not known is kept as it is. */
#ifndef CORE_CODE_H
#define CORE_CODE_H

#include <core/order.h>

struct status_code {
    const char *code;
    enum order_event event; /* what it says about each order below it */
    const char *what;       /* untranslated */
};

/* Of what a status speaks: each stands for all that is below it. */
enum status_level {
    LEVEL_NONE, /* nothing was said */
    LEVEL_GROUP,
    LEVEL_PAYMENT,
    LEVEL_TRANSACTION,
};

/* Whether an order that is said to be settled at one level and refused at another is one of which
 * both cannot be: a good status says nothing against a refusal below it. Without a level, a refusal
 * stands above all. */
bool status_contradicts(enum status_level settled, enum status_level refused);

/* Of what kind a reason is decides what may happen next. */
enum reason_class {
    REASON_TECHNICAL, /* may be ordered again as it is */
    REASON_FUNDS,     /* the payer's side: likewise, once there is money */
    REASON_DATA,      /* the account or the payee: not before the account was verified anew */
};

struct reason_code {
    const char *code;
    enum reason_class class;
    bool blocks; /* it explains why a payment stopped; else it only informs */
    const char *what;
};

/* NULL: not known. */
const struct status_code *status_code_find(const char *code);
const struct reason_code *reason_code_find(const char *code);

/* The gravest class among CODES (with a blank between), statuses left out. An unknown code, and
 * none at all, is of class data: an account is rather verified once too often. */
enum reason_class reason_codes_class(const char *codes);

/* Whether one of several refusals or returns speaks of the account or the payee: LINES hold the
 * codes of one each. */
bool reason_lines_speak_of_account(const char *lines);

/* Whether one of CODES says that the bank has the same already (AM05, DUPL, DU01 to DU05): such a
 * refusal is of the copy, and proves nothing of the first. */
bool reason_codes_say_copy(const char *codes);

/* The status codes that answer a request to take an order back (camt.029). */
#define RECALL_ANSWERS "ACCR", "PACR", "PDCR", "RJCR"
bool status_answers_recall(const char *code);

/* What REASON means in such an answer, where some codes have another meaning (ISO 20022, payment
 * cancellation rejection); untranslated. NULL: nothing of its own. */
const char *recall_reason_what(const char *reason);

/* Calls EACH with every code there is, for tests and lists. */
void status_codes_each(void (*each)(const struct status_code *, void *), void *arg);
void reason_codes_each(void (*each)(const struct reason_code *, void *), void *arg);

#endif
