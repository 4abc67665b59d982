/* notify/say.h -- what the core found, in the reader's words.
 *
 * The same sentence stands in the tool, the journal, the mail and the console, so that they never
 * tell different stories. */
#ifndef NOTIFY_SAY_H
#define NOTIFY_SAY_H

#include <base/text.h>
#include <core/decide.h>
#include <core/order.h>

/* "report", "date" ... as people call the gate. */
const char *say_gate(enum gate gate);

/* Who can open it: "the beneficiary hands in, an officer records it". */
const char *say_opener(enum opener opener);

/* One sentence about VERDICT on rung T of DOSSIER, asked about ON.  PAPER_DUE has the stored due
 * dates by paper, or is NULL. */
void say_verdict(struct text *out, const struct dossier *dossier, const struct verdict *verdict,
                 const struct date *paper_due, struct date on);

/* The sentences of all shut gates, joined; "" when none is shut. */
void say_shut(struct text *out, const struct dossier *dossier, const struct verdicts *verdicts,
              const struct date *paper_due, struct date on);

/* The sentence of the gate that opened last: why a tranche was released now. */
void say_last_opened(struct text *out, const struct dossier *dossier,
                     const struct verdicts *verdicts, const struct date *paper_due, struct date on);

/* What keeps a convention from being complete: tranches not paid, papers not in. */
void say_missing(struct text *out, const struct dossier *dossier, const struct date *paper_due,
                 struct date on);

/* That paper I of DOSSIER, due on DUE, is not in on ON, and how late it is. */
void say_paper_due(struct text *out, const struct dossier *dossier, unsigned i, struct date due,
                   struct date on);

/* Codes of a bank (with a blank between), each with its sentence where it is known, then the bank's
 * own words. */
void say_codes(struct text *out, const char *codes, const char *note);

/* Who acts next. */
const char *say_actor(enum order_actor actor);

#endif
