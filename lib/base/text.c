#include <base/mem.h>
#include <base/text.h>
#include <stdarg.h>
#include <stdio.h>

static void make_room(struct text *t, size_t more)
{
    if (t->length + more + 1 <= t->room)
        return;
    t->room = (t->length + more + 1) * 2;
    t->s = mem_grow(t->s, t->room, 1);
}

void text_add(struct text *t, const char *bytes, size_t length)
{
    make_room(t, length);
    memcpy(t->s + t->length, bytes, length);
    t->length += length;
    t->s[t->length] = '\0';
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list ap;
    int length;

    va_start(ap, format);
    length = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (length < 0)
        return;
    make_room(t, (size_t)length);
    va_start(ap, format);
    vsnprintf(t->s + t->length, (size_t)length + 1, format, ap);
    va_end(ap);
    t->length += (size_t)length;
}

void text_join(struct text *t, const char *separator, const char *word)
{
    if (t->length)
        text_add(t, separator, strlen(separator));
    text_add(t, word, strlen(word));
}

void text_free(struct text *t)
{
    free(t->s);
    *t = (struct text){ 0 };
}

/* Length of the well-formed sequence at S (Unicode 15, table 3-7), or 0. */
static size_t sequence_length(const unsigned char *s, size_t left)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t n;

    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        n = 2;
    else if (s[0] >= 0xE0 && s[0] <= 0xEF)
        n = 3;
    else if (s[0] >= 0xF0 && s[0] <= 0xF4)
        n = 4;
    else
        return 0;
    if (s[0] == 0xE0)
        low = 0xA0;
    else if (s[0] == 0xED)
        high = 0x9F;
    else if (s[0] == 0xF0)
        low = 0x90;
    else if (s[0] == 0xF4)
        high = 0x8F;
    if (left < n || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xBF)
            return 0;
    return n;
}

bool text_is_utf8(const char *s, size_t length, size_t *bad)
{
    for (size_t at = 0; at < length;) {
        size_t n = sequence_length((const unsigned char *)s + at, length - at);

        if (!n) {
            if (bad)
                *bad = at;
            return false;
        }
        at += n;
    }
    return true;
}

uint32_t text_next(const char **s)
{
    const unsigned char *u = (const unsigned char *)*s;
    uint32_t c = u[0];
    int more = 0, at = 1;

    if (!c)
        return 0;
    if (c >= 0xF0) {
        c &= 0x07;
        more = 3;
    } else if (c >= 0xE0) {
        c &= 0x0F;
        more = 2;
    } else if (c >= 0xC0) {
        c &= 0x1F;
        more = 1;
    }
    for (; at <= more && u[at]; at++)
        c = c << 6 | (u[at] & 0x3F);
    *s += at; /* never past the end, even of bytes that are no letters */
    return c;
}

size_t text_count(const char *s)
{
    size_t n = 0;

    while (*s)
        n += (*s++ & 0xC0) != 0x80;
    return n;
}

/* Marks that turn the direction of writing, or show nothing: a name could look like another. */
static bool is_invisible(uint32_t c)
{
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0x061C;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || is_invisible(c);
}

bool text_has_control(const char *s)
{
    uint32_t c;

    while ((c = text_next(&s)))
        if (is_control(c))
            return true;
    return false;
}

void text_clean(char *s)
{
    const char *next = s;
    uint32_t c;

    for (char *at = s; (c = text_next(&next)); at = s + (next - s))
        if (is_control(c))
            memset(at, ' ', (size_t)(next - at));
}

bool text_to_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
    int64_t v = 0;

    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
            return false;
    }
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

void text_cut(char *s, size_t max)
{
    static const char mark[] = "…";
    size_t at = max - (sizeof mark - 1);

    if (strlen(s) <= max)
        return;
    while (at > 0 && ((unsigned char)s[at] & 0xC0) == 0x80)
        at--;
    memcpy(s + at, mark, sizeof mark);
}

void text_line(char *out, size_t size, const char *source)
{
    size_t length = strlen(source);

    while (length && (unsigned char)source[length - 1] <= ' ')
        length--;
    if (length >= size) {
        length = size - sizeof "…";
        while (length && ((unsigned char)source[length] & 0xC0) == 0x80)
            length--;
        snprintf(out, size, "%.*s…", (int)length, source);
    } else {
        snprintf(out, size, "%.*s", (int)length, source);
    }
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
}

bool text_is_address(const char *s)
{
    const char *domain = strrchr(s, '@');

    for (const char *c = s; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("<>,;:\"()[]\\", *c))
            return false;
    return domain && domain > s && domain[1] && strchr(s, '@') == domain && strlen(s) <= 254;
}
