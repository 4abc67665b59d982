/* store/order_file.h -- the files that carry payment orders: decided, out, taken or in doubt. */
#ifndef STORE_ORDER_FILE_H
#define STORE_ORDER_FILE_H

#include <base/date.h>
#include <base/money.h>
#include <store/store.h>

struct order_file {
    int64_t id, scheme_id;
    const char *scheme; /* its code, of the next one to be put out */
    const char *message_id, *file_name;
    struct date decided_on, execution_on;
    struct date deadline_on; /* until when the bank should have answered */
    unsigned tx_count;
    struct cents total;
    unsigned char sha256[32];
    const void *body;
    size_t body_length;
    int64_t lease_number;
    const char *host;
    const char *boot_id; /* NULL: it never began to be put out */
    const char *blocked;
    bool written;
    bool doubtful; /* to be put out, and since it was decided one of its orders came into doubt */
    bool unwanted; /* or will not be decided again, and the file was never seen outside */
    bool again;    /* to be put out once more: a person says that it was not taken */
};

/* Inserts the file; sets file->id. */
int store_order_file_insert(struct store *store, struct order_file *file);

/* The next prepared file of HOST, with its bytes in ARENA; FILE->id is 0 when there is none. */
int store_order_file_next(struct store *store, const char *host, struct arena *arena,
                          struct order_file *file);

/* How many prepared files wait, and about how many a person must look first: blocked ones, and
 * those that another host than HOST would have to put out. */
int store_order_files_waiting(struct store *store, const char *host, int64_t *waiting,
                              int64_t *blocked);

/* Blocks what was written on this MACHINE into another archive than HOST's, and is not known to be
 * taken. */
int store_order_files_orphaned(struct store *store, const char *machine, const char *host,
                               const char *why, int64_t *count);

/* The next file of HOST, with its digest, that began to be put out under another boot than BOOT_ID
 * and about which nothing is known since; FILE->id is 0 when there is none. */
int store_order_file_other_boot(struct store *store, const char *host, const char *boot_id,
                                struct arena *arena, struct order_file *file);

/* The names of HOST's files that wait for a person. */
int store_order_files_blocked(struct store *store, const char *host, struct arena *arena,
                              const char ***names, size_t *count);

/* It goes out, or is known to be out, under this boot. */
int store_order_file_booted(struct store *store, int64_t id, const char *boot_id);

/* The file is out: it becomes written, and so are its orders, of which nothing was heard yet. */
int store_order_file_written(struct store *store, int64_t id);
int store_order_file_block(struct store *store, int64_t id, const char *why);

/* The next written file of HOST, after the id AFTER, that nobody took as far as is known; FILE->id
 * is 0 when there is none. Its bytes are not loaded. */
int store_order_file_untaken(struct store *store, const char *host, int64_t after,
                             struct arena *arena, struct order_file *file);

/* Loads the bytes and the digest of a file whose id is set. */
int store_order_file_body(struct store *store, struct arena *arena, struct order_file *file);

/* The file of that MsgId with its bytes; FILE->id is 0 when there is none. */
int store_order_file_find(struct store *store, const char *message_id, struct arena *arena,
                          struct order_file *file);

/* The next file after an id, likewise. */
int store_order_file_after(struct store *store, int64_t id, struct arena *arena,
                           struct order_file *file);

/* A person says that the treasury has it: written and taken, whatever it was before. */
int store_order_file_settled(struct store *store, int64_t id);

/* A person says that the treasury does not have it: HOST puts it out, with its stored bytes. */
int store_order_file_again(struct store *store, int64_t id, const char *host);

/* It was seen gone from the outbox. */
int store_order_file_taken(struct store *store, int64_t id);

/* Blocks every written file of HOST that is not known to be taken; how many is in COUNT. */
int store_order_files_doubt(struct store *store, const char *host, const char *why, int64_t *count);

/* The first of NAMES that is a file known to be taken; "" for none. */
int store_order_file_returned(struct store *store, const char *const *names, size_t count,
                              struct arena *arena, const char **name);

/* The orders of a file whose conventions are terminated: reference, index of the tranche. */
int store_order_file_terminated(struct store *store, int64_t file, struct store_table **table);

/* Locks the conventions of a file's orders, ids ascending. */
int store_order_file_lock(struct store *store, int64_t file);

/* A file that is not written is taken back with all its orders. The tranches of ORDER, of
 * terminated conventions, and of orders whose earlier ones are in doubt, stay cancelled; those of
 * the OTHERS are held again and looked at.
 * STORE_E_NONE: it is no longer prepared. */
int store_order_file_cancel(struct store *store, int64_t file, int64_t order, const char *person,
                            struct date on, const char *reason, int64_t *others);

int store_file_list(struct store *store, struct store_table **table);
int store_file_show(struct store *store, const char *message_id, struct store_table **table);

#endif
