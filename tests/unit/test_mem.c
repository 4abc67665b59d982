/* Memory: arenas give room that is zeroed, aligned and kept until the end. */
#include "suite.h"
#include <base/mem.h>
#include <stdalign.h>

START_TEST(an_arena_gives_zeroed_and_aligned_room_of_any_size)
{
    static const size_t sizes[] = { 0, 1, 7, 16, 100, 16 * 1024, 16 * 1024 + 1, 1000000, 3 };
    struct arena *arena = arena_new();
    unsigned char *rooms[ARRAY_LEN(sizes)];

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        rooms[i] = arena_alloc(arena, sizes[i]);
        ck_assert_uint_eq((uintptr_t)rooms[i] % alignof(max_align_t), 0);
        for (size_t b = 0; b < sizes[i]; b++)
            EXPECT(!rooms[i][b], "byte %zu of %zu", b, sizes[i]);
        memset(rooms[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) /* and nobody else wrote into it */
        for (size_t b = 0; b < sizes[i]; b++)
            EXPECT(rooms[i][b] == i + 1, "byte %zu of %zu", b, sizes[i]);
    arena_free(arena);
    arena_free(NULL);
}
END_TEST

START_TEST(texts_of_an_arena_are_copies)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    char s[] = "été";

    ck_assert_str_eq(arena_strdup(arena, s), "été");
    ck_assert_ptr_ne(arena_strdup(arena, s), s);
    ck_assert_str_eq(arena_strndup(arena, s, 2), "é");
    ck_assert_str_eq(arena_printf(arena, "%s %d", s, 12), "été 12");
    ck_assert_str_eq(arena_printf(arena, "%s", ""), "");
}
END_TEST

START_TEST(an_array_grows_and_keeps_what_it_has)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    size_t count = 0;
    int *items = NULL;

    for (int i = 0; i < 1000; i++) {
        int *new = arena_push(arena, items, count);

        ck_assert_int_eq(*new, 0);
        *new = i + 1;
    }
    ck_assert_uint_eq(count, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(items[i], i + 1);
}
END_TEST

START_TEST(nothing_is_something_to_point_at)
{
    void *none = mem_new(0, 8), *bytes = mem_bytes(0);

    ck_assert_ptr_nonnull(none);
    ck_assert_ptr_nonnull(bytes);
    none = mem_grow(none, 0, 8);
    bytes = mem_resize(bytes, 0);
    ck_assert_ptr_nonnull(none);
    ck_assert_ptr_nonnull(bytes);
    free(none);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mem");
    TCase *c = suite_case(suite, "mem");

    tcase_add_test(c, an_arena_gives_zeroed_and_aligned_room_of_any_size);
    tcase_add_test(c, texts_of_an_arena_are_copies);
    tcase_add_test(c, an_array_grows_and_keeps_what_it_has);
    tcase_add_test(c, nothing_is_something_to_point_at);
    return run_suite(suite);
}
