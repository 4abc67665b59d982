#include "sql.h"
#include <store/scheme.h>

#define SCHEME_COLUMNS                                                                     \
    "s.id, s.code, s.title, s.decided_on, s.received_on, s.published_on, s.appeal_until, " \
    "s.grant_min_cents, s.grant_max_cents, s.duration_months, s.duration_days, "           \
    "(SELECT x.envelope_cents FROM scheme_sum x WHERE x.scheme_id = s.id), "               \
    "array_to_string(s.signatories, ' '), array_to_string(s.reminder_days, ' ')"

static const struct stmt INSERT = {
    "scheme_insert",
    "INSERT INTO scheme (code, title, decided_on, grant_min_cents, grant_max_cents, duration_months, "
    "duration_days, signatories, source, reminder_days) VALUES ($1::text, $2::text, $3::date, $4::bigint, $5::bigint, "
    "$6::int, $7::int, $8::text[], $9::text, $10::int[]) RETURNING id",
    false
};
static const struct stmt SUM_INSERT = {
    "scheme_sum_insert",
    "INSERT INTO scheme_sum (scheme_id, envelope_cents) VALUES ($1::bigint, $2::bigint)", false
};
static const struct stmt PARTY_INSERT = {
    "scheme_party_insert",
    "INSERT INTO scheme_party (scheme_id, position, name) VALUES ($1::bigint, $2::int, $3::text)",
    false
};
static const struct stmt FACT_INSERT = {
    "scheme_fact_insert",
    "INSERT INTO scheme_fact (scheme_id, position, name) VALUES ($1::bigint, $2::int, $3::text)",
    false
};
static const struct stmt PAPER_INSERT = {
    "scheme_paper_insert",
    "INSERT INTO scheme_paper (scheme_id, position, name, needs_accepted, due_from, due_fact, due_or_effect, due_months, due_days, "
    "review_months, review_days) VALUES ($1::bigint, $2::int, $3::text, $4::boolean, $5::text, $6::int, $7::boolean, "
    "$8::int, $9::int, $10::int, $11::int)",
    false
};
static const struct stmt RUNG_INSERT = {
    "scheme_rung_insert",
    "INSERT INTO scheme_rung (scheme_id, position, name, up_to_e4, papers, after_from, after_fact, after_or_effect, "
    "after_months, after_days, needs_approval) VALUES ($1::bigint, $2::int, $3::text, $4::int, $5::bigint, $6::text, "
    "$7::int, $8::boolean, $9::int, $10::int, $11::boolean)",
    false
};
static const struct stmt READ = { "scheme_read",
                                  "SELECT " SCHEME_COLUMNS " FROM scheme s WHERE s.code = $1::text",
                                  false };
static const struct stmt LOCK_SHARE = { "scheme_lock_share",
                                        "SELECT " SCHEME_COLUMNS
                                        " FROM scheme s WHERE s.code = $1::text FOR SHARE OF s",
                                        false };
static const struct stmt LOCK_UPDATE = { "scheme_lock_update",
                                         "SELECT " SCHEME_COLUMNS
                                         " FROM scheme s WHERE s.code = $1::text FOR UPDATE OF s",
                                         false };
static const struct stmt CODE_OF = { "scheme_code_of",
                                     "SELECT code FROM scheme WHERE id = $1::bigint", false };
static const struct stmt PARTIES = {
    "scheme_parties",
    "SELECT name FROM scheme_party WHERE scheme_id = $1::bigint ORDER BY position", false
};
static const struct stmt FACTS = {
    "scheme_facts", "SELECT name FROM scheme_fact WHERE scheme_id = $1::bigint ORDER BY position",
    false
};
static const struct stmt PAPERS = {
    "scheme_papers",
    "SELECT name, needs_accepted, due_from, due_fact, due_or_effect, due_months, due_days, review_months, review_days "
    "FROM scheme_paper WHERE scheme_id = $1::bigint ORDER BY position",
    false
};
static const struct stmt RUNGS = {
    "scheme_rungs",
    "SELECT name, up_to_e4, papers, after_from, after_fact, after_or_effect, after_months, after_days, "
    "needs_approval FROM scheme_rung WHERE scheme_id = $1::bigint ORDER BY position",
    false
};
static const struct stmt SUMS = {
    "scheme_sums",
    "SELECT envelope_cents, awarded_cents, ordered_cents FROM scheme_sum WHERE scheme_id = $1::bigint",
    false
};
static const struct stmt DECISION = {
    "scheme_decision",
    "WITH s AS (UPDATE scheme SET received_on = $2::date, published_on = $3::date, appeal_until = $4::date "
    "WHERE id = $1::bigint RETURNING id) "
    "UPDATE convention SET look_on = $5::date FROM s WHERE scheme_id = s.id "
    "AND state IN ('draft', 'signing', 'in_force', 'expired')",
    false
};
#define LIST_COLUMNS                                                                 \
    "s.code, s.title, s.decided_on, s.received_on, s.published_on, s.appeal_until, " \
    "x.envelope_cents, x.awarded_cents, x.ordered_cents, "                           \
    "x.envelope_cents - x.awarded_cents AS free_cents, "                             \
    "(SELECT count(*) FROM convention c WHERE c.scheme_id = s.id) AS conventions"
