#include <base/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one process-wide setting of this floor: where a line goes is not worth a parameter
 * everywhere. */
static enum log_level level_max = LOG_LEVEL_INFO;

enum log_level log_level_find(const char *name)
{
    static const char *const names[] = { "err", "warning", "notice", "info", "debug" };

    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (!strcmp(names[i], name))
            return (enum log_level)(LOG_LEVEL_ERR + i);
    return LOG_LEVEL_INFO;
}

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
