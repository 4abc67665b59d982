/* bytes.h -- the bytes of an answer and the encoding they are really in: files state one, and some
 * lie about it (Latin-1 that says UTF-8, and the other way round). */
#ifndef SEPA_BYTES_H
#define SEPA_BYTES_H

#include <sepa/answer.h>

struct bytes {
    const struct answer_source *source;
    const char *encoding; /* for libxml2, whatever the file states; NULL: as it states */
    bool lied;            /* it states another one */
    int error;            /* negative: the source broke */
};

/* Reads the source once to find its encoding: bytes that are UTF-8 are UTF-8; others are what the
 * file states where that is an 8-bit encoding, and ISO-8859-15 where it is not; UTF-16 by its first
 * bytes. Negative when the source breaks. */
int bytes_look(struct bytes *bytes);

/* libxml2's xmlInputReadCallback; ARG is a struct bytes. */
int bytes_read(void *arg, char *buffer, int room);

#endif
