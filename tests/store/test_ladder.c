/* Random ladders on a real PostgreSQL: orders are made, die and are made again, rungs are closed,
 * the grant changes; after every step the invariants hold in C and, recomputed from the rows, in
 * SQL. */
#include "ground.h"
#include "suite.h"
#include <stdio.h>
#include <store/order.h>
#include <store/scheme.h>

struct walk {
    uint64_t seed;
    int ladder, step;
    struct scheme scheme;
    const char *reference;
    struct record *record;
    unsigned files;
    struct dice dice;
};

#define CONTEXT "seed %llu, ladder %d, step %d: "
#define CONTEXT_OF(w) (unsigned long long)(w)->seed, (w)->ladder, (w)->step

static const struct date DAY = { 19800 };

static int64_t roll(struct walk *w, int64_t low, int64_t high)
{
    return dice_range(&w->dice, low, high);
}

/* A scheme of some rungs with one convention of a random grant. */
static void make_ladder(struct walk *w)
{
    struct convention_row row = { .project = "P",
                                  .purpose = "",
                                  .beneficiary = "One",
                                  .iban = "DE89370400440532013000",
                                  .holder = "One",
                                  .street = "",
                                  .building = "",
                                  .postcode = "",
                                  .town = "",
                                  .country = "",
                                  .email = "" };
    static const char *const names[] = { "1", "2", "3", "4", "5", "6" };
    unsigned count = (unsigned)roll(w, 1, 6);
    int32_t up_to = 0;

    w->scheme = (struct scheme){ .code = arena_printf(arena, "L%d", w->ladder),
                                 .title = "Ladder",
                                 .decided_on = DAY,
                                 .envelope = { 100000000 },
                                 .grant_min = { 1 },
                                 .grant_max = { 50000000 },
                                 .duration = { .months = 6 },
                                 .party_count = 1,
                                 .parties = { "beneficiary" },
                                 .rung_count = count };
    for (unsigned t = 0; t < count; t++) {
        up_to = t + 1 == count ? 1000000 : up_to + (int32_t)roll(w, 1, 200000);
        w->scheme.rungs[t] = (struct scheme_rung){ .name = names[t], .up_to = { up_to } };
    }
    w->reference = row.reference = arena_printf(arena, "R-%d", w->ladder);
    row.siret = arena_printf(arena, "%014d", w->ladder);
    row.grant.v = roll(w, 1, roll(w, 0, 1) ? 100 : 10000000);
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_scheme_insert(store, &w->scheme, "source"), 0);
    ck_assert_int_eq(store_conventions_insert(store, &w->scheme, &row, 1, "claire", DAY), 0);
    ck_assert_int_eq(store_commit(store), 0);
    exec_ok(
        "UPDATE account SET verified_by = 'paul', verified_on = proposed_on WHERE verified_by IS NULL");
}

static void load(struct walk *w)
{
    ck_assert_int_eq(
        store_convention_load(store, &w->scheme, w->reference, true, 0, arena, &w->record), 0);
    EXPECT(!w->record->damaged && !dossier_broken(&w->record->dossier), CONTEXT "%s", CONTEXT_OF(w),
           w->record->damaged ? w->record->damaged : dossier_broken(&w->record->dossier));
}

/* The leader's side: orders rung T for what is due, or closes it. */
static void take(struct walk *w, unsigned t)
{
    const struct dossier *d = &w->record->dossier;
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct order_file file = { .scheme_id = w->scheme.id,
                               .decided_on = DAY,
                               .execution_on = DAY,
                               .tx_count = 1,
                               .body = "<x/>",
                               .body_length = 4,
                               .lease_number = 1,
                               .host = "h" };
    struct order_row row = {
        w->record->tranche_ids[t], w->record->id, w->record->account.id, NULL, { 0 }
    };

    dossier_plan(d, plan);
    if (d->tranches[t].state != TRANCHE_HELD || plan_waits_for(plan, t) != t)
        return;
    row.amount.v = plan_due(plan, w->scheme.rung_count, t);
    if (row.amount.v <= 0) {
        ck_assert_int_eq(
            store_rungs_close(store, w->record, UINT32_C(1) << t, (struct cents){ 0 }, DAY), 0);
        return;
    }
    w->files++;
    file.message_id = arena_printf(arena, "M-%d-%u", w->ladder, w->files);
    file.file_name = arena_printf(arena, "%s.xml", file.message_id);
    row.end_to_end_id = arena_printf(arena, "E-%d-%u", w->ladder, w->files);
    file.total = row.amount;
    ck_assert_int_eq(store_order_file_insert(store, &file), 0);
    ck_assert_int_eq(store_orders_insert(store, &file, &row, 1, DAY), 0);
}

/* What an answer of the bank does: the order of rung T dies, its sum is kept, and the rung waits
 * to be ordered again. */
static void kill_order(struct walk *w, unsigned t)
{
    char where[60];

    if (!tranche_is_live(w->record->dossier.tranches[t].state))
        return;
    snprintf(where, sizeof where, "o.tranche_id = %lld", (long long)w->record->tranche_ids[t]);
    bank_refuses(where);
    reissue_refused();
}

static void amend(struct walk *w, struct cents grant)
{
    const struct dossier *d = &w->record->dossier;
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    enum tranche_state last = d->tranches[w->scheme.rung_count - 1].state;
    struct cents recovery;

    if (grant.v > d->grant.v && last != TRANCHE_HELD)
        return;
    dossier_plan(d, plan);
    recovery = plan_amend(&w->scheme, grant, plan);
    ck_assert_int_eq(store_convention_amend(store, w->record, grant, recovery, plan, DAY), 0);
}