static const struct stmt LIST = {
    "scheme_list",
    "SELECT " LIST_COLUMNS " FROM scheme s JOIN scheme_sum x ON x.scheme_id = s.id ORDER BY s.code",
    false
};
static const struct stmt SHOW = {
    "scheme_show",
    "SELECT " LIST_COLUMNS
    ", s.grant_min_cents, s.grant_max_cents, s.duration_months, s.duration_days, "
    "x.awarded_cents - x.ordered_cents AS held_cents, array_to_string(s.signatories, ', ') AS signatories, "
    "(SELECT string_agg(p.name, ', ' ORDER BY p.position) FROM scheme_party p WHERE p.scheme_id = s.id) AS parties, s.id "
    "FROM scheme s JOIN scheme_sum x ON x.scheme_id = s.id WHERE s.code = $1::text",
    false
};
static const struct stmt RUNG_TABLE = {
    "scheme_rung_table",
    "SELECT r.name, rtrim(to_char(r.up_to_e4 / 10000.0, 'FM990.9999'), '.') AS up_to, "
    "r.after_months, r.after_days, r.needs_approval, coalesce((SELECT string_agg(p.name, ', ' ORDER BY p.position) FROM scheme_paper p "
    "WHERE p.scheme_id = r.scheme_id AND (r.papers >> p.position) & 1 = 1), '') AS papers "
    "FROM scheme_rung r WHERE r.scheme_id = $1::bigint ORDER BY r.position",
    false
};
static const struct stmt PAPER_TABLE = {
    "scheme_paper_table",
    "SELECT p.name, p.needs_accepted, coalesce(f.name, p.due_from) AS due_from, p.due_months, p.due_days, p.review_months, p.review_days "
    "FROM scheme_paper p LEFT JOIN scheme_fact f ON f.scheme_id = p.scheme_id AND f.position = p.due_fact "
    "WHERE p.scheme_id = $1::bigint ORDER BY p.position",
    false
};

const struct stmt *const sql_scheme_stmts[] = {
    &INSERT,     &SUM_INSERT,  &PARTY_INSERT, &FACT_INSERT, &PAPER_INSERT, &RUNG_INSERT, &READ,
    &LOCK_SHARE, &LOCK_UPDATE, &CODE_OF,      &PARTIES,     &FACTS,        &PAPERS,      &RUNGS,
    &SUMS,       &DECISION,    &LIST,         &SHOW,        &RUNG_TABLE,   &PAPER_TABLE, NULL,
};

static const char *anchor_text(const struct point *point)
{
    switch (point->anchor) {
    case ANCHOR_EFFECT:
        return "effect";
    case ANCHOR_FACT:
        return "fact";
    default:
        return "";
    }
}

/* The fact's position, or SQL's null; into BUFFER. */
static const char *fact_text(const struct point *point, struct arena *arena)
{
    return point->anchor == ANCHOR_FACT ? arena_printf(arena, "%u", point->fact) : NULL;
}

static struct point point_from(const PGresult *r, int row, int column)
{
    const char *from = row_text(r, row, column);
    struct point point = {
        .fact = (unsigned)row_i64(r, row, column + 1),
        .or_effect = row_bool(r, row, column + 2),
        .plus = { (int32_t)row_i64(r, row, column + 3), (int32_t)row_i64(r, row, column + 4) },
    };

    if (!strcmp(from, "effect"))
        point.anchor = ANCHOR_EFFECT;
    else if (!strcmp(from, "fact"))
        point.anchor = ANCHOR_FACT;
    return point;
}

static int insert_names(struct store *store, const struct stmt *stmt, int64_t id,
                        const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int r = SQL_RUN(store, stmt, NULL, p_i64(id), p_i64(i), p_text(names[i]));

        if (r)
            return r;
    }
    return 0;
}

