/* Any text as a value: it is refused, or means one thing, which written and read again is the same.
 */
#include <base/date.h>
#include <base/iban.h>
#include <base/mem.h>
#include <base/money.h>
#include <base/siret.h>
#include <base/text.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(bool held)
{
    if (!held)
        abort();
}

static void see_money(const char *s)
{
    struct cents cents, again;
    struct share share;
    char text[CENTS_TEXT_MAX];

    if (!cents_parse(&cents, s)) {
        must(cents.v >= 0 && !cents_parse(&again, cents_format(text, cents)) && again.v == cents.v);
        if (!share_parse(&share, s))
            must(cents_share(cents, share).v <= cents.v);
    }
}

static void see_date(const char *s)
{
    struct date date, again, later;
    char text[DATE_TEXT_MAX];
    int year, month, day;

    if (!date_parse(&date, s))
        return;
    later = date_add_months(date, 1);
    date_to_ymd(date, &year, &month, &day);
    must(date_parse(&again, date_format(text, date)) && !date_cmp(date, again));
    must(date_is_set(later) ? date_cmp(later, date) > 0 : year == DATE_YEAR_MAX && month == 12);
    must(date_weekday(date) < 7);
}

static void see_accounts(const char *s)
{
    CLEANUP(text_free) struct text hidden = { 0 };
    struct iban iban, again;
    struct siret siret, twin;
    struct bic bic;
    char mask[IBAN_MASK_MAX];

    if (!iban_parse(&iban, s)) {
        must(!iban_parse(&again, iban.s) && !strcmp(iban.s, again.s));
        must(!strstr(iban_mask(mask, iban.s), iban.s));
        iban_hide(&hidden, s);
        must(!strstr(hidden.s, iban.s));
        if (bic_parse(&bic, s))
            bic_fits_iban(&bic, &iban);
    }
    if (!siret_parse(&siret, s))
        must(!siret_parse(&twin, siret.s) && !strcmp(siret.s, twin.s));
}

static void see_text(char *s)
{
    bool address = text_is_address(s);

    must(!address || (!strpbrk(s, " <>\r\n") && strchr(s, '@')));
    text_clean(s);
    must(!text_has_control(s));
    text_cut(s, 10);
    must(text_count(s) <= 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *s = strndup((const char *)bytes, length);

    see_money(s);
    see_date(s);
    if (text_is_utf8(s, strlen(s), NULL)) {
        see_accounts(s);
        see_text(s);
    }
    free(s);
    return 0;
}
