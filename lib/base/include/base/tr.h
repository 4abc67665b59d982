/* base/tr.h -- marks the sentences that people read, for gettext.
 *
 * English stands in the code, French in po/fr.po.  A program chooses its language once, with
 * tr_language(). */
#ifndef BASE_TR_H
#define BASE_TR_H

#include <base/date.h>
#include <base/money.h>
#include <libintl.h>

#define _(s) gettext(s)
#define N_(s) (s)

/* Speaks LANGUAGE ("fr", "en") from now on, with the catalogue under the folder that the
 * environment's TRANCHED_LOCALEDIR or else DIR names. False when the language is not known. */
bool tr_language(const char *language, const char *dir);

/* A day and a sum as the language's readers write them: "29/03/2024" and "6 000,00 €" in French,
 * "2024-03-29" and "6000.00 EUR" else. */
const char *tr_date(char out[static DATE_TEXT_MAX], struct date date);

/* "2024-01", in French "01/2024". */
const char *tr_month(char out[static DATE_TEXT_MAX], struct date date);

#define TR_CENTS_MAX (CENTS_TEXT_MAX + 8)
const char *tr_cents(char out[static TR_CENTS_MAX], struct cents cents);

/* The translation of a stored word ("beneficiary", "held"); an unknown or empty one is itself. */
const char *tr_word(const char *word);

#endif
