#include <base/err.h>
#include <digest/digest.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

int digest_sha256(struct sha256 *out, const void *bytes, size_t length)
{
    unsigned size = 0;

    if (EVP_Digest(bytes, length, out->bytes, &size, EVP_sha256(), NULL) != 1 ||
        size != SHA256_SIZE)
        return err_raise(ERR_LIBRARY, "SHA-256 of %zu bytes failed", length);
    return 0;
}

bool digest_equal(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

static void to_hex(char *out, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

const char *digest_hex(char out[static SHA256_HEX_MAX], const struct sha256 *digest)
{
    to_hex(out, digest->bytes, SHA256_SIZE);
    return out;
}

int digest_random_id(char out[static RANDOM_ID_MAX])
{
    unsigned char bytes[16];

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return err_raise(ERR_LIBRARY, "no random bytes");
    to_hex(out, bytes, sizeof bytes);
    return 0;
}
