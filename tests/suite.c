#include "suite.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASE_LIMIT_S = 300, SEED_FIXED = 20231212 };

TCase *suite_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, CASE_LIMIT_S);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

struct dice dice_new(uint64_t *seed)
{
    const char *given = getenv("TEST_SEED");

    *seed = given ? strtoull(given, NULL, 10) : SEED_FIXED;
    printf("# seed %" PRIu64 "\n", *seed); /* a comment is TAP */
    fflush(stdout);
    return (struct dice){ *seed };
}

uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int64_t dice_range(struct dice *dice, int64_t low, int64_t high)
{
    return low + (int64_t)(dice_next(dice) % (uint64_t)(high - low + 1));
}
