#include "sql.h"
#include <stddef.h>
#include <store/answer.h>
#include <store/evidence.h>

static const struct stmt BEGIN = {
    "answer_begin",
    "INSERT INTO answer (document_id, file_name, imported_on, person) VALUES ($1::bigint, $2::text, $3::date, $4::text) RETURNING id",
    false
};
static const struct stmt END = {
    "answer_end",
    "UPDATE answer SET kinds = $2::text, message_id = $3::text, name_space = $4::text, created = $5::text, remark = $6::text, "
    "statuses = $7::bigint, entries = $8::bigint, fresh = $9::bigint WHERE id = $1::bigint",
    false
};
static const struct stmt KNOWN = {
    "answer_known",
    "SELECT a.imported_on, a.person, a.file_name FROM answer a JOIN document d ON d.id = a.document_id WHERE d.sha256 = $1::bytea",
    false
};
static const struct stmt STATUSES = {
    "answer_statuses_insert",
    "INSERT INTO answer_status (answer_id, position, level, message_id, payment_id, instruction_id, end_to_end_id, uetr, code, "
    "reason, note, servicer_ref, amount, currency, creditor, creditor_iban, debtor_iban) "
    "SELECT $1::bigint, $2::bigint + r.n, r.level, r.message_id, r.payment_id, r.instruction_id, r.end_to_end_id, r.uetr, r.code, "
    "r.reason, r.note, r.servicer_ref, r.amount, r.currency, r.creditor, r.creditor_iban, r.debtor_iban "
    "FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], "
    "$12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[]) WITH ORDINALITY "
    "AS r (level, message_id, payment_id, instruction_id, end_to_end_id, uetr, code, reason, note, servicer_ref, amount, currency, "
    "creditor, creditor_iban, debtor_iban, n)",
    false
};
static const struct stmt ENTRIES = {
    "answer_entries_insert",
    "INSERT INTO entry (answer_id, identity, kind, iban, statement_id, reference, amount, amount_cents, currency, direction, reversal, "
    "status, booked_on, value_on, servicer_ref, code, note, batch_message_id, batch_payment_id, batch_count, batch_total, "
    "block, twin, apart) SELECT $1::bigint, decode(r.identity, 'hex'), r.kind, r.iban, r.statement_id, r.reference, r.amount, "
    "nullif(r.cents, -1), "
    "r.currency, "
    "r.direction, r.reversal = 1, r.status, r.booked_on, r.value_on, r.servicer_ref, r.code, r.note, r.batch_message_id, "
    "r.batch_payment_id, r.batch_count, r.batch_total, r.block, r.twin, "
    "decode(nullif(r.apart, ''), 'hex') "
    "FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], "
    "$11::bigint[], $12::text[], $13::date[], $14::date[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], "
    "$20::text[], "
    "$21::text[], $22::bigint[], $23::bigint[], $24::text[]) AS r (identity, kind, iban, statement_id, reference, amount, cents, "
    "currency, direction, reversal, status, "
    "booked_on, "
    "value_on, servicer_ref, code, note, batch_message_id, batch_payment_id, batch_count, batch_total, block, twin, apart) "
    "ON CONFLICT DO NOTHING",
    false
};
static const struct stmt IDENTITIES = {
    "answer_entries_find",
    "SELECT e.id, e.answer_id = $1::bigint AND e.block = r.block, "
    "coalesce(f.end_to_end_id, ''), coalesce(f.transaction_id, ''), coalesce(f.instruction_id, ''), coalesce(f.uetr, ''), "
    "coalesce(f.debtor_iban, ''), coalesce(f.creditor_iban, ''), coalesce(f.remittance, ''), coalesce(f.position, 0) = 0, "
    "e.kind, e.batch_payment_id || ' ' || e.batch_message_id, CASE WHEN f.position = 1 THEN (SELECT max(x.position) FROM movement x "
    "WHERE x.entry_id = e.id) ELSE 0 END FROM unnest($2::text[], $3::bigint[], $4::text[]) WITH "
    "ORDINALITY AS r (identity, block, apart, n) CROSS JOIN LATERAL (SELECT x.* FROM entry x WHERE x.identity = "
    "decode(r.identity, 'hex') OR x.apart = decode(nullif(r.apart, ''), 'hex') ORDER BY (x.apart = decode(r.apart, 'hex')) "
    "IS TRUE DESC LIMIT 1) e LEFT JOIN LATERAL (SELECT m.position, "
    "m.end_to_end_id, m.transaction_id, m.instruction_id, m.uetr, m.debtor_iban, m.creditor_iban, m.remittance FROM movement "
    "m WHERE m.entry_id = e.id AND m.position <= 1 ORDER BY "
    "m.position DESC LIMIT 1) f ON true ORDER BY r.n",
    false
};
static const struct stmt MOVEMENTS = {
    "answer_movements_insert",
    "INSERT INTO movement (answer_id, entry_id, position, message_id, payment_id, instruction_id, end_to_end_id, transaction_id, uetr, "
    "servicer_ref, amount_cents, currency, direction, debtor, debtor_iban, creditor, creditor_iban, remittance, return_reason, "
    "return_note, code, likeness) SELECT $1::bigint, r.entry_id, r.position, r.message_id, r.payment_id, r.instruction_id, "
    "r.end_to_end_id, "
    "r.transaction_id, r.uetr, r.servicer_ref, nullif(r.cents, -1), r.currency, r.direction, r.debtor, r.debtor_iban, r.creditor, "
    "r.creditor_iban, r.remittance, r.return_reason, r.return_note, r.code, "
    "r.likeness FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
    "$9::text[], $10::text[], "
    "$11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], "
    "$20::text[], "
    "$21::text[], $22::bigint[]) AS r (entry_id, position, message_id, payment_id, instruction_id, end_to_end_id, "
    "transaction_id, uetr, servicer_ref, "
    "cents, currency, direction, debtor, debtor_iban, creditor, creditor_iban, remittance, return_reason, return_note, code, likeness)",
    false
};
static const struct stmt RETOLD = {
    "answer_entries_retold",
    "INSERT INTO retold (answer_id, entry_id, kind) SELECT $1::bigint, r.entry_id, r.kind FROM unnest($2::bigint[], $3::text[]) AS r "
    "(entry_id, kind) ON CONFLICT DO NOTHING",
    false
};
static const struct stmt DETAILS = {
    "answer_details_known",
    "SELECT EXISTS (SELECT 1 FROM (SELECT x.entry_id, x.likeness FROM movement x WHERE x.entry_id = ANY ($1::bigint[]) AND x.likeness = "
    "ANY ($2::bigint[]) OFFSET 0) k WHERE k.entry_id = r.entry_id AND k.likeness = r.likeness) FROM unnest($1::bigint[], $2::bigint[]) "
    "WITH ORDINALITY AS r (entry_id, likeness, n) ORDER BY r.n",
    false
};
/* What a detail says but that its entry is there: identifiers, accounts, and of a part its words.
 */
