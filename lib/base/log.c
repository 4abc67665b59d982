#include <base/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The one process-wide setting of this floor: where a line goes is not worth a parameter
 * everywhere. */
static enum log_level level_max = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    level_max = level;
}

void log_write(enum log_level level, const char *format, ...)
{
    char line[2048];
    va_list ap;

    if (level > level_max)
        return;
    va_start(ap, format);
    vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' '; /* one message, one line: nobody writes a second one through a name */
    if (getenv("JOURNAL_STREAM"))
        fprintf(stderr, "<%d>%s\n", (int)level, line);
    else
        fprintf(stderr, "%s\n", line);
}
