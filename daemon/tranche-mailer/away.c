/* The one mail that leaves without the outbox, which is in the database: that it is away, to those
 * who keep the service, under one Message-ID however often it is tried. */
#include "mailer.h"
#include <base/log.h>
#include <base/tr.h>
#include <digest/digest.h>

void away_began(struct away *away)
{
    if (away->since)
        return;
    away->since = away->next = monotonic_seconds();
    away->at = instant_now();
    if (digest_random_id(away->id) != 0)
        away->next = INT64_MAX; /* nothing would tell a repeat from a second mail */
}

void away_ended(struct away *away)
{
    away->since = 0;
    free(away->told);
    away->told = NULL;
}

static void tell_one(struct mailer *m, const struct mail_kind *kind, size_t person,
                     struct letter_facts *facts)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *from = m->conf->mail.from;
    struct letter letter;

    facts->values[LETTER_READER] = m->conf->persons[person].name;
    letter_write(m->letters, kind, NULL, facts, arena, &letter);
    delivery_start(m,
                   &(struct message){
                       .from = from,
                       .from_name = m->conf->authority_name,
                       .to = m->conf->persons[person].mail,
                       .subject = letter.subject,
                       .message_id = arena_printf(arena, "%.16s-%zu%s", m->away.id, person,
                                                  strrchr(from, '@')),
                       .date = m->away.at,
                       .body = letter.body,
                       .html = letter.html,
                       .headers = { { "Auto-Submitted", "auto-generated" },
                                    { "X-Tranched-Authority", m->conf->authority_code },
                                    { "X-Tranched-Kind", kind->name } },
                   },
                   &(struct delivery){ .person = person });
}

/* Whether PERSON hears it: one mail for a mailbox, whose ever it is. */
static bool hears(const struct conf *conf, const struct mail_kind *kind, size_t person)
{
    for (size_t i = 0; i < person; i++)
        if (conf_person_hears(&conf->persons[i], kind, NULL) &&
            !strcmp(conf->persons[i].mail, conf->persons[person].mail))
            return false;
    return conf_person_hears(&conf->persons[person], kind, NULL);
}

void away_tell(struct mailer *m)
{
    const struct mail_kind *kind = mail_kind_find("database.away");
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct instant_local at = instant_to_local(m->away.at);
    struct letter_facts facts = { .values = { [LETTER_AUTHORITY] = m->conf->authority_name,
                                              [LETTER_PLACE] = m->conf->authority_code } };
    int64_t now = monotonic_seconds();

    if (!m->away.since || now - m->away.since < m->conf->alert_after_seconds || now < m->away.next)
        return;
    if (!m->away.told)
        m->away.told = mem_new(m->conf->person_count + 1, sizeof *m->away.told);
    m->away.next = now + m->conf->mail.retry_seconds;
    facts.values[LETTER_WHAT] =
        arena_printf(arena, _("the database has been away since %02d:%02d"), at.hour, at.minute);
    for (size_t i = 0; i < m->conf->person_count; i++)
        if (!m->away.told[i] && hears(m->conf, kind, i)) {
            m->away.told[i] = true;
            tell_one(m, kind, i, &facts);
        }
}

void away_told(struct delivery *d)
{
    log_notice("that the database is away was %s: %s",
               d->outcome == SMTP_DELIVERED ? "told" : "not told", d->reply);
    if (d->outcome == SMTP_LATER && d->mailer->away.told &&
        d->person < d->mailer->conf->person_count) /* fewer may be left since a reload */
        d->mailer->away.told[d->person] = false;
    mailer_turn(d->mailer);
    free(d);
}