#define SAYS                                                                              \
    "concat(m.end_to_end_id, m.transaction_id, m.instruction_id, m.uetr, m.debtor_iban, " \
    "m.creditor_iban, CASE WHEN m.amount_cents < e.amount_cents THEN m.remittance END)"
/* A return is told again with another reason: it is one part of its entry. */
#define TOLD_ALIKE                                                                          \
    "(d.end_to_end_id, d.transaction_id, d.instruction_id, d.amount_cents, d.direction) = " \
    "(m.end_to_end_id, m.transaction_id, m.instruction_id, m.amount_cents, m.direction)"
static const struct stmt RESUM = {
    "answer_entries_resum",
    "WITH t AS (SELECT e.id, coalesce(sum(CASE WHEN m.direction = e.direction THEN m.amount_cents ELSE -m.amount_cents END) = "
    "e.amount_cents, false) AS fits FROM entry e JOIN movement m ON m.entry_id = e.id AND m.position > 0 AND " SAYS
    " <> '' AND (e.direction = 'DBIT' OR NOT EXISTS (SELECT 1 "
    "FROM movement d WHERE d.entry_id = m.entry_id AND d.position BETWEEN 1 AND m.position - 1 AND d.return_reason <> "
    "m.return_reason AND " TOLD_ALIKE ")) WHERE e.id = ANY ($2::bigint[]) GROUP BY e.id), "
    "u AS (UPDATE entry SET summed = t.fits FROM t WHERE entry.id = t.id AND entry.summed <> t.fits RETURNING entry.id, entry.summed) "
    "UPDATE retold SET completes = true FROM u WHERE retold.answer_id = $1::bigint AND retold.entry_id = u.id AND u.summed",
    false
};
static const struct stmt UNSUMMED = {
    "answer_entries_unsummed", "UPDATE entry SET summed = false WHERE id = ANY ($1::bigint[])",
    false
};
/* What is ours: an identifier of the shape that ours have, wherever it stands and on whichever
 * account, or our words; on our account also the account of a convention, and a bare debit of the
 * sum of a file that waits for its booking. */
