/* base/iban.h -- IBAN and BIC: what can be known about them without asking a bank.
 *
 * Sources: ISO 13616 and the SWIFT registry (lengths and shapes), ISO 7064 (mod 97-10), the French
 * RIB key, ISO 9362 (BIC). */
#ifndef BASE_IBAN_H
#define BASE_IBAN_H

#include <stdbool.h>

#define IBAN_MAX 34

/* Checked and compact: upper case, no blanks. */
struct iban {
    char s[IBAN_MAX + 1];
};

enum iban_outcome {
    IBAN_E_EMPTY = 1,
    IBAN_E_LETTER,   /* a character that no IBAN has */
    IBAN_E_COUNTRY,  /* unknown, or outside SEPA */
    IBAN_E_LENGTH,   /* not this country's length */
    IBAN_E_SHAPE,    /* a letter where this country has a digit, or the other way round */
    IBAN_E_CHECKSUM, /* mod 97 */
    IBAN_E_RIB_KEY,  /* France, Monaco: the account's own key is wrong though mod 97 is right */
};

/* Reads an IBAN as people write it (blanks between groups, any case). */
int iban_parse(struct iban *out, const char *s);

/* One sentence about an outcome, in English, for gettext. */
const char *iban_outcome_text(int outcome);

/* True when the account's country is in the EEA, where an IBAN alone suffices (Reg. 260/2012);
 * elsewhere in SEPA the order must carry the BIC and an address. */
bool iban_in_eea(const struct iban *iban);

#define IBAN_MASK_MAX 40

/* "FR76 •••• •••• 0152": the only form that logs, mails and lists show. */
const char *iban_mask(char out[static IBAN_MASK_MAX], const char *iban);

#define BIC_MAX 11
struct bic {
    char s[BIC_MAX + 1];
};

/* Reads a BIC of 8 or 11 characters; false when it has not that shape. */
bool bic_parse(struct bic *out, const char *s);

/* True when the BIC's country can hold accounts of the IBAN's country (the French overseas
 * territories share FR; so does Monaco's banking). */
bool bic_fits_iban(const struct bic *bic, const struct iban *iban);

/* Appends S to OUT with every IBAN in it, in groups or not, as iban_mask() shows it. */
struct text;
void iban_hide(struct text *out, const char *s);

#endif
