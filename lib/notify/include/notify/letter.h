/* notify/letter.h -- the texts of mails: files with placeholders, checked when they are loaded.
 *
 * FOLDER/LANGUAGE/KIND.txt is the text of one kind of mail (core/mail_kind.h), and
 * FOLDER/LANGUAGE/CODE/KIND.txt that of the scheme CODE instead.  Its first line is "Subject: ...",
 * the second is empty, the others are the body.  {name} stands for a fact; a line all of whose
 * facts are unknown is left out.  {list} stands alone in its line.  Lines with four blanks before
 * are set as they are (commands).  The HTML part is made of the same lines. */
#ifndef NOTIFY_LETTER_H
#define NOTIFY_LETTER_H

#include <base/mem.h>
#include <core/mail_kind.h>

/* What a text may name. */
enum letter_field {
    LETTER_PLACE, /* "scheme/convention", as far as they are known, else the authority's code */
    LETTER_WHAT,
    LETTER_WHY,
    LETTER_AMOUNT,
    LETTER_UNTIL, /* a day */
    LETTER_DAY,   /* of the fact */
    LETTER_ABOUT, /* an EndToEndId, or a MsgId */
    LETTER_SCHEME,
    LETTER_CONVENTION,
    LETTER_TRANCHE,
    LETTER_BENEFICIARY,
    LETTER_PROJECT,
    LETTER_PERSON, /* who did it */
    LETTER_READER,
    LETTER_AUTHORITY,
    LETTER_HEAD, /* SHA-256 of the last seal of the journal */
    LETTER_REF, /* the convention for a command: its reference, or a word where there are several */
    LETTER_LIST, /* a table: rows end in a line break, cells are parted by tabs, headings first */
    LETTER_FIELDS,
};

/* NULL and "" are unknown. */
struct letter_facts {
    const char *values[LETTER_FIELDS];
};

struct letter {
    const char *subject; /* one line */
    const char *body, *html;
};

/* Told of each mistake: FILE below the folder, LINE in it (0: the file as a whole). */
typedef void letter_fault(void *arg, const char *file, unsigned line, const char *text);

struct letters;

/* Loads the texts of LANGUAGE below FOLDER: every kind must have one, and no file may be of another
 * name. NULL, with at least one fault: some cannot be used. */
struct letters *letters_load(const char *folder, const char *language, letter_fault *on_fault,
                             void *arg);
void letters_free(struct letters *letters);

/* Writes the mail of KIND about SCHEME (code, or NULL) in ARENA. Values stand in it as one line
 * without control characters, in the HTML part escaped. */
void letter_write(const struct letters *letters, const struct mail_kind *kind, const char *scheme,
                  const struct letter_facts *facts, struct arena *arena, struct letter *out);

/* The name of a field, as texts write it. */
const char *letter_field_name(enum letter_field field);

#endif
