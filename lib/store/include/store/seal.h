/* store/seal.h -- seals over the journal, and the rows they cover. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <store/store.h>

/* 16 bytes a row in journal_seal.marks: its id (big endian) and 8 bytes of its own digest. */
enum { SEAL_MARK = 16, SEAL_MARK_DIGEST = 8 };

struct seal {
    int64_t number; /* from 1; 0: there is none */
    int64_t from_id, last_id, entry_count;
    unsigned char sha256[32];
    const unsigned char *marks;
    size_t marks_length;
};

/* The first seal after NUMBER, its marks in ARENA; out->number is 0 when there is none. */
int store_seal_after(struct store *store, int64_t number, struct arena *arena, struct seal *out);

/* The last one, without its marks. */
int store_seal_last(struct store *store, struct seal *out);
int store_seal_add(struct store *store, const struct seal *seal);

/* How many journal rows no seal covers yet. */
int store_unsealed(struct store *store, int64_t *count);

/* The highest journal id that can be seen, and the transaction before which all those stand that
 * may still bring a lower one. */
int store_journal_horizon(struct store *store, int64_t *last_id, int64_t *horizon);

/* Whether every transaction before HORIZON has ended: no lower id can appear any more. */
int store_journal_settled(struct store *store, int64_t horizon, bool *settled);

/* Rows with ids above AFTER and up to UPTO, ascending, at most MAX: every column, as text, id
 * first. */
int store_journal_rows(struct store *store, int64_t after, int64_t upto, int max,
                       struct store_table **table);

#endif
