/* Any bytes as a file that people write: a table (CSV), a scheme, the configuration. It is read, or
 * its mistakes are named; a scheme that is read has a ladder that adds up. The first byte says
 * which. */
#include <base/csv.h>
#include <conf/conf.h>
#include <conf/scheme_file.h>
#include <core/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool held)
{
    if (!held)
        abort();
}

static void see_table(const char *bytes, size_t length)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct csv_record record;
    unsigned last = 0;
    struct csv csv;

    csv_init(&csv, bytes, length);
    while (!csv_next(&csv, arena, &record)) {
        must(record.line > last && record.count > 0);
        last = record.line;
        for (size_t i = 0; i < record.count; i++)
            must(strlen(record.fields[i]) <= CSV_RECORD_MAX);
    }
}

static void see_scheme(const char *bytes, size_t length)
{
    struct faults faults = { .arena = arena_new() };
    struct plan_rung plan[SCHEME_RUNGS_MAX] = { 0 };
    struct cents none = { 0 };
    struct scheme scheme;
    bool read = scheme_file_read(&scheme, bytes, length, &faults);

    must(read == !faults.count);
    if (read) {
        plan_ceilings(&scheme, scheme.grant_max, plan);
        must(plan_holds(plan, scheme.rung_count, scheme.grant_max, none));
    }
    arena_free(faults.arena);
}

static void see_conf(const char *bytes, size_t length)
{
    struct faults faults = { .arena = arena_new() };
    int fd = memfd_create("conf", 0);
    struct conf *conf;
    char path[40];

    must(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    conf = conf_read(path, &faults);
    must((conf != NULL) == !faults.count);
    if (conf)
        conf_free(conf);
    close(fd);
    arena_free(faults.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *rest = (const char *)bytes + 1;

    if (!length)
        return 0;
    if (bytes[0] % 3 == 0)
        see_table(rest, length - 1);
    else if (bytes[0] % 3 == 1)
        see_scheme(rest, length - 1);
    else
        see_conf(rest, length - 1);
    return 0;
}