static int insert_papers(struct store *store, const struct scheme *scheme, struct arena *arena)
{
    for (unsigned i = 0; i < scheme->paper_count; i++) {
        const struct scheme_paper *p = &scheme->papers[i];
        int r = SQL_RUN(store, &PAPER_INSERT, NULL, p_i64(scheme->id), p_i64(i), p_text(p->name),
                        p_bool(p->needs_accepted), p_text(anchor_text(&p->due)),
                        p_text(fact_text(&p->due, arena)), p_bool(p->due.or_effect),
                        p_i64(p->due.plus.months), p_i64(p->due.plus.days), p_i64(p->review.months),
                        p_i64(p->review.days));

        if (r)
            return r;
    }
    return 0;
}

static int insert_rungs(struct store *store, const struct scheme *scheme, struct arena *arena)
{
    for (unsigned i = 0; i < scheme->rung_count; i++) {
        const struct scheme_rung *g = &scheme->rungs[i];
        int r = SQL_RUN(store, &RUNG_INSERT, NULL, p_i64(scheme->id), p_i64(i), p_text(g->name),
                        p_i64(g->up_to.e4), p_i64(g->papers), p_text(anchor_text(&g->after)),
                        p_text(fact_text(&g->after, arena)), p_bool(g->after.or_effect),
                        p_i64(g->after.plus.months), p_i64(g->after.plus.days),
                        p_bool(g->needs_approval));

        if (r)
            return r;
    }
    return 0;
}

int store_scheme_insert(struct store *store, struct scheme *s, const char *source)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int64_t days[SCHEME_REMINDERS_MAX];
    int r;

    for (unsigned i = 0; i < s->reminder_count; i++)
        days[i] = s->reminder_days[i];
    r = SQL_RUN(store, &INSERT, &result, p_text(s->code), p_text(s->title), p_date(s->decided_on),
                p_cents(s->grant_min), p_cents(s->grant_max), p_i64(s->duration.months),
                p_i64(s->duration.days), p_texts(s->signatories, s->signatory_count),
                p_text(source), p_i64s(days, s->reminder_count));
    if (r)
        return r;
    s->id = row_i64(result, 0, 0);
    r = SQL_RUN(store, &SUM_INSERT, NULL, p_i64(s->id), p_cents(s->envelope));
    if (!r)
        r = insert_names(store, &PARTY_INSERT, s->id, s->parties, s->party_count);
    if (!r)
        r = insert_names(store, &FACT_INSERT, s->id, s->facts, s->fact_count);
    if (!r)
        r = insert_papers(store, s, arena);
    return r ? r : insert_rungs(store, s, arena);
}

static int load_names(struct store *store, const struct stmt *stmt, int64_t id, struct arena *arena,
                      const char **names, unsigned *count, unsigned max)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, stmt, &result, p_i64(id));

    if (r)
        return r;
    if ((unsigned)PQntuples(result) > max)
        return err_raise(ERR_DAMAGED, "%s: more than %u", stmt->name, max);
    *count = (unsigned)PQntuples(result);
    for (unsigned i = 0; i < *count; i++)
        names[i] = arena_strdup(arena, row_text(result, (int)i, 0));
    return 0;
}

static int load_papers(struct store *store, struct arena *arena, struct scheme *s)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &PAPERS, &result, p_i64(s->id));

    if (r)
        return r;
    if (PQntuples(result) > SCHEME_PAPERS_MAX)
        return err_raise(ERR_DAMAGED, "scheme %s has too many papers", s->code);
    s->paper_count = (unsigned)PQntuples(result);
    for (int i = 0; i < (int)s->paper_count; i++)
        s->papers[i] = (struct scheme_paper){
            .name = arena_strdup(arena, row_text(result, i, 0)),
            .needs_accepted = row_bool(result, i, 1),
            .due = point_from(result, i, 2),
            .review = { (int)row_i64(result, i, 7), (int)row_i64(result, i, 8) },
        };
    return 0;
}

static int load_rungs(struct store *store, struct arena *arena, struct scheme *s)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &RUNGS, &result, p_i64(s->id));

    if (r)
        return r;
    if (PQntuples(result) > SCHEME_RUNGS_MAX)
        return err_raise(ERR_DAMAGED, "scheme %s has too many rungs", s->code);
    s->rung_count = (unsigned)PQntuples(result);
    for (int i = 0; i < (int)s->rung_count; i++)
        s->rungs[i] = (struct scheme_rung){
            .name = arena_strdup(arena, row_text(result, i, 0)),
            .up_to = { (int32_t)row_i64(result, i, 1) },
            .papers = (uint32_t)row_i64(result, i, 2),
            .after = point_from(result, i, 3),
            .needs_approval = row_bool(result, i, 8),
        };
    return 0;
}

