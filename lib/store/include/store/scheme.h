/* store/scheme.h -- schemes and their kept sums. */
#ifndef STORE_SCHEME_H
#define STORE_SCHEME_H

#include <core/scheme.h>
#include <store/store.h>

struct scheme_sums {
    struct cents envelope, awarded, ordered;
};

/* How the row is taken: not at all, against changes, or to change it. */
enum scheme_lock { SCHEME_READ, SCHEME_SHARE, SCHEME_UPDATE };

/* Stores a checked scheme and its sums; sets scheme->id. STORE_E_EXISTS: the code is taken. */
int store_scheme_insert(struct store *store, struct scheme *scheme, const char *source);

/* Loads the scheme into ARENA, its row locked as LOCK says. STORE_E_NONE: no such code. */
int store_scheme_load(struct store *store, const char *code, enum scheme_lock lock,
                      struct arena *arena, struct scheme **schemep);
int store_scheme_load_id(struct store *store, int64_t id, enum scheme_lock lock,
                         struct arena *arena, struct scheme **schemep);

int store_scheme_sums(struct store *store, int64_t id, struct scheme_sums *out);

/* Records receipt, publication and end of appeals (unset ones become unset); every convention of
 * the scheme that is not over is looked at again from ON. */
int store_scheme_decision(struct store *store, const struct scheme *scheme, struct date on);

int store_scheme_list(struct store *store, struct store_table **table);
int store_scheme_show(struct store *store, const char *code, struct store_table **table);
int store_scheme_rungs(struct store *store, int64_t id, struct store_table **table);
int store_scheme_papers(struct store *store, int64_t id, struct store_table **table);

#endif
