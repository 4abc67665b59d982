/* conf/scheme_file.h -- a call for projects, as its small libconfig file says it.
 *
 * Closed lists of words; a word of the vocabulary that is not built yet is refused by name and
 * line, and so is one that nobody knows. Sums and shares are strings. */
#ifndef CONF_SCHEME_FILE_H
#define CONF_SCHEME_FILE_H

#include <conf/faults.h>
#include <core/scheme.h>

/* Reads LENGTH bytes of a scheme file into OUT, strings into faults->arena. True: no fault. */
bool scheme_file_read(struct scheme *out, const char *bytes, size_t length, struct faults *faults);

#endif
