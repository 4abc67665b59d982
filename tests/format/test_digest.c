/* SHA-256 by the examples of FIPS 180-4, in parts, and as digits. */
#include "suite.h"
#include <base/mem.h>
#include <digest/digest.h>

static const char ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char EMPTY[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void check(const void *bytes, size_t length, const char *wanted)
{
    struct sha256 whole, parts;
    char hex[SHA256_HEX_MAX];
    struct digest_sum *sum = digest_begin();

    ck_assert_int_eq(digest_sha256(&whole, bytes, length), 0);
    ck_assert_str_eq(digest_hex(hex, &whole), wanted);
    for (size_t i = 0; i < length; i++)
        digest_add(sum, (const char *)bytes + i, 1);
    ck_assert_int_eq(digest_end(sum, &parts), 0);
    ck_assert(digest_equal(&whole, &parts));
}

START_TEST(known_bytes_have_known_digests)
{
    check("", 0, EMPTY);
    check("abc", 3, ABC);
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST(digits_are_read_back_in_either_case)
{
    static const char upper[] = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    struct sha256 lower_read, upper_read, empty;

    ck_assert(digest_parse(&lower_read, ABC));
    ck_assert(digest_parse(&upper_read, upper));
    ck_assert(digest_equal(&lower_read, &upper_read));
    ck_assert(digest_parse(&empty, EMPTY));
    ck_assert(!digest_equal(&lower_read, &empty));
}
END_TEST

START_TEST(what_is_no_digest_is_refused)
{
    static const char odd[] = { '/', ':', '@', 'G', '`', 'g', ' ', '\n', 'z' };
    struct sha256 out;
    char hex[SHA256_HEX_MAX + 1];

    ck_assert(!digest_parse(&out, ""));
    memcpy(hex, ABC, sizeof ABC);
    hex[63] = '\0';
    ck_assert(!digest_parse(&out, hex)); /* one too few */
    memcpy(hex, ABC, sizeof ABC);
    hex[64] = '0';
    hex[65] = '\0';
    ck_assert(!digest_parse(&out, hex)); /* one too many */
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        for (size_t at = 30; at < 32; at++) {
            memcpy(hex, ABC, sizeof ABC);
            hex[at] = odd[i];
            ck_assert_msg(!digest_parse(&out, hex), "\"%c\" is taken", odd[i]);
        }
}
END_TEST

START_TEST(random_ids_differ)
{
    char one[RANDOM_ID_MAX], other[RANDOM_ID_MAX];

    ck_assert_int_eq(digest_random_id(one), 0);
    ck_assert_int_eq(digest_random_id(other), 0);
    ck_assert_uint_eq(strlen(one), RANDOM_ID_MAX - 1);
    ck_assert_uint_eq(strspn(one, "0123456789abcdef"), RANDOM_ID_MAX - 1);
    ck_assert_str_ne(one, other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digest");
    TCase *c = suite_case(suite, "digest");

    tcase_add_test(c, known_bytes_have_known_digests);
    tcase_add_test(c, digits_are_read_back_in_either_case);
    tcase_add_test(c, what_is_no_digest_is_refused);
    tcase_add_test(c, random_ids_differ);
    return run_suite(suite);
}
