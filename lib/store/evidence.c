/* Answers brought to orders.  Each way of matching is a join; what follows is decided elsewhere. */
#include "sql.h"
#include <core/order.h>
#include <stddef.h>
#include <store/evidence.h>

#define ORDER_COLUMNS                                                                                            \
    "o.id, o.tranche_id, o.convention_id, c.scheme_id, o.account_id, o.end_to_end_id, c.reference, "             \
    "h.code, ac.iban, t.position + 1, o.amount_cents, f.decided_on, o.state, t.state, "                          \
    "c.state = 'terminated', EXISTS (SELECT 1 FROM order_act x WHERE x.order_id = o.id AND x.act = 'release'), " \
    "o.order_file_id"
#define ORDER_JOINS                                                                    \
    "JOIN convention c ON c.id = o.convention_id JOIN scheme h ON h.id = c.scheme_id " \
    "JOIN account ac ON ac.id = o.account_id JOIN tranche t ON t.id = o.tranche_id "

/* As enum status_level. */
#define LEVEL(of) "array_position(ARRAY['group', 'payment', 'transaction'], " of ".level)"
#define SAID \
    "FROM proof p JOIN answer_status x ON x.id = p.status_id WHERE p.order_id = o.id AND p.event IN "
#define SETTLED_LEVEL "coalesce((SELECT max(" LEVEL("x") ") " SAID "('settled')), 0)"
/* A yes to a request to take an order back holds against what is said of its file. */
#define REFUSED_LEVEL                                                  \
    "coalesce((SELECT min(CASE x.code WHEN 'ACCR' THEN 1 ELSE " LEVEL( \
        "x") " END) " SAID "('rejected', 'cancelled')), 0)"
/* Looked up only where a reason may be news. */
#define SAID_OF(reason) "CASE " reason " WHEN '' THEN '' ELSE " REFUSALS " END"
#define LISTED                                                                             \
    "EXISTS (SELECT 1 FROM answer_status x WHERE x.answer_id = s.answer_id AND x.level = " \
    "'transaction' AND x.message_id = s.message_id)"
#define STATUS_COLUMNS                                                                           \
    "s.id, s.code, s.reason, s.note, s.creditor, s.amount, s.currency, s.creditor_iban, " LISTED \
    ", " LEVEL("s") ", " SETTLED_LEVEL ", " REFUSED_LEVEL ", " SAID_OF("s.reason")
/* A group or a payment stands for each order of its file. */
#define STATUS_ORDERS                                                                                                           \
    "(SELECT s.id AS status_id, o.id AS order_id FROM answer_status s JOIN order_file f ON f.message_id = s.message_id "        \
    "JOIN payment_order o ON o.order_file_id = f.id WHERE s.answer_id = $1::bigint AND s.code <> '' AND (s.level = 'group' OR " \
    "(s.level = 'payment' AND s.payment_id IN ('', f.message_id || '-1'))) UNION ALL "                                          \
    "SELECT s.id, o.id FROM answer_status s JOIN payment_order o ON o.end_to_end_id = coalesce(nullif(s.end_to_end_id, ''), "   \
    "s.instruction_id) JOIN order_file f ON f.id = o.order_file_id AND f.message_id = s.message_id "                            \
    "WHERE s.answer_id = $1::bigint AND s.code <> '' AND s.level = 'transaction') k "
static const struct stmt STATUSES = {
    "evidence_statuses",
    "SELECT " ORDER_COLUMNS ", " STATUS_COLUMNS " FROM " STATUS_ORDERS
    "JOIN answer_status s ON s.id = k.status_id JOIN payment_order o ON o.id = k.order_id JOIN order_file f ON f.id = "
    "o.order_file_id " ORDER_JOINS
    "WHERE (s.id, o.id) > ($3::bigint, $2::bigint) ORDER BY s.id, o.id LIMIT $4::int",
    false
};
static const struct stmt STATUS_LINK = {
    "evidence_status_link",
    "SELECT " ORDER_COLUMNS ", " STATUS_COLUMNS
    " FROM answer_status s JOIN answer a ON a.id = s.answer_id JOIN document d ON d.id = a.document_id "
    "JOIN payment_order o ON o.end_to_end_id = $2::text JOIN order_file f ON f.id = o.order_file_id " ORDER_JOINS
    "WHERE left(encode(d.sha256, 'hex'), 16) = left($1::text, 16) AND s.position = substr($1::text, 18)::int "
    "AND s.state IN ('unmatched', 'differs')",
    false
};