static const struct stmt SETTLE_MOVEMENTS = {
    "answer_settle_movements",
    "UPDATE movement m SET state = CASE WHEN e.status <> 'BOOK' THEN 'pending' "
    "WHEN concat_ws(' ', m.end_to_end_id, m.message_id, m.payment_id, m.instruction_id, m.transaction_id, e.batch_message_id, "
    "e.batch_payment_id, m.remittance) ~ '(^|[^A-Za-z0-9-])(TEST)?([A-Z0-9]{1,8}-)?[0-9]{4}-L[0-9]+-[0-9]+' "
    "OR m.remittance ~ 'Subvention convention' THEN 'unmatched' WHEN e.iban <> $2::text THEN 'foreign' "
    "WHEN EXISTS (SELECT 1 FROM account a WHERE a.iban IN (m.creditor_iban, m.debtor_iban)) THEN 'unmatched' "
    "WHEN m.position = 0 AND m.direction = 'DBIT' AND EXISTS (SELECT 1 FROM order_file f JOIN payment_order o ON o.order_file_id = f.id "
    "WHERE f.total_cents = m.amount_cents AND e.booked_on BETWEEN f.decided_on AND f.decided_on + 60 AND o.state NOT IN ('booked', "
    "'returned', 'cancelled')) THEN 'unmatched' ELSE 'foreign' END "
    "FROM entry e WHERE e.id = m.entry_id AND m.answer_id = $1::bigint AND m.state = 'new'",
    false
};
/* A line that named nothing is explained by the details that came of its entry. */
static const struct stmt SETTLE_EXPLAINED = {
    "answer_settle_explained",
    "UPDATE movement m SET state = 'repeated' FROM retold n JOIN entry e ON e.id = n.entry_id JOIN movement x ON x.entry_id = n.entry_id "
    "AND x.state IN ('booked', 'returned', 'repeated') WHERE n.answer_id = $1::bigint AND m.entry_id = n.entry_id AND e.summed AND "
    "m.state = 'unmatched' AND " SAYS " = ''",
    false
};
static const struct stmt SETTLE_STATUSES = {
    "answer_settle_statuses",
    "UPDATE answer_status s SET state = CASE WHEN s.code = '' OR s.message_id = 'EBICS' THEN 'silent' ELSE 'unmatched' END "
    "WHERE s.answer_id = $1::bigint AND s.state = 'new'",
    false
};
static const struct stmt LIST = {
    "answer_list",
    "SELECT a.kinds, a.message_id, a.file_name, a.imported_on, a.person, a.statuses, a.entries, a.fresh, "
    "(SELECT count(*) FROM answer_status s WHERE s.answer_id = a.id AND s.state = 'applied') + "
    "(SELECT count(*) FROM movement m WHERE m.answer_id = a.id AND m.state IN ('booked', 'returned')) AS applied, "
    "(SELECT count(*) FROM answer_status s WHERE s.answer_id = a.id AND s.state IN ('unmatched', 'differs', 'contradicts')) + "
    "(SELECT count(*) FROM movement m WHERE m.answer_id = a.id AND m.state IN ('unmatched', 'differs', 'contradicts')) AS open, "
    "a.remark, encode(d.sha256, 'hex') AS sha256 FROM answer a JOIN document d ON d.id = a.document_id ORDER BY a.id",
    false
};
#define MOVEMENT_LINE "left(encode(e.identity, 'hex'), 16) || '.' || m.position"
#define STATUS_LINE "left(encode(d.sha256, 'hex'), 16) || ':' || s.position"
/* Statuses and movements as lines of one shape. */
#define MOVEMENT_COLUMNS                                                                                                           \
    MOVEMENT_LINE                                                                                                                  \
    " AS line, e.kind, e.booked_on AS happened_on, m.direction, m.amount_cents, m.currency, m.state, m.why, "                      \
    "o.end_to_end_id AS \"order\", nullif(m.end_to_end_id, '') AS end_to_end_id, "                                                 \
    "CASE m.direction WHEN 'DBIT' THEN m.creditor ELSE m.debtor END AS other_party, "                                              \
    "left(CASE WHEN m.creditor_iban = e.iban THEN m.debtor_iban ELSE m.creditor_iban END, 4) || ' •••• •••• ' || " \
    "right(CASE WHEN m.creditor_iban = e.iban THEN m.debtor_iban ELSE m.creditor_iban END, 4) AS iban, "                           \
    "m.remittance AS note, m.return_reason AS reason, m.id, 1 AS sort "                                                            \
    "FROM movement m JOIN entry e ON e.id = m.entry_id LEFT JOIN payment_order o ON o.id = m.order_id "
