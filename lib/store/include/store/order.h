/* store/order.h -- payment orders: made, followed, decided about. */
#ifndef STORE_ORDER_H
#define STORE_ORDER_H

#include <core/order.h>
#include <store/convention.h>
#include <store/order_file.h>

struct order_row {
    int64_t tranche_id, convention_id, account_id;
    const char *end_to_end_id;
    struct cents amount;
};

/* In one statement: tranches become ordered and take their sums, the orders come into being in
 * FILE, the scheme's ordered sum rises. */
int store_orders_insert(struct store *store, const struct order_file *file,
                        const struct order_row *rows, size_t count, struct date on);

/* What is known of an order's end, for whoever decides about it. */
struct order_fate {
    int64_t id, account_id;
    enum order_state state;
    struct cents amount, returned; /* 0: nothing came back */
    const char *reference;
    unsigned tranche;     /* from 0 */
    bool last;            /* its tranche has no later one */
    bool reissued;        /* somebody decided so already */
    const char *trouble;  /* what does not fit and is not settled; "": nothing */
    const char *refusals; /* the codes of each refusal and return, a line each */
    const char *note;
    int64_t file_id;
    const char *message_id, *file_name, *host;
    bool written;  /* its file is, or was */
    bool recalled; /* the bank was asked to take it back */
    struct date execution_on;
};

/* STORE_E_NONE: there is no such order. */
int store_order_fate(struct store *store, const char *end_to_end_id, struct arena *arena,
                     struct order_fate *out);

/* The open LINE of an answer that may be this order's debit, whatever its sum: to its account or in
 * the name of its convention, without an identifier; or one that says nothing but the sum of its
 * file. "": none. */
int store_order_debit(struct store *store, const char *end_to_end_id, struct arena *arena,
                      const char **line);

/* The ID of an order of TRANCHE that was paid all the same: proven dead, and booked, and nothing
 * came back. "": none. */
int store_order_out(struct store *store, int64_t tranche, struct arena *arena, const char **id);

/* ACT is "release", "reissue", "accept_sum" or "recall", each once an order. STORE_E_EXISTS. */
int store_order_act(struct store *store, int64_t order, const char *act, const char *person,
                    struct date on, const char *reason);

/* After its act: the order goes on; the tranche of a dead one is held again. */
int store_order_release(struct store *store, int64_t order, struct date on, struct date deadline);
int store_order_reopen(struct store *store, int64_t order, struct date on);

/* Orders about which nothing came in time: the earliest day, and up to MAX of those before ON,
 * which are marked as told. */
struct order_overdue {
    const char *end_to_end_id, *reference, *scheme;
    int tranche; /* from 1 */
    enum order_state state;
    struct date since_on;
    bool written, taken;
};
int store_orders_overdue_on(struct store *store, struct date *day);
int store_orders_overdue(struct store *store, struct date on, int max, struct arena *arena,
                         struct order_overdue **rows, size_t *count);

struct order_counts {
    int64_t overdue, awaiting_release, open_lines, contradictions;
};
int store_contradictions(struct store *store, int64_t *count);
int store_order_counts(struct store *store, struct order_counts *out);

/* What is ordered in a scheme and not booked: a row a day of execution, with the sum. */
int store_orders_to_come(struct store *store, const char *scheme, struct store_table **table);

/* The sum of what was ordered on that day. */
int store_orders_decided(struct store *store, struct date on, int64_t *cents);

/* Orders about which somebody has to act, by state: how many, their sum, the oldest, and how many
 * are 1 to 30, 31 to 60 and more days late on ON. */
int store_orders_waiting(struct store *store, struct date on, struct store_table **table);

int store_order_list(struct store *store, const char *reference, struct store_table **table);
int store_order_show(struct store *store, const char *end_to_end_id, struct store_table **table);
/* The orders of a file: all, or with MAX above 0 the first MAX. */
int store_file_orders(struct store *store, const char *message_id, int max,
                      struct store_table **table);

#endif