/* What was said before of the same event of the order, by the entry y (enum told).  An entry comes
 * again whole or with its details, or these under another of their names; under its reference on
 * the same day with the same sum, the how-manieth of its like it was; or in another kind of report
 * without that reference, or as a part or as the whole (ALL) of a batch, if no other of that kind
 * told it (of lines that are judged together the caller finds that).  CENTS is what m says of the
 * order. */
#define EVENT "CASE m.direction WHEN 'DBIT' THEN 'booked' ELSE 'returned' END"
#define ALONE                                                                                          \
    "NOT EXISTS (SELECT 1 FROM movement z WHERE z.order_id = o.id AND " SAME_PART " AND " TELLS_IT     \
    ") AND NOT EXISTS (SELECT 1 FROM movement z WHERE z.order_file_id = o.order_file_id AND " TELLS_IT \
    ")"
/* Money comes back in parts, which their sums tell apart. */
#define SAME_PART "(m.direction = 'DBIT' OR z.amount_cents = m.amount_cents)"
/* z is another line, and one kind of report told both, first or again. */
#define KINDS_OF(entry, first) \
    "(SELECT " first " AS kind UNION ALL SELECT n.kind FROM retold n WHERE n.entry_id = " entry ")"
#define TELLS_IT                                                                                                  \
    "z.direction = m.direction AND z.id <> m.id AND (z.entry_id <> m.entry_id OR z.answer_id = m.answer_id) AND " \
    "z.state IN ('repeated', 'booked', 'returned') AND EXISTS (SELECT 1 FROM " KINDS_OF(                          \
        "z.entry_id",                                                                                             \
        "(SELECT w.kind FROM entry w WHERE w.id = z.entry_id)") " a JOIN " KINDS_OF("e.id",                       \
                                                                                    "e.kind") " b ON b.kind = a.kind)"
/* One that stands for the whole file is the only such one of its answer. */
#define ALONE_FOR_ALL "k.likes = 1"
/* The best of its identifiers, as the likeness of a detail has it, and its reason. */
#define NAMES(of)                                                                               \
    "(coalesce(nullif(" of ".end_to_end_id, ''), nullif(" of ".transaction_id, ''), nullif(" of \
    ".instruction_id, ''), " of ".uetr), " of ".return_reason)"
#define TOLD(cents, all, alone)                                                                                     \
    "coalesce((SELECT min(CASE WHEN y.id = e.id THEN CASE WHEN x.likeness = 0 OR m.likeness = 0 OR x.id = m.id OR " \
    "(x.answer_id <> m.answer_id AND " NAMES("x") " IS DISTINCT FROM " NAMES(                                       \
        "m") ") THEN 1 END "                                                                                        \
             "WHEN r.same AND r.fits AND y.twin = e.twin THEN 1 "                                                   \
             "WHEN r.fits AND e.summed AND y.kind <> e.kind AND (e.servicer_ref = '' OR y.servicer_ref = "          \
             "'' OR x.order_id IS NULL OR "                                                                         \
             "e.amount_cents <> y.amount_cents OR " all ") AND " alone                                              \
             " THEN 2 WHEN r.same AND NOT r.fits THEN 3 END) "                                                      \
             "FROM proof p JOIN movement x ON x.id = p.movement_id JOIN entry y ON y.id = "                         \
             "x.entry_id CROSS JOIN LATERAL (SELECT "                                                               \
             "(e.servicer_ref <> '' AND y.servicer_ref = e.servicer_ref) OR (m.servicer_ref "                       \
             "<> '' AND x.servicer_ref = "                                                                          \
             "m.servicer_ref) AS same, y.booked_on = e.booked_on AND p.amount_cents = " cents                       \
             " AS fits) r "                                                                                         \
             "WHERE p.order_id = o.id AND p.event = " EVENT "), 0)"
