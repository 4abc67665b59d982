/* Verifying: every row and every seal of the journal are as they were sealed, or each that is not
 * is named.  Anybody may ask; the leader does once a day, some seals at a time, and tells of what
 * it finds. */
#include "seal.h"
#include "tell.h"
#include "witness.h"
#include <base/instant.h>
#include <base/log.h>
#include <stdio.h>

enum { NAMED_MAX = 20, STEP_SEALS = 100, STEP_ENTRIES = 10000, PASS_SECONDS = 86400 };

/* Seals one after another, from LAST on. */
struct walk {
    struct app *app;
    struct seal last; /* the last one that was looked at */
    int64_t entries;
    void (*fault)(void *arg, const char *what);
    void *arg;
    unsigned faults;
};

__attribute__((format(printf, 2, 3))) static void add_fault(struct walk *w, const char *format, ...)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    va_list ap;

    va_start(ap, format);
    w->fault(w->arg, arena_vprintf(arena, format, ap));
    va_end(ap);
    w->faults++;
}

static int64_t mark_id(const unsigned char *mark)
{
    uint64_t id = 0;

    for (unsigned i = 0; i < 8; i++)
        id = id << 8 | mark[i];
    return (int64_t)id;
}

/* Names the rows in which what is stored differs from what was sealed. */
static void name_rows(struct walk *w, const struct seal *seal, const struct seal *actual)
{
    size_t stored = seal->marks_length / SEAL_MARK, found = actual->marks_length / SEAL_MARK;

    for (size_t s = 0, f = 0; s < stored || f < found;) {
        const unsigned char *was = seal->marks + s * SEAL_MARK, *is = actual->marks + f * SEAL_MARK;
        bool only_was = f == found || (s < stored && mark_id(was) < mark_id(is));
        bool only_is = s == stored || (f < found && mark_id(is) < mark_id(was));

        if (only_was)
            add_fault(w, _("journal row %lld was removed after it was sealed"),
                      (long long)mark_id(was));
        else if (only_is)
            add_fault(w, _("journal row %lld was inserted after its neighbours were sealed"),
                      (long long)mark_id(is));
        else if (memcmp(was, is, SEAL_MARK) != 0)
            add_fault(w, _("journal row %lld was changed after it was sealed"),
                      (long long)mark_id(is));
        s += !only_is;
        f += !only_was;
    }
}

static int verify_seal(struct walk *w, const struct seal *seal, struct arena *arena)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    int64_t after = w->last.number ? w->last.last_id : INT64_MIN;
    struct seal actual = { 0 };
    unsigned before = w->faults;

    if (seal->number != w->last.number + 1)
        add_fault(w, _("seal %lld is missing"), (long long)w->last.number + 1);
    TRY(store_journal_rows(w->app->work, after, seal->last_id, INT32_MAX, &table));
    if (store_table_rows(table))
        TRY(seal_make(table, &w->last, arena, &actual));
    name_rows(w, seal, &actual);
    if (w->faults == before && (seal->from_id != actual.from_id ||
                                memcmp(seal->sha256, actual.sha256, sizeof seal->sha256) != 0))
        add_fault(w, _("seal %lld itself was changed"), (long long)seal->number);
    w->entries += seal->entry_count;
    w->last = *seal;
    return 0;
}

/* Verifies the next seal; *MORE: there was one. */
static int verify_next(struct walk *w, bool *more)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct seal seal;

    TRY(store_seal_after(w->app->work, w->last.number, arena, &seal));
    *more = seal.number != 0;
    if (*more)
        TRY(verify_seal(w, &seal, arena));
    w->last.marks = NULL; /* they went with the arena */
    return 0;
}

/* --- whoever asks ----------------------------------------------------------------------------- */

static void refuse_broken(struct call *call)
{
    refuse_call(call, APP_CONFLICT, "journal_broken",
                _("keep the database as it is and compare it with a backup"),
                _("the journal is not what was sealed"));
}

struct verification {
    struct call *call;
    unsigned named;
};

static void name_fault(void *arg, const char *what)
{
    struct verification *v = arg;

    if (!v->named)
        refuse_broken(v->call);
    if (v->named++ < NAMED_MAX)
        refuse_detail(v->call, 0, 0, what);
}

