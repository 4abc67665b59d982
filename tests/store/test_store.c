/* The schema on a real PostgreSQL: what must never be is refused, whoever tries.
 *
 * Needs SANDBOX_PGHOST, the socket folder of a throw-away server (scripts/sandbox postgres DIR).
 * Each test works in a schema of its own, as the owner or as the daemon's role, and attacks with
 * plain SQL over a connection of its own. */
#include "ground.h"
#include "suite.h"
#include <stdio.h>
#include <store/instance.h>
#include <store/journal.h>
#include <store/migrate.h>
#include <store/order.h>
#include <store/scheme.h>
#include <unistd.h>

static struct scheme lab;

static struct date on(int month, int day)
{
    return date_from_ymd(2024, month, day);
}

/* A 60/40 scheme with two conventions of 10 000 EUR in an envelope of 20 000. */
static void fill(void)
{
    struct convention_row rows[] = {
        { "A-1",
          "P",
          "",
          "One",
          "99000001000019",
          { 1000000 },
          "FR7699999000011234567890152",
          "One",
          "",
          "",
          "",
          "",
          "",
          "" },
        { "A-2",
          "Q",
          "",
          "Two",
          "99000002800011",
          { 1000000 },
          "FR7699999000021234567890234",
          "Two",
          "",
          "",
          "",
          "",
          "",
          "" },
    };

    lab = (struct scheme){
        .code = "LAB",
        .title = "Lab",
        .decided_on = on(1, 1),
        .envelope = { 2000000 },
        .grant_min = { 500000 },
        .grant_max = { 1000000 },
        .duration = { .months = 6 },
        .party_count = 2,
        .parties = { "beneficiary", "authority" },
        .paper_count = 1,
        .papers = { { .name = "mid-report",
                      .due = { .anchor = ANCHOR_EFFECT, .plus = { .months = 3 } } } },
        .rung_count = 2,
        .rungs = { { .name = "1", .up_to = { 600000 } },
                   { .name = "2",
                     .up_to = { 1000000 },
                     .papers = 1,
                     .after = { .anchor = ANCHOR_EFFECT, .plus = { .months = 3 } } } },
    };
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_scheme_insert(store, &lab, "source"), 0);
    ck_assert_int_eq(store_conventions_insert(store, &lab, rows, 2, "claire", on(1, 2)), 0);
    ck_assert_int_eq(store_commit(store), 0);
}

/* Orders the first rung of A-1, as the tick does; 0 or what the store answered. */
static int order_first(const char *message_id, const char *end_to_end_id, int64_t cents)
{
    struct record *record;
    struct scheme *scheme;
    struct order_file file = {
        .message_id = message_id,
        .decided_on = on(1, 10),
        .execution_on = on(1, 10),
        .tx_count = 1,
        .total = { cents },
        .body = "<x/>",
        .body_length = 4,
        .lease_number = 1,
        .host = "h",
    };
    struct order_row row = { .end_to_end_id = end_to_end_id, .amount = { cents } };
    int r = store_begin(store);

    ck_assert_int_eq(r, 0);
    ck_assert_int_eq(store_scheme_load(store, "LAB", SCHEME_SHARE, arena, &scheme), 0);
    ck_assert_int_eq(store_convention_load(store, scheme, "A-1", true, 2, arena, &record), 0);
    file.scheme_id = scheme->id;
    file.file_name = arena_printf(arena, "%s.xml", message_id);
    row.tranche_id = record->tranche_ids[0];
    row.convention_id = record->id;
    row.account_id = record->account.id;
    r = store_order_file_insert(store, &file);
    if (!r)
        r = store_orders_insert(store, &file, &row, 1, on(1, 10));
    if (!r)
        return store_commit(store);
    store_rollback(store);
    return r;
}

static void verify_accounts(void)
{
    exec_ok("UPDATE account SET verified_by = 'paul', verified_on = '2024-01-03'");
}

START_TEST(every_statement_prepares_and_migrating_again_changes_nothing)
{
    unsigned count;
    int from, to;

    ck_assert_int_eq(store_prepare_all(store, &count), 0);
    ck_assert_uint_gt(count, 70);
    ck_assert_int_eq(migrate_run(&place, "rehearsal", &from, &to), 0);
    ck_assert_int_eq(from, to);
    ck_assert_int_eq(migrate_run(&place, NULL, &from, &to), 0);
}
END_TEST

