/* spool/spool.h -- puts a file where another machine or person takes it: whole, once, for ever.
 *
 * The token protocol: a temporary name in the outbox, its hard link in the archive (the fence: only
 * one process can make it), then a rename of that same inode to its visible name, which uses the
 * token up.  Nothing is guessed after a doubt: spool_look() says what the folders show. */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <base/mem.h>
#include <digest/digest.h>
#include <stdint.h>

struct spool;

enum spool_outcome {
    SPOOL_E_FENCED = 1, /* another process made the archive entry first */
    SPOOL_E_FOREIGN,    /* a file under our name that is not ours: stop, a person must look */
    SPOOL_E_PLACE,      /* outbox and archive are not on one mount, or cannot be written */
    SPOOL_E_GONE,       /* nothing of it is in the folders: start anew */
};

/* Opens STATE_DIR/outbox and STATE_DIR/archive, making them when missing, and tries out every call
 * that is needed of them on a file of its own.  SPOOL_E_PLACE: they can never serve, *WHY says
 * which call failed.  0 also when something failed that may pass (a full disk, a permission): it is
 * tried again at each use. */
int spool_open(struct spool **spoolp, const char *state_dir, const char **why);

/* The archive's own random id, drawn when it was first used: a file belongs to one folder on one
 * machine, and another folder must never put it out a second time. */
int spool_id(struct spool *spool, const char **id);

/* Readable when something left the outbox; then spool_stirred() says whether it was a visible file
 * (or that events were lost), and empties the queue. */
int spool_watch_fd(const struct spool *spool);
bool spool_stirred(struct spool *spool);

void spool_free(struct spool *spool);

/* Checks that BODY has DIGEST, writes it under a temporary name for lease number LEASE, synced, and
 * links it into the archive.  0: fenced for us, go on with spool_publish(). */
int spool_fence(struct spool *spool, const char *name, int64_t lease, const void *body,
                size_t length, const struct sha256 *digest);

/* Bars NAME: an empty file stands in the archive under that name, and no fence passes any more; one
 * that stands there already will do.  SPOOL_E_FENCED: it is too late. */
int spool_bar(struct spool *spool, const char *name);

/* Makes a temporary name of the archive's NAME in the outbox, on disk, for what a person says was
 * never taken; then spool_publish(). Nothing when NAME is visible there. */
int spool_put_back(struct spool *spool, const char *name, int64_t lease);

/* Renames the token to its visible name and syncs the outbox; after this the file is out. */
int spool_publish(struct spool *spool, const char *name);

/* Removes the temporary names of NAME, once it is out: crashes and slower processes left them. */
int spool_clear_tokens(struct spool *spool, const char *name);

enum spool_place {
    SPOOL_NOWHERE = 0, /* no archive entry: nothing was out, start anew */
    SPOOL_TOKEN,       /* archived and still under its temporary name: publish it */
    SPOOL_OUT,         /* archived, no temporary name: it was out */
    SPOOL_DAMAGED,     /* the archive entry has other bytes: stop, a person must look */
    SPOOL_FOREIGN,     /* it was out, and another file stands under its name: the same */
};

/* What the folders show about NAME, whose bytes must have DIGEST. A place, or negative. */
int spool_look(struct spool *spool, const char *name, const struct sha256 *digest);

/* Whether our inode of NAME still stands in the outbox, visible or as a token. */
int spool_is_ours(struct spool *spool, const char *name, bool *ours);

/* The digest of what stands in the outbox under NAME. SPOOL_E_GONE: nothing does. */
int spool_visible_digest(struct spool *spool, const char *name, struct sha256 *out);

/* Whether a visible file NAME is in the outbox. */
int spool_is_out(struct spool *spool, const char *name, bool *out);

/* Puts on disk what left the outbox: only after this is a deletion believed. */
int spool_sync_outbox(struct spool *spool);

/* Once NAME was taken: the archive's entry becomes a copy of BODY of its own, for the treasury's
 * hands were on the inode that both folders shared. */
int spool_keep_copy(struct spool *spool, const char *name, const void *body, size_t length,
                    const struct sha256 *digest);

/* Whether the outbox took the place of another one since spool_new_outbox_known(): nobody can say
 * of the files that were in that one whether they were taken. */
int spool_new_outbox(struct spool *spool, bool *replaced);
int spool_new_outbox_known(struct spool *spool);

/* The visible names in the outbox, in ARENA. */
int spool_visible(struct spool *spool, struct arena *arena, const char ***names, size_t *count);

/* Renames NAME out of the treasury's sight. SPOOL_E_GONE: it is not there any more. */
int spool_hide(struct spool *spool, const char *name);

/* Takes a visible NAME that is our inode out of the outbox; the archive keeps it. */
int spool_take_back(struct spool *spool, const char *name);

/* Lets the treasury's user reach the outbox: whoever makes the state folder shuts it (mode 0700),
 * so that nothing is taken before what a restart left in doubt is hidden. */
int spool_let_in(struct spool *spool);

/* The lease number in a name or MsgId of ours, which carries "-L<number>-"; 0: there is none. */
int64_t spool_lease_of(const char *name);

/* The highest one in any archived name; 0: none. */
int spool_highest_lease(struct spool *spool, int64_t *number);

#endif
