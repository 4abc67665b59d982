#include "intake.h"
#include <base/err.h>
#include <base/iban.h>
#include <base/tally.h>
#include <base/tr.h>
#include <digest/digest.h>

/* Rows of one statement to the database; a statement with that many parameters stays small. */
enum { ROWS_MAX = 1000 };

struct intake {
    struct store *store;
    struct answer_file *file;
    struct arena *arena; /* of the batch */
    struct text kinds, name_space, message_id, created, statement_id, iban, currency;
    enum answer_kind kind;
    bool lied;
    struct status_row statuses[ROWS_MAX];
    struct entry_row entries[ROWS_MAX];
    struct movement_row movements[ROWS_MAX];
    size_t status_count, entry_count, movement_count;
    int64_t block;     /* which statement of the file this is, from 1 */
    struct tally seen; /* how often an entry like this one was in it */

    /* The entry that is being read: the last of `entries`, or one stored while its details went on.
     */
    struct entry_row *entry;   /* NULL: none */
    struct entry_row stored;   /* what entry points to then */
    bool identified;           /* it has its identity: its first detail came, or its end */
    struct tally alike;        /* how often a detail like this one was in it */
    int64_t details;           /* how many came */
    int64_t detail_cents;      /* their sum, less those that go the other way than the entry */
    bool unknown_cents;        /* one of them has none */
    int64_t *unsummed, *added; /* entries: that their details do not sum up to; that got more */
    size_t unsummed_count, added_count;
    struct arena *whole; /* lives as long as the file */
};

static const char *copy(struct intake *in, const char *s)
{
    return *s ? arena_strdup(in->arena, s) : "";
}

/* An identifier; "" for what banks write where they have none (ISO 20022 and SWIFT MT customs),
 * which names nothing. */
static const char *named(const char *s)
{
    static const char *const none[] = { "NOTPROVIDED", "NONREF", "NOREF" };

    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if (!strcasecmp(s, none[i]))
            return "";
    return s;
}

static const char *copy_id(struct intake *in, const char *s)
{
    return copy(in, named(s));
}

/* An IBAN as it is stored, however the bank writes it; another account as it stands there. */
static const char *copy_iban(struct intake *in, const char *s)
{
    struct iban iban;

    return copy(in, iban_parse(&iban, s) ? s : iban.s);
}

static int64_t cents_of(const char *s)
{
    struct cents cents;

    return answer_amount(&cents, s) ? cents.v : -1;
}

/* "2024-04-03", or the day of "2024-04-03T10:00:00+02:00" as the bank counts it. */
static struct date day_of(struct intake *in, const char *s)
{
    struct date date = DATE_NONE;

    date_parse(&date, arena_strndup(in->arena, s, strlen(s) < 10 ? strlen(s) : 10));
    return date;
}

/* --- to the database -------------------------------------------------------------------------- */

static int passed(int r)
{
    return r > 0 ? INTAKE_STORE + r : r;
}

static int flush_statuses(struct intake *in)
{
    int r = in->status_count ? store_statuses_insert(in->store, in->file->id, in->statuses,
                                                     in->status_count, in->file->statuses)
                             : 0;

    in->file->statuses += (int64_t)in->status_count;
    in->status_count = 0;
    return passed(r);
}

static const struct entry_row *entry_of(const struct intake *in, const struct movement_row *m)
{
    return m->entry == -1 ? &in->stored : &in->entries[m->entry]; /* an index so far */
}

/* Nothing but that the entry is there: no identifier, no account, and of a part no words. */
static bool says_nothing(const struct entry_row *e, const struct movement_row *m)
{
    bool part = m->cents >= 0 && m->cents < e->cents && *m->remittance;

    return !part && !*m->end_to_end_id && !*m->transaction_id && !*m->instruction_id && !*m->uetr &&
           !*m->debtor_iban && !*m->creditor_iban;
}

/* Of the details of an entry that has some, those are kept that are none of these. */
static int drop_known(struct intake *in, size_t *count)
{
    bool known[ROWS_MAX];
    size_t kept = 0;
    int r = *count ? store_details_known(in->store, in->movements, *count, known) : 0;

    for (size_t i = 0; !r && i < *count; i++) {
        if (known[i])
            continue;
        in->movements[kept] = in->movements[i];
        if (!in->added_count || in->added[in->added_count - 1] != in->movements[i].entry)
            *(int64_t *)arena_push(in->whole, in->added, in->added_count) = in->movements[i].entry;
        kept++;
    }
    *count = kept;
    return r;
}