#define STATUS_COLUMNS                                                                                                            \
    STATUS_LINE                                                                                                                   \
    " AS line, 'pain.002' AS kind, a.imported_on AS happened_on, s.level AS direction, NULL::bigint AS amount_cents, "            \
    "s.currency, s.state, s.why, NULL::text AS \"order\", coalesce(nullif(s.end_to_end_id, ''), s.message_id) AS end_to_end_id, " \
    "s.creditor AS other_party, '' AS iban, s.note, concat_ws(' ', s.code, nullif(s.reason, '')) AS reason, s.id, 0 AS sort "     \
    "FROM answer_status s JOIN answer a ON a.id = s.answer_id JOIN document d ON d.id = a.document_id "
#define OPEN "IN ('unmatched', 'differs', 'contradicts')"
static const struct stmt LINES = {
    "answer_lines",
    "SELECT " STATUS_COLUMNS
    "WHERE d.sha256 = decode($1::text, 'hex') UNION ALL SELECT " MOVEMENT_COLUMNS
    "JOIN answer a ON a.id = m.answer_id JOIN document d ON d.id = a.document_id WHERE d.sha256 = decode($1::text, 'hex') ORDER "
    "BY sort, id",
    false
};
/* Every reference that was kept of a line, in any case; a person's search, and no part of a step.
 */
#define HAS_PART(references) \
    "position(lower($1::text) IN lower(concat_ws(' ', " references "))) > 0 "
#define STATUS_REFERENCES \
    "s.message_id, s.payment_id, s.instruction_id, s.end_to_end_id, s.uetr, s.servicer_ref"
#define MOVEMENT_REFERENCES                                                                                     \
    "m.message_id, m.payment_id, m.instruction_id, m.end_to_end_id, m.transaction_id, m.uetr, m.servicer_ref, " \
    "e.servicer_ref, e.reference, e.statement_id, e.batch_message_id, e.batch_payment_id, m.remittance"
static const struct stmt FIND = {
    "answer_find",
    "SELECT " STATUS_COLUMNS
    "WHERE " HAS_PART(STATUS_REFERENCES) "UNION ALL SELECT " MOVEMENT_COLUMNS "WHERE " HAS_PART(
        MOVEMENT_REFERENCES) "ORDER BY sort, id LIMIT " SQL_NUMBER(STORE_LIST_MAX),
    false
};
/* The best order for a movement that nothing brought to one: each reason that speaks for it counts.
 */
#define SCORE                                                                                                                   \
    "8 * (o.end_to_end_id IN (m.end_to_end_id, m.instruction_id, m.transaction_id))::int + "                                    \
    "4 * (o.amount_cents IS NOT DISTINCT FROM m.amount_cents)::int + 2 * (ac.iban IN (m.creditor_iban, m.debtor_iban))::int + " \
    "(position(c.reference IN m.remittance) > 0)::int"
#define SCORE_ORDERS                                                                                                \
    "FROM payment_order o JOIN convention c ON c.id = o.convention_id JOIN account ac ON ac.id = o.account_id "     \
    "WHERE o.id IN (SELECT x.id FROM payment_order x WHERE x.end_to_end_id IN (m.end_to_end_id, m.instruction_id, " \
    "m.transaction_id) UNION SELECT x.id FROM account y JOIN payment_order x ON x.convention_id = y.convention_id " \
    "WHERE y.iban IN (m.creditor_iban, m.debtor_iban)) ORDER BY 2 DESC, o.id "
static const struct stmt OPEN_LINES = {
    "answer_open",
    "SELECT l.*, p.end_to_end_id AS proposal, p.score FROM (SELECT " STATUS_COLUMNS
    "WHERE s.state " OPEN " UNION ALL SELECT " MOVEMENT_COLUMNS "WHERE m.state " OPEN
    " OR ($1::boolean AND m.state = 'foreign')) l "
    "LEFT JOIN LATERAL (SELECT b.* FROM movement m JOIN LATERAL (SELECT o.end_to_end_id, " SCORE
    " AS score " SCORE_ORDERS
    "LIMIT 1) b ON true WHERE m.id = l.id AND l.sort = 1) p ON true ORDER BY l.sort, l.id",
    false
};
#define BY_LINE                                                                                                               \
    "e.identity BETWEEN decode(left($1::text, 16) || repeat('00', 24), 'hex') AND decode(left($1::text, 16) || repeat('ff', " \
    "24), 'hex') "                                                                                                            \
    "AND m.position = substr($1::text, 18)::int"
