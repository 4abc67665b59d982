/* wire/command.h -- the control protocol, as one table that daemon and tool both read.
 *
 * A command is POST (it changes something) or GET (it reads) of /v1/NOUN/VERB over the Unix socket.
 * Arguments stand in the query, or in a JSON object as the body; a command with a file has the
 * file's bytes as its body.  The answer is a JSON object: the views' keys, "totals" and perhaps
 * "message"; or "error" with code, message, hint and details. */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define WIRE_VERSION "v1"

/* The header by which a peer acts as somebody, in a rehearsal. */
#define WIRE_AS_HEADER "Tranched-As"

/* The header with the id of a command that changes something: 8 to 64 letters, digits, "-", "_",
 * made by the client.  Repeated with the same content it gets its first answer, and is one act. */
#define WIRE_REQUEST_HEADER "Tranched-Request"

/* Exit codes of tranchectl, and what they come from. */
enum wire_exit {
    WIRE_EXIT_DONE = 0,
    WIRE_EXIT_REFUSED = 1,     /* HTTP 403, 404, 409, 422, 500 */
    WIRE_EXIT_USAGE = 2,       /* HTTP 400 */
    WIRE_EXIT_UNREACHABLE = 3, /* no daemon */
    WIRE_EXIT_DATABASE = 4,    /* HTTP 503 */
};

/* Role bits as in conf.h; repeated here because the tool reads no configuration. */
enum { WIRE_VIEWER = 1, WIRE_OFFICER = 2, WIRE_APPROVER = 4, WIRE_ADMIN = 8, WIRE_ALL = 15 };

enum wire_type {
    WIRE_TEXT,
    WIRE_DATE,
    WIRE_FLAG,
    WIRE_FILE, /* the tool reads it; its bytes are the body, or an upload */
    WIRE_PICTURE, /* the tool draws the answer there, as SVG */
    WIRE_SAVE, /* the tool writes the answer's bytes there, part after part (argument "number") */
};

struct wire_arg {
    const char *name;
    enum wire_type type;
    bool positional, required;
    const char *help;
};

enum wire_kind {
    WIRE_KIND_TEXT,
    WIRE_KIND_WORD,  /* a stored word, shown translated */
    WIRE_KIND_WORDS, /* several, joined with ", " */
    WIRE_KIND_CENTS, /* an integer of euro cents */
    WIRE_KIND_DATE,
    WIRE_KIND_MONTH, /* the day on which a month or a year begins */
    WIRE_KIND_YEAR,
    WIRE_KIND_INTEGER,
    WIRE_KIND_BOOL,
};

struct wire_column {
    const char *key, *label;
    enum wire_kind kind;
    bool total;
};

/* One part of an answer: the member KEY, an object (a card) or an array (a table). */
struct wire_view {
    const char *key, *title;
    const struct wire_column *columns;
    size_t column_count;
};

enum { WIRE_ARGS_MAX = 8, WIRE_VIEWS_MAX = 6 };

struct wire_command {
    const char *noun, *verb;
    unsigned roles;
    bool changes;
    const char *help;
    struct wire_arg args[WIRE_ARGS_MAX];
    struct wire_view views[WIRE_VIEWS_MAX];
};

extern const struct wire_command WIRE_COMMANDS[];
extern const size_t WIRE_COMMANDS_COUNT;

/* NULL: there is no such command. */
const struct wire_command *wire_find(const char *noun, const char *verb);

/* The I-th argument of a command: its own, then those that every command has which changes
 * something
 * (--reason, --check).  NULL: there are no more. */
const struct wire_arg *wire_arg_at(const struct wire_command *command, size_t i);

/* NULL: the command has no such argument. */
const struct wire_arg *wire_arg(const struct wire_command *command, const char *name);

/* Its argument that is a file; NULL: it takes none. */
const struct wire_arg *wire_file_arg(const struct wire_command *command);

#endif