/* What was told before of an entry is not stored again. Those left that may be known come first. */
static int drop_told(struct intake *in, size_t *count)
{
    struct movement_row *others = mem_new(in->movement_count + 1, sizeof *others);
    size_t maybe = 0, sure = 0;
    int r;

    for (size_t i = 0; i < in->movement_count; i++) {
        struct movement_row m = in->movements[i];
        const struct entry_row *e = entry_of(in, &m);

        if (!e->fresh && (m.position == 0 || (e->last && says_nothing(e, &m))))
            continue;
        m.entry = e->id;
        m.position += e->last;
        if (e->last)
            in->movements[maybe++] = m;
        else
            others[sure++] = m;
    }
    r = drop_known(in, &maybe);
    memcpy(in->movements + maybe, others, sure * sizeof *others);
    *count = maybe + sure;
    free(others);
    return r;
}

/* Notes whether the details of an entry sum up to it, once it has its id. */
static void note_sum(struct intake *in, const struct entry_row *e)
{
    if (e->unsummed && (e->fresh || !e->last))
        *(int64_t *)arena_push(in->whole, in->unsummed, in->unsummed_count) = e->id;
}

static int flush_entries(struct intake *in)
{
    size_t movements = 0;
    int r = in->entry_count
                ? store_entries_insert(in->store, in->file->id, in->entries, in->entry_count)
                : 0;

    for (size_t i = 0; !r && i < in->entry_count; i++) {
        in->file->fresh += in->entries[i].fresh;
        note_sum(in, &in->entries[i]);
    }
    if (!r)
        r = drop_told(in, &movements);
    if (!r && movements)
        r = store_movements_insert(in->store, in->file->id, in->movements, movements);
    if (in->entry && in->entry != &in->stored) {
        in->stored = *in->entry;
        in->stored.currency = arena_strdup(in->whole, in->stored.currency);
        in->stored.direction = arena_strdup(in->whole, in->stored.direction);
        in->entry = &in->stored;
    }
    in->entry_count = in->movement_count = 0;
    return passed(r);
}

static int flush(struct intake *in)
{
    int r = flush_statuses(in);

    if (!r)
        r = flush_entries(in);
    arena_free(in->arena);
    in->arena = arena_new();
    return r;
}

/* --- what makes an entry the same one --------------------------------------------------------- */

static void add_key(struct text *key, const char *s)
{
    text_add(key, s, strlen(s) + 1);
}

/* The SHA-256 of KEY and the how-manieth of its like in this block it is. */
static int number(struct intake *in, struct text *key, int64_t *twin, const char **out)
{
    char hex[SHA256_HEX_MAX];
    struct sha256 digest;
    uint64_t head;
    int r = digest_sha256(&digest, key->s, key->length);

    if (r)
        return r;
    memcpy(&head, digest.bytes, sizeof head);
    *twin = tally_count(&in->seen, head);
    text_addf(key, "%lld", (long long)*twin);
    r = digest_sha256(&digest, key->s, key->length);
    *out = arena_strdup(in->arena, digest_hex(hex, &digest));
    return r;
}

/* The best of the identifiers; "": it has none. */
static const char *best_of(const char *end_to_end_id, const char *transaction_id,
                           const char *instruction_id, const char *uetr)
{
    return *end_to_end_id    ? end_to_end_id
           : *transaction_id ? transaction_id
           : *instruction_id ? instruction_id
                             : uetr;
}

/* The best that tells an entry from another under the same reference: see store_entries_insert().
 */
static void add_name(struct text *key, const struct entry_row *e)
{
    const struct entry_name *name = &e->name;
    const char *best =
        best_of(name->end_to_end_id, name->transaction_id, name->instruction_id, name->uetr);

    add_key(key, e->batch_payment_id);
    add_key(key, e->batch_message_id);
    if (*best) {
        add_key(key, best);
    } else {
        add_key(key, e->kind);
        add_key(key, name->text);
        add_key(key, name->debtor_iban);
        add_key(key, name->creditor_iban);
    }
}

