#include <base/mem.h>
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

const char *tr_month(char out[static DATE_TEXT_MAX], struct date date)
{
    char day[DATE_TEXT_MAX];

    tr_date(day, date);
    if (french)
        snprintf(out, DATE_TEXT_MAX, "%s", day + strlen("15/"));
    else
        snprintf(out, DATE_TEXT_MAX, "%.7s", day);
    return out;
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

/* Words that tables store and programs see, and what people read; sorted. A scheme's own names and
 * free text are none of them and stay as they are. */
static const struct word {
    const char *stored, *shown;
} WORDS[] = {
    { "CRDT", N_("credit") },
    { "DBIT", N_("debit") },
    { "accepted", N_("accepted") },
    { "account", N_("account") },
    { "account_refused", N_("account refused") },
    { "account_replaced", N_("account replaced") },
    { "accounts", N_("accounts") },
    { "acknowledged", N_("acknowledged") },
    { "admin", N_("admin") },
    { "amendment", N_("amendment") },
    { "applied", N_("applied") },
    { "approval", N_("approval") },
    { "approve", N_("approve") },
    { "approver", N_("approver") },
    { "authority", N_("authority") },
    { "awaiting_release", N_("awaiting release") },
    { "beneficiary", N_("beneficiary") },
    { "booked", N_("booked") },
    { "budgets", N_("budgets") },
    { "cancel", N_("cancel") },
    { "cancelled", N_("cancelled") },
    { "certain", N_("certain") },
    { "closed", N_("closed") },
    { "completed", N_("completed") },
    { "contradicts", N_("contradicts") },
    { "councillor", N_("councillor") },
    { "date", N_("date") },
    { "decided", N_("decided") },
    { "decision", N_("decision") },
    { "declined", N_("declined") },
    { "delivered", N_("delivered") },
    { "differs", N_("does not fit") },
    { "digested", N_("digested") },
    { "dismissed", N_("dismissed") },
    { "disputed", N_("convention in dispute") },
    { "draft", N_("to be signed") },
    { "earlier_order", N_("earlier order unclear") },
    { "effect", N_("effect") },
    { "envelope", N_("envelope") },
    { "expected", N_("expected") },
    { "expired", N_("expired") },
    { "fact", N_("fact") },
    { "final-report", N_("final-report") },
    { "foreign", N_("not ours") },
    { "gathered", N_("gathered") },
    { "grant_lowered", N_("grant lowered below it") },
    { "group", N_("message") },
    { "held", N_("held") },
    { "in_force", N_("in force") },
    { "launch", N_("launch") },
    { "leader", N_("leader") },
    { "live", N_("live") },
    { "mid-report", N_("mid-report") },
    { "mismatch", N_("payee does not match") },
    { "officer", N_("officer") },
    { "open", N_("open") },
    { "ordered", N_("ordered") },
    { "override", N_("override") },
    { "paid", N_("paid") },
    { "payment", N_("payment block") },
    { "pending", N_("not booked yet") },
    { "prepared", N_("prepared") },
    { "president", N_("president") },
    { "proposed", N_("proposed") },
    { "queued", N_("queued") },
    { "received", N_("received") },
    { "recovered", N_("recovered") },
    { "recovering", N_("recovering") },
    { "refused", N_("refused") },
    { "rehearsal", N_("rehearsal") },
    { "rejected", N_("rejected") },
    { "repeated", N_("told before") },
    { "report", N_("report") },
    { "report-1", N_("report-1") },
    { "report-2", N_("report-2") },
    { "returned", N_("returned") },
    { "sent", N_("sent") },
    { "set_aside", N_("convention set aside") },
    { "shut", N_("shut") },
    { "signature", N_("signature") },
    { "signing", N_("being signed") },
    { "silent", N_("says nothing") },
    { "standby", N_("standing by") },
    { "standing", N_("standing") },
    { "statement", N_("statement") },
    { "suspended", N_("convention suspended") },
    { "terminated", N_("terminated") },
    { "transaction", N_("transaction") },
    { "undated", N_("undated") },
    { "unmatched", N_("fits no order") },
    { "vice-president", N_("vice-president") },
    { "viewer", N_("viewer") },
    { "waive", N_("waive") },
    { "waived", N_("waived") },
    { "written", N_("written") },
};

static int by_word(const void *key, const void *element)
{
    return strcmp(key, ((const struct word *)element)->stored);
}

const char *tr_word(const char *word)
{
    const struct word *found = bsearch(word, WORDS, ARRAY_LEN(WORDS), sizeof WORDS[0], by_word);

    return found ? _(found->shown) : word;
}
