/* base/siret.h -- the French register's numbers: SIREN (9 digits) and SIRET (14). */
#ifndef BASE_SIRET_H
#define BASE_SIRET_H

#include <stdbool.h>

#define SIRET_LENGTH 14
struct siret {
    char s[SIRET_LENGTH + 1];
};

enum siret_outcome {
    SIRET_E_SHAPE = 1, /* not 14 digits */
    SIRET_E_CHECKSUM,  /* Luhn, of the SIRET or of its SIREN */
};

/* Reads a SIRET, blanks between groups allowed. Both it and its first nine digits pass Luhn; the
 * establishments of La Poste (SIREN 356000000) may instead sum to a multiple of five. */
int siret_parse(struct siret *out, const char *s);

/* True when the N digits of S pass Luhn. */
bool siret_luhn(const char *s, int n);

#endif
