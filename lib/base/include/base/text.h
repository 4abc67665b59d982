/* base/text.h -- strings that grow, and questions about UTF-8. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string; zero-initialised is empty. `s` is NULL or ends in NUL. */
struct text {
    char *s;
    size_t length;
    size_t room;
};

void text_add(struct text *t, const char *bytes, size_t length);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

/* True when S[0..LENGTH) is well-formed UTF-8; else *BAD is the first wrong byte's offset. */
bool text_is_utf8(const char *s, size_t length, size_t *bad);

/* Reads one code point of well-formed UTF-8 at *S and moves *S behind it; 0 at the end. */
uint32_t text_next(const char **s);

/* Characters (code points), not bytes, of well-formed UTF-8. */
size_t text_count(const char *s);

/* Copies SOURCE into OUT as one line without control characters; what does not fit is cut after a
 * whole character and marked with "…". SIZE is at least 4. */
void text_line(char *out, size_t size, const char *source);

/* True when S has a control character (a line break, a tab, DEL), or a mark that is invisible or
 * turns the direction of writing. */
bool text_has_control(const char *s);

/* Puts blanks in the place of all such characters of well-formed UTF-8. */
void text_clean(char *s);

/* True when S can be a mail address: letters, digits and marks of ASCII that need no quoting, an
 * "@", and as much again; at most 254 (RFC 5321, section 4.5.3.1.3). */
bool text_is_address(const char *s);

/* Cuts well-formed UTF-8 in place to at most MAX bytes, of whole characters, the last one "…". */
void text_cut(char *s, size_t max);

/* Joins words with SEPARATOR into T. */
void text_join(struct text *t, const char *separator, const char *word);

/* Reads the decimal digits of S, all of them, as a number from MIN to MAX. False: not that. */
bool text_to_i64(const char *s, int64_t min, int64_t max, int64_t *out);

#endif
