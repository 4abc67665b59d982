/* seal.h -- inside this floor: what a seal is made of. */
#ifndef APP_SEAL_H
#define APP_SEAL_H

#include "call.h"
#include <store/seal.h>

/* The seal that comes after LAST over the rows of TABLE, at least one; its marks are in ARENA. */
int seal_make(const struct store_table *table, const struct seal *last, struct arena *arena,
              struct seal *out);

#endif
