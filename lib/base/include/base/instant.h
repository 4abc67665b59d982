/* base/instant.h -- moments, and what the clock on the authority's wall says about them.
 *
 * The zone is the process's (TZ), set by instant_zone() when a configuration is taken into use. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <base/date.h>
#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00Z. */
struct instant {
    int64_t us;
};

struct instant_local {
    struct date date;
    int hour, minute, second;
    int offset_s; /* east of UTC */
};

/* Whether this machine knows the zone NAME ("Europe/Paris"). */
bool instant_zone_known(const char *name);

/* Makes NAME the zone of the process; false when the zone is not known. */
bool instant_zone(const char *name);
struct instant instant_now(void);
struct instant_local instant_to_local(struct instant at);

/* The moment at which the wall shows HOUR:00 on DATE (the first, where there are two). */
struct instant instant_from_local(struct date date, int hour);

/* For waits and ages: never steps, says nothing of the day. */
int64_t monotonic_ms(void);
int64_t monotonic_seconds(void);

#define INSTANT_TEXT_MAX 40

/* "2024-03-29T09:00:00+01:00" (ISO 8601 with offset, as CreDtTm wants it). */
const char *instant_format(char out[static INSTANT_TEXT_MAX], struct instant at);

#endif