START_TEST(the_kind_of_a_database_is_chosen_once_and_a_newer_schema_is_refused)
{
    int from, to;

    ck_assert_int_eq(migrate_run(&place, "live", &from, &to), MIGRATE_E_KIND);
    exec_refused("23505", "INSERT INTO instance (kind) VALUES ('live')");
    exec_ok("INSERT INTO schema_version (number, name) VALUES (9999, 'later')");
    ck_assert_int_eq(migrate_run(&place, "rehearsal", &from, &to), MIGRATE_E_NEWER);
}
END_TEST

START_TEST(a_new_schema_must_be_told_its_kind)
{
    struct store_place other = place;
    char name[48];
    int from, to;

    snprintf(name, sizeof name, "%sx", schema);
    other.schema = name;
    ck_assert_int_eq(migrate_run(&other, NULL, &from, &to), MIGRATE_E_KIND);
    ck_assert_int_eq(
        ask(arena_printf(arena, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tranched_%s_%%'",
                         name)),
        0);
}
END_TEST

START_TEST(the_journal_is_append_only_for_the_owner_too)
{
    struct journal_row row = { .kind = "test.row", .what = "it's \"quoted\" \\ and été" };

    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_journal_add(store, on(1, 1), "claire", NULL, &row, 1, NULL), 0);
    ck_assert_int_eq(store_commit(store), 0);
    ck_assert_int_eq(
        ask("SELECT count(*) FROM journal WHERE what = E'it\\'s \"quoted\" \\\\ and été' AND convention_ref IS NULL"),
        1);
    raw_as("owner");
    exec_refused("23001", "UPDATE journal SET person = 'x'");
    exec_refused("23001", "DELETE FROM journal");
    exec_refused("23001", "TRUNCATE journal");
}
END_TEST

/* P12: no role can do what is not its own. */
START_TEST(the_daemons_role_owns_nothing_and_deletes_nothing)
{
    static const char *const denied[] = {
        "UPDATE journal SET person = 'x'",
        "DELETE FROM journal",
        "DELETE FROM convention",
        "DELETE FROM payment_order",
        "TRUNCATE journal",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DROP TABLE journal",
        "CREATE TABLE x (y int)",
        "UPDATE account SET iban = 'FR00'",
        "UPDATE order_file SET body = ''",
        "UPDATE payment_order SET amount_cents = 1",
        "UPDATE scheme_sum SET envelope_cents = 1",
        "UPDATE instance SET kind = 'live'",
        "DELETE FROM signature",
        "INSERT INTO schema_version VALUES (99, 'x')",
        "UPDATE beneficiary SET siret = '0'",
        "DELETE FROM account",
        "DELETE FROM request",
        "UPDATE document SET sha256 = ''",
        "DELETE FROM document_part",
        "UPDATE proposal SET proposed_by = 'x'",
        "UPDATE journal_seal SET sha256 = ''",
        "UPDATE signature SET signed_on = '2024-01-01'",
        /* obligations do not vanish */
        "DELETE FROM paper",
        "UPDATE paper SET name = 'x'",
        "DELETE FROM scheme_paper",
        "UPDATE scheme_rung SET papers = 0",
        "UPDATE scheme_rung SET needs_approval = false",
        "DELETE FROM flag",
    };

    fill();
    raw_as("daemon");
    for (size_t i = 0; i < ARRAY_LEN(denied); i++)
        exec_refused("42501", denied[i]);
    /* What is claimed back cannot be made up to take more. */
    exec_refused("23514", "UPDATE convention SET recovery_cents = 100000000");
    exec_refused(
        "23514",
        "INSERT INTO convention (scheme_id, beneficiary_id, reference, project, grant_cents, recovery_cents) "
        "SELECT scheme_id, beneficiary_id, 'X-1', 'P', 1, 5 FROM convention LIMIT 1");
    /* A waiver is decided, also of a new row; what was taken back stays so. */
    exec_refused(
        "23514",
        "INSERT INTO paper (convention_id, position, name, state) SELECT id, 9, 'x', 'waived' FROM convention LIMIT 1");
    exec_ok(
        "INSERT INTO signature (convention_id, party, signed_on, person) SELECT id, 'authority', '2024-01-05', 'claire' "
        "FROM convention WHERE reference = 'A-1'");
    exec_ok("UPDATE signature SET withdrawn_on = '2024-01-06', withdrawn_by = 'claire'");
    exec_refused("23001", "UPDATE signature SET withdrawn_on = NULL, withdrawn_by = NULL");
    /* A grant moves only with its ladder. */
    exec_refused("23514", "UPDATE convention SET grant_cents = 1");
    exec_refused("23514", "UPDATE tranche SET ceiling_cents = 1");
}
END_TEST

