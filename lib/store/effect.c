/* What follows from answers, stored as sets. */
#include "sql.h"
#include <core/order.h>
#include <store/evidence.h>

static const struct stmt PROOFS = {
    "effect_proofs",
    "INSERT INTO proof (order_id, event, status_id, movement_id, amount_cents, happened_on, code, note) "
    "SELECT r.order_id, r.event, nullif(r.status_id, 0), nullif(r.movement_id, 0), nullif(r.cents, 0), r.happened_on, r.code, r.note "
    "FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::date[], $7::text[], $8::text[]) "
    "AS r (order_id, event, status_id, movement_id, cents, happened_on, code, note)",
    false
};
static const struct stmt ORDERS = {
    "effect_orders",
    "UPDATE payment_order o SET state = r.state, since_on = $1::date, deadline_on = r.deadline_on, overdue_on = NULL "
    "FROM unnest($2::bigint[], $3::text[], $4::date[]) AS r (id, state, deadline_on) WHERE o.id = r.id",
    false
};
static const struct stmt TRANCHES = {
    "effect_tranches",
    "UPDATE tranche t SET state = r.state, since_on = $1::date FROM unnest($2::bigint[], $3::text[]) AS r (id, state) "
    "WHERE t.id = r.id",
    false
};
static const struct stmt ACCOUNTS = {
    "effect_accounts",
    "UPDATE account a SET refused_on = $1::date, refused_why = r.why, confirmed_on = NULL, confirmed_by = NULL "
    "FROM unnest($2::bigint[], $3::text[]) AS r (id, why) WHERE a.id = r.id",
    false
};
static const struct stmt LOOK = {
    "effect_look",
    "UPDATE convention SET look_on = $1::date WHERE id = ANY ($2::bigint[]) AND (look_on IS NULL OR look_on > $1::date)",
    false
};
static const struct stmt SUMS = {
    "effect_sums",
    "UPDATE scheme_sum s SET ordered_cents = ordered_cents - r.cents FROM (SELECT x.id, sum(x.cents)::bigint AS cents "
    "FROM unnest($1::bigint[], $2::bigint[]) AS x (id, cents) GROUP BY x.id ORDER BY x.id) r WHERE s.scheme_id = r.id",
    false
};
/* Of several verdicts about one line the gravest stays. */
#define GRAVITY(state)                                                                                            \
    "array_position(ARRAY['new', 'unmatched', 'foreign', 'repeated', 'silent', 'applied', 'booked', 'returned', " \
    "'differs', 'contradicts'], " state ")"
#define VERDICTS(table, more)                                                                                            \
    "UPDATE " table " m SET state = r.state, why = "                                                                     \
    "r.why" more " FROM (SELECT DISTINCT ON (x.id) x.* FROM "                                                            \
    "unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS x (id, state, why, order_id, file_id) " \
    "ORDER BY x.id, " GRAVITY(                                                                                           \
        "x.state") " DESC) r WHERE m.id = r.id AND (m.state IN ('new', 'unmatched', 'foreign', 'differs') "              \
                   "OR " GRAVITY("r.state") " > " GRAVITY("m.state") ")"
static const struct stmt MOVEMENT_VERDICTS = {
    "effect_movement_verdicts",
    VERDICTS("movement",
             ", order_id = nullif(r.order_id, 0), order_file_id = nullif(r.file_id, 0)"),
    false
};
static const struct stmt STATUS_VERDICTS = { "effect_status_verdicts",
                                             VERDICTS("answer_status", ""), false };

const struct stmt *const sql_effect_stmts[] = {
    &PROOFS,          &ORDERS, &TRANCHES, &ACCOUNTS, &LOOK, &SUMS, &MOVEMENT_VERDICTS,
    &STATUS_VERDICTS, NULL,
};

/* Effects as columns. */
struct columns {
    struct arena *arena;
    size_t count;
    int64_t *a, *b, *c, *d;
    const char **s, **t, **u;
    struct date *day;
};

static void columns_make(struct columns *x, struct arena *arena, size_t count)
{
    *x = (struct columns){ .arena = arena };
    x->a = arena_alloc(arena, (count + 1) * sizeof *x->a);
    x->b = arena_alloc(arena, (count + 1) * sizeof *x->b);
    x->c = arena_alloc(arena, (count + 1) * sizeof *x->c);
    x->d = arena_alloc(arena, (count + 1) * sizeof *x->d);
    x->s = arena_alloc(arena, (count + 1) * sizeof *x->s);
    x->t = arena_alloc(arena, (count + 1) * sizeof *x->t);
    x->u = arena_alloc(arena, (count + 1) * sizeof *x->u);
    x->day = arena_alloc(arena, (count + 1) * sizeof *x->day);
}