static const struct stmt PROPOSALS = {
    "answer_proposals",
    "SELECT o.end_to_end_id, c.reference AS convention, o.amount_cents, o.state, s.score, "
    "o.end_to_end_id IN (m.end_to_end_id, m.instruction_id, m.transaction_id) AS by_identifier, "
    "o.amount_cents IS NOT DISTINCT FROM m.amount_cents AS by_amount, ac.iban IN (m.creditor_iban, m.debtor_iban) AS by_iban, "
    "position(c.reference IN m.remittance) > 0 AS by_text "
    "FROM entry e JOIN movement m ON m.entry_id = e.id JOIN LATERAL (SELECT o.id, " SCORE
    " AS score " SCORE_ORDERS
    "LIMIT 10) s ON true JOIN payment_order o ON o.id = s.id JOIN convention c ON c.id = o.convention_id "
    "JOIN account ac ON ac.id = o.account_id WHERE " BY_LINE " ORDER BY s.score DESC, o.id",
    false
};
static const struct stmt DISMISS_MOVEMENT = {
    "answer_dismiss_movement",
    "WITH was AS (SELECT m.id, m.state, m.state = 'differs' OR (m.direction = 'DBIT' AND EXISTS (SELECT 1 FROM convention c JOIN "
    "payment_order o ON o.convention_id = c.id AND (o.amount_cents = m.amount_cents) IS NOT FALSE JOIN account a ON a.id = "
    "o.account_id WHERE a.iban = m.creditor_iban OR position(c.reference IN m.remittance) > 0)) AS money FROM movement m JOIN entry "
    "e ON e.id = m.entry_id WHERE " BY_LINE " AND m.state " OPEN "), "
    "done AS (UPDATE movement SET state = 'dismissed', why = $2::text FROM was WHERE movement.id = was.id) "
    "SELECT state = 'contradicts', money FROM was",
    false
};
static const struct stmt DISMISS_STATUS = {
    "answer_dismiss_status",
    "WITH was AS (SELECT s.id, s.state FROM answer_status s, answer a, document d WHERE a.id = s.answer_id "
    "AND d.id = a.document_id AND left(encode(d.sha256, 'hex'), 16) = left($1::text, 16) AND s.position = substr($1::text, 18)::int "
    "AND s.state " OPEN "), "
    "done AS (UPDATE answer_status SET state = 'dismissed', why = $2::text FROM was WHERE answer_status.id = was.id) "
    "SELECT state = 'contradicts', false FROM was",
    false
};

/* The conventions that a line is about: by its order, or all of the file that it stands for. */
#define MOVEMENT_CONVENTIONS                                                                                               \
    "FROM movement m JOIN entry e ON e.id = m.entry_id JOIN LATERAL (SELECT o.convention_id FROM payment_order o WHERE "   \
    "o.id = m.order_id UNION ALL SELECT o.convention_id FROM order_file f JOIN payment_order o ON o.order_file_id = f.id " \
    "WHERE m.order_id IS NULL AND f.message_id IN (" BATCH_MESSAGES ")) k ON true "
#define STATUS_CONVENTIONS                                                                                                   \
    "FROM answer_status s JOIN answer a ON a.id = s.answer_id JOIN document d ON d.id = a.document_id JOIN LATERAL (SELECT " \
    "o.convention_id FROM payment_order o WHERE s.level = 'transaction' AND o.end_to_end_id = "                              \
    "coalesce(nullif(s.end_to_end_id, ''), s.instruction_id) UNION ALL SELECT o.convention_id FROM order_file f JOIN "       \
    "payment_order o ON o.order_file_id = f.id WHERE s.level <> 'transaction' AND f.message_id = s.message_id) k ON true "
static const struct stmt LINE_CONVENTIONS = {
    "answer_line_conventions",
    "SELECT k.convention_id " MOVEMENT_CONVENTIONS
    "WHERE substr($1::text, 17, 1) = '.' AND " BY_LINE
    " UNION SELECT k.convention_id " STATUS_CONVENTIONS
    "WHERE substr($1::text, 17, 1) = ':' AND left(encode(d.sha256, 'hex'), 16) = left($1::text, 16) "
    "AND s.position = substr($1::text, 18)::int ORDER BY 1",
    false
};
/* The leader looks at them again. */
static const struct stmt END_DISPUTES = {
    "answer_end_disputes",
    "WITH lifted AS (UPDATE flag g SET lifted_on = $2::date, lifted_by = $3::text WHERE g.convention_id = ANY ($1::bigint[]) AND "
    "g.kind = 'disputed' AND g.lifted_on IS NULL AND NOT EXISTS (SELECT 1 " MOVEMENT_CONVENTIONS
    "WHERE m.state = 'contradicts' AND k.convention_id = g.convention_id) AND NOT EXISTS (SELECT 1 " STATUS_CONVENTIONS
    "WHERE s.state = 'contradicts' AND k.convention_id = g.convention_id) RETURNING g.convention_id) "
    "UPDATE convention c SET look_on = least(c.look_on, $2::date) FROM lifted l, scheme h WHERE c.id = l.convention_id AND "
    "h.id = c.scheme_id RETURNING c.reference, h.code AS scheme",
    false
};