START_TEST(a_tranche_is_never_in_two_live_orders)
{
    fill();
    verify_accounts();
    ck_assert_int_eq(order_first("M-1", "E-1", 600000), 0);
    ck_assert_int_ne(order_first("M-2", "E-2", 600000), 0);
    exec_refused(
        "23505",
        "INSERT INTO payment_order (tranche_id, convention_id, account_id, order_file_id, end_to_end_id, amount_cents) "
        "SELECT tranche_id, convention_id, account_id, order_file_id, 'E-3', amount_cents FROM payment_order");
    ck_assert_int_eq(ask("SELECT count(*) FROM payment_order"), 1);
    ck_assert_int_eq(ask("SELECT ordered_cents FROM scheme_sum"), 600000);
}
END_TEST

START_TEST(a_tranche_with_a_live_order_keeps_what_that_took)
{
    fill();
    verify_accounts();
    ck_assert_int_eq(order_first("M-1", "E-1", 600000), 0);
    exec_refused("23514", "UPDATE tranche SET state = 'held' WHERE taken_cents > 0");
    exec_refused("23514", "UPDATE tranche SET taken_cents = 599999 WHERE taken_cents > 0");
    exec_refused("23514",
                 "UPDATE tranche SET state = 'closed', taken_cents = 0 WHERE taken_cents > 0");
    ck_assert_int_eq(ask("SELECT sum(taken_cents) FROM tranche WHERE state = 'ordered'"), 600000);
}
END_TEST

