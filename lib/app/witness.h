/* witness.h -- inside this floor: what the witness says, for those who decide about it. */
#ifndef APP_WITNESS_H
#define APP_WITNESS_H

#include "call.h"
#include <spool/note.h>
#include <store/seal.h>
#include <store/witness.h>

/* The name of a note about this database: WHAT-schema-kind. */
enum { NOTE_NAME_MAX = 100 };
void note_name(const struct app *app, const char *what, char out[static NOTE_NAME_MAX]);

/* The text of the last witness at PLACE; empty when there is none. */
int witness_read(struct app *app, enum spool_note_place place, struct text *text);

/* What was last seen says against the database, into WHY; empty when all fits, or a person accepted
 * that it does not.  In a transaction. */
int witness_against(struct app *app, struct text *why);

/* Whether no witness is here of a database that was led before, and nobody accepted that; DIGEST is
 * what a person overrules. */
int witness_missing(struct app *app, struct sha256 *digest, bool *missing);

/* Our names in the archive that the database does not know and nobody decided about. */
int witness_unknown(struct app *app, struct arena *arena, const char ***names, size_t *count);

#endif
