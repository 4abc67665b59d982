#include <base/date.h>
#include <stdio.h>
#include <string.h>

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int date_month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 0000-03-01 to the given day: years begin in March, so that the leap day comes last. */
static int32_t day_number(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int m = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
}

struct date date_from_ymd(int year, int month, int day)
{
    if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > date_month_days(year, month))
        return DATE_NONE;
    return (struct date){ day_number(year, month, day) };
}

void date_to_ymd(struct date date, int *year, int *month, int *day)
{
    int32_t n = date.day;
    int y = (int)(((int64_t)n * 10000 + 14780) / 3652425), m;
    int32_t rest = n - (y * 365 + y / 4 - y / 100 + y / 400);

    if (rest < 0) {
        y--;
        rest = n - (y * 365 + y / 4 - y / 100 + y / 400);
    }
    m = (100 * rest + 52) / 3060;
    *year = y + (m >= 10);
    *month = (m + 2) % 12 + 1;
    *day = rest - (m * 306 + 5) / 10 + 1;
}

struct date date_add_days(struct date date, int days)
{
    return (struct date){ date.day + days };
}

/* MONTHS on, or back when it is negative. */
static void move_months(int *year, int *month, int months)
{
    int m = *month - 1 + months;

    *year += m / 12 - (m % 12 < 0);
    *month = (m % 12 + 12) % 12 + 1;
}

/* DAY, or the last of a month that has none of that number. */
static int clamp_day(int year, int month, int day)
{
    int last = date_month_days(year, month);

    return day < last ? day : last;
}

struct date date_add_months(struct date date, int months)
{
    int y, m, d;

    date_to_ymd(date, &y, &m, &d);
    move_months(&y, &m, months);
    return date_from_ymd(y, m, clamp_day(y, m, d));
}

struct date date_add_span(struct date date, struct span span)
{
    if (span.months)
        date = date_add_months(date, span.months);
    return span.days ? date_add_days(date, span.days) : date;
}

struct date date_earlier(struct date a, struct date b)
{
    if (!date_is_set(a) || !date_is_set(b))
        return date_is_set(a) ? a : b;
    return date_cmp(a, b) <= 0 ? a : b;
}

struct date date_later(struct date a, struct date b)
{
    if (!date_is_set(a))
        return b;
    return date_is_set(b) && date_cmp(b, a) > 0 ? b : a;
}

int date_weekday(struct date date)
{
    return (date.day + 2) % 7; /* 1 March of the year 0 was a Wednesday */
}

bool date_parse(struct date *out, const char *s)
{
    int part[3] = { 0 };

    for (int i = 0; i < 10; i++) {
        bool dash = i == 4 || i == 7;

        if (dash ? s[i] != '-' : s[i] < '0' || s[i] > '9')
            return false;
        if (!dash)
            part[(i > 4) + (i > 7)] = part[(i > 4) + (i > 7)] * 10 + (s[i] - '0');
    }
    if (s[10])
        return false;
    *out = date_from_ymd(part[0], part[1], part[2]);
    return date_is_set(*out);
}

bool span_parse(struct span *out, const char *s)
{
    int n = 0, i = 0;

    for (; s[i] >= '0' && s[i] <= '9' && i < 5; i++)
        n = n * 10 + (s[i] - '0');
    if (!i || n > 18262 || !strchr("dmy", s[i]) || !s[i] || s[i + 1])
        return false;
    if ((s[i] == 'm' && n > 600) || (s[i] == 'y' && n > 50))
        return false;
    *out = (struct span){ 0 };
    if (s[i] == 'd')
        out->days = n;
    else
        out->months = s[i] == 'y' ? n * 12 : n;
    return true;
}

const char *date_format(char out[static DATE_TEXT_MAX], struct date date)
{
    int y, m, d;

    out[0] = '\0';
    if (date_is_set(date)) {
        date_to_ymd(date, &y, &m, &d);
        snprintf(out, DATE_TEXT_MAX, "%04d-%02d-%02d", y, m, d);
    }
    return out;
}

const char *date_format_fr(char out[static DATE_TEXT_MAX], struct date date)
{
    int y, m, d;

    out[0] = '\0';
    if (date_is_set(date)) {
        date_to_ymd(date, &y, &m, &d);
        snprintf(out, DATE_TEXT_MAX, "%02d/%02d/%04d", d, m, y);
    }
    return out;
}
