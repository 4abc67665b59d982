#include <base/mem.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>

static void *must(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mem_new(size_t count, size_t size)
{
    return must(calloc(count ? count : 1, size));
}

void *mem_grow(void *old, size_t count, size_t size)
{
    return must(reallocarray(old, count ? count : 1, size));
}

void *mem_bytes(size_t size)
{
    return must(malloc(size ? size : 1));
}

void *mem_resize(void *old, size_t size)
{
    return must(realloc(old, size ? size : 1));
}

char *mem_strdup(const char *s)
{
    return must(strdup(s));
}

void mem_freep(void *pointerp)
{
    free(*(void **)pointerp);
}

struct chunk {
    struct chunk *next;
    size_t used, room;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *chunks;
};

enum { CHUNK_ROOM = 16 * 1024 };

struct arena *arena_new(void)
{
    return mem_new(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *c = arena->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(arena);
}

void arena_freep(struct arena **arenap)
{
    arena_free(*arenap);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    size_t need = (size + align - 1) / align * align;
    struct chunk *c = arena->chunks;

    if (need < size)
        must(NULL);
    if (!c || c->room - c->used < need) {
        size_t room = need > CHUNK_ROOM ? need : CHUNK_ROOM;

        c = must(calloc(1, sizeof *c + room));
        c->room = room;
        c->next = arena->chunks;
        arena->chunks = c;
    }
    c->used += need;
    return c->bytes + c->used - need;
}

char *arena_strndup(struct arena *arena, const char *s, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, s, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
    return arena_strndup(arena, s, strlen(s));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list ap)
{
    va_list again;
    int length;
    char *out;

    va_copy(again, ap);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    out = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
    if (length > 0)
        vsnprintf(out, (size_t)length + 1, format, ap);
    return out;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list ap;
    char *out;

    va_start(ap, format);
    out = arena_vprintf(arena, format, ap);
    va_end(ap);
    return out;
}

void *arena_room(struct arena *arena, void *items, size_t count, size_t size)
{
    void *larger;

    if (count & (count - 1)) /* not a power of two: there is room */
        return items;
    larger = arena_alloc(arena, (count ? count * 2 : 1) * size);
    if (count)
        memcpy(larger, items, count * size);
    return larger;
}
