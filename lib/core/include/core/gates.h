/* core/gates.h -- why is this not paid yet, and when will it be?
 *
 * A tranche is held behind gates and released the moment the last one opens.  Each gate is a pure
 * function of a dossier and a date; asked about a later date, the same functions are the
 * forecast. */
#ifndef CORE_GATES_H
#define CORE_GATES_H

#include <core/dossier.h>

/* Why a gate is open or shut: each has one sentence in lib/notify. */
enum reason {
    REASON_OPEN,              /* nothing more to say than the gate's own sentence */
    REASON_NOT_ASKED,         /* open: the scheme does not ask for it */
    REASON_OVERRIDDEN,        /* open: two persons decided so, `by` the second of them */
    REASON_NOT_RECEIVED,      /* decision: not received by the prefecture */
    REASON_NOT_PUBLISHED,     /* decision: received, not published */
    REASON_NOT_YET_EXECUTORY, /* decision: executory from a later day */
    REASON_UNSIGNED,          /* signature: `missing` are parties */
    REASON_NO_EFFECT,         /* date: counted from an effect that is not there yet */
    REASON_NO_FACT,           /* date: counted from a fact that nobody recorded */
    REASON_TOO_EARLY,         /* date: `opens_on` */
    REASON_PAPERS,            /* report: `missing` are papers, `unaccepted` those only received */
    REASON_NO_ACCOUNT,
    REASON_UNVERIFIED,
    REASON_ACCOUNT_REFUSED, /* account: a bank refused it, and nobody has confirmed it since */
    REASON_ACCOUNT_WAIT,    /* account: verified, the waiting time of a changed account runs */
    REASON_GRANT_BELOW,     /* envelope: grant under the scheme's smallest */
    REASON_GRANT_ABOVE,
    REASON_ENVELOPE,
    REASON_SUSPENDED,
    REASON_DISPUTED,
    REASON_TERMINATED,
    REASON_EXPIRED,
    REASON_BENEFICIARY, /* the beneficiary is not active (receivership, dissolved) */
    REASON_UNAPPROVED,
    REASONS,
};

/* Who can open a shut gate. */
enum opener {
    OPENER_NOBODY, /* it is open, or can no longer be opened */
    OPENER_TIME,
    OPENER_PREFECTURE, /* receipt and publication; an officer records them */
    OPENER_PARTIES,
    OPENER_BENEFICIARY, /* hands in; an officer records it */
    OPENER_OFFICER,
    OPENER_APPROVER,
    OPENERS,
};

struct verdict {
    enum gate gate;
    bool open;
    enum reason reason;
    enum opener opener;
    struct date since;    /* open or shut since; unset where no day can be named */
    struct date opens_on; /* shut: the day on which time alone opens it; else unset */
    const char *by;       /* who overrode it; NULL */
    uint32_t missing;     /* parties or papers, by index */
    uint32_t unaccepted;  /* of the missing papers: came, and must still be accepted */
};

const char *gate_name(enum gate gate);

/* The gate of that name; GATES: there is none. */
enum gate gate_from_name(const char *name);

/* Whether two persons may open GATE against the rules: date, report, and standing against expiry
 * only. Decision, signature, account and envelope never; approval is a decision itself. */
bool gate_can_be_overridden(enum gate gate);

/* The verdict of GATE on rung T (from 0) of DOSSIER, asked about day ON. */
struct verdict gate_ask(enum gate gate, const struct dossier *dossier, unsigned t, struct date on);

struct verdicts {
    struct verdict gates[GATES];
    unsigned shut;        /* how many */
    struct date opens_on; /* when time alone opens all of them; else unset */
};

/* All gates of rung T. */
void gates_ask(const struct dossier *dossier, unsigned t, struct date on, struct verdicts *out);

#endif
