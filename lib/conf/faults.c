#include <conf/faults.h>
#include <stdarg.h>

void faults_add(struct faults *faults, unsigned line, unsigned column, const char *format, ...)
{
    struct fault *fault = arena_push(faults->arena, faults->list, faults->count);
    va_list ap;

    va_start(ap, format);
    fault->line = line;
    fault->column = column;
    fault->text = arena_vprintf(faults->arena, format, ap);
    va_end(ap);
}
