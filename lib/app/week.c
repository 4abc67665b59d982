/* The picture of the week, on Mondays: what was awarded, paid, ordered and held, and what is
 * expected in the weeks to come.  It is the forecast that "tranchectl forecast" shows. */
#include "tell.h"
#include <core/forecast.h>
#include <store/mail.h>

/* With more conventions a look at all of them is a person's to ask for; and weeks ahead. */
enum { CONVENTIONS_MAX = 5000, WEEKS = 6 };

static void add_line(struct text *list, const char *what, int64_t cents)
{
    char sum[TR_CENTS_MAX];

    if (cents)
        text_addf(list, "%s\t%s\n", what, tr_cents(sum, (struct cents){ cents }));
}

static int64_t cents_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Awarded and ordered over all schemes. */
static int sums(struct app *app, int64_t *awarded, int64_t *ordered)
{
    CLEANUP(store_table_freep) struct store_table *schemes = NULL;
    int r = store_scheme_list(app->work, &schemes);

    *awarded = *ordered = 0;
    for (size_t i = 0; !r && i < store_table_rows(schemes); i++)
        for (size_t c = 0; c < store_table_columns(schemes); c++) {
            int64_t cents = store_table_cell(schemes, i, c).integer;

            if (!strcmp(store_table_name(schemes, c), "awarded_cents"))
                *awarded += cents;
            else if (!strcmp(store_table_name(schemes, c), "ordered_cents"))
                *ordered += cents;
        }
    return r;
}

static void add_weeks(struct text *list, const json_t *weeks)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();

    for (size_t i = 0; i < WEEKS && i < json_array_size(weeks); i++) {
        const json_t *week = json_array_get(weeks, i);
        struct date from = DATE_NONE;
        char day[DATE_TEXT_MAX];

        date_parse(&from, json_string_value(json_object_get(week, "from_on")));
        add_line(list, arena_printf(arena, _("to be paid in the week of %s"), tr_date(day, from)),
                 cents_of(week, "sum_cents"));
    }
}

static void add_held(struct text *list, const json_t *held)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const json_t *row;
    size_t i;

    json_array_foreach(held, i, row)
        add_line(list,
                 arena_printf(arena, _("held by: %s"),
                              tr_word(json_string_value(json_object_get(row, "gate")))),
                 cents_of(row, "amount_cents"));
}

/* The table of the mail; "": there is nothing to tell. */
static int picture(struct call *call, struct text *list)
{
    int64_t awarded, ordered, out;
    const json_t *body;
    bool more;

    TRY(sums(call->app, &awarded, &ordered));
    TRY(store_conventions_exceed(call->app->work, CONVENTIONS_MAX, &more));
    if (!awarded)
        return 0;
    if (!more)
        TRY(forecast_show(call));
    body = json_object_get(call->answer->result, "forecast");
    out = cents_of(body, "ordered_cents");
    text_addf(list, "%s\t%s\n", _("What"), _("Amount"));
    add_line(list, _("awarded"), awarded);
    add_line(list, more ? _("ordered") : _("paid"), ordered - out);
    add_line(list, _("ordered, not debited yet"), out);
    add_held(list, json_object_get(call->answer->result, "held"));
    add_weeks(list, json_object_get(call->answer->result, "weeks"));
    return 0;
}

/* The picture, with the calendar of what the reader hears of. */
static int tell_one(struct call *call, const struct mail_kind *kind,
                    const struct conf_person *person, const char *event,
                    const struct letter_facts *facts)
{
    CLEANUP(text_free) struct text calendar = { 0 };
    bool more;

    if (!conf_person_hears(person, kind, NULL) || person->scheme_count)
        return 0; /* the sums are over all schemes */
    TRY(store_conventions_exceed(call->app->work, CONVENTIONS_MAX, &more));
    if (!more)
        TRY(calendar_of(call, person, &calendar));
    return tell_person(call->app, &call->instance, kind, person, event, facts, calendar.s);
}

static int tell_week(struct call *call, struct date monday)
{
    const struct mail_kind *kind = mail_kind_find("week");
    CLEANUP(text_free) struct text list = { 0 };
    char day[DATE_TEXT_MAX];
    const char *event = arena_printf(call->arena, "week/%s", date_format(day, monday));
    struct letter_facts facts = { 0 };
    bool fresh;

    TRY(store_reminders_take(call->app->work, &event, 1, call->today, &fresh));
    if (!fresh)
        return 0;
    TRY(picture(call, &list));
    facts.values[LETTER_LIST] = list.s;
    facts.values[LETTER_WHAT] =
        arena_printf(call->arena, _("the week of %s"), tr_date(day, monday));
    for (size_t i = 0; list.length && i < call->app->conf->person_count; i++)
        TRY(tell_one(call, kind, &call->app->conf->persons[i], event, &facts));
    return 0;
}

int week_step(struct app *app, const struct instance *instance, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct date today = business_day(instance);
    struct date monday = forecast_period(PERIOD_WEEK, today);
    struct answer answer = { 0 };
    struct call call = { .app = app,
                         .args = json_object(),
                         .arena = arena,
                         .instance = *instance,
                         .today = today,
                         .answer = &answer };
    int r;

    if (!app->letters || !date_cmp(app->week, monday)) {
        json_decref(call.args);
        return 0;
    }
    r = leader_begin(app);
    if (!r)
        r = tell_week(&call, monday);
    r = leader_end(app, r);
    if (!r)
        app->week = monday;
    *worked = !r; /* there is another Monday to wait for */
    json_decref(call.args);
    json_decref(answer.result);
    return r;
}
