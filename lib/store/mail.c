#include "sql.h"
#include <base/text.h>
#include <store/mail.h>

/* What was cancelled for that address, and is to be told there after all, as it is worded now. */
#define AFTER_ALL                                                                                              \
    "DO UPDATE SET state = excluded.state, gather_on = excluded.gather_on, ended_at = NULL, "                  \
    "taken_until = NULL, tries = 0, noted = false, reply = '', next_try_at = excluded.next_try_at, subject = " \
    "excluded.subject, body = excluded.body, html = excluded.html, calendar = excluded.calendar, "             \
    "dated_at = excluded.dated_at, queued_on = excluded.queued_on WHERE mail.state = 'cancelled'"
static const struct stmt ADD = {
    "mail_add",
    "INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, calendar, message_id, "
    "next_try_at, dated_at, queued_on, gather_on, state) SELECT DISTINCT ON (r.event, r.address) r.event, r.kind, r.person, "
    "r.address, r.scheme, r.convention, r.subject, r.body, r.html, r.calendar, r.id, to_timestamp(r.not_before), "
    "to_timestamp($12::bigint), $13::date, r.gather_on, CASE WHEN r.gather_on IS NULL THEN 'queued' ELSE 'gathered' END "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], "
    "$15::text[], $10::text[], $11::bigint[], $14::date[]) WITH ORDINALITY AS r (event, kind, person, address, scheme, "
    "convention, subject, body, html, calendar, id, not_before, gather_on, n) ORDER BY r.event, r.address, r.n "
    "ON CONFLICT (event, address) " AFTER_ALL,
    false
};
static const struct stmt CONTACTS = {
    "mail_contacts",
    "SELECT DISTINCT c.reference COLLATE \"C\" AS reference, b.name AS beneficiary, c.project, c.email "
    "FROM unnest($1::text[]) AS r (reference) JOIN convention c ON c.reference = r.reference "
    "JOIN beneficiary b ON b.id = c.beneficiary_id ORDER BY 1",
    false
};
#define NAME "split_part(m.message_id, '@', 1)"
#define NAMED \
    "m.message_id >= $1::text || '@' AND m.message_id < $1::text || 'A'" /* the next letter */
#define LIST_COLUMNS                                                                                      \
    NAME                                                                                                  \
        " AS mail, m.queued_on, m.kind, m.scheme_code AS scheme, m.convention_ref AS convention, "        \
        "m.person, m.address, m.subject, m.state, m.tries, m.reply, "                                     \
        "CASE WHEN m.state = 'queued' THEN to_char(m.next_try_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') END " \
        "AS next_try_at "
/* The newest ones: a table that people read, or a program that asks again. */
#define LIST_FROM(condition)                                     \
    "SELECT " LIST_COLUMNS ", m.id FROM mail m WHERE " condition \
    " ORDER BY m.id DESC LIMIT " SQL_NUMBER(STORE_LIST_MAX)
static const struct stmt LIST_OPEN = {
    "mail_list_open",
    "SELECT x.* FROM ((" LIST_FROM("m.state = 'queued'") ") UNION ALL (" LIST_FROM(
        "m.state = 'refused'") ")) x ORDER BY x.id DESC LIMIT " SQL_NUMBER(STORE_LIST_MAX),
    false
};
static const struct stmt LIST_ALL = { "mail_list_all", LIST_FROM("true"), false };
static const struct stmt LIST_STATE = { "mail_list_state", LIST_FROM("m.state = $1::text"), false };
static const struct stmt SHOW = {
    "mail_show",
    "SELECT " LIST_COLUMNS
    ", m.message_id, m.body, m.html, to_char(m.ended_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS ended_at "
    "FROM mail m WHERE " NAMED,
    false
};
static const struct stmt RETRY = {
    "mail_retry",
    "UPDATE mail m SET state = 'queued', tries = 0, ended_at = NULL, next_try_at = clock_timestamp(), noted = false, "
    "address = $2::text WHERE " NAMED
    " AND m.state IN ('queued', 'refused', 'cancelled') AND (m.address = $2::text OR "
    "m.taken_until IS NULL OR m.taken_until < clock_timestamp())",
    false
};
static const struct stmt CANCEL = {
    "mail_cancel",
    "UPDATE mail m SET state = 'cancelled', ended_at = clock_timestamp() WHERE " NAMED
    " AND m.state IN ('queued', 'refused')",
    false
};
static const struct stmt COUNTS = {
    "mail_counts",
    "SELECT (SELECT count(*) FROM mail WHERE state = 'queued'), (SELECT count(*) FROM mail WHERE state = 'refused')",
    false
};
/* A state at a time: each has an index of its own. */
#define READERS_IN(state)                                                                 \
    "SELECT person, address, kind, scheme_code AS scheme FROM mail WHERE state = '" state \
    "' AND person <> ''"
