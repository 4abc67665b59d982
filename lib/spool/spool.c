#include "folder.h"
#include <base/err.h>
#include <base/log.h>
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
    char *state_dir;
    char id[RANDOM_ID_MAX];
    char why[512];
};

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

/* Draws the archive's id, unless it has one; false when that cannot be done. */
static bool draw_id(struct spool *spool)
{
    char drawn[RANDOM_ID_MAX];
    int fd = openat(spool->archive, ".id", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0440);
    bool good;

    if (fd < 0)
        return errno == EEXIST;
    good = digest_random_id(drawn) == 0 && write_all(fd, drawn, strlen(drawn)) == 0 &&
           fsync(fd) == 0 && fsync(spool->archive) == 0;
    close(fd);
    return good;
}

/* Reads it; another one than before means another archive. */
static bool read_id(struct spool *spool)
{
    CLEANUP(close_fd) int fd = -1;
    char found[RANDOM_ID_MAX] = "";

    if (draw_id(spool))
        fd = openat(spool->archive, ".id", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || read(fd, found, sizeof found - 1) != RANDOM_ID_MAX - 1) {
        snprintf(spool->why, sizeof spool->why, "%s/archive/.id cannot be read or made",
                 spool->state_dir);
        return false;
    }
    if (spool->id[0] && strcmp(spool->id, found) != 0) {
        snprintf(spool->why, sizeof spool->why, "%s/archive is another one now: restart to use it",
                 spool->state_dir);
        return false;
    }
    memcpy(spool->id, found, sizeof found);
    return true;
}

const char *spool_id(const struct spool *spool)
{
    return spool->id;
}

/* Opens both folders, the old descriptors closed; SPOOL_E_PLACE with a reason. */
static int open_folders(struct spool *spool)
{
    close_fd(&spool->outbox);
    close_fd(&spool->archive);
    spool->archive = -1;
    spool->outbox = folder_open(spool->state_dir, "outbox", 0750);
    if (spool->outbox >= 0)
        spool->archive = folder_open(spool->state_dir, "archive", 0750);
    if (spool->outbox < 0 || spool->archive < 0) {
        snprintf(spool->why, sizeof spool->why, "%s: outbox or archive cannot be opened: %s",
                 spool->state_dir, strerror(errno));
        return SPOOL_E_PLACE;
    }
    return probe(spool) && read_id(spool) ? 0 : SPOOL_E_PLACE;
}

int spool_open(struct spool **spoolp, const char *state_dir, const char **why)
{
    struct spool *spool = mem_new(1, sizeof *spool);

    *spoolp = spool;
    *why = spool->why;
    spool->state_dir = mem_strdup(state_dir);
    spool->outbox = spool->archive = -1;
    return open_folders(spool);
}

static bool is_folder(const struct spool *spool, const char *name, int fd)
{
    CLEANUP(text_free) struct text path = { 0 };
    struct stat named, held;

    text_addf(&path, "%s/%s", spool->state_dir, name);
    return stat(path.s, &named) == 0 && fstat(fd, &held) == 0 && named.st_dev == held.st_dev &&
           named.st_ino == held.st_ino;
}

/* A folder that was moved away or made anew is not the one that is held open: a file put there
 * would be lost in silence. */
static int follow_folders(struct spool *spool)
{
    if (is_folder(spool, "outbox", spool->outbox) && is_folder(spool, "archive", spool->archive))
        return 0;
    log_warning("outbox or archive under %s was replaced: opening it anew", spool->state_dir);
    if (open_folders(spool) != 0)
        return err_raise(-EIO, "%s", spool->why);
    return 0;
}

void spool_free(struct spool *spool)
{
    if (!spool)
        return;
    close_fd(&spool->outbox);
    close_fd(&spool->archive);
    free(spool->state_dir);
    free(spool);
}

void spool_freep(struct spool **spoolp)
{
    spool_free(*spoolp);
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

/* What was done before a crash may not be on disk yet: made sure of before anybody builds on it. */
static int sync_folders(struct spool *spool)
{
    if (fsync(spool->archive) != 0 || fsync(spool->outbox) != 0)
        return err_raise(-errno, "outbox or archive cannot be synced: %s", strerror(errno));
    return 0;
}

int spool_look(struct spool *spool, const char *name, const struct sha256 *digest)
{
    CLEANUP(text_free) struct text token = { 0 };
    struct sha256 actual;
    struct stat st;
    int r = follow_folders(spool);

    if (!r)
        r = archived(spool, name, &st);

    if (r == SPOOL_E_GONE)
        return SPOOL_NOWHERE;
    if (!r)
        r = archived_digest(spool, name, &actual);
    if (r < 0)
        return err_trace(r);
    if (!digest_equal(&actual, digest))
        return SPOOL_DAMAGED;
    r = find_token(spool, name, st.st_ino, &token);
    if (!r)
        r = sync_folders(spool);
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
