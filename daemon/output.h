/* output.h -- what a program printed, told whole or not at all. */
#ifndef DAEMON_OUTPUT_H
#define DAEMON_OUTPUT_H

/* R, or FAILED where R is 0 and standard output could not take everything, as on a full disk:
 * PROGRAM says so on standard error. */
int output_check(const char *program, int r, int failed);

#endif
