#include <core/target.h>
#include <core/working.h>

/* Month and day. */
static const int FIXED[][2] = { { 1, 1 },  { 5, 1 },  { 5, 8 },   { 7, 14 },
                                { 8, 15 }, { 11, 1 }, { 11, 11 }, { 12, 25 } };

bool working_day(struct date date)
{
    int y, m, d, from_easter;

    if (date_weekday(date) >= 5)
        return false;
    date_to_ymd(date, &y, &m, &d);
    for (unsigned i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        if (m == FIXED[i][0] && d == FIXED[i][1])
            return false;
    from_easter = date_days(target_easter(y), date);
    return from_easter != 1 && from_easter != 39 && from_easter != 50;
}

static bool is_quiet(int minute, int from, int until)
{
    return from < until ? minute >= from && minute < until : minute >= from || minute < until;
}

struct instant working_moment(struct instant at, int quiet_from, int quiet_until)
{
    struct instant_local local = instant_to_local(at);
    int minute = local.hour * 60 + local.minute;
    struct date day = local.date;

    if (quiet_from == quiet_until ||
        (working_day(day) && !is_quiet(minute, quiet_from, quiet_until)))
        return at;
    if (minute >= quiet_until)
        day = date_add_days(day, 1);
    while (!working_day(day))
        day = date_add_days(day, 1);
    at = instant_from_local(day, quiet_until / 60);
    return (struct instant){ at.us + quiet_until % 60 * INT64_C(60000000) };
}
