/* core/order.h -- the life of a payment order after it was made, as a table.
 *
 * A state only moves forward, and the end does not depend on the order in which answers come: late
 * and repeated ones change nothing, and what contradicts the state is told apart from both.
 * Sources: ISO 20022 external status codes; domain.md 4, sepa.md 10 to 12. */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <base/date.h>
#include <base/money.h>
#include <core/states.h>

enum order_state {
    ORDER_PREPARED, /* its file is decided, perhaps written; nothing was heard yet */
    ORDER_ACKNOWLEDGED,
    ORDER_AWAITING_RELEASE, /* the payee's verification does not match: an approver decides */
    ORDER_ACCEPTED,
    ORDER_BOOKED,
    ORDER_REJECTED,
    ORDER_RETURNED,
    ORDER_CANCELLED,
    ORDER_STATES,
};

enum order_event {
    OE_NOTHING,  /* told, and says nothing about it */
    OE_RECEIVED, /* the bank has it */
    OE_MISMATCH, /* the payee's verification does not match */
    OE_RELEASED, /* an approver lets it go on all the same */
    OE_ACCEPTED, /* the bank will execute it, or did */
    OE_SETTLED, /* the bank says of this one order that the money left; no statement shows it yet */
    OE_REJECTED,  /* the bank refused it */
    OE_CANCELLED, /* the bank took it back at our request */
    OE_BOOKED,    /* a debit of our account */
    OE_RETURNED,  /* the money came back */
    ORDER_EVENTS,
};

/* What an event leads to besides a state. */
enum {
    ORDER_UNMOVED = -1,    /* late or repeated: nothing changes */
    ORDER_CONTRADICTS = -2 /* cannot be true together with what is proven: stop and shout */
};

/* The state after EVENT, or one of the two above. */
int order_step(enum order_state from, enum order_event event);

/* Whether EVENT says that no money leaves.  It cannot be true together with OE_SETTLED: where that
 * came before it the order dies all the same, as it would had both come the other way round, and a
 * person is told. */
bool order_event_kills(enum order_event event);

const char *order_state_name(enum order_state state);
/* The same as people are told it: a prepared order whose file was WRITTEN is written. */
const char *order_state_shown(enum order_state state, bool written);
int order_state_from_name(const char *name); /* "written" is ORDER_PREPARED; -1: none */
const char *order_event_name(enum order_event event);

/* What EVENT does to the order's tranche; TRANCHE_EVENTS: nothing. */
enum tranche_event order_tranche_event(enum order_event event);

/* True until the order is proven dead. */
bool order_is_live(enum order_state state);

/* Who has to act next, and in how many days on which TARGET is open. */
enum order_actor { ACTOR_NOBODY, ACTOR_SERVICE, ACTOR_TREASURY, ACTOR_BANK, ACTOR_APPROVER };

struct order_patience {
    int answer_days;  /* of the bank, after the execution date or the last answer */
    int booking_days; /* from accepted to booked */
    int release_days; /* of the approver, about a payee's verification or a dead order */
};

/* WRITTEN and TAKEN are the file's. */
enum order_actor order_next_actor(enum order_state state, bool written, bool taken);

/* The last day on which what comes next is in time, counted from SINCE; unset: nothing is
 * expected. */
struct date order_deadline(enum order_state state, struct date since,
                           const struct order_patience *patience);

/* What an answer says of a booked transaction, compared with the order it names. */
struct order_terms {
    struct cents amount;
    const char *currency;
    const char *debtor_iban, *creditor_iban; /* "" : it does not say */
    struct date on;                          /* booked; of the order: decided */
};

enum { TERM_AMOUNT = 1, TERM_CURRENCY = 2, TERM_DEBTOR = 4, TERM_CREDITOR = 8, TERM_DATE = 16 };

/* Which terms of SEEN are not those of ORDERED, as bits; 0: all fit.  Never identity by identifier
 * alone.  Today is the last day on which it can have been booked. */
unsigned order_differences(const struct order_terms *ordered, const struct order_terms *seen,
                           struct date today);

#endif
