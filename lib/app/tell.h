/* tell.h -- inside this floor: the mails that come with journal rows. */
#ifndef APP_TELL_H
#define APP_TELL_H

#include "call.h"
#include <notify/letter.h>

/* Puts the mails that tell of COUNT ROWS into the outbox, once for ever for EVENT. */
int tell(struct app *app, const struct instance *instance, const char *person, const char *event,
         const struct journal_row *rows, size_t count);

/* Takes back what still waits and tells of rows of such KINDS about one of the CONVENTIONS, COUNT
 * pairs of them: the reason for it is gone. */
int withdraw(struct app *app, const char *const *conventions, const char *const *kinds,
             size_t count);

/* Puts one mail of KIND to PERSON into the outbox, once for ever for EVENT; CALENDAR is attached,
 * when there is one (NULL or "": none). */
int tell_person(struct app *app, const struct instance *instance, const struct mail_kind *kind,
                const struct conf_person *person, const char *event,
                const struct letter_facts *facts, const char *calendar);

/* Tells of ROW, which names its event, in a transaction of the leader's own; nothing is journaled.
 */
int tell_keepers(struct app *app, const struct instance *instance, const struct journal_row *row);

/* Adds what every letter may name: the authority, and the place in front of the subject. */
void letter_place(struct arena *arena, const struct conf *conf, struct letter_facts *facts);

#endif
