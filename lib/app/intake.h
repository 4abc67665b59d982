/* intake.h -- inside this floor: the bytes of an answer become rows, as a stream. */
#ifndef APP_INTAKE_H
#define APP_INTAKE_H

#include <base/text.h>
#include <sepa/answer.h>
#include <store/answer.h>

/* Reads all of SOURCE into the rows of FILE, which was begun, and fills in FILE; batch by batch,
 * so that memory stays flat. Answers 0, an answer_outcome with WHY, a store_outcome above
 * INTAKE_STORE, or negative. */
enum { INTAKE_STORE = 100 };

int intake_read(struct store *store, const struct answer_source *source, struct arena *arena,
                struct answer_file *file, struct text *why);

#endif
