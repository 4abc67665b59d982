#include "folder.h"
#include <base/mem.h>
#include <base/text.h>
#include <errno.h>
#include <fcntl.h>
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
