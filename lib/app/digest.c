/* Digests: what somebody does not want at once, in one mail a day or a week, and never an empty
 * one. */
#include "tell.h"
#include <store/mail.h>

enum { GATHERED_MAX = 2000 };

/* The rows of TABLE from FIRST on that are the same reader's. */
static size_t same_reader(const struct store_table *table, size_t first)
{
    size_t n = 1;

    while (
        first + n < store_table_rows(table) &&
        !strcmp(store_table_cell(table, first + n, 0).text,
                store_table_cell(table, first, 0).text) &&
        !strcmp(store_table_cell(table, first + n, 1).text, store_table_cell(table, first, 1).text))
        n++;
    return n;
}

/* Who reads at ADDRESS: NAME, if there still is one, or whoever shares the mailbox. */
static const struct conf_person *reader(const struct conf *conf, const char *name,
                                        const char *address)
{
    const struct conf_person *person = conf_person(conf, name);

    if (person && !strcmp(person->mail, address))
        return person;
    for (size_t i = 0; i < conf->person_count; i++)
        if (!strcmp(conf->persons[i].mail, address))
            return &conf->persons[i];
    return NULL;
}

/* The table of COUNT rows from FIRST on; MAILS gets their names. */
static void list_mails(const struct store_table *table, size_t first, size_t count,
                       struct text *list, const char **mails)
{
    text_addf(list, "%s\t%s\t%s\n", _("Day"), _("Subject"), _("Mail"));
    for (size_t i = 0; i < count; i++) {
        struct date on = DATE_NONE;
        char day[DATE_TEXT_MAX];

        date_parse(&on, store_table_cell(table, first + i, 3).text);
        mails[i] = store_table_cell(table, first + i, 2).text;
        text_addf(list, "%s\t%s\t%s\n", tr_date(day, on),
                  store_table_cell(table, first + i, 4).text, mails[i]);
    }
}

/* One digest of COUNT rows from FIRST on. What nobody hears any more was cancelled when that became
 * so; if the mailbox itself is gone since, there is nobody to tell. */
static int digest_one(struct app *app, const struct instance *instance, struct arena *arena,
                      const struct store_table *table, size_t first, size_t count)
{
    const char *name = store_table_cell(table, first, 0).text;
    const char *address = store_table_cell(table, first, 1).text;
    const struct conf_person *person = reader(app->conf, name, address);
    const char **mails = arena_alloc(arena, count * sizeof *mails);
    CLEANUP(text_free) struct text list = { 0 };
    struct letter_facts facts = { 0 };
    int r = 0;

    list_mails(table, first, count, &list, mails);
    facts.values[LETTER_LIST] = list.s;
    facts.values[LETTER_WHAT] =
        arena_printf(arena, ngettext("%zu mail", "%zu mails", (unsigned long)count), count);
    if (person)
        r = tell_person(app, instance, mail_kind_find("digest"), person,
                        arena_printf(arena, "digest/%s", mails[0]), &facts, NULL);
    return r ? r : store_mail_digested(app->work, mails, count);
}

static int digest_all(struct app *app, const struct instance *instance)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    int r = store_mail_gathered(app->work, business_day(instance), GATHERED_MAX, &table);

    for (size_t i = 0, n; !r && i < store_table_rows(table); i += n) {
        n = same_reader(table, i);
        r = digest_one(app, instance, arena, table, i, n);
    }
    return r;
}

int digest_step(struct app *app, const struct instance *instance, bool *worked)
{
    int r = leader_begin(app);

    if (!r)
        r = digest_all(app, instance);
    r = leader_end(app, r);
    *worked = !r;
    return r;
}