const struct stmt *const sql_answer_stmts[] = {
    &BEGIN,
    &END,
    &KNOWN,
    &STATUSES,
    &ENTRIES,
    &IDENTITIES,
    &MOVEMENTS,
    &RETOLD,
    &DETAILS,
    &RESUM,
    &UNSUMMED,
    &SETTLE_MOVEMENTS,
    &SETTLE_EXPLAINED,
    &SETTLE_STATUSES,
    &LIST,
    &LINES,
    &FIND,
    &OPEN_LINES,
    &PROPOSALS,
    &DISMISS_MOVEMENT,
    &DISMISS_STATUS,
    &LINE_CONVENTIONS,
    &END_DISPUTES,
    NULL,
};

int store_answer_begin(struct store *store, int64_t document, const char *file_name, struct date on,
                       const char *person, struct answer_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &BEGIN, &result, p_i64(document), p_text(file_name), p_date(on),
                    p_text(person));

    if (!r)
        file->id = row_i64(result, 0, 0);
    return r;
}

int store_answer_end(struct store *store, const struct answer_file *file)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &END, &result, p_i64(file->id), p_text(file->kinds),
                    p_text(file->message_id), p_text(file->name_space), p_text(file->created),
                    p_text(file->remark), p_i64(file->statuses), p_i64(file->entries),
                    p_i64(file->fresh));

    return r ? r : sql_expect(result, 1, END.name);
}

int store_answer_known(struct store *store, const unsigned char *sha256, struct store_table **table)
{
    return SQL_TABLE(store, &KNOWN, table, p_bytes(sha256, 32));
}

/* The rows of a set, and the columns made of them for unnest. */
struct set {
    struct arena *arena;
    const char *rows;
    size_t count, size;
};

static struct param texts(const struct set *set, size_t at)
{
    const char **out = arena_alloc(set->arena, (set->count + 1) * sizeof *out);

    for (size_t i = 0; i < set->count; i++)
        out[i] = *(const char *const *)(const void *)(set->rows + i * set->size + at);
    return p_texts(out, set->count);
}

static struct param numbers(const struct set *set, size_t at)
{
    int64_t *out = arena_alloc(set->arena, (set->count + 1) * sizeof *out);

    for (size_t i = 0; i < set->count; i++)
        out[i] = *(const int64_t *)(const void *)(set->rows + i * set->size + at);
    return p_i64s(out, set->count);
}

static struct param days(const struct set *set, size_t at)
{
    struct date *out = arena_alloc(set->arena, (set->count + 1) * sizeof *out);

    for (size_t i = 0; i < set->count; i++)
        out[i] = *(const struct date *)(const void *)(set->rows + i * set->size + at);
    return p_dates(out, set->count);
}

#define SET(arena_, rows_, count_) \
    ((struct set){ (arena_), (const char *)(rows_), (count_), sizeof *(rows_) })

int store_statuses_insert(struct store *store, int64_t answer, const struct status_row *rows,
                          size_t count, int64_t first)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct set set = SET(arena, rows, count);

#define T(field) texts(&set, offsetof(struct status_row, field))
    return SQL_RUN(store, &STATUSES, NULL, p_i64(answer), p_i64(first), T(level), T(message_id),
                   T(payment_id), T(instruction_id), T(end_to_end_id), T(uetr), T(code), T(reason),
                   T(note), T(servicer_ref), T(amount), T(currency), T(creditor), T(creditor_iban),
                   T(debtor_iban));
#undef T
}

/* Of an entry that is stored: what tells it from another under the same reference. */
struct holder {
    struct entry_name name;
    const char *kind;
    const char *batch; /* PmtInfId and MsgId, with a blank between */
};

static struct holder read_holder(const PGresult *r, int i, struct arena *arena)
{
    return (struct holder){
        .name = { .end_to_end_id = arena_strdup(arena, row_text(r, i, 2)),
                  .transaction_id = arena_strdup(arena, row_text(r, i, 3)),
                  .instruction_id = arena_strdup(arena, row_text(r, i, 4)),
                  .uetr = arena_strdup(arena, row_text(r, i, 5)),
                  .debtor_iban = arena_strdup(arena, row_text(r, i, 6)),
                  .creditor_iban = arena_strdup(arena, row_text(r, i, 7)),
                  .text = arena_strdup(arena, row_text(r, i, 8)),
                  .whole = row_bool(r, i, 9) },
        .kind = arena_strdup(arena, row_text(r, i, 10)),
        .batch = arena_strdup(arena, row_text(r, i, 11)),
    };
}

