/* What became of files that were put out: taken by the treasury, or back again.
 *
 * A deletion that is not on disk can bring the file back after a power cut, so the folder is synced
 * before anybody believes it.  From then on the archive has a copy of its own: the treasury's hands
 * were on the inode that both folders shared. */
#include "folder.h"
#include "place.h"
#include <base/err.h>
#include <base/mem.h>
#include <base/text.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HIDDEN_MAX = 1000 }; /* one file that comes back so often is another matter */

int spool_visible_digest(struct spool *spool, const char *name, struct sha256 *out)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    int r = file_read(spool->outbox, name, &bytes);

    if (r == -ENOENT)
        return SPOOL_E_GONE;
    return r < 0 ? err_raise(r, "outbox: %s: %s", name, strerror(-r))
                 : digest_sha256(out, bytes.s, bytes.length);
}

int spool_is_out(struct spool *spool, const char *name, bool *out)
{
    struct stat st;
    int r = place_follow(spool);

    if (r < 0)
        return err_trace(r);
    if (spool->outbox_new) {
        *out = true; /* it was in another folder: nothing is known of it */
        return 0;
    }
    *out = fstatat(spool->outbox, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    return *out || errno == ENOENT ? 0 : err_raise(-errno, "outbox: %s: %s", name, strerror(errno));
}

int spool_is_ours(struct spool *spool, const char *name, bool *ours)
{
    CLEANUP(text_free) struct text token = { 0 };
    struct stat archived, visible;
    int r = place_follow(spool);

    *ours = false;
    if (r < 0 || fstatat(spool->archive, name, &archived, AT_SYMLINK_NOFOLLOW) != 0)
        return r < 0 ? err_trace(r) : 0;
    *ours = fstatat(spool->outbox, name, &visible, AT_SYMLINK_NOFOLLOW) == 0 &&
            visible.st_ino == archived.st_ino;
    if (!*ours) {
        r = spool_find_token(spool, name, archived.st_ino, &token);
        *ours = token.length > 0;
    }
    return r;
}

int spool_keep_copy(struct spool *spool, const char *name, const void *body, size_t length,
                    const struct sha256 *digest)
{
    struct sha256 actual;
    int r = digest_sha256(&actual, body, length);

    if (!r && !digest_equal(&actual, digest))
        return err_raise(ERR_DAMAGED, "%s: the stored bytes do not have the stored digest", name);
    return r ? r : file_replace(spool->archive, name, body, length);
}

int spool_visible(struct spool *spool, struct arena *arena, const char ***names, size_t *count)
{
    int r = place_follow(spool);

    return r ? r : folder_names(spool->outbox, arena, names, count);
}

int spool_take_back(struct spool *spool, const char *name)
{
    struct stat visible, ours;
    int r = place_follow(spool);

    if (r < 0)
        return err_trace(r);
    if (fstatat(spool->outbox, name, &visible, AT_SYMLINK_NOFOLLOW) != 0 ||
        fstatat(spool->archive, name, &ours, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : err_raise(-errno, "outbox: %s: %s", name, strerror(errno));
    if (visible.st_ino != ours.st_ino)
        return 0;
    if (unlinkat(spool->outbox, name, 0) != 0 && errno != ENOENT)
        return err_raise(-errno, "outbox: %s cannot be taken back: %s", name, strerror(errno));
    return spool_sync_outbox(spool);
}

int spool_put_back(struct spool *spool, const char *name, int64_t lease)
{
    CLEANUP(text_free) struct text token = { 0 };
    bool out = false;
    int r = spool_is_out(spool, name, &out);

    if (r || out)
        return r;
    spool_token_name(&token, name, lease);
    if (linkat(spool->archive, name, spool->outbox, token.s, 0) != 0 && errno != EEXIST)
        return err_raise(-errno, "outbox: %s: %s", token.s, strerror(errno));
    return spool_sync_outbox(spool);
}

int spool_let_in(struct spool *spool)
{
    struct stat st;

    if (stat(spool->state_dir, &st) != 0)
        return err_raise(-errno, "%s: %s", spool->state_dir, strerror(errno));
    if ((st.st_mode & 0011) == 0011)
        return 0;
    return chmod(spool->state_dir, (st.st_mode & 07777) | 0011) == 0
               ? 0
               : err_raise(-errno, "%s cannot be opened for the treasury: %s", spool->state_dir,
                           strerror(errno));
}

int spool_hide(struct spool *spool, const char *name)
{
    for (unsigned n = 1; n <= HIDDEN_MAX; n++) {
        CLEANUP(text_free) struct text hidden = { 0 };

        text_addf(&hidden, n == 1 ? ".%s.again" : ".%s.again.%u", name, n);
        if (renameat2(spool->outbox, name, spool->outbox, hidden.s, RENAME_NOREPLACE) == 0)
            return spool_sync_outbox(spool);
        if (errno == ENOENT)
            return SPOOL_E_GONE;
        if (errno != EEXIST)
            break;
    }
    return err_raise(-errno, "outbox: %s cannot be hidden: %s", name, strerror(errno));
}
