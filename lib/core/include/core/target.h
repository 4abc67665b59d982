/* core/target.h -- the days on which SEPA credit transfers settle.
 *
 * TARGET is closed on Saturdays, Sundays, 1 January, Good Friday, Easter Monday, 1 May, 25 and
 * 26 December (ECB), every year since 2002; 14 July, 11 November and Ascension are open. */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include <base/date.h>

bool target_is_open(struct date date);

/* DATE itself when TARGET is open, else the next day on which it is. */
struct date target_next(struct date date);

/* Easter Sunday of a year (Gregorian). */
struct date target_easter(int year);

#endif
