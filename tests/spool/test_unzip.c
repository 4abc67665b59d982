/* ZIPs made by libarchive itself, whole, cut and with too much in them. */
#include "suite.h"
#include <archive.h>
#include <archive_entry.h>
#include <base/mem.h>
#include <spool/unzip.h>
#include <stdio.h>

enum { ROOM = 1 << 20, LARGE = 200000 };

static char *zip;
static size_t length;

static void set_up(void)
{
    zip = mem_new(1, ROOM);
}

static void tear_down(void)
{
    free(zip);
}

static struct archive *begin_zip(void)
{
    struct archive *a = archive_write_new();

    ck_assert_int_eq(archive_write_set_format_zip(a), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_open_memory(a, zip, ROOM, &length), ARCHIVE_OK);
    return a;
}

static void add(struct archive *a, const char *name, unsigned type, const char *body, size_t n)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, (la_int64_t)n);
    ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
    if (n)
        ck_assert_int_eq(archive_write_data(a, body, n), (la_ssize_t)n);
    archive_entry_free(entry);
}

static void end_zip(struct archive *a)
{
    ck_assert_int_eq(archive_write_free(a), ARCHIVE_OK);
}

/* What came out: "[name]" at each begin, its bytes, "." at each end; STOP is what each answers. */
struct told {
    struct text all;
    size_t bytes;
    int stop_begin, stop_part, stop_end;
};

static int on_begin(void *arg, const char *name)
{
    struct told *t = arg;

    text_addf(&t->all, "[%s]", name);
    return t->stop_begin;
}

static int on_part(void *arg, const void *bytes, size_t n)
{
    struct told *t = arg;

    ck_assert_uint_gt(n, 0);
    if (t->bytes + n < 100)
        text_add(&t->all, bytes, n);
    t->bytes += n;
    return t->stop_part;
}

static int on_end(void *arg)
{
    struct told *t = arg;

    text_add(&t->all, ".", 1);
    return t->stop_end;
}

static int read_zip(size_t n, struct told *t, struct text *why)
{
    struct unzip_sink sink = { on_begin, on_part, on_end, t };

    text_add(&t->all, "", 0);
    text_add(why, "", 0);
    return unzip(zip, n, &sink, why);
}

static void check(struct told t, int wanted, const char *all)
{
    CLEANUP(text_free) struct text why = { 0 };
    int r = read_zip(length, &t, &why);

    ck_assert_int_eq(r, wanted);
    ck_assert_str_eq(t.all.s, all);
    ck_assert_str_eq(why.s, "");
    text_free(&t.all);
}

static void two_files_and_a_folder(void)
{
    struct archive *a = begin_zip();

    add(a, "answers/", AE_IFDIR, "", 0);
    add(a, "answers/one.xml", AE_IFREG, "<a/>", 4);
    add(a, "two.xml", AE_IFREG, "<b/>", 4);
    end_zip(a);
}

START_TEST(every_file_in_it_comes_in_turn)
{
    two_files_and_a_folder();
    ck_assert(is_zip(zip, length));
    check((struct told){ 0 }, 0, "[answers/one.xml]<a/>.[two.xml]<b/>.");
}
END_TEST

START_TEST(whoever_reads_may_stop_it)
{
    two_files_and_a_folder();
    check((struct told){ .stop_begin = 7 }, 7, "[answers/one.xml]");
    check((struct told){ .stop_part = 8 }, 8, "[answers/one.xml]<a/>");
    check((struct told){ .stop_end = 9 }, 9, "[answers/one.xml]<a/>.");
}
END_TEST

START_TEST(a_large_file_comes_in_parts)
{
    CLEANUP(mem_freep) char *body = mem_new(1, LARGE);
    CLEANUP(text_free) struct text why = { 0 };
    struct told t = { 0 };
    struct archive *a = begin_zip();

    for (int i = 0; i < LARGE; i++)
        body[i] = (char)(i * 7919 >> 5);
    add(a, "large", AE_IFREG, body, LARGE);
    end_zip(a);
    ck_assert_int_eq(read_zip(length, &t, &why), 0);
    ck_assert_uint_eq(t.bytes, LARGE);
    text_free(&t.all);
}
END_TEST

START_TEST(what_is_cut_short_is_refused_with_a_reason)
{
    CLEANUP(text_free) struct text why = { 0 };
    struct told t = { 0 };

    two_files_and_a_folder();
    memcpy(zip, "no ZIP at all", 13);
    ck_assert_int_eq(read_zip(13, &t, &why), UNZIP_E_BROKEN);
    ck_assert_uint_gt(why.length, 10);
    text_free(&t.all);
    two_files_and_a_folder();
    for (size_t n = 30; n < 120; n += 10) { /* inside of the first members */
        CLEANUP(text_free) struct text cause = { 0 };
        struct told cut = { 0 };

        ck_assert_msg(read_zip(n, &cut, &cause) == UNZIP_E_BROKEN && cause.length, "cut to %zu", n);
        text_free(&cut.all);
    }
}
END_TEST

static int files(int count)
{
    CLEANUP(text_free) struct text why = { 0 };
    struct archive *a = begin_zip();
    struct told t = { 0 };
    char name[16];
    int r;

    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%d", i);
        add(a, name, AE_IFREG, "", 0);
    }
    end_zip(a);
    r = read_zip(length, &t, &why);
    ck_assert(!r || strstr(why.s, "1000"));
    text_free(&t.all);
    return r;
}

START_TEST(a_thousand_files_at_most)
{
    ck_assert_int_eq(files(1000), 0);
    ck_assert_int_eq(files(1001), UNZIP_E_MANY);
}
END_TEST

START_TEST(a_zip_is_known_by_how_it_begins)
{
    ck_assert(is_zip("PK\003\004x", 5));
    ck_assert(!is_zip("PK\003\004", 4));
    ck_assert(!is_zip("PK\003\005x", 5));
    ck_assert(!is_zip("<xml>", 5));
    ck_assert(!is_zip("", 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unzip");
    TCase *c = suite_case(suite, "unzip");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, every_file_in_it_comes_in_turn);
    tcase_add_test(c, whoever_reads_may_stop_it);
    tcase_add_test(c, a_large_file_comes_in_parts);
    tcase_add_test(c, what_is_cut_short_is_refused_with_a_reason);
    tcase_add_test(c, a_thousand_files_at_most);
    tcase_add_test(c, a_zip_is_known_by_how_it_begins);
    return run_suite(suite);
}
