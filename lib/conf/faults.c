#include <base/text.h>
#include <conf/faults.h>
#include <stdarg.h>

void faults_add(struct faults *faults, unsigned line, unsigned column, const char *format, ...)
{
    struct fault *fault;
    char *text;
    va_list ap;

    faults->count++;
    if (faults->listed == FAULTS_MAX)
        return;
    fault = arena_push(faults->arena, faults->list, faults->listed);
    va_start(ap, format);
    text = arena_vprintf(faults->arena, format, ap);
    va_end(ap);
    text_cut(text, FAULT_TEXT_MAX);
    *fault = (struct fault){ line, column, text };
}