START_TEST(an_identifier_is_never_used_twice)
{
    fill();
    verify_accounts();
    ck_assert_int_eq(order_first("M-1", "E-1", 600000), 0);
    bank_refuses("true");
    exec_refused("23514", "UPDATE tranche SET state = 'held' WHERE taken_cents > 0");
    reissue_refused();
    ck_assert_int_eq(order_first("M-1", "E-2", 600000), STORE_E_EXISTS);
    ck_assert_int_eq(order_first("M-2", "E-1", 600000), STORE_E_EXISTS);
    ck_assert_int_eq(order_first("M-2", "E-2", 600000), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM payment_order WHERE reissue_of IS NOT NULL"), 1);
}
END_TEST

START_TEST(an_account_nobody_verified_is_never_paid)
{
    fill();
    ck_assert_int_eq(order_first("M-1", "E-1", 600000), STORE_E_REFUSED);
    ck_assert_str_eq(store_constraint(store), "payment_order_true");
    ck_assert_int_eq(ask("SELECT count(*) FROM order_file"), 0);
    exec_refused("23514",
                 "UPDATE account SET verified_by = proposed_by, verified_on = '2024-01-03'");
    exec_refused("23514",
                 "UPDATE account SET verified_by = '', verified_on = '2024-01-03'"); /* nobody */
}
END_TEST

START_TEST(an_account_is_never_edited_and_a_superseded_one_is_never_paid)
{
    fill();
    verify_accounts();
    exec_refused("23001", "UPDATE account SET iban = 'DE89370400440532013000'");
    exec_refused("23001", "UPDATE account SET verified_by = 'eve'");
    exec_ok("UPDATE account SET superseded_on = '2024-01-04'");
    exec_refused(
        "23514",
        "WITH f AS (INSERT INTO order_file (message_id, file_name, scheme_id, decided_on, execution_on, tx_count, total_cents, "
        "sha256, body, lease_number, host) SELECT 'M', 'M.xml', scheme_id, '2024-01-05', '2024-01-05', 1, 600000, "
        "decode(repeat('00', 32), 'hex'), 'x', 1, 'h' FROM scheme_sum RETURNING id), "
        "t AS (UPDATE tranche SET state = 'ordered', taken_cents = 600000 WHERE position = 0 AND convention_id = "
        "(SELECT min(id) FROM convention) RETURNING id, convention_id) "
        "INSERT INTO payment_order (tranche_id, convention_id, account_id, order_file_id, end_to_end_id, amount_cents) "
        "SELECT t.id, t.convention_id, a.id, f.id, 'E', 600000 FROM t JOIN account a ON a.convention_id = t.convention_id, f");
}
END_TEST

START_TEST(nothing_leaves_the_ladder)
{
    fill();
    exec_refused("23514",
                 "UPDATE tranche SET state = 'ordered', taken_cents = 600001 WHERE position = 0");
    exec_refused(
        "23514",
        "UPDATE tranche SET state = 'ordered', taken_cents = 400001 + 600000 * (1 - position)");
    exec_refused("23514",
                 "UPDATE tranche SET planned_cents = planned_cents + 1 WHERE position = 1");
    exec_refused(
        "23514",
        "INSERT INTO tranche (convention_id, position, ceiling_cents, planned_cents, since_on) "
        "SELECT id, 2, 1000001, 1, '2024-01-01' FROM convention");
    ck_assert_int_eq(order_first("M-1", "E-1", 600001), STORE_E_REFUSED);
}
END_TEST

/* users-ask row 12: a payment of 0 was sent. */
START_TEST(an_order_of_zero_does_not_exist)
{
    fill();
    verify_accounts();
    ck_assert_int_ne(order_first("M-1", "E-1", 0), 0);
    ck_assert_int_eq(ask("SELECT count(*) FROM payment_order"), 0);
}
END_TEST

/* Two persons: the database refuses equal names, a second answer, and a waiver nobody decided. */
START_TEST(nobody_decides_what_they_proposed)
{
    fill();
    exec_ok(
        "INSERT INTO proposal (convention_id, act, position, reason, proposed_by, proposed_on) "
        "SELECT id, 'waive', 0, 'why', 'claire', '2024-01-05' FROM convention WHERE reference = 'A-1'");
    exec_refused(
        "23505",
        "INSERT INTO proposal (convention_id, act, position, reason, proposed_by, proposed_on) "
        "SELECT id, 'waive', 0, 'why', 'paul', '2024-01-05' FROM convention WHERE reference = 'A-1'");
    exec_refused("23514", "UPDATE proposal SET decided_by = 'claire', decided_on = '2024-01-06'");
    exec_refused(
        "23514",
        "UPDATE paper SET state = 'waived', decided_on = '2024-01-06', decided_by = 'paul'");
    exec_refused("23001", "UPDATE proposal SET reason = 'other'");
    exec_ok("UPDATE proposal SET decided_by = 'paul', decided_on = '2024-01-06'");
    exec_refused("23001", "UPDATE proposal SET decided_by = 'anna'");
    exec_refused("23001", "DELETE FROM proposal");
    exec_ok(
        "UPDATE paper SET state = 'waived', decided_on = '2024-01-06', decided_by = 'paul' FROM convention c "
        "WHERE c.id = convention_id AND c.reference = 'A-1'");
    exec_refused(
        "23514",
        "UPDATE paper SET state = 'waived', decided_on = '2024-01-06', decided_by = 'paul'");
}
END_TEST

START_TEST(a_request_is_answered_once_and_its_id_never_used_again)
{
    fill();
    exec_ok("INSERT INTO request (id, person, sha256) VALUES ('request-1', 'claire', sha256('a'))");
    exec_refused(
        "23505",
        "INSERT INTO request (id, person, sha256) VALUES ('request-1', 'paul', sha256('b'))");
    exec_refused("23514",
                 "INSERT INTO request (id, person, sha256) VALUES ('short', 'paul', sha256('b'))");
    exec_refused("23001", "UPDATE request SET person = 'paul'");
    exec_ok("UPDATE request SET answer = '{}'");
    exec_refused("23001", "UPDATE request SET answer = '[]'");
    exec_refused("23001", "DELETE FROM request");
}
END_TEST

START_TEST(the_envelope_is_never_exceeded)
{
    struct convention_row row = { "A-3",
                                  "R",
                                  "",
                                  "Three",
                                  "99000003600014",
                                  { 500000 },
                                  "FR7699999000031234567890316",
                                  "Three",
                                  "",
                                  "",
                                  "",
                                  "",
                                  "",
                                  "" };

    fill();
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_conventions_insert(store, &lab, &row, 1, "claire", on(1, 2)),
                     STORE_E_REFUSED);
    ck_assert_str_eq(store_constraint(store), "scheme_sum_envelope");
    store_rollback(store);
    ck_assert_int_eq(ask("SELECT count(*) FROM convention"), 2);
}
END_TEST

