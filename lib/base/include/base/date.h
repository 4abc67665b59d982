/* base/date.h -- calendar days in the proleptic Gregorian calendar.
 *
 * A date has no hour and no zone.  Months are civil months: the day of the month is kept, and
 * stops at the end of a shorter month (31 August + 6 months is 28 or 29 February), always counted
 * from the same first day, so that 31 August + 12 months is 31 August again. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* Days since 1 March of the year 0; zero-initialised is "no date". */
struct date {
    int32_t day;
};
#define DATE_NONE ((struct date){ 0 })

/* A span of whole months or of days; one of the two is zero. */
struct span {
    int32_t months;
    int32_t days;
};

/* The years that are kept: outside, nothing of ours can lie. */
enum { DATE_YEAR_MIN = 1900, DATE_YEAR_MAX = 2999 };

struct date date_from_ymd(int year, int month, int day); /* DATE_NONE when there is no such day */
void date_to_ymd(struct date date, int *year, int *month, int *day);
static inline bool date_is_set(struct date date)
{
    return date.day != 0;
}

/* < 0, 0, > 0; both set. */
static inline int date_cmp(struct date a, struct date b)
{
    return (a.day > b.day) - (a.day < b.day);
}

/* Days from A to B. */
static inline int date_days(struct date a, struct date b)
{
    return b.day - a.day;
}
struct date date_add_days(struct date date, int days);
struct date date_add_months(struct date date, int months); /* DATE_NONE outside the years above */
struct date date_add_span(struct date date, struct span span);
struct date date_earlier(struct date a, struct date b); /* an unset one is later than any */
struct date date_later(struct date a, struct date b);   /* an unset one is earlier than any */
int date_month_days(int year, int month);
int date_weekday(struct date date); /* 0 Monday .. 6 Sunday */

/* Reads "YYYY-MM-DD", whole; false when it is not that, or no such day. */
bool date_parse(struct date *out, const char *s);

/* Reads "3m", "2y", "30d": a number and a unit, fifty years at most. */
bool span_parse(struct span *out, const char *s);

#define DATE_TEXT_MAX 16

/* "2024-03-29", or "" when unset. */
const char *date_format(char out[static DATE_TEXT_MAX], struct date date);

/* "29/03/2024", as French staff reads it; "" when unset. */
const char *date_format_fr(char out[static DATE_TEXT_MAX], struct date date);

#endif
