/* What a restart of the machine leaves in doubt.  A removal that was not on disk when the machine
 * died brings a file back that the treasury has.  So whatever was going out, or stood in the
 * outbox, under an earlier boot waits, hidden, for a person, unless the leader had stopped in good
 * order before.  The door of the state folder is shut when the machine starts, and opened only
 * after. */
#include "call.h"
#include "witness.h"
#include <base/log.h>

static const char RESTARTED[] =
    N_("the machine was restarted while it was going out or stood in the outbox: either the "
       "treasury never took it, or it did and the removal was lost");

static int note_stop(struct app *app, const char *boot_id)
{
    char name[NOTE_NAME_MAX];

    note_name(app, "stopped", name);
    return spool_note_write(app->spool, name, boot_id);
}

int stopped_in_order(struct app *app)
{
    return note_stop(app, app->boot_id);
}

/* Whether the leader stopped in good order under BOOT_ID, and nobody led since. */
static int was_in_order(struct app *app, const char *boot_id, bool *in_order)
{
    CLEANUP(text_free) struct text last = { 0 };
    char name[NOTE_NAME_MAX];
    int r;

    note_name(app, "stopped", name);
    r = spool_note_read(app->spool, SPOOL_NOTE_STATE, name, &last);
    *in_order = !r && last.length && !strcmp(last.s, boot_id);
    return r;
}

/* Whether it may be in the treasury's hands though the folders show it as ours. */
static int is_doubtful(struct app *app, const struct order_file *file, bool *doubtful)
{
    struct sha256 digest = stored_digest(file);
    bool out = false, in_order = false;
    int place, r = was_in_order(app, file->boot_id, &in_order);

    if (!r)
        r = spool_is_out(app->spool, file->file_name, &out);
    if (r)
        return r;
    place = spool_look(app->spool, file->file_name, &digest);
    *doubtful = !in_order && (place == SPOOL_TOKEN || (place == SPOOL_OUT && out));
    return place < 0 ? place : 0;
}

static int settle(struct app *app, const struct instance *instance, struct arena *arena,
                  struct order_file *file)
{
    bool doubtful = false;
    int r = is_doubtful(app, file, &doubtful);

    if (r)
        return r;
    if (doubtful)
        return block_file(app, instance, arena, file, RESTARTED);
    r = leader_begin(app);
    return leader_end(app, r ? r : store_order_file_booted(app->work, file->id, app->boot_id));
}

/* What waits for a person is not for the treasury. */
static int hide_blocked(struct app *app, struct arena *arena)
{
    const char **names;
    size_t count;
    int r = store_begin_read(app->work);

    if (!r)
        r = store_order_files_blocked(app->work, app->host, arena, &names, &count);
    store_rollback(app->work);
    for (size_t i = 0; !r && i < count; i++)
        r = spool_take_back(app->spool, names[i]);
    return r;
}

/* The archive of this machine was lost, and with it the fence of what was out. */
static int block_orphaned(struct app *app, const struct instance *instance, struct arena *arena)
{
    static const char why[] =
        N_("it was put out beside another archive, which is lost: either it was "
           "taken before, or it was lost too");
    int64_t count = 0;
    int r = leader_begin(app);

    if (!r)
        r = store_order_files_orphaned(app->work, app->machine, app->host, why, &count);
    if (!r)
        r = note_doubt(app, instance, arena, count, why);
    return leader_end(app, r);
}

int boot_step(struct app *app, const struct instance *instance, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct order_file file = { 0 };
    int r;

    if (app->settled)
        return 0;
    r = store_begin_read(app->work);
    if (!r)
        r = store_order_file_other_boot(app->work, app->host, app->boot_id, arena, &file);
    store_rollback(app->work);
    if (!r && file.id) {
        r = settle(app, instance, arena, &file);
        *worked = !r;
        return r;
    }
    if (!r)
        r = block_orphaned(app, instance, arena);
    if (!r)
        r = hide_returned(app, instance, arena, worked);
    if (r || *worked)
        return r;
    r = hide_blocked(app, arena);
    if (!r)
        r = note_stop(app, "");
    if (!r)
        r = spool_let_in(app->spool);
    app->settled = !r;
    return r;
}