/* ISO bank transaction codes: a payment returned, or reversed upon a request to cancel. */
#define SIGNED "(m.return_reason <> '' OR e.reversal OR concat(m.code, e.code) ~ 'RRTN|RPCR')"
#define MOVEMENT_COLUMNS(cents, all, alone)                                                                                          \
    "m.id, coalesce(m.amount_cents, -1), m.currency, m.direction, e.iban, m.debtor_iban, m.creditor_iban, e.reversal, e.booked_on, " \
    "e.summed, m.return_reason, m.return_note, " TOLD(                                                                               \
        cents, all,                                                                                                                  \
        alone) ", " SIGNED ", coalesce((SELECT "                                                                                     \
               "sum(p.amount_cents) FROM proof p WHERE p.order_id = o.id AND p.event = " EVENT                                       \
               "), 0)::bigint, e.id, e.kind, " LEFT
/* What its entry has left for it: what came after the entry itself may be told of what others had.
 */
#define LEFT                                                                                                   \
    "CASE WHEN m.answer_id = e.answer_id THEN m.amount_cents ELSE e.amount_cents - (SELECT coalesce(sum(CASE " \
    "WHEN z.order_file_id IS NULL THEN z.amount_cents ELSE e.amount_cents END), 0) FROM movement z WHERE "     \
    "z.entry_id = e.id AND z.id <> m.id AND z.direction = m.direction AND z.state IN ('booked', 'returned')) END"
#define ONE_COLUMNS                                    \
    MOVEMENT_COLUMNS("m.amount_cents", "false", ALONE) \
    ", false, 0, 0, -1, " SAID_OF("m.return_reason") " "
#define ALL_COLUMNS                                                         \
    MOVEMENT_COLUMNS("o.amount_cents", "true", ALONE " AND " ALONE_FOR_ALL) \
    ", true, k.total, k.orders, CASE WHEN e.batch_count ~ '^[0-9]{1,9}$' THEN e.batch_count::bigint ELSE -1 END, ''"
#define ENTRY_OF(lines) \
    "FROM " lines       \
    " m JOIN entry e ON e.id = m.entry_id AND e.iban = $2::text AND e.status = 'BOOK' "
#define ENTRY ENTRY_OF("movement")
/* By line alone, as an index has them, so that a page is found without looking at any other line; a
 * line is about a few orders at most, and is not cut. */
#define PAGE \
    "AND m.id > $4::bigint AND $3::bigint IS NOT NULL ORDER BY m.id FETCH FIRST ($5::int) ROWS WITH TIES"
#define FRESH "m.answer_id = $1::bigint AND m.state = 'new' "
/* A return may have come before what it is the return of. */
#define RETURNS                                                                                    \
    "FROM (SELECT m.*, e.booked_on " ENTRY "WHERE m.direction = 'CRDT' AND " SIGNED " AND (" FRESH \
    "OR m.state = 'unmatched') OFFSET 0) m "
#define FILE_OF "JOIN order_file f ON f.id = o.order_file_id "

/* The EndToEndId names it; the other two where that is none of ours, and they name no second one:
 * one debit pays one order. */
#define BY_IDENTIFIER                                                                                                     \
    ENTRY                                                                                                                 \
    "JOIN payment_order o ON o.end_to_end_id = ANY (ARRAY[m.end_to_end_id, m.instruction_id, m.transaction_id]) " FILE_OF \
    "WHERE (o.end_to_end_id = m.end_to_end_id OR NOT EXISTS (SELECT 1 FROM payment_order p WHERE p.end_to_end_id = ANY "  \
    "(ARRAY[m.end_to_end_id, m.instruction_id, m.transaction_id]) AND p.id <> o.id)) AND " FRESH
#define LIVING "o.state NOT IN ('rejected', 'cancelled')"
/* Without an identifier of one transaction, and with that of our file.  What did not fit is tried
 * again when the bank has refused a part of that file. */
#define BATCH_OF(lines)                                                                                  \
    ENTRY_OF(lines)                                                                                      \
    "AND m.direction = 'DBIT' AND m.order_id IS NULL AND m.end_to_end_id = '' AND m.amount_cents "       \
    "IS NOT DISTINCT FROM e.amount_cents JOIN order_file f ON f.message_id = ANY (ARRAY[" BATCH_MESSAGES \
    "]) JOIN payment_order o ON o.order_file_id = f.id WHERE "