/* Gives up what is held, as a termination does. */
static void give_up(struct walk *w)
{
    const struct dossier *d = &w->record->dossier;
    struct cents given_up = { d->grant.v - w->record->given_up.v };
    uint32_t rungs = 0;

    for (unsigned t = 0; t < w->scheme.rung_count; t++)
        if (tranche_is_live(d->tranches[t].state))
            given_up.v -= d->tranches[t].taken.v;
        else if (d->tranches[t].state == TRANCHE_HELD)
            rungs |= UINT32_C(1) << t;
    if (given_up.v < 0)
        given_up.v = 0;
    if (rungs)
        ck_assert_int_eq(store_rungs_close(store, w->record, rungs, given_up, DAY), 0);
}

static const struct {
    const char *what, *query;
} INVARIANTS[] = {
    { "planned sums are the grant",
      "SELECT count(*) FROM convention c WHERE grant_cents <> (SELECT sum(planned_cents) FROM tranche t "
      "WHERE t.convention_id = c.id)" },
    { "taken is inside the ceilings, but for the recovery",
      "SELECT count(*) FROM tranche t JOIN convention c ON c.id = t.convention_id WHERE (SELECT sum(x.taken_cents) "
      "FROM tranche x WHERE x.convention_id = c.id AND x.position <= t.position) > t.ceiling_cents + c.recovery_cents" },
    { "one live order a rung, of the sum it took",
      "SELECT count(*) FROM tranche t WHERE (state = 'ordered') <> (1 = (SELECT count(*) FROM payment_order o "
      "WHERE o.tranche_id = t.id AND o.state = 'prepared' AND o.amount_cents = t.taken_cents))" },
    { "a re-issue names the order before it",
      "SELECT count(*) FROM payment_order o WHERE reissue_of IS DISTINCT FROM (SELECT max(p.id) FROM payment_order p "
      "WHERE p.tranche_id = o.tranche_id AND p.id < o.id)" },
    { "kept sums",
      "SELECT count(*) FROM scheme_sum s WHERE ordered_cents <> (SELECT coalesce(sum(o.amount_cents), 0) FROM "
      "payment_order o JOIN convention c ON c.id = o.convention_id WHERE c.scheme_id = s.scheme_id AND o.state = 'prepared') "
      "OR awarded_cents <> (SELECT sum(greatest(c.grant_cents - c.given_up_cents, (SELECT sum(t.taken_cents) FROM tranche t "
      "WHERE t.convention_id = c.id))) FROM convention c WHERE c.scheme_id = s.scheme_id)" },
};

static void check(struct walk *w)
{
    for (size_t i = 0; i < ARRAY_LEN(INVARIANTS); i++)
        EXPECT(ask(INVARIANTS[i].query) == 0, CONTEXT "broken: %s", CONTEXT_OF(w),
               INVARIANTS[i].what);
}

/* One act in a transaction of its own; an order's death replans a grant that was lowered before. */
static void act(struct walk *w)
{
    unsigned t = (unsigned)roll(w, 0, w->scheme.rung_count - 1);
    int64_t what = roll(w, 0, 9);

    if (what >= 5 && what < 8) {
        ck_assert_int_eq(store_begin(store), 0);
        load(w);
        store_rollback(store);
        kill_order(w, t);
    }
    ck_assert_int_eq(store_begin(store), 0);
    load(w);
    if (what < 5)
        take(w, t);
    else if (what < 8)
        amend(w, w->record->dossier.grant);
    else if (what == 8)
        amend(w, (struct cents){ roll(w, 1, w->record->dossier.grant.v * 2) });
    ck_assert_int_eq(store_commit(store), 0);
}

/* Takes or gives up what is left: paid and given up are the grant, but for what is claimed back. */
static void finish(struct walk *w)
{
    ck_assert_int_eq(store_begin(store), 0);
    for (unsigned t = 0; t < w->scheme.rung_count && roll(w, 0, 2); t++) {
        load(w);
        take(w, t);
    }
    load(w);
    give_up(w);
    ck_assert_int_eq(store_commit(store), 0);
    check(w);
    EXPECT(
        ask("SELECT count(*) FROM convention c WHERE grant_cents + recovery_cents <> given_up_cents + "
            "(SELECT sum(taken_cents) FROM tranche t WHERE t.convention_id = c.id)") == 0,
        CONTEXT "paid and given up are not the grant", CONTEXT_OF(w));
}

START_TEST(no_story_of_a_ladder_breaks_what_must_hold_in_c_and_in_sql)
{
    struct walk w = { 0 };
    int ladders = getenv("TEST_QUICK") ? 8 : 60;

    w.dice = dice_new(&w.seed);
    for (w.ladder = 1; w.ladder <= ladders; w.ladder++) {
        w.files = 0;
        make_ladder(&w);
        for (w.step = 1; w.step <= 25; w.step++) {
            act(&w);
            check(&w);
        }
        finish(&w);
        arena_free(arena);
        arena = arena_new();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ladder");
    TCase *t = tcase_create("stories");

    tcase_set_timeout(t, 300);
    tcase_add_checked_fixture(t, ground_set_up, ground_tear_down);
    tcase_add_test(t, no_story_of_a_ladder_breaks_what_must_hold_in_c_and_in_sql);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
