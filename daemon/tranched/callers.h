/* callers.h -- who is connected to the control socket: how many at once, and for how long without
 * a whole request.
 *
 * libevent's HTTP server renews its timeout with every byte and accepts without end, so that one
 * caller could sit there for ever, and enough of them take every descriptor the work needs. */
#ifndef TRANCHED_CALLERS_H
#define TRANCHED_CALLERS_H

#include <event2/event.h>
#include <event2/listener.h>
#include <stdbool.h>

struct callers;

/* EXEMPT says whether the descriptor FD belongs to a caller who rightly waits. Free it before the
 * listener. */
struct callers *callers_new(struct event_base *base, struct evconnlistener *listener,
                            bool (*exempt)(void *arg, int fd), void *arg);
void callers_free(struct callers *callers);

/* One more was accepted. */
void callers_came(struct callers *callers);

/* The caller at FD sent a whole request: a new time begins. */
void callers_asked(struct callers *callers, int fd);

#endif