#define BY_BATCH                                                                                  \
    BATCH_OF("movement")                                                                          \
    "(m.answer_id = $1::bigint AND m.state IN "                                                   \
    "('new', 'booked', 'repeated', 'differs') OR (m.state = 'differs' AND EXISTS (SELECT 1 FROM " \
    "answer_status s WHERE s.answer_id = $1::bigint AND s.message_id = f.message_id))) "
/* Lines that were taken for the same told by another kind of report, now that one kind told both:
 * of the orders of what this answer told again, and itself; details of an entry that sums up since
 * this answer; and what was of a day to come. */
#define RETOLD_OF(columns, lines, more)                                                   \
    "SELECT z.id FROM retold n CROSS JOIN LATERAL (SELECT " columns                       \
    " FROM movement y WHERE y.entry_id = "                                                \
    "n.entry_id OFFSET 0) y CROSS JOIN LATERAL (SELECT z.id FROM movement z WHERE " lines \
    " OFFSET 0) z WHERE n.answer_id = $1::bigint" more
#define RETOLD_ORDERS                                                                                          \
    "SELECT z.id FROM retold n CROSS JOIN LATERAL (SELECT y.order_file_id FROM movement y WHERE y.entry_id = " \
    "n.entry_id AND y.order_file_id IS NOT NULL OFFSET 0) y CROSS JOIN LATERAL (SELECT o.id FROM "             \
    "payment_order o WHERE o.order_file_id = y.order_file_id OFFSET 0) o CROSS JOIN LATERAL (SELECT z.id "     \
    "FROM movement z WHERE z.order_id = o.id AND z.state = 'repeated' OFFSET 0) z WHERE n.answer_id = $1::bigint"
#define RETOLD_DIFFERS                                                                                           \
    "SELECT z.id FROM retold n CROSS JOIN LATERAL (SELECT w.booked_on, a.imported_on FROM entry w JOIN answer "  \
    "a ON a.id = w.answer_id WHERE w.id = n.entry_id OFFSET 0) w CROSS JOIN LATERAL (SELECT z.id FROM movement " \
    "z WHERE z.entry_id = n.entry_id AND z.state = 'differs' OFFSET 0) z WHERE n.answer_id = $1::bigint AND "    \
    "(n.completes OR w.booked_on > w.imported_on)"
#define RETOLD_ONES                                                                 \
    RETOLD_OF("y.order_id", "z.order_id = y.order_id AND z.state = 'repeated'", "") \
    " UNION " RETOLD_OF("y.id, y.state", "z.id = y.id",                             \
                        " AND y.state = 'repeated'") " UNION " RETOLD_ORDERS        \
                                                     " UNION " RETOLD_DIFFERS
#define RETOLD_SUMS                                                                          \
    RETOLD_OF("y.order_file_id",                                                             \
              "z.order_file_id = y.order_file_id AND z.state IN ('repeated', 'booked')", "") \
    " UNION " RETOLD_FILE_SUMS
#define RETOLD_FILE_SUMS                                                                                       \
    "SELECT z.id FROM retold n CROSS JOIN LATERAL (SELECT o.order_file_id FROM movement y JOIN payment_order " \
    "o ON o.id = y.order_id WHERE y.entry_id = n.entry_id OFFSET 0) y CROSS JOIN LATERAL (SELECT z.id FROM "   \
    "movement z WHERE z.order_file_id = y.order_file_id AND z.state IN ('repeated', 'booked') OFFSET 0) z "    \
    "WHERE n.answer_id = $1::bigint"
/* Each found by its id, whatever the planner believes of tables that were just filled. */
#define LINES_OF(ids)        \
    "(SELECT l.* FROM (" ids \
    " OFFSET 0) r CROSS JOIN LATERAL (SELECT x.* FROM movement x WHERE x.id = r.id OFFSET 0) l OFFSET 0)"
#define BY_RETOLD                                                                                               \
    "FROM " LINES_OF(                                                                                           \
        RETOLD_ONES) " m CROSS JOIN LATERAL (SELECT x.* FROM entry x WHERE x.id "                               \
                     "= m.entry_id AND x.iban = $2::text AND x.status = 'BOOK' OFFSET 0) e CROSS JOIN LATERAL " \
                     "(SELECT x.* FROM payment_order x WHERE x.id = m.order_id OFFSET 0) o " FILE_OF            \
                     "WHERE true "
