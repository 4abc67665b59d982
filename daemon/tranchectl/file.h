/* file.h -- files of this machine: sent to the daemon, in parts when they are large, and saved. */
#ifndef TRANCHECTL_FILE_H
#define TRANCHECTL_FILE_H

#include "client.h"

/* Reads PATH ("-": standard input). A file of one part becomes BODY; a larger one is uploaded and
 * ARGS name it. An exit code: WIRE_EXIT_DONE, or why not (said on standard error). */
int file_send(const struct client *client, const char *path, json_t *args, struct text *body);

/* Asks for a document part after part, writes PATH and compares the SHA-256. What came of it is
 * told to people, or to programs (AS_JSON). An exit code. */
int file_save(const struct client *client, const struct wire_command *command, json_t *args,
              const char *path, bool as_json);

/* What an answer's HTTP status means for the exit code. */
int exit_of(long status);

#endif
