#include <base/mem.h>
#include <base/tr.h>
#include <wire/command.h>

#define COLUMNS(name) name, ARRAY_LEN(name)

static const struct wire_column SCHEME_LIST[] = {
    { "code", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "title", N_("Title"), WIRE_KIND_TEXT, false },
    { "decided_on", N_("Decided on"), WIRE_KIND_DATE, false },
    { "received_on", N_("Received on"), WIRE_KIND_DATE, false },
    { "published_on", N_("Published on"), WIRE_KIND_DATE, false },
    { "conventions", N_("Conventions"), WIRE_KIND_INTEGER, true },
    { "envelope_cents", N_("Envelope"), WIRE_KIND_CENTS, true },
    { "awarded_cents", N_("Awarded"), WIRE_KIND_CENTS, true },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, true },
};
static const struct wire_column SCHEME_CARD[] = {
    { "code", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "title", N_("Title"), WIRE_KIND_TEXT, false },
    { "decided_on", N_("Decided on"), WIRE_KIND_DATE, false },
    { "received_on", N_("Received on"), WIRE_KIND_DATE, false },
    { "published_on", N_("Published on"), WIRE_KIND_DATE, false },
    { "appeal_until", N_("Appeals until"), WIRE_KIND_DATE, false },
    { "parties", N_("Parties"), WIRE_KIND_WORDS, false },
    { "signatories", N_("Signatories"), WIRE_KIND_WORDS, false },
    { "grant_min_cents", N_("Smallest grant"), WIRE_KIND_CENTS, false },
    { "grant_max_cents", N_("Largest grant"), WIRE_KIND_CENTS, false },
    { "envelope_cents", N_("Envelope"), WIRE_KIND_CENTS, false },
    { "awarded_cents", N_("Awarded"), WIRE_KIND_CENTS, false },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, false },
    { "held_cents", N_("Held"), WIRE_KIND_CENTS, false },
    { "free_cents", N_("Free"), WIRE_KIND_CENTS, false },
};
static const struct wire_column SCHEME_RUNGS[] = {
    { "name", N_("Tranche"), WIRE_KIND_TEXT, false },
    { "up_to", N_("Up to %"), WIRE_KIND_TEXT, false },
    { "after_months", N_("After (months)"), WIRE_KIND_INTEGER, false },
    { "after_days", N_("(days)"), WIRE_KIND_INTEGER, false },
    { "papers", N_("Papers"), WIRE_KIND_WORDS, false },
    { "needs_approval", N_("Second person"), WIRE_KIND_BOOL, false },
};
static const struct wire_column SCHEME_PAPERS[] = {
    { "name", N_("Paper"), WIRE_KIND_WORD, false },
    { "needs_accepted", N_("Must be accepted"), WIRE_KIND_BOOL, false },
    { "due_from", N_("Due from"), WIRE_KIND_WORD, false },
    { "due_months", N_("Due after (months)"), WIRE_KIND_INTEGER, false },
    { "due_days", N_("(days)"), WIRE_KIND_INTEGER, false },
    { "review_months", N_("Looked at within (months)"), WIRE_KIND_INTEGER, false },
    { "review_days", N_("(days)"), WIRE_KIND_INTEGER, false },
};
static const struct wire_column CONVENTION_LIST[] = {
    { "reference", N_("Convention"), WIRE_KIND_TEXT, false },
    { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false },
    { "project", N_("Project"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "effective_on", N_("Signed"), WIRE_KIND_DATE, false },
    { "ends_on", N_("Ends on"), WIRE_KIND_DATE, false },
    { "grant_cents", N_("Grant"), WIRE_KIND_CENTS, true },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, true },
    { "held_cents", N_("Held"), WIRE_KIND_CENTS, true },
    { "given_up_cents", N_("Given up"), WIRE_KIND_CENTS, true },
};
static const struct wire_column CONVENTION_CARD[] = {
    { "reference", N_("Convention"), WIRE_KIND_TEXT, false },
    { "scheme", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false },
    { "siret", N_("SIRET"), WIRE_KIND_TEXT, false },
    { "project", N_("Project"), WIRE_KIND_TEXT, false },
    { "purpose", N_("Purpose"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "effective_on", N_("Signed"), WIRE_KIND_DATE, false },
    { "launched_on", N_("Launched on"), WIRE_KIND_DATE, false },
    { "ends_on", N_("Ends on"), WIRE_KIND_DATE, false },
    { "suspended_on", N_("Suspended on"), WIRE_KIND_DATE, false },
    { "terminated_on", N_("Terminated on"), WIRE_KIND_DATE, false },
    { "letter", N_("Letter"), WIRE_KIND_TEXT, false },
    { "set_aside", N_("Set aside"), WIRE_KIND_TEXT, false },
    { "missing", N_("Missing"), WIRE_KIND_TEXT, false },
    { "grant_cents", N_("Grant"), WIRE_KIND_CENTS, false },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, false },
    { "held_cents", N_("Held"), WIRE_KIND_CENTS, false },
    { "given_up_cents", N_("Given up"), WIRE_KIND_CENTS, false },
    { "recovery_cents", N_("To be claimed back"), WIRE_KIND_CENTS, false },
};
static const struct wire_column SIGNATURES[] = {
    { "party", N_("Party"), WIRE_KIND_WORD, false },
    { "signed_on", N_("Signed on"), WIRE_KIND_DATE, false },
    { "signatory", N_("By"), WIRE_KIND_WORD, false },
    { "person", N_("Recorded by"), WIRE_KIND_TEXT, false },
};
static const struct wire_column PAPERS[] = {
    { "paper", N_("Paper"), WIRE_KIND_WORD, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "due_on", N_("Due on"), WIRE_KIND_DATE, false },
    { "received_on", N_("Received on"), WIRE_KIND_DATE, false },
    { "decided_on", N_("Decided on"), WIRE_KIND_DATE, false },
    { "decided_by", N_("Decided by"), WIRE_KIND_TEXT, false },
};
static const struct wire_column ACCOUNTS[] = {
    { "convention", N_("Convention"), WIRE_KIND_TEXT, false },
    { "iban", N_("Account"), WIRE_KIND_TEXT, false },
    { "holder", N_("Holder"), WIRE_KIND_TEXT, false },
    { "proposed_by", N_("Proposed by"), WIRE_KIND_TEXT, false },
    { "proposed_on", N_("Proposed on"), WIRE_KIND_DATE, false },
    { "verified_by", N_("Verified by"), WIRE_KIND_TEXT, false },
    { "verified_on", N_("Verified on"), WIRE_KIND_DATE, false },
    { "superseded_on", N_("Superseded on"), WIRE_KIND_DATE, false },
};
static const struct wire_column TRANCHES[] = {
    { "tranche", N_("Tranche"), WIRE_KIND_TEXT, false },
    { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "since_on", N_("Since"), WIRE_KIND_DATE, false },
    { "planned_cents", N_("Planned"), WIRE_KIND_CENTS, true },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, true },
    { "held_cents", N_("Held"), WIRE_KIND_CENTS, true },
    { "opens_on", N_("Earliest"), WIRE_KIND_DATE, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
};
static const struct wire_column TRANCHE_CARD[] = {
    { "tranche", N_("Tranche"), WIRE_KIND_TEXT, false },
    { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "planned_cents", N_("Planned"), WIRE_KIND_CENTS, false },
    { "due_cents", N_("Would be paid"), WIRE_KIND_CENTS, false },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, false },
    { "opens_on", N_("Earliest date"), WIRE_KIND_DATE, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
};
static const struct wire_column GATES[] = {
    { "gate", N_("Gate"), WIRE_KIND_WORD, false },
    { "answer", N_("Answer"), WIRE_KIND_WORD, false },
    { "since_on", N_("Since"), WIRE_KIND_DATE, false },
    { "opener", N_("Who can open it"), WIRE_KIND_TEXT, false },
    { "opens_on", N_("Earliest date"), WIRE_KIND_DATE, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
};
#define ORDER_COLUMNS                                                \
    { "end_to_end_id", N_("Order"), WIRE_KIND_TEXT, false },         \
        { "convention", N_("Convention"), WIRE_KIND_TEXT, false },   \
        { "tranche", N_("Tranche"), WIRE_KIND_INTEGER, false },      \
        { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false }, \
        { "iban", N_("Account"), WIRE_KIND_TEXT, false },            \
        { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, true },     \
        { "execution_on", N_("Execution"), WIRE_KIND_DATE, false },  \
        { "state", N_("State"), WIRE_KIND_WORD, false },             \
        { "since_on", N_("Since"), WIRE_KIND_DATE, false },          \
        { "age_days", N_("Days"), WIRE_KIND_INTEGER, false },        \
        { "next", N_("Who acts next"), WIRE_KIND_TEXT, false },      \
    {                                                                \
        "deadline_on", N_("Until"), WIRE_KIND_DATE, false            \
    }
static const struct wire_column ORDERS[] = { ORDER_COLUMNS };
static const struct wire_column FILE_ORDERS[] = {
    ORDER_COLUMNS,
    { "doubt", N_("Would not be decided"), WIRE_KIND_WORD, false },
};
static const struct wire_column ORDER_CARD[] = {
    { "end_to_end_id", N_("Order"), WIRE_KIND_TEXT, false },
    { "convention", N_("Convention"), WIRE_KIND_TEXT, false },
    { "tranche", N_("Tranche"), WIRE_KIND_INTEGER, false },
    { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false },
    { "siret", N_("SIRET"), WIRE_KIND_TEXT, false },
    { "holder", N_("Holder"), WIRE_KIND_TEXT, false },
    { "iban", N_("Account"), WIRE_KIND_TEXT, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, false },
    { "decided_on", N_("Released on"), WIRE_KIND_DATE, false },
    { "execution_on", N_("Execution"), WIRE_KIND_DATE, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "since_on", N_("Since"), WIRE_KIND_DATE, false },
    { "next", N_("Who acts next"), WIRE_KIND_TEXT, false },
    { "deadline_on", N_("Until"), WIRE_KIND_DATE, false },
    { "overdue_on", N_("Nothing came by"), WIRE_KIND_DATE, false },
    { "recalled_on", N_("Asked back on"), WIRE_KIND_DATE, false },
    { "recall", N_("Answer to that"), WIRE_KIND_TEXT, false },
    { "message_id", N_("Order file"), WIRE_KIND_TEXT, false },
    { "reissue_of", N_("Re-issue of"), WIRE_KIND_TEXT, false },
};
static const struct wire_column FILES[] = {
    { "message_id", N_("Order file"), WIRE_KIND_TEXT, false },
    { "scheme", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "decided_on", N_("Released on"), WIRE_KIND_DATE, false },
    { "execution_on", N_("Execution"), WIRE_KIND_DATE, false },
    { "tx_count", N_("Orders"), WIRE_KIND_INTEGER, true },
    { "total_cents", N_("Sum"), WIRE_KIND_CENTS, true },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "sha256", N_("SHA-256"), WIRE_KIND_TEXT, false },
    { "blocked", N_("Blocked"), WIRE_KIND_TEXT, false },
};
static const struct wire_column FILE_CARD[] = {
    { "message_id", N_("Order file"), WIRE_KIND_TEXT, false },
    { "file_name", N_("File"), WIRE_KIND_TEXT, false },
    { "scheme", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "decided_on", N_("Released on"), WIRE_KIND_DATE, false },
    { "execution_on", N_("Execution"), WIRE_KIND_DATE, false },
    { "tx_count", N_("Orders"), WIRE_KIND_INTEGER, false },
    { "total_cents", N_("Sum"), WIRE_KIND_CENTS, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "written_at", N_("Written at"), WIRE_KIND_TEXT, false },
    { "taken_at", N_("Taken at"), WIRE_KIND_TEXT, false },
    { "sha256", N_("SHA-256"), WIRE_KIND_TEXT, false },
    { "blocked", N_("Blocked"), WIRE_KIND_TEXT, false },
};
static const struct wire_column PROOFS[] = {
    { "happened_on", N_("Day"), WIRE_KIND_DATE, false },
    { "event", N_("What the bank says"), WIRE_KIND_WORD, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
    { "line", N_("Line"), WIRE_KIND_TEXT, false },
};
static const struct wire_column ANSWER_CARD[] = {
    { "file_name", N_("File"), WIRE_KIND_TEXT, false },
    { "kinds", N_("Kind"), WIRE_KIND_TEXT, false },
    { "message_id", N_("Message"), WIRE_KIND_TEXT, false },
    { "statuses", N_("Statuses"), WIRE_KIND_INTEGER, false },
    { "entries", N_("Entries"), WIRE_KIND_INTEGER, false },
    { "fresh", N_("New ones"), WIRE_KIND_INTEGER, false },
    { "moved", N_("Orders moved"), WIRE_KIND_INTEGER, false },
    { "differs", N_("Do not fit"), WIRE_KIND_INTEGER, false },
    { "contradicts", N_("Contradictions"), WIRE_KIND_INTEGER, false },
    { "remark", N_("Remark"), WIRE_KIND_TEXT, false },
    { "sha256", N_("SHA-256"), WIRE_KIND_TEXT, false },
};
static const struct wire_column ANSWERS[] = {
    { "imported_on", N_("Taken on"), WIRE_KIND_DATE, false },
    { "kinds", N_("Kind"), WIRE_KIND_TEXT, false },
    { "message_id", N_("Message"), WIRE_KIND_TEXT, false },
    { "file_name", N_("File"), WIRE_KIND_TEXT, false },
    { "person", N_("Who"), WIRE_KIND_TEXT, false },
    { "statuses", N_("Statuses"), WIRE_KIND_INTEGER, true },
    { "entries", N_("Entries"), WIRE_KIND_INTEGER, true },
    { "fresh", N_("New ones"), WIRE_KIND_INTEGER, true },
    { "applied", N_("Applied"), WIRE_KIND_INTEGER, true },
    { "open", N_("Open"), WIRE_KIND_INTEGER, true },
    { "sha256", N_("SHA-256"), WIRE_KIND_TEXT, false },
};
static const struct wire_column LINES[] = {
    { "line", N_("Line"), WIRE_KIND_TEXT, false },
    { "happened_on", N_("Day"), WIRE_KIND_DATE, false },
    { "kind", N_("Kind"), WIRE_KIND_TEXT, false },
    { "direction", N_("Direction"), WIRE_KIND_WORD, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, false },
    { "currency", N_("Currency"), WIRE_KIND_TEXT, false },
    { "end_to_end_id", N_("Identifier"), WIRE_KIND_TEXT, false },
    { "other_party", N_("Other party"), WIRE_KIND_TEXT, false },
    { "note", N_("Text"), WIRE_KIND_TEXT, false },
    { "reason", N_("Codes"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
    { "order", N_("Order"), WIRE_KIND_TEXT, false },
    { "proposal", N_("Perhaps order"), WIRE_KIND_TEXT, false },
};
static const struct wire_column ORDER_PROPOSALS[] = {
    { "end_to_end_id", N_("Order"), WIRE_KIND_TEXT, false },
    { "convention", N_("Convention"), WIRE_KIND_TEXT, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
};
static const struct wire_column BALANCE[] = {
    { "message_id", N_("Order file"), WIRE_KIND_TEXT, false },
    { "scheme", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "decided_on", N_("Released on"), WIRE_KIND_DATE, false },
    { "tx_count", N_("Orders"), WIRE_KIND_INTEGER, true },
    { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, true },
    { "accepted_cents", N_("Accepted"), WIRE_KIND_CENTS, true },
    { "waiting_cents", N_("Waiting"), WIRE_KIND_CENTS, true },
    { "rejected_cents", N_("Refused"), WIRE_KIND_CENTS, true },
    { "booked_cents", N_("Booked"), WIRE_KIND_CENTS, true },
    { "returned_cents", N_("Came back"), WIRE_KIND_CENTS, true },
    { "paid_cents", N_("Paid"), WIRE_KIND_CENTS, true },
    { "difference_cents", N_("Difference"), WIRE_KIND_CENTS, true },
};
static const struct wire_column DIFFERENCES[] = {
    { "what", N_("What does not fit"), WIRE_KIND_TEXT, false },
    { "about", N_("Order, file or line"), WIRE_KIND_TEXT, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, true },
    { "since_on", N_("Since"), WIRE_KIND_DATE, false },
    { "age_days", N_("Days"), WIRE_KIND_INTEGER, false },
};
static const struct wire_column FORECAST[] = {
    { "today_on", N_("Today"), WIRE_KIND_DATE, false },
    { "ordered_cents", N_("Ordered, not booked yet"), WIRE_KIND_CENTS, false },
    { "certain_cents", N_("Certain"), WIRE_KIND_CENTS, false },
    { "expected_cents", N_("Expected"), WIRE_KIND_CENTS, false },
    { "undated_cents", N_("Without a day"), WIRE_KIND_CENTS, false },
};
static const struct wire_column HELD[] = {
    { "gate", N_("Held by"), WIRE_KIND_WORD, false },
    { "tranches", N_("Tranches"), WIRE_KIND_INTEGER, true },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, true },
};
#define PERIOD_COLUMNS(label, kind)                                                               \
    { "from_on", label, kind, false }, { "ordered_cents", N_("Ordered"), WIRE_KIND_CENTS, true }, \
        { "certain_cents", N_("Certain"), WIRE_KIND_CENTS, true },                                \
        { "expected_cents", N_("Expected"), WIRE_KIND_CENTS, true },                              \
    {                                                                                             \
        "sum_cents", N_("Sum"), WIRE_KIND_CENTS, true                                             \
    }
static const struct wire_column YEARS[] = { PERIOD_COLUMNS(N_("Budget year"), WIRE_KIND_YEAR) };
static const struct wire_column MONTHS[] = { PERIOD_COLUMNS(N_("Month"), WIRE_KIND_MONTH) };
static const struct wire_column WEEKS[] = { PERIOD_COLUMNS(N_("Week of"), WIRE_KIND_DATE) };
static const struct wire_column TO_COME[] = {
    { "on", N_("Day"), WIRE_KIND_DATE, false },
    { "tranche", N_("Tranche"), WIRE_KIND_TEXT, false },
    { "beneficiary", N_("Beneficiary"), WIRE_KIND_TEXT, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, true },
    { "certainty", N_("How certain"), WIRE_KIND_WORD, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
};
static const struct wire_column WAITING[] = {
    { "state", N_("Orders"), WIRE_KIND_WORD, false },
    { "orders", N_("How many"), WIRE_KIND_INTEGER, true },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, true },
    { "since_on", N_("Oldest since"), WIRE_KIND_DATE, false },
    { "late_30", N_("1-30 days late"), WIRE_KIND_INTEGER, true },
    { "late_60", N_("31-60 days late"), WIRE_KIND_INTEGER, true },
    { "late_more", N_("61+ days late"), WIRE_KIND_INTEGER, true },
};
static const struct wire_column JOURNAL[] = {
    { "on_date", N_("Day"), WIRE_KIND_DATE, false },
    { "convention", N_("Convention"), WIRE_KIND_TEXT, false },
    { "person", N_("Who"), WIRE_KIND_TEXT, false },
    { "what", N_("What"), WIRE_KIND_TEXT, false },
    { "why", N_("Why"), WIRE_KIND_TEXT, false },
};
static const struct wire_column VERIFICATION[] = {
    { "seals", N_("Seals"), WIRE_KIND_INTEGER, false },
    { "entries", N_("Sealed rows"), WIRE_KIND_INTEGER, false },
    { "unsealed", N_("Not sealed yet"), WIRE_KIND_INTEGER, false },
    { "head", N_("Head"), WIRE_KIND_TEXT, false },
};
static const struct wire_column SCRUB[] = {
    { "files", N_("Order files"), WIRE_KIND_INTEGER, false },
    { "archived", N_("Compared with the archive"), WIRE_KIND_INTEGER, false },
};
static const struct wire_column DOCUMENTS[] = {
    { "scheme", N_("Scheme"), WIRE_KIND_TEXT, false },
    { "convention", N_("Convention"), WIRE_KIND_TEXT, false },
    { "kind", N_("Kind"), WIRE_KIND_WORD, false },
    { "file_name", N_("File"), WIRE_KIND_TEXT, false },
    { "byte_count", N_("Bytes"), WIRE_KIND_INTEGER, true },
    { "attached_on", N_("Day"), WIRE_KIND_DATE, false },
    { "person", N_("Who"), WIRE_KIND_TEXT, false },
    { "sha256", N_("SHA-256"), WIRE_KIND_TEXT, false },
};
static const struct wire_column PROPOSALS[] = {
    { "convention", N_("Convention"), WIRE_KIND_TEXT, false },
    { "act", N_("Act"), WIRE_KIND_WORD, false },
    { "about", N_("Tranche or paper"), WIRE_KIND_WORD, false },
    { "gate", N_("Gate"), WIRE_KIND_WORD, false },
    { "amount_cents", N_("Amount"), WIRE_KIND_CENTS, false },
    { "reason", N_("Why"), WIRE_KIND_TEXT, false },
    { "proposed_by", N_("Proposed by"), WIRE_KIND_TEXT, false },
    { "proposed_on", N_("Proposed on"), WIRE_KIND_DATE, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "decided_by", N_("Decided by"), WIRE_KIND_TEXT, false },
    { "decided_on", N_("Decided on"), WIRE_KIND_DATE, false },
};
static const struct wire_column CLOCK[] = {
    { "kind", N_("Database"), WIRE_KIND_WORD, false },
    { "today_on", N_("Today"), WIRE_KIND_DATE, false },
    { "target_on", N_("On its way to"), WIRE_KIND_DATE, false },
};
static const struct wire_column MAILS[] = {
    { "mail", N_("Mail"), WIRE_KIND_TEXT, false },
    { "queued_on", N_("Day"), WIRE_KIND_DATE, false },
    { "kind", N_("Kind"), WIRE_KIND_TEXT, false },
    { "address", N_("To"), WIRE_KIND_TEXT, false },
    { "subject", N_("Subject"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "tries", N_("Tries"), WIRE_KIND_INTEGER, false },
    { "next_try_at", N_("Not before"), WIRE_KIND_TEXT, false },
    { "reply", N_("The server says"), WIRE_KIND_TEXT, false },
};
static const struct wire_column MAIL_CARD[] = {
    { "mail", N_("Mail"), WIRE_KIND_TEXT, false },
    { "kind", N_("Kind"), WIRE_KIND_TEXT, false },
    { "queued_on", N_("Day"), WIRE_KIND_DATE, false },
    { "person", N_("For"), WIRE_KIND_TEXT, false },
    { "address", N_("To"), WIRE_KIND_TEXT, false },
    { "state", N_("State"), WIRE_KIND_WORD, false },
    { "tries", N_("Tries"), WIRE_KIND_INTEGER, false },
    { "next_try_at", N_("Not before"), WIRE_KIND_TEXT, false },
    { "reply", N_("The server says"), WIRE_KIND_TEXT, false },
    { "message_id", N_("Message-ID"), WIRE_KIND_TEXT, false },
    { "subject", N_("Subject"), WIRE_KIND_TEXT, false },
};
static const struct wire_column MAIL_KINDS[] = {
    { "kind", N_("Kind"), WIRE_KIND_TEXT, false },
    { "urgent", N_("At once, always"), WIRE_KIND_BOOL, false },
    { "readers", N_("Who hears it"), WIRE_KIND_TEXT, false },
};
static const struct wire_column DAYS[] = {
    { "on", N_("Day"), WIRE_KIND_DATE, false },
    { "what", N_("What"), WIRE_KIND_TEXT, false },
    { "uid", N_("Identifier"), WIRE_KIND_TEXT, false },
};
static const struct wire_column STATUS[] = {
    { "version", N_("Version"), WIRE_KIND_TEXT, false },
    { "authority", N_("Authority"), WIRE_KIND_TEXT, false },
    { "kind", N_("Database"), WIRE_KIND_WORD, false },
    { "today_on", N_("Today"), WIRE_KIND_DATE, false },
    { "part", N_("Part"), WIRE_KIND_WORD, false },
    { "lease", N_("Lease number"), WIRE_KIND_INTEGER, false },
    { "next_look_on", N_("Next due moment"), WIRE_KIND_DATE, false },
    { "doubt", N_("Doubt"), WIRE_KIND_TEXT, false },
    { "trouble", N_("Trouble"), WIRE_KIND_TEXT, false },
    { "due_cents", N_("Due, not ordered yet"), WIRE_KIND_CENTS, false },
    { "ordered_today_cents", N_("Ordered today"), WIRE_KIND_CENTS, false },
    { "proposals_open", N_("Proposals to decide"), WIRE_KIND_INTEGER, false },
    { "set_aside", N_("Conventions set aside"), WIRE_KIND_INTEGER, false },
    { "unsealed", N_("Journal rows not sealed yet"), WIRE_KIND_INTEGER, false },
    { "journal_faults", N_("Places where the journal is not as it was sealed"), WIRE_KIND_INTEGER,
      false },
    { "files_waiting", N_("Order files to write"), WIRE_KIND_INTEGER, false },
    { "files_blocked", N_("Order files that wait for a person"), WIRE_KIND_INTEGER, false },
    { "awaiting_release", N_("Orders that wait for an approver's release"), WIRE_KIND_INTEGER,
      false },
    { "overdue", N_("Orders about which nothing came in time"), WIRE_KIND_INTEGER, false },
    { "mails_queued", N_("Mails to deliver"), WIRE_KIND_INTEGER, false },
    { "mails_refused", N_("Mails that could not be delivered"), WIRE_KIND_INTEGER, false },
    { "open_lines", N_("Lines of answers that wait for a person"), WIRE_KIND_INTEGER, false },
    { "contradictions", N_("Answers that contradict each other"), WIRE_KIND_INTEGER, false },
    { "you", N_("You are"), WIRE_KIND_TEXT, false },
    { "role", N_("Your role"), WIRE_KIND_WORD, false },
};

#define REF(what)                          \
    {                                      \
        "ref", WIRE_TEXT, true, true, what \
    }
#define ON(required)                                                            \
    {                                                                           \
        "on", WIRE_DATE, false, required, N_("day (YYYY-MM-DD); default today") \
    }
#define WHY                                                              \
    {                                                                    \
        "reason", WIRE_TEXT, false, true, N_("why; kept in the journal") \
    }
#define DECLINE                                                                            \
    {                                                                                      \
        "decline", WIRE_FLAG, false, false, N_("takes back or declines what was proposed") \
    }
#define FILE_ARG(what)                        \
    {                                         \
        "file", WIRE_FILE, false, false, what \
    }
#define GATE_VIEW                                     \
    {                                                 \
        "tranches", N_("Tranches"), COLUMNS(TRANCHES) \
    }

/* clang-format off */
const struct wire_command WIRE_COMMANDS[] = {
    { "scheme", "import", WIRE_OFFICER, true, N_("registers a call for projects from a scheme file"),
      { { "file", WIRE_FILE, true, true, N_("scheme file (libconfig)") } }, { { 0 } } },
    { "scheme", "list", WIRE_ALL, false, N_("all schemes with their sums"), { { 0 } },
      { { "schemes", N_("Schemes"), COLUMNS(SCHEME_LIST) } } },
    { "scheme", "show", WIRE_ALL, false, N_("one scheme: rules, papers, sums"), { REF(N_("code of the scheme")) },
      { { "scheme", N_("Scheme"), COLUMNS(SCHEME_CARD) }, { "rungs", N_("Tranches"), COLUMNS(SCHEME_RUNGS) },
        { "papers", N_("Papers"), COLUMNS(SCHEME_PAPERS) } } },
    { "scheme", "decision", WIRE_OFFICER, true, N_("records receipt and publication of the decision"),
      { REF(N_("code of the scheme")), { "received", WIRE_DATE, false, false, N_("received by the prefecture on") },
        { "published", WIRE_DATE, false, false, N_("published on") },
        { "appeal-until", WIRE_DATE, false, false, N_("last day for appeals") }, FILE_ARG(N_("the decision, to be kept")) },
      { { "scheme", N_("Scheme"), COLUMNS(SCHEME_CARD) } } },
    { "convention", "import", WIRE_OFFICER, true, N_("imports conventions from a CSV file, all or none"),
      { { "file", WIRE_FILE, true, true, N_("CSV file, UTF-8") }, { "scheme", WIRE_TEXT, false, true, N_("code of the scheme") } },
      { { "conventions", N_("Conventions"), COLUMNS(CONVENTION_LIST) } } },
    { "convention", "list", WIRE_ALL, false, N_("all conventions with their sums"),
      { { "scheme", WIRE_TEXT, false, false, N_("of this scheme only") } },
      { { "conventions", N_("Conventions"), COLUMNS(CONVENTION_LIST) } } },
    { "convention", "show", WIRE_ALL, false, N_("one convention: signatures, papers, tranches"), { REF(N_("reference")) },
      { { "convention", N_("Convention"), COLUMNS(CONVENTION_CARD) }, { "signatures", N_("Signatures"), COLUMNS(SIGNATURES) },
        { "papers", N_("Papers"), COLUMNS(PAPERS) }, GATE_VIEW, { "proposals", N_("Proposals"), COLUMNS(PROPOSALS) } } },
    { "convention", "sign", WIRE_OFFICER, true, N_("records a party's signature"),
      { REF(N_("reference")), { "party", WIRE_TEXT, false, true, N_("a party of the scheme") }, ON(false),
        { "by", WIRE_TEXT, false, false, N_("who signed, or in what capacity") },
        FILE_ARG(N_("the signed convention, to be kept")) }, { GATE_VIEW } },
    { "convention", "unsign", WIRE_OFFICER, true, N_("takes a mistyped signature back, while no order depends on it"),
      { REF(N_("reference")), { "party", WIRE_TEXT, false, true, N_("a party of the scheme") }, WHY }, { GATE_VIEW } },
    { "convention", "launch", WIRE_OFFICER, true, N_("records the launch of the experiment (moves due dates of papers)"),
      { REF(N_("reference")), ON(false) }, { { "papers", N_("Papers"), COLUMNS(PAPERS) }, GATE_VIEW } },
    { "convention", "unlaunch", WIRE_OFFICER, true, N_("takes a mistyped launch back"), { REF(N_("reference")), WHY },
      { { "papers", N_("Papers"), COLUMNS(PAPERS) }, GATE_VIEW } },
    { "convention", "amend", WIRE_APPROVER, true, N_("changes the grant by an amendment that every party signed"),
      { REF(N_("reference")), { "grant", WIRE_TEXT, false, true, N_("the new grant in euros, such as 8000.00") }, ON(false), WHY,
        FILE_ARG(N_("the signed amendment, to be kept")) }, { GATE_VIEW } },
    { "convention", "suspend", WIRE_OFFICER | WIRE_APPROVER, true, N_("holds every payment until it is resumed"),
      { REF(N_("reference")), WHY }, { GATE_VIEW } },
    { "convention", "resume", WIRE_APPROVER, true, N_("lifts a suspension"), { REF(N_("reference")) }, { GATE_VIEW } },
    { "convention", "terminate", WIRE_APPROVER, true, N_("ends a convention by letter; closes what is not ordered"),
      { REF(N_("reference")), ON(false), { "letter", WIRE_TEXT, false, true, N_("reference of the registered letter") } },
      { GATE_VIEW } },
    { "account", "propose", WIRE_OFFICER, true, N_("proposes another account; a second person verifies it"),
      { REF(N_("reference of the convention")), { "iban", WIRE_TEXT, false, true, N_("IBAN") },
        { "holder", WIRE_TEXT, false, true, N_("name of the account's holder") },
        { "bic", WIRE_TEXT, false, false, N_("BIC, when the bank asks for it") },
        FILE_ARG(N_("the bank's slip (RIB), to be kept")) }, { GATE_VIEW } },
    { "account", "verify", WIRE_APPROVER, true, N_("verifies the account that somebody else proposed"),
      { REF(N_("reference of the convention")),
        { "iban", WIRE_TEXT, false, false, N_("the IBAN as it stands on the bank's slip: refused when the account is another") } },
      { GATE_VIEW } },
    { "account", "list", WIRE_ALL, false, N_("accounts and who verified them"),
      { { "ref", WIRE_TEXT, true, false, N_("reference of the convention") } },
      { { "accounts", N_("Accounts"), COLUMNS(ACCOUNTS) } } },
    { "report", "receive", WIRE_OFFICER, true, N_("records that a paper came in"),
      { REF(N_("reference of the convention")), { "kind", WIRE_TEXT, true, true, N_("a paper of the scheme") }, ON(false),
        FILE_ARG(N_("the paper itself, to be kept")) },
      { GATE_VIEW } },
    { "report", "accept", WIRE_APPROVER, true, N_("accepts a paper that came in"),
      { REF(N_("reference of the convention")), { "kind", WIRE_TEXT, true, true, N_("a paper of the scheme") } },
      { GATE_VIEW } },
    { "report", "refuse", WIRE_OFFICER | WIRE_APPROVER, true, N_("refuses a paper: it has to come again"),
      { REF(N_("reference of the convention")), { "kind", WIRE_TEXT, true, true, N_("a paper of the scheme") },
        WHY }, { GATE_VIEW } },
    { "report", "waive", WIRE_OFFICER | WIRE_APPROVER, true, N_("does without a paper: one person proposes, another decides"),
      { REF(N_("reference of the convention")), { "kind", WIRE_TEXT, true, true, N_("a paper of the "
      "scheme") }, DECLINE }, { GATE_VIEW } },
    { "report", "withdraw", WIRE_OFFICER | WIRE_APPROVER, true, N_("takes a mistyped receipt back, while no order depends on it"),
      { REF(N_("reference of the convention")), { "kind", WIRE_TEXT, true, true, N_("a paper of the scheme") }, WHY }, { GATE_VIEW } },
    { "tranche", "list", WIRE_ALL, false, N_("tranches, their states, and why they are held"),
      { { "scheme", WIRE_TEXT, false, false, N_("of this scheme only") }, { "held", WIRE_FLAG, false, false, N_("only those held") },
        { "due", WIRE_DATE, false, false, N_("only those that would be open on that day") } }, { GATE_VIEW } },
    { "tranche", "show", WIRE_ALL, false, N_("one tranche with each of its gates"), { REF(N_("REFERENCE/NUMBER")) },
      { { "tranche", N_("Tranche"), COLUMNS(TRANCHE_CARD) }, { "gates", N_("Gates"), COLUMNS(GATES) },
        { "orders", N_("Orders"), COLUMNS(ORDERS) } } },
    { "tranche", "why", WIRE_ALL, false, N_("why one tranche is not paid yet, gate by gate"), { REF(N_("REFERENCE/NUMBER")) },
      { { "tranche", N_("Tranche"), COLUMNS(TRANCHE_CARD) }, { "gates", N_("Gates"), COLUMNS(GATES) },
        { "proposals", N_("Proposals"), COLUMNS(PROPOSALS) } } },
    { "tranche", "approve", WIRE_OFFICER | WIRE_APPROVER, true,
      N_("releases a tranche whose scheme asks for it: one person proposes, another decides"), { REF(N_("REFERENCE/NUMBER")), DECLINE },
      { GATE_VIEW } },
    { "tranche", "override", WIRE_OFFICER | WIRE_APPROVER, true,
      N_("opens a gate against the rules: one person proposes, another decides"),
      { REF(N_("REFERENCE/NUMBER")), { "gate", WIRE_TEXT, false, true, N_("date, report, or standing (against expiry "
      "only)") }, DECLINE },
      { GATE_VIEW } },
    { "proposal", "list", WIRE_ALL, false, N_("what one person proposed and another must decide"),
      { { "ref", WIRE_TEXT, true, false, N_("reference of the convention") },
        { "all", WIRE_FLAG, false, false, N_("decided and declined ones too") } },
      { { "proposals", N_("Proposals"), COLUMNS(PROPOSALS) } } },
    { "order", "list", WIRE_ALL, false, N_("payment orders"), { { "ref", WIRE_TEXT, true, false, N_("reference of the convention") } },
      { { "orders", N_("Orders"), COLUMNS(ORDERS) } } },
    { "order", "show", WIRE_ALL, false, N_("one payment order"), { REF(N_("EndToEndId")) },
      { { "order", N_("Order"), COLUMNS(ORDER_CARD) }, { "proofs", N_("Answers"), COLUMNS(PROOFS) } } },
    { "order", "cancel", WIRE_OFFICER | WIRE_APPROVER, true,
      N_("takes an order back: its whole file before that is written; after it, two persons ask the bank"),
      { REF(N_("EndToEndId")), { "code", WIRE_TEXT, false, false, N_("why the bank is asked: CUST (default), DUPL, TECH, FRAD, "
      "AC03, AM09") },
        WHY, DECLINE }, { GATE_VIEW } },
    { "order", "release", WIRE_APPROVER, true, N_("lets an order go on, though the payee's verification does not match"),
      { REF(N_("EndToEndId")), WHY }, { GATE_VIEW } },
    { "order", "reissue", WIRE_APPROVER, true, N_("lets the tranche of an order that is proven dead be ordered again"),
      { REF(N_("EndToEndId")), { "accept-sum", WIRE_FLAG, false, false, N_("less came back than left, and it is known why") }, WHY },
      { GATE_VIEW } },
    { "answer", "import", WIRE_OFFICER | WIRE_APPROVER, true, N_("takes in what a bank answered: pain.002, camt.029, camt.052, "
    "camt.053, camt.054, or a ZIP of them"),
      { { "file", WIRE_FILE, true, true, N_("the bank's file (XML); - for standard input") } },
      { { "answer", N_("Answer"), COLUMNS(ANSWER_CARD) } } },
    { "answer", "list", WIRE_ALL, false, N_("the answers that were taken in"), { { 0 } },
      { { "answers", N_("Answers"), COLUMNS(ANSWERS) } } },
    { "answer", "show", WIRE_ALL, false, N_("one answer, line by line"), { REF(N_("SHA-256 of the answer")) },
      { { "lines", N_("Lines"), COLUMNS(LINES) } } },
    { "answer", "find", WIRE_ALL, false, N_("lines that carry a reference of ours or of the bank, or a part of it"),
      { REF(N_("four characters at least")) }, { { "lines", N_("Lines"), COLUMNS(LINES) } } },
    { "answer", "unmatched", WIRE_ALL, false, N_("lines that fit no order; of one line, the orders that it may be about"),
      { { "ref", WIRE_TEXT, true, false, N_("the line") }, { "all", WIRE_FLAG, false, false, N_("those that are not ours too") } },
      { { "lines", N_("Lines"), COLUMNS(LINES) }, { "proposals", N_("Orders"), COLUMNS(ORDER_PROPOSALS) } } },
    { "answer", "link", WIRE_APPROVER, true, N_("says which order a line is about"),
      { REF(N_("the line")), { "order", WIRE_TEXT, false, true, N_("EndToEndId") },
        { "accept-account", WIRE_FLAG, false, false, N_("that the payee's account is another is known") }, WHY }, { GATE_VIEW } },
    { "answer", "dismiss", WIRE_OFFICER | WIRE_APPROVER, true, N_("says that a line concerns no order"), { REF(N_("the "
    "line")), WHY }, { { 0 } } },
    { "forecast", "show", WIRE_ALL, false, N_("what is still to be paid, by week, month and budget year"),
      { { "until", WIRE_DATE, false, false, N_("not later than") }, { "scheme", WIRE_TEXT, false, false, N_("of this scheme only") },
        { "svg", WIRE_PICTURE, false, false, N_("file for a picture of the months (SVG)") } },
      { { "forecast", N_("Forecast"), COLUMNS(FORECAST) }, { "years", N_("Budget years"), COLUMNS(YEARS) },
        { "months", N_("Months"), COLUMNS(MONTHS) }, { "weeks", N_("Weeks"), COLUMNS(WEEKS) }, { "held", N_("Held"), COLUMNS(HELD) },
        { "tranches", N_("Tranches"), COLUMNS(TO_COME) } } },
    { "reconcile", "show", WIRE_ALL, false, N_("orders, files and booked entries against each other, to the cent"),
      { { "scheme", WIRE_TEXT, false, false, N_("of this scheme only") } },
      { { "files", N_("Order files"), COLUMNS(BALANCE) }, { "differences", N_("Differences"), COLUMNS(DIFFERENCES) } } },
    { "file", "list", WIRE_ALL, false, N_("order files with sum and SHA-256"), { { 0 } },
      { { "files", N_("Order files"), COLUMNS(FILES) } } },
    { "file", "show", WIRE_ALL, false, N_("one order file and its orders"), { REF(N_("MsgId")) },
      { { "file", N_("Order file"), COLUMNS(FILE_CARD) }, { "orders", N_("Orders"), COLUMNS(FILE_ORDERS) } } },
    { "file", "reconcile", WIRE_APPROVER | WIRE_ADMIN, true,
      N_("decides about a file in doubt, or accepts a database that went back in time"),
      { { "ref", WIRE_TEXT, true, false, N_("MsgId; none: the database as it is") },
        { "taken", WIRE_FLAG, false, false, N_("the treasury has it") },
        { "not-taken", WIRE_FLAG, false, false, N_("the treasury does not have it and will not get it from elsewhere") },
        { "above", WIRE_TEXT, false, false, N_("the last MsgId that the treasury knows: new ones are above it") }, WHY },
      { { 0 } } },
    { "file", "verify", WIRE_ALL, false, N_("compares every order file, stored and archived, with its SHA-256"), { { 0 } },
      { { "verification", N_("Order files"), COLUMNS(SCRUB) } } },
    { "journal", "list", WIRE_ALL, false, N_("what happened, who did it, and why"),
      { { "ref", WIRE_TEXT, true, false, N_("reference of the convention") },
        { "after", WIRE_TEXT, false, false, N_("only rows after this id") } },
      { { "journal", N_("Journal"), COLUMNS(JOURNAL) } } },
    { "journal", "verify", WIRE_ALL, false, N_("compares every row of the journal with its seal"),
      { { "head", WIRE_TEXT, false, false, N_("SHA-256 of a seal kept elsewhere: it must be in the chain") } },
      { { "verification", N_("Seals"), COLUMNS(VERIFICATION) } } },
    { "document", "list", WIRE_ALL, false, N_("the files that came with facts"),
      { { "ref", WIRE_TEXT, true, false, N_("reference of the convention") },
        { "scheme", WIRE_TEXT, false, false, N_("of this scheme only") } },
      { { "documents", N_("Documents"), COLUMNS(DOCUMENTS) } } },
    { "document", "save", WIRE_ALL, false, N_("writes a document to a file and compares its SHA-256"),
      { { "ref", WIRE_TEXT, true, true, N_("SHA-256 of the document") }, { "to", WIRE_SAVE, false, true, N_("file to write") },
        { "number", WIRE_TEXT, false, false, N_("one part only, from 0 (1 MiB each)") } }, { { 0 } } },
    { "calendar", "show", WIRE_ALL, false, N_("the days to come as a calendar file (iCalendar): papers due, payments, ends"),
      { { "scheme", WIRE_TEXT, false, false, N_("of this scheme only") } }, { { "days", N_("Days"), COLUMNS(DAYS) } } },
    { "mail", "list", WIRE_ALL, false, N_("mails that wait or could not be delivered"),
      { { "state", WIRE_TEXT, false, false, N_("queued, delivered, refused, cancelled or all") } },
      { { "mails", N_("Mails"), COLUMNS(MAILS) } } },
    { "mail", "show", WIRE_ALL, false, N_("one mail, and what became of it"), { REF(N_("as mail list names it")) },
      { { "mail", N_("Mail"), COLUMNS(MAIL_CARD) } } },
    { "mail", "preview", WIRE_ALL, false, N_("a mail of that kind as it would look; without a kind: which there are"),
      { { "kind", WIRE_TEXT, true, false, N_("kind of mail") },
        { "ref", WIRE_TEXT, true, false, N_("reference of the convention") } },
      { { "kinds", N_("Kinds of mail"), COLUMNS(MAIL_KINDS) }, { "mail", N_("Mail"), COLUMNS(MAIL_CARD) } } },
    { "mail", "retry", WIRE_ADMIN, true, N_("has a mail tried again at once"), { REF(N_("as mail list names it")), WHY },
      { { "mail", N_("Mail"), COLUMNS(MAIL_CARD) } } },
    { "mail", "cancel", WIRE_ADMIN, true, N_("gives a mail up"), { REF(N_("as mail list names it")), WHY },
      { { "mail", N_("Mail"), COLUMNS(MAIL_CARD) } } },
    { "clock", "show", WIRE_ALL, false, N_("the day this database is on"), { { 0 } }, { { "clock", N_("Clock"), COLUMNS(CLOCK) } } },
    { "clock", "set", WIRE_ADMIN, true, N_("moves a rehearsal's clock forward, and waits until all is done there"),
      { { "date", WIRE_DATE, true, true, N_("day (YYYY-MM-DD)") } }, { { "clock", N_("Clock"), COLUMNS(CLOCK) } } },
    { "status", "show", WIRE_ALL, false, N_("one screen: the daemon, what is due, held, waited for, late"),
      { { "held", WIRE_FLAG, false, false, N_("what is held, of more than 5000 conventions too") } },
      { { "status", N_("Status"), COLUMNS(STATUS) }, { "orders", N_("Orders that wait"), COLUMNS(WAITING) },
        { "held", N_("Held"), COLUMNS(HELD) } } },
};
/* clang-format on */

const size_t WIRE_COMMANDS_COUNT = ARRAY_LEN(WIRE_COMMANDS);

const struct wire_command *wire_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++)
        if (!strcmp(WIRE_COMMANDS[i].noun, noun) && !strcmp(WIRE_COMMANDS[i].verb, verb))
            return &WIRE_COMMANDS[i];
    return NULL;
}

/* What every command takes that changes something, unless it has its own of that name. */
static const struct wire_arg COMMON[] = {
    { "reason", WIRE_TEXT, false, false, N_("why; kept in the journal") },
    { "check", WIRE_FLAG, false, false, N_("says what would happen, and changes nothing") },
};

static size_t own_args(const struct wire_command *command)
{
    size_t n = 0;

    while (n < WIRE_ARGS_MAX && command->args[n].name)
        n++;
    return n;
}

static const struct wire_arg *own_arg(const struct wire_command *command, const char *name)
{
    for (size_t i = 0; i < own_args(command); i++)
        if (!strcmp(command->args[i].name, name))
            return &command->args[i];
    return NULL;
}

const struct wire_arg *wire_arg_at(const struct wire_command *command, size_t i)
{
    size_t own = own_args(command);

    if (i < own)
        return &command->args[i];
    for (size_t c = 0; command->changes && c < ARRAY_LEN(COMMON); c++)
        if (!own_arg(command, COMMON[c].name) && i-- == own)
            return &COMMON[c];
    return NULL;
}

const struct wire_arg *wire_arg(const struct wire_command *command, const char *name)
{
    const struct wire_arg *arg;

    for (size_t i = 0; (arg = wire_arg_at(command, i)); i++)
        if (!strcmp(arg->name, name))
            return arg;
    return NULL;
}

const struct wire_arg *wire_file_arg(const struct wire_command *command)
{
    for (size_t i = 0; i < own_args(command); i++)
        if (command->args[i].type == WIRE_FILE)
            return &command->args[i];
    return NULL;
}
