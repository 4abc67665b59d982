/* client.h -- requests over the daemon's Unix socket. */
#ifndef TRANCHECTL_CLIENT_H
#define TRANCHECTL_CLIENT_H

#include <base/text.h>
#include <wire/json.h>

/* To whom, as whom. */
struct client {
    const char *socket, *as;
    const char *request; /* id of the command; repeated with it, it is one act */
};

struct reply {
    long status;       /* HTTP */
    json_t *body;      /* the caller's; NULL when the answer was no JSON */
    struct text bytes; /* the answer as it came; the caller frees it */
};
void reply_free(struct reply *reply);

/* Sends COMMAND with ARGS and BODY. When the connection was lost after it was sent, or the daemon
 * does not know whether it was stored, it is asked again under the same id. 0, or -1 when nobody
 * answers (said on standard error). */
int client_send(const struct client *client, const struct wire_command *command, json_t *args,
                const struct text *body, struct reply *reply);

/* Sends one part of a large file. */
int client_put(const struct client *client, const char *upload, size_t offset,
               const struct text *part, struct reply *reply);

/* A fresh id for a command or an upload. */
enum { CLIENT_ID_MAX = 33 };
void client_draw_id(char out[static CLIENT_ID_MAX]);

#endif
