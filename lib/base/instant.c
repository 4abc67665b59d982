#include <base/instant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool instant_zone_known(const char *name)
{
    char path[256];

    /* tzset() takes an unknown name for UTC in silence, so look for the zone's file. */
    if (!*name || strstr(name, "..") ||
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name) >= (int)sizeof path)
        return false;
    return !strcmp(name, "UTC") || access(path, R_OK) == 0;
}

bool instant_zone(const char *name)
{
    if (!instant_zone_known(name))
        return false;
    setenv("TZ", name, 1);
    tzset();
    return true;
}

struct instant instant_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (struct instant){ (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 };
}

int64_t monotonic_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t monotonic_seconds(void)
{
    return monotonic_ms() / 1000;
}

struct instant_local instant_to_local(struct instant at)
{
    time_t t = (time_t)(at.us / 1000000 - (at.us % 1000000 < 0));
    struct tm tm;

    localtime_r(&t, &tm);
    return (struct instant_local){
        .date = date_from_ymd(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday),
        .hour = tm.tm_hour,
        .minute = tm.tm_min,
        .second = tm.tm_sec,
        .offset_s = (int)tm.tm_gmtoff,
    };
}

struct instant instant_from_local(struct date date, int hour)
{
    struct tm tm = { .tm_hour = hour, .tm_isdst = -1 };
    int y, m, d;

    date_to_ymd(date, &y, &m, &d);
    tm.tm_year = y - 1900;
    tm.tm_mon = m - 1;
    tm.tm_mday = d;
    return (struct instant){ (int64_t)mktime(&tm) * 1000000 };
}

const char *instant_format(char out[static INSTANT_TEXT_MAX], struct instant at)
{
    struct instant_local l = instant_to_local(at);
    char date[DATE_TEXT_MAX];
    int offset = abs(l.offset_s) / 60;

    snprintf(out, INSTANT_TEXT_MAX, "%sT%02d:%02d:%02d%c%02d:%02d", date_format(date, l.date),
             l.hour, l.minute, l.second, l.offset_s < 0 ? '-' : '+', offset / 60, offset % 60);
    return out;
}
