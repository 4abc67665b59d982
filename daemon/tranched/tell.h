/* tell.h -- what is told without being asked: to systemd what is waited for, to whoever is on duty
 * (alert.h) what a person must do, to status why something is away or fails. */
#ifndef TRANCHED_TELL_H
#define TRANCHED_TELL_H

#include "shell.h"

/* The database was lost, or is still away; the next attempt is in WAIT_MS. err_last() is why. */
void tell_away(struct shell *shell, int64_t wait_ms);
void tell_back(struct shell *shell);

/* Of the alarm: it was away for too long. */
void tell_alarm(evutil_socket_t fd, short what, void *arg);

/* A step failed, for what err_last() says, and is tried again in WAIT_S; or none fails any more. */
void tell_trouble(struct shell *shell, int64_t wait_s);
void tell_healed(struct shell *shell);

/* The inbox cannot be read, or its files not moved away, for what err_last() says. Or it can again.
 */
void tell_inbox(struct shell *shell);
void tell_inbox_healed(struct shell *shell);

/* What waits for a person, after a step of the leader. */
void tell_persons(struct shell *shell, const struct tick *tick);

/* Nothing is left to do now: what is waited for. */
void tell_status(const struct shell *shell, const struct tick *tick);

#endif
