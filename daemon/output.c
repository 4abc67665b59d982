#include "output.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

int output_check(const char *program, int r, int failed)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return r;
    fprintf(stderr, "%s: %s\n", program, strerror(errno));
    return r ? r : failed;
}
