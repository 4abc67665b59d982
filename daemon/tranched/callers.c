/* The callers are found by looking at our own descriptors: each accepted socket, known by its
 * inode, with the moment since which it owes a request.  Looked at only while somebody is
 * connected. */
#include "callers.h"
#include <base/instant.h>
#include <base/log.h>
#include <base/mem.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum {
    CALLERS_MAX = 200,
    KEPT_FREE = 24, /* descriptors that the work itself needs */
    OWES_SECONDS = 20,
    DESCRIPTORS = 1024 /* with so few callers no number is higher */
};

struct callers {
    struct evconnlistener *listener;
    struct event *look;
    bool (*exempt)(void *arg, int fd);
    void *arg;
    size_t max, here; /* seen at the last look, and come since */
    bool paused;
    struct {
        ino_t inode; /* 0: no caller */
        int64_t since;
    } seen[DESCRIPTORS];
};

static void look_soon(struct callers *callers)
{
    struct timeval second = { 1, 0 };

    if (!event_pending(callers->look, EV_TIMEOUT, NULL))
        event_add(callers->look, &second);
}

static void pause_listening(struct callers *callers, const char *why)
{
    if (!callers->paused)
        log_warning("control socket: nobody more is let in for now: %s", why);
    callers->paused = true;
    evconnlistener_disable(callers->listener);
    look_soon(callers);
}

static void go_on_listening(struct callers *callers)
{
    callers->paused = false;
    evconnlistener_enable(callers->listener);
}

/* Only sockets that were accepted carry our listener's address as their own. */
static bool is_caller(const struct callers *callers, int fd)
{
    struct sockaddr_storage own = { 0 }, ours = { 0 };
    socklen_t own_size = sizeof own, ours_size = sizeof ours;
    int listener = evconnlistener_get_fd(callers->listener);

    return fd != listener && getsockname(fd, (struct sockaddr *)&own, &own_size) == 0 &&
           getsockname(listener, (struct sockaddr *)&ours, &ours_size) == 0 &&
           own_size == ours_size && !memcmp(&own, &ours, own_size);
}

static void owes_from_now(struct callers *callers, int fd)
{
    struct stat st;

    if (fd < 0 || fd >= DESCRIPTORS || fstat(fd, &st) != 0)
        return;
    callers->seen[fd].inode = st.st_ino;
    callers->seen[fd].since = monotonic_seconds();
}

/* Whether another caller has this descriptor than at the last look. */
static bool is_new(const struct callers *callers, int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && callers->seen[fd].inode != st.st_ino;
}

static void look_at(struct callers *callers, int fd)
{
    if (!is_caller(callers, fd)) {
        callers->seen[fd].inode = 0;
        return;
    }
    callers->here++;
    if (is_new(callers, fd) || callers->exempt(callers->arg, fd))
        owes_from_now(callers, fd);
    else if (monotonic_seconds() - callers->seen[fd].since >= OWES_SECONDS)
        shutdown(fd, SHUT_RDWR); /* libevent sees the end and frees what it has */
}

static void on_look(evutil_socket_t none, short what, void *arg)
{
    struct callers *callers = arg;

    (void)none;
    (void)what;
    callers->here = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        look_at(callers, fd);
    if (callers->paused && callers->here < callers->max)
        go_on_listening(callers);
    if (callers->here || callers->paused)
        look_soon(callers);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)listener;
    pause_listening(arg, strerror(errno));
}

struct callers *callers_new(struct event_base *base, struct evconnlistener *listener,
                            bool (*exempt)(void *arg, int fd), void *arg)
{
    struct callers *callers = mem_new(1, sizeof *callers);
    struct rlimit limit = { .rlim_cur = DESCRIPTORS };

    getrlimit(RLIMIT_NOFILE, &limit);
    callers->max = limit.rlim_cur >= CALLERS_MAX + KEPT_FREE ? CALLERS_MAX
                   : limit.rlim_cur > KEPT_FREE              ? limit.rlim_cur - KEPT_FREE
                                                             : 1;
    callers->listener = listener;
    callers->exempt = exempt;
    callers->arg = arg;
    callers->look = evtimer_new(base, on_look, callers);
    evconnlistener_set_error_cb(listener, on_accept_error);
    return callers;
}

void callers_free(struct callers *callers)
{
    if (callers && callers->look)
        event_free(callers->look);
    free(callers);
}

void callers_came(struct callers *callers)
{
    if (++callers->here >= callers->max)
        pause_listening(callers, "too many are connected");
    look_soon(callers);
}

void callers_asked(struct callers *callers, int fd)
{
    owes_from_now(callers, fd);
}