/* The ids of ROWS, and which of them are new; HOLDERS are those whose identity they have. */
static int find_entries(struct store *store, int64_t answer, struct entry_row *rows,
                        const struct set *set, struct holder *holders)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &IDENTITIES, &result, p_i64(answer),
                    texts(set, offsetof(struct entry_row, identity)),
                    numbers(set, offsetof(struct entry_row, block)),
                    texts(set, offsetof(struct entry_row, apart)));

    if (!r && PQntuples(result) != (int)set->count)
        return err_raise(ERR_DAMAGED, "%d of %zu entries are there", PQntuples(result), set->count);
    for (size_t i = 0; !r && i < set->count; i++) {
        rows[i].id = row_i64(result, (int)i, 0);
        rows[i].fresh = row_bool(result, (int)i, 1);
        holders[i] = read_holder(result, (int)i, set->arena);
        rows[i].last = row_i64(result, (int)i, 12);
    }
    return r;
}

static int insert_entries(struct store *store, int64_t answer, struct entry_row *rows,
                          const struct set *set, struct holder *holders)
{
    int r;

#define T(field) texts(set, offsetof(struct entry_row, field))
#define N(field) numbers(set, offsetof(struct entry_row, field))
#define D(field) days(set, offsetof(struct entry_row, field))
    r = SQL_RUN(store, &ENTRIES, NULL, p_i64(answer), T(identity), T(kind), T(iban),
                T(statement_id), T(reference), T(amount), N(cents), T(currency), T(direction),
                N(reversal), T(status), D(booked_on), D(value_on), T(servicer_ref), T(code),
                T(note), T(batch_message_id), T(batch_payment_id), T(batch_count), T(batch_total),
                N(block), N(twin), T(apart));
    return r ? r : find_entries(store, answer, rows, set, holders);
#undef T
#undef N
#undef D
}

static bool differ(const char *a, const char *b)
{
    return *a && *b && strcmp(a, b) != 0;
}

static bool is_named(const struct entry_name *name)
{
    return *name->end_to_end_id || *name->transaction_id || *name->instruction_id || *name->uetr;
}

/* Texts tell only what is told in the same way: each kind of report words and cuts its own. */
static bool is_another(const struct entry_row *row, const struct holder *holder)
{
    const struct entry_name *a = &row->name, *b = &holder->name;

    if (*a->end_to_end_id && *b->end_to_end_id)
        return strcmp(a->end_to_end_id, b->end_to_end_id) != 0;
    if (is_named(a) || is_named(b))
        return differ(a->transaction_id, b->transaction_id) ||
               differ(a->instruction_id, b->instruction_id) || differ(a->uetr, b->uetr);
    if (differ(a->debtor_iban, b->debtor_iban) || differ(a->creditor_iban, b->creditor_iban))
        return true;
    return a->whole == b->whole && !strcmp(row->kind, holder->kind) && differ(a->text, b->text);
}

/* Another payment, or another file, has the identity of ROW, which is its HOLDER's. */
static bool is_taken(const struct entry_row *row, const struct holder *holder)
{
    CLEANUP(text_free) struct text batch = { 0 };

    text_addf(&batch, "%s %s", row->batch_payment_id, row->batch_message_id);
    if (row->fresh || !*row->apart)
        return false;
    return is_another(row, holder) ||
           (strcmp(holder->batch, " ") != 0 && strcmp(batch.s, " ") != 0 &&
            strcmp(holder->batch, batch.s) != 0);
}

/* Notes which ROWS were told before. */
static int note_retold(struct store *store, int64_t answer, const struct entry_row *rows,
                       size_t count, struct arena *arena)
{
    int64_t *entries = arena_alloc(arena, (count + 1) * sizeof *entries);
    const char **kinds = arena_alloc(arena, (count + 1) * sizeof *kinds);
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (!rows[i].fresh) {
            entries[n] = rows[i].id;
            kinds[n++] = rows[i].kind;
        }
    return n ? SQL_RUN(store, &RETOLD, NULL, p_i64(answer), p_i64s(entries, n), p_texts(kinds, n))
             : 0;
}

int store_entries_insert(struct store *store, int64_t answer, struct entry_row *rows, size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct holder *holders = arena_alloc(arena, (count + 1) * sizeof *holders);
    struct entry_row *others = arena_alloc(arena, (count + 1) * sizeof *others);
    struct set set = SET(arena, rows, count);
    size_t n = 0, at = 0;
    int r = insert_entries(store, answer, rows, &set, holders);

    for (size_t i = 0; !r && i < count; i++)
        if (is_taken(&rows[i], &holders[i])) {
            others[n] = rows[i];
            others[n++].identity = rows[i].apart;
        }
    set = SET(arena, others, n);
    if (!r && n)
        r = insert_entries(store, answer, others, &set, holders);
    for (size_t i = 0; !r && i < count; i++)
        if (at < n && rows[i].apart == others[at].identity)
            rows[i] = others[at++];
    return r ? r : note_retold(store, answer, rows, count, arena);
}

