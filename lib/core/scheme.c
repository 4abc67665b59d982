#include <core/scheme.h>
#include <string.h>

struct date scheme_executory_on(const struct scheme *scheme)
{
    if (!date_is_set(scheme->received_on) || !date_is_set(scheme->published_on))
        return DATE_NONE;
    return date_later(scheme->received_on, scheme->published_on);
}

static int name_index(const char *const *names, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return (int)i;
    return -1;
}

int scheme_party(const struct scheme *scheme, const char *name)
{
    return name_index(scheme->parties, scheme->party_count, name);
}

int scheme_fact(const struct scheme *scheme, const char *name)
{
    return name_index(scheme->facts, scheme->fact_count, name);
}

int scheme_signatory(const struct scheme *scheme, const char *name)
{
    return name_index(scheme->signatories, scheme->signatory_count, name);
}

int scheme_paper(const struct scheme *scheme, const char *name)
{
    for (unsigned i = 0; i < scheme->paper_count; i++)
        if (!strcmp(scheme->papers[i].name, name))
            return (int)i;
    return -1;
}

int scheme_check(const struct scheme *scheme, unsigned *rung)
{
    int32_t below = 0;

    *rung = 0;
    if (!scheme->party_count)
        return SCHEME_E_NO_PARTY;
    if (!scheme->duration.months && !scheme->duration.days)
        return SCHEME_E_DURATION;
    if (!scheme->grant_min.v || scheme->grant_min.v > scheme->grant_max.v)
        return SCHEME_E_BOUNDS;
    if (scheme->grant_max.v > MONEY_MAX_ORDER.v)
        return SCHEME_E_LARGEST;
    if (scheme->envelope.v < scheme->grant_min.v)
        return SCHEME_E_ENVELOPE;
    if (!scheme->rung_count)
        return SCHEME_E_NO_RUNG;
    for (unsigned i = 0; i < scheme->rung_count; i++) {
        *rung = i;
        if (scheme->rungs[i].up_to.e4 <= below)
            return SCHEME_E_LADDER_FALLS;
        below = scheme->rungs[i].up_to.e4;
    }
    return below == SHARE_WHOLE.e4 ? 0 : SCHEME_E_LADDER_END;
}
