/* The log: one line a message, as loud as was asked for, with journald's prefix under systemd. */
#include "suite.h"
#include <base/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int before;

/* Standard error goes into a file until read_back(). */
static void divert(void)
{
    char path[] = "/tmp/tranched-log.XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(unlink(path), 0);
    fflush(stderr);
    before = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static const char *read_back(void)
{
    static char said[8192];
    ssize_t n;

    fflush(stderr);
    n = pread(STDERR_FILENO, said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    dup2(before, STDERR_FILENO);
    close(before);
    return said;
}

START_TEST(levels_have_the_names_of_syslog)
{
    static const char *const names[] = { "err", "warning", "notice", "info", "debug" };

    for (int i = 0; i < 5; i++)
        ck_assert_int_eq((int)log_level_find(names[i]), LOG_LEVEL_ERR + i);
    ck_assert_int_eq((int)log_level_find("loud"), LOG_LEVEL_INFO);
}
END_TEST

START_TEST(what_is_louder_than_asked_for_is_dropped)
{
    unsetenv("JOURNAL_STREAM");
    divert();
    log_info("a");
    log_debug("b");
    log_set_level(LOG_LEVEL_WARNING);
    log_notice("c");
    log_warning("d");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("e");
    ck_assert_str_eq(read_back(), "a\nd\ne\n");
    log_set_level(LOG_LEVEL_INFO);
}
END_TEST

/* A name with a line break writes no line of its own. */
START_TEST(a_message_is_one_line)
{
    char endless[5000];

    unsetenv("JOURNAL_STREAM");
    divert();
    log_err("%s, %s", "a\r\nleading, under lease number 1", "b\n");
    ck_assert_str_eq(read_back(), "a  leading, under lease number 1, b \n");
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    divert();
    log_err("%s", endless);
    ck_assert_uint_eq(strlen(read_back()), 2048); /* what is too long is cut, and the line ends */
}
END_TEST

START_TEST(journald_is_told_the_level)
{
    setenv("JOURNAL_STREAM", "8:1", 1);
    divert();
    log_err("a");
    log_info("b");
    ck_assert_str_eq(read_back(), "<3>a\n<6>b\n");
    unsetenv("JOURNAL_STREAM");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *c = suite_case(suite, "log");

    tcase_add_test(c, levels_have_the_names_of_syslog);
    tcase_add_test(c, what_is_louder_than_asked_for_is_dropped);
    tcase_add_test(c, a_message_is_one_line);
    tcase_add_test(c, journald_is_told_the_level);
    return run_suite(suite);
}
