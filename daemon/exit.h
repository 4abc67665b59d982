/* exit.h -- what a service's exit code tells systemd. */
#ifndef DAEMON_EXIT_H
#define DAEMON_EXIT_H

/* sysexits' EX_CONFIG tells systemd not to restart (RestartPreventExitStatus=78). */
enum { EXIT_RESTART = 1, EXIT_PERSON = 78 };

#endif