/* What tells a detail from the others of its entry, and from those of its like before it. */
static int liken(struct intake *in, struct movement_row *m)
{
    CLEANUP(text_free) struct text key = { 0 };
    struct sha256 digest;
    const char *best = best_of(m->end_to_end_id, m->transaction_id, m->instruction_id, m->uetr);
    uint64_t head;
    uint32_t twin;
    int r;

    add_key(&key, m->direction);
    add_key(&key, best);
    add_key(&key, m->return_reason); /* which one that was told without may get */
    if (!*best)
        text_addf(&key, "%s|%s|%lld", m->debtor_iban, m->creditor_iban, (long long)m->cents);
    r = digest_sha256(&digest, key.s, key.length);
    if (r)
        return r;
    memcpy(&head, digest.bytes, sizeof head);
    twin = tally_count(&in->alike, head);
    m->likeness = (int64_t)(head + twin);
    return 0;
}

static struct entry_name name_of(struct intake *in, const struct entry_row *e,
                                 const struct answer_detail *first)
{
    if (!first)
        return (struct entry_name){ "", "", "", "", "", "", e->note, true };
    return (struct entry_name){ .end_to_end_id = copy_id(in, first->end_to_end_id),
                                .transaction_id = copy_id(in, first->transaction_id),
                                .instruction_id = copy_id(in, first->instruction_id),
                                .uetr = copy_id(in, first->uetr),
                                .debtor_iban = copy_iban(in, first->debtor_iban),
                                .creditor_iban = copy_iban(in, first->creditor_iban),
                                .text = copy(in, first->remittance) };
}

/* All that an entry without the bank's reference, and its first detail, say of themselves. */
static void add_all(struct text *key, const struct entry_row *e, const struct answer_detail *first)
{
    const struct entry_name *name = &e->name;
    char day[DATE_TEXT_MAX];

    add_key(key, date_format(day, e->value_on));
    add_key(key, e->code);
    add_key(key, e->note);
    add_key(key, e->batch_message_id);
    add_key(key, e->batch_payment_id);
    add_key(key, name->end_to_end_id);
    add_key(key, name->transaction_id);
    add_key(key, first ? named(first->servicer_ref) : "");
    add_key(key, first ? name->text : "");
    if (!*name->end_to_end_id && !*name->transaction_id) {
        add_key(key, *name->instruction_id ? name->instruction_id : name->uetr);
        add_key(key, name->debtor_iban);
        add_key(key, name->creditor_iban);
    }
}

/* The bank's reference with account, sum and day; where there is none, all that it says of itself
 * and the identifiers of its first detail.  Twins of one block are told apart by their number.  A
 * bank may book two payments under one reference: `apart` is for the second. */
static int identify(struct intake *in, struct entry_row *e, const struct answer_detail *first)
{
    CLEANUP(text_free) struct text key = { 0 }, apart = { 0 };
    char day[DATE_TEXT_MAX];
    int r;

    text_addf(&key, "%s|%s|%s|%s|%lld|%s", e->iban, e->direction, e->currency, e->status,
              (long long)e->cents, date_format(day, e->booked_on));
    if (e->cents < 0)
        add_key(&key, e->amount);
    add_key(&key, e->servicer_ref);
    e->name = name_of(in, e, first);
    text_add(&apart, key.s, key.length);
    add_name(&apart, e);
    if (!*e->servicer_ref)
        add_all(&key, e, first);
    r = number(in, &key, &e->twin, &e->identity);
    if (!r && *e->servicer_ref)
        r = number(in, &apart, &e->twin, &e->apart);
    e->block = in->block;
    in->identified = true;
    return r;
}

/* --- the sink --------------------------------------------------------------------------------- */

/* The entry itself as a movement, when no details came. */
static struct movement_row *whole_movement(struct intake *in)
{
    struct movement_row *m = &in->movements[in->movement_count++];
    const struct entry_row *e = in->entry;

    *m = (struct movement_row){ .message_id = "",
                                .payment_id = "",
                                .instruction_id = "",
                                .end_to_end_id = "",
                                .transaction_id = "",
                                .uetr = "",
                                .servicer_ref = e->servicer_ref,
                                .debtor = "",
                                .debtor_iban = "",
                                .creditor = "",
                                .creditor_iban = "",
                                .remittance = e->note,
                                .return_reason = "",
                                .return_note = "",
                                .code = e->code,
                                .currency = e->currency,
                                .direction = e->direction,
                                .cents = e->cents,
                                .entry = e == &in->stored ? -1 : (int64_t)in->entry_count - 1 };
    return m;
}

/* Whether M goes the other way than the entry that it stands in. */
static bool goes_back(const struct entry_row *e, const struct movement_row *m)
{
    return strcmp(m->direction, e->direction) != 0;
}

