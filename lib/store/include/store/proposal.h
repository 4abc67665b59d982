/* store/proposal.h -- what one person proposes and another decides. */
#ifndef STORE_PROPOSAL_H
#define STORE_PROPOSAL_H

#include <store/store.h>

/* What a proposal is about; one that is open excludes another of the same key. */
struct proposal_key {
    int64_t convention;
    const char *act;     /* "approve", "override", "waive", "cancel" */
    unsigned position;   /* of the tranche, or of the waived paper, from 0 */
    const char *gate;    /* of an override; else "" */
    struct cents amount; /* of an approval: what it releases at most; no part of the key */
};

struct proposal {
    int64_t id;
    const char *proposed_by, *reason;
    struct date proposed_on;
    struct cents amount;
};

/* The open proposal of KEY, its strings in ARENA. STORE_E_NONE: there is none. */
int store_proposal_find(struct store *store, const struct proposal_key *key, struct arena *arena,
                        struct proposal *out);
int store_proposal_add(struct store *store, const struct proposal_key *key, const char *reason,
                       const char *person, struct date on);

/* STORE_E_REFUSED: proposal_two_persons. */
int store_proposal_decide(struct store *store, int64_t id, const char *person, struct date on);
int store_proposal_decline(struct store *store, int64_t id, const char *person, struct date on);

/* Those of a convention, or of all; only open ones, or with ALL decided and declined ones too. */
int store_proposal_list(struct store *store, const char *reference, bool all,
                        struct store_table **table);
int store_proposals_open(struct store *store, int64_t *count);

#endif
