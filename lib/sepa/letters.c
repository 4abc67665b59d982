#include <base/err.h>
#include <base/mem.h>
#include <sepa/letters.h>
#include <unictype.h>
#include <uninorm.h>

static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "/-?:().,'+ ";

/* Typographic signs stand in no bank's table; they become the plain ones first (U+2018 ...). */
static const struct {
    uint32_t from;
    const char *to;
} SIGNS[] = {
    { 0x2018, "'" },
    { 0x2019, "'" },
    { 0x201A, "'" },
    { 0x02BC, "'" },
    { 0x2032, "'" },
    { 0x201C, "." },
    { 0x201D, "." },
    { 0x201E, "." },
    { 0x2010, "-" },
    { 0x2011, "-" },
    { 0x2012, "-" },
    { 0x2013, "-" },
    { 0x2014, "-" },
    { 0x2015, "-" },
    { 0x2026, "..." },
    { 0x00A0, " " },
    { 0x202F, " " },
    { 0x2009, " " },
    { 0x20AC, "E" },
    { 0x00AD, "" },
    /* EPC217-08, conversion table */
    { '_', "-" },
    { '~', "-" },
    { '[', "(" },
    { '{', "(" },
    { ']', ")" },
    { '}', ")" },
    { '|', "/" },
    { '\\', "/" },
    { '`', "'" },
    { ';', "," },
    { '&', "+" },
    { 0x0152, "O" },
    { 0x0153, "o" },
    { 0x00C6, "A" },
    { 0x00E6, "a" },
    { 0x00DF, "s" },
    { 0x00D8, "O" },
    { 0x00F8, "o" },
    { 0x0141, "L" },
    { 0x0142, "l" },
    { 0x0110, "D" },
    { 0x0111, "d" },
    { 0x00D0, "D" },
    { 0x00F0, "d" },
    { 0x00DE, "T" },
    { 0x00FE, "t" },
    { 0x0131, "i" },
    { 0x00AA, "a" },
    { 0x00BA, "o" },
};

static const char *sign(uint32_t c)
{
    for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++)
        if (SIGNS[i].from == c)
            return SIGNS[i].to;
    return NULL;
}

/* The letter under C's accents, or 0. */
static char base_letter(uint32_t c)
{
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];

    while (c >= 0x80) {
        if (uc_canonical_decomposition(c, parts) < 1)
            return '\0';
        c = parts[0];
    }
    return strchr(PLAIN, (int)c) ? (char)c : '\0';
}

/* Appends one character converted; false when it had to be dropped. */
static bool convert_one(struct text *out, uint32_t c)
{
    const char *to = sign(c);
    char letter;

    if (to) {
        text_add(out, to, strlen(to));
        return true;
    }
    letter = base_letter(c);
    if (!letter && (uc_is_general_category(c, UC_LETTER) || uc_is_general_category(c, UC_MARK)))
        return false;
    text_add(out, letter ? &letter : c < 0x20 ? " " : ".", 1);
    return true;
}

int letters_convert(struct text *out, const char *s)
{
    size_t length;
    CLEANUP(mem_freep) char *nfc = NULL;
    CLEANUP(mem_freep)
    uint8_t *raw = u8_normalize(UNINORM_NFC, (const uint8_t *)s, strlen(s), NULL, &length);
    const char *at;
    uint32_t c;
    int dropped = 0;

    if (!raw && *s)
        return err_raise(ERR_LIBRARY, "text cannot be normalised");
    nfc = mem_new(length + 1, 1);
    if (raw)
        memcpy(nfc, raw, length);
    text_add(out, "", 0);
    for (at = nfc; (c = text_next(&at));)
        dropped += !convert_one(out, c);
    return dropped;
}

bool letters_is_reference(const char *s, size_t max)
{
    size_t n = strlen(s);

    return n >= 1 && n <= max && strspn(s, PLAIN) == n && s[0] != ' ' && s[0] != '/' &&
           s[n - 1] != '/' && !strstr(s, "//");
}

int letters_fit(struct text *out, const char *s, size_t max)
{
    size_t before = out->length;
    int dropped = letters_convert(out, s);

    if (dropped < 0)
        return err_trace(dropped);
    if (dropped > 0)
        return LETTERS_E_SCRIPT;
    if (out->s[before + strspn(out->s + before, " .")] == '\0')
        return LETTERS_E_EMPTY;
    return out->length - before > max ? LETTERS_E_LONG : 0;
}
