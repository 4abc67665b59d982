/* store/request.h -- commands that were carried out, by the id their client made: a repetition gets
 * the first answer, and is no second act. */
#ifndef STORE_REQUEST_H
#define STORE_REQUEST_H

#include <store/store.h>

enum request_outcome {
    REQUEST_E_DONE = 20, /* the same command was carried out: *ANSWER is what it got */
    REQUEST_E_OTHER,     /* the id belongs to another command or person */
};

/* Takes the id for this command, first thing in its transaction; waits for another transaction that
 * is just doing so.  SHA256 has 32 bytes and covers all that was sent.  *ANSWER, in ARENA, is NULL
 * while the first command still waits for the clock.  STORE_E_BUSY, STORE_E_REFUSED (the id's
 * shape), a request_outcome, or 0: go on. */
int store_request_take(struct store *store, const char *id, const char *person,
                       const unsigned char *sha256, struct arena *arena, const char **answer);

/* Stores the answer with the act. */
int store_request_answer(struct store *store, const char *id, const char *answer);

#endif
