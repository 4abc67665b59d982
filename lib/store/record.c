/* Loading conventions with all their facts, as sets: five questions however many there are. */
#include "sql.h"
#include <base/tr.h>
#include <stdio.h>
#include <store/convention.h>

/* In dispute is also whose tranche was paid twice, whoever dismissed the line that told it. */
#define RECORD_COLUMNS                                                                                       \
    "c.id, c.scheme_id, c.beneficiary_id, c.reference, c.grant_cents, c.given_up_cents, c.state, "           \
    "c.terminated_on, c.project, c.set_aside, b.name, b.siret, b.active, "                                   \
    "a.id, a.ordinal, a.iban, a.bic, a.holder, a.proposed_by, a.proposed_on, a.verified_by, a.verified_on, " \
    "f.since_on, f.reason, coalesce(d.since_on, (SELECT min(o.booked_on) FROM order_out o WHERE "            \
    "o.convention_id = c.id AND o.beside)), c.recovery_cents, "                                              \
    "(SELECT max(l.lifted_on) FROM flag l WHERE l.convention_id = c.id), a.refused_on, a.confirmed_on "
#define RECORD_FROM                                                                                \
    "FROM convention c LEFT JOIN beneficiary b ON b.id = c.beneficiary_id "                        \
    "LEFT JOIN account a ON a.convention_id = c.id AND a.superseded_on IS NULL "                   \
    "LEFT JOIN flag f ON f.convention_id = c.id AND f.kind = 'suspended' AND f.lifted_on IS NULL " \
    "LEFT JOIN flag d ON d.convention_id = c.id AND d.kind = 'disputed' AND d.lifted_on IS NULL "

static const struct stmt LOCK = { "record_lock",
                                  "SELECT id FROM convention WHERE reference = $1::text FOR UPDATE",
                                  false };
static const struct stmt FIND = { "record_find",
                                  "SELECT id FROM convention WHERE reference = $1::text", false };
static const struct stmt CLAIM = {
    "record_claim",
    "SELECT id FROM convention WHERE scheme_id = $1::bigint AND look_on IS NOT NULL AND look_on <= $2::date AND set_aside = '' "
    "ORDER BY look_on, id LIMIT $3::int OFFSET $4::int FOR UPDATE SKIP LOCKED",
    false
};
static const struct stmt ALL = {
    "record_all", "SELECT id FROM convention WHERE scheme_id = $1::bigint ORDER BY id", false
};
static const struct stmt ROWS = { "record_rows",
                                  "SELECT " RECORD_COLUMNS RECORD_FROM
                                  "WHERE c.id = ANY ($1::bigint[]) ORDER BY c.id",
                                  false };
static const struct stmt SIGNATURES = {
    "record_signatures",
    "SELECT convention_id, party, signed_on FROM signature WHERE convention_id = ANY ($1::bigint[]) "
    "AND withdrawn_on IS NULL",
    false
};
static const struct stmt FACTS = {
    "record_facts",
    "SELECT convention_id, name, happened_on FROM fact WHERE convention_id = ANY ($1::bigint[]) "
    "AND withdrawn_on IS NULL",
    false
};
static const struct stmt PAPERS = {
    "record_papers",
    "SELECT convention_id, position, state, received_on, decided_on, due_on FROM paper "
    "WHERE convention_id = ANY ($1::bigint[])",
    false
};
static const struct stmt TRANCHES = {
    "record_tranches",
    "SELECT convention_id, position, id, state, taken_cents, since_on, ceiling_cents, "
    "state IN ('rejected', 'returned', 'cancelled') AND EXISTS (SELECT 1 FROM order_out o WHERE o.tranche_id = tranche.id) "
    "FROM tranche WHERE convention_id = ANY ($1::bigint[])",
    false
};

/* Waivers stand in the paper's own state. */
static const struct stmt DECIDED = {
    "record_decided",
    "SELECT convention_id, position, gate, decided_on, decided_by, amount_cents FROM proposal "
    "WHERE convention_id = ANY ($1::bigint[]) AND decided_by IS NOT NULL AND act <> 'waive' ORDER BY id",
    false
};

const struct stmt *const sql_record_stmts[] = { &LOCK,     &FIND,       &CLAIM, &ALL,
                                                &ROWS,     &SIGNATURES, &FACTS, &PAPERS,
                                                &TRANCHES, &DECIDED,    NULL };

struct loading {
    struct store *store;
    const struct scheme *scheme;
    struct arena *arena;
    struct record **records; /* ids ascending */
    size_t count;
};

