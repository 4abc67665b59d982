/* What became of files that were put out, on real folders: taken, taken back, hidden, put back; and
 * the notes beside them. */
#include "scratch.h"
#include "suite.h"
#include <base/err.h>
#include <base/mem.h>
#include <base/text.h>
#include <poll.h>
#include <spool/note.h>
#include <spool/spool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char BODY[] = "<Document/>\n", NAME[] = "TESTX-2024-L3-1.xml";
static const char *state;
static struct spool *spool;
static struct sha256 digest;

static void set_up(void)
{
    const char *why;

    state = scratch_make();
    ck_assert_int_eq(spool_open(&spool, state, &why), 0);
    ck_assert_int_eq(digest_sha256(&digest, BODY, sizeof BODY - 1), 0);
}

static void tear_down(void)
{
    spool_free(spool);
    scratch_remove();
}

static void fence(void)
{
    ck_assert_int_eq(spool_fence(spool, NAME, 3, BODY, sizeof BODY - 1, &digest), 0);
}

static void put_out(void)
{
    fence();
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
}

static void take(void)
{
    ck_assert_int_eq(unlink(scratch_path("outbox", NAME)), 0);
}

static bool is_ours(void)
{
    bool ours = false;

    ck_assert_int_eq(spool_is_ours(spool, NAME, &ours), 0);
    return ours;
}

static bool is_out(void)
{
    bool out = false;

    ck_assert_int_eq(spool_is_out(spool, NAME, &out), 0);
    return out;
}

START_TEST(a_file_is_ours_while_its_inode_stands_in_the_outbox)
{
    ck_assert(!is_ours() && !is_out());
    scratch_put("outbox", NAME, BODY); /* somebody's, without an archive's */
    ck_assert(!is_ours() && is_out());
    take();
    fence();
    ck_assert(is_ours() && !is_out()); /* as a token */
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert(is_ours() && is_out());
    take();
    ck_assert(!is_ours() && !is_out());
    scratch_put("outbox", NAME, BODY); /* the same bytes, another inode */
    ck_assert(!is_ours() && is_out());
}
END_TEST

START_TEST(the_digest_is_of_what_stands_there)
{
    struct sha256 seen;

    ck_assert_int_eq(spool_visible_digest(spool, NAME, &seen), SPOOL_E_GONE);
    put_out();
    ck_assert_int_eq(spool_visible_digest(spool, NAME, &seen), 0);
    ck_assert(digest_equal(&seen, &digest));
    take();
    scratch_put("outbox", NAME, "other");
    ck_assert_int_eq(spool_visible_digest(spool, NAME, &seen), 0);
    ck_assert(!digest_equal(&seen, &digest));
    take();
    ck_assert_int_eq(mkdir(scratch_path("outbox", NAME), 0700), 0);
    ck_assert_int_lt(spool_visible_digest(spool, NAME, &seen), 0);
}
END_TEST

START_TEST(once_taken_the_archive_has_a_copy_of_its_own)
{
    CLEANUP(mem_freep) char *kept = NULL;
    struct stat before, after;

    put_out();
    ck_assert_int_eq(stat(scratch_path("archive", NAME), &before), 0);
    ck_assert_int_eq(spool_keep_copy(spool, NAME, "forged", 6, &digest), ERR_DAMAGED);
    ck_assert_int_eq(spool_keep_copy(spool, NAME, BODY, sizeof BODY - 1, &digest), 0);
    ck_assert_int_eq(stat(scratch_path("archive", NAME), &after), 0);
    ck_assert(before.st_ino != after.st_ino);
    kept = scratch_read("archive", NAME);
    ck_assert_str_eq(kept, BODY);
}
END_TEST