#define BY_RETOLD_BATCH BATCH_OF(LINES_OF(RETOLD_SUMS)) "true "
/* Its sum is that of all orders of the file, dead ones too: the bank says that it debited them. Or
 * that of the living ones; what is neither fits none. LIKES: how many lines of this answer say so.
 */
#define BATCH_ORDERS(lines)                                                                                     \
    "SELECT m.id AS movement_id, o.id AS order_id, m.amount_cents AS said, " LIVING " AS living, "              \
    "sum(o.amount_cents) OVER w AS total, count(*) OVER w AS orders, sum(o.amount_cents) FILTER (WHERE " LIVING \
    ") OVER w AS living_total, count(*) FILTER (WHERE " LIVING ") OVER w AS living_orders, "                    \
    "count(*) OVER (PARTITION BY o.id, e.kind) AS likes " lines "WINDOW w AS (PARTITION BY m.id)"
#define BATCH_PAGE(lines)                                                                                           \
    "SELECT x.movement_id, x.order_id, x.likes, (CASE WHEN x.all_of_it THEN x.total ELSE x.living_total "           \
    "END)::bigint AS total, CASE WHEN x.all_of_it THEN x.orders ELSE x.living_orders END AS orders FROM "           \
    "(SELECT b.*, b.said = b.total OR b.living_orders = 0 AS all_of_it FROM (" BATCH_ORDERS(                        \
        lines) ") b) x WHERE (x.living OR x.all_of_it) AND (x.movement_id, x.order_id) > ($4::bigint, $3::bigint) " \
               "ORDER BY x.movement_id, x.order_id LIMIT $5::int"
/* Of one order and no other: a bank may book two debits under one reference. */
#define BY_DEBIT                                                                                                  \
    RETURNS                                                                                                       \
    "JOIN LATERAL (SELECT min(v.order_id) AS id FROM movement v WHERE v.order_id IS NOT NULL AND v.direction = "  \
    "'DBIT' AND ((m.transaction_id <> '' AND v.transaction_id = m.transaction_id) OR (m.servicer_ref <> '' AND "  \
    "v.servicer_ref = m.servicer_ref)) HAVING count(DISTINCT v.order_id) = 1) d ON true JOIN payment_order o ON " \
    "o.id = d.id " FILE_OF "WHERE true "
/* One order and no other fits by its content, those that came back before counted too. */
#define BY_CONTENT                                                                                                      \
    RETURNS                                                                                                             \
    "JOIN account y ON y.iban IN (m.debtor_iban, m.creditor_iban) JOIN payment_order o ON o.account_id = y.id "         \
    "AND o.convention_id = y.convention_id AND o.amount_cents = m.amount_cents AND o.state NOT IN ('rejected', "        \
    "'returned', 'cancelled') JOIN order_file f ON f.id = o.order_file_id AND m.booked_on BETWEEN f.decided_on AND "    \
    "f.decided_on + 60 JOIN convention k ON k.id = o.convention_id AND position(k.reference IN m.remittance) > 0 "      \
    "WHERE 1 = (SELECT count(*) FROM account y2 JOIN payment_order o2 ON o2.account_id = y2.id AND o2.convention_id = " \
    "y2.convention_id AND o2.amount_cents = m.amount_cents AND o2.state NOT IN ('rejected', 'cancelled') "              \
    "JOIN convention c2 ON c2.id = o2.convention_id AND position(c2.reference IN m.remittance) > 0 "                    \
    "WHERE y2.iban IN (m.debtor_iban, m.creditor_iban)) "

/* The order's own rows are joined to a page of matches. */
#define JOIN_ROWS                                                                                       \
    ") k JOIN movement m ON m.id = k.movement_id JOIN entry e ON e.id = m.entry_id JOIN payment_order " \
    "o ON o.id = k.order_id " FILE_OF ORDER_JOINS
#define SELECT_BY(by)                        \
    "SELECT " ORDER_COLUMNS ", " ONE_COLUMNS \
    " FROM (SELECT m.id AS movement_id, o.id AS order_id " by PAGE JOIN_ROWS