static const struct stmt READERS = { "mail_readers",
                                     READERS_IN("queued") " UNION " READERS_IN("gathered"), false };
/* What a mail keeps when it goes elsewhere; M is nothing, or "m." where it must be said. */
#define KEPT(M)                                                                                \
    M "event, " M "kind, " M "person, " M "scheme_code, " M "convention_ref, " M "subject, " M \
      "body, " M "html, " M "calendar, " M "dated_at, " M "queued_on, " M "gather_on"
/* Waits at a wrong address say nothing about the new one; quiet hours do. */
#define SILENCE_IN(state_)                                                                                  \
    "UPDATE mail m SET state = 'cancelled', ended_at = clock_timestamp() FROM r WHERE m.state = '" state_   \
    "' AND m.person = r.person AND m.address = r.address AND m.kind = r.kind AND m.scheme_code = r.scheme " \
    "RETURNING " KEPT(                                                                                      \
        "m.") ", m.message_id, r.moved_to, '" state_ "' AS was, "                                           \
              "CASE WHEN m.tries > 0 THEN clock_timestamp() ELSE m.next_try_at END AS next_try_at"
#define LOST_QUEUED SILENCE_IN("queued")
#define LOST_GATHERED SILENCE_IN("gathered")
#define MOVED KEPT("") ", next_try_at"
#define OLD_FROM(lost) "SELECT " MOVED ", message_id, moved_to, was FROM " lost
#define OLD_ROWS OLD_FROM("a") " UNION ALL " OLD_FROM("b")
/* What waits for somebody whose address is another now is worded already: it goes there under an id
 * of its own (as long as digest_random_id()'s of the others), for the old one may be on its way. */
static const struct stmt SILENCE = {
    "mail_silence",
    "WITH r AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS r (person, address, kind, "
    "scheme, moved_to)), a AS (" LOST_QUEUED "), b AS (" LOST_GATHERED "), old AS (" OLD_ROWS "), "
    "new AS (INSERT INTO mail (" MOVED
    ", address, message_id, state) SELECT DISTINCT ON (event, moved_to) " MOVED ", moved_to, "
    "left(replace(gen_random_uuid()::text, '-', ''), 16) || '@' || split_part(message_id, '@', 2), was FROM old "
    "WHERE moved_to <> '' ON CONFLICT (event, address) " AFTER_ALL " RETURNING id) "
    "SELECT (SELECT count(*) FROM old WHERE moved_to = ''), (SELECT count(*) FROM new)",
    false
};
static const struct stmt SOME_WAIT = {
    "mail_some_wait",
    "SELECT EXISTS (SELECT 1 FROM mail WHERE state = 'queued' AND convention_ref <> '') OR "
    "EXISTS (SELECT 1 FROM mail WHERE state = 'gathered' AND convention_ref <> '')",
    false
};
#define WITHDRAW_IN(state_)                                                                               \
    "UPDATE mail m SET state = 'cancelled', ended_at = clock_timestamp() FROM r WHERE m.state = '" state_ \
    "' AND m.taken_until IS NULL AND m.convention_ref = r.convention AND m.kind = r.kind "                \
    "RETURNING r.convention, r.reminder"
#define WITHDRAWN_QUEUED WITHDRAW_IN("queued")
#define WITHDRAWN_GATHERED WITHDRAW_IN("gathered")
/* A threshold that was taken back before anybody heard of it is told anew when its reason is. */
static const struct stmt WITHDRAW = {
    "mail_withdraw",
    "WITH r AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS r (convention, kind, reminder)), "
    "a AS (" WITHDRAWN_QUEUED "), b AS (" WITHDRAWN_GATHERED "), "
    "w AS (SELECT convention, reminder FROM a UNION SELECT convention, reminder FROM b) "
    "UPDATE reminder e SET withdrawn = true FROM w WHERE e.event >= w.reminder || '/' || w.convention || '/' "
    "AND e.event < w.reminder || '/' || w.convention || '0'", /* the next letter */
    false
};
static const struct stmt REFUSED = {
    "mail_refused",
    "UPDATE mail m SET noted = true WHERE m.id IN (SELECT id FROM mail WHERE state = 'refused' AND NOT noted ORDER BY id LIMIT "
    "$1::int FOR UPDATE SKIP LOCKED) RETURNING " NAME
    " AS mail, m.kind, m.scheme_code AS scheme, m.convention_ref AS convention, m.address, m.reply",
    false
};
static const struct stmt GATHER_ON = { "mail_gather_on",
                                       "SELECT min(gather_on) FROM mail WHERE state = 'gathered'",
                                       false };
