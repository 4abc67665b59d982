/* A person decides where the database and the folders do not tell the same: whether a file was
 * taken, and that a database that went back in time is the one to go on with. */
#include "reconcile.h"
#include "witness.h"

/* Only the leader's host can look into its folders, and only the leader may change what is in them.
 */
static int need_lead(struct call *call)
{
    struct lease lease;

    TRY(store_lease_show(call->app->work, &lease));
    if (!strcmp(lease.holder, call->app->holder) && lease.until_ms > 0)
        return 0; /* perhaps of a number that the last decision ended */
    return refuse(call, APP_CONFLICT, "standby", _("ask the daemon that leads"),
                  _("this daemon stands by and does not touch the folders"));
}

static int record_decision(struct call *call, const char *decision, const char *file_name,
                           const unsigned char sha256[static 32])
{
    struct reconciliation row = { decision,         file_name,    sha256,
                                  arg_reason(call), call->person, call->today };

    return stored(call, store_reconciliation_add(call->app->work, &row));
}

/* Every decision ends the lease number: what an older one still writes cannot be mistaken. */
static int end_lease_number(struct call *call, const char *above)
{
    int64_t number = above ? spool_lease_of(above) : 0;

    if (above && !number)
        return refuse(call, APP_INVALID, "bad_message_id",
                      _("give the last MsgId that the treasury knows"),
                      _("\"%s\" is no MsgId of ours"), above);
    return stored(call, store_lease_end(call->app->work, number));
}

/* What is known against the database is overruled: from now on it is the one. */
static int accept_database(struct call *call)
{
    struct sha256 missing_digest;
    const char **names;
    bool missing;
    size_t count;

    TRY(witness_unknown(call->app, call->arena, &names, &count));
    if (count)
        return refuse(call, APP_CONFLICT, "files_undecided",
                      _("tranchectl file reconcile MSGID --taken or --not-taken, for each of them"),
                      _("the archive has %s, which the database does not know (%zu in all)"),
                      names[0], count);
    if (!*call->app->doubt && !arg_text(call, "above"))
        return refuse(call, APP_CONFLICT, "no_doubt", NULL,
                      _("the database is just what was last seen of it"));
    for (int p = 0; p < SPOOL_NOTE_PLACES; p++) {
        CLEANUP(text_free) struct text witness = { 0 };
        struct sha256 digest;

        TRY(witness_read(call->app, (enum spool_note_place)p, &witness));
        if (!witness.length)
            continue;
        TRY(digest_sha256(&digest, witness.s, witness.length));
        TRY(record_decision(call, "accepted", NULL, digest.bytes));
    }
    TRY(witness_missing(call->app, &missing_digest, &missing));
    if (missing)
        TRY(record_decision(call, "accepted", NULL, missing_digest.bytes));
    return note(call, "file.reconciled", NULL, 0, arg_reason(call),
                _("the database is accepted as it is; it was in doubt: %s"),
                *call->app->doubt ? call->app->doubt : "-");
}

/* What the folders show to be ours still was not taken; after a restart of the machine they may
 * show what is no longer true. */
static int check_gone(struct call *call, const char *name, const char *boot_id)
{
    bool out = false;
    int r;

    if (boot_id && strcmp(boot_id, call->app->boot_id) != 0)
        return 0;
    r = spool_is_ours(call->app->spool, name, &out);
    if (r || !out)
        return r;
    return refuse(call, APP_CONFLICT, "not_taken",
                  _("wait until it is gone, or say --not-taken: it goes out with its stored bytes"),
                  _("order file %s was not taken: it stands in the outbox, or never left it"),
                  arg_text(call, "ref"));
}

/* A file in the archive that the database does not know. */
static int decide_unknown(struct call *call, const char *name, bool taken)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    struct sha256 digest;
    int r = spool_archive_read(call->app->spool, name, &bytes);

    if (r == SPOOL_E_GONE)
        return refuse(call, APP_UNKNOWN, "unknown_file",
                      _("tranchectl file list shows those there are"),
                      _("there is no order file %s"), arg_text(call, "ref"));
    if (!r)
        r = digest_sha256(&digest, bytes.s, bytes.length);
    if (r)
        return r;
    if (taken)
        TRY(check_gone(call, name, call->app->boot_id));
    if (taken)
        TRY(adopt_file(call, name, &bytes, &digest));
    else if (!call->check) /* before it is void nobody may take it any more */
        r = spool_hide(call->app->spool, name);
    if (r == SPOOL_E_GONE)
        json_object_set_new(
            result(call), "message",
            json_sprintf(_("order file %s does not stand in the outbox: make sure that "
                           "the treasury did not take it"),
                         arg_text(call, "ref")));
    if (r < 0)
        return r;
    TRY(record_decision(call, taken ? "adopted" : "void", name, digest.bytes));
    return note(call, "file.reconciled", NULL, 0, arg_reason(call),
                taken
                    ? _("order file %s, which the database had lost, is known again: it was taken")
                    : _("order file %s, which the database had lost, is void: it was not taken"),
                arg_text(call, "ref"));
}

/* What else taken_step() does of a file that was taken; no name of ours is left in the outbox. */
static int tidy_taken(struct call *call, const struct order_file *file)
{
    struct sha256 digest = stored_digest(file);
    int r = spool_clear_tokens(call->app->spool, file->file_name);

    return r ? r
             : spool_keep_copy(call->app->spool, file->file_name, file->body, file->body_length,
                               &digest);
}

static int decide_known(struct call *call, const struct order_file *file, bool taken)
{
    bool foreign = !file->written && strcmp(file->host, call->app->host) != 0;

    if (!*file->blocked && !foreign)
        return refuse(call, APP_CONFLICT, "no_doubt", _("tranchectl file show says more"),
                      _("order file %s is not in doubt"), file->message_id);
    if (taken && (file->boot_id || file->written))
        TRY(check_gone(call, file->file_name, file->boot_id));
    if (taken && !call->check)
        TRY(tidy_taken(call, file));
    TRY(stored(call, taken ? store_order_file_settled(call->app->work, file->id)
                           : store_order_file_again(call->app->work, file->id, call->app->host)));
    TRY(record_decision(call, taken ? "taken" : "not_taken", file->file_name, file->sha256));
    return note(call, "file.reconciled", NULL, 0, arg_reason(call),
                taken ? _("order file %s was taken: it is not put out again")
                      : _("order file %s was not taken: it is put out with its stored bytes"),
                file->message_id);
}

int file_reconcile(struct call *call)
{
    const char *message_id = arg_text(call, "ref");
    bool taken = arg_flag(call->args, "taken"), not_taken = arg_flag(call->args, "not-taken");
    struct order_file file;

    TRY(need_lead(call));
    if (taken == not_taken && (message_id || taken))
        return refuse(call, APP_BAD_REQUEST, "bad_argument",
                      _("--taken: the treasury has it; --not-taken: it never will"),
                      _("file reconcile MSGID needs one of --taken and --not-taken"));
    TRY(end_lease_number(call, arg_text(call, "above")));
    if (!message_id)
        return taken || not_taken ? refuse(call, APP_BAD_REQUEST, "missing_argument",
                                           _("tranchectl status names the files"),
                                           _("which file was taken, or was not?"))
                                  : accept_database(call);
    TRY(stored(call, store_order_file_find(call->app->work, message_id, call->arena, &file)));
    return file.id ? decide_known(call, &file, taken)
                   : decide_unknown(call, arena_printf(call->arena, "%s.xml", message_id), taken);
}
