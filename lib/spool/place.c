#include "place.h"
#include "folder.h"
#include <base/err.h>
#include <base/log.h>
#include <base/mem.h>
#include <base/text.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* What CALL answered says that this place can never serve, whatever else heals: two mounts (of one
 * disk, even), a file system without hard links or without the flags of renameat2. */
static bool never_serves(int error)
{
    return error == EXDEV || error == EINVAL || error == EPERM || error == ENOSYS ||
           error == EOPNOTSUPP || error == EMLINK || error == ENOENT || error == ENOTDIR ||
           error == ELOOP;
}

static int failed(struct spool *spool, const char *call)
{
    int error = errno;

    snprintf(spool->why, sizeof spool->why,
             "%s: %s: %s: outbox and archive must be writable, on one mount, with hard links and "
             "renameat2",
             spool->state_dir, call, strerror(error));
    return never_serves(error) ? SPOOL_E_PLACE : err_raise(-error, "%s", spool->why);
}

static void clear_probes(struct spool *spool)
{
    unlinkat(spool->archive, ".probe", 0);
    unlinkat(spool->outbox, ".probe", 0);
    unlinkat(spool->outbox, ".probe.out", 0);
}

/* Every call of the token protocol once, on a file of its own. */
static int try_calls(struct spool *spool)
{
    CLEANUP(close_fd)
    int fd =
        openat(spool->outbox, ".probe", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0440);

    if (fd < 0)
        return failed(spool, "outbox: open");
    if (write_all(fd, "probe", 5) != 0 || fsync(fd) != 0 || fsync(spool->outbox) != 0)
        return failed(spool, "outbox: write and fsync");
    if (linkat(spool->outbox, ".probe", spool->archive, ".probe", 0) != 0)
        return failed(spool, "link from outbox to archive");
    if (linkat(spool->outbox, ".probe", spool->archive, ".probe", 0) == 0 || errno != EEXIST)
        return failed(spool, "a second link of one name is not refused");
    if (renameat2(spool->outbox, ".probe", spool->outbox, ".probe.out", RENAME_NOREPLACE) != 0)
        return failed(spool, "outbox: renameat2 with RENAME_NOREPLACE");
    if (renameat2(spool->archive, ".probe", spool->outbox, ".probe.out", RENAME_NOREPLACE) == 0 ||
        errno != EEXIST)
        return failed(spool, "outbox: renameat2 replaces what it must not");
    return fsync(spool->archive) == 0 ? 0 : failed(spool, "archive: fsync");
}

static int probe(struct spool *spool)
{
    int r;

    clear_probes(spool); /* of a probe that was killed */
    r = try_calls(spool);
    clear_probes(spool);
    return r;
}

