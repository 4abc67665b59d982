/* client.h -- one request over the daemon's Unix socket. */
#ifndef TRANCHECTL_CLIENT_H
#define TRANCHECTL_CLIENT_H

#include <base/text.h>
#include <wire/json.h>

struct reply {
    long status;  /* HTTP */
    json_t *body; /* the caller's */
};

/* Sends COMMAND with ARGS; FILE is the body of a command that takes one, else NULL. 0, or -1 when
 * nobody answers (said on standard error). */
int client_send(const char *socket, const char *as, const struct wire_command *command,
                json_t *args, const struct text *file, struct reply *reply);

#endif
