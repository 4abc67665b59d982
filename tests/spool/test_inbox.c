/* The inbox on a real folder: files are taken when they are whole, in turn, and stay with their
 * verdict. */
#include "scratch.h"
#include "suite.h"
#include <base/mem.h>
#include <base/text.h>
#include <poll.h>
#include <spool/inbox.h>
#include <spool/upload.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *state;
static struct inbox *inbox;

static void set_up(void)
{
    state = scratch_make();
    ck_assert_int_eq(inbox_open(&inbox, state), 0);
}

static void tear_down(void)
{
    inbox_free(inbox);
    inbox = NULL;
    scratch_remove();
}

/* Somebody puts NAME in and closes it. */
static void come(const char *name)
{
    scratch_put("inbox", name, name);
    inbox_stirred(inbox);
}

static int64_t wait_ms;

/* The next complete file; valid until it is asked for again. */
static const char *next(void)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    static char kept[300];
    const char *name;

    ck_assert_int_eq(inbox_next(inbox, arena, &name, &wait_ms), 0);
    snprintf(kept, sizeof kept, "%s", name);
    return kept;
}

static void check_next(const char *name)
{
    ck_assert_str_eq(next(), name);
}

START_TEST(closed_files_are_taken_in_the_order_of_their_names)
{
    struct pollfd fd = { .fd = inbox_watch_fd(inbox), .events = POLLIN };

    check_next("");
    ck_assert_int_eq(wait_ms, 0);
    ck_assert_int_eq(poll(&fd, 1, 0), 0);
    scratch_put("inbox", "b", "");
    ck_assert_int_eq(poll(&fd, 1, 0), 1);
    come("c");
    come("a");
    ck_assert_int_eq(poll(&fd, 1, 0), 0);
    check_next("a");
    check_next("a"); /* nobody settled it */
    ck_assert_int_eq(inbox_settle(inbox, "a", true, "", ""), 0);
    check_next("b");
    ck_assert_int_eq(inbox_settle(inbox, "b", false, "", ""), 0);
    check_next("c");
}
END_TEST

START_TEST(a_file_that_may_still_be_written_to_is_waited_for)
{
    scratch_put("inbox", "a", "");
    inbox_free(inbox); /* nobody saw it closed */
    ck_assert_int_eq(inbox_open(&inbox, state), 0);
    check_next("");
    ck_assert_int_gt(wait_ms, 5000);
    ck_assert_int_le(wait_ms, 10000);
    scratch_age("inbox", "a", -3600); /* of a machine whose clock is ahead: no use to wait */
    check_next("a");
}
END_TEST

