/* The outbox of mails as people see it, and what the leader does about it: what waits for somebody
 * who lost the right to hear it is cancelled, what waits for a corrected address moves there, and
 * what was refused is journaled. */
#include "tell.h"
#include <base/log.h>
#include <store/mail.h>

enum { REFUSED_MAX = 500 };

int mail_list(struct call *call)
{
    static const char *const states[] = { "queued", "delivered", "refused", "cancelled", "all" };
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *state = arg_text(call, "state");
    bool known = !state;

    for (size_t i = 0; i < ARRAY_LEN(states) && !known; i++)
        known = !strcmp(states[i], state);
    if (!known)
        return refuse(call, APP_INVALID, "bad_state",
                      _("queued, delivered, refused, cancelled or all"),
                      _("\"%s\" is no state of a mail"), state);
    TRY(store_mail_list(call->app->work, state, &table));
    put_some(call, "mails", table);
    return 0;
}

/* Shows a mail as it looks: its head as a card, its plain part as the message. */
static void put_mail(struct call *call, json_t *card)
{
    json_object_set(result(call), "mail", card);
    json_object_set(result(call), "text", json_object_get(card, "body"));
    json_decref(card);
}

static int unknown_mail(struct call *call, const char *mail)
{
    return refuse(call, APP_UNKNOWN, "unknown_mail",
                  _("tranchectl mail list --state all shows those there are"),
                  _("there is no mail %s"), mail);
}

int mail_show(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *mail = arg_text(call, "ref");

    TRY(store_mail_show(call->app->work, mail, &table));
    if (!store_table_rows(table))
        return unknown_mail(call, mail);
    put_mail(call, table_row(table, 0));
    return 0;
}

/* Where a person hears of that now; "": nowhere. */
static const char *hears_at(const struct app *app, const struct mail_reader *reader)
{
    const struct conf_person *person = conf_person(app->conf, reader->person);
    const struct mail_kind *kind = mail_kind_find(reader->kind);

    return person && kind && conf_person_hears(person, kind, reader->scheme) ? person->mail : "";
}

/* Where the mail of row 0 goes now: an address may have been corrected since, or a right lost; "":
 * nowhere. */
static const char *address_now(const struct call *call, const struct store_table *table)
{
    struct mail_reader reader = { .kind = store_table_cell(table, 0, 2).text,
                                  .scheme = store_table_cell(table, 0, 3).text,
                                  .person = store_table_cell(table, 0, 5).text,
                                  .address = store_table_cell(table, 0, 6).text };

    return *reader.person ? hears_at(call->app, &reader) : reader.address;
}

/* Has the mail that the command names tried again, or given up. */
static int settle(struct call *call, bool again, const char *kind, const char *what)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *mail = arg_text(call, "ref");
    int r;

    TRY(store_mail_show(call->app->work, mail, &table));
    if (!store_table_rows(table))
        return unknown_mail(call, mail);
    if (again && !*address_now(call, table))
        return refuse(call, APP_CONFLICT, "no_reader",
                      _("people, their schemes and addresses stand in tranched.conf"),
                      _("mail %s: %s no longer hears of that"), mail,
                      store_table_cell(table, 0, 5).text);
    r = again ? store_mail_retry(call->app->work, mail, address_now(call, table))
              : store_mail_cancel(call->app->work, mail);
    if (r == STORE_E_NONE)
        return refuse(call, APP_CONFLICT, "wrong_state",
                      _("tranchectl mail show says what became of it"),
                      _("mail %s neither waits nor was refused"), mail);
    if (r == STORE_E_EXISTS)
        return refuse(call, APP_CONFLICT, "told_already",
                      _("tranchectl mail list --state all shows the other one"),
                      _("mail %s: %s has another mail about it"), mail, address_now(call, table));
    TRY(stored(call, r));
    TRY(note(call, kind, NULL, 0, arg_reason(call), what, mail));
    return mail_show(call);
}

int mail_retry(struct call *call)
{
    return settle(call, true, "mail.retried", _("mail %s is tried again"));
}

