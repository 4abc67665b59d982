/* store/balance.h -- orders, files and booked entries against each other. */
#ifndef STORE_BALANCE_H
#define STORE_BALANCE_H

#include <store/store.h>

/* A row a file: ordered = accepted + waiting + rejected, and booked - returned = paid;
 * "difference" is what is missing to the second. All in cents. SCHEME NULL: of all schemes. */
int store_balance(struct store *store, const char *scheme, struct store_table **table);

/* What does not fit, with the day since when: "what" (a word for its kind), "about",
 * "amount_cents", "since_on". */
int store_differences(struct store *store, struct store_table **table);

#endif
