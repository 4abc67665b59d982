#include <base/err.h>
#include <base/mem.h>
#include <base/text.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spool/spool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct spool {
    int outbox, archive;
    char why[512];
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void dir_freep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* The folder NAME under STATE_DIR, made when it is missing; -1 with errno. */
static int open_folder(const char *state_dir, const char *name, mode_t mode)
{
    CLEANUP(text_free) struct text path = { 0 };

    text_addf(&path, "%s/%s", state_dir, name);
    if (mkdir(path.s, mode) != 0 && errno != EEXIST)
        return -1;
    return open(path.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Two bind mounts of one disk refuse link and rename with EXDEV: better known at start. */
static bool probe(struct spool *spool)
{
    int fd = openat(spool->outbox, ".probe", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                    0600);
    bool works = fd >= 0;

    if (works)
        close(fd);
    unlinkat(spool->archive, ".probe", 0);
    works = works && linkat(spool->outbox, ".probe", spool->archive, ".probe", 0) == 0;
    if (!works)
        snprintf(spool->why, sizeof spool->why,
                 "outbox and archive must be writable and on one mount: %s", strerror(errno));
    unlinkat(spool->archive, ".probe", 0);
    unlinkat(spool->outbox, ".probe", 0);
    return works;
}

int spool_open(struct spool **spoolp, const char *state_dir, const char **why)
{
    struct spool *spool = mem_new(1, sizeof *spool);

    *spoolp = spool;
    *why = spool->why;
    spool->archive = -1;
    spool->outbox = open_folder(state_dir, "outbox", 02750);
    if (spool->outbox >= 0)
        spool->archive = open_folder(state_dir, "archive", 0750);
    if (spool->outbox < 0 || spool->archive < 0) {
        snprintf(spool->why, sizeof spool->why, "%s: outbox or archive cannot be opened: %s",
                 state_dir, strerror(errno));
        return SPOOL_E_PLACE;
    }
    return probe(spool) ? 0 : SPOOL_E_PLACE;
}

void spool_free(struct spool *spool)
{
    if (!spool)
        return;
    close_fd(&spool->outbox);
    close_fd(&spool->archive);
    free(spool);
}

void spool_freep(struct spool **spoolp)
{
    spool_free(*spoolp);
}

static int write_all(int fd, const char *bytes, size_t length)
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

/* Whole and on disk under TOKEN, or not there at all. A failed fsync proves nothing about a second
 * one, so the file is deleted and written anew next time. */
static int write_token(struct spool *spool, const char *token, const void *body, size_t length)
{
    int fd, r;

    if (unlinkat(spool->outbox, token, 0) != 0 && errno != ENOENT)
        return err_raise(-errno, "outbox: %s cannot be removed", token);
    fd = openat(spool->outbox, token, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0440);
    if (fd < 0)
        return err_raise(-errno, "outbox: %s cannot be made: %s", token, strerror(errno));
    r = write_all(fd, body, length);
    if (!r && fsync(fd) != 0)
        r = -errno;
    if (close(fd) != 0 && !r)
        r = -errno;
    if (!r && fsync(spool->outbox) != 0)
        r = -errno;
    if (!r)
        return 0;
    unlinkat(spool->outbox, token, 0);
    return err_raise(r, "outbox: %s cannot be written: %s", token, strerror(-r));
}

static void token_name(struct text *out, const char *name, int64_t lease)
{
    text_addf(out, ".%s.%lld", name, (long long)lease);
}

int spool_fence(struct spool *spool, const char *name, int64_t lease, const void *body,
                size_t length, const struct sha256 *digest)
{
    CLEANUP(text_free) struct text token = { 0 };
    struct sha256 actual;
    int r = digest_sha256(&actual, body, length);

    if (r < 0)
        return err_trace(r);
    if (!digest_equal(&actual, digest))
        return err_raise(ERR_DAMAGED, "%s: the stored bytes do not have the stored digest", name);
    token_name(&token, name, lease);
    r = write_token(spool, token.s, body, length);
    if (r < 0)
        return err_trace(r);
    if (linkat(spool->outbox, token.s, spool->archive, name, 0) != 0) {
        r = errno;
        unlinkat(spool->outbox, token.s, 0);
        return r == EEXIST ? SPOOL_E_FENCED : err_raise(-r, "archive: %s: %s", name, strerror(r));
    }
    if (fsync(spool->archive) != 0)
        return err_raise(-errno, "archive: cannot be synced after %s", name);
    return 0;
}

/* The temporary name in the outbox that is the same inode as the archive's NAME; "" when none. */
static int find_token(struct spool *spool, const char *name, ino_t inode, struct text *out)
{
    int fd = openat(spool->outbox, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(dir_freep) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    size_t length = strlen(name);

    text_add(out, "", 0);
    if (!dir)
        return err_raise(-errno, "outbox: cannot be read");
    while ((entry = readdir(dir))) {
        struct stat st;

        if (entry->d_name[0] != '.' || strncmp(entry->d_name + 1, name, length) != 0 ||
            entry->d_name[length + 1] != '.')
            continue;
        if (fstatat(spool->outbox, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_ino == inode)
            text_add(out, entry->d_name, strlen(entry->d_name));
    }
    return 0;
}

static int archived(struct spool *spool, const char *name, struct stat *st)
{
    if (fstatat(spool->archive, name, st, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    return errno == ENOENT ? SPOOL_E_GONE
                           : err_raise(-errno, "archive: %s: %s", name, strerror(errno));
}

/* SPOOL_E_FOREIGN when the visible name is taken by a file that is not our inode. */
static int check_visible(struct spool *spool, const char *name, ino_t inode)
{
    struct stat st;

    if (fstatat(spool->outbox, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : err_raise(-errno, "outbox: %s", name);
    return st.st_ino == inode ? 0 : SPOOL_E_FOREIGN;
}

int spool_publish(struct spool *spool, const char *name)
{
    CLEANUP(text_free) struct text token = { 0 };
    struct stat st;
    int r = archived(spool, name, &st);

    if (r)
        return r;
    r = check_visible(spool, name, st.st_ino);
    if (!r)
        r = find_token(spool, name, st.st_ino, &token);
    if (r)
        return r;
    if (token.length &&
        renameat2(spool->outbox, token.s, spool->outbox, name, RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            return SPOOL_E_FOREIGN;
        if (errno != ENOENT) /* ENOENT: used up already, it is out */
            return err_raise(-errno, "outbox: %s cannot be renamed: %s", token.s, strerror(errno));
    }
    if (fsync(spool->outbox) != 0)
        return err_raise(-errno, "outbox: cannot be synced after %s", name);
    return 0;
}

static int archived_digest(struct spool *spool, const char *name, struct sha256 *out)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    CLEANUP(close_fd) int fd = openat(spool->archive, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char block[65536];
    ssize_t n;

    if (fd < 0)
        return err_raise(-errno, "archive: %s: %s", name, strerror(errno));
    text_add(&bytes, "", 0);
    while ((n = read(fd, block, sizeof block)) > 0)
        text_add(&bytes, block, (size_t)n);
    if (n < 0)
        return err_raise(-errno, "archive: %s: %s", name, strerror(errno));
    return digest_sha256(out, bytes.s, bytes.length);
}

int spool_look(struct spool *spool, const char *name, const struct sha256 *digest)
{
    CLEANUP(text_free) struct text token = { 0 };
    struct sha256 actual;
    struct stat st;
    int r = archived(spool, name, &st);

    if (r == SPOOL_E_GONE)
        return SPOOL_NOWHERE;
    if (!r)
        r = archived_digest(spool, name, &actual);
    if (r < 0)
        return err_trace(r);
    if (!digest_equal(&actual, digest))
        return SPOOL_DAMAGED;
    r = find_token(spool, name, st.st_ino, &token);
    if (r < 0)
        return err_trace(r);
    return token.length ? SPOOL_TOKEN : SPOOL_OUT;
}

int spool_highest_lease(struct spool *spool, int64_t *number)
{
    int fd = openat(spool->archive, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(dir_freep) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    *number = 0;
    if (!dir)
        return err_raise(-errno, "archive: cannot be read");
    while ((entry = readdir(dir))) {
        const char *at = strstr(entry->d_name, "-L");
        char digits[8] = "";
        int64_t v;

        if (at)
            snprintf(digits, sizeof digits, "%.*s", (int)strspn(at + 2, "0123456789"), at + 2);
        if (text_to_i64(digits, 1, 999999, &v) && v > *number)
            *number = v;
    }
    return 0;
}
