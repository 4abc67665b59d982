/* store/document.h -- documents by their SHA-256, in parts of 1 MiB. */
#ifndef STORE_DOCUMENT_H
#define STORE_DOCUMENT_H

#include <store/store.h>

enum { DOCUMENT_PART_MAX = 1024 * 1024 };

/* The document of that SHA-256 (32 bytes): *ID, and whether it was there before. A new one has no
 * parts yet. */
int store_document_take(struct store *store, const unsigned char *sha256, int64_t byte_count,
                        int64_t *id, bool *known);
int store_document_part(struct store *store, int64_t id, int number, const void *bytes,
                        size_t length);

/* It came with a fact of KIND about the convention, or about the scheme when CONVENTION is 0. */
int store_document_attach(struct store *store, int64_t id, int64_t scheme, int64_t convention,
                          const char *kind, const char *file_name, struct date on,
                          const char *person);

/* Those of a convention or of a scheme; both NULL: all. */
int store_document_list(struct store *store, const char *convention, const char *scheme,
                        struct store_table **table);

/* One part; *BYTES is in ARENA. STORE_E_NONE: there is no such document or part. */
int store_document_read(struct store *store, const unsigned char *sha256, int number,
                        struct arena *arena, const char **bytes, size_t *length);

#endif
