/* spool/unzip.h -- the files inside a ZIP, one after the other, as a stream. */
#ifndef SPOOL_UNZIP_H
#define SPOOL_UNZIP_H

#include <base/text.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether BYTES begin as a ZIP does. */
bool is_zip(const char *bytes, size_t length);

enum unzip_outcome {
    UNZIP_E_BROKEN = 1, /* not a ZIP that can be read, or cut short */
    UNZIP_E_MANY,       /* more than 1 000 files */
};

/* What is done with each file: begin() with its name, part() with its bytes in turn, end(). What
 * they answer other than 0 ends it and is answered. */
struct unzip_sink {
    int (*begin)(void *arg, const char *name);
    int (*part)(void *arg, const void *bytes, size_t length);
    int (*end)(void *arg);
    void *arg;
};

/* Every regular file in the ZIP; WHY says what is wrong with it. */
int unzip(const char *bytes, size_t length, const struct unzip_sink *sink, struct text *why);

#endif