#define SELECT_BATCH(lines) \
    "SELECT " ORDER_COLUMNS ", " ALL_COLUMNS " FROM (" BATCH_PAGE(lines) JOIN_ROWS
static const struct stmt BY[MATCHES] = {
    [MATCH_IDENTIFIER] = { "evidence_by_identifier", SELECT_BY(BY_IDENTIFIER), false },
    [MATCH_BATCH] = { "evidence_by_batch", SELECT_BATCH(BY_BATCH), false },
    [MATCH_RETOLD] = { "evidence_by_retold", SELECT_BY(BY_RETOLD), false },
    [MATCH_RETOLD_BATCH] = { "evidence_by_retold_batch", SELECT_BATCH(BY_RETOLD_BATCH), false },
    [MATCH_DEBIT] = { "evidence_by_debit", SELECT_BY(BY_DEBIT), false },
    [MATCH_CONTENT] = { "evidence_by_content", SELECT_BY(BY_CONTENT), false },
};
static const struct stmt MOVEMENT_LINK = {
    "evidence_movement_link",
    "SELECT " ORDER_COLUMNS ", " ONE_COLUMNS
    " FROM entry e JOIN movement m ON m.entry_id = e.id JOIN payment_order o ON o.end_to_end_id = $2::text " FILE_OF
        ORDER_JOINS
    "WHERE e.identity BETWEEN decode(left($1::text, 16) || repeat('00', 24), 'hex') AND decode(left($1::text, 16) || "
    "repeat('ff', 24), 'hex') "
    "AND m.position = substr($1::text, 18)::int AND m.state IN ('unmatched', 'differs', 'foreign') AND e.status = 'BOOK'",
    false
};

static const struct stmt TOUCHED_BY_STATUS = { "evidence_touched_statuses",
                                               "SELECT DISTINCT o.convention_id FROM " STATUS_ORDERS
                                               "JOIN payment_order o ON o.id = k.order_id",
                                               false };
#define TOUCHED(by) "SELECT DISTINCT o.convention_id " by
static const struct stmt TOUCHED_BY[MATCHES] = {
    [MATCH_IDENTIFIER] = { "evidence_touched_identifier", TOUCHED(BY_IDENTIFIER), false },
    [MATCH_BATCH] = { "evidence_touched_batch", TOUCHED(BY_BATCH), false },
    [MATCH_RETOLD] = { "evidence_touched_retold", TOUCHED(BY_RETOLD), false },
    [MATCH_RETOLD_BATCH] = { "evidence_touched_retold_batch", TOUCHED(BY_RETOLD_BATCH), false },
    [MATCH_DEBIT] = { "evidence_touched_debit", TOUCHED(BY_DEBIT), false },
    [MATCH_CONTENT] = { "evidence_touched_content", TOUCHED(BY_CONTENT), false },
};
static const struct stmt LOCK_SCHEMES = {
    "evidence_lock_schemes",
    "SELECT id FROM scheme WHERE id IN (SELECT scheme_id FROM convention WHERE id = ANY ($1::bigint[])) ORDER BY id FOR SHARE",
    false
};
static const struct stmt LOCK_CONVENTIONS = {
    "evidence_lock_conventions",
    "SELECT id FROM convention WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE", false
};

static const struct stmt PROOF_LIST = {
    "evidence_proof_list",
    "SELECT p.event, p.happened_on, p.amount_cents, p.code, p.note, coalesce(left(encode(e.identity, 'hex'), 16) || '.' || m.position, "
    "left(encode(d.sha256, 'hex'), 16) || ':' || s.position) AS line "
    "FROM proof p JOIN payment_order o ON o.id = p.order_id LEFT JOIN movement m ON m.id = p.movement_id LEFT JOIN entry e ON "
    "e.id = m.entry_id "
    "LEFT JOIN answer_status s ON s.id = p.status_id LEFT JOIN answer a ON a.id = s.answer_id LEFT JOIN document d ON d.id = "
    "a.document_id "
    "WHERE o.end_to_end_id = $1::text ORDER BY p.id",
    false
};

