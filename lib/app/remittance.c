#include "remittance.h"
#include <stdio.h>

#define SUBJECT "Subvention convention "

const char *remittance_text(struct arena *arena, bool rehearsal, const char *reference,
                            const char *rung)
{
    return arena_printf(arena, "%s" SUBJECT "%s versement %s", rehearsal ? "TEST " : "", reference,
                        rung);
}

bool remittance_reference(const char *text, char out[static REMITTANCE_REFERENCE_MAX])
{
    const char *at = strstr(text, SUBJECT);

    return at && sscanf(at + strlen(SUBJECT), "%35s", out) == 1;
}