/* FOLDER's id into OUT; "" when it has none. */
static int read_id(int folder, char out[static RANDOM_ID_MAX])
{
    CLEANUP(close_fd) int fd = openat(folder, ".id", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    out[0] = '\0';
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    if (read(fd, out, RANDOM_ID_MAX - 1) != RANDOM_ID_MAX - 1) {
        errno = EIO; /* it was not on disk: never by our doing */
        return -1;
    }
    out[RANDOM_ID_MAX - 1] = '\0';
    return 0;
}

/* Removes what a process that was killed in draw_id() left. */
static void sweep_ids(struct spool *spool)
{
    CLEANUP(dir_freep) DIR *dir = folder_read(spool->archive);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (!strncmp(entry->d_name, ".id.", 4))
            unlinkat(spool->archive, entry->d_name, 0);
}

/* Draws the archive's id, unless another process was first: a link is never replaced. */
static int draw_id(struct spool *spool)
{
    CLEANUP(text_free) struct text own = { 0 };
    char drawn[RANDOM_ID_MAX];
    int r = digest_random_id(drawn);

    text_addf(&own, ".id.%s", drawn);
    if (!r)
        r = file_write(spool->archive, own.s, drawn, strlen(drawn));
    if (r < 0)
        return err_trace(r);
    if (linkat(spool->archive, own.s, spool->archive, ".id", 0) != 0 && errno != EEXIST &&
        errno != ENOENT) /* swept by another process, which was first then */
        r = failed(spool, "archive: making .id");
    unlinkat(spool->archive, own.s, 0);
    if (!r && fsync(spool->archive) != 0)
        r = failed(spool, "archive: fsync");
    return r;
}

int spool_new_outbox_known(struct spool *spool)
{
    int r = file_replace(spool->outbox, ".id", spool->id, strlen(spool->id));

    spool->outbox_new = r < 0;
    return r;
}

/* The archive's id is drawn when it is first used, and the outbox beside it carries the same: an
 * outbox without it took the place of another one. */
static int know_folders(struct spool *spool)
{
    char archive[RANDOM_ID_MAX], outbox[RANDOM_ID_MAX];
    bool first;

    if (read_id(spool->archive, archive) != 0 || read_id(spool->outbox, outbox) != 0)
        return failed(spool, "reading .id");
    first = !archive[0];
    if (first && outbox[0]) {
        snprintf(
            spool->why, sizeof spool->why,
            "%s/archive is not the one that belongs to the outbox: put it back; if it is lost, "
            "remove outbox/.id, and what was out waits for a person",
            spool->state_dir);
        return SPOOL_E_PLACE;
    }
    if (first) {
        int r = draw_id(spool);

        if (r)
            return r;
        if (read_id(spool->archive, archive) != 0)
            return failed(spool, "reading .id");
    }
    sweep_ids(spool);
    if (spool->id[0] && strcmp(spool->id, archive) != 0) {
        snprintf(spool->why, sizeof spool->why, "%s/archive is another one now: restart to use it",
                 spool->state_dir);
        return err_raise(-EIO, "%s", spool->why);
    }
    memcpy(spool->id, archive, sizeof archive);
    spool->outbox_new = !first && strcmp(outbox, archive) != 0;
    return first ? spool_new_outbox_known(spool) : 0;
}

/* What leaves, and what comes without us. */
enum { WATCHED = IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE };

static void watch(struct spool *spool)
{
    CLEANUP(text_free) struct text path = { 0 };

    text_addf(&path, "%s/outbox", spool->state_dir);
    if (inotify_add_watch(spool->watch, path.s, WATCHED | IN_ONLYDIR) < 0)
        log_warning("%s cannot be watched, and is looked at once an hour: %s", path.s,
                    strerror(errno));
}

static void close_both(struct spool *spool)
{
    close_fd(&spool->outbox);
    close_fd(&spool->archive);
    spool->outbox = spool->archive = -1;
}

int place_open(struct spool *spool)
{
    int r = 0;

    close_both(spool);
    spool->outbox = folder_open(spool->state_dir, "outbox", 0750);
    if (spool->outbox >= 0)
        spool->archive = folder_open(spool->state_dir, "archive", 0750);
    if (spool->outbox < 0 || spool->archive < 0)
        r = failed(spool, "opening outbox and archive");
    if (!r)
        r = probe(spool);
    if (!r)
        r = know_folders(spool);
    if (!r)
        watch(spool);
    else
        close_both(spool);
    return r;
}

static bool is_folder(const struct spool *spool, const char *name, int fd)
{
    CLEANUP(text_free) struct text path = { 0 };
    struct stat named, held;

    text_addf(&path, "%s/%s", spool->state_dir, name);
    return fd >= 0 && stat(path.s, &named) == 0 && fstat(fd, &held) == 0 &&
           named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

int place_follow(struct spool *spool)
{
    int r;

    if (is_folder(spool, "outbox", spool->outbox) && is_folder(spool, "archive", spool->archive))
        return 0;
    if (spool->outbox >= 0)
        log_warning("outbox or archive under %s was replaced: opening it anew", spool->state_dir);
    r = place_open(spool);
    return r > 0 ? err_raise(-EIO, "%s", spool->why) : r;
}

int spool_open(struct spool **spoolp, const char *state_dir, const char **why)
{
    struct spool *spool = mem_new(1, sizeof *spool);
    int r;

    *spoolp = spool;
    *why = spool->why;
    spool->state_dir = mem_strdup(state_dir);
    spool->outbox = spool->archive = -1;
    spool->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (spool->watch < 0)
        return err_raise(-errno, "inotify: %s", strerror(errno));
    r = place_open(spool);
    return r < 0 ? 0 : r; /* what may pass is tried again at the next use */
}

int spool_sync_outbox(struct spool *spool)
{
    return fsync(spool->outbox) == 0
               ? 0
               : err_raise(-errno, "outbox: cannot be synced: %s", strerror(errno));
}

int spool_id(struct spool *spool, const char **id)
{
    int r = place_follow(spool);

    *id = spool->id;
    return r;
}

int spool_new_outbox(struct spool *spool, bool *replaced)
{
    int r = place_follow(spool);

    *replaced = spool->outbox_new;
    return r;
}

int spool_watch_fd(const struct spool *spool)
{
    return spool->watch;
}

/* Names that begin with a dot are ours, and so is, once, what was just put out. */
static bool is_own_move(struct spool *spool, const struct inotify_event *event)
{
    if (!event->len)
        return false;
    if (event->name[0] == '.')
        return true;
    if (!(event->mask & IN_MOVED_TO) || strcmp(event->name, spool->published) != 0)
        return false;
    spool->published[0] = '\0';
    return true;
}

bool spool_stirred(struct spool *spool)
{
    _Alignas(struct inotify_event) char events[4096];
    bool stirred = false;
    ssize_t n;

    while ((n = read(spool->watch, events, sizeof events)) > 0)
        for (char *at = events; at < events + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;

            stirred |= !is_own_move(spool, event); /* asked each time: it uses the name up */
            at += sizeof *event + event->len;
        }
    return stirred;
}

void spool_free(struct spool *spool)
{
    if (!spool)
        return;
    close_both(spool);
    close_fd(&spool->watch);
    free(spool->state_dir);
    free(spool);
}
