/* Scrubbing: every order file is read once more, in the table and in the archive, and compared with
 * its digest.  Disks lose bits in silence, and a row may be changed by hand. */
#include "call.h"
#include <spool/note.h>

enum { NAMED_MAX = 20 };

struct scrub {
    struct call *call;
    int64_t files, archived;
    unsigned faults;
};

static void add_fault(struct scrub *s, const char *what, const struct order_file *file)
{
    if (!s->faults)
        refuse(s->call, APP_CONFLICT, "file_damaged",
               _("keep both as they are; put the damaged one back from a backup"),
               _("an order file is not what was decided"));
    if (s->faults < NAMED_MAX)
        refuse_detail(s->call, 0, 0, arena_printf(s->call->arena, what, file->message_id));
    s->faults++;
}

static int is_damaged(const void *bytes, size_t length, const struct order_file *file,
                      bool *damaged)
{
    struct sha256 actual;
    int r = digest_sha256(&actual, bytes, length);

    *damaged = !r && memcmp(actual.bytes, file->sha256, sizeof actual.bytes) != 0;
    return r;
}

/* The archive of another host cannot be read from here. */
static int scrub_archive(struct scrub *s, const struct order_file *file)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    bool damaged = false;
    int r;

    if (!file->written || strcmp(file->host, s->call->app->host) != 0)
        return 0;
    r = spool_archive_read(s->call->app->spool, file->file_name, &bytes);
    if (r == SPOOL_E_GONE) {
        add_fault(s, _("order file %s is missing in the archive"), file);
        return 0;
    }
    s->archived++;
    if (!r)
        r = is_damaged(bytes.s, bytes.length, file, &damaged);
    if (!r && damaged)
        add_fault(s, _("order file %s has other bytes in the archive"), file);
    return r;
}

static int scrub_file(struct scrub *s, const struct order_file *file)
{
    bool damaged = false;
    int r = is_damaged(file->body, file->body_length, file, &damaged);

    s->files++;
    if (!r && damaged)
        add_fault(s, _("order file %s has other bytes in the database"), file);
    return r ? r : scrub_archive(s, file);
}

int file_verify(struct call *call)
{
    struct scrub s = { .call = call };
    struct order_file file = { 0 };

    do {
        CLEANUP(arena_freep) struct arena *arena = arena_new();

        TRY(store_order_file_after(call->app->work, file.id, arena, &file));
        if (file.id)
            TRY(scrub_file(&s, &file));
    } while (file.id);
    if (s.faults)
        return APP_REFUSED;
    json_object_set_new(
        result(call), "verification",
        json_pack("{s:I, s:I}", "files", (json_int_t)s.files, "archived", (json_int_t)s.archived));
    json_object_set_new(result(call), "message",
                        json_string(_("every order file is as it was decided")));
    return 0;
}
