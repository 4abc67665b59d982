#include "bytes.h"
#include <base/err.h>
#include <string.h>
#include <strings.h>

#define UTF8_MARK "\xef\xbb\xbf"

enum { LOOK = 65536, FIRST = 256 };

int bytes_read(void *arg, char *buffer, int room)
{
    struct bytes *bytes = arg;
    int n = bytes->source->read(bytes->source->arg, buffer, room);

    if (n < 0)
        bytes->error = n;
    return n;
}

/* Whether all that follows is UTF-8, and whether it is plain ASCII; FIRST gets the first bytes. */
static int look_utf8(struct bytes *bytes, char first[static FIRST], bool *utf8, bool *plain)
{
    char buffer[LOOK + 4];
    size_t carried = 0, bad = 0, seen = 0;
    int n;

    *utf8 = *plain = true;
    while ((n = bytes_read(bytes, buffer + carried, LOOK)) > 0) {
        size_t length = carried + (size_t)n;

        if (seen < FIRST - 1) {
            size_t more = (size_t)n < FIRST - 1 - seen ? (size_t)n : FIRST - 1 - seen;

            memcpy(first + seen, buffer + carried, more);
            seen += more;
        }
        carried = 0;
        for (size_t i = 0; *plain && i < length; i++)
            *plain = (unsigned char)buffer[i] < 0x80;
        if (*utf8 && !text_is_utf8(buffer, length, &bad)) {
            carried = length - bad; /* perhaps a character that was cut by the end of the block */
            if (carried > 3) {
                *utf8 = false;
                carried = 0;
            } else
                memmove(buffer, buffer + bad, carried);
        }
    }
    if (carried)
        *utf8 = false;
    return n < 0 ? err_trace(n) : 0;
}

/* The name after encoding= in the XML declaration; "" without. */
static void stated(const char *first, char out[static 32])
{
    const char *at = strstr(first, "encoding");
    size_t n;

    out[0] = '\0';
    if (strncmp(first + (strncmp(first, UTF8_MARK, 3) ? 0 : 3), "<?xml", 5) != 0 || !at ||
        at > strstr(first, "?>"))
        return;
    at += strcspn(at, "\"'");
    if (!*at)
        return;
    n = strcspn(at + 1, "\"'");
    if (n < 32) {
        memcpy(out, at + 1, n);
        out[n] = '\0';
    }
}

/* Encodings of one byte a character, in which any bytes can be text. */
static bool is_8_bit(const char *name)
{
    return !strncasecmp(name, "ISO-8859-", 9) || !strncasecmp(name, "ISO_8859-", 9) ||
           !strncasecmp(name, "windows-125", 11) || !strncasecmp(name, "cp125", 5) ||
           !strcasecmp(name, "latin1");
}

/* The mark at the start of UTF-8, which libxml2 would take for text when it is told the encoding.
 */
static int skip_mark(struct bytes *bytes, const char *first)
{
    char mark[3];
    int n = 0, got;

    while (!strncmp(first, UTF8_MARK, 3) && n < 3) {
        got = bytes_read(bytes, mark, 3 - n);
        if (got <= 0)
            return got < 0 ? err_trace(got) : 0;
        n += got;
    }
    return 0;
}

int bytes_look(struct bytes *bytes)
{
    char first[FIRST] = "", name[32];
    bool utf8, plain;
    int r = look_utf8(bytes, first, &utf8, &plain);

    if (!r)
        r = bytes->source->restart(bytes->source->arg);
    if (r)
        return err_trace(r);
    if (!memcmp(first, "\xfe\xff", 2) || !memcmp(first, "\xff\xfe", 2) || !first[0] || !first[1])
        return 0; /* UTF-16, or nothing that is XML */
    stated(first, name);
    if (utf8) {
        bytes->encoding = "UTF-8";
        bytes->lied =
            !plain && *name && strcasecmp(name, "UTF-8") != 0 && strcasecmp(name, "UTF8") != 0;
    } else if (!is_8_bit(name)) {
        bytes->encoding = "ISO-8859-15";
        bytes->lied = true;
    }
    return skip_mark(bytes, first);
}
