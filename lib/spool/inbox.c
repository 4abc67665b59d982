#include "folder.h"
#include <base/err.h>
#include <base/failpoint.h>
#include <base/instant.h>
#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <spool/inbox.h>
#include <spool/upload.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_S = 10, CLOSED_MAX = 256, NAME_LEN = 256, PUT_OFF_MAX = 64, LATER_S = 30 };

/* A file that could not be taken. */
struct put_off {
    char name[NAME_LEN];
    unsigned times;
    int64_t until_ms;
};

struct inbox {
    int folder, done, refused, watch;
    char closed[CLOSED_MAX][NAME_LEN]; /* whose writer is known to have ended */
    size_t closed_count;
    struct put_off put_off[PUT_OFF_MAX];
    size_t put_off_count;
};

int inbox_open(struct inbox **inboxp, const char *state_dir)
{
    struct inbox *inbox = mem_new(1, sizeof *inbox);
    CLEANUP(text_free) struct text path = { 0 };

    *inboxp = inbox;
    inbox->folder = folder_open(state_dir, "inbox", 0770);
    inbox->done = folder_open(state_dir, "inbox/done", 0750);
    inbox->refused = folder_open(state_dir, "inbox/refused", 0750);
    inbox->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    text_addf(&path, "%s/inbox", state_dir);
    if (inbox->folder < 0 || inbox->done < 0 || inbox->refused < 0 || inbox->watch < 0 ||
        inotify_add_watch(inbox->watch, path.s, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        return err_raise(-errno, "%s cannot be used: %s", path.s, strerror(errno));
    return 0;
}

void inbox_free(struct inbox *inbox)
{
    if (!inbox)
        return;
    close_fd(&inbox->folder);
    close_fd(&inbox->done);
    close_fd(&inbox->refused);
    close_fd(&inbox->watch);
    free(inbox);
}

int inbox_watch_fd(const struct inbox *inbox)
{
    return inbox->watch;
}

/* What does not fit is found by its age. */
static void note_closed(struct inbox *inbox, const char *name)
{
    if (inbox->closed_count < CLOSED_MAX && strlen(name) < NAME_LEN)
        snprintf(inbox->closed[inbox->closed_count++], NAME_LEN, "%s", name);
}

static bool is_closed(const struct inbox *inbox, const char *name)
{
    for (size_t i = 0; i < inbox->closed_count; i++)
        if (!strcmp(inbox->closed[i], name))
            return true;
    return false;
}

static void forget_closed(struct inbox *inbox, const char *name)
{
    for (size_t i = 0; i < inbox->closed_count; i++)
        if (!strcmp(inbox->closed[i], name))
            memmove(inbox->closed[i--], inbox->closed[--inbox->closed_count], NAME_LEN);
}

static struct put_off *find_put_off(struct inbox *inbox, const char *name)
{
    for (size_t i = 0; i < inbox->put_off_count; i++)
        if (!strcmp(inbox->put_off[i].name, name))
            return &inbox->put_off[i];
    return NULL;
}

static void forget_put_off(struct inbox *inbox, const char *name)
{
    struct put_off *p = find_put_off(inbox, name);

    if (p)
        *p = inbox->put_off[--inbox->put_off_count];
}

/* Beside the verdicts, where nobody watches: "3 name", the file that is being taken in. */
static const char TAKING[] = ".taking";

int inbox_begin(struct inbox *inbox, const char *name, unsigned *times)
{
    CLEANUP(text_free) struct text old = { 0 }, now = { 0 };
    int64_t before = 0;
    char *blank;

    if (file_read(inbox->refused, TAKING, &old) == 0 && (blank = strchr(old.s, ' ')) &&
        !strcmp(blank + 1, name)) {
        *blank = '\0';
        text_to_i64(old.s, 0, UINT16_MAX, &before);
    }
    *times = (unsigned)before + 1;
    text_addf(&now, "%u %s", *times, name);
    return file_replace(inbox->refused, TAKING, now.s, now.length);
}

void inbox_end(struct inbox *inbox)
{
    unlinkat(inbox->refused, TAKING, 0);
}

unsigned inbox_put_off(struct inbox *inbox, const char *name)
{
    struct put_off *p = find_put_off(inbox, name);

    if (!p && inbox->put_off_count < PUT_OFF_MAX && strlen(name) < NAME_LEN) {
        p = &inbox->put_off[inbox->put_off_count++];
        *p = (struct put_off){ 0 };
        snprintf(p->name, NAME_LEN, "%s", name);
    }
    if (!p)
        return 1; /* tried again at once: there are too many */
    p->until_ms = monotonic_ms() + INT64_C(1000) * (p->times < 5 ? 1 << p->times : LATER_S);
    return ++p->times;
}

/* What is there no more waits no more. */
static void forget_gone(struct inbox *inbox)
{
    for (size_t i = 0; i < inbox->put_off_count;)
        if (faccessat(inbox->folder, inbox->put_off[i].name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
            inbox->put_off[i] = inbox->put_off[--inbox->put_off_count];
        else
            i++;
}

/* How long the others wait for one that was put off a few times only; 0: they do not. */
static int64_t held_up(const struct inbox *inbox)
{
    for (size_t i = 0; i < inbox->put_off_count; i++)
        if (inbox->put_off[i].times < INBOX_PATIENCE && inbox->put_off[i].until_ms > monotonic_ms())
            return inbox->put_off[i].until_ms - monotonic_ms() + 1;
    return 0;
}

bool inbox_is_behind(const struct inbox *inbox)
{
    return inbox->put_off_count != 0;
}

void inbox_stirred(struct inbox *inbox)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n;

    while ((n = read(inbox->watch, buffer, sizeof buffer)) > 0)
        for (const char *at = buffer; at < buffer + n;) {
            const struct inotify_event *event = (const void *)at;

            if (event->len) {
                note_closed(inbox, event->name);
                forget_put_off(inbox, event->name); /* it may be another */
            }
            at += sizeof *event + event->len;
        }
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && !strcmp(s + n - m, end);
}

static bool in_progress(const char *name)
{
    return ends_with(name, ".part") || ends_with(name, ".tmp") || ends_with(name, ".filepart");
}

/* 0: complete; else in how many ms it is, if nobody touches it meanwhile; negative: no file. */
static int64_t wait_for(struct inbox *inbox, const char *name)
{
    const struct put_off *p = find_put_off(inbox, name);
    struct stat st;
    int64_t age;

    if (in_progress(name) || fstatat(inbox->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode))
        return -1;
    if (p && p->until_ms > monotonic_ms())
        return p->until_ms - monotonic_ms() + 1;
    if (is_closed(inbox, name))
        return 0;
    age = time(NULL) - (st.st_mtime > st.st_ctime ? st.st_mtime : st.st_ctime);
    return age >= QUIET_S || age < 0 ? 0 : (QUIET_S - age) * INT64_C(1000);
}

int inbox_next(struct inbox *inbox, struct arena *arena, const char **name, int64_t *wait_ms)
{
    const char **names = NULL;
    size_t count = 0;
    int r = folder_names(inbox->folder, arena, &names, &count);

    *name = "";
    forget_gone(inbox);
    *wait_ms = held_up(inbox);
    if (*wait_ms)
        return r;
    for (size_t i = 0; !r && i < count; i++) {
        int64_t wait = wait_for(inbox, names[i]);

        if (wait == 0 && (!**name || strcmp(names[i], *name) < 0))
            *name = names[i];
        else if (wait > 0 && (!*wait_ms || wait < *wait_ms))
            *wait_ms = wait;
    }
    return r;
}

int inbox_read(struct inbox *inbox, const char *name,
               int (*each)(void *arg, int64_t offset, const void *bytes, size_t length), void *arg)
{
    CLEANUP(close_fd)
    int fd = openat(inbox->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    CLEANUP(mem_freep) char *buffer = mem_new(1, UPLOAD_PART_MAX);
    int64_t offset = 0;
    ssize_t n;

    if (fd < 0 && errno == ENOENT)
        return INBOX_E_GONE;
    if (fd < 0)
        return err_raise(-errno, "inbox/%s cannot be opened: %s", name, strerror(errno));
    while ((n = read(fd, buffer, UPLOAD_PART_MAX)) > 0) {
        int r = each(arg, offset, buffer, (size_t)n);

        if (r)
            return r;
        offset += n;
    }
    return n < 0 ? err_raise(-errno, "inbox/%s cannot be read: %s", name, strerror(errno)) : 0;
}

/* A name under which nothing is in FOLDER yet. */
static const char *free_name(int folder, struct arena *arena, const char *name)
{
    const char *candidate = name;

    for (unsigned n = 2; faccessat(folder, candidate, F_OK, AT_SYMLINK_NOFOLLOW) == 0; n++)
        candidate = arena_printf(arena, "%s.%u", name, n);
    return candidate;
}

/* Takes the verdict away again that stands beside nothing. */
static int forget_verdict(int folder, struct arena *arena, const char *to)
{
    if (faccessat(folder, to, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        unlinkat(folder, arena_printf(arena, "%s.txt", to), 0);
        unlinkat(folder, arena_printf(arena, "%s.json", to), 0);
    }
    return INBOX_E_GONE;
}

int inbox_settle(struct inbox *inbox, const char *name, bool done, const char *text,
                 const char *json)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    int folder = done ? inbox->done : inbox->refused, r;
    const char *to = free_name(folder, arena, name);

    r = file_replace(folder, arena_printf(arena, "%s.txt", to), text, strlen(text));
    if (!r)
        r = file_replace(folder, arena_printf(arena, "%s.json", to), json, strlen(json));
    if (r)
        return err_trace(r);
    FAILPOINT(answer_told);
    r = renameat(inbox->folder, name, folder, to);
    FAILPOINT(answer_moved);
    if (r != 0 && errno == ENOENT)
        return forget_verdict(folder, arena, to);
    if (r != 0 || fsync(folder) != 0 || fsync(inbox->folder) != 0)
        return err_raise(-errno, "inbox/%s cannot be moved away: %s", name, strerror(errno));
    forget_closed(inbox, name);
    forget_put_off(inbox, name);
    return 0;
}
