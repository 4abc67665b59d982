#include "call.h"
#include <base/failpoint.h>
#include <base/instant.h>
#include <base/log.h>
#include <stdio.h>
#include <unistd.h>

static void read_line(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");

    out[0] = '\0';
    if (!f)
        return;
    if (fgets(out, (int)size, f))
        out[strcspn(out, "\r\n")] = '\0';
    (void)fclose(f);
}

int app_init(struct app *app, const struct conf *conf, struct spool *spool, struct uploads *uploads)
{
    *app = (struct app){ .conf = conf, .spool = spool, .uploads = uploads };
    read_line(failpoint_path("machine_id", "/etc/machine-id"), app->machine, sizeof app->machine);
    if (!app->machine[0] && gethostname(app->machine, sizeof app->machine - 1) != 0)
        return err_raise(ERR_LIBRARY, "this machine has neither a machine-id nor a name");
    read_line(failpoint_path("boot_id", "/proc/sys/kernel/random/boot_id"), app->boot_id,
              sizeof app->boot_id);
    return digest_random_id(app->holder);
}

static const struct {
    const char *noun, *verb;
    int (*handler)(struct call *);
} HANDLERS[] = {
    { "scheme", "import", scheme_import },
    { "scheme", "list", scheme_list },
    { "scheme", "show", scheme_show },
    { "scheme", "decision", scheme_decision },
    { "convention", "import", convention_import },
    { "convention", "list", convention_list },
    { "convention", "show", convention_show },
    { "convention", "sign", convention_sign },
    { "convention", "unsign", convention_unsign },
    { "convention", "launch", convention_launch },
    { "convention", "unlaunch", convention_unlaunch },
    { "convention", "amend", convention_amend },
    { "convention", "suspend", convention_suspend },
    { "convention", "resume", convention_resume },
    { "convention", "terminate", convention_terminate },
    { "account", "propose", account_propose },
    { "account", "verify", account_verify },
    { "account", "list", account_list },
    { "report", "receive", report_receive },
    { "report", "accept", report_accept },
    { "report", "refuse", report_refuse },
    { "report", "waive", report_waive },
    { "report", "withdraw", report_withdraw },
    { "tranche", "list", tranche_list },
    { "tranche", "show", tranche_show },
    { "tranche", "why", tranche_show },
    { "tranche", "approve", tranche_approve },
    { "tranche", "override", tranche_override },
    { "proposal", "list", proposal_list },
    { "order", "list", order_list },
    { "order", "show", order_show },
    { "order", "cancel", order_cancel },
    { "order", "release", order_release },
    { "order", "reissue", order_reissue },
    { "answer", "import", answer_import },
    { "answer", "list", answer_list },
    { "answer", "show", answer_show },
    { "answer", "find", answer_find },
    { "answer", "unmatched", answer_unmatched },
    { "answer", "link", answer_link },
    { "answer", "dismiss", answer_dismiss },
    { "forecast", "show", forecast_show },
    { "reconcile", "show", reconcile_show },
    { "file", "list", file_list },
    { "file", "show", file_show },
    { "file", "reconcile", file_reconcile },
    { "file", "verify", file_verify },
    { "journal", "list", journal_list },
    { "journal", "verify", journal_verify },
    { "document", "list", document_list },
    { "document", "save", document_save },
    { "mail", "list", mail_list },
    { "mail", "show", mail_show },
    { "mail", "preview", mail_preview },
    { "mail", "retry", mail_retry },
    { "mail", "cancel", mail_cancel },
    { "calendar", "show", calendar_show },
    { "clock", "show", clock_show },
    { "clock", "set", clock_set },
    { "status", "show", status_show },
};

static int (*find_handler(const struct wire_command *command))(struct call *)
{
    for (size_t i = 0; i < ARRAY_LEN(HANDLERS); i++)
        if (!strcmp(HANDLERS[i].noun, command->noun) && !strcmp(HANDLERS[i].verb, command->verb))
            return HANDLERS[i].handler;
    return NULL;
}

/* What the command is about, as far as it was said. */
static const char *record_asked(const struct call *call)
{
    const char *ref = arg_text(call, "ref");

    return ref ? ref : call->command->noun;
}