static const struct stmt GATHERED = {
    "mail_gathered",
    "SELECT m.person, m.address, " NAME
    " AS mail, m.queued_on, m.subject FROM mail m WHERE m.state = 'gathered' AND "
    "m.gather_on <= $1::date ORDER BY m.person, m.address, m.id LIMIT $2::int",
    false
};
static const struct stmt DIGESTED = {
    "mail_digested",
    "UPDATE mail m SET state = 'digested', ended_at = clock_timestamp() FROM unnest($1::text[]) AS r (mail) WHERE m.state = 'gathered' "
    "AND m.message_id >= r.mail || '@' AND m.message_id < r.mail || 'A'",
    false
};
static const struct stmt REMIND = {
    "reminders_take",
    "WITH fresh AS (INSERT INTO reminder (event, queued_on) SELECT DISTINCT e, $2::date FROM unnest($1::text[]) AS r (e) "
    "ON CONFLICT (event) DO UPDATE SET withdrawn = false, queued_on = excluded.queued_on WHERE reminder.withdrawn "
    "RETURNING event) SELECT r.n FROM unnest($1::text[]) WITH ORDINALITY AS r (event, n) "
    "JOIN fresh f ON f.event = r.event COLLATE \"C\"",
    false
};
static const struct stmt UNNOTED = {
    "mail_unnoted", "SELECT EXISTS (SELECT 1 FROM mail WHERE state = 'refused' AND NOT noted)",
    false
};
static const struct stmt TAKE = {
    "mail_take",
    "UPDATE mail m SET taken_until = clock_timestamp() + $2::bigint * interval '1 second', tries = m.tries + 1 WHERE m.id IN "
    "(SELECT id FROM mail WHERE state = 'queued' AND next_try_at <= clock_timestamp() AND (taken_until IS NULL OR "
    "taken_until < clock_timestamp()) ORDER BY next_try_at, id LIMIT $1::int FOR UPDATE SKIP LOCKED) "
    "RETURNING m.id, m.tries, m.kind, m.scheme_code, m.convention_ref, m.address, m.subject, m.body, m.html, m.message_id, "
    "extract(epoch FROM m.dated_at)::bigint, m.calendar",
    false
};
static const struct stmt DELIVERED = {
    "mail_delivered",
    "UPDATE mail SET state = 'delivered', ended_at = clock_timestamp(), taken_until = NULL, reply = $2::text "
    "WHERE id = $1::bigint AND state IN ('queued', 'cancelled')",
    false
};
static const struct stmt REFUSE = {
    "mail_refuse",
    "UPDATE mail SET state = 'refused', ended_at = clock_timestamp(), taken_until = NULL, reply = $2::text "
    "WHERE id = $1::bigint AND state = 'queued'",
    false
};
static const struct stmt DEFER = {
    "mail_defer",
    "UPDATE mail SET next_try_at = clock_timestamp() + $3::bigint * interval '1 second', taken_until = NULL, reply = $2::text "
    "WHERE id = $1::bigint AND state = 'queued'",
    false
};
static const struct stmt NEXT = {
    "mail_next",
    "SELECT coalesce(ceil(greatest(extract(epoch FROM min(x.at) - clock_timestamp()), 0) * 1000), -1)::bigint FROM ("
    "(SELECT next_try_at AS at FROM mail WHERE state = 'queued' AND taken_until IS NULL ORDER BY next_try_at LIMIT 1) UNION ALL "
    "(SELECT min(greatest(next_try_at, taken_until)) FROM mail WHERE state = 'queued' AND taken_until IS NOT NULL)) x",
    false
};

const struct stmt *const sql_mail_stmts[] = { &ADD,        &CONTACTS, &LIST_OPEN, &LIST_ALL,
                                              &LIST_STATE, &SHOW,     &RETRY,     &CANCEL,
                                              &COUNTS,     &READERS,  &SILENCE,   &SOME_WAIT,
                                              &WITHDRAW,   &REFUSED,  &REMIND,    &GATHER_ON,
                                              &GATHERED,   &DIGESTED, &UNNOTED,   NULL };
