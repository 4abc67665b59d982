/* The token protocol. */
#include "folder.h"
#include "place.h"
#include <base/err.h>
#include <base/failpoint.h>
#include <base/mem.h>
#include <base/text.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void spool_token_name(struct text *out, const char *name, int64_t lease)
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
    spool_token_name(&token, name, lease);
    r = file_write(spool->outbox, token.s, body, length);
    if (r < 0)
        return err_trace(r);
    if (linkat(spool->outbox, token.s, spool->archive, name, 0) != 0) {
        r = errno;
        unlinkat(spool->outbox, token.s, 0);
        /* ENOENT: the token was cleared away by whoever put the file out meanwhile */
        return r == EEXIST || r == ENOENT ? SPOOL_E_FENCED
                                          : err_raise(-r, "archive: %s: %s", name, strerror(r));
    }
    FAILPOINT(fence_linked);
    if (fsync(spool->archive) != 0)
        return err_raise(-errno, "archive: cannot be synced after %s", name);
    FAILPOINT(fence_durable);
    return 0;
}

/* Whether NAME is barred already: no order file is empty. */
static bool is_barred(const struct spool *spool, const char *name)
{
    struct stat st;

    return fstatat(spool->archive, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size == 0;
}

int spool_bar(struct spool *spool, const char *name)
{
    CLEANUP(text_free) struct text own = { 0 };
    int r;

    text_addf(&own, ".bar.%s", name);
    r = file_write(spool->archive, own.s, "", 0);
    if (r < 0)
        return err_trace(r);
    r = linkat(spool->archive, own.s, spool->archive, name, 0) == 0 ? 0 : errno;
    unlinkat(spool->archive, own.s, 0);
    if (r && !(r == EEXIST && is_barred(spool, name)))
        return r == EEXIST ? SPOOL_E_FENCED : err_raise(-r, "archive: %s: %s", name, strerror(r));
    return fsync(spool->archive) == 0
               ? 0
               : err_raise(-errno, "archive: cannot be synced after %s", name);
}

/* Whether ENTRY is a temporary name of NAME: ".NAME.<lease>". */
static bool is_token(const char *entry, const char *name)
{
    size_t length = strlen(name);

    return entry[0] == '.' && !strncmp(entry + 1, name, length) && entry[length + 1] == '.' &&
           entry[length + 2] && !entry[length + 2 + strspn(entry + length + 2, "0123456789")];
}

int spool_find_token(struct spool *spool, const char *name, ino_t inode, struct text *out)
{
    CLEANUP(dir_freep) DIR *dir = folder_read(spool->outbox);
    struct dirent *entry;

    text_add(out, "", 0);
    if (!dir)
        return err_raise(-errno, "outbox: cannot be read: %s", strerror(errno));
    while ((entry = readdir(dir))) {
        struct stat st;

        if (!is_token(entry->d_name, name))
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
        r = spool_find_token(spool, name, st.st_ino, &token);
    if (r)
        return r;
    FAILPOINT(token_found);
    snprintf(spool->published, sizeof spool->published, "%s", name);
    if (token.length &&
        renameat2(spool->outbox, token.s, spool->outbox, name, RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            return SPOOL_E_FOREIGN;
        if (errno != ENOENT) /* ENOENT: used up already, it is out */
            return err_raise(-errno, "outbox: %s cannot be renamed: %s", token.s, strerror(errno));
    }
    FAILPOINT(published);
    r = spool_sync_outbox(spool);
    FAILPOINT(published_durable);
    return r;
}

int spool_clear_tokens(struct spool *spool, const char *name)
{
    CLEANUP(dir_freep) DIR *dir = folder_read(spool->outbox);
    struct dirent *entry;

    if (!dir)
        return err_raise(-errno, "outbox: cannot be read: %s", strerror(errno));
    while ((entry = readdir(dir)))
        if (is_token(entry->d_name, name) && unlinkat(spool->outbox, entry->d_name, 0) != 0 &&
            errno != ENOENT)
            return err_raise(-errno, "outbox: %s cannot be removed: %s", entry->d_name,
                             strerror(errno));
    return 0;
}

static int archived_digest(struct spool *spool, const char *name, struct sha256 *out)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    int r = file_read(spool->archive, name, &bytes);

    return r < 0 ? err_raise(r, "archive: %s: %s", name, strerror(-r))
                 : digest_sha256(out, bytes.s, bytes.length);
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
    int r = place_follow(spool);

    if (!r && spool->outbox_new)
        return err_raise(-ESTALE, "outbox: it took another one's place: looking again");
    if (!r)
        r = archived(spool, name, &st);
    if (r == SPOOL_E_GONE)
        return SPOOL_NOWHERE;
    if (!r)
        r = archived_digest(spool, name, &actual);
    if (r)
        return err_trace(r);
    if (!digest_equal(&actual, digest))
        return SPOOL_DAMAGED;
    r = spool_find_token(spool, name, st.st_ino, &token);
    if (!r)
        r = sync_folders(spool);
    if (r < 0)
        return err_trace(r);
    if (token.length)
        return SPOOL_TOKEN;
    r = check_visible(spool, name, st.st_ino);
    return r < 0 ? err_trace(r) : r == SPOOL_E_FOREIGN ? SPOOL_FOREIGN : SPOOL_OUT;
}

int64_t spool_lease_of(const char *name)
{
    const char *at = strstr(name, "-L");
    char digits[8] = "";
    int64_t number;

    if (at)
        snprintf(digits, sizeof digits, "%.*s", (int)strspn(at + 2, "0123456789"), at + 2);
    return text_to_i64(digits, 1, 999999, &number) ? number : 0;
}

int spool_highest_lease(struct spool *spool, int64_t *number)
{
    int r = place_follow(spool);
    CLEANUP(dir_freep) DIR *dir = r < 0 ? NULL : folder_read(spool->archive);
    struct dirent *entry;

    *number = 0;
    if (r < 0)
        return err_trace(r);
    if (!dir)
        return err_raise(-errno, "archive: cannot be read: %s", strerror(errno));
    while ((entry = readdir(dir))) {
        int64_t v = spool_lease_of(entry->d_name);

        *number = v > *number ? v : *number;
    }
    return 0;
}