const struct stmt *const sql_evidence_stmts[] = {
    &STATUSES,      &STATUS_LINK,
    &BY[0],         &BY[1],
    &BY[2],         &BY[3],
    &BY[4],         &BY[5],
    &MOVEMENT_LINK, &TOUCHED_BY_STATUS,
    &TOUCHED_BY[0], &TOUCHED_BY[1],
    &TOUCHED_BY[2], &TOUCHED_BY[3],
    &TOUCHED_BY[4], &TOUCHED_BY[5],
    &LOCK_SCHEMES,  &LOCK_CONVENTIONS,
    &PROOF_LIST,    NULL,
};

/* --- locks ------------------------------------------------------------------------------------ */

static int touched(struct store *store, const struct stmt *stmt, const struct param *params,
                   size_t count, struct arena *arena, int64_t **ids, size_t *id_count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, stmt, &result, params, count);

    for (int i = 0; !r && i < PQntuples(result); i++) {
        int64_t *id = arena_push(arena, *ids, *id_count);

        *id = row_i64(result, i, 0);
    }
    return r;
}

int store_answer_lock(struct store *store, int64_t answer, const char *own)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const struct param params[] = { p_i64(answer), p_text(own) };
    int64_t *ids = NULL;
    size_t count = 0;
    int r = touched(store, &TOUCHED_BY_STATUS, params, 1, arena, &ids, &count);

    for (int m = 0; !r && m < MATCHES; m++)
        r = touched(store, &TOUCHED_BY[m], params, 2, arena, &ids, &count);
    if (!r)
        r = store_conventions_lock(store, ids, count);
    return r;
}

int store_conventions_lock(struct store *store, const int64_t *ids, size_t count)
{
    int r = SQL_RUN(store, &LOCK_SCHEMES, NULL, p_i64s(ids, count));

    return r ? r : SQL_RUN(store, &LOCK_CONVENTIONS, NULL, p_i64s(ids, count));
}

/* --- reading ---------------------------------------------------------------------------------- */

enum { FIRST_OF_EVIDENCE = 17 };

static void read_order(const PGresult *r, int i, struct arena *arena, struct evidence *out)
{
    int state = order_state_from_name(row_text(r, i, 12));
    int tranche = tranche_state_from_name(row_text(r, i, 13));

    *out = (struct evidence){
        .order_id = row_i64(r, i, 0),
        .tranche_id = row_i64(r, i, 1),
        .convention_id = row_i64(r, i, 2),
        .scheme_id = row_i64(r, i, 3),
        .account_id = row_i64(r, i, 4),
        .end_to_end_id = arena_strdup(arena, row_text(r, i, 5)),
        .reference = arena_strdup(arena, row_text(r, i, 6)),
        .scheme = arena_strdup(arena, row_text(r, i, 7)),
        .iban = arena_strdup(arena, row_text(r, i, 8)),
        .tranche = (int)row_i64(r, i, 9),
        .ordered = { row_i64(r, i, 10) },
        .decided_on = row_date(r, i, 11),
        .state = (enum order_state)state,
        .tranche_state = (enum tranche_state)tranche,
        .terminated = row_bool(r, i, 14),
        .released = row_bool(r, i, 15),
        .file_id = row_i64(r, i, 16),
    };
}

static void read_status(const PGresult *r, int i, struct arena *arena, struct evidence *out)
{
    int c = FIRST_OF_EVIDENCE;

    out->status_id = row_i64(r, i, c);
    out->code = arena_strdup(arena, row_text(r, i, c + 1));
    out->reason = arena_strdup(arena, row_text(r, i, c + 2));
    out->note = arena_strdup(arena, row_text(r, i, c + 3));
    out->creditor = arena_strdup(arena, row_text(r, i, c + 4));
    out->amount = arena_strdup(arena, row_text(r, i, c + 5));
    out->currency = arena_strdup(arena, row_text(r, i, c + 6));
    out->creditor_iban = arena_strdup(arena, row_text(r, i, c + 7));
    out->listed = row_bool(r, i, c + 8);
    out->level = (enum status_level)row_i64(r, i, c + 9);
    out->settled = (enum status_level)row_i64(r, i, c + 10);
    out->refused = (enum status_level)row_i64(r, i, c + 11);
    out->refusals = arena_strdup(arena, row_text(r, i, c + 12));
}