START_TEST(a_file_counts_and_sums_just_its_orders)
{
    fill();
    verify_accounts();
    ck_assert_int_eq(order_first("M-1", "E-1", 600000), 0);
    exec_refused("23001", "UPDATE order_file SET body = 'other'");
    exec_refused("23001", "UPDATE order_file SET total_cents = 1");
    exec_refused("23001", "UPDATE payment_order SET amount_cents = 1");
    exec_refused("23001", "DELETE FROM order_file");
    exec_refused("23001", "DELETE FROM payment_order");
    exec_ok("UPDATE order_file SET state = 'written', written_at = now()");
    exec_refused("23001", "UPDATE order_file SET state = 'prepared', written_at = NULL");
}
END_TEST

/* The daemon's role itself cannot make a written order look dead, or shadow what the checks read.
 */
START_TEST(a_written_order_is_not_cancelled_and_checks_are_not_shadowed)
{
    fill();
    verify_accounts();
    ck_assert_int_eq(order_first("M-1", "E-1", 600000), 0);
    exec_ok("UPDATE order_file SET state = 'written', written_at = now()");
    exec_ok("UPDATE payment_order SET state = 'written'");
    raw_as("daemon");
    exec_refused("23514", "UPDATE payment_order SET state = 'cancelled'");
    exec_refused("23514", "UPDATE payment_order SET state = 'rejected'");
    exec_refused("23514", "UPDATE payment_order SET state = 'booked'");
    exec_refused("23514", "UPDATE payment_order SET state = 'acknowledged'");
    exec_refused("23001", "UPDATE payment_order SET state = 'prepared'");
    exec_refused("23514",
                 "UPDATE tranche SET state = 'held', taken_cents = 0 WHERE taken_cents > 0");
    exec_refused("23514", "UPDATE tranche SET state = 'held' WHERE taken_cents > 0");
    exec_refused("42501",
                 "CREATE TEMP TABLE convention (id bigint, reference text, grant_cents bigint)");
    exec_refused("42501",
                 "INSERT INTO journal (id, on_date, person, kind, what) OVERRIDING SYSTEM VALUE "
                 "VALUES (999999, '2024-01-01', 'paul', 'account.verified', 'forged')");
}
END_TEST

START_TEST(one_daemon_leads_and_another_number_renews_nothing)
{
    struct lease a, b;

    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_lease_take(store, "a", 41, 60, &a), 0);
    ck_assert_int_eq(a.number, 42);
    ck_assert_int_eq(store_lease_take(store, "b", 0, 60, &b), STORE_E_NONE);
    ck_assert_str_eq(b.holder, "a");
    ck_assert_int_gt(b.until_ms, 50000);
    ck_assert_int_eq(store_lease_renew(store, "b", 42, 60), STORE_E_NONE);
    ck_assert_int_eq(store_lease_renew(store, "a", 41, 60), STORE_E_NONE);
    ck_assert_int_eq(store_lease_renew(store, "a", 42, 60), 0);
    ck_assert_int_eq(store_commit(store), 0);
    exec_ok("UPDATE lease SET until = now() - interval '1 second'");
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_lease_renew(store, "a", 42, 60),
                     STORE_E_NONE); /* a paused leader wakes up */
    ck_assert_int_eq(store_lease_take(store, "b", 0, 60, &b), 0);
    ck_assert_int_eq(b.number, 43);
    ck_assert_int_eq(store_commit(store), 0);
}
END_TEST

START_TEST(a_lost_connection_is_away_and_a_lost_commit_is_unknown)
{
    struct journal_row row = { .kind = "test.row", .what = "x" };

    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_journal_add(store, on(1, 1), "claire", NULL, &row, 1, NULL), 0);
    exec_ok(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tranched' AND state LIKE 'idle in%'");
    ck_assert_int_eq(store_commit(store), ERR_UNKNOWN);
    ck_assert(store_is_broken(store));
    ck_assert_int_eq(store_begin(store), ERR_DB_AWAY);
    ck_assert_int_eq(ask("SELECT count(*) FROM journal"), 0);
}
END_TEST

