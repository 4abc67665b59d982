#include "scratch.h"
#include <base/mem.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

const char *scratch_make(void)
{
    snprintf(folder, sizeof folder, "/tmp/test_spool.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

void scratch_remove(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

const char *scratch_path(const char *part, const char *name)
{
    static char paths[4][512];
    static unsigned at;
    char *path = paths[at++ % ARRAY_LEN(paths)];

    snprintf(path, sizeof paths[0], "%s/%s/%s", folder, part, name);
    return path;
}

bool scratch_exists(const char *part, const char *name)
{
    struct stat st;

    return lstat(scratch_path(part, name), &st) == 0;
}

void scratch_put(const char *part, const char *name, const char *body)
{
    FILE *f = fopen(scratch_path(part, name), "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(body, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

char *scratch_read(const char *part, const char *name)
{
    FILE *f = fopen(scratch_path(part, name), "r");
    char *text;
    size_t n;

    if (!f)
        return NULL;
    text = mem_new(1, 65536);
    n = fread(text, 1, 65535, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

unsigned scratch_open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

unsigned scratch_mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    unsigned count = 0;
    char line[1024];

    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof line, f))
        count += strstr(line, folder) != NULL;
    fclose(f);
    return count;
}

void scratch_age(const char *part, const char *name, long seconds)
{
    struct timespec times[2] = { { .tv_sec = time(NULL) - seconds },
                                 { .tv_sec = time(NULL) - seconds } };

    ck_assert_int_eq(utimensat(AT_FDCWD, scratch_path(part, name), times, 0), 0);
}
