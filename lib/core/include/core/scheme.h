/* core/scheme.h -- the rules of a call for projects, as data.
 *
 * A scheme says what was decided (award, envelope, bounds), who signs, which dated facts and papers
 * there are, and the ladder of tranches.  Strings belong to whoever filled the struct. */
#ifndef CORE_SCHEME_H
#define CORE_SCHEME_H

#include <base/date.h>
#include <base/money.h>
#include <base/text.h>

enum {
    SCHEME_PARTIES_MAX = 8,
    SCHEME_FACTS_MAX = 16,
    SCHEME_PAPERS_MAX = 24,
    SCHEME_RUNGS_MAX = 24,
    SCHEME_SIGNATORIES_MAX = 8,
    SCHEME_REMINDERS_MAX = 16,
    SCHEME_NAME_MAX = 40, /* bytes of a party's, fact's, paper's or rung's name */
};

/* What a clock is counted from. */
enum anchor {
    ANCHOR_NONE,
    ANCHOR_EFFECT, /* the day the last party signed (Art. 3) */
    ANCHOR_FACT,   /* the day of a stated fact, such as the launch */
};

/* A point in time: an anchor and a span; `or_effect` uses the effect while the fact is unknown
 * (the two clocks of Art. 2 and Art. 4). */
struct point {
    enum anchor anchor;
    unsigned fact;
    bool or_effect;
    struct span plus;
};

struct scheme_paper {
    const char *name;
    struct point due;
    bool needs_accepted; /* else it is enough that it was received */
    struct span review;  /* from its arrival to that, as a rule: only forecasts count it */
};

struct scheme_rung {
    const char *name;
    struct share up_to;  /* cumulative: the ceiling, not the part */
    uint32_t papers;     /* bit i: paper i must be in */
    struct point after;  /* not earlier than */
    bool needs_approval; /* a second person releases it */
};

struct scheme {
    int64_t id;
    const char *code, *title;
    struct date decided_on, received_on, published_on, appeal_until;
    struct cents envelope, grant_min, grant_max;
    struct span duration;
    unsigned party_count, fact_count, paper_count, rung_count, signatory_count;
    unsigned reminder_count;
    int reminder_days[SCHEME_REMINDERS_MAX]; /* after the due day of a paper; before: negative */
    const char *parties[SCHEME_PARTIES_MAX];
    const char
        *signatories[SCHEME_SIGNATORIES_MAX]; /* capacities that may sign for the authority */
    const char *facts[SCHEME_FACTS_MAX];
    struct scheme_paper papers[SCHEME_PAPERS_MAX];
    struct scheme_rung rungs[SCHEME_RUNGS_MAX];
};

/* The day from which the decision is executory: received by the prefecture *and* published
 * (certified "exécutoire"); unset while one is missing. */
struct date scheme_executory_on(const struct scheme *scheme);

/* Indexes by name, or -1. */
int scheme_party(const struct scheme *scheme, const char *name);
int scheme_fact(const struct scheme *scheme, const char *name);
int scheme_paper(const struct scheme *scheme, const char *name);
int scheme_signatory(const struct scheme *scheme, const char *name);

enum scheme_fault {
    SCHEME_E_NO_RUNG = 1,
    SCHEME_E_LADDER_FALLS, /* a rung is not above the one before */
    SCHEME_E_LADDER_END,   /* the last rung is not 100 % */
    SCHEME_E_BOUNDS,       /* smallest grant above the largest, or zero */
    SCHEME_E_LARGEST,      /* largest grant above what one order carries */
    SCHEME_E_ENVELOPE,     /* the envelope cannot hold one smallest grant */
    SCHEME_E_NO_PARTY,
    SCHEME_E_DURATION, /* no duration */
};

/* What is wrong with the numbers of a scheme, or 0; *RUNG is the rung meant. */
int scheme_check(const struct scheme *scheme, unsigned *rung);

#endif
