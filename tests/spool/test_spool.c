/* The outbox on a real folder: put out once, settled by looking. */
#include "scratch.h"
#include "suite.h"
#include <base/text.h>
#include <base/mem.h>
#include <errno.h>
#include <fcntl.h>
#include <spool/spool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char BODY[] = "<Document/>\n";
static const char NAME[] = "TESTX-2024-L3-1.xml";
static const char *folder;
static struct spool *spool;
static struct sha256 digest;

static void set_up(void)
{
    const char *why;

    folder = scratch_make();
    ck_assert_int_eq(spool_open(&spool, folder, &why), 0);
    ck_assert_int_eq(digest_sha256(&digest, BODY, sizeof BODY - 1), 0);
}

static void tear_down(void)
{
    spool_free(spool);
    spool = NULL;
    scratch_remove();
}

static int fence(void)
{
    return spool_fence(spool, NAME, 3, BODY, sizeof BODY - 1, &digest);
}

START_TEST(a_file_is_out_whole_read_only_and_archived_as_the_same_inode)
{
    struct stat out, kept;

    ck_assert_int_eq(fence(), 0);
    ck_assert(!scratch_exists("outbox", NAME));
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert_int_eq(stat(scratch_path("outbox", NAME), &out), 0);
    ck_assert_int_eq(stat(scratch_path("archive", NAME), &kept), 0);
    ck_assert(out.st_ino == kept.st_ino);
    ck_assert_int_eq(out.st_mode & 0777, 0440);
    ck_assert_int_eq(out.st_size, sizeof BODY - 1);
    ck_assert(!scratch_exists("outbox", ".TESTX-2024-L3-1.xml.3"));
}
END_TEST

START_TEST(a_second_fence_is_refused_and_leaves_the_first_alone)
{
    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_fence(spool, NAME, 4, BODY, sizeof BODY - 1, &digest), SPOOL_E_FENCED);
    ck_assert(!scratch_exists("outbox", ".TESTX-2024-L3-1.xml.4"));
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
}
END_TEST

START_TEST(publishing_twice_is_harmless)
{
    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
}
END_TEST

START_TEST(a_file_taken_by_the_treasury_is_never_put_out_again)
{
    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert_int_eq(unlink(scratch_path("outbox", NAME)), 0);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_OUT);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert(!scratch_exists("outbox", NAME));
    ck_assert_int_eq(fence(), SPOOL_E_FENCED);
}
END_TEST

START_TEST(looking_tells_every_stage_apart)
{
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_NOWHERE);
    scratch_put("outbox", ".TESTX-2024-L3-1.xml.2", "half");
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_NOWHERE);
    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_TOKEN);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_OUT);
}
END_TEST

START_TEST(a_left_over_token_of_a_crash_is_written_anew)
{
    scratch_put("outbox", ".TESTX-2024-L3-1.xml.3", "half of it");
    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_OUT);
}
END_TEST

START_TEST(a_foreign_file_under_our_name_stops_the_export)
{
    ck_assert_int_eq(fence(), 0);
    scratch_put("outbox", NAME, "somebody else's");
    ck_assert_int_eq(spool_publish(spool, NAME), SPOOL_E_FOREIGN);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_TOKEN);
}
END_TEST

START_TEST(other_bytes_in_the_archive_are_damage)
{
    scratch_put("archive", NAME, "other bytes");
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_DAMAGED);
}
END_TEST

START_TEST(bytes_without_their_digest_are_not_written)
{
    digest.bytes[0] ^= 1;
    ck_assert_int_lt(fence(), 0);
    ck_assert(!scratch_exists("archive", NAME));
}
END_TEST

START_TEST(publishing_what_was_never_fenced_is_refused)
{
    ck_assert_int_eq(spool_publish(spool, NAME), SPOOL_E_GONE);
}
END_TEST

START_TEST(the_highest_lease_is_read_from_archived_names)
{
    int64_t number = -1;

    ck_assert_int_eq(spool_highest_lease(spool, &number), 0);
    ck_assert_int_eq(number, 0);
    scratch_put("archive", "TESTX-2024-L3-1.xml", "");
    scratch_put("archive", "TESTX-2024-L12-7.xml", "");
    scratch_put("archive", "notes.txt", "");
    ck_assert_int_eq(spool_highest_lease(spool, &number), 0);
    ck_assert_int_eq(number, 12);
}
END_TEST

START_TEST(a_folder_that_was_replaced_is_followed_not_written_into)
{
    char other[128];
    bool replaced = false;

    snprintf(other, sizeof other, "%s/outbox.old", folder);
    ck_assert_int_eq(rename(scratch_path("outbox", ""), other), 0);
    ck_assert_int_eq(mkdir(scratch_path("outbox", ""), 0750), 0);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), -ESTALE); /* decided about first */
    ck_assert_int_eq(spool_new_outbox(spool, &replaced), 0);
    ck_assert(replaced);
    ck_assert_int_eq(spool_new_outbox_known(spool), 0);
    ck_assert_int_eq(spool_look(spool, NAME, &digest), SPOOL_NOWHERE);
    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    ck_assert(scratch_exists("outbox", NAME));
}
END_TEST

