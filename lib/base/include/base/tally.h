/* base/tally.h -- counts how often each of many 64-bit keys was seen, in 16 bytes a key. */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally {
    struct tally_slot *slots;
    size_t size, used;
};

/* How often KEY was seen before; counts this time. Start with a zeroed struct. */
uint32_t tally_count(struct tally *tally, uint64_t key);
void tally_free(struct tally *tally);

#endif
