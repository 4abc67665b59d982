/* store/convention.h -- conventions with all that is known of them. */
#ifndef STORE_CONVENTION_H
#define STORE_CONVENTION_H

#include <base/iban.h>
#include <base/siret.h>
#include <core/decide.h>
#include <store/store.h>

/* One convention, locked, as the core wants it, with what orders and mails need besides. */
struct record {
    int64_t id, scheme_id, beneficiary_id;
    struct dossier dossier;
    struct cents given_up;
    const char *beneficiary, *project, *set_aside;
    struct siret siret;
    struct {
        int64_t id;
        const char *holder, *proposed_by, *verified_by;
        struct iban iban;
        struct bic bic;
    } account;
    int64_t tranche_ids[SCHEME_RUNGS_MAX];
    struct date tranche_since_on[SCHEME_RUNGS_MAX]; /* the day of its present state */
    struct date paper_due_on[SCHEME_PAPERS_MAX];
    const char *suspended_why; /* of the flag that stands; NULL */
    const char *damaged; /* what contradicts itself in its rows, untranslated; NULL: nothing */
};

/* What an import brings for one convention. */
struct convention_row {
    const char *reference, *project, *purpose, *beneficiary, *siret;
    struct cents grant;
    const char *iban, *holder;
    const char *street, *building, *postcode, *town, *country, *email;
};

/* Inserts all ROWS of a scheme that is locked for update, with their beneficiaries, accounts (as
 * proposed by PERSON), papers and tranches, and adds their grants to what is awarded.  Grants were
 * checked against the bounds.  STORE_E_EXISTS, STORE_E_REFUSED (scheme_sum_envelope). */
int store_conventions_insert(struct store *store, const struct scheme *scheme,
                             const struct convention_row *rows, size_t count, const char *person,
                             struct date on);

/* Which of COUNT references are there already, and which SIRETs are known under which name, or
 * stand in the scheme: tables with columns "reference"; "siret", "name", "in_scheme". */
int store_references_known(struct store *store, const char *const *references, size_t count,
                           struct store_table **table);
int store_sirets_known(struct store *store, int64_t scheme_id, const char *const *sirets,
                       size_t count, struct store_table **table);

/* Who has one of COUNT IBANs as the current account: a table with "iban", "reference", "siret". */
int store_ibans_known(struct store *store, const char *const *ibans, size_t count,
                      struct store_table **table);

/* The scheme's id of a reference; STORE_E_NONE. */
int store_convention_scheme(struct store *store, const char *reference, int64_t *scheme_id);

/* Its reference, in ARENA. STORE_E_NONE. */
int store_convention_reference(struct store *store, int64_t convention, struct arena *arena,
                               const char **reference);

/* Loads one convention, locked to be changed when LOCK is set and SCHEME was locked before.
 * STORE_E_NONE, STORE_E_BUSY. */
int store_convention_load(struct store *store, const struct scheme *scheme, const char *reference,
                          bool lock, int account_wait_days, struct arena *arena,
                          struct record **recordp);

/* Ids of the schemes with conventions to be looked at on ON, ascending. */
int store_schemes_due(struct store *store, struct date on, struct arena *arena, int64_t **ids,
                      size_t *count);

/* Locks up to MAX conventions, after the first SKIP, of the scheme that must be looked at on ON and
 * that nobody else has locked, those that wait longest first, and loads them as sets, ids
 * ascending. */
int store_conventions_claim(struct store *store, const struct scheme *scheme, struct date on,
                            int max, int skip, int account_wait_days, struct arena *arena,
                            struct record ***recordsp, size_t *count);

/* The earliest day on which some convention must be looked at; unset: none. */
int store_look_on(struct store *store, struct date *day);

/* Facts. Each also has the convention looked at again from ON. */
int store_signature_add(struct store *store, int64_t convention, const char *party,
                        struct date signed_on, const char *signatory, const char *person);
int store_fact_set(struct store *store, int64_t convention, const char *name, struct date on,
                   const char *person);

/* A standing signature or fact was mistyped: its row stays, and does not count any more. */
int store_signature_withdraw(struct store *store, int64_t convention, const char *party,
                             struct date on, const char *person);
int store_fact_withdraw(struct store *store, int64_t convention, const char *name, struct date on,
                        const char *person);
int store_flag_raise(struct store *store, int64_t convention, const char *kind, struct date since,
                     const char *reason, const char *person);

/* Whether there are more than MAX conventions; no more are counted. */
int store_conventions_exceed(struct store *store, int64_t max, bool *more);

/* Puts conventions in dispute, each for its reason; one that is stays as it is. */
int store_conventions_dispute(struct store *store, const int64_t *conventions,
                              const char *const *reasons, size_t count, struct date on);
int store_flag_lift(struct store *store, int64_t convention, const char *kind, struct date on,
                    const char *person);
int store_paper_set(struct store *store, int64_t convention, unsigned position,
                    enum paper_state state, struct date received_on, struct date decided_on,
                    const char *person);
int store_account_propose(struct store *store, int64_t convention, const char *iban,
                          const char *bic, const char *holder, struct date on, const char *person);

/* STORE_E_REFUSED: account_two_persons. */
int store_account_verify(struct store *store, int64_t account, struct date on, const char *person);

/* A bank refused the account, and an approver says that it is right. STORE_E_REFUSED:
 * account_confirmed_by_another. */
int store_account_confirm(struct store *store, int64_t account, struct date on, const char *person);
int store_paper_due(struct store *store, int64_t convention, unsigned position, struct date due);

/* Writes what the decision about a convention changed on the row itself. */
int store_convention_state(struct store *store, const struct record *record,
                           enum convention_state state, struct date effective_on,
                           struct date ends_on);
int store_convention_look(struct store *store, int64_t convention, struct date on);

/* The same for many: RECORDS get the states and look-on days of DECISIONS, as one statement. */
int store_conventions_decided(struct store *store, struct record *const *records,
                              const struct decision *decisions, size_t count);

/* Sets a convention aside, or with "" takes it up again; and how many are set aside. */
int store_convention_set_aside(struct store *store, int64_t convention, const char *why);
int store_conventions_set_aside(struct store *store, int64_t *count);

/* Closes rungs (bit i of RUNGS), gives up the sum and lowers what is awarded, in one statement. */
int store_rungs_close(struct store *store, const struct record *record, uint32_t rungs,
                      struct cents given_up, struct date on);

/* Moves a locked convention to another GRANT with the ladder PLAN and the RECOVERY of plan_amend(),
 * in one statement.  STORE_E_REFUSED: scheme_sum_envelope, tranche_ladder. */
int store_convention_amend(struct store *store, const struct record *record, struct cents grant,
                           struct cents recovery, const struct plan_rung *plan, struct date on);
int store_convention_terminate(struct store *store, int64_t convention, struct date on,
                               const char *letter);

/* Lists; NULL filters are none. */
int store_convention_list(struct store *store, const char *scheme, struct store_table **table);
int store_convention_show(struct store *store, const char *reference, struct store_table **table);
int store_signature_list(struct store *store, int64_t convention, struct store_table **table);
int store_paper_list(struct store *store, int64_t convention, struct store_table **table);
int store_account_list(struct store *store, const char *reference, struct store_table **table);

/* Loads every convention of a scheme without locking, for lists that need the gates. */
int store_conventions_load(struct store *store, const struct scheme *scheme, int account_wait_days,
                           struct arena *arena, struct record ***recordsp, size_t *count);

#endif
