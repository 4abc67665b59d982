/* mail/message.h -- one mail as bytes (RFC 5322, MIME), made by GMime. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <base/instant.h>
#include <base/text.h>

struct message {
    const char *from, *from_name; /* address; name, in any letters */
    const char *to;
    const char *subject;    /* in any letters, one line */
    const char *message_id; /* without brackets */
    struct instant date;
    const char *body, *html; /* UTF-8 */
    const char *calendar;    /* iCalendar, attached as tranched.ics; NULL or "": none */
    struct message_header {
        const char *name, *value;
    } headers[8]; /* for filters; without a name or a value there is none */
};

/* Appends MESSAGE with CRLF to OUT: the same message, the same bytes.  A text with a line break
 * where none may be gives ERR_LIBRARY. */
int message_write(const struct message *message, struct text *out);

#endif