START_TEST(what_is_taken_back_is_ours_and_visible)
{
    ck_assert_int_eq(spool_take_back(spool, NAME), 0); /* nothing is there */
    scratch_put("outbox", NAME, "somebody's");
    ck_assert_int_eq(spool_take_back(spool, NAME), 0);
    ck_assert(is_out()); /* nothing of it in the archive */
    take();
    put_out();
    ck_assert_int_eq(spool_take_back(spool, NAME), 0);
    ck_assert(!is_out() && scratch_exists("archive", NAME));
    scratch_put("outbox", NAME, "somebody's");
    ck_assert_int_eq(spool_take_back(spool, NAME), 0);
    ck_assert(is_out()); /* not our inode */
}
END_TEST

START_TEST(what_was_never_taken_is_put_back_once)
{
    put_out();
    take();
    ck_assert_int_eq(spool_put_back(spool, NAME, 5), 0);
    ck_assert(scratch_exists("outbox", ".TESTX-2024-L3-1.xml.5") && !is_out());
    ck_assert_int_eq(spool_put_back(spool, NAME, 5), 0); /* again after a crash */
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_TOKEN);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert(is_out() && is_ours());
    ck_assert_int_eq(spool_put_back(spool, NAME, 6), 0);
    ck_assert(!scratch_exists("outbox", ".TESTX-2024-L3-1.xml.6"));
    ck_assert_int_lt(spool_put_back(spool, "TESTX-2024-L3-9.xml", 6), 0); /* not in the archive */
}
END_TEST

START_TEST(temporary_names_of_one_file_are_cleared_and_no_other_s)
{
    put_out();
    scratch_put("outbox", ".TESTX-2024-L3-1.xml.4", "slow");
    scratch_put("outbox", ".TESTX-2024-L3-1.xml.12", "slow");
    scratch_put("outbox", ".TESTX-2024-L3-11.xml.4", "of another");
    scratch_put("outbox", ".TESTX-2024-L3-1.xml.again", "hidden");
    ck_assert_int_eq(spool_clear_tokens(spool, NAME), 0);
    ck_assert(!scratch_exists("outbox", ".TESTX-2024-L3-1.xml.4"));
    ck_assert(!scratch_exists("outbox", ".TESTX-2024-L3-1.xml.12"));
    ck_assert(scratch_exists("outbox", ".TESTX-2024-L3-11.xml.4"));
    ck_assert(scratch_exists("outbox", ".TESTX-2024-L3-1.xml.again"));
    ck_assert(is_out());
}
END_TEST

/* Somebody moves a file in under our name. */
static void come_back(void)
{
    scratch_put("archive", "new", "");
    ck_assert_int_eq(rename(scratch_path("archive", "new"), scratch_path("outbox", NAME)), 0);
}

START_TEST(what_the_treasury_does_is_noticed_and_what_we_do_is_not)
{
    struct pollfd fd = { .fd = spool_watch_fd(spool), .events = POLLIN };

    spool_stirred(spool);
    put_out();
    ck_assert(!spool_stirred(spool));
    ck_assert_int_eq(poll(&fd, 1, 0), 0);
    take();
    ck_assert_int_eq(poll(&fd, 1, 0), 1);
    ck_assert(spool_stirred(spool));
    ck_assert(!spool_stirred(spool));
    scratch_put("outbox", ".hidden", "");
    ck_assert_int_eq(unlink(scratch_path("outbox", ".hidden")), 0);
    ck_assert(!spool_stirred(spool));
    come_back();
    ck_assert(spool_stirred(spool)); /* under the name of the last one put out */
}
END_TEST

START_TEST(somebody_else_is_noticed_though_two_things_happen_at_once)
{
    spool_stirred(spool);
    scratch_put("outbox", "other.xml", "");
    ck_assert_int_eq(unlink(scratch_path("outbox", "other.xml")), 0);
    put_out();
    ck_assert(spool_stirred(spool));
    ck_assert(!spool_stirred(spool));
    take();
    ck_assert(spool_stirred(spool));
    come_back();
    ck_assert(spool_stirred(spool));
}
END_TEST