START_TEST(work_in_progress_and_what_is_no_file_is_left_alone)
{
    static const char *const names[] = { "a.part", "a.tmp", "a.filepart", ".part", ".a" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        come(names[i]);
    ck_assert_int_eq(mkdir(scratch_path("inbox", "folder"), 0700), 0);
    ck_assert_int_eq(symlink("/etc/passwd", scratch_path("inbox", "link")), 0);
    check_next("");
    ck_assert_int_eq(wait_ms, 0);
    ck_assert_int_eq(rename(scratch_path("inbox", "a.part"), scratch_path("inbox", "a")), 0);
    inbox_stirred(inbox);
    check_next("a");
    come("part"); /* these only end like it */
    come("tmp");
    ck_assert_int_eq(inbox_settle(inbox, "a", true, "", ""), 0);
    check_next("part");
}
END_TEST

START_TEST(the_others_wait_for_one_that_was_put_off_until_patience_ends)
{
    come("a");
    come("b");
    ck_assert(!inbox_is_behind(inbox));
    for (unsigned n = 1; n < INBOX_PATIENCE; n++) {
        ck_assert_uint_eq(inbox_put_off(inbox, "a"), n);
        check_next("");
        ck_assert_int_gt(wait_ms, (1000 << (n - 1)) - 500);
        ck_assert_int_le(wait_ms, (1000 << (n - 1)) + 1);
    }
    ck_assert(inbox_is_behind(inbox));
    ck_assert_uint_eq(inbox_put_off(inbox, "a"), INBOX_PATIENCE);
    check_next("b");
    ck_assert_int_gt(wait_ms, 7000);
    for (unsigned n = INBOX_PATIENCE + 1; n < 9; n++)
        ck_assert_uint_eq(inbox_put_off(inbox, "a"), n);
    ck_assert_int_eq(inbox_settle(inbox, "b", true, "", ""), 0);
    check_next("");
    ck_assert_int_gt(wait_ms, 29000); /* never longer than half a minute */
    ck_assert_int_le(wait_ms, 30001);
}
END_TEST

START_TEST(one_that_is_written_anew_or_goes_is_put_off_no_more)
{
    come("a");
    come("b");
    inbox_put_off(inbox, "a");
    inbox_put_off(inbox, "b");
    check_next("");
    come("a");
    check_next(""); /* for the sake of b */
    come("b");
    check_next("a");
    ck_assert(!inbox_is_behind(inbox));
    inbox_put_off(inbox, "a");
    ck_assert_int_eq(unlink(scratch_path("inbox", "a")), 0);
    check_next("b");
    ck_assert(!inbox_is_behind(inbox));
    inbox_put_off(inbox, "b");
    ck_assert_int_eq(inbox_settle(inbox, "b", true, "", ""), 0);
    ck_assert(!inbox_is_behind(inbox));
}
END_TEST

START_TEST(the_first_of_several_waits_is_named)
{
    come("a");
    come("b");
    for (unsigned n = 1; n <= INBOX_PATIENCE; n++)
        inbox_put_off(inbox, "a");
    for (unsigned n = 1; n <= INBOX_PATIENCE + 1; n++)
        inbox_put_off(inbox, "b");
    check_next("");
    ck_assert_int_le(wait_ms, 8001); /* for a; 16 s for b */
    for (unsigned n = 1; n <= 3; n++)
        inbox_put_off(inbox, "a");
    check_next("");
    ck_assert_int_gt(wait_ms, 8001); /* now for b; 30 s for a */
    ck_assert_int_le(wait_ms, 16001);
}
END_TEST

START_TEST(one_under_a_name_that_was_taken_before_is_waited_for_too)
{
    FILE *f;

    come("a");
    ck_assert_int_eq(inbox_settle(inbox, "a", true, "", ""), 0);
    f = fopen(scratch_path("inbox", "a"), "w");
    fputs("half of it", f);
    fflush(f);
    inbox_stirred(inbox);
    check_next("");
    ck_assert_int_gt(wait_ms, 0);
    fclose(f);
    inbox_stirred(inbox);
    check_next("a");
}
END_TEST

START_TEST(the_time_of_one_that_was_put_off_comes)
{
    come("a");
    inbox_put_off(inbox, "a");
    check_next("");
    usleep((useconds_t)(wait_ms + 5) * 1000);
    check_next("a");
}
END_TEST

START_TEST(more_than_can_be_remembered_are_found_all_the_same)
{
    enum { MANY = 300, REMEMBERED = 256, PUT_OFF = 64 };
    char name[32];
    int taken = 0;

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "f%03d", i);
        come(name);
    }
    for (; *next(); taken++) {
        snprintf(name, sizeof name, "f%03d", taken);
        check_next(name);
        ck_assert_int_eq(inbox_settle(inbox, name, true, "", ""), 0);
    }
    ck_assert_int_eq(taken, REMEMBERED);
    ck_assert_int_gt(wait_ms, 0); /* the rest by their age */
    for (int i = 0; i < PUT_OFF; i++) {
        snprintf(name, sizeof name, "g%03d", i);
        come(name);
        ck_assert_uint_eq(inbox_put_off(inbox, name), 1);
    }
    ck_assert_uint_eq(inbox_put_off(inbox, "g063"), 2);
    come("h");
    ck_assert_uint_eq(inbox_put_off(inbox, "h"), 1);
    ck_assert_uint_eq(inbox_put_off(inbox, "h"), 1);
}
END_TEST

START_TEST(what_is_begun_again_and_again_is_counted_across_deaths)
{
    unsigned times;

    ck_assert_int_eq(inbox_begin(inbox, "a", &times), 0);
    ck_assert_uint_eq(times, 1);
    ck_assert_int_eq(inbox_begin(inbox, "a", &times), 0);
    ck_assert_uint_eq(times, 2);
    inbox_free(inbox);
    ck_assert_int_eq(inbox_open(&inbox, state), 0);
    ck_assert_int_eq(inbox_begin(inbox, "a", &times), 0);
    ck_assert_uint_eq(times, 3);
    ck_assert_int_eq(inbox_begin(inbox, "a b", &times), 0);
    ck_assert_uint_eq(times, 1);
    ck_assert_int_eq(inbox_begin(inbox, "a b", &times), 0);
    ck_assert_uint_eq(times, 2);
    inbox_end(inbox);
    ck_assert_int_eq(inbox_begin(inbox, "a b", &times), 0);
    ck_assert_uint_eq(times, 1);
    scratch_put("inbox/refused", ".taking", "nonsense");
    ck_assert_int_eq(inbox_begin(inbox, "a", &times), 0);
    ck_assert_uint_eq(times, 1);
    scratch_put("inbox/refused", ".taking", "many a");
    ck_assert_int_eq(inbox_begin(inbox, "a", &times), 0);
    ck_assert_uint_eq(times, 1);
}
END_TEST

struct reading {
    int64_t bytes;
    int parts, stop_at;
};

static int count_part(void *arg, int64_t offset, const void *bytes, size_t length)
{
    struct reading *r = arg;

    ck_assert_int_eq(offset, r->bytes);
    ck_assert_uint_le(length, UPLOAD_PART_MAX);
    ck_assert_int_eq(*(const char *)bytes, 'x');
    r->bytes += (int64_t)length;
    return ++r->parts == r->stop_at ? 77 : 0;
}

