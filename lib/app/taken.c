/* What became of the files that are out: taken by the treasury, back again, or lost with their
 * folder.  Looked at when something left the outbox, at each new lead and once an hour. */
#include "call.h"
#include <base/failpoint.h>
#include <base/log.h>
#include <errno.h>

/* The next file that is written, not known to be taken, and gone. */
static int find_gone(struct app *app, struct arena *arena, struct order_file *file)
{
    bool out = true;
    int64_t after = 0;
    int r = store_begin_read(app->work);

    while (!r && out) {
        r = store_order_file_untaken(app->work, app->host, after, arena, file);
        if (r || !file->id)
            break;
        after = file->id;
        r = spool_is_out(app->spool, file->file_name, &out);
    }
    if (!r && file->id)
        r = store_order_file_body(app->work, arena, file);
    store_rollback(app->work);
    return r;
}

static int store_taken(struct app *app, const struct instance *instance, struct arena *arena,
                       const struct order_file *file)
{
    int r = leader_begin(app);

    if (!r)
        r = store_order_file_taken(app->work, file->id);
    if (!r)
        r = note_step(
            app, instance, "file.taken",
            arena_printf(arena, _("order file %s was taken out of the outbox"), file->message_id),
            "");
    return leader_end(app, r);
}

static int taken(struct app *app, const struct instance *instance, struct arena *arena,
                 const struct order_file *file)
{
    struct sha256 digest = stored_digest(file);
    int r;

    FAILPOINT(taken_seen);
    r = spool_sync_outbox(app->spool);
    FAILPOINT(taken_durable);
    if (!r)
        r = spool_look(app->spool, file->file_name, &digest);
    if (r == SPOOL_DAMAGED) /* the archive shares the bytes that the treasury took */
        return block_file(app, instance, arena, file,
                          N_("what was taken has other bytes than were decided: ask the treasury "
                             "not to execute it"));
    if (r >= 0)
        r = spool_keep_copy(app->spool, file->file_name, file->body, file->body_length, &digest);
    if (!r)
        r = store_taken(app, instance, arena, file);
    FAILPOINT(taken_stored);
    return r;
}

/* 0: what stands there under the name of a taken file has its bytes. Another file is nothing of
 * ours: it is not touched, and told until it is gone. */
static int is_returned(struct app *app, struct arena *arena, const char *name)
{
    struct order_file file = { 0 };
    struct sha256 visible, digest;
    int r = store_begin_read(app->work);

    if (!r)
        r = store_order_file_find(app->work, arena_strndup(arena, name, strlen(name) - 4), arena,
                                  &file);
    store_rollback(app->work);
    if (!r)
        r = spool_visible_digest(app->spool, name, &visible);
    if (r == -EACCES)
        return 0; /* it cannot be told apart, and must not be taken a second time */
    if (r)
        return r;
    digest = stored_digest(&file);
    return digest_equal(&visible, &digest)
               ? 0
               : err_raise(ERR_DAMAGED,
                           "outbox: %s is another file under the name of one that was taken: "
                           "somebody has to remove it",
                           name);
}

/* A file that was taken stands in the outbox again: somebody put it back, or a deletion was lost.
 */
int hide_returned(struct app *app, const struct instance *instance, struct arena *arena,
                  bool *worked)
{
    const char **names, *name = "";
    size_t count;
    int r = spool_visible(app->spool, arena, &names, &count);

    if (!r)
        r = store_begin_read(app->work);
    if (r)
        return r;
    r = store_order_file_returned(app->work, names, count, arena, &name);
    store_rollback(app->work);
    if (r || !*name)
        return r;
    r = is_returned(app, arena, name);
    if (!r)
        r = spool_hide(app->spool, name);
    if (r)
        return r == SPOOL_E_GONE ? 0 : r;
    log_err("order file %s came back into the outbox after it was taken: hidden", name);
    *worked = true;
    r = leader_begin(app);
    if (r)
        return leader_end(app, r);
    return leader_end(
        app,
        note_step(app, instance, "file.returned",
                  arena_printf(arena,
                               _("%s came back into the outbox after it was taken: it is hidden"),
                               name),
                  ""));
}

/* The outbox took the place of another one: of what was in that one nobody can say what became. */
static int doubt(struct app *app, const struct instance *instance, struct arena *arena)
{
    const char *why = N_("the outbox was replaced: either it was taken from the old one before, or "
                         "it was lost with it");
    int64_t count = 0;
    int r = leader_begin(app);

    if (!r)
        r = store_order_files_doubt(app->work, app->host, why, &count);
    if (!r)
        r = note_doubt(app, instance, arena, count, why);
    r = leader_end(app, r);
    return r ? r : spool_new_outbox_known(app->spool);
}

int replaced_step(struct app *app, const struct instance *instance, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    int r = spool_new_outbox(app->spool, worked);

    if (!r && *worked)
        r = doubt(app, instance, arena);
    *worked = *worked && !r;
    return r;
}

int taken_step(struct app *app, const struct instance *instance, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct order_file file = { 0 };
    int r;

    if (!app->stirred)
        return 0;
    r = spool_let_in(app->spool); /* somebody may have made the folder anew */
    if (!r)
        r = find_gone(app, arena, &file);
    if (!r && file.id) {
        r = taken(app, instance, arena, &file);
        *worked = !r;
        return r;
    }
    if (!r)
        r = hide_returned(app, instance, arena, worked);
    app->stirred = r || *worked;
    return r;
}
