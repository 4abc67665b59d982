/* Inside this floor: the text of one kind of mail, as it was loaded. */
#ifndef NOTIFY_TEXT_FILE_H
#define NOTIFY_TEXT_FILE_H

#include <notify/letter.h>

struct text_file {
    const struct mail_kind *kind;
    const char *scheme; /* NULL: of all that have none of their own */
    const char *subject;
    const char **lines; /* of the body */
    size_t line_count;
};

/* Finds the next placeholder in *AT: *AT moves behind it, START and LENGTH are what stands before.
 * A field; LETTER_FIELDS: none is left; -1: it is not known, or not closed. */
int text_file_next(const char **at, const char **start, size_t *length);

/* The text for KIND and SCHEME. */
const struct text_file *letters_find(const struct letters *letters, const struct mail_kind *kind,
                                     const char *scheme);

#endif