START_TEST(the_treasury_is_let_in)
{
    struct stat st;

    ck_assert_int_eq(chmod(state, 0700), 0);
    for (int n = 0; n < 2; n++) {
        ck_assert_int_eq(spool_let_in(spool), 0);
        ck_assert_int_eq(stat(state, &st), 0);
        ck_assert_int_eq(st.st_mode & 07777, 0711);
    }
    ck_assert_int_eq(chmod(state, 0701), 0);
    ck_assert_int_eq(spool_let_in(spool), 0);
    ck_assert_int_eq(stat(state, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0711);
}
END_TEST

static void check_names(int (*list)(struct spool *, struct arena *, const char ***, size_t *),
                        size_t wanted)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char **names = NULL;
    size_t count = 99;

    ck_assert_int_eq(list(spool, arena, &names, &count), 0);
    ck_assert_uint_eq(count, wanted);
    for (size_t i = 0; i < count; i++)
        ck_assert(names[i][0] != '.');
}

START_TEST(the_names_that_are_there_are_listed_without_hidden_ones)
{
    check_names(spool_visible, 0);
    check_names(spool_archived, 0);
    put_out();
    scratch_put("outbox", ".x", "");
    scratch_put("archive", ".x", "");
    scratch_put("archive", "older.xml", "");
    check_names(spool_visible, 1);
    check_names(spool_archived, 2);
}
END_TEST

START_TEST(the_archive_is_read)
{
    CLEANUP(text_free) struct text bytes = { 0 }, none = { 0 };

    ck_assert_int_eq(spool_archive_read(spool, NAME, &none), SPOOL_E_GONE);
    put_out();
    ck_assert_int_eq(spool_archive_read(spool, NAME, &bytes), 0);
    ck_assert_str_eq(bytes.s, BODY);
    ck_assert_int_eq(mkdir(scratch_path("archive", "folder"), 0700), 0);
    ck_assert_int_lt(spool_archive_read(spool, "folder", &none), 0);
}
END_TEST

static void check_note(enum spool_note_place place, const char *name, const char *wanted)
{
    CLEANUP(text_free) struct text text = { 0 };

    ck_assert_int_eq(spool_note_read(spool, place, name, &text), 0);
    ck_assert_str_eq(text.s, wanted);
}

START_TEST(a_note_stands_in_both_places)
{
    check_note(SPOOL_NOTE_ARCHIVE, "note", "");
    ck_assert_int_eq(spool_note_write(spool, "note", "first"), 0);
    ck_assert_int_eq(spool_note_write(spool, "note", "second"), 0);
    for (int p = 0; p < SPOOL_NOTE_PLACES; p++)
        check_note((enum spool_note_place)p, "note", "second");
    ck_assert(scratch_exists("archive", ".note"));
    ck_assert(scratch_exists(".", ".note"));
    ck_assert_int_eq(unlink(scratch_path("archive", ".note")), 0);
    for (int p = 0; p < SPOOL_NOTE_PLACES; p++)
        check_note((enum spool_note_place)p, "note", p == SPOOL_NOTE_ARCHIVE ? "" : "second");
    ck_assert_int_eq(mkdir(scratch_path("archive", ".note"), 0700), 0);
    {
        CLEANUP(text_free) struct text text = { 0 };

        ck_assert_int_lt(spool_note_read(spool, SPOOL_NOTE_ARCHIVE, "note", &text), 0);
    }
    ck_assert_int_lt(spool_note_write(spool, "note", "third"), 0);
}
END_TEST

