/* spool/spool.h -- puts a file where another machine or person takes it: whole, once, for ever.
 *
 * The token protocol: a temporary name in the outbox, its hard link in the archive (the fence: only
 * one process can make it), then a rename of that same inode to its visible name, which uses the
 * token up.  Nothing is guessed after a doubt: spool_look() says what the folders show. */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <digest/digest.h>
#include <stdint.h>

struct spool;

enum spool_outcome {
    SPOOL_E_FENCED = 1, /* another process made the archive entry first */
    SPOOL_E_FOREIGN,    /* a file under our name that is not ours: stop, a person must look */
    SPOOL_E_PLACE,      /* outbox and archive are not on one mount, or cannot be written */
    SPOOL_E_GONE,       /* nothing of it is in the folders: start anew */
};

/* Opens STATE_DIR/outbox and STATE_DIR/archive, making them when missing, and probes that a link
 * between them works.  SPOOL_E_PLACE: *WHY says what a person must do. */
int spool_open(struct spool **spoolp, const char *state_dir, const char **why);
/* The archive's own random id, drawn when it was first used: a file belongs to one folder on one
 * machine, and another folder must never put it out a second time. */
const char *spool_id(const struct spool *spool);
void spool_free(struct spool *spool);
void spool_freep(struct spool **spoolp);

/* Checks that BODY has DIGEST, writes it under a temporary name for lease number LEASE, synced, and
 * links it into the archive.  0: fenced for us, go on with spool_publish(). */
int spool_fence(struct spool *spool, const char *name, int64_t lease, const void *body,
                size_t length, const struct sha256 *digest);

/* Renames the token to its visible name and syncs the outbox; after this the file is out. */
int spool_publish(struct spool *spool, const char *name);

enum spool_place {
    SPOOL_NOWHERE = 0, /* no archive entry: nothing was out, start anew */
    SPOOL_TOKEN,       /* archived and still under its temporary name: publish it */
    SPOOL_OUT,         /* archived, no temporary name: it was out */
    SPOOL_DAMAGED,     /* the archive entry has other bytes: stop, a person must look */
};

/* What the folders show about NAME, whose bytes must have DIGEST. A place, or negative. */
int spool_look(struct spool *spool, const char *name, const struct sha256 *digest);

/* The highest lease number in any archived name (MsgIds carry "-L<number>-"); 0: none. */
int spool_highest_lease(struct spool *spool, int64_t *number);

#endif