/* Each argument is known, of its type and within bounds; each required one is there. */
static int check_arg(struct call *call, const char *name, json_t *value)
{
    const struct wire_arg *arg = wire_arg(call->command, name);
    const char *s = json_string_value(value);
    struct date date;

    if (wire_file_arg(call->command) && is_upload_arg(name) && s && strlen(s) <= 255 &&
        !text_has_control(s))
        return 0;
    if (!arg || arg->type == WIRE_FILE)
        return refuse(call, APP_BAD_REQUEST, "unknown_argument",
                      _("the command's --help lists what it takes"),
                      _("%s %s has no argument \"%s\""), call->command->noun, call->command->verb,
                      name);
    if (arg->type == WIRE_FLAG)
        return arg_flag(call->args, name) ? 0
                                          : refuse(call, APP_BAD_REQUEST, "bad_argument", NULL,
                                                   _("--%s takes no value"), name);
    if (!s || strlen(s) > 500 || text_has_control(s))
        return refuse(call, APP_BAD_REQUEST, "bad_argument",
                      _("shorten it, or take out line breaks"),
                      _("--%s: one line of text, at most 500 bytes, is needed"), name);
    if (arg->type == WIRE_DATE && !date_parse(&date, s))
        return refuse(call, APP_INVALID, "bad_date", _("write it as YYYY-MM-DD"),
                      _("%s: %s%s: \"%s\" is not a day of the calendar"), record_asked(call),
                      arg->positional ? "" : "--", name, s);
    return 0;
}

static int check_args(struct call *call)
{
    const struct wire_arg *arg;
    const char *name;
    json_t *value;

    json_object_foreach(call->args, name, value)
        TRY(check_arg(call, name, value));
    for (size_t i = 0; (arg = wire_arg_at(call->command, i)); i++) {
        const char *s = arg_text(call, arg->name);

        if (arg->type == WIRE_FILE && call->body_length)
            continue;
        if (arg->type == WIRE_SAVE || arg->type == WIRE_PICTURE) /* the tool's own */
            continue;
        if (arg->type == WIRE_FILE &&
            (arg->required || arg_text(call, "upload") || arg_text(call, "file-name")))
            return refuse(call, APP_INVALID, "empty_file", _("choose another file"),
                          _("the file is empty"));
        if (arg->required && (!s || !*s))
            return refuse(call, APP_BAD_REQUEST, "missing_argument",
                          _("the command's --help lists what it takes"),
                          _("%s %s: %s%s is missing"), call->command->noun, call->command->verb,
                          arg->positional ? "" : "--", arg->name);
    }
    return 0;
}

static int check_day(struct call *call)
{
    call->today = business_day(&call->instance);
    if (date_is_set(call->today) || !call->command->changes || call->command->roles == WIRE_ADMIN)
        return 0;
    return refuse(call, APP_CONFLICT, "no_day",
                  _("set its first day: tranchectl clock set YYYY-MM-DD"),
                  _("this rehearsal's clock has no day yet"));
}

/* Inside the transaction. */
static int carry_out(struct call *call)
{
    int (*handler)(struct call *) = find_handler(call->command);

    if (!handler)
        return err_raise(ERR_LIBRARY, "%s %s has no handler", call->command->noun,
                         call->command->verb);
    TRY(stored(call, store_instance(call->app->work, &call->instance)));
    TRY(check_day(call));
    if (arg_text(call, "upload") && wire_file_arg(call->command))
        TRY(map_upload(call, arg_text(call, "upload")));
    TRY(check_args(call));
    TRY(handler(call));
    wire_add_totals(call->command, result(call));
    return 0;
}

/* The same command once more: the answer it got. One that still waits for the clock waits again. */
static int answer_again(struct call *call, const char *earlier)
{
    json_error_t error;

    call->answer->result = earlier ? json_loads(earlier, 0, &error) : NULL;
    call->answer->park = !earlier;
    return earlier && !call->answer->result
               ? err_raise(ERR_DAMAGED, "request %s: its stored answer cannot be read",
                           call->request->id)
               : APP_REPEATED;
}

/* Takes the request's id, first thing in its transaction. */
static int take_request(struct call *call)
{
    const char *earlier = NULL;
    int r;

    if (!call->request->id)
        return refuse(call, APP_BAD_REQUEST, "missing_request_id",
                      _("make an id of 8 to 64 letters, digits and \"-\"; repeat it only to repeat "
                        "the same command"),
                      _("%s %s changes something and needs the header %s"), call->command->noun,
                      call->command->verb, WIRE_REQUEST_HEADER);
    r = store_request_take(call->app->work, call->request->id, call->person,
                           call->request->digest.bytes, call->arena, &earlier);
    if (r == REQUEST_E_DONE)
        return answer_again(call, earlier);
    if (r == REQUEST_E_OTHER)
        return refuse(call, APP_CONFLICT, "request_reused", _("make a new id for a new command"),
                      _("request id %s belongs to another command"), call->request->id);
    if (r == STORE_E_REFUSED)
        return refuse(call, APP_BAD_REQUEST, "bad_request_id",
                      _("8 to 64 letters, digits, \"-\" and \"_\""), _("\"%s\" is no request id"),
                      call->request->id);
    return stored(call, r);
}

