#include <base/tr.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The process speaks one language at a time. */
static bool french;

bool tr_language(const char *language, const char *dir)
{
    const char *place = getenv("TRANCHED_LOCALEDIR");

    if (strcmp(language, "fr") != 0 && strcmp(language, "en") != 0)
        return false;
    /* In the "C" locale gettext is silent, and a service has no LANG: a neutral UTF-8 locale that
     * every Debian has, and the language by name. Numbers and dates never pass through it. */
    setlocale(LC_ALL, "C.UTF-8");
    setenv("LANGUAGE", language, 1);
    bindtextdomain("tranched", place ? place : dir);
    bind_textdomain_codeset("tranched", "UTF-8");
    textdomain("tranched");
    french = !strcmp(language, "fr");
    return true;
}

const char *tr_date(char out[static DATE_TEXT_MAX], struct date date)
{
    return french ? date_format_fr(out, date) : date_format(out, date);
}

const char *tr_cents(char out[static TR_CENTS_MAX], struct cents cents)
{
    char digits[CENTS_TEXT_MAX];

    if (french)
        snprintf(out, TR_CENTS_MAX, "%s €", cents_format_local(digits, cents, ','));
    else
        snprintf(out, TR_CENTS_MAX, "%s EUR", cents_format(digits, cents));
    return out;
}

const char *tr_word(const char *word)
{
    return *word ? gettext(word) : word; /* gettext("") answers the catalogue's own header */
}
