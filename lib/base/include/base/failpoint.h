/* base/failpoint.h -- named places where a test build can be killed, stopped or made to fail.
 *
 * The one list of them. What is installed is built without: there FAILPOINT() is nothing and
 * failpoint_path() answers the real path. In a test build (meson's option failpoints) the folder
 * named by TRANCHED_TEST_DIR rules:
 *
 *   armed     one line "NAME NTH ACTION": at the NTH time that place is reached from then on, the
 *             file is removed and ACTION done: kill (SIGKILL), stop (SIGSTOP) or slow (0.3 s)
 *   visited   each place reached adds its name, a line each
 *   boot_id, machine_id   stand for the machine's own when they are there */
#ifndef BASE_FAILPOINT_H
#define BASE_FAILPOINT_H

/* Every step from a command to a file that is marked, taken and witnessed, and from an answer in
 * the inbox to orders that moved. */
#define FAILPOINTS(X)                                                        \
    X(command_taken)       /* its request id is stored */                    \
    X(command_carried_out) /* its facts and journal rows too */              \
    X(commit_not_sent)                                                       \
    X(commit_sent)      /* and not answered yet */                           \
    X(commit_answered)  /* and believed by nobody yet */                     \
    X(command_stored)   /* committed, the caller does not know */            \
    X(lead_taken)       /* the lease is ours */                              \
    X(release_claimed)  /* conventions locked and loaded */                  \
    X(release_decided)  /* in memory */                                      \
    X(release_numbered) /* MsgId drawn */                                    \
    X(release_filed)    /* order file inserted */                            \
    X(release_ordered)  /* orders inserted, tranches taken */                \
    X(release_noted)    /* journal rows inserted */                          \
    X(release_stored)   /* committed; nothing left the machine */            \
    X(put_out_looked)   /* the folders say that nothing is out */            \
    X(file_made)        /* a file of ours under its temporary name, empty */ \
    X(file_filled)      /* whole, not synced */                              \
    X(file_synced)      /* the file, not the folder */                       \
    X(file_durable)     /* the folder too */                                 \
    X(file_replaced)    /* in an older file's place */                       \
    X(fence_linked)     /* the archive's name, not synced */                 \
    X(fence_durable)                                                         \
    X(boot_recorded) /* the row says under which boot it goes out */         \
    X(token_found)   /* checked, about to be renamed */                      \
    X(published)     /* visible, not synced */                               \
    X(published_durable)                                                     \
    X(mark_stored)   /* written, says the row */                             \
    X(taken_seen)    /* gone from the outbox, the folder not synced */       \
    X(taken_durable) /* the deletion is on disk */                           \
    X(taken_stored)                                                          \
    X(clock_moved)    /* a rehearsal's day passed */                         \
    X(answer_read)    /* the rows of an answer are inserted */               \
    X(answer_applied) /* its orders moved, nothing committed */              \
    X(answer_told)    /* its verdict is there, it is still in the inbox */   \
    X(answer_moved)   /* away, not synced */                                 \
    X(mail_taken)     /* from its outbox, no connection was made */          \
    X(mail_answered)  /* the mail server has it or not, nobody noted it */   \
    X(mail_marked)    /* noted, not committed */                             \
    X(seal_stored)

#ifdef TRANCHED_FAILPOINTS

#define FAILPOINT_ENUM(name) FAILPOINT_##name,
enum failpoint { FAILPOINTS(FAILPOINT_ENUM) FAILPOINT_COUNT };
#define FAILPOINT(name) failpoint_reached(FAILPOINT_##name)

void failpoint_reached(enum failpoint place);

/* PATH, or the file NAME of the test folder that stands for it. Valid until the next call. */
const char *failpoint_path(const char *name, const char *path);

#else
#define FAILPOINT(name) ((void)0)
#define failpoint_path(name, path) (path)
#endif

#endif
