/* control.h -- the control socket: HTTP/1.1 with JSON, the caller known by the kernel. */
#ifndef TRANCHED_CONTROL_H
#define TRANCHED_CONTROL_H

#include "shell.h"

/* Listens on the configuration's socket. Negative with a logged reason. */
int control_open(struct control **controlp, struct shell *shell);
void control_close(struct control *control);

/* Answers parked requests, as far as the clock has arrived or cannot. BROKEN: a step failed. */
void control_settle(struct control *control, const struct tick *tick, bool broken);

#endif
