#include "sql.h"
#include <store/balance.h>

static const struct stmt BALANCE = {
    "balance",
    "SELECT f.message_id, s.code AS scheme, f.decided_on, f.tx_count, f.total_cents AS ordered_cents, "
    "coalesce(sum(o.amount_cents) FILTER (WHERE o.state IN ('accepted', 'booked', 'returned')), 0)::bigint AS accepted_cents, "
    "coalesce(sum(o.amount_cents) FILTER (WHERE o.state IN ('prepared', 'written', 'acknowledged', 'awaiting_release')), "
    "0)::bigint AS waiting_cents, "
    "coalesce(sum(o.amount_cents) FILTER (WHERE o.state IN ('rejected', 'cancelled')), 0)::bigint AS rejected_cents, "
    "coalesce(sum(p.booked), 0)::bigint AS booked_cents, coalesce(sum(p.returned), 0)::bigint AS returned_cents, "
    "coalesce(sum(o.amount_cents) FILTER (WHERE o.state = 'booked'), 0)::bigint AS paid_cents, "
    "(coalesce(sum(p.booked), 0) - coalesce(sum(p.returned), 0) - coalesce(sum(o.amount_cents) FILTER (WHERE o.state = "
    "'booked'), 0))::bigint "
    "AS difference_cents "
    "FROM order_file f JOIN scheme s ON s.id = f.scheme_id JOIN payment_order o ON o.order_file_id = f.id "
    "LEFT JOIN LATERAL (SELECT sum(x.amount_cents) FILTER (WHERE x.event = 'booked') AS booked, "
    "sum(x.amount_cents) FILTER (WHERE x.event = 'returned') AS returned FROM proof x WHERE x.order_id = o.id) p ON true "
    "WHERE $1::text IS NULL OR s.code = $1::text GROUP BY f.id, s.code ORDER BY f.id",
    false
};
/* Each SELECT finds one kind of difference. */
static const struct stmt DIFFERENCES = {
    "balance_differences",
    "SELECT d.what, d.about, d.amount_cents, d.since_on FROM ("
    "SELECT 1 AS sort, 'file_sum' AS what, f.message_id AS about, (f.total_cents - x.cents)::bigint AS amount_cents, "
    "f.decided_on AS since_on FROM order_file f JOIN (SELECT o.order_file_id, sum(o.amount_cents) AS cents FROM payment_order o "
    "GROUP BY 1) x "
    "ON x.order_file_id = f.id WHERE x.cents <> f.total_cents "
    "UNION ALL SELECT 2, 'dead_booked', o.end_to_end_id, p.amount_cents, p.happened_on FROM payment_order o "
    "JOIN proof p ON p.order_id = o.id AND p.event = 'booked' WHERE o.state IN ('rejected', 'cancelled') AND p.amount_cents > "
    "coalesce((SELECT sum(x.amount_cents) FROM proof x WHERE x.order_id = o.id AND x.event = 'returned'), 0) "
    "UNION ALL SELECT 3, 'other_booked', o.end_to_end_id, p.amount_cents - o.amount_cents, p.happened_on "
    "FROM payment_order o JOIN proof p ON p.order_id = o.id AND p.event = 'booked' WHERE p.amount_cents <> o.amount_cents "
    "UNION ALL SELECT 4, 'other_returned', o.end_to_end_id, (o.amount_cents - p.cents)::bigint, p.happened_on "
    "FROM payment_order o JOIN (SELECT x.order_id, sum(x.amount_cents) AS cents, max(x.happened_on) AS happened_on FROM proof x "
    "WHERE x.event = 'returned' GROUP BY 1) p ON p.order_id = o.id WHERE p.cents <> o.amount_cents "
    "AND NOT EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = o.id AND a.act = 'accept_sum') "
    "UNION ALL SELECT 5, 'no_debit', o.end_to_end_id, p.amount_cents, p.happened_on FROM payment_order o "
    "JOIN proof p ON p.order_id = o.id AND p.event = 'returned' WHERE NOT EXISTS (SELECT 1 FROM proof b WHERE b.order_id = o.id "
    "AND b.event = 'booked') "
    "UNION ALL SELECT 6, 'debit_sum', left(encode(e.identity, 'hex'), 16) || '.' || m.position, "
    "(m.amount_cents - x.cents)::bigint, e.booked_on FROM movement m JOIN entry e ON e.id = m.entry_id JOIN (SELECT "
    "p.movement_id, sum(p.amount_cents) AS cents "
    "FROM proof p WHERE p.event = 'booked' GROUP BY 1) x ON x.movement_id = m.id WHERE m.amount_cents <> x.cents "
    "UNION ALL SELECT 7, CASE m.state WHEN 'unmatched' THEN 'line_unmatched' ELSE 'line_differs' END, "
    "left(encode(e.identity, 'hex'), 16) || '.' || m.position, m.amount_cents, e.booked_on FROM movement m JOIN entry e ON e.id "
    "= m.entry_id "
    "WHERE m.state IN ('unmatched', 'differs', 'contradicts') "
    "UNION ALL SELECT 8, CASE s.state WHEN 'unmatched' THEN 'status_unmatched' ELSE 'status_differs' END, "
    "left(encode(d.sha256, 'hex'), 16) || ':' || s.position, NULL, a.imported_on FROM answer_status s JOIN answer a ON a.id = "
    "s.answer_id "
    "JOIN document d ON d.id = a.document_id WHERE s.state IN ('unmatched', 'differs', 'contradicts') "
    "UNION ALL SELECT 9, 'overdue', o.end_to_end_id, o.amount_cents, o.deadline_on FROM payment_order o "
    "WHERE o.overdue_on IS NOT NULL AND o.state NOT IN ('booked', 'rejected', 'returned', 'cancelled')) d ORDER BY d.sort, "
    "d.since_on, d.about",
    false
};

const struct stmt *const sql_balance_stmts[] = { &BALANCE, &DIFFERENCES, NULL };

int store_balance(struct store *store, const char *scheme, struct store_table **table)
{
    return SQL_TABLE(store, &BALANCE, table, p_text(scheme));
}

int store_differences(struct store *store, struct store_table **table)
{
    return sql_table(store, &DIFFERENCES, table, NULL, 0);
}