const struct stmt *const sql_mailer_stmts[] = { &TAKE, &DELIVERED, &REFUSE, &DEFER, &NEXT, NULL };

/* Rows as columns. */
struct columns {
    const char **texts[11];
    int64_t *not_before;
    struct date *gather_on;
};

static void columns_fill(struct columns *c, struct arena *arena, const struct mail_row *rows,
                         size_t count)
{
    for (size_t i = 0; i < ARRAY_LEN(c->texts); i++)
        c->texts[i] = arena_alloc(arena, count * sizeof **c->texts);
    c->not_before = arena_alloc(arena, count * sizeof *c->not_before);
    c->gather_on = arena_alloc(arena, count * sizeof *c->gather_on);
    for (size_t i = 0; i < count; i++) {
        const struct mail_row *r = &rows[i];
        const char *const texts[] = { r->event,
                                      r->kind,
                                      r->person,
                                      r->address,
                                      r->scheme ? r->scheme : "",
                                      r->convention ? r->convention : "",
                                      r->subject,
                                      r->body,
                                      r->html,
                                      r->message_id,
                                      r->calendar ? r->calendar : "" };

        for (size_t t = 0; t < ARRAY_LEN(texts); t++)
            c->texts[t][i] = texts[t];
        c->not_before[i] = r->not_before.us / 1000000;
        c->gather_on[i] = r->gather_on;
    }
}

int store_mail_add(struct store *store, const struct mail_row *rows, size_t count,
                   struct instant at, struct date on)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct columns c;
    int r;

    if (!count)
        return 0;
    columns_fill(&c, arena, rows, count);
    r = SQL_RUN(store, &ADD, NULL, p_texts(c.texts[0], count), p_texts(c.texts[1], count),
                p_texts(c.texts[2], count), p_texts(c.texts[3], count), p_texts(c.texts[4], count),
                p_texts(c.texts[5], count), p_texts(c.texts[6], count), p_texts(c.texts[7], count),
                p_texts(c.texts[8], count), p_texts(c.texts[9], count), p_i64s(c.not_before, count),
                p_i64(at.us / 1000000), p_date(on), p_dates(c.gather_on, count),
                p_texts(c.texts[10], count));
    return r ? r : store_notify(store, "mailer");
}

int store_mail_contacts(struct store *store, const char *const *references, size_t count,
                        struct store_table **table)
{
    return SQL_TABLE(store, &CONTACTS, table, p_texts(references, count));
}

int store_mail_list(struct store *store, const char *state, struct store_table **table)
{
    if (!state)
        return sql_table(store, &LIST_OPEN, table, NULL, 0);
    return strcmp(state, "all") ? SQL_TABLE(store, &LIST_STATE, table, p_text(state))
                                : sql_table(store, &LIST_ALL, table, NULL, 0);
}

int store_mail_show(struct store *store, const char *mail, struct store_table **table)
{
    return SQL_TABLE(store, &SHOW, table, p_text(mail));
}

/* What came of an UPDATE of one mail. */
static int touched_one(int outcome, const PGresult *result)
{
    return outcome ? outcome : sql_touched(result) == 1 ? 0 : STORE_E_NONE;
}

int store_mail_retry(struct store *store, const char *mail, const char *address)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &RETRY, &result, p_text(mail), p_text(address));

    r = touched_one(r, result);
    return r ? r : store_notify(store, "mailer");
}

int store_mail_cancel(struct store *store, const char *mail)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &CANCEL, &result, p_text(mail));

    return touched_one(r, result);
}

int store_mail_counts(struct store *store, struct mail_counts *out)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &COUNTS, &result, NULL, 0);

    if (!r)
        *out = (struct mail_counts){ row_i64(result, 0, 0), row_i64(result, 0, 1) };
    return r;
}

int store_mail_readers(struct store *store, struct store_table **table)
{
    return sql_table(store, &READERS, table, NULL, 0);
}

