#include <base/money.h>
#include <stdio.h>
#include <string.h>

int cents_add(struct cents *sum, struct cents a, struct cents b)
{
    int64_t v;

    if (__builtin_add_overflow(a.v, b.v, &v) || v < 0 || v > MONEY_MAX.v)
        return MONEY_E_RANGE;
    sum->v = v;
    return 0;
}

int cents_sub(struct cents *rest, struct cents a, struct cents b)
{
    if (b.v > a.v || b.v < 0)
        return MONEY_E_RANGE;
    rest->v = a.v - b.v;
    return 0;
}

struct cents cents_share(struct cents grant, struct share share)
{
    /* 10^12 x 10^6 stays below 2^63, so the product is exact; the division rounds down. */
    return (struct cents){ grant.v * share.e4 / SHARE_WHOLE.e4 };
}

/* Digits, and after a dot at most PLACES more, as a whole number of 10^-PLACES. */
static int decimal_parse(int64_t *out, const char *s, int places, int64_t max)
{
    int64_t v = 0;
    int after = -1;

    if (*s < '0' || *s > '9')
        return MONEY_E_SYNTAX;
    for (; *s; s++) {
        if (*s == '.' && after < 0) {
            after = 0;
            if (s[1] < '0' || s[1] > '9')
                return MONEY_E_SYNTAX;
            continue;
        }
        if (*s < '0' || *s > '9')
            return MONEY_E_SYNTAX;
        if (after >= 0 && ++after > places) {
            /* Say that it is too fine only when the rest is a number at all. */
            return s[strspn(s, "0123456789")] ? MONEY_E_SYNTAX : MONEY_E_SCALE;
        }
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
            return MONEY_E_RANGE;
    }
    for (after = after < 0 ? 0 : after; after < places; after++)
        if (__builtin_mul_overflow(v, 10, &v))
            return MONEY_E_RANGE;
    if (v > max)
        return MONEY_E_RANGE;
    *out = v;
    return 0;
}

int cents_parse(struct cents *out, const char *s)
{
    return decimal_parse(&out->v, s, 2, MONEY_MAX.v);
}

int share_parse(struct share *out, const char *s)
{
    int64_t v;
    int r = decimal_parse(&v, s, 4, SHARE_WHOLE.e4);

    if (!r)
        out->e4 = (int32_t)v;
    return r;
}

const char *cents_format(char out[static CENTS_TEXT_MAX], struct cents c)
{
    snprintf(out, CENTS_TEXT_MAX, "%lld.%02lld", (long long)(c.v / 100), (long long)(c.v % 100));
    return out;
}

const char *cents_format_local(char out[static CENTS_TEXT_MAX], struct cents c, char point)
{
    static const char space[] = "\u202f";
    char digits[24], *at = out;
    int n = snprintf(digits, sizeof digits, "%lld", (long long)(c.v / 100));

    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            memcpy(at, space, sizeof space - 1);
            at += sizeof space - 1;
        }
        *at++ = digits[i];
    }
    snprintf(at, (size_t)(out + CENTS_TEXT_MAX - at), "%c%02lld", point, (long long)(c.v % 100));
    return out;
}
