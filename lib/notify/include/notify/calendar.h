/* notify/calendar.h -- days as a calendar that people's programs read (iCalendar, RFC 5545). */
#ifndef NOTIFY_CALENDAR_H
#define NOTIFY_CALENDAR_H

#include <base/instant.h>
#include <base/text.h>

/* A whole day. UID is the same each time the same thing is told, so that it is replaced. */
struct calendar_event {
    const char *uid, *summary, *description;
    struct date on;
};

/* Appends a calendar called NAME with COUNT events to OUT, with CRLF.  Of two, programs keep the
 * one written later, which AT says. */
void calendar_write(struct text *out, const char *name, const struct calendar_event *events,
                    size_t count, struct instant at);

#endif
