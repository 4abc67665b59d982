#include <core/target.h>

struct date target_easter(int year)
{
    /* The Gregorian computus as Butcher gave it in 1876: golden number, century corrections. */
    int a = year % 19, b = year / 100, c = year % 100;
    int d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
    int f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;

    return date_from_ymd(year, f / 31, f % 31 + 1);
}

bool target_is_open(struct date date)
{
    int y, m, d, from_easter;

    if (date_weekday(date) >= 5)
        return false;
    date_to_ymd(date, &y, &m, &d);
    if ((m == 1 && d == 1) || (m == 5 && d == 1) || (m == 12 && (d == 25 || d == 26)))
        return false;
    from_easter = date_days(target_easter(y), date);
    return from_easter != -2 && from_easter != 1;
}

struct date target_next(struct date date)
{
    while (!target_is_open(date))
        date = date_add_days(date, 1);
    return date;
}
