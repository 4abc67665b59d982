#include <base/err.h>
#include <base/log.h>
#include <stdarg.h>
#include <stdio.h>

int err_note(const char *file, int line, const char *func, int code, const char *format, ...)
{
    char message[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    log_err("%s [%d at %s:%d %s]", message, code, file, line, func);
    return code;
}

int err_pass(const char *file, int line, const char *func, int code)
{
    log_debug("  through %s:%d %s [%d]", file, line, func, code);
    return code;
}
