/* scratch.h -- a folder of its own for each test, and files in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Makes it under /tmp; its path. */
const char *scratch_make(void);
void scratch_remove(void);

/* The path of NAME in folder PART of it; valid until four more were asked for. */
const char *scratch_path(const char *part, const char *name);
bool scratch_exists(const char *part, const char *name);

void scratch_put(const char *part, const char *name, const char *body);
/* What stands there as one text that the caller frees; NULL: nothing. */
char *scratch_read(const char *part, const char *name);
/* How many files this process holds open, and how many of its mappings are of files in the folder.
 */
unsigned scratch_open_files(void);
unsigned scratch_mappings(void);
/* It was last written SECONDS ago, or will be. */
void scratch_age(const char *part, const char *name, long seconds);

#endif
