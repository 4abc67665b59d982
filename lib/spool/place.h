/* place.h -- inside this floor: the two folders, outbox and archive, and whether they can serve. */
#ifndef SPOOL_PLACE_H
#define SPOOL_PLACE_H

#include <base/text.h>
#include <spool/spool.h>
#include <sys/types.h>

struct spool {
    int outbox, archive; /* open folders; -1: not yet */
    int watch;           /* inotify on the outbox */
    char *state_dir;
    char id[RANDOM_ID_MAX];
    bool outbox_new;
    char published[96]; /* the last name that we put there ourselves */
    char why[512];
};

/* Opens both folders, the old descriptors closed, and tries out every call that is needed of them.
 * 0, SPOOL_E_PLACE (spool->why says why they can never serve) or negative (it may pass). */
int place_open(struct spool *spool);

/* A folder that was moved away or made anew is not the one that is held open: a file put there
 * would be lost in silence. Opens what is there now. */
int place_follow(struct spool *spool);

/* The temporary name of NAME for lease number LEASE. */
void spool_token_name(struct text *out, const char *name, int64_t lease);

/* The temporary name in the outbox that is the same inode as the archive's NAME; "" when none. */
int spool_find_token(struct spool *spool, const char *name, ino_t inode, struct text *out);

#endif
