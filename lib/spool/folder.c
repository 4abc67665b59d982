#include "folder.h"
#include <base/err.h>
#include <base/failpoint.h>
#include <base/mem.h>
#include <base/text.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void dir_freep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

DIR *folder_read(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (!dir && fd >= 0)
        close(fd);
    return dir;
}

/* It is opened first and made without setgid: the unit's filter refuses any mkdir with that bit,
 * even of what exists. */
int folder_open(const char *state_dir, const char *name, mode_t mode)
{
    CLEANUP(text_free) struct text path = { 0 };
    int fd;

    text_addf(&path, "%s/%s", state_dir, name);
    fd = open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 || errno != ENOENT || mkdir(path.s, mode) != 0)
        return fd;
    return open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

static int fill(int fd, const void *bytes, size_t length)
{
    int r = write_all(fd, bytes, length);

    FAILPOINT(file_filled);
    if (!r && fsync(fd) != 0)
        r = -errno;
    FAILPOINT(file_synced);
    if (close(fd) != 0 && !r)
        r = -errno;
    return r;
}

/* ERROR, negative, with the path of NAME in it: whoever reads it must know where to look. */
static int file_failed(int folder, const char *name, const char *what, int error)
{
    char link[40], path[256];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return err_raise(error, "%s/%s cannot be %s: %s", path, name, what, strerror(-error));
}

int file_write(int folder, const char *name, const void *bytes, size_t length)
{
    int fd, r;

    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        return file_failed(folder, name, "removed", -errno);
    fd = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0440);
    if (fd < 0)
        return file_failed(folder, name, "made", -errno);
    FAILPOINT(file_made);
    r = fill(fd, bytes, length);
    if (!r && fsync(folder) != 0)
        r = -errno;
    if (!r) {
        FAILPOINT(file_durable);
        return 0;
    }
    unlinkat(folder, name, 0);
    return file_failed(folder, name, "written", r);
}

int file_replace(int folder, const char *name, const void *bytes, size_t length)
{
    CLEANUP(text_free) struct text copy = { 0 };
    int r;

    text_addf(&copy, ".%s.copy", name);
    r = file_write(folder, copy.s, bytes, length);
    if (r < 0)
        return err_trace(r);
    if (renameat(folder, copy.s, folder, name) != 0 || fsync(folder) != 0)
        return err_raise(-errno, "%s cannot be replaced: %s", name, strerror(errno));
    FAILPOINT(file_replaced);
    return 0;
}

int file_read(int folder, const char *name, struct text *bytes)
{
    CLEANUP(close_fd) int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char block[65536];
    ssize_t n;

    if (fd < 0)
        return -errno;
    text_add(bytes, "", 0);
    while ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
        text_add(bytes, block, n > 0 ? (size_t)n : 0);
    return n < 0 ? -errno : 0;
}

int folder_names(int folder, struct arena *arena, const char ***names, size_t *count)
{
    CLEANUP(dir_freep) DIR *dir = folder_read(folder);
    struct dirent *entry;

    *names = NULL;
    *count = 0;
    if (!dir)
        return err_raise(-errno, "a folder cannot be read: %s", strerror(errno));
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') {
            const char **name = arena_push(arena, *names, *count);

            *name = arena_strdup(arena, entry->d_name);
        }
    return 0;
}
