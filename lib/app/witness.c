/* The witness: what was last seen of the database, kept outside it.  A standby that lacked the last
 * commits, or an old backup put back, takes facts and orders away after their file has left; no
 * constraint inside the database can tell.  While something does not fit, nothing is prepared or
 * put out, and a person decides (tranchectl file reconcile). */
#include "witness.h"
#include <base/instant.h>
#include <base/log.h>
#include <stdio.h>

enum { WITNESS_SECONDS = 1, NAMED_MAX = 5 };

void note_name(const struct app *app, const char *what, char out[static NOTE_NAME_MAX])
{
    snprintf(out, NOTE_NAME_MAX, "%s-%s-%s", what, app->conf->database_schema,
             app->rehearsal ? "rehearsal" : "live");
}

/* The digest of the journal row ID in hex; "" when there is no such row. */
static int row_hex(struct app *app, int64_t id, char hex[static SHA256_HEX_MAX])
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct sha256 digest;
    int r = store_journal_rows(app->work, id - 1, id, 1, &table);

    hex[0] = '\0';
    if (!r && store_table_rows(table)) {
        r = journal_row_digest(table, 0, &digest);
        if (!r)
            digest_hex(hex, &digest);
    }
    return r;
}

static void seal_hex(const struct seal *seal, char hex[static SHA256_HEX_MAX])
{
    struct sha256 digest;

    memcpy(digest.bytes, seal->sha256, sizeof digest.bytes);
    digest_hex(hex, &digest);
}

/* What a witness says. */
struct view {
    struct sighting seen;
    struct seal seal;
    char row[SHA256_HEX_MAX]; /* digest of the journal's last row; "": there is none */
};

static int see(struct app *app, struct view *view)
{
    int r = store_begin_read(app->work);

    if (!r)
        r = store_sighting(app->work, &view->seen);
    if (!r)
        r = store_seal_last(app->work, &view->seal);
    if (!r)
        r = row_hex(app, view->seen.journal_head, view->row);
    store_rollback(app->work);
    return r;
}

static int write_witness(struct app *app, const struct view *view)
{
    CLEANUP(text_free) struct text text = { 0 };
    char name[NOTE_NAME_MAX], hex[SHA256_HEX_MAX];
    int r;

    note_name(app, "witness", name);
    seal_hex(&view->seal, hex);
    text_addf(&text, "system %s\njournal %lld %s\nseal %lld %s\nlease %lld\nposition %s\n",
              view->seen.system, (long long)view->seen.journal_head, *view->row ? view->row : "-",
              (long long)view->seal.number, view->seal.number ? hex : "-", (long long)app->lease,
              view->seen.position);
    r = spool_note_write(app->spool, name, text.s);
    if (!r) {
        app->witnessed.row = view->seen.journal_head;
        app->witnessed.seal = view->seal.number;
        app->witnessed.at = monotonic_seconds();
    }
    return r;
}

/* What WITNESS says of the last seal, against the database. */
static int compare_seal(struct app *app, const char *witness, struct text *why)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *line = strstr(witness, "\nseal ");
    char number[20], was[SHA256_HEX_MAX], is[SHA256_HEX_MAX];
    struct seal seal;
    int64_t n = 0;
    int r;

    if (!line || sscanf(line, " seal %19s %64s", number, was) != 2 ||
        !text_to_i64(number, 1, INT64_MAX, &n))
        return 0; /* nothing was sealed yet, or it was written by a version that says nothing */
    r = store_seal_after(app->work, n - 1, arena, &seal);
    seal_hex(&seal, is);
    if (!r && (seal.number != n || strcmp(is, was) != 0))
        text_addf(why,
                  seal.number == n
                      ? _("the journal's seal %lld is another one than was seen")
                      : _("the database lacks the journal's seal %lld, which was seen"),
                  (long long)n);
    return r;
}

/* What one witness says against the database, into WHY; it stays empty when all fits. */
static int compare(struct app *app, const struct text *witness, const struct sighting *seen,
                   struct text *why)
{
    char system[24] = "", row[20] = "", was[SHA256_HEX_MAX] = "", is[SHA256_HEX_MAX];
    struct sha256 digest;
    bool overruled = false;
    int64_t head = 0;
    int r;

    if (!witness->length)
        return 0;
    r = digest_sha256(&digest, witness->s, witness->length);
    if (!r)
        r = store_witness_overruled(app->work, digest.bytes, &overruled);
    if (r || overruled)
        return r;
    if (sscanf(witness->s, "system %23s journal %19s %64s", system, row, was) != 3 ||
        !text_to_i64(row, 0, INT64_MAX, &head)) {
        text_addf(why, "%s", _("what was last seen of the database cannot be read"));
        return 0;
    }
    if (strcmp(system, seen->system) != 0) {
        text_addf(why, _("this is another database cluster than the last one (%s, was %s)"),
                  seen->system, system);
        return 0;
    }
    r = head ? row_hex(app, head, is) : 0;
    if (!r && head && strcmp(is, was) != 0)
        text_addf(why,
                  *is ? _("the journal's row %lld is another one than was seen")
                      : _("the database lacks the journal's row %lld, which was seen: it "
                          "went back in time"),
                  (long long)head);
    return r || why->length ? r : compare_seal(app, witness->s, why);
}

int witness_read(struct app *app, enum spool_note_place place, struct text *text)
{
    char name[NOTE_NAME_MAX];

    note_name(app, "witness", name);
    return spool_note_read(app->spool, place, name, text);
}

int witness_against(struct app *app, struct text *why)
{
    struct sighting seen;
    int r = store_sighting(app->work, &seen);

    for (int p = 0; !r && !why->length && p < SPOOL_NOTE_PLACES; p++) {
        CLEANUP(text_free) struct text witness = { 0 };

        r = witness_read(app, (enum spool_note_place)p, &witness);
        if (!r)
            r = compare(app, &witness, &seen, why);
    }
    return r;
}

