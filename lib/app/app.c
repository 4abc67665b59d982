#include "call.h"
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
    fclose(f);
}

int app_init(struct app *app, const struct conf *conf, struct spool *spool)
{
    char machine[64] = "";

    *app = (struct app){ .conf = conf, .spool = spool };
    read_line("/etc/machine-id", machine, sizeof machine);
    if (!machine[0] && gethostname(machine, sizeof machine - 1) != 0)
        return err_raise(ERR_LIBRARY, "this machine has neither a machine-id nor a name");
    snprintf(app->host, sizeof app->host, "%s/%s", machine, spool_id(spool));
    read_line("/proc/sys/kernel/random/boot_id", app->boot_id, sizeof app->boot_id);
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
    { "convention", "launch", convention_launch },
    { "convention", "suspend", convention_suspend },
    { "convention", "resume", convention_resume },
    { "convention", "terminate", convention_terminate },
    { "account", "propose", account_propose },
    { "account", "verify", account_verify },
    { "account", "list", account_list },
    { "report", "receive", report_receive },
    { "report", "accept", report_accept },
    { "report", "refuse", report_refuse },
    { "tranche", "list", tranche_list },
    { "tranche", "show", tranche_show },
    { "tranche", "why", tranche_show },
    { "order", "list", order_list },
    { "order", "show", order_show },
    { "file", "list", file_list },
    { "file", "show", file_show },
    { "journal", "list", journal_list },
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

/* Each argument is known, of its type and within bounds; each required one is there. */
static int check_arg(struct call *call, const char *name, json_t *value)
{
    const struct wire_arg *arg = wire_arg(call->command, name);
    const char *s = json_string_value(value);
    struct date date;

    if (!arg || arg->type == WIRE_FILE)
        return refuse(call, APP_BAD_REQUEST, "unknown_argument", NULL,
                      _("%s %s has no argument \"%s\""), call->command->noun, call->command->verb,
                      name);
    if (arg->type == WIRE_FLAG)
        return json_is_true(value) || (s && !strcmp(s, "true"))
                   ? 0
                   : refuse(call, APP_BAD_REQUEST, "bad_argument", NULL, _("--%s takes no value"),
                            name);
    if (!s || strlen(s) > 500 || text_has_control(s))
        return refuse(call, APP_BAD_REQUEST, "bad_argument", NULL,
                      _("--%s: one line of text, at most 500 bytes, is needed"), name);
    if (arg->type == WIRE_DATE && !date_parse(&date, s))
        return refuse(call, APP_INVALID, "bad_date", _("write it as YYYY-MM-DD"),
                      _("%s: \"%s\" is not a day of the calendar"), name, s);
    return 0;
}

static int check_args(struct call *call)
{
    const char *name;
    json_t *value;

    json_object_foreach(call->args, name, value)
        TRY(check_arg(call, name, value));
    for (size_t i = 0; i < WIRE_ARGS_MAX && call->command->args[i].name; i++) {
        const struct wire_arg *arg = &call->command->args[i];
        const char *s = arg_text(call, arg->name);

        if (!arg->required || (arg->type == WIRE_FILE && call->body_length))
            continue;
        if (arg->type == WIRE_FILE)
            return refuse(call, APP_INVALID, "empty_file", _("choose another file"),
                          _("the file is empty"));
        if (!s || !*s)
            return refuse(call, APP_BAD_REQUEST, "missing_argument",
                          arg->positional ? NULL : _("the command's --help lists what it takes"),
                          _("%s %s: %s%s is missing"), call->command->noun, call->command->verb,
                          arg->positional ? "" : "--", arg->name);
    }
    return 0;
}

struct date business_day(const struct instance *instance)
{
    return instance->rehearsal ? instance->on : instant_to_local(instant_now()).date;
}

struct instant business_moment(const struct instance *instance)
{
    return instance->rehearsal ? instant_from_local(instance->on, 9) : instant_now();
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
    TRY(check_args(call));
    TRY(handler(call));
    return call->command->changes ? store_notify(call->app->work) : 0;
}

static void answer_broken(struct call *call, int r)
{
    struct answer *a = call->answer;

    if (r == ERR_DB_AWAY)
        app_refuse(a, APP_AWAY, "database_away",
                   _("nothing was changed; it is tried again by itself"),
                   _("the database is away"));
    else if (r == ERR_UNKNOWN)
        app_refuse(
            a, APP_AWAY, "outcome_unknown", _("look at the record before you repeat the command"),
            _("the connection was lost while storing: it is not known whether it was stored"));
    else
        app_refuse(a, APP_BROKEN, "broken", _("nothing was changed; the service's log says more"),
                   _("something is broken in the service or its database"));
}

static int call_in_transaction(struct call *call)
{
    struct store *work = call->app->work;
    int r = call->command->changes ? store_begin(work) : store_begin_read(work);

    if (!r)
        r = carry_out(call);
    if (!r) {
        r = store_commit(work);
        call->answer->changed = !r && call->command->changes;
        return r;
    }
    store_rollback(work);
    return r;
}

void app_call(struct app *app, const struct wire_command *command, const struct caller *caller,
              json_t *args, const char *body, size_t body_length, struct answer *answer)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct call call = { .app = app,
                         .command = command,
                         .caller = caller,
                         .args = args,
                         .body = body,
                         .body_length = body_length,
                         .arena = arena,
                         .answer = answer };
    int r;

    *answer = (struct answer){ .status = 200 };
    if (!(command->roles & (unsigned)caller->role)) {
        app_refuse(answer, APP_FORBIDDEN, "wrong_role", _("ask somebody who has the role"),
                   _("%s is %s and may not do \"%s %s\""), caller->person,
                   tr_word(role_name(caller->role)), command->noun, command->verb);
        return;
    }
    r = app->work ? call_in_transaction(&call) : ERR_DB_AWAY;
    if (r < 0)
        answer_broken(&call, r);
    else if (!r)
        wire_add_totals(command, result(&call));
}

int app_journal_denied(struct app *app, const char *person, const char *as)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct journal_row row = { .kind = "access.denied" };
    struct instance instance;
    int r;

    row.what = arena_printf(arena, _("%s tried to act as %s on a live database"), person, as);
    if (!app->work)
        return ERR_DB_AWAY;
    r = store_begin(app->work);
    if (!r)
        r = store_instance(app->work, &instance);
    if (!r)
        r = store_journal_add(app->work, business_day(&instance), person, &row, 1);
    if (!r)
        return store_commit(app->work);
    store_rollback(app->work);
    return r;
}