static struct record *find(const struct loading *l, int64_t id)
{
    size_t low = 0, high = l->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (l->records[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->count && l->records[low]->id == id ? l->records[low] : NULL;
}

static void fill_account(const struct loading *l, const PGresult *r, int i, struct record *record)
{
    struct dossier_account *a = &record->dossier.account;

    if (row_null(r, i, 13))
        return;
    a->present = true;
    record->account.id = row_i64(r, i, 13);
    a->ordinal = (unsigned)row_i64(r, i, 14);
    snprintf(record->account.iban.s, sizeof record->account.iban.s, "%s", row_text(r, i, 15));
    snprintf(record->account.bic.s, sizeof record->account.bic.s, "%s", row_text(r, i, 16));
    record->account.holder = arena_strdup(l->arena, row_text(r, i, 17));
    record->account.proposed_by = arena_strdup(l->arena, row_text(r, i, 18));
    a->proposed_on = row_date(r, i, 19);
    record->account.verified_by = arena_strdup(l->arena, row_text(r, i, 20));
    a->verified_on = row_date(r, i, 21);
    a->refused_on = row_date(r, i, 27);
    a->confirmed_on = row_date(r, i, 28);
}

/* The first thing found wrong with stored rows: the record is set aside, the others go on. */
static void damage(struct record *record, const char *what)
{
    record->damaged = record->damaged ? record->damaged : what;
}

static void fill_row(const struct loading *l, const PGresult *r, int i, struct record *record,
                     int wait_days)
{
    int state = convention_state_from_name(row_text(r, i, 6));

    *record = (struct record){
        .id = row_i64(r, i, 0),
        .scheme_id = row_i64(r, i, 1),
        .beneficiary_id = row_i64(r, i, 2),
        .given_up = { row_i64(r, i, 5) },
        .project = arena_strdup(l->arena, row_text(r, i, 8)),
        .set_aside = arena_strdup(l->arena, row_text(r, i, 9)),
        .beneficiary = arena_strdup(l->arena, row_text(r, i, 10)),
        .suspended_why = row_null(r, i, 23) ? NULL : arena_strdup(l->arena, row_text(r, i, 23)),
        .dossier = {
            .scheme = l->scheme,
            .reference = arena_strdup(l->arena, row_text(r, i, 3)),
            .grant = { row_i64(r, i, 4) },
            .state = state < 0 ? CONVENTION_DRAFT : (enum convention_state)state,
            .terminated_on = row_date(r, i, 7),
            .beneficiary_active = row_bool(r, i, 12),
            .suspended_on = row_date(r, i, 22),
            .disputed_on = row_date(r, i, 24),
            .resumed_on = row_date(r, i, 26),
            .recovery = { row_i64(r, i, 25) },
            .account_wait_days = wait_days,
        },
    };
    snprintf(record->siret.s, sizeof record->siret.s, "%s", row_text(r, i, 11));
    fill_account(l, r, i, record);
    if (row_null(r, i, 11))
        damage(record, N_("its beneficiary is missing"));
    if (state < 0)
        damage(record, N_("its state is a word that there is not"));
}

static int load_rows(struct loading *l, struct param ids, int wait_days)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(l->store, &ROWS, &result, ids);

    if (r)
        return r;
    l->count = (size_t)PQntuples(result);
    l->records = arena_alloc(l->arena, (l->count + 1) * sizeof(struct record *));
    for (size_t i = 0; i < l->count; i++) {
        l->records[i] = arena_alloc(l->arena, sizeof **l->records);
        fill_row(l, result, (int)i, l->records[i], wait_days);
    }
    return 0;
}

static bool take_signature(const struct loading *l, const PGresult *r, int i, struct record *record)
{
    int party = scheme_party(l->scheme, row_text(r, i, 1));

    if (party >= 0)
        record->dossier.signed_on[party] = row_date(r, i, 2);
    return party >= 0;
}

static bool take_fact(const struct loading *l, const PGresult *r, int i, struct record *record)
{
    int fact = scheme_fact(l->scheme, row_text(r, i, 1));

    if (fact >= 0)
        record->dossier.fact_on[fact] = row_date(r, i, 2);
    return fact >= 0;
}

static bool take_paper(const struct loading *l, const PGresult *r, int i, struct record *record)
{
    static const char *const names[] = { "expected", "received", "accepted", "waived" };
    int64_t position = row_i64(r, i, 1);
    unsigned state = 0;
    struct dossier_paper *paper;

    if (position < 0 || position >= l->scheme->paper_count)
        return false;
    paper = &record->dossier.papers[position];
    while (state < PAPER_STATES && strcmp(names[state], row_text(r, i, 2)) != 0)
        state++;
    if (state == PAPER_STATES)
        return false;
    paper->state = (enum paper_state)state;
    paper->received_on = row_date(r, i, 3);
    paper->decided_on = row_date(r, i, 4);
    record->paper_due_on[position] = row_date(r, i, 5);
    return true;
}

static bool take_tranche(const struct loading *l, const PGresult *r, int i, struct record *record)
{
    int64_t position = row_i64(r, i, 1);
    int state = tranche_state_from_name(row_text(r, i, 3));

    if (position < 0 || position >= l->scheme->rung_count || state < 0)
        return false;
    record->tranche_ids[position] = row_i64(r, i, 2);
    record->tranche_since_on[position] = row_date(r, i, 5);
    record->dossier.tranches[position].state = (enum tranche_state)state;
    record->dossier.tranches[position].taken.v = row_i64(r, i, 4);
    record->dossier.tranches[position].ceiling.v = row_i64(r, i, 6);
    record->dossier.tranches[position].out = row_bool(r, i, 7);
    return true;
}

static bool take_decided(const struct loading *l, const PGresult *r, int i, struct record *record)
{
    int64_t position = row_i64(r, i, 1);
    const char *gate = row_text(r, i, 2);
    enum gate which = gate_from_name(gate);
    struct dossier_tranche *tranche;

    if (position < 0 || position >= l->scheme->rung_count)
        return false;
    tranche = &record->dossier.tranches[position];
    if (!*gate) {
        tranche->approved_on = row_date(r, i, 3);
        tranche->approved.v = row_i64(r, i, 5);
    } else if (which != GATES)
        tranche->overrides[which] =
            (struct dossier_override){ row_date(r, i, 3),
                                       arena_strdup(l->arena, row_text(r, i, 4)) };
    return !*gate || which != GATES;
}

/* Runs STMT for all ids and gives each row to the record it belongs to; WHAT is wrong with one that
 * it cannot take. */
static int load_parts(struct loading *l, const struct stmt *stmt, struct param ids,
                      bool (*take)(const struct loading *, const PGresult *, int, struct record *),
                      const char *what)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(l->store, stmt, &result, ids);