/* A witness that says anything against the database is not written over. */
static int still_fits(struct app *app, bool *fits)
{
    CLEANUP(text_free) struct text why = { 0 };
    int r = store_begin_read(app->work);

    if (!r)
        r = witness_against(app, &why);
    store_rollback(app->work);
    *fits = !why.length;
    return r;
}

int witness_step(struct app *app, struct tick *tick)
{
    struct view view = { 0 };
    bool fits = true;
    int r = see(app, &view);

    if (r || (app->witnessed.at && view.seen.journal_head == app->witnessed.row &&
              view.seal.number == app->witnessed.seal))
        return r;
    if (app->witnessed.at && monotonic_seconds() - app->witnessed.at < WITNESS_SECONDS) {
        tick->unsealed = true; /* soon */
        return 0;
    }
    r = still_fits(app, &fits);
    if (r)
        return r;
    return fits ? write_witness(app, &view) : witness_check(app);
}

/* Whether NAME in the archive is one of ours: another database of this state folder may be a
 * rehearsal, whose names begin with TEST. */
static bool is_ours(const struct app *app, const char *name)
{
    const char *rest = strncmp(name, "TEST", 4) ? name : name + 4;
    size_t length = strlen(app->conf->authority_code), end = strlen(name);

    return (rest != name) == app->rehearsal && !strncmp(rest, app->conf->authority_code, length) &&
           rest[length] == '-' && end > 4 && !strcmp(name + end - 4, ".xml");
}

int witness_unknown(struct app *app, struct arena *arena, const char ***names, size_t *count)
{
    const char **all = NULL;
    size_t found = 0, kept = 0;
    int r = spool_archived(app->spool, arena, &all, &found);

    for (size_t i = 0; i < found; i++)
        if (is_ours(app, all[i]))
            all[kept++] = all[i];
    return r ? r : store_files_unknown(app->work, all, kept, arena, names, count);
}

/* A database with a journal that this host has never seen, and nobody leads: it was restored here,
 * and the folders were lost with another machine; what was put out since its backup may be paid
 * twice.  (A host that stands by notes what it sees while another one leads.) */
static int never_seen(struct app *app, const struct sighting *seen, struct sha256 *digest,
                      bool *overruled)
{
    CLEANUP(text_free) struct text text = { 0 };
    int r;

    text_addf(&text, "never seen: system %s, host %s", seen->system, app->host);
    r = digest_sha256(digest, text.s, text.length);
    return r ? r : store_witness_overruled(app->work, digest->bytes, overruled);
}

int witness_missing(struct app *app, struct sha256 *digest, bool *missing)
{
    struct sighting seen;
    bool overruled = false;
    int r = store_sighting(app->work, &seen);

    *missing = !r && seen.journal_head > 0;
    for (int p = 0; !r && *missing && p < SPOOL_NOTE_PLACES; p++) {
        CLEANUP(text_free) struct text witness = { 0 };

        r = witness_read(app, (enum spool_note_place)p, &witness);
        *missing = !witness.length;
    }
    if (!r && *missing)
        r = never_seen(app, &seen, digest, &overruled);
    *missing = *missing && !overruled;
    return r;
}

int witness_stand_by(struct app *app)
{
    struct sha256 digest;
    struct view view = { 0 };
    bool missing = false;
    int r = store_begin_read(app->work);

    if (!r)
        r = witness_missing(app, &digest, &missing);
    store_rollback(app->work);
    if (!r && missing)
        r = see(app, &view);
    return r || !missing ? r : write_witness(app, &view);
}

static int find_doubt(struct app *app, struct arena *arena, struct text *why)
{
    const char **names = NULL;
    struct sha256 digest;
    bool missing = false;
    size_t count = 0;
    int r = witness_against(app, why);

    if (!r && !why->length)
        r = witness_missing(app, &digest, &missing);
    if (!r && missing)
        text_addf(why, "%s",
                  _("this host has never seen this database, which others led before: was it "
                    "restored here? Files may be with the treasury that it does not know"));
    if (!r)
        r = witness_unknown(app, arena, &names, &count);
    for (size_t i = 0; i < count && i < NAMED_MAX; i++)
        text_addf(why, "%s%s",
                  i             ? ", "
                  : why->length ? _("; the archive has files it does not know: ")
                                : _("the archive has files the database does not know: "),
                  names[i]);
    if (count > NAMED_MAX)
        text_addf(why, " … (%zu)", count);
    return r;
}

/* A host that leads has a witness from its first moment on. */
static int first_witness(struct app *app)
{
    CLEANUP(text_free) struct text witness = { 0 };
    struct view view = { 0 };
    int r = witness_read(app, SPOOL_NOTE_STATE, &witness);

    if (!r && !witness.length)
        r = see(app, &view);
    return r || witness.length ? r : write_witness(app, &view);
}

int witness_check(struct app *app)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(text_free) struct text why = { 0 };
    /* Each statement with a snapshot of its own, younger than the note or the names it is about:
     * another daemon may lead by now, and adds to all of them meanwhile. */
    int r = store_begin(app->work);

    if (!r)
        r = find_doubt(app, arena, &why);
    store_rollback(app->work);
    if (r)
        return r;
    if (why.length && strcmp(why.s, app->doubt) != 0)
        log_err("nothing is prepared or put out until a person has spoken: %s", why.s);
    if (why.length)
        text_cut(why.s, sizeof app->doubt - 1);
    snprintf(app->doubt, sizeof app->doubt, "%s", why.length ? why.s : "");
    app->witnessed.at = 0;
    return why.length ? 0 : first_witness(app);
}
