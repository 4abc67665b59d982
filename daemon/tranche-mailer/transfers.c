#include "transfers.h"
#include <base/log.h>
#include <base/mem.h>

struct transfer {
    struct transfer *next;
    struct smtp_job *job;
    void *arg;
};

struct transfers {
    struct event_base *base;
    CURLM *multi;
    struct event *timer;
    transfers_ended *ended;
    struct transfer *first;
    int busy;
};

static struct transfer *find(const struct transfers *t, const CURL *curl)
{
    for (struct transfer *one = t->first; one; one = one->next)
        if (smtp_job_handle(one->job) == curl)
            return one;
    return NULL;
}

static void forget(struct transfers *t, struct transfer *one)
{
    struct transfer **at = &t->first;

    curl_multi_remove_handle(t->multi, smtp_job_handle(one->job));
    while (*at != one)
        at = &(*at)->next;
    *at = one->next;
    t->busy--;
    smtp_job_free(one->job);
    free(one);
}

static void collect(struct transfers *t)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(t->multi, &left))) {
        struct transfer *one = message->msg == CURLMSG_DONE ? find(t, message->easy_handle) : NULL;
        const char *reply;
        enum smtp_outcome outcome;

        if (!one)
            continue;
        outcome = smtp_job_end(one->job, message->data.result, &reply);
        t->ended(one->arg, outcome, reply);
        forget(t, one);
    }
}

static void act(struct transfers *t, curl_socket_t fd, int what)
{
    int running;

    curl_multi_socket_action(t->multi, fd, what, &running);
    collect(t);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
    act(arg, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int watch_socket(CURL *curl, curl_socket_t fd, int what, void *arg, void *socket)
{
    struct transfers *t = arg;
    struct event *event = socket;
    short events = EV_PERSIST;

    (void)curl;
    if (event)
        event_free(event);
    if (what & CURL_POLL_IN)
        events |= EV_READ;
    if (what & CURL_POLL_OUT)
        events |= EV_WRITE;
    event = what == CURL_POLL_REMOVE ? NULL : event_new(t->base, fd, events, on_socket, t);
    if (event)
        event_add(event, NULL);
    curl_multi_assign(t->multi, fd, event);
    return 0;
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
    struct transfers *t = arg;
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    (void)multi;
    if (ms < 0)
        event_del(t->timer);
    else
        event_add(t->timer, &tv);
    return 0;
}

struct transfers *transfers_new(struct event_base *base, int max, transfers_ended *ended)
{
    struct transfers *t = mem_new(1, sizeof *t);

    *t = (struct transfers){ .base = base, .ended = ended, .multi = curl_multi_init() };
    t->timer = evtimer_new(base, on_timer, t);
    if (!t->multi || !t->timer) {
        transfers_free(t);
        return NULL;
    }
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)max);
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)max);
    return t;
}

void transfers_free(struct transfers *t)
{
    while (t->first) {
        t->ended(t->first->arg, SMTP_LATER, "the mailer was stopped");
        forget(t, t->first);
    }
    if (t->multi)
        curl_multi_cleanup(t->multi);
    if (t->timer)
        event_free(t->timer);
    free(t);
}

void transfers_start(struct transfers *t, struct smtp_job *job, void *arg)
{
    struct transfer *one = mem_new(1, sizeof *one);

    *one = (struct transfer){ .next = t->first, .job = job, .arg = arg };
    t->first = one;
    t->busy++;
    curl_multi_add_handle(t->multi, smtp_job_handle(job));
}

int transfers_busy(const struct transfers *t)
{
    return t->busy;
}
