/* digest/digest.h -- SHA-256 and random ids, from libcrypto. */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_SIZE 32
struct sha256 {
    unsigned char bytes[SHA256_SIZE];
};

/* The SHA-256 of LENGTH bytes. Negative when libcrypto fails. */
int digest_sha256(struct sha256 *out, const void *bytes, size_t length);

bool digest_equal(const struct sha256 *a, const struct sha256 *b);

#define SHA256_HEX_MAX (SHA256_SIZE * 2 + 1)

/* Lower-case hexadecimal digits. */
const char *digest_hex(char out[static SHA256_HEX_MAX], const struct sha256 *digest);

#define RANDOM_ID_MAX 33

/* 128 random bits as 32 hexadecimal digits: the name of one process or one request. */
int digest_random_id(char out[static RANDOM_ID_MAX]);

#endif