/* Ends the entry that is being read. */
static int end_entry(struct intake *in)
{
    struct entry_row *e = in->entry;
    int r = 0;

    if (!e)
        return 0;
    if (!in->details) {
        r = identify(in, e, NULL);
        whole_movement(in);
    } else if (in->details == 1 && in->unknown_cents &&
               !goes_back(e, &in->movements[in->movement_count - 1])) {
        in->movements[in->movement_count - 1].cents = e->cents; /* it is the whole of it */
    } else {
        e->unsummed = in->unknown_cents || in->detail_cents != e->cents;
    }
    if (e == &in->stored)
        note_sum(in, e);
    in->entry = NULL;
    if (!r && (in->entry_count == ROWS_MAX || in->movement_count >= ROWS_MAX - 1))
        r = flush(in);
    return r;
}

static int take_head(void *arg, const struct answer_head *head)
{
    struct intake *in = arg;
    int r = end_entry(in);

    in->kind = head->kind;
    in->lied = in->lied || head->encoding_lied;
    if (!strstr(in->kinds.s ? in->kinds.s : "", answer_kind_name(head->kind)))
        text_join(&in->kinds, " ", answer_kind_name(head->kind));
    if (!in->message_id.length) {
        text_addf(&in->message_id, "%s", head->message_id);
        text_addf(&in->name_space, "%s", head->name_space);
        text_addf(&in->created, "%s", head->created);
    }
    return r;
}

static int take_status(void *arg, const struct answer_status *s)
{
    static const char *const levels[] = { "group", "payment", "transaction" };
    struct intake *in = arg;

    in->statuses[in->status_count++] = (struct status_row){
        .level = levels[s->level],
        .message_id = copy_id(in, s->message_id),
        .payment_id = copy_id(in, s->payment_id),
        .instruction_id = copy_id(in, s->instruction_id),
        .end_to_end_id = copy_id(in, s->end_to_end_id),
        .uetr = copy_id(in, s->uetr),
        .code = copy(in, s->code),
        .reason = copy(in, s->reason),
        .note = copy(in, s->text),
        .servicer_ref = copy_id(in, s->servicer_ref),
        .amount = copy(in, s->amount),
        .currency = copy(in, s->currency),
        .creditor = copy(in, s->creditor),
        .creditor_iban = copy_iban(in, s->creditor_iban),
        .debtor_iban = copy_iban(in, s->debtor_iban),
    };
    return in->status_count == ROWS_MAX ? flush(in) : 0;
}

static void set(struct text *text, const char *s)
{
    text->length = 0;
    text_addf(text, "%s", s);
}

static int take_account(void *arg, const struct answer_account *account)
{
    struct intake *in = arg;
    int r = end_entry(in);

    if (!r && in->entry_count)
        r = flush(in); /* what comes again in this block finds the one before it stored */
    in->block++;
    tally_free(&in->seen);
    in->seen = (struct tally){ 0 };
    set(&in->iban, account->iban);
    set(&in->currency, account->currency);
    set(&in->statement_id, account->statement_id);
    return r;
}

static int take_entry(void *arg, const struct answer_entry *n)
{
    struct intake *in = arg;
    int r = end_entry(in);
    struct entry_row *e = &in->entries[in->entry_count++];

    /* A statement holds what is booked and nothing else, whether it says so or not. */
    const char *status = *n->status || in->kind != ANSWER_STATEMENT ? n->status : "BOOK";

    *e = (struct entry_row){
        .kind = answer_kind_name(in->kind),
        .iban = copy_iban(in, in->iban.s ? in->iban.s : ""),
        .statement_id = copy(in, in->statement_id.s ? in->statement_id.s : ""),
        .reference = copy(in, n->reference),
        .amount = copy(in, n->amount),
        .cents = cents_of(n->amount),
        .currency = copy(in, *n->currency     ? n->currency
                             : in->currency.s ? in->currency.s
                                              : ""),
        .direction = copy(in, n->direction),
        .reversal = !strcmp(n->reversal, "true") || !strcmp(n->reversal, "1"),
        .status = copy(in, status),
        .booked_on = day_of(in, n->booked_on),
        .value_on = day_of(in, n->value_on),
        .servicer_ref = copy_id(in, n->servicer_ref),
        .code = copy(in, n->code),
        .note = copy(in, n->text),
        .batch_message_id = "",
        .batch_payment_id = "",
        .batch_count = "",
        .batch_total = "",
        .apart = "",
    };
    in->entry = e;
    in->identified = false;
    tally_free(&in->alike);
    in->alike = (struct tally){ 0 };
    in->details = in->detail_cents = 0;
    in->unknown_cents = false;
    in->file->entries++;
    return r;
}