/* The answer is stored with the act; one that waits for the clock has none yet. */
static int keep_answer(struct call *call)
{
    CLEANUP(mem_freep) char *text = NULL;

    if (call->answer->park)
        return 0;
    text = json_dumps(result(call), JSON_COMPACT);
    return stored(call, store_request_answer(call->app->work, call->request->id, text));
}

static int change(struct call *call)
{
    TRY(take_request(call));
    FAILPOINT(command_taken);
    TRY(carry_out(call));
    TRY(keep_answer(call));
    FAILPOINT(command_carried_out);
    return store_notify(call->app->work, "daemon");
}

/* Everything happens as it would, and is taken back. */
static int check_only(struct call *call)
{
    TRY(carry_out(call));
    call->answer->park = false;
    json_object_set_new(result(call), "checked", json_true());
    json_object_set_new(result(call), "message",
                        json_string(_("checked only: nothing was changed")));
    return APP_REPEATED;
}

void app_away(const struct app *app, struct answer *answer)
{
    int64_t now = monotonic_seconds();
    const char *hint = _("nothing was changed: repeat it once the database is back");

    if (!app->away.since)
        app_refuse(answer, APP_AWAY, "database_away", hint, _("the database is away"));
    else
        app_refuse(answer, APP_AWAY, "database_away", hint,
                   _("the database is away for %lld s: %s; next attempt in %lld s"),
                   (long long)(now - app->away.since), app->away.why,
                   (long long)(app->away.next > now ? app->away.next - now : 0));
}

static void answer_broken(struct call *call, int r)
{
    struct answer *a = call->answer;

    if (r == ERR_DB_AWAY)
        app_away(call->app, a);
    else if (r == ERR_UNKNOWN)
        app_refuse(
            a, APP_AWAY, "outcome_unknown",
            _("repeat it with the same request id: it is done once"),
            _("the connection was lost while storing: it is not known whether it was stored"));
    else
        app_refuse(a, APP_BROKEN, "broken", _("nothing was changed; the service's log says more"),
                   _("something is broken in the service or its database"));
}

static int call_in_transaction(struct call *call)
{
    struct store *work = call->app->work;
    bool changes = call->command->changes && !call->check;
    int r = call->command->changes ? store_begin(work) : store_begin_read(work);

    if (!r)
        r = changes ? change(call) : call->check ? check_only(call) : carry_out(call);
    if (!r) {
        r = store_commit(work);
        FAILPOINT(command_stored);
        call->answer->changed = !r && changes;
        return r;
    }
    store_rollback(work);
    return r;
}

void app_call(struct app *app, const struct request *request, struct answer *answer)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const struct wire_command *command = request->command;
    struct call call = { .app = app,
                         .command = command,
                         .request = request,
                         .person = request->caller.person,
                         .args = request->args,
                         .body = request->body,
                         .body_length = request->body_length,
                         .check = command->changes && arg_flag(request->args, "check"),
                         .arena = arena,
                         .answer = answer };
    int r;

    *answer = (struct answer){ .status = 200 };
    if (!(command->roles & (unsigned)request->caller.role)) {
        app_refuse(answer, APP_FORBIDDEN, "wrong_role", _("ask somebody who has the role"),
                   _("%s is %s and may not do \"%s %s\""), call.person,
                   tr_word(role_name(request->caller.role)), command->noun, command->verb);
        return;
    }
    r = app->work ? call_in_transaction(&call) : ERR_DB_AWAY;
    upload_release(&call.upload);
    if (!r && arg_text(&call, "upload") && answer->changed)
        uploads_remove(app->uploads, call.person, arg_text(&call, "upload"));
    if (r && r != APP_REFUSED && r != APP_REPEATED) /* whatever it is, nothing was stored */
        answer_broken(&call, r);
}

int app_journal_denied(struct app *app, const char *person, const char *as)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct journal_row row = { .kind = "access.denied" };
    char day[DATE_TEXT_MAX];
    struct instance instance;
    int r;

    row.what = arena_printf(arena, _("%s tried to act as %s on a live database"), person, as);
    row.event =
        arena_printf(arena, "access.denied/%s/%s", person,
                     date_format(day, instant_to_local(instant_now()).date)); /* once a day */
    if (!app->work)
        return ERR_DB_AWAY;
    r = store_begin(app->work);
    if (!r)
        r = store_instance(app->work, &instance);
    if (!r)
        r = journal_add(app, &instance, person, NULL, &row, 1);
    if (!r)
        return store_commit(app->work);
    store_rollback(app->work);
    return r;
}
