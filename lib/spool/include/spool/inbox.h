/* spool/inbox.h -- the folder into which the bank's answers are put: STATE_DIR/inbox.
 *
 * A file is taken when it is complete: its writer closed it or renamed it in, or nothing has
 * touched it for a while.  Afterwards it stands in done/ or refused/ with its verdict beside it.
 * Names that begin with a dot or end in .part, .tmp or .filepart are somebody's work in progress.
 */
#ifndef SPOOL_INBOX_H
#define SPOOL_INBOX_H

#include <base/mem.h>
#include <stdbool.h>
#include <stdint.h>

struct inbox;

/* Opens it, made when it is missing, with done/ and refused/. Negative: it cannot be used. */
int inbox_open(struct inbox **inboxp, const char *state_dir);
void inbox_free(struct inbox *inbox);

/* Readable when something came in; inbox_stirred() then notes what. */
int inbox_watch_fd(const struct inbox *inbox);
void inbox_stirred(struct inbox *inbox);

/* The name of a complete file, in ARENA; "" when there is none. *WAIT_MS: when to look again
 * because one is there that may still be written to; 0: no need. */
int inbox_next(struct inbox *inbox, struct arena *arena, const char **name, int64_t *wait_ms);

/* Notes that NAME is being taken in, until inbox_end(), across the deaths of the process. *TIMES:
 * how often that was begun of it, this time counted, and never ended. */
int inbox_begin(struct inbox *inbox, const char *name, unsigned *times);
void inbox_end(struct inbox *inbox);

/* NAME cannot be taken now: it is tried again later each time, or when it is written anew. The
 * others wait for it, so that files are taken in the order of their names; once it was put off
 * INBOX_PATIENCE times they go first. How many times that was. */
enum { INBOX_PATIENCE = 4 };
unsigned inbox_put_off(struct inbox *inbox, const char *name);

/* One at least is put off. */
bool inbox_is_behind(const struct inbox *inbox);

/* Another daemon that watches the same folder has taken the file meanwhile. */
enum { INBOX_E_GONE = 100 };

/* Hands the bytes of NAME to EACH in parts of at most 1 MiB, in turn; what EACH answers other than
 * 0 ends it and is answered. INBOX_E_GONE. */
int inbox_read(struct inbox *inbox, const char *name,
               int (*each)(void *arg, int64_t offset, const void *bytes, size_t length), void *arg);

/* Puts NAME into done/ or refused/, with TEXT and JSON beside it as NAME.txt and NAME.json; a name
 * that is there already gets a number. INBOX_E_GONE: its verdict is the other daemon's. */
int inbox_settle(struct inbox *inbox, const char *name, bool done, const char *text,
                 const char *json);

#endif
