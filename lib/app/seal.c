/* Seals: the journal can be added to and nothing else, and this shows it.
 *
 * A row's digest is over all its columns; a seal's is over the seal before it and the digests of
 * the rows since.  Ids commit out of order, so the leader notes the highest id it sees and seals up
 * to it once every transaction that ran then has ended: writers never wait for it. */
#include "call.h"
#include <base/failpoint.h>
#include <base/instant.h>
#include <base/log.h>
#include <store/seal.h>

enum { SEAL_ROWS = 10000, SEAL_SECONDS = 1, BROKEN_MAX = 20 };

/* A column is its length and its bytes, or a mark for null: no two rows give the same bytes. */
static void add_cell(struct digest_sum *sum, const struct store_table *table, size_t row, size_t c)
{
    struct store_cell cell = store_table_cell(table, row, c);
    uint64_t length = cell.kind == STORE_CELL_NULL ? UINT64_MAX : strlen(cell.text);
    unsigned char head[8];

    for (unsigned i = 0; i < 8; i++)
        head[i] = (unsigned char)(length >> (56 - 8 * i));
    digest_add(sum, head, sizeof head);
    if (cell.kind != STORE_CELL_NULL)
        digest_add(sum, cell.text, (size_t)length);
}

int journal_row_digest(const struct store_table *table, size_t row, struct sha256 *out)
{
    struct digest_sum *sum = digest_begin();

    for (size_t c = 0; c < store_table_columns(table); c++)
        add_cell(sum, table, row, c);
    return digest_end(sum, out);
}

static int64_t id_of(const struct store_table *table, size_t row)
{
    return strtoll(store_table_cell(table, row, 0).text, NULL, 10); /* PostgreSQL's own digits */
}

static void put_mark(unsigned char *mark, int64_t id, const struct sha256 *digest)
{
    for (unsigned i = 0; i < 8; i++)
        mark[i] = (unsigned char)((uint64_t)id >> (56 - 8 * i));
    memcpy(mark + 8, digest->bytes, SEAL_MARK_DIGEST);
}

/* Seals the rows of TABLE, none of which is sealed, after LAST: OUT is the next seal, its marks in
 * ARENA. */
static int make_seal(const struct store_table *table, const struct seal *last, struct arena *arena,
                     struct seal *out)
{
    size_t count = store_table_rows(table);
    unsigned char *marks = arena_alloc(arena, count * SEAL_MARK);
    struct digest_sum *sum = digest_begin();
    struct sha256 digest, row;
    int r = 0;

    digest_add(sum, last->sha256, sizeof last->sha256);
    for (size_t i = 0; !r && i < count; i++) {
        r = journal_row_digest(table, i, &row);
        digest_add(sum, row.bytes, sizeof row.bytes);
        put_mark(marks + i * SEAL_MARK, id_of(table, i), &row);
    }
    *out = (struct seal){ .number = last->number + 1,
                          .from_id = id_of(table, 0),
                          .last_id = id_of(table, count - 1),
                          .entry_count = (int64_t)count,
                          .marks = marks,
                          .marks_length = count * SEAL_MARK };
    if (digest_end(sum, &digest) < 0)
        r = ERR_LIBRARY;
    memcpy(out->sha256, digest.bytes, sizeof out->sha256);
    return r;
}

/* In a transaction of the leader: seals what was noted, as much as one seal takes. */
static int seal_noted(struct app *app, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct store *work = app->work;
    struct seal last, next;
    int r = store_seal_last(work, &last);

    if (!r)
        r = store_journal_rows(work, last.last_id, app->noted.last_id, SEAL_ROWS, &table);
    if (r)
        return r;
    if (store_table_rows(table) < SEAL_ROWS)
        app->noted.last_id = 0; /* all that was noted is sealed with this one */
    if (!store_table_rows(table))
        return 0;
    r = make_seal(table, &last, arena, &next);
    if (!r)
        r = store_seal_add(work, &next);
    *worked = !r;
    return r;
}

/* Notes how far the journal goes, when nothing is noted yet; tells whether what is can be sealed.
 */
static int look_at_journal(struct app *app, bool *ready)
{
    int64_t unsealed = 0;
    int r = store_begin(app->work); /* not for reading only: it draws a transaction's number */

    if (!r && app->noted.last_id && monotonic_seconds() - app->noted.at < SEAL_SECONDS)
        *ready = false;
    else if (!r && app->noted.last_id)
        r = store_journal_settled(app->work, app->noted.horizon, ready);
    else if (!r)
        r = store_unsealed(app->work, &unsealed);
    if (!r && unsealed)
        r = store_journal_horizon(app->work, &app->noted.last_id, &app->noted.horizon);
    if (!r && unsealed)
        app->noted.at = monotonic_seconds();
    store_rollback(app->work);
    return r;
}

