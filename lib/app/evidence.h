/* evidence.h -- inside this floor: what answers prove of orders is judged and applied. */
#ifndef APP_EVIDENCE_H
#define APP_EVIDENCE_H

#include "call.h"
#include <store/evidence.h>

/* What came of applying an answer or a line. */
struct applied {
    int64_t moved;       /* orders that are in another state now */
    int64_t added;       /* more parts of what came back */
    int64_t differs;     /* lines that do not fit the order they name */
    int64_t contradicts; /* lines that cannot be true together with what is proven */
};

/* Applies all that ANSWER, stored already, says about our orders; the rest is settled. */
int evidence_apply(struct call *call, int64_t answer, struct applied *out);

/* Applies one piece of evidence that a person brought to its order. OTHER_ACCOUNT: the payee's
 * account may be another; sum, currency and day never. WHY says what did not fit; "": it does. */
int evidence_apply_one(struct call *call, const struct evidence *evidence, bool other_account,
                       struct applied *out, const char **why);

/* The account that E names beside OWN, where it is not the order's; NULL: it fits, or is not said.
 */
const char *evidence_other_account(const struct evidence *e, const char *own);

#endif
