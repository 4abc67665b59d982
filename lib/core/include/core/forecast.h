/* core/forecast.h -- when will a tranche be paid?  The same gates, asked about a later day.
 *
 * What time alone opens is certain.  What waits for papers is expected on the day on which they are
 * due, or today when that has passed.  What waits for anything else has no day. */
#ifndef CORE_FORECAST_H
#define CORE_FORECAST_H

#include <core/gates.h>

enum certainty { FORECAST_CERTAIN, FORECAST_EXPECTED, FORECAST_UNDATED, FORECASTS };

struct forecast {
    enum certainty certainty;
    struct date on; /* when it is released; unset: undated */
    struct cents amount;
    enum gate gate; /* the first that is shut today; GATES: none */
};

const char *forecast_name(enum certainty certainty);

/* What rung T of DOSSIER will pay; false: nothing is to come (ordered, closed, or nothing due).
 * PAPER_DUE has the stored due days by paper. A rung never comes before one below it. */
bool forecast_rung(const struct dossier *dossier, unsigned t, const struct date *paper_due,
                   struct date today, struct forecast *out);

/* The first day of the week (Monday), month or year of a day. */
enum period { PERIOD_WEEK, PERIOD_MONTH, PERIOD_YEAR, PERIODS };
struct date forecast_period(enum period period, struct date day);

#endif
