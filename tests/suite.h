/* suite.h -- what every Check program of ours shares: one way to run a suite, a cheap check, dice.
 *
 * A Check assertion writes down where it passed, each time; inside loops of millions EXPECT() says
 * something only when it fails. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stdint.h>

#define EXPECT(condition, ...)         \
    do {                               \
        if (!(condition))              \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)

/* A test case of SUITE with a time limit that valgrind keeps too. */
TCase *suite_case(Suite *suite, const char *name);

/* Runs SUITE and writes TAP on standard output; the program's exit status. Each test is a process
 * of its own; with CK_FORK=no in the environment, a debugger and valgrind see the test itself. */
int run_suite(Suite *suite);

/* Random numbers that are the same on every machine: splitmix64. */
struct dice {
    uint64_t state;
};

/* Dice from TEST_SEED, or a fixed seed; *SEED is what a failure has to name. */
struct dice dice_new(uint64_t *seed);
uint64_t dice_next(struct dice *dice);

/* A number from LOW to HIGH, both included. */
int64_t dice_range(struct dice *dice, int64_t low, int64_t high);

#endif
