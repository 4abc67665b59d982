/* core/mail_kind.h -- which mails there are, and who hears what.
 *
 * A mail goes to who acts next, and to nobody else.  Its kind is that of the journal row it tells
 * of; kinds that begin with "beneficiary." are the same told to the contact of a beneficiary. */
#ifndef CORE_MAIL_KIND_H
#define CORE_MAIL_KIND_H

#include <core/role.h>
#include <stdbool.h>
#include <stddef.h>

struct mail_kind {
    const char *name;
    unsigned roles;    /* who hears it; 0: the contact of the beneficiary */
    bool money;        /* about money that is in danger: it can neither be turned off nor wait */
    const char *tells; /* the journal row it tells of, when that has another name; else NULL */
    const char *must;  /* the placeholders that its text must have, with blanks between */
};

/* The kind at INDEX, in the order of the table; NULL after the last. */
const struct mail_kind *mail_kind_at(size_t index);

/* The kind of that name; NULL: there is none. */
const struct mail_kind *mail_kind_find(const char *name);

/* Whether KIND tells of journal rows of the kind JOURNAL. */
bool mail_kind_tells(const struct mail_kind *kind, const char *journal);

#endif
