/* control.h -- the control socket: HTTP/1.1 with JSON, the caller known by the kernel. */
#ifndef TRANCHED_CONTROL_H
#define TRANCHED_CONTROL_H

#include <app/app.h>
#include <event2/event.h>

struct control;

/* Listens on the socket of APP's configuration. WAKE(ARG) is called when there may be work.
 * Negative with a logged reason. */
int control_open(struct control **controlp, struct event_base *base, struct app *app,
                 void (*wake)(void *arg), void *arg);
void control_close(struct control *control);

/* Whether somebody waits for the clock. */
bool control_waits(const struct control *control);

/* Answers parked requests, as far as the clock has arrived or cannot. BROKEN: a step failed. */
void control_settle(struct control *control, const struct tick *tick, bool broken);

#endif
