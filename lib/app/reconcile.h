/* reconcile.h -- inside this floor: what a person decides about files in doubt. */
#ifndef APP_RECONCILE_H
#define APP_RECONCILE_H

#include "call.h"

/* Makes the archive's file NAME, whose BYTES have DIGEST, an order file that was taken, with its
 * orders. */
int adopt_file(struct call *call, const char *name, const struct text *bytes,
               const struct sha256 *digest);

#endif
