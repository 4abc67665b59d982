/* core/states.h -- the life of a convention and of a tranche, as two tables.
 *
 * What is no row here is refused.  states_print() writes the tables for people; the README of this
 * floor shows them. */
#ifndef CORE_STATES_H
#define CORE_STATES_H

#include <base/text.h>

enum convention_state {
    CONVENTION_DRAFT,
    CONVENTION_SIGNING,
    CONVENTION_IN_FORCE,
    CONVENTION_COMPLETED,
    CONVENTION_EXPIRED,
    CONVENTION_TERMINATED,
    CONVENTION_STATES,
};

enum convention_event {
    CE_SIGNED,       /* a party signed, another is missing */
    CE_ALL_SIGNED,   /* the last party signed */
    CE_COMPLETED,    /* all tranches paid or closed, all papers accepted */
    CE_ENDED,        /* the last day passed with something missing */
    CE_TERMINATED,   /* by letter (Art. 3), or given up before signing */
    CE_UNSIGNED,     /* a mistyped signature was taken back, another stands */
    CE_UNSIGNED_ALL, /* the same, and none stands any more */
    CONVENTION_EVENTS,
};

enum tranche_state {
    TRANCHE_HELD,
    TRANCHE_ORDERED,
    TRANCHE_SENT,
    TRANCHE_ACCEPTED,
    TRANCHE_PAID,
    TRANCHE_REJECTED,
    TRANCHE_RETURNED,
    TRANCHE_CANCELLED,
    TRANCHE_CLOSED,
    TRANCHE_RECOVERING,
    TRANCHE_RECOVERED,
    TRANCHE_STATES,
};

enum tranche_event {
    TE_RELEASED,  /* the last gate opened: its order exists */
    TE_TAKEN,     /* the treasury took the file */
    TE_ACCEPTED,  /* the bank accepted the order */
    TE_BOOKED,    /* the debit stands on the statement */
    TE_REJECTED,  /* the bank refused the order */
    TE_RETURNED,  /* the money came back */
    TE_CANCELLED, /* its whole file was cancelled, or proven dead */
    TE_REOPENED,  /* may be ordered again: account verified anew, or cancelled by mistake */
    TE_CLOSED,    /* nothing due, or given up */
    TE_CLAIMED,   /* money is claimed back */
    TE_RECOVERED, /* and has come back */
    TRANCHE_EVENTS,
};

/* The state after EVENT, or -1: refused. */
int convention_step(enum convention_state from, enum convention_event event);
int tranche_step(enum tranche_state from, enum tranche_event event);

/* Why an edge is taken, in words; NULL when there is no such edge. */
const char *convention_why(enum convention_state from, enum convention_event event);
const char *tranche_why(enum tranche_state from, enum tranche_event event);

/* Names as stored and as programs see them ("in_force"); *_from_name answers -1 for another. */
const char *convention_state_name(enum convention_state state);
const char *tranche_state_name(enum tranche_state state);
int convention_state_from_name(const char *name);
int tranche_state_from_name(const char *name);

/* True from the release on until the order is proven dead: its money is on the way or there. */
bool tranche_is_live(enum tranche_state state);

/* Both tables as Markdown. */
void states_print(struct text *out);

#endif
