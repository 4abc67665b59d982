/* core/decide.h -- one convention on one day: what must happen now, and when to look again.
 *
 * Pure: the same dossier and day give the same decision.  Persisting it comes first, acting on it
 * after. */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <core/gates.h>

enum rung_act {
    RUNG_KEEP,  /* nothing changes */
    RUNG_ORDER, /* released: an order for `amount` */
    RUNG_CLOSE, /* nothing is due: closed */
};

struct decision {
    enum convention_state state; /* may be the present one */
    struct {
        enum rung_act act;
        struct cents amount;
    } rungs[SCHEME_RUNGS_MAX];
    unsigned orders;     /* how many rungs are ordered */
    struct date look_on; /* the next day on which time alone changes something; unset: none */
};

void decide(const struct dossier *dossier, struct date on, struct decision *out);

/* The state the signatures of DOSSIER put it in, by the table; never backwards. */
enum convention_state decide_signed_state(const struct dossier *dossier, struct date on);

/* True when nothing is missing any more: tranches paid or closed, papers accepted. */
bool decide_is_complete(const struct dossier *dossier, struct date on);

/* What of a stored dossier contradicts itself, in words for the person on duty; NULL: nothing. */
const char *dossier_broken(const struct dossier *dossier);

#endif