int seal_step(struct app *app, struct tick *tick, bool *worked)
{
    bool ready = false;
    int r = look_at_journal(app, &ready);

    if (!r && ready) {
        r = leader_begin(app);
        r = leader_end(app, r ? r : seal_noted(app, worked));
        FAILPOINT(seal_stored);
    }
    tick->unsealed = tick->unsealed || app->noted.last_id != 0;
    return r;
}

struct verification {
    struct call *call;
    struct seal last; /* the last one that was looked at */
    int64_t entries;
    unsigned faults;
    bool head_seen;
};

__attribute__((format(printf, 2, 3))) static void add_fault(struct verification *v,
                                                            const char *format, ...)
{
    va_list ap;

    if (!v->faults)
        refuse(v->call, APP_CONFLICT, "journal_broken",
               _("keep the database as it is and compare it with a backup"),
               _("the journal is not what was sealed"));
    va_start(ap, format);
    if (v->faults < BROKEN_MAX)
        refuse_detail(v->call, 0, 0, arena_vprintf(v->call->arena, format, ap));
    va_end(ap);
    v->faults++;
}

static int64_t mark_id(const unsigned char *mark)
{
    uint64_t id = 0;

    for (unsigned i = 0; i < 8; i++)
        id = id << 8 | mark[i];
    return (int64_t)id;
}

/* Names the rows in which what is stored differs from what was sealed. */
static void name_rows(struct verification *v, const struct seal *seal, const struct seal *actual)
{
    size_t stored = seal->marks_length / SEAL_MARK, found = actual->marks_length / SEAL_MARK;

    for (size_t s = 0, f = 0; s < stored || f < found;) {
        const unsigned char *was = seal->marks + s * SEAL_MARK, *is = actual->marks + f * SEAL_MARK;
        int64_t was_id = s < stored ? mark_id(was) : INT64_MAX;
        int64_t is_id = f < found ? mark_id(is) : INT64_MAX;

        if (was_id < is_id)
            add_fault(v, _("journal row %lld was removed after it was sealed"), (long long)was_id);
        else if (is_id < was_id)
            add_fault(v, _("journal row %lld was inserted after its neighbours were sealed"),
                      (long long)is_id);
        else if (memcmp(was, is, SEAL_MARK) != 0)
            add_fault(v, _("journal row %lld was changed after it was sealed"), (long long)is_id);
        s += was_id <= is_id;
        f += is_id <= was_id;
    }
}

static int verify_seal(struct verification *v, const struct seal *seal, struct arena *arena)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct seal actual = { 0 };
    unsigned before = v->faults;

    if (seal->number != v->last.number + 1)
        add_fault(v, _("seal %lld is missing"), (long long)v->last.number + 1);
    TRY(store_journal_rows(v->call->app->work, v->last.last_id, seal->last_id, INT32_MAX, &table));
    if (store_table_rows(table))
        TRY(make_seal(table, &v->last, arena, &actual));
    name_rows(v, seal, &actual);
    if (v->faults == before && memcmp(seal->sha256, actual.sha256, sizeof seal->sha256) != 0)
        add_fault(v, _("seal %lld itself was changed"), (long long)seal->number);
    v->entries += seal->entry_count;
    v->last = *seal;
    return 0;
}

static bool is_head(const struct call *call, const struct seal *seal)
{
    const char *head = arg_text(call, "head");
    struct sha256 digest;

    return head && digest_parse(&digest, head) &&
           !memcmp(digest.bytes, seal->sha256, sizeof digest.bytes);
}

static int verify_all(struct verification *v)
{
    for (;;) {
        CLEANUP(arena_freep) struct arena *arena = arena_new();
        struct seal seal;

        TRY(store_seal_after(v->call->app->work, v->last.number, arena, &seal));
        if (!seal.number)
            return 0;
        TRY(verify_seal(v, &seal, arena));
        v->head_seen = v->head_seen || is_head(v->call, &seal);
    }
}

int journal_verify(struct call *call)
{
    struct verification v = { .call = call, .last = { .last_id = INT64_MIN } };
    char hex[SHA256_HEX_MAX] = "";
    struct sha256 digest;
    int64_t unsealed;

    TRY(verify_all(&v));
    if (arg_text(call, "head") && !v.head_seen)
        add_fault(&v, _("no seal has the head %s: the journal's end was cut off, or it is another"),
                  arg_text(call, "head"));
    if (v.faults)
        return APP_REFUSED;
    TRY(store_unsealed(call->app->work, &unsealed));
    memcpy(digest.bytes, v.last.sha256, sizeof digest.bytes);
    if (v.last.number)
        digest_hex(hex, &digest);
    json_object_set_new(result(call), "verification",
                        json_pack("{s:I, s:I, s:I, s:s}", "seals", (json_int_t)v.last.number,
                                  "entries", (json_int_t)v.entries, "unsealed",
                                  (json_int_t)unsealed, "head", hex));
    json_object_set_new(result(call), "message",
                        json_string(_("every sealed row of the journal is as it was written")));
    return 0;
}
