/* remittance.h -- inside this floor: RmtInf/Ustrd, where the beneficiary reads what is paid, and
 * from which a lost order finds its tranche again. One rule for both. */
#ifndef APP_REMITTANCE_H
#define APP_REMITTANCE_H

#include <base/mem.h>
#include <stdbool.h>

enum { REMITTANCE_REFERENCE_MAX = 36 };

/* The text of an order for RUNG (its name) of convention REFERENCE. */
const char *remittance_text(struct arena *arena, bool rehearsal, const char *reference,
                            const char *rung);

/* The convention's reference in TEXT; false: it is no text of ours. */
bool remittance_reference(const char *text, char out[static REMITTANCE_REFERENCE_MAX]);

#endif