static int take_batch(void *arg, const struct answer_batch *b)
{
    struct intake *in = arg;
    struct entry_row *e = in->entry;

    if (!e || in->identified || *e->batch_message_id || *e->batch_payment_id)
        return 0; /* one entry for many batches: its details tell */
    e->batch_message_id = copy_id(in, b->message_id);
    e->batch_payment_id = copy_id(in, b->payment_id);
    e->batch_count = copy(in, b->count);
    e->batch_total = copy(in, b->total);
    return 0;
}

static int take_detail(void *arg, const struct answer_detail *d)
{
    struct intake *in = arg;
    struct entry_row *e = in->entry;
    struct movement_row *m;
    int64_t cents = cents_of(d->amount);
    int r = 0;

    if (!e)
        return 0;
    if (!in->identified)
        r = identify(in, e, d);
    if (!r && in->movement_count == ROWS_MAX)
        r = flush(in);
    if (r)
        return r;
    m = &in->movements[in->movement_count++];
    *m = (struct movement_row){
        .entry = in->entry == &in->stored ? -1 : (int64_t)in->entry_count - 1,
        .position = ++in->details,
        .message_id = copy_id(in, d->message_id),
        .payment_id = copy_id(in, d->payment_id),
        .instruction_id = copy_id(in, d->instruction_id),
        .end_to_end_id = copy_id(in, d->end_to_end_id),
        .transaction_id = copy_id(in, d->transaction_id),
        .uetr = copy_id(in, d->uetr),
        .servicer_ref = copy_id(in, d->servicer_ref),
        .cents = cents,
        .currency = copy(in, *d->currency ? d->currency : in->entry->currency),
        .direction = copy(in, *d->direction ? d->direction : in->entry->direction),
        .debtor = copy(in, d->debtor),
        .debtor_iban = copy_iban(in, d->debtor_iban),
        .creditor = copy(in, d->creditor),
        .creditor_iban = copy_iban(in, d->creditor_iban),
        .remittance = copy(in, d->remittance),
        .return_reason = copy(in, d->return_reason),
        .return_note = copy(in, d->return_text),
        .code = copy(in, d->code),
    };
    in->unknown_cents = in->unknown_cents || cents < 0;
    if (cents > 0)
        in->detail_cents += goes_back(in->entry, m) ? -cents : cents;
    return liken(in, m);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int end(struct intake *in)
{
    int r = end_entry(in);

    if (!r)
        r = flush(in);
    if (!r && in->unsummed_count)
        r = passed(store_entries_unsummed(in->store, in->unsummed, in->unsummed_count));
    if (!r && in->added_count)
        r = passed(store_entries_resum(in->store, in->file->id, in->added, in->added_count));
    return r;
}

static const char *kept(struct arena *arena, const struct text *text)
{
    return text->length ? arena_strdup(arena, text->s) : "";
}

int intake_read(struct store *store, const struct answer_source *source, struct arena *arena,
                struct answer_file *file, struct text *why)
{
    struct intake *in = mem_new(1, sizeof *in);
    const struct answer_sink sink = { .head = take_head,
                                      .status = take_status,
                                      .account = take_account,
                                      .entry = take_entry,
                                      .batch = take_batch,
                                      .detail = take_detail,
                                      .arg = in };
    int r;

    *in = (struct intake){ .store = store, .file = file, .arena = arena_new(), .whole = arena };
    r = answer_read(source, &sink, why);
    if (!r)
        r = end(in);
    file->kinds = kept(arena, &in->kinds);
    file->message_id = kept(arena, &in->message_id);
    file->name_space = kept(arena, &in->name_space);
    file->created = kept(arena, &in->created);
    file->remark = in->lied ? N_("it is not in the encoding that it states") : "";
    text_free(&in->kinds);
    text_free(&in->name_space);
    text_free(&in->message_id);
    text_free(&in->created);
    text_free(&in->statement_id);
    text_free(&in->iban);
    text_free(&in->currency);
    tally_free(&in->seen);
    tally_free(&in->alike);
    arena_free(in->arena);
    free(in);
    return r;
}
