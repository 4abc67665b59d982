#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <digest/digest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

static void *crypto_bytes(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return mem_bytes(size);
}

static void *crypto_resize(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!size) { /* libcrypto's word for free() */
        free(old);
        return NULL;
    }
    return mem_resize(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

void digest_use_mem(void)
{
    if (CRYPTO_set_mem_functions(crypto_bytes, crypto_resize, crypto_free) != 1)
        log_warning("libcrypto has allocated already: its memory stays its own");
}

int digest_sha256(struct sha256 *out, const void *bytes, size_t length)
{
    unsigned size = 0;

    if (EVP_Digest(bytes, length, out->bytes, &size, EVP_sha256(), NULL) != 1 ||
        size != SHA256_SIZE)
        return err_raise(ERR_LIBRARY, "SHA-256 of %zu bytes failed", length);
    return 0;
}

struct digest_sum {
    EVP_MD_CTX *context;
    bool failed;
};

struct digest_sum *digest_begin(void)
{
    struct digest_sum *sum = mem_new(1, sizeof *sum);

    sum->context = EVP_MD_CTX_new();
    sum->failed = !sum->context || EVP_DigestInit_ex(sum->context, EVP_sha256(), NULL) != 1;
    return sum;
}

void digest_add(struct digest_sum *sum, const void *bytes, size_t length)
{
    sum->failed = sum->failed || EVP_DigestUpdate(sum->context, bytes, length) != 1;
}

int digest_end(struct digest_sum *sum, struct sha256 *out)
{
    bool failed = sum->failed || EVP_DigestFinal_ex(sum->context, out->bytes, NULL) != 1;

    EVP_MD_CTX_free(sum->context);
    free(sum);
    return failed ? err_raise(ERR_LIBRARY, "SHA-256 in parts failed") : 0;
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

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool digest_parse(struct sha256 *out, const char *hex)
{
    if (strlen(hex) != SHA256_HEX_MAX - 1)
        return false;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

int digest_random_id(char out[static RANDOM_ID_MAX])
{
    unsigned char bytes[16];

    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return err_raise(ERR_LIBRARY, "no random bytes");
    to_hex(out, bytes, sizeof bytes);
    return 0;
}
