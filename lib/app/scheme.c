#include "call.h"
#include <conf/scheme_file.h>

enum { SCHEME_FILE_MAX = 1024 * 1024 };

static int refuse_faults(struct call *call, const struct faults *faults)
{
    refuse_call(call, APP_INVALID, "bad_scheme",
                _("correct the file and import it again; nothing was stored"),
                ngettext("the scheme file has %zu mistake", "the scheme file has %zu mistakes",
                         faults->count),
                faults->count);
    for (size_t i = 0; i < faults->listed; i++)
        refuse_detail(call, faults->list[i].line, faults->list[i].column, faults->list[i].text);
    return APP_REFUSED;
}

int scheme_import(struct call *call)
{
    struct faults faults = { .arena = call->arena };
    struct scheme scheme;
    char day[DATE_TEXT_MAX], sum[TR_CENTS_MAX];
    int r;

    if (call->body_length > SCHEME_FILE_MAX)
        return refuse(call, APP_INVALID, "file_too_large", _("choose the scheme's own file"),
                      _("a scheme file has at most 1 MiB, this one has %zu bytes"),
                      call->body_length);
    if (!scheme_file_read(&scheme, call->body, call->body_length, &faults))
        return refuse_faults(call, &faults);
    if (date_cmp(scheme.decided_on, call->today) > 0)
        return refuse(call, APP_INVALID, "future_date", _("import it once the council has decided"),
                      _("scheme %s: its decision of %s lies in the future"), scheme.code,
                      tr_date(day, scheme.decided_on));
    r = store_scheme_insert(call->app->work, &scheme,
                            arena_strndup(call->arena, call->body, call->body_length));
    if (r == STORE_E_EXISTS)
        return refuse(call, APP_CONFLICT, "scheme_exists", _("choose another code"),
                      _("scheme %s exists already"), scheme.code);
    TRY(stored(call, r));
    json_object_set_new(result(call), "message",
                        json_sprintf(_("scheme %s registered"), scheme.code));
    return note_scheme(call, "scheme.imported", scheme.code, arg_reason(call),
                       _("scheme %s registered: decision of %s, envelope %s"), scheme.code,
                       tr_date(day, scheme.decided_on), tr_cents(sum, scheme.envelope));
}

int scheme_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;

    TRY(store_scheme_list(call->app->work, &table));
    put_table(call, "schemes", table);
    return 0;
}

static int put_scheme(struct call *call, const char *code)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;

    TRY(store_scheme_show(call->app->work, code, &table));
    json_object_set_new(result(call), "scheme",
                        store_table_rows(table) ? table_row(table, 0) : json_null());
    return 0;
}

int scheme_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *rungs = NULL, *papers = NULL;
    struct scheme *scheme;

    TRY(load_scheme(call, arg_text(call, "ref"), SCHEME_READ, &scheme));
    TRY(put_scheme(call, scheme->code));
    TRY(store_scheme_rungs(call->app->work, scheme->id, &rungs));
    TRY(store_scheme_papers(call->app->work, scheme->id, &papers));
    put_table(call, "rungs", rungs);
    put_table(call, "papers", papers);
    return 0;
}

/* A date of the decision: not in the future, not before the decision, not another than recorded. */
static int take_date(struct call *call, const char *name, const struct scheme *scheme,
                     struct date *date, bool may_be_future)
{
    struct date given = arg_date(call, name);
    char day[DATE_TEXT_MAX], other[DATE_TEXT_MAX];

    if (!date_is_set(given))
        return 0;
    if (date_cmp(given, scheme->decided_on) < 0)
        return refuse(call, APP_INVALID, "before_decision", _("correct the date"),
                      _("scheme %s: %s (%s) lies before its decision of %s"), scheme->code, name,
                      tr_date(day, given), tr_date(other, scheme->decided_on));
    if (!may_be_future && date_cmp(given, call->today) > 0)
        return refuse(call, APP_INVALID, "future_date", _("record it on the day it happens"),
                      _("scheme %s: %s (%s) lies in the future: today is %s"), scheme->code, name,
                      tr_date(day, given), tr_date(other, call->today));
    if (date_is_set(*date) && date_cmp(*date, given) != 0)
        return refuse(call, APP_CONFLICT, "already_recorded",
                      _("a recorded fact is not overwritten: money may have moved because of it"),
                      _("scheme %s: %s is already recorded as %s"), scheme->code, name,
                      tr_date(day, *date));
    *date = given;
    return 0;
}

int scheme_decision(struct call *call)
{
    struct scheme *s;
    char received[DATE_TEXT_MAX], published[DATE_TEXT_MAX];

    TRY(load_scheme(call, arg_text(call, "ref"), SCHEME_UPDATE, &s));
    if (!arg_text(call, "received") && !arg_text(call, "published") &&
        !arg_text(call, "appeal-until"))
        return refuse(call, APP_BAD_REQUEST, "missing_argument",
                      _("give --received, --published or --appeal-until"),
                      _("scheme %s: no date was given"), s->code);
    TRY(take_date(call, "received", s, &s->received_on, false));
    TRY(take_date(call, "published", s, &s->published_on, false));
    TRY(take_date(call, "appeal-until", s, &s->appeal_until, true));
    TRY(stored(call, store_scheme_decision(call->app->work, s, call->today)));
    tr_date(received, s->received_on);
    tr_date(published, s->published_on);
    TRY(note_scheme(call, "scheme.decision", s->code, arg_reason(call),
                    _("decision of scheme %s: received by the prefecture on %s, published on %s"),
                    s->code, *received ? received : "–", *published ? published : "–"));
    TRY(attach_body(call, NULL, s, "decision"));
    return put_scheme(call, s->code);
}