/* Of what was in another folder nobody can say that it was taken. */
START_TEST(what_stood_in_a_replaced_outbox_is_not_judged)
{
    char away[128];
    bool out = false, replaced = false;

    ck_assert_int_eq(fence(), 0);
    ck_assert_int_eq(spool_publish(spool, NAME), 0);
    snprintf(away, sizeof away, "%s/away", folder);
    ck_assert_int_eq(rename(scratch_path("outbox", ""), away), 0);
    ck_assert_int_eq(mkdir(scratch_path("outbox", ""), 0750), 0);
    ck_assert_int_eq(spool_is_out(spool, NAME, &out), 0);
    ck_assert(out);
    ck_assert_int_eq(spool_new_outbox(spool, &replaced), 0);
    ck_assert(replaced);
    ck_assert_int_eq(spool_new_outbox_known(spool), 0);
    ck_assert_int_eq(spool_is_out(spool, NAME, &out), 0);
    ck_assert(!out);
}
END_TEST

START_TEST(a_file_is_hidden_as_often_as_it_comes_back)
{
    for (int n = 0; n < 5; n++) {
        scratch_put("outbox", NAME, BODY);
        ck_assert_int_eq(spool_hide(spool, NAME), 0);
        ck_assert(!scratch_exists("outbox", NAME));
    }
    ck_assert_int_eq(spool_hide(spool, NAME), SPOOL_E_GONE);
}
END_TEST

START_TEST(a_barred_name_is_never_fenced_and_a_fenced_one_never_barred)
{
    static const char other[] = "TESTX-2024-L3-2.xml";

    ck_assert_int_eq(spool_bar(spool, NAME), 0);
    ck_assert_int_eq(fence(), SPOOL_E_FENCED);
    ck_assert_int_eq(spool_bar(spool, NAME), 0); /* as after a COMMIT that failed */
    ck_assert_int_eq(fence(), SPOOL_E_FENCED);
    ck_assert(!scratch_exists("outbox", NAME));
    ck_assert_int_eq(spool_fence(spool, other, 3, BODY, sizeof BODY - 1, &digest), 0);
    ck_assert_int_eq(spool_bar(spool, other), SPOOL_E_FENCED);
}
END_TEST

START_TEST(an_archive_that_is_not_the_outbox_s_is_refused)
{
    struct spool *other;
    const char *why;
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s/archive'", folder);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(spool_open(&other, folder, &why), SPOOL_E_PLACE);
    ck_assert_ptr_nonnull(strstr(why, "outbox/.id"));
    spool_free(other);
    ck_assert_int_eq(unlink(scratch_path("outbox", ".id")), 0);
    ck_assert_int_eq(spool_open(&other, folder, &why), 0);
    spool_free(other);
}
END_TEST

START_TEST(ids_that_were_drawn_in_vain_are_swept_away)
{
    struct spool *other;
    const char *why;

    scratch_put("archive", ".id.0123456789abcdef", "0123456789abcdef");
    scratch_put("archive", ".identity", "somebody's");
    ck_assert_int_eq(spool_open(&other, folder, &why), 0);
    ck_assert(!scratch_exists("archive", ".id.0123456789abcdef"));
    ck_assert(scratch_exists("archive", ".id") && scratch_exists("archive", ".identity"));
    spool_free(other);
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_refused_with_a_reason)
{
    struct spool *other = NULL;
    const char *why = "";

    ck_assert_int_eq(spool_open(&other, "/proc/self", &why), SPOOL_E_PLACE);
    ck_assert_ptr_nonnull(strstr(why, "/proc/self"));
    spool_free(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spool");
    TCase *t = tcase_create("outbox");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, a_file_is_out_whole_read_only_and_archived_as_the_same_inode);
    tcase_add_test(t, a_second_fence_is_refused_and_leaves_the_first_alone);
    tcase_add_test(t, publishing_twice_is_harmless);
    tcase_add_test(t, a_file_taken_by_the_treasury_is_never_put_out_again);
    tcase_add_test(t, looking_tells_every_stage_apart);
    tcase_add_test(t, a_left_over_token_of_a_crash_is_written_anew);
    tcase_add_test(t, a_foreign_file_under_our_name_stops_the_export);
    tcase_add_test(t, other_bytes_in_the_archive_are_damage);
    tcase_add_test(t, bytes_without_their_digest_are_not_written);
    tcase_add_test(t, publishing_what_was_never_fenced_is_refused);
    tcase_add_test(t, the_highest_lease_is_read_from_archived_names);
    tcase_add_test(t, a_folder_that_was_replaced_is_followed_not_written_into);
    tcase_add_test(t, what_stood_in_a_replaced_outbox_is_not_judged);
    tcase_add_test(t, a_file_is_hidden_as_often_as_it_comes_back);
    tcase_add_test(t, a_barred_name_is_never_fenced_and_a_fenced_one_never_barred);
    tcase_add_test(t, ids_that_were_drawn_in_vain_are_swept_away);
    tcase_add_test(t, an_archive_that_is_not_the_outbox_s_is_refused);
    tcase_add_test(t, a_place_that_cannot_be_written_is_refused_with_a_reason);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
