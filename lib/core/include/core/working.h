/* core/working.h -- when people in France are at their desks.
 *
 * Monday to Friday but for public holidays (Code du travail, art. L3133-1): 1 January, Easter
 * Monday, 1 and 8 May, Ascension, Whit Monday, 14 July, 15 August, 1 and 11 November, 25 December.
 */
#ifndef CORE_WORKING_H
#define CORE_WORKING_H

#include <base/instant.h>

bool working_day(struct date date);

/* AT itself when it is a working day and its time not between QUIET_FROM and QUIET_UNTIL (minutes
 * after midnight, over midnight when the first is the later one; equal: no hours are quiet, and
 * every day is as good), else the next such moment, when the quiet hours end. */
struct instant working_moment(struct instant at, int quiet_from, int quiet_until);

#endif
