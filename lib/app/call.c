/* What handlers share: refusing, arguments, locking a record, the journal, JSON of rows. */
#include "call.h"

enum { MESSAGE_MAX = 1000 };

static void set_error(struct answer *answer, enum app_refusal status, const char *code,
                      const char *hint, const char *message)
{
    CLEANUP(mem_freep) char *cut = mem_strdup(message);

    text_cut(cut, MESSAGE_MAX); /* what a caller sent may be long */
    json_decref(answer->result);
    answer->status = (int)status;
    answer->result = json_pack("{s:{s:s, s:s, s:s}}", "error", "code", code, "message", cut, "hint",
                               hint && *hint ? hint : _("tranchectl --help lists the commands"));
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

void refuse_call(struct call *call, enum app_refusal status, const char *code, const char *hint,
                 const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    set_error(call->answer, status, code, hint, arena_vprintf(call->arena, format, ap));
    va_end(ap);
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

bool arg_flag(const json_t *args, const char *name)
{
    const json_t *value = json_object_get(args, name);
    const char *s = json_string_value(value);

    return json_is_true(value) || (s && !strcmp(s, "true"));
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
                      _("%s: %s lies in the future: today is %s"), arg_text(call, "ref"),
                      tr_date(day, *on), tr_date(today, call->today));
    return 0;
}

const char *arg_reason(const struct call *call)
{
    const char *reason = arg_text(call, "reason");

    return reason ? reason : "";
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

void put_some(struct call *call, const char *key, const struct store_table *table)
{
    put_table(call, key, table);
    if (store_table_rows(table) >= STORE_LIST_MAX)
        json_object_set_new(result(call), "message",
                            json_sprintf(_("%d are listed: there may be more"), STORE_LIST_MAX));
}

int load_scheme(struct call *call, const char *code, enum scheme_lock lock, struct scheme **schemep)
{
    int r = store_scheme_load(call->app->work, code, lock, call->arena, schemep);

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

static int each_of_scheme(struct call *call, const char *code,
                          int (*each)(void *, const struct record *), void *arg)
{
    struct scheme *scheme;
    struct record **records;
    size_t count;

    TRY(load_scheme(call, code, SCHEME_READ, &scheme));
    TRY(stored(call, store_conventions_load(call->app->work, scheme,
                                            (int)call->app->conf->account_wait_days, call->arena,
                                            &records, &count)));
    for (size_t i = 0; i < count; i++)
        TRY(each(arg, records[i]));
    return 0;
}

int each_record(struct call *call, const char *code, int (*each)(void *, const struct record *),
                void *arg)
{
    CLEANUP(store_table_freep) struct store_table *schemes = NULL;

    if (code)
        return each_of_scheme(call, code, each, arg);
    TRY(store_scheme_list(call->app->work, &schemes));
    for (size_t i = 0; i < store_table_rows(schemes); i++)
        TRY(each_of_scheme(call, store_table_cell(schemes, i, 0).text, each, arg));
    return 0;
}

int load_reference(struct call *call, const char *reference, struct record **recordp)
{
    struct store *work = call->app->work;
    bool changes = call->command->changes;
    struct scheme *scheme;
    int64_t scheme_id;
    int r = store_convention_scheme(work, reference, &scheme_id);

    if (r == STORE_E_NONE)
        return unknown_convention(call, reference);
    TRY(stored(call, r));
    TRY(stored(call, store_scheme_load_id(work, scheme_id, changes ? SCHEME_SHARE : SCHEME_READ,
                                          call->arena, &scheme)));
    r = store_convention_load(work, scheme, reference, changes,
                              (int)call->app->conf->account_wait_days, call->arena, recordp);
    if (r)
        return r == STORE_E_NONE ? unknown_convention(call, reference) : stored(call, r);
    if (changes && (*recordp)->damaged)
        return refuse(call, APP_CONFLICT, "damaged",
                      _("whoever runs the service must mend its rows; then tranchectl convention "
                        "resume takes it up again"),
                      _("convention %s is damaged: %s"), reference, _((*recordp)->damaged));
    return 0;
}

int refuse_state(struct call *call, const struct record *record)
{
    return refuse(call, APP_CONFLICT, "wrong_state", _("tranchectl convention show says more"),
                  _("convention %s is %s: this cannot be done any more"), record->dossier.reference,
                  tr_word(convention_state_name(record->dossier.state)));
}

int load_convention(struct call *call, struct record **recordp)
{
    return load_reference(call, arg_text(call, "ref"), recordp);
}

int note_rows(struct call *call, const struct journal_row *rows, size_t count)
{
    json_t *would = json_array();

    for (size_t i = 0; call->check && i < count; i++)
        json_array_append_new(would, json_pack("{s:s?, s:s, s:s}", "convention", rows[i].convention,
                                               "what", rows[i].what, "why",
                                               rows[i].why ? rows[i].why : ""));
    if (call->check && json_object_get(result(call), "would"))
        json_array_extend(json_object_get(result(call), "would"), would);
    else if (call->check)
        json_object_set(result(call), "would", would);
    json_decref(would);
    return stored(call, journal_add(call->app, &call->instance, call->person,
                                    call->check ? NULL : call->request->id, rows, count));
}

int note_step(struct app *app, const struct instance *instance, const char *kind, const char *what,
              const char *why)
{
    struct journal_row row = { .kind = kind, .what = what, .why = why };

    return journal_add(app, instance, "tranched", NULL, &row, 1);
}

int note_doubt(struct app *app, const struct instance *instance, struct arena *arena, int64_t count,
               const char *why)
{
    if (!count)
        return 0;
    return note_step(app, instance, "file.doubt",
                     arena_printf(arena,
                                  ngettext("%lld order file that was out waits for a person",
                                           "%lld order files that were out wait for a person",
                                           (unsigned long)count),
                                  (long long)count),
                     _(why));
}

static int note_va(struct call *call, struct journal_row row, const char *what, va_list ap)
{
    row.what = arena_vprintf(call->arena, what, ap);
    return note_rows(call, &row, 1);
}

int note(struct call *call, const char *kind, const struct record *record, int tranche,
         const char *why, const char *what, ...)
{
    struct journal_row row = { .kind = kind, .tranche = tranche, .why = why };
    va_list ap;
    int r;

    if (record) {
        row.scheme = record->dossier.scheme->code;
        row.convention = record->dossier.reference;
    }
    va_start(ap, what);
    r = note_va(call, row, what, ap);
    va_end(ap);
    return r;
}

int note_scheme(struct call *call, const char *kind, const char *code, const char *why,
                const char *what, ...)
{
    struct journal_row row = { .kind = kind, .scheme = code, .why = why };
    va_list ap;
    int r;

    va_start(ap, what);
    r = note_va(call, row, what, ap);
    va_end(ap);
    return r;
}
