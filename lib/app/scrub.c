/* Scrubbing: every order file is read once more, in the table and in the archive, and compared with
 * its digest.  Disks lose bits in silence, and a row may be changed by hand. */
#include "call.h"
#include <spool/note.h>

enum { NAMED_MAX = 20 };

struct scrub {
    struct call *call;
    void (*fault)(void *arg, const char *what, const struct order_file *file);
    void *arg;
    struct scrubbed *found;
};

static void add_fault(struct scrub *s, const char *what, const struct order_file *file)
{
    s->found->faults++;
    s->fault(s->arg, what, file);
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

    if (file->written && strcmp(file->host, s->call->app->host) != 0)
        s->found->elsewhere++;
    if (!file->written || strcmp(file->host, s->call->app->host) != 0)
        return 0;
    r = spool_archive_read(s->call->app->spool, file->file_name, &bytes);
    if (r == SPOOL_E_GONE) {
        add_fault(s, _("order file %s is missing in the archive"), file);
        return 0;
    }
    s->found->archived++;
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

    s->found->files++;
    if (!r && damaged)
        add_fault(s, _("order file %s has other bytes in the database"), file);
    return r ? r : scrub_archive(s, file);
}

int scrub_files(struct call *call,
                void (*fault)(void *arg, const char *what, const struct order_file *file),
                void *arg, struct scrubbed *found)
{
    struct scrub s = { call, fault, arg, found };
    struct order_file file = { 0 };

    *found = (struct scrubbed){ 0 };
    do {
        CLEANUP(arena_freep) struct arena *arena = arena_new();

        TRY(store_order_file_after(call->app->work, file.id, arena, &file));
        if (file.id)
            TRY(scrub_file(&s, &file));
    } while (file.id);
    return 0;
}

/* The first fault makes the refusal, those after it are its details. */
struct verify {
    struct call *call;
    unsigned named;
};

static void refuse_fault(void *arg, const char *what, const struct order_file *file)
{
    struct verify *verify = arg;

    if (!verify->named)
        refuse_call(verify->call, APP_CONFLICT, "file_damaged",
                    _("keep both as they are; put the damaged one back from a backup"),
                    _("an order file is not what was decided"));
    if (verify->named++ < NAMED_MAX)
        refuse_detail(verify->call, 0, 0,
                      arena_printf(verify->call->arena, what, file->message_id));
}

int file_verify(struct call *call)
{
    struct verify verify = { .call = call };
    struct scrubbed found;

    TRY(scrub_files(call, refuse_fault, &verify, &found));
    if (found.faults)
        return APP_REFUSED;
    json_object_set_new(result(call), "verification",
                        json_pack("{s:I, s:I}", "files", (json_int_t)found.files, "archived",
                                  (json_int_t)found.archived));
    json_object_set_new(
        result(call), "message",
        found.elsewhere
            ? json_sprintf(
                  ngettext("every order file is as it was decided; %lld of them is in the "
                           "archive of another host, and was not compared there",
                           "every order file is as it was decided; %lld of them are in the "
                           "archive of other hosts, and were not compared there",
                           (unsigned long)found.elsewhere),
                  (long long)found.elsewhere)
            : json_string(_("every order file is as it was decided")));
    return 0;
}
