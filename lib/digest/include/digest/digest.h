/* digest/digest.h -- SHA-256 and random ids, from libcrypto. */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_SIZE 32
struct sha256 {
    unsigned char bytes[SHA256_SIZE];
};

/* Before any other use, in a process that must go on for long: without it, libcrypto that finds no
 * memory the first time it looks for an algorithm fails ever after; with it, the process ends at
 * once (mem.h). */
void digest_use_mem(void);

/* The SHA-256 of LENGTH bytes. Negative when libcrypto fails. */
int digest_sha256(struct sha256 *out, const void *bytes, size_t length);

/* The same in parts: begin, add as often as needed, end (which frees it).  Nothing fails before
 * the end, which is negative when libcrypto failed anywhere. */
struct digest_sum;
struct digest_sum *digest_begin(void);
void digest_add(struct digest_sum *sum, const void *bytes, size_t length);
int digest_end(struct digest_sum *sum, struct sha256 *out);

bool digest_equal(const struct sha256 *a, const struct sha256 *b);

#define SHA256_HEX_MAX (SHA256_SIZE * 2 + 1)

/* Lower-case hexadecimal digits. */
const char *digest_hex(char out[static SHA256_HEX_MAX], const struct sha256 *digest);

/* Reads them back, in either case. False: not 64 such digits. */
bool digest_parse(struct sha256 *out, const char *hex);

#define RANDOM_ID_MAX 33

/* 128 random bits as 32 hexadecimal digits: the name of one process or one request. */
int digest_random_id(char out[static RANDOM_ID_MAX]);

#endif
