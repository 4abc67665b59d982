#include <base/iban.h>
#include <base/mem.h>
#include <base/text.h>
#include <base/tr.h>
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The SEPA countries: shape of the BBAN as in the SWIFT registry (n digits, a capitals, c either;
 * "5n11c" is five digits, then eleven of either), and whether it lies in the EEA. */
static const struct country {
    char code[3];
    bool eea;
    const char *shape;
} COUNTRIES[] = {
    { "AD", false, "8n12c" },   { "AL", false, "8n16c" },    { "AT", true, "16n" },
    { "BE", true, "12n" },      { "BG", true, "4a6n8c" },    { "CH", false, "5n12c" },
    { "CY", true, "8n16c" },    { "CZ", true, "20n" },       { "DE", true, "18n" },
    { "DK", true, "14n" },      { "EE", true, "16n" },       { "ES", true, "20n" },
    { "FI", true, "14n" },      { "FR", true, "10n11c2n" },  { "GB", false, "4a14n" },
    { "GI", false, "4a15c" },   { "GR", true, "7n16c" },     { "HR", true, "17n" },
    { "HU", true, "24n" },      { "IE", true, "4a14n" },     { "IS", true, "22n" },
    { "IT", true, "1a10n12c" }, { "LI", true, "5n12c" },     { "LT", true, "16n" },
    { "LU", true, "3n13c" },    { "LV", true, "4a13c" },     { "MC", false, "10n11c2n" },
    { "MD", false, "20c" },     { "ME", false, "18n" },      { "MK", false, "3n10c2n" },
    { "MT", true, "4a5n18c" },  { "NL", true, "4a10n" },     { "NO", true, "11n" },
    { "PL", true, "24n" },      { "PT", true, "21n" },       { "RO", true, "4a16c" },
    { "RS", false, "18n" },     { "SE", true, "20n" },       { "SI", true, "15n" },
    { "SK", true, "20n" },      { "SM", false, "1a10n12c" }, { "VA", false, "18n" },
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static const struct country *country_find(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(COUNTRIES); i++)
        if (!strncmp(COUNTRIES[i].code, code, 2))
            return &COUNTRIES[i];
    return NULL;
}

/* Walks the shape over the BBAN: 0, or the outcome. */
static int shape_check(const char *shape, const char *bban)
{
    size_t length = 0;
    bool fits = true;

    while (*shape) {
        size_t n = 0;

        while (is_digit(*shape))
            n = n * 10 + (size_t)(*shape++ - '0');
        for (size_t i = 0; i < n; i++, length++) {
            char c = length < strlen(bban) ? bban[length] : '\0';

            fits = fits && (*shape == 'n'   ? is_digit(c)
                            : *shape == 'a' ? is_capital(c)
                                            : is_digit(c) || is_capital(c));
        }
        shape++;
    }
    if (length != strlen(bban))
        return IBAN_E_LENGTH;
    return fits ? 0 : IBAN_E_SHAPE;
}

/* ISO 7064 mod 97-10 over the rearranged IBAN, letters counting 10 to 35. */
static int mod97(const char *iban)
{
    size_t length = strlen(iban);
    int rest = 0;

    for (size_t i = 0; i < length; i++) {
        char c = iban[(i + 4) % length];

        rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    }
    return rest;
}

/* The value of N characters of the account, letters as the RIB key counts them:
 * A,J=1 B,K,S=2 C,L,T=3 ... I,R,Z=9 (the third row starts at 2). */
static uint64_t rib_number(const char *s, int n)
{
    uint64_t v = 0;

    for (int i = 0; i < n; i++) {
        char c = s[i];
        int digit = is_digit(c) ? c - '0'
                    : c < 'J'   ? c - 'A' + 1
                    : c < 'S'   ? c - 'J' + 1
                                : c - 'S' + 2;

        v = v * 10 + (uint64_t)digit;
    }
    return v;
}

static bool rib_key_fits(const char *bban)
{
    uint64_t sum =
        89 * rib_number(bban, 5) + 15 * rib_number(bban + 5, 5) + 3 * rib_number(bban + 10, 11);

    return rib_number(bban + 21, 2) == 97 - sum % 97;
}

