/* base/mem.h -- memory: one owner, freed by scope; an arena for the strings of one use case.
 *
 * Small allocations never fail: a process that has no memory left for a name ends at once (the
 * service manager starts it again, and nothing undecided was stored).  Large ones, the bytes of an
 * order file, are bounded by a setting. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Runs FUNC(&variable) when the variable's scope ends. */
#define CLEANUP(func) __attribute__((cleanup(func)))

/* Moves the pointer out of a variable, so that its CLEANUP finds NULL. */
#define STEAL(pointer)                      \
    ({                                      \
        __typeof__(pointer) s_ = (pointer); \
        (pointer) = NULL;                   \
        s_;                                 \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Zeroed memory of COUNT things of SIZE bytes; the caller frees it. Never NULL. */
void *mem_new(size_t count, size_t size);

/* OLD grown to COUNT things of SIZE bytes; what is new is not zeroed. Never NULL. */
void *mem_grow(void *old, size_t count, size_t size);

char *mem_strdup(const char *s);

/* For the hooks of libraries, whose own answer to memory that ends may be a text cut short or an
 * error that blames the input: SIZE bytes, not zeroed, and OLD resized to SIZE. Never NULL. */
void *mem_bytes(size_t size);
void *mem_resize(void *old, size_t size);

/* For CLEANUP on any pointer from malloc. */
void mem_freep(void *pointerp);

struct arena;

/* A new arena; everything allocated from it lives until arena_free(). */
struct arena *arena_new(void);
void arena_free(struct arena *arena);
void arena_freep(struct arena **arenap);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Room for one more element at the end of an array that grows in an arena: *ITEMS is moved when
 * COUNT reaches a power of two. Returns the new element, zeroed. */
#define arena_push(arena, items, count) \
    ((items) = arena_room((arena), (items), (count), sizeof *(items)), &(items)[(count)++])
void *arena_room(struct arena *arena, void *items, size_t count, size_t size);

#endif
