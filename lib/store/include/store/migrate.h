/* store/migrate.h -- makes and upgrades an authority's schema, as the owner's role. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <store/store.h>

enum migrate_outcome {
    MIGRATE_E_KIND = 20, /* the database is of the other kind, or must be told which it is */
    MIGRATE_E_NEWER,     /* it has migrations this program does not know */
    MIGRATE_E_ROLE,      /* whoever connects may not make or become the owner's role */
};

/* Connects with PLACE's conninfo as the operating system's user (who must be allowed to become
 * tranched_<schema>_owner, which is made when missing, like the daemon's role), applies what is
 * missing, each migration in its transaction, and the grants.  KIND is "live" or "rehearsal", or
 * NULL for a schema that exists.  *FROM and *TO are the numbers before and after. */
int migrate_run(const struct store_place *place, const char *kind, int *from, int *to);

#endif
