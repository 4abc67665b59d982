/* store/journal.h -- append-only: when, who, what, why. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <store/store.h>

struct journal_row {
    const char *kind;       /* "convention.signed" */
    const char *scheme;     /* code, or NULL */
    const char *convention; /* reference, or NULL */
    int tranche;            /* from 1; 0: none */
    const char *what, *why;

    /* for the mails that tell of it: not in the journal */
    struct cents amount;
    const char *about; /* an EndToEndId or a MsgId; NULL: none */
    struct date until; /* until when somebody should act */
    const char *event; /* what they tell of, once for ever; NULL: this row */
    const char *list;  /* a table, as a letter's (notify/letter.h) */
};

/* Appends COUNT rows as one statement. REQUEST is the id of the command that did it, or NULL.
 * *FIRST, unless FIRST is NULL: the lowest id that they got, by which mails name what they tell of.
 */
int store_journal_add(struct store *store, struct date on, const char *person, const char *request,
                      const struct journal_row *rows, size_t count, int64_t *first);

/* The rows, oldest first: of one convention when REFERENCE is set; those after id AFTER. */
int store_journal_list(struct store *store, const char *reference, int64_t after,
                       struct store_table **table);

#endif
