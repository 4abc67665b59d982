/* sepa/letters.h -- the letters that every bank in SEPA accepts (EPC217-08). */
#ifndef SEPA_LETTERS_H
#define SEPA_LETTERS_H

#include <base/text.h>

/* Appends to OUT what a payment message may carry of UTF-8 text S: a-z A-Z 0-9 / - ? : ( ) . , ' +
 * and the blank.  S is brought to NFC first; accents fall, typographic quotes and dashes become
 * plain ones, other printable characters of Latin scripts a full stop.  Returns how many
 * characters had to be dropped altogether (another script): above zero, the result is not the
 * name any more and must not be sent.  Negative when the library fails. */
int letters_convert(struct text *out, const char *s);

/* True when S is a reference that banks accept: the letters above, no blank or "/" at the start, no
 * "/" at the end, no "//" (EPC230-15), 1 to MAX characters. */
bool letters_is_reference(const char *s, size_t max);

/* What a name or a text of at most MAX characters becomes. 0, or one of the outcomes. */
enum letters_outcome {
    LETTERS_E_EMPTY = 1, /* nothing but blanks is left */
    LETTERS_E_SCRIPT,    /* a character of another script would be lost */
    LETTERS_E_LONG,      /* more than MAX characters after conversion: never cut silently */
};
int letters_fit(struct text *out, const char *s, size_t max);

/* Limits of the SEPA subset: Nm and Ustrd (EPC132-08). */
enum { SEPA_NAME_MAX = 70, SEPA_USTRD_MAX = 140, SEPA_REFERENCE_MAX = 35 };

#endif