static void fill(struct arena *arena, const PGresult *r, struct scheme *s)
{
    char *signatories = arena_strdup(arena, row_text(r, 0, 12)), *save = NULL;
    char *days = arena_strdup(arena, row_text(r, 0, 13));

    s->id = row_i64(r, 0, 0);
    s->code = arena_strdup(arena, row_text(r, 0, 1));
    s->title = arena_strdup(arena, row_text(r, 0, 2));
    s->decided_on = row_date(r, 0, 3);
    s->received_on = row_date(r, 0, 4);
    s->published_on = row_date(r, 0, 5);
    s->appeal_until = row_date(r, 0, 6);
    s->grant_min.v = row_i64(r, 0, 7);
    s->grant_max.v = row_i64(r, 0, 8);
    s->duration.months = (int32_t)row_i64(r, 0, 9);
    s->duration.days = (int32_t)row_i64(r, 0, 10);
    s->envelope.v = row_i64(r, 0, 11);
    for (char *name = strtok_r(signatories, " ", &save);
         name && s->signatory_count < SCHEME_SIGNATORIES_MAX; name = strtok_r(NULL, " ", &save))
        s->signatories[s->signatory_count++] = name;
    for (char *day = strtok_r(days, " ", &save); day && s->reminder_count < SCHEME_REMINDERS_MAX;
         day = strtok_r(NULL, " ", &save))
        s->reminder_days[s->reminder_count++] =
            (int)strtol(day, NULL, 10); /* PostgreSQL's digits */
}

int store_scheme_load(struct store *store, const char *code, enum scheme_lock lock,
                      struct arena *arena, struct scheme **schemep)
{
    static const struct stmt *const statements[] = { &READ, &LOCK_SHARE, &LOCK_UPDATE };
    CLEANUP(pq_clearp) PGresult *result = NULL;
    struct scheme *s = arena_alloc(arena, sizeof *s);
    int r = SQL_RUN(store, statements[lock], &result, p_text(code));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    fill(arena, result, s);
    r = load_names(store, &PARTIES, s->id, arena, s->parties, &s->party_count, SCHEME_PARTIES_MAX);
    if (!r)
        r = load_names(store, &FACTS, s->id, arena, s->facts, &s->fact_count, SCHEME_FACTS_MAX);
    if (!r)
        r = load_papers(store, arena, s);
    if (!r)
        r = load_rungs(store, arena, s);
    *schemep = s;
    return r;
}

int store_scheme_load_id(struct store *store, int64_t id, enum scheme_lock lock,
                         struct arena *arena, struct scheme **schemep)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &CODE_OF, &result, p_i64(id));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    return store_scheme_load(store, row_text(result, 0, 0), lock, arena, schemep);
}

int store_scheme_sums(struct store *store, int64_t id, struct scheme_sums *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &SUMS, &result, p_i64(id));

    if (r)
        return r;
    if (PQntuples(result) != 1)
        return err_raise(ERR_DAMAGED, "a scheme has no kept sums");
    *out = (struct scheme_sums){ { row_i64(result, 0, 0) },
                                 { row_i64(result, 0, 1) },
                                 { row_i64(result, 0, 2) } };
    return 0;
}

int store_scheme_decision(struct store *store, const struct scheme *s, struct date on)
{
    return SQL_RUN(store, &DECISION, NULL, p_i64(s->id), p_date(s->received_on),
                   p_date(s->published_on), p_date(s->appeal_until), p_date(on));
}

int store_scheme_list(struct store *store, struct store_table **table)
{
    return sql_table(store, &LIST, table, NULL, 0);
}

int store_scheme_show(struct store *store, const char *code, struct store_table **table)
{
    return SQL_TABLE(store, &SHOW, table, p_text(code));
}

int store_scheme_rungs(struct store *store, int64_t id, struct store_table **table)
{
    return SQL_TABLE(store, &RUNG_TABLE, table, p_i64(id));
}

int store_scheme_papers(struct store *store, int64_t id, struct store_table **table)
{
    return SQL_TABLE(store, &PAPER_TABLE, table, p_i64(id));
}
