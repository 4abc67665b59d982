/* store/witness.h -- what can be seen of a database from outside, to know it again: and what a
 * person decided when it was not the same any more. */
#ifndef STORE_WITNESS_H
#define STORE_WITNESS_H

#include <store/store.h>

struct sighting {
    char system[24];      /* system_identifier of its cluster */
    char position[24];    /* of its log; tells a person something, decides nothing */
    int64_t journal_head; /* highest id that can be seen; 0: the journal is empty */
};

int store_sighting(struct store *store, struct sighting *out);

/* Of the COUNT file names those that are neither an order file nor decided about by a person. */
int store_files_unknown(struct store *store, const char *const *names, size_t count,
                        struct arena *arena, const char ***unknown, size_t *unknown_count);

/* Whether a person accepted the database against the witness of this digest. */
int store_witness_overruled(struct store *store, const unsigned char sha256[static 32],
                            bool *overruled);

struct reconciliation {
    const char *decision;  /* accepted, void, adopted, taken, not_taken */
    const char *file_name; /* NULL for accepted */
    const unsigned char *sha256;
    const char *reason, *person;
    struct date on;
};
int store_reconciliation_add(struct store *store, const struct reconciliation *row);

#endif