static bool is_head(const struct call *call, const struct seal *seal)
{
    const char *head = arg_text(call, "head");
    struct sha256 digest;

    return head && digest_parse(&digest, head) &&
           !memcmp(digest.bytes, seal->sha256, sizeof digest.bytes);
}

/* Every seal, and what was last seen outside the database; what is wrong is in the answer. */
static int verify_all(struct call *call, struct walk *w)
{
    CLEANUP(text_free) struct text seen = { 0 };
    bool more = true, head_seen = !arg_text(call, "head");

    while (more) {
        TRY(verify_next(w, &more));
        head_seen = head_seen || (more && is_head(call, &w->last));
    }
    if (!head_seen)
        add_fault(w, _("no seal has the head %s: the journal's end was cut off, or it is another"),
                  arg_text(call, "head"));
    if (call->app->lease) /* a note of another daemon may be younger than what is read here */
        TRY(witness_against(call->app, &seen));
    if (seen.length)
        add_fault(w, "%s", seen.s);
    return 0;
}

static int put_verified(struct call *call, const struct walk *w)
{
    char hex[SHA256_HEX_MAX] = "";
    struct sha256 digest;
    int64_t unsealed;

    TRY(store_unsealed(call->app->work, &unsealed));
    memcpy(digest.bytes, w->last.sha256, sizeof digest.bytes);
    if (w->last.number)
        digest_hex(hex, &digest);
    json_object_set_new(result(call), "verification",
                        json_pack("{s:I, s:I, s:I, s:s}", "seals", (json_int_t)w->last.number,
                                  "entries", (json_int_t)w->entries, "unsealed",
                                  (json_int_t)unsealed, "head", hex));
    json_object_set_new(result(call), "message",
                        json_string(_("every sealed row of the journal is as it was written")));
    return 0;
}

int journal_verify(struct call *call)
{
    struct verification v = { .call = call };
    struct walk w = { .app = call->app, .fault = name_fault, .arg = &v };

    TRY(verify_all(call, &w));
    if (w.faults) {
        call->app->verified.at = 0; /* who leads looks again with the next tick, and tells */
        return APP_REFUSED;
    }
    return put_verified(call, &w);
}

/* --- the leader's daily pass ------------------------------------------------------------------ */

static void keep_first(void *arg, const char *what)
{
    struct app *app = arg;

    if (app->verified.faults < NAMED_MAX)
        log_err("%s", what);
    if (!app->verified.faults++)
        snprintf(app->verified.first, sizeof app->verified.first, "%s", what);
}

/* Some seals on from where the pass stands; *OVER: there are no more. */
static int walk_on(struct app *app, bool *over)
{
    struct walk w = { .app = app, .last = app->verified.last, .fault = keep_first, .arg = app };
    unsigned before = app->verified.faults;
    bool more = true;
    int r = store_begin_read(app->work);

    for (int i = 0; !r && more && i < STEP_SEALS && w.entries < STEP_ENTRIES; i++)
        r = verify_next(&w, &more);
    store_rollback(app->work);
    if (!r)
        app->verified.last = w.last;
    else
        app->verified.faults = before; /* the same seals come again */
    *over = !r && !more;
    return r;
}

/* Once a day while it is so. */
static int tell_broken(struct app *app, const struct instance *instance)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct journal_row row = { .kind = "journal.broken", .what = app->verified.first };
    unsigned others = app->verified.faults - 1;
    char day[DATE_TEXT_MAX];

    row.event = arena_printf(arena, "journal.broken/%s/%u",
                             date_format(day, business_day(instance)), others + 1);
    row.why = others ? arena_printf(arena,
                                    ngettext("%u other place is not as it was sealed",
                                             "%u other places are not as they were sealed", others),
                                    others)
                     : "";
    return tell_keepers(app, instance, &row);
}

int verify_step(struct app *app, const struct instance *instance, bool *worked)
{
    bool over = false;
    int r;

    if (app->verified.at && monotonic_seconds() - app->verified.at < PASS_SECONDS)
        return 0;
    if (!app->verified.last.number)
        app->verified.faults = 0;
    r = walk_on(app, &over);
    if (!r && over && app->verified.faults)
        r = tell_broken(app, instance);
    if (!r && over) {
        app->verified.at = monotonic_seconds();
        app->verified.told = app->verified.faults;
        app->verified.last = (struct seal){ 0 };
    }
    *worked = !r;
    return r;
}
