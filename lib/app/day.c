/* The day that counts: a rehearsal's own, or the one on the authority's wall. */
#include "call.h"
#include <base/instant.h>

struct date business_day(const struct instance *instance)
{
    return instance->rehearsal ? instance->on : instant_to_local(instant_now()).date;
}

struct instant business_moment(const struct instance *instance)
{
    return instance->rehearsal ? instant_from_local(instance->on, 9) : instant_now();
}
