/* faults.c -- preloaded into a daemon under test: the n-th call of one kind fails.
 *
 * FAULTS_DIR/fault is one line "CALL NTH WHAT HOW", read at each call: WHAT is a number (an errno),
 * "kill" (SIGKILL before the call), "killed" (after it) or "short" (half of a write); HOW is "once"
 * (the line is removed as it fires) or "ever" (until somebody else removes it; FAULTS_DIR/fired is
 * made).  Only calls on files under FAULTS_STATE are counted, and every allocation ("malloc").
 * FAULTS_DIR/counts is written at the end of the process. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { OPENAT, WRITE, FSYNC, CLOSE, LINKAT, RENAMEAT, UNLINKAT, MALLOC, CALLS };
static const char *const NAMES[] = { "openat", "write",    "fsync",    "close",
                                     "linkat", "renameat", "unlinkat", "malloc" };
static unsigned long seen[CALLS], since_armed;
static bool inside; /* our own files are not counted, nor what they allocate */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

enum verdict { GO_ON, FAIL, SHORT, KILLED };

static void path_in(const char *name, char out[static 300])
{
    snprintf(out, 300, "%s/%s", getenv("FAULTS_DIR"), name);
}

static bool read_fault(char *call, unsigned long *nth, char *what, char *how)
{
    char path[300], line[100];
    long n;
    int fd;

    path_in("fault", path);
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    n = syscall(SYS_read, fd, line, sizeof line - 1);
    syscall(SYS_close, fd);
    line[n > 0 ? n : 0] = '\0';
    return sscanf(line, "%15s %lu %15s %15s", call, nth, what, how) == 4;
}

static enum verdict fire(const char *what, const char *how)
{
    char path[300];

    path_in(strcmp(how, "once") ? "fired" : "fault", path);
    if (!strcmp(how, "once"))
        syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    else
        syscall(SYS_close, (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0644));
    if (!strcmp(what, "kill"))
        raise(SIGKILL);
    if (!strcmp(what, "killed"))
        return KILLED;
    if (!strcmp(what, "short"))
        return SHORT;
    errno = atoi(what);
    return FAIL;
}

static enum verdict judge(enum call call)
{
    char name[16], what[16], how[16];
    enum verdict verdict = GO_ON;
    unsigned long nth;
    int before = errno;

    if (inside || !getenv("FAULTS_DIR"))
        return GO_ON;
    inside = true;
    seen[call]++;
    if (read_fault(name, &nth, what, how) && !strcmp(name, NAMES[call]) && ++since_armed >= nth)
        verdict = fire(what, how);
    inside = false;
    if (verdict != FAIL)
        errno = before;
    return verdict;
}

static bool in_state(int fd)
{
    const char *state = getenv("FAULTS_STATE");
    char link[40], path[400];
    ssize_t n;

    if (!state || fd < 0)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return !strncmp(path, state, strlen(state));
}

static enum verdict judge_fd(enum call call, int fd)
{
    return !inside && in_state(fd) ? judge(call) : GO_ON;
}

#define END(verdict)             \
    do {                         \
        if ((verdict) == KILLED) \
            raise(SIGKILL);      \
    } while (0)

static int open_as(enum verdict v, int folder, const char *path, int flags, mode_t mode)
{
    int fd = v == FAIL ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);

    END(v);
    return fd;
}

/* Both are called openat64 by the linker; the second one is what glibc's headers make of a call
 * without a mode. */
int openat(int folder, const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = va_arg(ap, mode_t);
    va_end(ap);
    return open_as(judge_fd(OPENAT, folder), folder, path, flags, mode);
}

int __openat64_2(int folder, const char *path, int flags)
{
    return open_as(judge_fd(OPENAT, folder), folder, path, flags, 0);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    enum verdict v = judge_fd(WRITE, fd);
    ssize_t n;

    if (v == FAIL)
        return -1;
    n = syscall(SYS_write, fd, bytes, v == SHORT ? (length + 1) / 2 : length);
    END(v);
    return n;
}

/* What FD is to the protocol: "token" (a file in the outbox), "outbox", "archive" (the folders),
 * "copy" (a file in the archive), "note" (what else is in the state folder). */
static const char *part_of(int fd)
{
    const char *state = getenv("FAULTS_STATE");
    char link[40], path[400];
    ssize_t n;
    size_t length = strlen(state);

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    if (strlen(path) < length)
        return "";
    return !strcmp(path + length, "/outbox")         ? "outbox"
           : !strcmp(path + length, "/archive")      ? "archive"
           : !strstr(path + length, ".xml")          ? "note"
           : !strncmp(path + length, "/outbox/", 8)  ? "token"
           : !strncmp(path + length, "/archive/", 9) ? "copy"
                                                     : "note";
}

/* FAULTS_SKIP names a part whose fsync does nothing and says that it did. */
static bool is_skipped(int fd)
{
    const char *skip = getenv("FAULTS_SKIP");

    return skip && in_state(fd) && !strcmp(skip, part_of(fd));
}

int fsync(int fd)
{
    enum verdict v = judge_fd(FSYNC, fd);
    int r = v == FAIL ? -1 : is_skipped(fd) ? 0 : (int)syscall(SYS_fsync, fd);

    END(v);
    return r;
}

int close(int fd)
{
    enum verdict v = judge_fd(CLOSE, fd);
    int error = errno, r = (int)syscall(SYS_close, fd);

    END(v);
    if (v != FAIL)
        return r;
    errno = error;
    return -1;
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    enum verdict v = judge_fd(LINKAT, from);
    int r = v == FAIL ? -1 : (int)syscall(SYS_linkat, from, old, to, new, flags);

    END(v);
    return r;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    enum verdict v = judge_fd(RENAMEAT, from);
    int r = v == FAIL ? -1 : (int)syscall(SYS_renameat2, from, old, to, new, flags);

    END(v);
    return r;
}

int renameat(int from, const char *old, int to, const char *new)
{
    return renameat2(from, old, to, new, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    enum verdict v = judge_fd(UNLINKAT, folder);
    int r = v == FAIL ? -1 : (int)syscall(SYS_unlinkat, folder, path, flags);

    END(v);
    return r;
}

void *malloc(size_t size)
{
    return judge(MALLOC) == FAIL ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return judge(MALLOC) == FAIL ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return judge(MALLOC) == FAIL ? NULL : __libc_realloc(old, size);
}

__attribute__((destructor)) static void write_counts(void)
{
    char path[300], line[300];
    int fd, length = 0;

    if (!getenv("FAULTS_DIR"))
        return;
    inside = true;
    for (int i = 0; i < CALLS; i++)
        length +=
            snprintf(line + length, sizeof line - (size_t)length, "%s %lu\n", NAMES[i], seen[i]);
    path_in("counts", path);
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    syscall(SYS_write, fd, line, (size_t)length);
    syscall(SYS_close, fd);
}