static void read_movement(const PGresult *r, int i, struct arena *arena, struct evidence *out)
{
    int c = FIRST_OF_EVIDENCE;

    out->movement_id = row_i64(r, i, c);
    out->cents = row_i64(r, i, c + 1);
    out->currency = arena_strdup(arena, row_text(r, i, c + 2));
    out->direction = arena_strdup(arena, row_text(r, i, c + 3));
    out->account = arena_strdup(arena, row_text(r, i, c + 4));
    out->debtor_iban = arena_strdup(arena, row_text(r, i, c + 5));
    out->creditor_iban = arena_strdup(arena, row_text(r, i, c + 6));
    out->reversal = row_bool(r, i, c + 7);
    out->booked_on = row_date(r, i, c + 8);
    out->summed = row_bool(r, i, c + 9);
    out->reason = arena_strdup(arena, row_text(r, i, c + 10));
    out->note = arena_strdup(arena, row_text(r, i, c + 11));
    out->told = (enum told)row_i64(r, i, c + 12);
    out->returns = row_bool(r, i, c + 13);
    out->proven_cents = row_i64(r, i, c + 14);
    out->entry_id = row_i64(r, i, c + 15);
    out->kind = arena_strdup(arena, row_text(r, i, c + 16));
    out->left_cents = row_i64(r, i, c + 17);
    out->batch = row_bool(r, i, c + 18);
    out->batch_cents = row_i64(r, i, c + 19);
    out->batch_orders = row_i64(r, i, c + 20);
    out->batch_told = row_i64(r, i, c + 21);
    out->refusals = arena_strdup(arena, row_text(r, i, c + 22));
}

/* What is about one order stands together, as it came. */
static int by_order(const void *a, const void *b)
{
    const struct evidence *x = a, *y = b;
    int64_t lines = x->status_id + x->movement_id - y->status_id - y->movement_id;

    if (x->order_id != y->order_id)
        return x->order_id < y->order_id ? -1 : 1;
    return lines < 0 ? -1 : lines > 0;
}

static int read_all(const PGresult *result, struct arena *arena,
                    void (*read)(const PGresult *, int, struct arena *, struct evidence *),
                    struct evidence **rows, size_t *count)
{
    *count = (size_t)PQntuples(result);
    *rows = arena_alloc(arena, (*count + 1) * sizeof **rows);
    for (size_t i = 0; i < *count; i++) {
        struct evidence *e = &(*rows)[i];

        read_order(result, (int)i, arena, e);
        read(result, (int)i, arena, e);
        if ((int)e->state < 0 || (int)e->tranche_state < 0)
            return err_raise(ERR_DAMAGED, "order %s: a state that there is not", e->end_to_end_id);
    }
    qsort(*rows, *count, sizeof **rows, by_order);
    return 0;
}

int store_evidence_statuses(struct store *store, int64_t answer, int64_t order, int64_t status,
                            int max, struct arena *arena, struct evidence **rows, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r =
        SQL_RUN(store, &STATUSES, &result, p_i64(answer), p_i64(order), p_i64(status), p_i64(max));

    return r ? r : read_all(result, arena, read_status, rows, count);
}

int store_evidence_movements(struct store *store, enum match match, int64_t answer, const char *own,
                             int64_t order, int64_t movement, int max, struct arena *arena,
                             struct evidence **rows, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &BY[match], &result, p_i64(answer), p_text(own), p_i64(order),
                    p_i64(movement), p_i64(max));

    return r ? r : read_all(result, arena, read_movement, rows, count);
}

int store_evidence_link(struct store *store, const char *line, const char *end_to_end_id,
                        struct arena *arena, struct evidence *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    bool status = line[16] == ':';
    struct evidence *rows;
    size_t count = 0;
    int r = SQL_RUN(store, status ? &STATUS_LINK : &MOVEMENT_LINK, &result, p_text(line),
                    p_text(end_to_end_id));

    if (!r)
        r = read_all(result, arena, status ? read_status : read_movement, &rows, &count);
    if (!r && count != 1)
        return STORE_E_NONE;
    if (!r)
        *out = rows[0];
    return r;
}

int store_proof_list(struct store *store, const char *end_to_end_id, struct store_table **table)
{
    return SQL_TABLE(store, &PROOF_LIST, table, p_text(end_to_end_id));
}
