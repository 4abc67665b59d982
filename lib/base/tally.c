#include <base/mem.h>
#include <base/tally.h>

struct tally_slot {
    uint64_t key;
    uint32_t count; /* 0: the slot is free */
};

/* The slot of KEY, or the free one where it belongs: the next ones are looked at in turn. */
static struct tally_slot *find(const struct tally *tally, uint64_t key)
{
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (tally->size - 1);

    while (tally->slots[i].count && tally->slots[i].key != key)
        i = (i + 1) & (tally->size - 1);
    return &tally->slots[i];
}

static void grow(struct tally *tally)
{
    struct tally larger = { .size = tally->size ? tally->size * 2 : 1024, .used = tally->used };

    larger.slots = mem_new(larger.size, sizeof *larger.slots);
    for (size_t i = 0; i < tally->size; i++)
        if (tally->slots[i].count)
            *find(&larger, tally->slots[i].key) = tally->slots[i];
    free(tally->slots);
    *tally = larger;
}

uint32_t tally_count(struct tally *tally, uint64_t key)
{
    struct tally_slot *slot;

    if (tally->used * 4 >= tally->size * 3)
        grow(tally);
    slot = find(tally, key);
    tally->used += !slot->count;
    slot->key = key;
    return slot->count++;
}

void tally_free(struct tally *tally)
{
    free(tally->slots);
    *tally = (struct tally){ 0 };
}