int mail_cancel(struct call *call)
{
    return settle(call, false, "mail.cancelled", _("mail %s is given up"));
}

/* --- preview ---------------------------------------------------------------------------------- */

/* Facts as they could be, about RECORD or, when that is NULL, about nobody. */
static void example(struct call *call, const struct record *record, struct letter_facts *facts)
{
    char sum[TR_CENTS_MAX], day[DATE_TEXT_MAX];
    struct date today = date_is_set(call->today) ? call->today : date_from_ymd(2024, 1, 2);

    *facts = (struct letter_facts){
        .values = { [LETTER_WHAT] = _("(what happened)"),
                    [LETTER_WHY] = _("(why)"),
                    [LETTER_AMOUNT] = tr_cents(sum, (struct cents){ 600000 }),
                    [LETTER_UNTIL] = tr_date(day, today),
                    [LETTER_DAY] = tr_date(day, today),
                    [LETTER_ABOUT] = "TEST2024-L1-1-1",
                    [LETTER_SCHEME] = record ? record->dossier.scheme->code : "LAB-2023",
                    [LETTER_CONVENTION] = record ? record->dossier.reference : "LAB2-2023-01",
                    [LETTER_REF] = record ? record->dossier.reference : "LAB2-2023-01",
                    [LETTER_TRANCHE] = "1",
                    [LETTER_BENEFICIARY] = record ? record->beneficiary : _("(beneficiary)"),
                    [LETTER_PROJECT] = record ? record->project : _("(project)"),
                    [LETTER_PERSON] = call->person,
                    [LETTER_READER] = call->person,
                    [LETTER_HEAD] =
                        "0000000000000000000000000000000000000000000000000000000000000000",
                    [LETTER_LIST] = arena_printf(call->arena, "%s\t%s\nLAB2-2023-01\t%s\n",
                                                 _("Convention"), _("Amount"), sum) }
    };
    for (size_t f = 0; f < LETTER_FIELDS; f++)
        if (facts->values[f])
            facts->values[f] = arena_strdup(call->arena, facts->values[f]);
    letter_place(call->arena, call->app->conf, facts);
}

/* Who would hear it. */
static const char *readers(struct call *call, const struct mail_kind *kind, const char *scheme)
{
    const struct conf *conf = call->app->conf;
    CLEANUP(text_free) struct text names = { 0 };

    if (!kind->roles)
        return _("the contact of the beneficiary");
    text_add(&names, "", 0);
    for (size_t i = 0; i < conf->person_count; i++)
        if (conf_person_hears(&conf->persons[i], kind, scheme))
            text_join(&names, ", ", conf->persons[i].name);
    return names.length ? arena_strdup(call->arena, names.s) : _("nobody");
}

static int list_kinds(struct call *call)
{
    const struct mail_kind *kind;
    json_t *rows = json_array();

    for (size_t i = 0; (kind = mail_kind_at(i)); i++)
        json_array_append_new(rows, json_pack("{s:s, s:b, s:s}", "kind", kind->name, "urgent",
                                              kind->money, "readers", readers(call, kind, NULL)));
    json_object_set_new(result(call), "kinds", rows);
    return 0;
}

int mail_preview(struct call *call)
{
    const char *name = arg_text(call, "kind");
    const struct mail_kind *kind = name ? mail_kind_find(name) : NULL;
    struct record *record = NULL;
    struct letter_facts facts;
    struct letter letter;

    if (!name)
        return list_kinds(call);
    if (!kind)
        return refuse(call, APP_UNKNOWN, "unknown_kind",
                      _("tranchectl mail preview lists the kinds"),
                      _("there is no kind of mail \"%s\""), name);
    if (!call->app->letters)
        return refuse(call, APP_CONFLICT, "no_mail",
                      _("mail.from in tranched.conf names the sender"),
                      _("mails are turned off: no texts are loaded"));
    if (arg_text(call, "ref"))
        TRY(load_convention(call, &record));
    example(call, record, &facts);
    letter_write(call->app->letters, kind, facts.values[LETTER_SCHEME], &facts, call->arena,
                 &letter);
    put_mail(call, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", kind->name, "person",
                             readers(call, kind, facts.values[LETTER_SCHEME]), "subject",
                             letter.subject, "body", letter.body, "html", letter.html));
    return 0;
}