int store_mail_silence(struct store *store, const struct mail_reader *readers, size_t count,
                       int64_t *cancelled, int64_t *moved)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(pq_clearp) PGresult *result = NULL;
    const char **columns[5];
    int r;

    for (size_t c = 0; c < ARRAY_LEN(columns); c++)
        columns[c] = arena_alloc(arena, (count + 1) * sizeof **columns);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = readers[i].person;
        columns[1][i] = readers[i].address;
        columns[2][i] = readers[i].kind;
        columns[3][i] = readers[i].scheme;
        columns[4][i] = readers[i].moved_to;
    }
    r = SQL_RUN(store, &SILENCE, &result, p_texts(columns[0], count), p_texts(columns[1], count),
                p_texts(columns[2], count), p_texts(columns[3], count), p_texts(columns[4], count));
    *cancelled = r ? 0 : row_i64(result, 0, 0);
    *moved = r ? 0 : row_i64(result, 0, 1);
    return r || !*moved ? r : store_notify(store, "mailer");
}

int store_mail_some_wait(struct store *store, bool *some)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &SOME_WAIT, &result, NULL, 0);

    *some = !r && row_bool(result, 0, 0);
    return r;
}

int store_mail_withdraw(struct store *store, const char *const *conventions,
                        const char *const *kinds, const char *const *reminders, size_t count)
{
    return count ? SQL_RUN(store, &WITHDRAW, NULL, p_texts(conventions, count),
                           p_texts(kinds, count), p_texts(reminders, count))
                 : 0;
}

int store_mail_gather_on(struct store *store, struct date *day)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &GATHER_ON, &result, NULL, 0);

    *day = r ? DATE_NONE : row_date(result, 0, 0);
    return r;
}

int store_mail_gathered(struct store *store, struct date on, int max, struct store_table **table)
{
    return SQL_TABLE(store, &GATHERED, table, p_date(on), p_i64(max));
}

int store_mail_digested(struct store *store, const char *const *mails, size_t count)
{
    return SQL_RUN(store, &DIGESTED, NULL, p_texts(mails, count));
}

int store_reminders_take(struct store *store, const char *const *events, size_t count,
                         struct date on, bool *fresh)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &REMIND, &result, p_texts(events, count), p_date(on));

    memset(fresh, 0, count * sizeof *fresh);
    for (int i = 0; !r && i < PQntuples(result); i++)
        fresh[row_i64(result, i, 0) - 1] = true;
    return r;
}

int store_mail_unnoted(struct store *store, bool *some)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &UNNOTED, &result, NULL, 0);

    *some = !r && row_bool(result, 0, 0);
    return r;
}

int store_mail_refused(struct store *store, int max, struct store_table **table)
{
    return SQL_TABLE(store, &REFUSED, table, p_i64(max));
}

int store_mail_take(struct store *store, int max, int seconds, struct arena *arena,
                    struct mail_taken **rows, size_t *count)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = SQL_RUN(store, &TAKE, &result, p_i64(max), p_i64(seconds));

    *count = 0;
    if (r)
        return r;
    *count = (size_t)PQntuples(result);
    *rows = arena_alloc(arena, (*count + 1) * sizeof **rows);
    for (int i = 0; i < PQntuples(result); i++)
        (*rows)[i] = (struct mail_taken){
            .id = row_i64(result, i, 0),
            .tries = row_i64(result, i, 1),
            .kind = arena_strdup(arena, row_text(result, i, 2)),
            .scheme = arena_strdup(arena, row_text(result, i, 3)),
            .convention = arena_strdup(arena, row_text(result, i, 4)),
            .address = arena_strdup(arena, row_text(result, i, 5)),
            .subject = arena_strdup(arena, row_text(result, i, 6)),
            .body = arena_strdup(arena, row_text(result, i, 7)),
            .html = arena_strdup(arena, row_text(result, i, 8)),
            .message_id = arena_strdup(arena, row_text(result, i, 9)),
            .dated_at = { row_i64(result, i, 10) * 1000000 },
            .calendar = arena_strdup(arena, row_text(result, i, 11)),
        };
    return 0;
}

int store_mail_delivered(struct store *store, int64_t id, const char *reply)
{
    return SQL_RUN(store, &DELIVERED, NULL, p_i64(id), p_text(reply));
}

int store_mail_refuse(struct store *store, int64_t id, const char *reply)
{
    return SQL_RUN(store, &REFUSE, NULL, p_i64(id), p_text(reply));
}

int store_mail_defer(struct store *store, int64_t id, int seconds, const char *reply)
{
    return SQL_RUN(store, &DEFER, NULL, p_i64(id), p_text(reply), p_i64(seconds));
}

int store_mail_next(struct store *store, int64_t *wait_ms)
{
    CLEANUP(pq_clearp) PGresult *result = NULL;
    int r = sql_run(store, &NEXT, &result, NULL, 0);

    if (!r)
        *wait_ms = row_i64(result, 0, 0);
    return r;
}