START_TEST(a_file_is_read_in_parts)
{
    struct reading all = { 0 }, some = { .stop_at = 2 }, none = { 0 };
    FILE *f = fopen(scratch_path("inbox", "large"), "w");

    for (int i = 0; i < 2 * UPLOAD_PART_MAX + 5; i++)
        fputc('x', f);
    fclose(f);
    ck_assert_int_eq(inbox_read(inbox, "large", count_part, &all), 0);
    ck_assert_int_eq(all.bytes, 2 * UPLOAD_PART_MAX + 5);
    ck_assert_int_eq(all.parts, 3);
    ck_assert_int_eq(inbox_read(inbox, "large", count_part, &some), 77);
    ck_assert_int_eq(some.parts, 2);
    ck_assert_int_eq(inbox_read(inbox, "gone", count_part, &none), INBOX_E_GONE);
    scratch_put("inbox", "empty", "");
    ck_assert_int_eq(inbox_read(inbox, "empty", count_part, &none), 0);
    ck_assert_int_eq(mkdir(scratch_path("inbox", "folder"), 0700), 0);
    ck_assert_int_lt(inbox_read(inbox, "folder", count_part, &none), 0);
    ck_assert_int_eq(symlink("large", scratch_path("inbox", "link")), 0);
    ck_assert_int_lt(inbox_read(inbox, "link", count_part, &none), 0);
    ck_assert_int_eq(none.parts, 0);
}
END_TEST

static void check_text(const char *part, const char *name, const char *text)
{
    CLEANUP(mem_freep) char *found = scratch_read(part, name);

    ck_assert_msg(found && !strcmp(found, text), "%s/%s: %s", part, name, found ? found : "-");
}

START_TEST(each_stays_with_its_verdict_and_none_takes_another_s_name)
{
    come("a");
    ck_assert_int_eq(inbox_settle(inbox, "a", true, "good", "{}"), 0);
    check_text("inbox/done", "a", "a");
    check_text("inbox/done", "a.txt", "good");
    check_text("inbox/done", "a.json", "{}");
    ck_assert(!scratch_exists("inbox", "a"));
    for (int n = 2; n <= 3; n++) {
        come("a");
        ck_assert_int_eq(inbox_settle(inbox, "a", true, "again", "[]"), 0);
    }
    check_text("inbox/done", "a.txt", "good");
    check_text("inbox/done", "a.2.txt", "again");
    check_text("inbox/done", "a.3.json", "[]");
    check_text("inbox/done", "a.3", "a");
    come("a");
    ck_assert_int_eq(inbox_settle(inbox, "a", false, "bad", "{}"), 0);
    check_text("inbox/refused", "a.txt", "bad");
    check_next("");
}
END_TEST

START_TEST(the_verdict_about_what_another_one_took_goes)
{
    come("a");
    ck_assert_int_eq(inbox_settle(inbox, "a", true, "good", "{}"), 0);
    ck_assert_int_eq(inbox_settle(inbox, "a", true, "late", "{}"), INBOX_E_GONE);
    check_text("inbox/done", "a.txt", "good");
    ck_assert(!scratch_exists("inbox/done", "a.2.txt"));
    ck_assert(!scratch_exists("inbox/done", "a.2.json"));
    ck_assert_int_eq(inbox_settle(inbox, "b", false, "late", "{}"), INBOX_E_GONE);
    ck_assert(!scratch_exists("inbox/refused", "b.txt"));
}
END_TEST

START_TEST(a_place_that_cannot_be_used_is_refused)
{
    struct inbox *other;

    scratch_put(".", "file", "");
    ck_assert_int_lt(inbox_open(&other, scratch_path(".", "file")), 0);
    inbox_free(other);
    inbox_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inbox");
    TCase *c = suite_case(suite, "inbox");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, closed_files_are_taken_in_the_order_of_their_names);
    tcase_add_test(c, a_file_that_may_still_be_written_to_is_waited_for);
    tcase_add_test(c, work_in_progress_and_what_is_no_file_is_left_alone);
    tcase_add_test(c, the_others_wait_for_one_that_was_put_off_until_patience_ends);
    tcase_add_test(c, one_that_is_written_anew_or_goes_is_put_off_no_more);
    tcase_add_test(c, the_first_of_several_waits_is_named);
    tcase_add_test(c, one_under_a_name_that_was_taken_before_is_waited_for_too);
    tcase_add_test(c, the_time_of_one_that_was_put_off_comes);
    tcase_add_test(c, more_than_can_be_remembered_are_found_all_the_same);
    tcase_add_test(c, what_is_begun_again_and_again_is_counted_across_deaths);
    tcase_add_test(c, a_file_is_read_in_parts);
    tcase_add_test(c, each_stays_with_its_verdict_and_none_takes_another_s_name);
    tcase_add_test(c, the_verdict_about_what_another_one_took_goes);
    tcase_add_test(c, a_place_that_cannot_be_used_is_refused);
    return run_suite(suite);
}
