/* core/dossier.h -- all that is known of one convention: what the gates are functions of. */
#ifndef CORE_DOSSIER_H
#define CORE_DOSSIER_H

#include <core/plan.h>
#include <core/scheme.h>
#include <core/states.h>

enum paper_state {
    PAPER_EXPECTED, /* also after a refusal: it has to come again */
    PAPER_RECEIVED,
    PAPER_ACCEPTED,
    PAPER_WAIVED,
    PAPER_STATES,
};

struct dossier_paper {
    enum paper_state state;
    struct date received_on, decided_on;
};

struct dossier_account {
    bool present;     /* an account was proposed */
    unsigned ordinal; /* 1 for the convention's first account, 2 for the next .. */
    struct date proposed_on;
    struct date verified_on;  /* by another person than who proposed it; unset: not yet */
    struct date refused_on;   /* a bank said that it cannot be paid to; unset: none did */
    struct date confirmed_on; /* an approver said that it is right all the same */
};

/* What a tranche waits behind; gates.h has the questions. */
enum gate {
    GATE_DECISION,
    GATE_SIGNATURE,
    GATE_DATE,
    GATE_REPORT,
    GATE_ACCOUNT,
    GATE_ENVELOPE,
    GATE_STANDING,
    GATE_APPROVAL,
    GATES,
};

/* A decision of two persons about a gate. */
struct dossier_override {
    struct date on; /* unset: there is none */
    const char *by; /* who decided */
};

struct dossier_tranche {
    enum tranche_state state;
    bool out; /* its order is dead and was paid all the same: what it took is not free */
    struct cents taken;
    struct cents ceiling; /* as stored: amendments move it; 0: that of the scheme */
    struct date approved_on;
    struct cents approved; /* what that released at most: a raised grant needs another approval */
    struct dossier_override overrides[GATES]; /* only of gates that can be overridden */
};

struct dossier {
    const struct scheme *scheme;
    const char *reference;
    struct cents grant;
    struct cents recovery; /* taken above a grant that was lowered: to be claimed back */
    enum convention_state state;
    struct date signed_on[SCHEME_PARTIES_MAX];
    struct date fact_on[SCHEME_FACTS_MAX];
    struct dossier_paper papers[SCHEME_PAPERS_MAX];
    struct dossier_account account;
    int account_wait_days; /* before the first payment to a second or later account */
    struct date suspended_on, disputed_on, terminated_on;
    struct date resumed_on; /* the last day on which a suspension or dispute was lifted */
    bool beneficiary_active;
    bool envelope_exceeded; /* all grants of the scheme are above its envelope */
    struct dossier_tranche tranches[SCHEME_RUNGS_MAX];
};

/* The day the last party signed (Art. 3), or unset while one is missing on ON. */
struct date dossier_effect_on(const struct dossier *dossier, struct date on);

/* The convention's last day: effect + duration; unset before the effect. */
struct date dossier_ends_on(const struct dossier *dossier);

/* The day a point names, or unset while its anchor is unknown. */
struct date dossier_point(const struct dossier *dossier, const struct point *point);

/* True when paper I is in as far as the scheme asks for it, on ON. */
bool dossier_paper_in(const struct dossier *dossier, unsigned i, struct date on);

/* The day on which it came in that far; unset while it is not in. */
struct date dossier_paper_in_on(const struct dossier *dossier, unsigned i);

/* The ladder with what is taken and closed. OUT has scheme->rung_count elements. */
void dossier_plan(const struct dossier *dossier, struct plan_rung *out);

#endif
