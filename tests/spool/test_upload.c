/* Uploads on a real folder: parts in turn or again, one person's own, checked before they are used.
 */
#include "scratch.h"
#include "suite.h"
#include <base/mem.h>
#include <dirent.h>
#include <spool/upload.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PART = UPLOAD_PART_MAX, DAY = 24 * 3600 };

static const char *state;
static struct uploads *uploads;
static int64_t size;
static char *bytes; /* three parts */

static void set_up(void)
{
    state = scratch_make();
    ck_assert_int_eq(uploads_open(&uploads, state), 0);
    bytes = mem_new(3, PART);
    for (int i = 0; i < 3 * PART; i++)
        bytes[i] = (char)('a' + i % 25);
}

static void tear_down(void)
{
    uploads_free(uploads);
    free(bytes);
    scratch_remove();
}

static int put(const char *person, const char *id, int64_t offset, size_t length)
{
    return uploads_write(uploads, person, id, offset, bytes + (offset < 3 * PART ? offset : 0),
                         length, &size);
}

/* Maps what PERSON sent and compares it with the first LENGTH bytes. */
static int look(const char *person, const char *id, size_t length)
{
    struct sha256 digest;
    struct upload upload;
    int r;

    ck_assert_int_eq(digest_sha256(&digest, bytes, length), 0);
    r = uploads_map(uploads, person, id, &digest, &upload);
    if (r == 0) {
        ck_assert_uint_eq(upload.length, length);
        ck_assert(!length || !memcmp(upload.bytes, bytes, length));
        upload_pass(upload.bytes, upload.length);
        ck_assert(!length || upload.bytes[length - 1] == bytes[length - 1]);
    }
    ck_assert_uint_eq(scratch_mappings(), r == 0 && length);
    upload_release(&upload);
    ck_assert_ptr_null(upload.bytes);
    ck_assert_uint_eq(scratch_mappings(), 0);
    return r;
}

START_TEST(parts_become_one_and_may_come_again)
{
    ck_assert_int_eq(put("claire", "id", 0, PART), 0);
    ck_assert_int_eq(size, PART);
    ck_assert_int_eq(put("claire", "id", PART, PART), 0);
    ck_assert_int_eq(size, 2 * PART);
    ck_assert_int_eq(put("claire", "id", PART, PART), 0);
    ck_assert_int_eq(size, 2 * PART);
    ck_assert_int_eq(put("claire", "id", PART, 10), 0); /* a part of what is there */
    ck_assert_int_eq(size, 2 * PART);
    ck_assert_int_eq(put("claire", "id", 2 * PART, 7), 0);
    ck_assert_int_eq(size, 2 * PART + 7);
    ck_assert_int_eq(look("claire", "id", 2 * PART + 7), 0);
    ck_assert_int_eq(look("claire", "id", 2 * PART + 8), UPLOAD_E_DIGEST);
    ck_assert_int_eq(put("claire", "id", 0, 5), 0); /* begun anew */
    ck_assert_int_eq(size, 5);
    ck_assert_int_eq(look("claire", "id", 5), 0);
    ck_assert_int_eq(put("claire", "empty", 0, 0), 0);
    ck_assert_int_eq(look("claire", "empty", 0), 0);
    ck_assert_int_eq(look("claire", "empty", 1), UPLOAD_E_DIGEST);
}
END_TEST

START_TEST(a_hole_or_too_much_is_refused_and_changes_nothing)
{
    ck_assert_int_eq(put("claire", "id", 0, 100), 0);
    ck_assert_int_eq(put("claire", "id", 101, 1), UPLOAD_E_HOLE);
    ck_assert_int_eq(size, 100);
    ck_assert_int_eq(put("claire", "id", 100, PART + 1), UPLOAD_E_LARGE);
    ck_assert_int_eq(put("claire", "id", UPLOAD_MAX, 1), UPLOAD_E_LARGE);
    ck_assert_int_eq(put("claire", "id", UPLOAD_MAX - 1, 1), UPLOAD_E_HOLE);
    ck_assert_int_eq(look("claire", "id", 100), 0);
}
END_TEST

START_TEST(an_upload_belongs_to_who_began_it)
{
    ck_assert_int_eq(put("claire", "id", 0, 100), 0);
    ck_assert_int_eq(look("paul", "id", 100), UPLOAD_E_NONE);
    ck_assert_int_eq(look("claire", "other", 100), UPLOAD_E_NONE);
    uploads_remove(uploads, "paul", "id");
    uploads_remove(uploads, "claire", "../id");
    ck_assert_int_eq(look("claire", "id", 100), 0);
    uploads_remove(uploads, "claire", "id");
    ck_assert_int_eq(look("claire", "id", 100), UPLOAD_E_NONE);
}
END_TEST

START_TEST(an_id_names_no_path)
{
    static const char *const bad[] = { "", "a/b", "..", "a b", "é", "a\n" };
    char longest[66];

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_int_eq(put("claire", bad[i], 0, 1), UPLOAD_E_ID);
        ck_assert_int_eq(look("claire", bad[i], 1), UPLOAD_E_ID);
    }
    memset(longest, 'Z', sizeof longest);
    longest[64] = '\0';
    ck_assert_int_eq(put("claire", longest, 0, 1), 0);
    longest[64] = 'Z';
    longest[65] = '\0';
    ck_assert_int_eq(put("claire", longest, 0, 1), UPLOAD_E_ID);
    ck_assert_int_eq(put("claire", "aZ09-_", 0, 1), 0);
}
END_TEST

/* The name that the only upload of the folder has. */
static void find_name(char *name, size_t length)
{
    DIR *dir = opendir(scratch_path("uploads", "."));
    struct dirent *entry;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            snprintf(name, length, "%s", entry->d_name);
    closedir(dir);
}

START_TEST(what_nobody_wrote_to_for_a_day_is_forgotten)
{
    char name[300] = "";

    ck_assert_int_eq(put("claire", "id", 0, 100), 0);
    find_name(name, sizeof name);
    scratch_put("uploads", "not-ours", "");
    scratch_age("uploads", "not-ours", 10 * DAY);
    scratch_age("uploads", name, DAY - 100);
    uploads_sweep(uploads);
    ck_assert_int_eq(look("claire", "id", 100), 0);
    scratch_age("uploads", name, DAY + 100);
    uploads_free(uploads);
    ck_assert_int_eq(uploads_open(&uploads, state), 0);
    ck_assert_int_eq(look("claire", "id", 100), UPLOAD_E_NONE);
    ck_assert(scratch_exists("uploads", "not-ours"));
}
END_TEST

START_TEST(a_place_that_cannot_be_used_is_refused)
{
    struct uploads *other;

    scratch_put(".", "file", "");
    ck_assert_int_lt(uploads_open(&other, scratch_path(".", "file")), 0);
    uploads_free(other);
    uploads_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("upload");
    TCase *c = suite_case(suite, "upload");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, parts_become_one_and_may_come_again);
    tcase_add_test(c, a_hole_or_too_much_is_refused_and_changes_nothing);
    tcase_add_test(c, an_upload_belongs_to_who_began_it);
    tcase_add_test(c, an_id_names_no_path);
    tcase_add_test(c, what_nobody_wrote_to_for_a_day_is_forgotten);
    tcase_add_test(c, a_place_that_cannot_be_used_is_refused);
    return run_suite(suite);
}
