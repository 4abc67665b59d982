/* core/plan.h -- the ladder: what each rung may pay.
 *
 *   ceiling(t) = grant x up_to(t), rounded down to the cent; the last rung is the grant itself
 *   taken(v)   = the sum of v's live order; or of its dead one, kept for its re-issue
 *   due(t)     = the least of ceiling(u) - sum of taken(v) over v <= u except t itself,
 *                over u = t and every higher rung u with taken(u) > 0 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <core/scheme.h>

struct plan_rung {
    struct cents ceiling;
    struct cents taken;
    bool closed;
    bool live; /* taken by a live order, not kept for a re-issue */
};

/* The ceilings of GRANT over the scheme's rungs. OUT has scheme->rung_count elements; `taken` and
 * `closed` are left alone. */
void plan_ceilings(const struct scheme *scheme, struct cents grant, struct plan_rung *out);

/* What rung T may pay now, in cents; zero or less: nothing is due. */
int64_t plan_due(const struct plan_rung *rungs, unsigned count, unsigned t);

/* What rung T will pay when its turn comes, if every free rung below it is taken first: what is not
 * taken below flows on.  Over all free rungs it sums up to what is left of the grant. */
struct cents plan_outlook(const struct plan_rung *rungs, unsigned count, unsigned t);

/* The planned amount of rung T: its ceiling less the one below. The sum of all is the grant. */
struct cents plan_planned(const struct plan_rung *rungs, unsigned t);

/* The first rung below T that is neither taken nor closed, which T has to wait for; or T. */
unsigned plan_waits_for(const struct plan_rung *rungs, unsigned t);

/* True while the sums stay inside the ladder: taken(1..t) <= ceiling(t) + RECOVERY for every t, and
 * the ceilings never fall and end at GRANT. */
bool plan_holds(const struct plan_rung *rungs, unsigned count, struct cents grant,
                struct cents recovery);

/* Moves the ladder to another GRANT.  What live orders took stays inside: a ceiling below it is
 * raised to it, up to the grant; what is above the grant is returned, to be claimed back.  A sum
 * kept for the re-issue of a dead order is cut to what is still due; its rung closes when nothing
 * is.  Where the rungs at the top are closed or ordered, the highest one below them carries what
 * they leave of the grant. */
struct cents plan_amend(const struct scheme *scheme, struct cents grant, struct plan_rung *rungs);

/* Rung T's dead order is to be made again after GRANT was lowered below what is taken: its sum is
 * cut to what is still due inside the ladder as it stands; it closes when nothing is.  What is
 * still above the grant is returned, to be claimed back. */
struct cents plan_again(struct plan_rung *rungs, unsigned count, unsigned t, struct cents grant);

#endif