    if (r)
        return r;
    for (int i = 0; i < PQntuples(result); i++) {
        struct record *record = find(l, row_i64(result, i, 0));

        if (record && !take(l, result, i, record))
            damage(record, what);
    }
    return 0;
}

/* What only the whole of a record shows. */
static void check_whole(const struct loading *l, struct record *record)
{
    struct iban iban;

    for (unsigned t = 0; t < l->scheme->rung_count; t++)
        if (!record->tranche_ids[t])
            damage(record, N_("a tranche of its scheme is missing"));
    if (record->dossier.account.present && iban_parse(&iban, record->account.iban.s) != 0)
        damage(record, N_("its account is no IBAN that passes every check"));
}

static int load(struct loading *l, const PGresult *found, int wait_days)
{
    size_t n = (size_t)PQntuples(found);
    int64_t *list = arena_alloc(l->arena, (n + 1) * sizeof *list);
    struct param ids = p_i64s(list, n);
    int r;

    for (size_t i = 0; i < n; i++)
        list[i] = row_i64(found, (int)i, 0);
    r = load_rows(l, ids, wait_days);
    if (!r)
        r = load_parts(l, &SIGNATURES, ids, take_signature,
                       N_("somebody signed who is no party of its scheme"));
    if (!r)
        r = load_parts(l, &FACTS, ids, take_fact, N_("a fact that its scheme does not know"));
    if (!r)
        r = load_parts(l, &PAPERS, ids, take_paper,
                       N_("a paper, or a paper's state, that its scheme does not know"));
    if (!r)
        r = load_parts(l, &TRANCHES, ids, take_tranche,
                       N_("a tranche, or a tranche's state, that its scheme does not know"));
    if (!r)
        r = load_parts(l, &DECIDED, ids, take_decided,
                       N_("a decision about a tranche or gate that its scheme does not know"));
    for (size_t i = 0; !r && i < l->count; i++)
        check_whole(l, l->records[i]);
    return r;
}

int store_convention_load(struct store *store, const struct scheme *scheme, const char *reference,
                          bool lock, int account_wait_days, struct arena *arena,
                          struct record **recordp)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    struct loading l = { .store = store, .scheme = scheme, .arena = arena };
    int r = SQL_RUN(store, lock ? &LOCK : &FIND, &result, p_text(reference));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    r = load(&l, result, account_wait_days);
    *recordp = r ? NULL : l.records[0];
    return r;
}

int store_conventions_claim(struct store *store, const struct scheme *scheme, struct date on,
                            int max, int skip, int account_wait_days, struct arena *arena,
                            struct record ***recordsp, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    struct loading l = { .store = store, .scheme = scheme, .arena = arena };
    int r = SQL_RUN(store, &CLAIM, &result, p_i64(scheme->id), p_date(on), p_i64(max), p_i64(skip));

    if (!r)
        r = load(&l, result, account_wait_days);
    *recordsp = l.records;
    *count = l.count;
    return r;
}

int store_conventions_load(struct store *store, const struct scheme *scheme, int account_wait_days,
                           struct arena *arena, struct record ***recordsp, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    struct loading l = { .store = store, .scheme = scheme, .arena = arena };
    int r = SQL_RUN(store, &ALL, &result, p_i64(scheme->id));

    if (!r)
        r = load(&l, result, account_wait_days);
    *recordsp = l.records;
    *count = l.count;
    return r;
}
