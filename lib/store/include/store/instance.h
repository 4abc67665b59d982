/* store/instance.h -- what this database is, its clock, and who leads. */
#ifndef STORE_INSTANCE_H
#define STORE_INSTANCE_H

#include <store/store.h>

struct instance {
    bool rehearsal;
    struct date on;     /* a rehearsal's day; unset: the clock was never set */
    struct date target; /* where its clock was asked to go; unset: nowhere */
};

int store_instance(struct store *store, struct instance *out);

/* Asks the rehearsal's clock to reach TARGET; a clock without a day starts there. */
int store_clock_target(struct store *store, struct date target);

/* Moves the rehearsal's day forward to ON. */
int store_clock_move(struct store *store, struct date on);

struct lease {
    int64_t number;   /* 0: not held by us */
    int64_t until_ms; /* from now, negative when over */
    char holder[40];
};

/* Takes the lease when it is free or over: the number becomes one above the row's and above ABOVE.
 * STORE_E_NONE: somebody else holds it; *LEASE says who, until when. */
int store_lease_take(struct store *store, const char *holder, int64_t above, int seconds,
                     struct lease *lease);

/* Renews it under its number, at the start of a deciding transaction. STORE_E_NONE: no longer the
 * leader, stop. */
int store_lease_renew(struct store *store, const char *holder, int64_t number, int seconds);

/* Gives it back, so that the next daemon need not wait. */
int store_lease_release(struct store *store, const char *holder, int64_t number);

/* Ends the present number: whoever holds the lease must take it anew, above ABOVE. */
int store_lease_end(struct store *store, int64_t above);

/* Draws the next message counter under the lease. */
int store_lease_message(struct store *store, int64_t number, int64_t *counter);
int store_lease_show(struct store *store, struct lease *lease);

#endif
