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
    *app = (struct app){ .conf = conf, .spool = spool };
    read_line("/etc/machine-id", app->host, sizeof app->host);
    if (!app->host[0] && gethostname(app->host, sizeof app->host - 1) != 0)
        return err_raise(ERR_LIBRARY, "this machine has neither a machine-id nor a name");
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

static void set_error(struct answer *answer, enum app_refusal status, const char *code,
                      const char *hint, const char *message)
{
    json_decref(answer->result);
    answer->status = (int)status;
    answer->result = json_pack("{s:{s:s, s:s, s:s}}", "error", "code", code, "message", message,
                               "hint", hint ? hint : "");
}

void app_refuse(struct answer *answer, enum app_refusal status, const char *code, const char *hint,
                const char *format, ...)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    va_list ap;

    va_start(ap, format);
    set_error(answer, status, code, hint, arena_vprintf(arena, format, ap));
    va_end(ap);
}

int refuse(struct call *call, enum app_refusal status, const char *code, const char *hint,
           const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    set_error(call->answer, status, code, hint, arena_vprintf(call->arena, format, ap));
    va_end(ap);
    return APP_REFUSED;
}

void refuse_detail(struct call *call, unsigned line, unsigned column, const char *text)
{
    json_t *error = json_object_get(call->answer->result, "error");
    json_t *details = json_object_get(error, "details");

    if (!details) {
        details = json_array();
        json_object_set_new(error, "details", details);
    }
    json_array_append_new(details, json_pack("{s:i, s:i, s:s}", "line", (int)line, "column",
                                             (int)column, "message", text));
}

int stored(struct call *call, int outcome)
{
    switch (outcome) {
    case STORE_E_BUSY:
        return refuse(call, APP_CONFLICT, "busy", _("try again in a moment"),
                      _("somebody else is working on the same record"));
    case STORE_E_NONE:
    case STORE_E_EXISTS:
    case STORE_E_REFUSED:
        return refuse(call, APP_CONFLICT, "refused_by_database",
                      _("nothing was changed; if this comes again, tell whoever runs the service"),
                      _("the database refused it (%s)"), store_constraint(call->app->work));
    default:
        return outcome;
    }
}

const char *arg_text(const struct call *call, const char *name)
{
    return json_string_value(json_object_get(call->args, name));
}

struct date arg_date(const struct call *call, const char *name)
{
    const char *s = arg_text(call, name);
    struct date date = DATE_NONE;

    if (s)
        date_parse(&date, s); /* checked by check_args() */
    return date;
}

int arg_on(struct call *call, struct date *on)
{
    char day[DATE_TEXT_MAX], today[DATE_TEXT_MAX];

    *on = arg_date(call, "on");
    if (!date_is_set(*on))
        *on = call->today;
    if (date_cmp(*on, call->today) > 0)
        return refuse(call, APP_INVALID, "future_date",
                      _("record it on the day it happens, or correct --on"),
                      _("%s lies in the future: today is %s"), tr_date(day, *on),
                      tr_date(today, call->today));
    return 0;
}

const char *arg_reason(const struct call *call)
{
    const char *reason = arg_text(call, "reason");

    return reason ? reason : "";
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

struct instant app_day_end(const struct app *app)
{
    if (app->rehearsal)
        return (struct instant){ 0 };
    return instant_from_local(date_add_days(instant_to_local(instant_now()).date, 1), 0);
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
    int r = store_begin(work);

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

json_t *result(struct call *call)
{
    if (!call->answer->result)
        call->answer->result = json_object();
    return call->answer->result;
}

json_t *json_date(struct date date)
{
    char day[DATE_TEXT_MAX];

    return date_is_set(date) ? json_string(date_format(day, date)) : json_null();
}

json_t *table_row(const struct store_table *table, size_t row)
{
    json_t *object = json_object();

    for (size_t c = 0; c < store_table_columns(table); c++) {
        struct store_cell cell = store_table_cell(table, row, c);
        json_t *value = cell.kind == STORE_CELL_TEXT      ? json_string(cell.text)
                        : cell.kind == STORE_CELL_INTEGER ? json_integer(cell.integer)
                        : cell.kind == STORE_CELL_BOOL    ? json_boolean(cell.integer)
                                                          : json_null();

        if (strcmp(store_table_name(table, c), "id") != 0) /* ids are never shown to people */
            json_object_set_new(object, store_table_name(table, c), value);
        else
            json_decref(value);
    }
    return object;
}

void put_table(struct call *call, const char *key, const struct store_table *table)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < store_table_rows(table); i++)
        json_array_append_new(rows, table_row(table, i));
    json_object_set_new(result(call), key, rows);
}

int lock_scheme(struct call *call, const char *code, enum scheme_lock lock, struct scheme **schemep)
{
    int r = store_scheme_lock(call->app->work, code, lock, call->arena, schemep);

    if (r == STORE_E_NONE)
        return refuse(call, APP_UNKNOWN, "unknown_scheme",
                      _("tranchectl scheme list shows those there are"), _("there is no scheme %s"),
                      code);
    return stored(call, r);
}

static int unknown_convention(struct call *call, const char *reference)
{
    return refuse(call, APP_UNKNOWN, "unknown_convention",
                  _("tranchectl convention list shows those there are"),
                  _("there is no convention %s"), reference);
}

int lock_reference(struct call *call, const char *reference, struct record **recordp)
{
    struct store *work = call->app->work;
    struct scheme *scheme;
    int64_t scheme_id;
    int r = store_convention_scheme(work, reference, &scheme_id);

    if (r == STORE_E_NONE)
        return unknown_convention(call, reference);
    TRY(stored(call, r));
    TRY(stored(call, store_scheme_lock_id(work, scheme_id, SCHEME_SHARE, call->arena, &scheme)));
    r = store_convention_lock(work, scheme, reference, (int)call->app->conf->account_wait_days,
                              call->arena, recordp);
    return r == STORE_E_NONE ? unknown_convention(call, reference) : stored(call, r);
}

int lock_convention(struct call *call, struct record **recordp)
{
    return lock_reference(call, arg_text(call, "ref"), recordp);
}

int note(struct call *call, const char *kind, const struct record *record, int tranche,
         const char *why, const char *what, ...)
{
    struct journal_row row = { .kind = kind, .tranche = tranche, .why = why };
    va_list ap;

    if (record) {
        row.scheme = record->dossier.scheme->code;
        row.convention = record->dossier.reference;
    }
    va_start(ap, what);
    row.what = arena_vprintf(call->arena, what, ap);
    va_end(ap);
    return stored(call,
                  store_journal_add(call->app->work, call->today, call->caller->person, &row, 1));
}

int note_scheme(struct call *call, const char *kind, const char *code, const char *why,
                const char *what, ...)
{
    struct journal_row row = { .kind = kind, .scheme = code, .why = why };
    va_list ap;

    va_start(ap, what);
    row.what = arena_vprintf(call->arena, what, ap);
    va_end(ap);
    return stored(call,
                  store_journal_add(call->app->work, call->today, call->caller->person, &row, 1));
}

int finish_fact(struct call *call, const char *reference)
{
    struct record *record;

    TRY(lock_reference(call, reference, &record));
    if (record->dossier.state != CONVENTION_TERMINATED)
        TRY(stored(call, store_convention_look(call->app->work, record->id, call->today)));
    put_tranches(call, record, false, DATE_NONE);
    return 0;
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
