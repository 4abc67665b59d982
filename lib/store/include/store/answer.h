/* store/answer.h -- what banks answered, as they wrote it: files, statuses, entries, movements. */
#ifndef STORE_ANSWER_H
#define STORE_ANSWER_H

#include <store/store.h>

/* A file that came back. */
struct answer_file {
    int64_t id;
    const char *kinds, *message_id, *name_space, *created, *remark;
    int64_t statuses, entries, fresh;
};

/* Begins one for the bytes of DOCUMENT; sets file->id. STORE_E_EXISTS: they were taken before. */
int store_answer_begin(struct store *store, int64_t document, const char *file_name, struct date on,
                       const char *person, struct answer_file *file);
int store_answer_end(struct store *store, const struct answer_file *file);

/* When and by whom the bytes of that SHA-256 were taken: a table of one row, or of none. */
int store_answer_known(struct store *store, const unsigned char *sha256,
                       struct store_table **table);

struct status_row {
    const char *level, *message_id, *payment_id, *instruction_id, *end_to_end_id, *uetr;
    const char *code, *reason, *note, *servicer_ref, *amount, *currency;
    const char *creditor, *creditor_iban, *debtor_iban;
};
int store_statuses_insert(struct store *store, int64_t answer, const struct status_row *rows,
                          size_t count, int64_t first);

/* By what an entry is told from another one of the same bank reference, sum and day. */
struct entry_name {
    /* of its first detail; "": none */
    const char *end_to_end_id, *transaction_id, *instruction_id, *uetr;
    const char *debtor_iban, *creditor_iban;
    const char *text; /* of that, or its own */
    bool whole;       /* it has no details */
};

struct entry_row {
    const char *identity; /* SHA-256 in hexadecimal */
    const char *apart;    /* likewise, of its name; its identity where another has that; "": none */
    struct entry_name name;
    const char *kind, *iban, *statement_id, *reference, *amount, *currency, *direction, *status;
    const char *servicer_ref, *code, *note;
    const char *batch_message_id, *batch_payment_id, *batch_count, *batch_total;
    int64_t cents;    /* -1: AMOUNT is none */
    int64_t reversal; /* 0 or 1 */
    int64_t block;    /* in which statement of its file it is, from 1 */
    int64_t twin;     /* how many of its like came before it there */
    bool unsummed;    /* what its details sum up to is not its sum */
    struct date booked_on, value_on;
    int64_t id;   /* set: its own, or that of the one that was told before */
    bool fresh;   /* set: it was not told before */
    int64_t last; /* set: the position of the last detail that it had then; 0: none */
};
int store_entries_insert(struct store *store, int64_t answer, struct entry_row *rows, size_t count);

struct movement_row {
    int64_t entry;
    int64_t likeness; /* of a detail: the same when it is told again; 0: it is none */
    int64_t position; /* from 1; 0: the entry itself */
    const char *message_id, *payment_id, *instruction_id, *end_to_end_id, *transaction_id, *uetr;
    const char *servicer_ref, *currency, *direction, *debtor, *debtor_iban, *creditor,
        *creditor_iban;
    const char *remittance, *return_reason, *return_note, *code;
    int64_t cents; /* -1: none */
};
int store_movements_insert(struct store *store, int64_t answer, const struct movement_row *rows,
                           size_t count);

/* Of each row whether its entry has a detail of its likeness already. */
int store_details_known(struct store *store, const struct movement_row *rows, size_t count,
                        bool *known);

/* What is left of ANSWER, which nothing brought to an order, becomes unmatched, foreign, pending or
 * silent; OWN is our account. */
int store_answer_settle(struct store *store, int64_t answer, const char *own);

/* Says of these entries that their details do not sum up to them. */
int store_entries_unsummed(struct store *store, const int64_t *entries, size_t count);

/* Says anew of these entries, to which ANSWER added details, whether the details that name a
 * payment or an account sum up to them. */
int store_entries_resum(struct store *store, int64_t answer, const int64_t *entries, size_t count);

/* A line is a movement, "<16 digits of the entry's identity>.<position>", or a status, "<16 digits
 * of the file's SHA-256>:<position>".  Lists: */
int store_answer_list(struct store *store, struct store_table **table);
int store_answer_lines(struct store *store, const char *sha256, struct store_table **table);
int store_answer_find(struct store *store, const char *part, struct store_table **table);
int store_answer_open(struct store *store, bool all, struct store_table **table);
int store_answer_proposals(struct store *store, const char *line, struct store_table **table);

/* Locks the conventions that a line is about (see store_answer_lock), and gives their ids. */
int store_answer_line_lock(struct store *store, const char *line, struct arena *arena,
                           int64_t **conventions, size_t *count);

/* Ends the disputes of those CONVENTIONS that no open line contradicts any more; the TABLE has
 * their references and schemes. */
int store_disputes_end(struct store *store, const int64_t *conventions, size_t count,
                       struct date on, const char *person, struct store_table **table);

/* Says about an open line that it concerns no order. *CONTRADICTED: it could not be true together
 * with what was proven; *MONEY: it moved money that may be an order's.
 * STORE_E_NONE: there is no such open line. */
int store_answer_dismiss(struct store *store, const char *line, const char *why, bool *contradicted,
                         bool *money);

#endif
