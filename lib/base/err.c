#include <base/err.h>
#include <base/log.h>
#include <stdarg.h>
#include <stdio.h>

/* Of the process: the last message. */
static char last[1024];

int err_note(const char *file, int line, const char *func, int code, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(last, sizeof last, format, ap);
    va_end(ap);
    log_err("%s [%d at %s:%d %s]", last, code, file, line, func);
    return code;
}

const char *err_last(void)
{
    return last;
}

void err_recall(const char *text)
{
    snprintf(last, sizeof last, "%s", text);
}

int err_pass(const char *file, int line, const char *func, int code)
{
    log_debug("  through %s:%d %s [%d]", file, line, func, code);
    return code;
}