int store_details_known(struct store *store, const struct movement_row *rows, size_t count,
                        bool *known)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(pq_clearp) PGresult *result = NULL;
    struct set set = SET(arena, rows, count);
    int r = SQL_RUN(store, &DETAILS, &result, numbers(&set, offsetof(struct movement_row, entry)),
                    numbers(&set, offsetof(struct movement_row, likeness)));

    if (!r)
        r = sql_expect(result, (int)count, DETAILS.name);
    for (size_t i = 0; !r && i < count; i++)
        known[i] = row_bool(result, (int)i, 0);
    return r;
}

int store_movements_insert(struct store *store, int64_t answer, const struct movement_row *rows,
                           size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct set set = SET(arena, rows, count);

#define T(field) texts(&set, offsetof(struct movement_row, field))
#define N(field) numbers(&set, offsetof(struct movement_row, field))
    return SQL_RUN(store, &MOVEMENTS, NULL, p_i64(answer), N(entry), N(position), T(message_id),
                   T(payment_id), T(instruction_id), T(end_to_end_id), T(transaction_id), T(uetr),
                   T(servicer_ref), N(cents), T(currency), T(direction), T(debtor), T(debtor_iban),
                   T(creditor), T(creditor_iban), T(remittance), T(return_reason), T(return_note),
                   T(code), N(likeness));
#undef T
#undef N
}

int store_entries_resum(struct store *store, int64_t answer, const int64_t *entries, size_t count)
{
    return SQL_RUN(store, &RESUM, NULL, p_i64(answer), p_i64s(entries, count));
}

int store_entries_unsummed(struct store *store, const int64_t *entries, size_t count)
{
    return SQL_RUN(store, &UNSUMMED, NULL, p_i64s(entries, count));
}

int store_answer_settle(struct store *store, int64_t answer, const char *own)
{
    int r = SQL_RUN(store, &SETTLE_STATUSES, NULL, p_i64(answer));

    if (!r)
        r = SQL_RUN(store, &SETTLE_MOVEMENTS, NULL, p_i64(answer), p_text(own));
    return r ? r : SQL_RUN(store, &SETTLE_EXPLAINED, NULL, p_i64(answer));
}

int store_answer_list(struct store *store, struct store_table **table)
{
    return sql_table(store, &LIST, table, NULL, 0);
}

int store_answer_lines(struct store *store, const char *sha256, struct store_table **table)
{
    return SQL_TABLE(store, &LINES, table, p_text(sha256));
}

int store_answer_find(struct store *store, const char *part, struct store_table **table)
{
    return SQL_TABLE(store, &FIND, table, p_text(part));
}

int store_answer_open(struct store *store, bool all, struct store_table **table)
{
    return SQL_TABLE(store, &OPEN_LINES, table, p_bool(all));
}

int store_answer_proposals(struct store *store, const char *line, struct store_table **table)
{
    return SQL_TABLE(store, &PROPOSALS, table, p_text(line));
}

int store_answer_dismiss(struct store *store, const char *line, const char *why, bool *contradicted,
                         bool *money)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, line[16] == ':' ? &DISMISS_STATUS : &DISMISS_MOVEMENT, &result,
                    p_text(line), p_text(why));

    if (r)
        return r;
    if (!PQntuples(result))
        return STORE_E_NONE;
    *contradicted = row_bool(result, 0, 0);
    *money = row_bool(result, 0, 1);
    return 0;
}

int store_answer_line_lock(struct store *store, const char *line, struct arena *arena,
                           int64_t **conventions, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &LINE_CONVENTIONS, &result, p_text(line));

    if (r)
        return r;
    *count = (size_t)PQntuples(result);
    *conventions = arena_alloc(arena, (*count + 1) * sizeof **conventions);
    for (size_t i = 0; i < *count; i++)
        (*conventions)[i] = row_i64(result, (int)i, 0);
    return store_conventions_lock(store, *conventions, *count);
}

int store_disputes_end(struct store *store, const int64_t *conventions, size_t count,
                       struct date on, const char *person, struct store_table **table)
{
    return SQL_TABLE(store, &END_DISPUTES, table, p_i64s(conventions, count), p_date(on),
                     p_text(person));
}