/* --- the leader's --------------------------------------------------------------------------- */

/* Whether somebody still hears, under that address, of that: one mailbox may be several people's.
 */
static bool still_hears(const struct app *app, const struct mail_reader *reader)
{
    const struct mail_kind *kind = mail_kind_find(reader->kind);

    for (size_t i = 0; kind && i < app->conf->person_count; i++)
        if (!strcmp(app->conf->persons[i].mail, reader->address) &&
            conf_person_hears(&app->conf->persons[i], kind, reader->scheme))
            return true;
    return false;
}

static int silence(struct app *app, struct arena *arena, int64_t *cancelled, int64_t *moved)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct mail_reader *lost;
    size_t count = 0;
    int r = store_mail_readers(app->work, &table);

    if (r)
        return r;
    lost = arena_alloc(arena, (store_table_rows(table) + 1) * sizeof *lost);
    for (size_t i = 0; i < store_table_rows(table); i++) {
        lost[count] = (struct mail_reader){ .person = store_table_cell(table, i, 0).text,
                                            .address = store_table_cell(table, i, 1).text,
                                            .kind = store_table_cell(table, i, 2).text,
                                            .scheme = store_table_cell(table, i, 3).text };
        lost[count].moved_to = hears_at(app, &lost[count]);
        count += !still_hears(app, &lost[count]);
    }
    return count ? store_mail_silence(app->work, lost, count, cancelled, moved) : 0;
}

/* Once for each lead and each reload: rights and addresses may have changed meanwhile. */
static int check_readers(struct app *app, const struct instance *instance)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    int64_t cancelled = 0, moved = 0;
    int r = leader_begin(app);

    if (!r)
        r = silence(app, arena, &cancelled, &moved);
    if (!r && cancelled)
        r = note_step(
            app, instance, "mail.cancelled",
            arena_printf(arena,
                         ngettext("%lld mail to somebody who lost the right to it is given up",
                                  "%lld mails to people who lost the right to them are given up",
                                  (unsigned long)cancelled),
                         (long long)cancelled),
            "");
    if (!r && moved)
        r = note_step(app, instance, "mail.readdressed",
                      arena_printf(arena,
                                   ngettext("%lld mail goes to an address that was corrected",
                                            "%lld mails go to addresses that were corrected",
                                            (unsigned long)moved),
                                   (long long)moved),
                      "");
    r = leader_end(app, r);
    app->readers_known = !r;
    return r;
}

static int note_refused(struct app *app, const struct instance *instance, size_t *count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct journal_row *rows;
    int r = store_mail_refused(app->work, REFUSED_MAX, &table);

    *count = r ? 0 : store_table_rows(table);
    rows = arena_alloc(arena, (*count + 1) * sizeof *rows);
    for (size_t i = 0; i < *count; i++) {
        const char *scheme = store_table_cell(table, i, 2).text;
        const char *convention = store_table_cell(table, i, 3).text;

        rows[i] = (struct journal_row){ .kind = "mail.refused",
                                        .scheme = *scheme ? scheme : NULL,
                                        .convention = *convention ? convention : NULL,
                                        .what = arena_printf(
                                            arena, _("mail %s (%s) to %s could not be delivered"),
                                            store_table_cell(table, i, 0).text,
                                            store_table_cell(table, i, 1).text,
                                            store_table_cell(table, i, 4).text),
                                        .why = store_table_cell(table, i, 5).text };
    }
    return r ? r : journal_add(app, instance, "tranched", NULL, rows, *count);
}

int mail_step(struct app *app, const struct instance *instance, bool refused, bool *worked)
{
    size_t count = 0;
    int r = app->readers_known ? 0 : check_readers(app, instance);

    if (r || !refused)
        return r;
    r = leader_begin(app);
    if (!r)
        r = note_refused(app, instance, &count);
    r = leader_end(app, r);
    *worked = !r && count;
    return r;
}
