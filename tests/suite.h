/* suite.h -- what every Check program of ours ends with, and where the repository is. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>

/* Runs SUITE and writes TAP on standard output; the program's exit status. */
int run_suite(Suite *suite);

#endif
