/* store/evidence.h -- answers brought to the orders they are about, and what follows. */
#ifndef STORE_EVIDENCE_H
#define STORE_EVIDENCE_H

#include <core/code.h>
#include <store/store.h>

/* Whether what a movement says was said before, by another answer. */
enum told {
    TOLD_NOT,
    TOLD_ALREADY,   /* the same entry, whole or in detail, or its like under its reference */
    TOLD_ELSEWHERE, /* by another kind of report; each kind tells it once */
    TOLD_OTHERWISE, /* the bank's reference is known, with another day or sum */
};

/* An order and something that an answer says about it. */
struct evidence {
    /* the order, as it is now */
    int64_t order_id, tranche_id, convention_id, scheme_id, account_id, file_id;
    const char *end_to_end_id, *reference, *scheme, *iban;
    int tranche; /* from 1 */
    struct cents ordered;
    struct date decided_on;
    enum order_state state;
    enum tranche_state tranche_state;
    bool terminated;      /* its convention is */
    bool released;        /* an approver let it go on */
    const char *refusals; /* the codes of each refusal and return before, a line each; read where
                             what is said gives a reason */

    /* what is said: a status .. */
    int64_t status_id;
    enum status_level level;
    const char *code, *reason, *note, *creditor;
    const char *amount;        /* as written; "": it does not say */
    bool listed;               /* of a group or payment: its report names single transactions too */
    enum status_level settled; /* the deepest at which the bank said that the money left */
    enum status_level refused; /* the widest at which it refused or cancelled the order */

    /* .. or a movement */
    int64_t movement_id, entry_id;
    const char *kind;    /* of report */
    int64_t left_cents;  /* of its entry, after what other lines of it are proof of */
    int64_t cents;       /* -1: none */
    const char *account; /* on which it is booked */
    const char *currency, *direction, *debtor_iban, *creditor_iban;
    bool reversal;
    struct date booked_on;
    bool summed;                      /* the details of its entry sum up to the entry */
    bool batch;                       /* it stands for all orders of a file: */
    int64_t batch_cents;              /* the sum of those that are not dead */
    int64_t batch_orders, batch_told; /* how many, and how many the bank says; -1: it does not */
    bool returns;                     /* the bank says that it is a return or a reversal */
    enum told told;
    int64_t proven_cents; /* how much of the order was booked, or came back, before */
};

/* How movements are brought to orders, best first. */
enum match {
    MATCH_IDENTIFIER, /* our EndToEndId, wherever the bank put it */
    MATCH_BATCH,      /* a file as one sum: by PmtInfId or MsgId */
    MATCH_RETOLD, /* what was told again by this answer, and lines that are judged anew by that */
    MATCH_RETOLD_BATCH, /* .. that stand for a file */
    MATCH_DEBIT,        /* a return that names the bank's reference of the debit */
    MATCH_CONTENT,      /* a return by sum, payee's account and the convention in its text */
    MATCHES,
};

/* Locks what ANSWER may be about: schemes to be shared, conventions for update, ids ascending.
 * OWN is our account. STORE_E_BUSY. */
int store_answer_lock(struct store *store, int64_t answer, const char *own);
int store_conventions_lock(struct store *store, const int64_t *ids, size_t count);

/* Statuses of ANSWER about orders: the next MAX at most, by line and then order, after (STATUS,
 * ORDER); sorted by order, and by line within one. */
int store_evidence_statuses(struct store *store, int64_t answer, int64_t order, int64_t status,
                            int max, struct arena *arena, struct evidence **rows, size_t *count);

/* New movements of ANSWER on the account OWN that MATCH brings to an order, likewise. */
int store_evidence_movements(struct store *store, enum match match, int64_t answer, const char *own,
                             int64_t order, int64_t movement, int max, struct arena *arena,
                             struct evidence **rows, size_t *count);

/* One movement or status by what people call it, brought to one order: for a person's link. */
int store_evidence_link(struct store *store, const char *line, const char *end_to_end_id,
                        struct arena *arena, struct evidence *out);

/* What follows from a piece of evidence. Effects come sorted as the evidence did, by order. */
struct effect {
    const struct evidence *about;
    enum order_event event;
    bool proves;            /* it is kept as a proof of the event */
    bool stepped;           /* it moved the order */
    bool moved;             /* .. or one before it did */
    bool died;              /* .. and it was live before them */
    enum order_state state; /* after it */
    enum tranche_state tranche_state;
    struct date deadline;
    const char *code, *note; /* kept with the proof */
    const char *verdict;     /* what becomes of the status or movement: a state of its table */
    const char *why;         /* with it, untranslated */
    bool refuses_account;    /* it cannot be paid to: unverified from now on */
};

/* Stores all of them as sets: proofs first, then orders, tranches, sums, accounts, verdicts; and
 * has the leader look at the conventions of those that moved. */
int store_effects(struct store *store, const struct effect *effects, size_t count, struct date on);

/* What is proven of one order, oldest first. */
int store_proof_list(struct store *store, const char *end_to_end_id, struct store_table **table);

#endif