START_TEST(a_locked_record_is_busy_and_does_not_block_for_ever)
{
    struct scheme *scheme;
    struct record *record, **records;
    size_t count;

    fill();
    exec_ok("UPDATE convention SET look_on = '2024-01-05'");
    exec_ok("BEGIN; SELECT 1 FROM convention WHERE reference = 'A-1' FOR UPDATE");
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_scheme_load(store, "LAB", SCHEME_SHARE, arena, &scheme), 0);
    ck_assert_int_eq(
        store_conventions_claim(store, scheme, on(1, 5), 10, 0, 2, arena, &records, &count), 0);
    ck_assert_uint_eq(count, 1); /* the tick passes over the locked one */
    ck_assert_str_eq(records[0]->dossier.reference, "A-2");
    ck_assert_int_eq(store_convention_load(store, scheme, "A-1", true, 2, arena, &record),
                     STORE_E_BUSY);
    store_rollback(store);
    exec_ok("ROLLBACK");
}
END_TEST

START_TEST(what_is_loaded_is_what_was_stored)
{
    struct scheme *s;
    struct record *record;

    fill();
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_scheme_load(store, "LAB", SCHEME_UPDATE, arena, &s), 0);
    ck_assert_int_eq(store_convention_load(store, s, "A-1", true, 2, arena, &record), 0);
    ck_assert_int_eq(
        store_signature_add(store, record->id, "authority", on(1, 15), "president", "claire"), 0);
    ck_assert_int_eq(
        store_signature_add(store, record->id, "authority", on(1, 15), "president", "claire"),
        STORE_E_EXISTS);
    store_rollback(store);
    ck_assert_uint_eq(s->rung_count, 2);
    ck_assert_int_eq(s->rungs[1].after.plus.months, 3);
    ck_assert_int_eq(s->envelope.v, 2000000);
    ck_assert_int_eq(record->dossier.grant.v, 1000000);
    ck_assert_str_eq(record->account.iban.s, "FR7699999000011234567890152");
    ck_assert_uint_eq(record->dossier.account.ordinal, 1);
    ck_assert_ptr_null(dossier_broken(&record->dossier));
}
END_TEST

/* scale.md: no SQL names a schema, no deferred constraint or trigger, functions fix their path. */
START_TEST(the_rules_for_many_nodes_hold)
{
    ck_assert_int_eq(
        ask("SELECT count(*) FROM pg_constraint c WHERE c.condeferrable AND c.connamespace = current_schema()::regnamespace"),
        0);
    ck_assert_int_eq(
        ask("SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgdeferrable AND "
            "NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"),
        0);
    ck_assert_int_eq(
        ask("SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND "
            "NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=%', false)"),
        0);
    ck_assert_int_eq(
        ask("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
            "AND relname <> 'schema_version' AND obj_description(oid) IS NULL"),
        0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *t = tcase_create("schema");

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, ground_set_up, ground_tear_down);
    tcase_add_test(t, every_statement_prepares_and_migrating_again_changes_nothing);
    tcase_add_test(t, the_kind_of_a_database_is_chosen_once_and_a_newer_schema_is_refused);
    tcase_add_test(t, a_new_schema_must_be_told_its_kind);
    tcase_add_test(t, the_journal_is_append_only_for_the_owner_too);
    tcase_add_test(t, the_daemons_role_owns_nothing_and_deletes_nothing);
    tcase_add_test(t, a_tranche_is_never_in_two_live_orders);
    tcase_add_test(t, a_tranche_with_a_live_order_keeps_what_that_took);
    tcase_add_test(t, an_identifier_is_never_used_twice);
    tcase_add_test(t, an_account_nobody_verified_is_never_paid);
    tcase_add_test(t, an_account_is_never_edited_and_a_superseded_one_is_never_paid);
    tcase_add_test(t, nothing_leaves_the_ladder);
    tcase_add_test(t, an_order_of_zero_does_not_exist);
    tcase_add_test(t, nobody_decides_what_they_proposed);
    tcase_add_test(t, a_request_is_answered_once_and_its_id_never_used_again);
    tcase_add_test(t, the_envelope_is_never_exceeded);
    tcase_add_test(t, a_file_counts_and_sums_just_its_orders);
    tcase_add_test(t, a_written_order_is_not_cancelled_and_checks_are_not_shadowed);
    tcase_add_test(t, one_daemon_leads_and_another_number_renews_nothing);
    tcase_add_test(t, a_lost_connection_is_away_and_a_lost_commit_is_unknown);
    tcase_add_test(t, a_locked_record_is_busy_and_does_not_block_for_ever);
    tcase_add_test(t, what_is_loaded_is_what_was_stored);
    tcase_add_test(t, the_rules_for_many_nodes_hold);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
