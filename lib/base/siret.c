#include <base/siret.h>
#include <string.h>

bool siret_luhn(const char *s, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        int digit = s[n - 1 - i] - '0';

        if (i % 2)
            digit = digit > 4 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

static bool la_poste(const char *s)
{
    int sum = 0;

    if (strncmp(s, "356000000", 9) != 0)
        return false;
    for (int i = 0; i < SIRET_LENGTH; i++)
        sum += s[i] - '0';
    return sum % 5 == 0;
}

int siret_parse(struct siret *out, const char *s)
{
    char compact[SIRET_LENGTH + 1];
    int n = 0;

    for (; *s; s++) {
        if (*s == ' ')
            continue;
        if (*s < '0' || *s > '9' || n == SIRET_LENGTH)
            return SIRET_E_SHAPE;
        compact[n++] = *s;
    }
    if (n != SIRET_LENGTH)
        return SIRET_E_SHAPE;
    compact[n] = '\0';
    if (strspn(compact, "0") == SIRET_LENGTH)
        return SIRET_E_CHECKSUM; /* fourteen zeros pass Luhn and name nobody */
    if (!(siret_luhn(compact, SIRET_LENGTH) && siret_luhn(compact, 9)) && !la_poste(compact))
        return SIRET_E_CHECKSUM;
    memcpy(out->s, compact, sizeof compact);
    return 0;
}
