/* The one way into the journal: with its rows come the mails that tell of them, in the same
 * transaction.  Rows of one kind and scheme that are written together are told in one mail to each
 * who hears of them, but for the contacts of beneficiaries: each hears of what is theirs. */
#include "tell.h"
#include <base/log.h>
#include <core/working.h>
#include <store/mail.h>
#include <stdio.h>
#include <store/seal.h>

enum { LISTED_MAX = 500, CHUNK = 1000 };

struct telling {
    struct app *app;
    const struct instance *instance;
    const char *person; /* who did it */
    struct arena *arena;
    const struct journal_row *rows;
    const char *event; /* what all of it is told for, once for ever */
    struct store_table *contacts;
    const char *head;
    struct mail_row *mails;
    size_t count;
};

/* The row of TABLE about REFERENCE, by which it is ordered; -1: none. */
static ssize_t contact(const struct store_table *table, const char *reference)
{
    size_t low = 0, high = table ? store_table_rows(table) : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(store_table_cell(table, middle, 0).text, reference);

        if (!order)
            return (ssize_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static const char *contact_cell(const struct telling *t, const struct journal_row *row, size_t cell)
{
    ssize_t at = row->convention ? contact(t->contacts, row->convention) : -1;

    return at < 0 ? "" : store_table_cell(t->contacts, (size_t)at, cell).text;
}

/* --- facts ------------------------------------------------------------------------------------ */

static const char *amount_text(struct arena *arena, struct cents amount)
{
    char sum[TR_CENTS_MAX];

    return amount.v ? arena_strdup(arena, tr_cents(sum, amount)) : "";
}

static const char *day_text(struct arena *arena, struct date day)
{
    char text[DATE_TEXT_MAX];

    return date_is_set(day) ? arena_strdup(arena, tr_date(text, day)) : "";
}

void letter_place(struct arena *arena, const struct conf *conf, struct letter_facts *facts)
{
    const char *scheme = facts->values[LETTER_SCHEME];
    const char *convention = facts->values[LETTER_CONVENTION];

    facts->values[LETTER_AUTHORITY] = conf->authority_name;
    facts->values[LETTER_PLACE] =
        convention && *convention ? arena_printf(arena, "%s/%s", scheme ? scheme : "", convention)
        : scheme && *scheme       ? scheme
                                  : conf->authority_code;
}

static void common_facts(const struct telling *t, struct letter_facts *facts)
{
    facts->values[LETTER_PERSON] = t->person;
    facts->values[LETTER_DAY] = day_text(t->arena, business_day(t->instance));
    facts->values[LETTER_HEAD] = t->head;
    letter_place(t->arena, t->app->conf, facts);
}

static void one_fact(const struct telling *t, const struct journal_row *row,
                     struct letter_facts *facts)
{
    *facts = (struct letter_facts){ .values = {
                                        [LETTER_WHAT] = row->what,
                                        [LETTER_WHY] = row->why,
                                        [LETTER_AMOUNT] = amount_text(t->arena, row->amount),
                                        [LETTER_UNTIL] = day_text(t->arena, row->until),
                                        [LETTER_ABOUT] = row->about,
                                        [LETTER_SCHEME] = row->scheme,
                                        [LETTER_CONVENTION] = row->convention,
                                        [LETTER_REF] = row->convention,
                                        [LETTER_BENEFICIARY] = contact_cell(t, row, 1),
                                        [LETTER_PROJECT] = contact_cell(t, row, 2),
                                        [LETTER_LIST] = row->list,
                                    } };
    if (row->tranche)
        facts->values[LETTER_TRANCHE] = arena_printf(t->arena, "%d", row->tranche);
    common_facts(t, facts);
}

static bool is_same(const char *a, const char *b)
{
    return !strcmp(a ? a : "", b ? b : "");
}

/* What orders bring adds up; of papers that the same tranche waits for the largest sum counts. */
static struct cents sum_of(const struct journal_row *const *rows, size_t count)
{
    struct cents sum = { 0 };

    for (size_t i = 0; i < count; i++)
        if (rows[i]->about)
            sum.v += rows[i]->amount.v;
        else if (rows[i]->amount.v > sum.v)
            sum = rows[i]->amount;
    return sum;
}

static struct date earliest_of(const struct journal_row *const *rows, size_t count)
{
    struct date day = rows[0]->until;

    for (size_t i = 1; i < count; i++)
        day = date_earlier(day, rows[i]->until);
    return day;
}

/* COUNT rows about one convention: what happened in one line. */
static void several_facts(const struct telling *t, const struct journal_row *const *rows,
                          size_t count, struct letter_facts *facts)
{
    CLEANUP(text_free) struct text what = { 0 }, why = { 0 };

    one_fact(t, rows[0], facts);
    for (size_t i = 0; i < count; i++) {
        text_join(&what, _("; "), rows[i]->what);
        if (rows[i]->why && *rows[i]->why)
            text_join(&why, _("; "), rows[i]->why);
    }
    facts->values[LETTER_WHAT] = arena_strdup(t->arena, what.s);
    facts->values[LETTER_WHY] = why.s ? arena_strdup(t->arena, why.s) : "";
    facts->values[LETTER_AMOUNT] = amount_text(t->arena, sum_of(rows, count));
    facts->values[LETTER_UNTIL] = day_text(t->arena, earliest_of(rows, count));
    facts->values[LETTER_ABOUT] = rows[0]->about ? _("ORDER") : NULL; /* stands in commands */
    facts->values[LETTER_TRANCHE] = NULL;
}

/* A cell of a list: nothing in it parts cells or rows. */
static void add_cell(struct text *list, const char *cell, char end)
{
    for (; *cell; cell++)
        text_add(list, *cell == '\t' || *cell == '\n' ? " " : cell, 1);
    text_add(list, &end, 1);
}

/* COUNT rows about several conventions: their sum, and a table of them. */
static void many_facts(const struct telling *t, const struct journal_row *const *rows, size_t count,
                       struct letter_facts *facts)
{
    CLEANUP(text_free) struct text list = { 0 };

    text_addf(&list, "%s\t%s\t%s\t%s\n", _("Convention"), _("Amount"), _("What"), _("Why"));
    for (size_t i = 0; i < count && i < LISTED_MAX; i++) {
        add_cell(&list, rows[i]->convention ? rows[i]->convention : "", '\t');
        add_cell(&list, amount_text(t->arena, rows[i]->amount), '\t');
        add_cell(&list, rows[i]->what, '\t');
        add_cell(&list, rows[i]->why ? rows[i]->why : "", '\n');
    }
    text_addf(&list, "%s", count > LISTED_MAX ? "…\n" : "");
    *facts = (struct letter_facts){
        .values = { [LETTER_WHAT] = arena_printf(t->arena, _("%zu cases, listed below"), count),
                    [LETTER_AMOUNT] = amount_text(t->arena, sum_of(rows, count)),
                    [LETTER_SCHEME] = rows[0]->scheme,
                    [LETTER_UNTIL] = day_text(t->arena, earliest_of(rows, count)),
                    [LETTER_ABOUT] = rows[0]->about ? _("ORDER") : NULL, /* stand in commands */
                    [LETTER_REF] = _("CONVENTION"),
                    [LETTER_LIST] = arena_strdup(t->arena, list.s) }
    };
    common_facts(t, facts);
}

/* COUNT rows told as one. */
static void facts_of(const struct telling *t, const struct journal_row *const *rows, size_t count,
                     struct letter_facts *facts)
{
    bool one = true;

    for (size_t i = 1; i < count; i++)
        one = one && is_same(rows[i]->convention, rows[0]->convention);
    if (count == 1)
        one_fact(t, rows[0], facts);
    else if (one && rows[0]->convention)
        several_facts(t, rows, count, facts);
    else
        many_facts(t, rows, count, facts);
}

/* --- mails ------------------------------------------------------------------------------------ */

/* Into the outbox, so many at a time that none of the statements takes long. */
static int send(struct telling *t)
{
    struct instant at = business_moment(t->instance);
    int r = 0;

    for (size_t i = 0; !r && i < t->count; i += CHUNK)
        r = store_mail_add(t->app->work, &t->mails[i], t->count - i < CHUNK ? t->count - i : CHUNK,
                           at, business_day(t->instance));
    return r;
}

static struct instant not_before(const struct telling *t, const struct mail_kind *kind)
{
    const struct conf_mail *mail = &t->app->conf->mail;
    struct instant now = instant_now();

    if (kind->money || t->instance->rehearsal)
        return now;
    return working_moment(now, (int)mail->quiet_from, (int)mail->quiet_until);
}

/* The day of the digest that tells it: the next one on which people work, or the next Monday. */
static struct date digest_day(enum mail_pace pace, struct date on)
{
    struct date day =
        pace == MAIL_WEEKLY ? date_add_days(on, 7 - date_weekday(on)) : date_add_days(on, 1);

    while (pace == MAIL_DAILY && !working_day(day))
        day = date_add_days(day, 1);
    return pace == MAIL_AT_ONCE ? DATE_NONE : day;
}

/* Puts one mail of KIND to PERSON (NULL: a beneficiary's contact) into the outbox's rows. */
static int write_mail(struct telling *t, const struct mail_kind *kind,
                      const struct conf_person *person, const char *address, const char *event,
                      const struct letter_facts *facts)
{
    const char *domain = strrchr(t->app->conf->mail.from, '@');
    char id[RANDOM_ID_MAX];
    struct mail_row *row;
    struct letter letter;
    int r = digest_random_id(id);

    if (r)
        return r;
    letter_write(t->app->letters, kind, facts->values[LETTER_SCHEME], facts, t->arena, &letter);
    row = arena_push(t->arena, t->mails, t->count);
    *row = (struct mail_row){
        .event = event,
        .kind = kind->name,
        .person = person ? person->name : "",
        .address = address,
        .scheme = facts->values[LETTER_SCHEME],
        .convention = facts->values[LETTER_CONVENTION],
        .subject = t->instance->rehearsal ? arena_printf(t->arena, "TEST %s", letter.subject)
                                          : letter.subject,
        .body = letter.body,
        .html = letter.html,
        .message_id = arena_printf(t->arena, "%.16s%s", id, domain),
        .not_before = not_before(t, kind),
        .gather_on = person ? digest_day(conf_person_pace(person, kind), business_day(t->instance))
                            : DATE_NONE,
    };
    return 0;
}

/* To everybody who hears it, but not to who did it: they know. */
static int to_staff(struct telling *t, const struct mail_kind *kind, const char *event,
                    struct letter_facts *facts)
{
    const struct conf *conf = t->app->conf;
    int r = 0;

    for (size_t i = 0; !r && i < conf->person_count; i++) {
        const struct conf_person *person = &conf->persons[i];

        if (!conf_person_hears(person, kind, facts->values[LETTER_SCHEME]) ||
            (!kind->money && !strcmp(person->name, t->person)))
            continue;
        facts->values[LETTER_READER] = person->name;
        r = write_mail(t, kind, person, person->mail, event, facts);
    }
    return r;
}

static int to_beneficiary(struct telling *t, const struct mail_kind *kind, const char *event,
                          const struct journal_row *row, struct letter_facts *facts)
{
    const char *address = contact_cell(t, row, 3);

    if (!*address)
        return 0;
    if (!text_is_address(address)) { /* stored before imports looked at it */
        log_warning("convention %s: the contact's address is none: no mail", row->convention);
        return 0;
    }
    facts->values[LETTER_READER] = facts->values[LETTER_BENEFICIARY];
    return write_mail(t, kind, NULL, address, event, facts);
}

/* ROWS are all of one scheme, or for a beneficiary of one convention. */
static int tell_group(struct telling *t, const struct mail_kind *kind,
                      const struct journal_row *const *rows, size_t count)
{
    const char *event = rows[0]->event ? rows[0]->event
                                       : arena_printf(t->arena, "%s/%s/%zu", t->event, kind->name,
                                                      (size_t)(rows[0] - t->rows));
    struct letter_facts facts;

    facts_of(t, rows, count, &facts);
    return kind->roles ? to_staff(t, kind, event, &facts)
                       : to_beneficiary(t, kind, event, rows[0], &facts);
}

/* By scheme and convention; else as they came. */
static int by_place(const void *a, const void *b)
{
    const struct journal_row *x = *(const struct journal_row *const *)a;
    const struct journal_row *y = *(const struct journal_row *const *)b;
    int order = strcmp(x->scheme ? x->scheme : "", y->scheme ? y->scheme : "");

    if (!order)
        order = strcmp(x->convention ? x->convention : "", y->convention ? y->convention : "");
    return order ? order : x < y ? -1 : x > y;
}

static bool is_together(const struct mail_kind *kind, const struct journal_row *a,
                        const struct journal_row *b)
{
    return is_same(a->scheme, b->scheme) && (kind->roles || is_same(a->convention, b->convention));
}

/* What KIND tells of among COUNT rows, a scheme or a beneficiary at a time. */
static int tell_kind(struct telling *t, const struct mail_kind *kind, size_t count)
{
    const struct journal_row **rows = arena_alloc(t->arena, (count + 1) * sizeof *rows);
    size_t n = 0, end;
    int r = 0;

    for (size_t i = 0; i < count; i++)
        if (mail_kind_tells(kind, t->rows[i].kind))
            rows[n++] = &t->rows[i];
    qsort(rows, n, sizeof *rows, by_place);
    for (size_t i = 0; !r && i < n; i = end) {
        for (end = i + 1; end < n && is_together(kind, rows[i], rows[end]);)
            end++;
        r = tell_group(t, kind, &rows[i], end - i);
    }
    return r;
}

/* Whether some mail tells of such a ROW. */
static bool is_told(const struct journal_row *row)
{
    const struct mail_kind *kind;

    for (size_t i = 0; (kind = mail_kind_at(i)); i++)
        if (mail_kind_tells(kind, row->kind))
            return true;
    return false;
}

static int find_head(struct telling *t)
{
    struct seal seal = { 0 };
    struct sha256 digest;
    char hex[SHA256_HEX_MAX];
    int r = store_seal_last(t->app->work, &seal);

    memcpy(digest.bytes, seal.sha256, sizeof digest.bytes);
    t->head = seal.number ? arena_strdup(t->arena, digest_hex(hex, &digest)) : "";
    return r;
}

static int tell_rows(struct telling *t, size_t count)
{
    const char **references = arena_alloc(t->arena, (count + 1) * sizeof *references);
    struct journal_row *told = arena_alloc(t->arena, (count + 1) * sizeof *told);
    const struct mail_kind *kind;
    size_t n = 0, named = 0;
    int r;

    for (size_t i = 0; i < count; i++)
        if (is_told(&t->rows[i])) {
            told[n++] = t->rows[i];
            if (t->rows[i].convention)
                references[named++] = t->rows[i].convention;
        }
    if (!n)
        return 0;
    t->rows = told;
    r = store_mail_contacts(t->app->work, references, named, &t->contacts);
    if (!r)
        r = find_head(t);
    for (size_t i = 0; !r && (kind = mail_kind_at(i)); i++)
        r = tell_kind(t, kind, n);
    return r ? r : send(t);
}

int tell(struct app *app, const struct instance *instance, const char *person, const char *event,
         const struct journal_row *rows, size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct telling t = { .app = app,
                         .instance = instance,
                         .person = person,
                         .arena = arena,
                         .rows = rows,
                         .event = event };
    int r = app->letters && count ? tell_rows(&t, count) : 0;

    store_table_free(t.contacts);
    return r;
}

int withdraw(struct app *app, const char *const *conventions, const char *const *kinds,
             size_t count)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char **about = NULL, **names = NULL, **reminders = NULL;
    size_t about_count = 0, name_count = 0, reminder_count = 0;
    const struct mail_kind *kind;

    for (size_t i = 0; (kind = mail_kind_at(i)); i++)
        for (size_t k = 0; k < count; k++)
            if (mail_kind_tells(kind, kinds[k])) {
                *arena_push(arena, about, about_count) = conventions[k];
                *arena_push(arena, names, name_count) = kind->name;
                *arena_push(arena, reminders, reminder_count) = kinds[k];
            }
    return store_mail_withdraw(app->work, about, names, reminders, name_count);
}

int tell_person(struct app *app, const struct instance *instance, const struct mail_kind *kind,
                const struct conf_person *person, const char *event,
                const struct letter_facts *facts, const char *calendar)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct telling t = { .app = app, .instance = instance, .person = "", .arena = arena };
    struct letter_facts all = *facts;
    int r = find_head(&t);

    common_facts(&t, &all);
    all.values[LETTER_READER] = person->name;
    if (!r)
        r = write_mail(&t, kind, person, person->mail, event, &all);
    if (!r)
        t.mails[0].calendar = calendar;
    return r ? r : send(&t);
}

int journal_add(struct app *app, const struct instance *instance, const char *person,
                const char *request, const struct journal_row *rows, size_t count)
{
    char event[40];
    int64_t first = 0;
    int r = store_journal_add(app->work, business_day(instance), person, request, rows, count,
                              app->letters ? &first : NULL);

    snprintf(event, sizeof event, "journal/%lld", (long long)first);
    return r ? r : tell(app, instance, person, event, rows, count);
}