static int insert_proofs(struct store *store, const struct effect *effects, size_t count,
                         struct columns *x, struct date on)
{
    x->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct evidence *e = effects[i].about;
        size_t n = x->count;

        if (!effects[i].proves)
            continue;
        x->a[n] = e->order_id;
        x->s[n] = order_event_name(effects[i].event);
        x->b[n] = e->status_id;
        x->c[n] = e->movement_id;
        x->d[n] = e->batch ? e->ordered.v : e->movement_id ? e->cents : 0;
        x->day[n] = e->movement_id ? e->booked_on : on;
        x->t[n] = effects[i].code;
        x->u[n] = effects[i].note;
        x->count++;
    }
    return SQL_RUN(store, &PROOFS, NULL, p_i64s(x->a, x->count), p_texts(x->s, x->count),
                   p_i64s(x->b, x->count), p_i64s(x->c, x->count), p_i64s(x->d, x->count),
                   p_dates(x->day, x->count), p_texts(x->t, x->count), p_texts(x->u, x->count));
}

/* Effects come by order: the last one of an order says where it ends. */
static bool is_last(const struct effect *effects, size_t count, size_t i)
{
    return i + 1 == count || effects[i + 1].about->order_id != effects[i].about->order_id;
}

static int move_orders(struct store *store, const struct effect *effects, size_t count,
                       struct columns *x, struct date on)
{
    int r;

    x->count = 0;
    for (size_t i = 0; i < count; i++)
        if (is_last(effects, count, i) && effects[i].moved) {
            x->a[x->count] = effects[i].about->order_id;
            x->s[x->count] = order_state_name(effects[i].state);
            x->day[x->count] = effects[i].deadline;
            x->b[x->count] = effects[i].about->tranche_id;
            x->t[x->count] = tranche_state_name(effects[i].tranche_state);
            x->c[x->count++] = effects[i].about->convention_id;
        }
    r = SQL_RUN(store, &ORDERS, NULL, p_date(on), p_i64s(x->a, x->count), p_texts(x->s, x->count),
                p_dates(x->day, x->count));
    if (!r)
        r = SQL_RUN(store, &TRANCHES, NULL, p_date(on), p_i64s(x->b, x->count),
                    p_texts(x->t, x->count));
    return r ? r : SQL_RUN(store, &LOOK, NULL, p_date(on), p_i64s(x->c, x->count));
}

static int refuse_accounts(struct store *store, const struct effect *effects, size_t count,
                           struct columns *x, struct date on)
{
    x->count = 0;
    for (size_t i = 0; i < count; i++)
        if (effects[i].refuses_account) {
            x->a[x->count] = effects[i].about->account_id;
            x->s[x->count++] = effects[i].code;
        }
    return x->count ? SQL_RUN(store, &ACCOUNTS, NULL, p_date(on), p_i64s(x->a, x->count),
                              p_texts(x->s, x->count))
                    : 0;
}

static int lower_sums(struct store *store, const struct effect *effects, size_t count,
                      struct columns *x)
{
    x->count = 0;
    for (size_t i = 0; i < count; i++)
        if (is_last(effects, count, i) && effects[i].died) {
            x->a[x->count] = effects[i].about->scheme_id;
            x->b[x->count++] = effects[i].about->ordered.v;
        }
    return x->count ? SQL_RUN(store, &SUMS, NULL, p_i64s(x->a, x->count), p_i64s(x->b, x->count))
                    : 0;
}

static int judge_lines(struct store *store, const struct stmt *stmt, const struct effect *effects,
                       size_t count, struct columns *x, bool movements)
{
    x->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct evidence *e = effects[i].about;

        if ((e->movement_id != 0) != movements)
            continue;
        x->a[x->count] = movements ? e->movement_id : e->status_id;
        x->s[x->count] = effects[i].verdict;
        x->t[x->count] = effects[i].why;
        x->b[x->count] = e->batch ? 0 : e->order_id;
        x->c[x->count++] = e->batch ? e->file_id : 0;
    }
    return x->count
               ? SQL_RUN(store, stmt, NULL, p_i64s(x->a, x->count), p_texts(x->s, x->count),
                         p_texts(x->t, x->count), p_i64s(x->b, x->count), p_i64s(x->c, x->count))
               : 0;
}

int store_effects(struct store *store, const struct effect *effects, size_t count, struct date on)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct columns x;
    int r;

    columns_make(&x, arena, count);
    r = insert_proofs(store, effects, count, &x, on);
    if (!r)
        r = judge_lines(store, &MOVEMENT_VERDICTS, effects, count, &x, true);
    if (!r)
        r = judge_lines(store, &STATUS_VERDICTS, effects, count, &x, false);
    if (!r)
        r = move_orders(store, effects, count, &x, on);
    if (!r)
        r = refuse_accounts(store, effects, count, &x, on);
    return r ? r : lower_sums(store, effects, count, &x);
}