START_TEST(nothing_stays_open)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    unsigned before = scratch_open_files();
    const char **names = NULL;
    struct sha256 seen;
    size_t count;

    for (int n = 0; n < 2; n++) {
        if (n == 0)
            put_out();
        ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_OUT);
        ck_assert_int_eq(spool_visible_digest(spool, NAME, &seen), 0);
        ck_assert_int_eq(spool_visible(spool, arena, &names, &count), 0);
        ck_assert_int_eq(spool_clear_tokens(spool, NAME), 0);
        ck_assert_int_eq(spool_note_write(spool, "note", "text"), 0);
        check_note(SPOOL_NOTE_STATE, "note", "text");
        ck_assert_uint_eq(scratch_open_files(), before);
    }
    spool_free(spool);
    ck_assert_uint_lt(scratch_open_files(), before);
    spool = NULL;
}
END_TEST

START_TEST(an_archive_that_is_not_there_any_more_stops_everything)
{
    bool out;

    put_out();
    ck_assert_int_eq(rename(scratch_path("archive", ""), scratch_path(".", "away")), 0);
    ck_assert_int_lt(spool_look(spool, NAME, &digest), 0);
    ck_assert_int_lt(spool_is_out(spool, NAME, &out), 0);
    ck_assert_int_lt(spool_is_ours(spool, NAME, &out), 0);
    ck_assert_int_lt(spool_take_back(spool, NAME), 0);
    ck_assert_int_lt(spool_note_write(spool, "note", "text"), 0);
    ck_assert(scratch_exists("outbox", NAME));
}
END_TEST

START_TEST(an_archive_has_one_id_that_stays)
{
    CLEANUP(mem_freep) char *first = NULL;
    struct spool *other;
    const char *id, *why;

    ck_assert_int_eq(spool_id(spool, &id), 0);
    ck_assert_uint_gt(strlen(id), 15);
    first = mem_strdup(id);
    scratch_put("archive", ".id.of-a-process-that-was-killed", "");
    ck_assert_int_eq(spool_open(&other, state, &why), 0);
    ck_assert_int_eq(spool_id(other, &id), 0);
    ck_assert_str_eq(id, first);
    ck_assert(!scratch_exists("archive", ".id.of-a-process-that-was-killed"));
    spool_free(other);
    spool_free(NULL);
}
END_TEST

START_TEST(a_lease_number_is_read_from_a_name)
{
    ck_assert_int_eq(spool_lease_of("TESTX-2024-L3-1.xml"), 3);
    ck_assert_int_eq(spool_lease_of("TESTX-2024-L999999-1"), 999999);
    ck_assert_int_eq(spool_lease_of("TESTX-2024-L1000000-1"), 0);
    ck_assert_int_eq(spool_lease_of("TESTX-2024-L0-1"), 0);
    ck_assert_int_eq(spool_lease_of("TESTX-2024-1"), 0);
    ck_assert_int_eq(spool_lease_of("TESTX-L"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("taken");
    TCase *c = suite_case(suite, "taken");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_file_is_ours_while_its_inode_stands_in_the_outbox);
    tcase_add_test(c, the_digest_is_of_what_stands_there);
    tcase_add_test(c, once_taken_the_archive_has_a_copy_of_its_own);
    tcase_add_test(c, what_is_taken_back_is_ours_and_visible);
    tcase_add_test(c, what_was_never_taken_is_put_back_once);
    tcase_add_test(c, temporary_names_of_one_file_are_cleared_and_no_other_s);
    tcase_add_test(c, what_the_treasury_does_is_noticed_and_what_we_do_is_not);
    tcase_add_test(c, somebody_else_is_noticed_though_two_things_happen_at_once);
    tcase_add_test(c, the_treasury_is_let_in);
    tcase_add_test(c, the_names_that_are_there_are_listed_without_hidden_ones);
    tcase_add_test(c, the_archive_is_read);
    tcase_add_test(c, a_note_stands_in_both_places);
    tcase_add_test(c, nothing_stays_open);
    tcase_add_test(c, an_archive_that_is_not_there_any_more_stops_everything);
    tcase_add_test(c, an_archive_has_one_id_that_stays);
    tcase_add_test(c, a_lease_number_is_read_from_a_name);
    return run_suite(suite);
}
