/* Seals: the journal can be added to and nothing else, and this shows it.
 *
 * A row's digest is over all its columns; a seal's is over the seal before it and the digests of
 * the rows since.  Ids commit out of order, so the leader notes the highest id it sees and seals up
 * to it once every transaction that ran then has ended: writers never wait for it. */
#include "seal.h"
#include <base/failpoint.h>
#include <base/instant.h>
#include <base/log.h>

enum { SEAL_ROWS = 10000, SEAL_SECONDS = 1 };

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

int seal_make(const struct store_table *table, const struct seal *last, struct arena *arena,
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
    r = seal_make(table, &last, arena, &next);
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
