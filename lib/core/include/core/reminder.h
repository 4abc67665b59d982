/* core/reminder.h -- what somebody must be reminded of, by stored dates alone.
 *
 * A threshold is a stored day plus some days.  Of one obligation the last threshold that is passed
 * counts, for two months: who looks late reminds once, and of nothing long past.  None counts after
 * the thing is done. */
#ifndef CORE_REMINDER_H
#define CORE_REMINDER_H

#include <core/gates.h>

enum reminder_kind {
    REMINDER_REPORT,    /* paper `index` is due, or late: by the ladder of the scheme */
    REMINDER_SIGNATURE, /* a party has not signed */
    REMINDER_HELD,      /* tranche `index` is held though its date is reached */
    REMINDER_ACCOUNT,   /* an account waits for a second person */
    REMINDER_ENDING,    /* the convention ends, and something is missing */
    REMINDER_KINDS,
};

struct reminder {
    enum reminder_kind kind;
    unsigned index;
    struct date due; /* the stored day from which the threshold counts */
    int days;        /* after it; before: negative */
};

enum { REMINDERS_MAX = SCHEME_PAPERS_MAX + SCHEME_RUNGS_MAX + 3 };

/* Days after the stored day: of a signature, a date that was reached, a proposal; before the end.
 */
struct reminder_rules {
    int signature_days, held_days, account_days, ending_days;
};

/* As a mail's kind calls it: "report.due". */
const char *reminder_name(enum reminder_kind kind);

/* What must be told about DOSSIER on ON, PAPER_DUE being the stored due days of its papers, into
 * OUT; answers how many.  *NEXT: the next day on which another threshold is passed; unset: none. */
unsigned reminders(const struct dossier *dossier, const struct date *paper_due,
                   const struct reminder_rules *rules, struct date on,
                   struct reminder out[static REMINDERS_MAX], struct date *next);

#endif
