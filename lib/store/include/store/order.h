/* store/order.h -- payment orders and the files that carry them. */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include <store/convention.h>

struct order_row {
    int64_t tranche_id, convention_id, account_id;
    const char *end_to_end_id;
    struct cents amount;
};

struct order_file {
    int64_t id, scheme_id;
    const char *message_id, *file_name;
    struct date decided_on, execution_on;
    unsigned tx_count;
    struct cents total;
    unsigned char sha256[32];
    const void *body;
    size_t body_length;
    int64_t lease_number;
    const char *host;
    const char *boot_id; /* NULL: it never began to be put out */
    const char *blocked;
};

/* Inserts the file; sets file->id. */
int store_order_file_insert(struct store *store, struct order_file *file);

/* In one statement: tranches become ordered and take their sums, the orders come into being in
 * FILE, the scheme's ordered sum rises. */
int store_orders_insert(struct store *store, const struct order_file *file,
                        const struct order_row *rows, size_t count, struct date on);

/* The next prepared file of HOST, with its bytes in ARENA; FILE->id is 0 when there is none. */
int store_order_file_next(struct store *store, const char *host, struct arena *arena,
                          struct order_file *file);

/* How many prepared files wait, and how many of them a person must look at first. */
int store_order_files_waiting(struct store *store, int64_t *waiting, int64_t *blocked);
int store_order_file_booted(struct store *store, int64_t id, const char *boot_id);

/* The file is out: it becomes written, and so are its orders, of which nothing was heard yet. */
int store_order_file_written(struct store *store, int64_t id);
int store_order_file_block(struct store *store, int64_t id, const char *why);

int store_order_list(struct store *store, const char *reference, struct store_table **table);
int store_order_show(struct store *store, const char *end_to_end_id, struct store_table **table);
int store_file_list(struct store *store, struct store_table **table);
int store_file_show(struct store *store, const char *message_id, struct store_table **table);
int store_file_orders(struct store *store, const char *message_id, struct store_table **table);

#endif