int iban_parse(struct iban *out, const char *s)
{
    char compact[IBAN_MAX + 1];
    const struct country *country;
    size_t n = 0;
    int r;

    for (; *s; s++) {
        char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;

        if (c == ' ')
            continue;
        if (!is_digit(c) && !is_capital(c))
            return IBAN_E_LETTER;
        if (n == IBAN_MAX)
            return IBAN_E_LENGTH;
        compact[n++] = c;
    }
    compact[n] = '\0';
    if (!n)
        return IBAN_E_EMPTY;
    if (n < 5)
        return IBAN_E_LENGTH;
    country = country_find(compact);
    if (!country)
        return IBAN_E_COUNTRY;
    if (!is_digit(compact[2]) || !is_digit(compact[3]))
        return IBAN_E_SHAPE;
    r = shape_check(country->shape, compact + 4);
    if (r)
        return r;
    /* Check digits 00, 01 and 99 are never given out, though 99 or 01 may satisfy mod 97. */
    if (mod97(compact) != 1 || !strncmp(compact + 2, "00", 2) || !strncmp(compact + 2, "01", 2) ||
        !strncmp(compact + 2, "99", 2))
        return IBAN_E_CHECKSUM;
    if ((!strncmp(compact, "FR", 2) || !strncmp(compact, "MC", 2)) && !rib_key_fits(compact + 4))
        return IBAN_E_RIB_KEY;
    memcpy(out->s, compact, n + 1);
    return 0;
}

const char *iban_outcome_text(int outcome)
{
    switch (outcome) {
    case IBAN_E_EMPTY:
        return N_("the IBAN is empty");
    case IBAN_E_LETTER:
        return N_("the IBAN has a character other than letters, digits and blanks");
    case IBAN_E_COUNTRY:
        return N_("the IBAN's country is unknown or outside SEPA");
    case IBAN_E_LENGTH:
        return N_("the IBAN has not the length of its country");
    case IBAN_E_SHAPE:
        return N_("the IBAN has letters and digits in the wrong places for its country");
    case IBAN_E_CHECKSUM:
        return N_("the IBAN fails its checksum (mod 97)");
    case IBAN_E_RIB_KEY:
        return N_("the IBAN's RIB key is wrong");
    default:
        return N_("the IBAN is not valid");
    }
}

bool iban_in_eea(const struct iban *iban)
{
    const struct country *country = country_find(iban->s);

    return country && country->eea;
}

const char *iban_mask(char out[static IBAN_MASK_MAX], const char *iban)
{
    size_t n = strlen(iban);

    if (n < 8)
        snprintf(out, IBAN_MASK_MAX, "••••");
    else
        snprintf(out, IBAN_MASK_MAX, "%.4s •••• •••• %s", iban, iban + n - 4);
    return out;
}

bool bic_parse(struct bic *out, const char *s)
{
    size_t n = strlen(s);

    if (n != 8 && n != BIC_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!is_capital(s[i]) && (!is_digit(s[i]) || i == 4 || i == 5))
            return false;
    memcpy(out->s, s, n + 1);
    return true;
}

bool bic_fits_iban(const struct bic *bic, const struct iban *iban)
{
    static const char french[] = "FR GP MQ GF RE PM YT BL MF PF NC WF TF MC";

    if (!strncmp(bic->s + 4, iban->s, 2))
        return true;
    if (strncmp(iban->s, "FR", 2) != 0 && strncmp(iban->s, "MC", 2) != 0)
        return false;
    for (const char *c = french; *c; c += c[2] ? 3 : 2)
        if (!strncmp(c, bic->s + 4, 2))
            return true;
    return false;
}

/* The length of the blank with which S begins, one that may break or not; 0: it is none. */
static size_t blank_at(const char *s)
{
    static const char *const blanks[] = { " ", "\u00a0", "\u202f" };

    for (size_t i = 0; i < ARRAY_LEN(blanks); i++)
        if (!strncmp(s, blanks[i], strlen(blanks[i])))
            return strlen(blanks[i]);
    return 0;
}

/* The length of the IBAN with which S begins, its blanks included, and the IBAN; 0: none. */
static size_t iban_at(const char *s, struct iban *iban)
{
    char letters[IBAN_MAX + 1];
    struct iban found;
    size_t n = 0, end = 0;

    for (size_t i = 0; s[i] && n < IBAN_MAX; i++) {
        if (!isalnum((unsigned char)s[i])) {
            size_t blank = blank_at(s + i);

            if (!blank)
                break;
            i += blank - 1;
            continue;
        }
        letters[n++] = s[i];
        letters[n] = '\0';
        if (n >= 15 && !isalnum((unsigned char)s[i + 1]) && iban_parse(&found, letters) == 0) {
            *iban = found;
            end = i + 1;
        }
    }
    return end;
}

void iban_hide(struct text *out, const char *s)
{
    bool inside = false; /* a word */

    text_add(out, "", 0);
    while (*s) {
        struct iban iban = { 0 };
        char mask[IBAN_MASK_MAX];
        size_t n = inside || !isalpha((unsigned char)*s) ? 0 : iban_at(s, &iban);

        if (n) {
            iban_mask(mask, iban.s);
            text_add(out, mask, strlen(mask));
            s += n;
            continue;
        }
        inside = isalnum((unsigned char)*s);
        text_add(out, s++, 1);
    }
}
