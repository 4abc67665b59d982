/* Releasing: the conventions of one scheme that must be looked at, as a set, in one transaction.
 * What is decided, the orders, the exact bytes of their file and the journal become visible
 * together or not at all. */
#include "call.h"
#include "remittance.h"
#include <base/failpoint.h>
#include <base/log.h>
#include <core/target.h>
#include <sepa/letters.h>
#include <sepa/pain001.h>
#include <stdio.h>

struct batch {
    struct app *app;
    const struct instance *instance;
    struct instant now; /* one moment for all that is decided: midnight may pass meanwhile */
    struct date today;  /* its day */
    struct arena *arena;
    struct scheme *scheme;
    struct record **records;
    struct decision *decisions;
    size_t count, claimed;
    int64_t first;   /* id of the first one claimed */
    int limit, skip; /* how many conventions to claim, after how many; 0: as many as fit */
    unsigned orders, orders_max; /* over all decisions, and how many fit into the file */
    struct cents total;
    struct order_file file;
    struct journal_row *journal;
    size_t journal_count;
};

static struct journal_row *journal(struct batch *b, const struct record *record, unsigned tranche)
{
    struct journal_row *row = arena_push(b->arena, b->journal, b->journal_count);

    row->scheme = b->scheme->code;
    row->convention = record->dossier.reference;
    row->tranche = (int)tranche;
    row->why = "";
    return row;
}

/* A record that contradicts itself is set aside and reported; the others go on. */
static int set_aside(struct batch *b, struct record *record, const char *why)
{
    struct journal_row *row = journal(b, record, 0);

    row->kind = "convention.set_aside";
    row->what = _("set aside: a person must look");
    row->why = _(why);
    log_err("convention %s: %s: set aside", record->dossier.reference, why);
    return store_convention_set_aside(b->app->work, record->id, why);
}

const char *record_broken(const struct record *record)
{
    CLEANUP(text_free) struct text plain = { 0 };
    const char *why = record->damaged ? record->damaged : dossier_broken(&record->dossier);

    if (!why && record->dossier.account.present &&
        letters_fit(&plain, record->account.holder, SEPA_NAME_MAX) != 0)
        why = N_("its account holder's name cannot stand in a payment order");
    return why;
}

static int decide_all(struct batch *b)
{
    struct scheme_sums sums;
    size_t kept = 0;
    int r = store_scheme_sums(b->app->work, b->scheme->id, &sums);

    b->decisions = arena_alloc(b->arena, (b->count + 1) * sizeof *b->decisions);
    for (size_t i = 0; !r && i < b->count; i++) {
        struct record *record = b->records[i];
        const char *broken = record_broken(record);

        if (broken) {
            r = set_aside(b, record, broken);
            continue;
        }
        if (b->orders + b->scheme->rung_count > b->orders_max)
            break; /* the file may be full: the others wait for the next one */
        record->dossier.envelope_exceeded = sums.awarded.v > sums.envelope.v;
        b->records[kept] = record;
        decide(&record->dossier, b->today, &b->decisions[kept]);
        b->orders += b->decisions[kept].orders;
        for (unsigned t = 0; t < b->scheme->rung_count; t++)
            if (cents_add(&b->total, b->total, b->decisions[kept].rungs[t].amount))
                return err_raise(ERR_DAMAGED, "scheme %s: orders of one day exceed every bound",
                                 b->scheme->code);
        kept++;
    }
    b->count = kept;
    return r;
}

/* MsgId = [TEST]AUTH-YYYY-L<lease>-<counter>; never longer than 33, or EndToEndIds would not fit.
 */
static int draw_message_id(struct batch *b)
{
    const char *code = b->app->conf->authority_code;
    int64_t counter;
    int year, month, day;
    int r = store_lease_message(b->app->work, b->app->lease, &counter);

    if (r)
        return r;
    date_to_ymd(b->today, &year, &month, &day);
    b->file.message_id =
        arena_printf(b->arena, "%s%s-%04d-L%lld-%lld", b->instance->rehearsal ? "TEST" : "", code,
                     year, (long long)b->app->lease, (long long)counter);
    if (strlen(b->file.message_id) > 33)
        return err_raise(ERR_LIBRARY, "MsgId %s is too long", b->file.message_id);
    b->file.file_name = arena_printf(b->arena, "%s.xml", b->file.message_id);
    return 0;
}

/* EndToEndId = MsgId without "AUTH-", then "-<n>". */
static const char *end_to_end_id(struct batch *b, unsigned n)
{
    const char *rest = strchr(b->file.message_id, '-') + 1;

    return arena_printf(b->arena, "%s%s-%u", b->instance->rehearsal ? "TEST" : "", rest, n);
}

static struct date execution_day(const struct batch *b)
{
    struct instant_local now = instant_to_local(b->now);
    bool late = now.hour * 60 + now.minute >= b->app->conf->order_cutoff_minute;

    return target_next(late ? date_add_days(b->today, 1) : b->today);
}

static int add_bytes(void *arg, const char *bytes, size_t length)
{
    text_add(arg, bytes, length);
    return 0;
}

/* Adds the orders of record I to the message and to ROWS. */
static int write_record(struct batch *b, size_t i, struct pain001 *writer, struct order_row *rows,
                        unsigned *n)
{
    struct record *record = b->records[i];

    for (unsigned t = 0; t < b->scheme->rung_count; t++) {
        struct cents amount = b->decisions[i].rungs[t].amount;
        struct pain001_tx tx = {
            .amount = amount,
            .creditor = record->account.holder,
            .creditor_siret = &record->siret,
            .creditor_iban = &record->account.iban,
            .creditor_bic = record->account.bic.s[0] ? &record->account.bic : NULL,
        };
        int r;

        if (b->decisions[i].rungs[t].act != RUNG_ORDER)
            continue;
        tx.end_to_end_id = end_to_end_id(b, *n + 1);
        tx.remittance = remittance_text(b->arena, b->instance->rehearsal, record->dossier.reference,
                                        b->scheme->rungs[t].name);
        r = pain001_add(writer, &tx);
        if (r)
            return r < 0 ? r
                         : err_raise(ERR_DAMAGED, "convention %s: its order cannot be written (%d)",
                                     record->dossier.reference, r);
        rows[(*n)++] = (struct order_row){ record->tranche_ids[t], record->id, record->account.id,
                                           tx.end_to_end_id, amount };
    }
    return 0;
}

static int write_message(struct batch *b, struct text *bytes, struct order_row *rows)
{
    const struct conf *conf = b->app->conf;
    struct pain001_header header = {
        .message_id = b->file.message_id,
        .created_at = b->now,
        .tx_count = b->orders,
        .total = b->total,
        .initiator = conf->authority_name,
        .initiator_siret = &conf->authority_siret,
        .execution_on = b->file.execution_on,
        .debtor = conf->debtor_name,
        .debtor_iban = &conf->debtor_iban,
        .debtor_bic = &conf->debtor_bic,
    };
    CLEANUP(pain001_freep) struct pain001 *writer = NULL;
    unsigned n = 0;
    int r = pain001_begin(&writer, &header, add_bytes, bytes);

    for (size_t i = 0; !r && i < b->count; i++)
        r = write_record(b, i, writer, rows, &n);
    if (!r)
        r = pain001_end(writer);
    if (r > 0)
        return err_raise(
            ERR_LIBRARY,
            "order file %s cannot be written (%d): look at authority.name and debtor.name",
            b->file.message_id, r);
    if (!r && bytes->length > (size_t)conf->order_max_bytes)
        return err_raise(ERR_LIBRARY, "order file %s exceeds order.max_bytes", b->file.message_id);
    return r;
}

static int make_file(struct batch *b)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    struct order_row *rows = arena_alloc(b->arena, b->orders * sizeof *rows);
    struct order_patience wait = patience(b->app);
    struct sha256 digest;
    int r = draw_message_id(b);

    if (r)
        return r;
    FAILPOINT(release_numbered);
    b->file.scheme_id = b->scheme->id;
    b->file.decided_on = b->today;
    b->file.execution_on = execution_day(b);
    b->file.deadline_on = order_deadline(ORDER_PREPARED, b->file.execution_on, &wait);
    b->file.tx_count = b->orders;
    b->file.total = b->total;
    b->file.lease_number = b->app->lease;
    b->file.host = b->app->host;
    r = write_message(b, &bytes, rows);
    if (!r)
        r = digest_sha256(&digest, bytes.s, bytes.length);
    if (r)
        return r;
    memcpy(b->file.sha256, digest.bytes, sizeof b->file.sha256);
    b->file.body = bytes.s;
    b->file.body_length = bytes.length;
    r = store_order_file_insert(b->app->work, &b->file);
    FAILPOINT(release_filed);
    return r ? r : store_orders_insert(b->app->work, &b->file, rows, b->orders, b->today);
}

static void note_rung(struct batch *b, const struct record *record, const struct decision *decision,
                      unsigned t)
{
    CLEANUP(text_free) struct text why = { 0 };
    char sum[TR_CENTS_MAX], day[DATE_TEXT_MAX];
    struct journal_row *row = journal(b, record, t + 1);
    struct verdicts v;

    gates_ask(&record->dossier, t, b->today, &v);
    say_last_opened(&why, &record->dossier, &v, record->paper_due_on, b->today);
    row->why = arena_strdup(b->arena, why.s);
    if (decision->rungs[t].act == RUNG_CLOSE) {
        row->kind = "tranche.closed";
        row->what = arena_printf(b->arena, _("tranche %s closed: nothing is due"),
                                 b->scheme->rungs[t].name);
        return;
    }
    row->kind = "tranche.released";
    row->what =
        arena_printf(b->arena, _("tranche %s released: %s ordered in file %s, execution on %s"),
                     b->scheme->rungs[t].name, tr_cents(sum, decision->rungs[t].amount),
                     b->file.message_id, tr_date(day, b->file.execution_on));
}

static void note_state(struct batch *b, const struct record *record,
                       const struct decision *decision)
{
    CLEANUP(text_free) struct text missing = { 0 };
    enum convention_event event;
    struct journal_row *row;

    if (decision->state == record->dossier.state)
        return;
    row = journal(b, record, 0);
    event = decision->state == CONVENTION_COMPLETED ? CE_COMPLETED : CE_ENDED;
    row->kind = event == CE_COMPLETED ? "convention.completed" : "convention.expired";
    row->what = arena_printf(b->arena, _("the convention is now %s: %s"),
                             tr_word(convention_state_name(decision->state)),
                             _(convention_why(record->dossier.state, event)));
    say_missing(&missing, &record->dossier, record->paper_due_on, b->today);
    if (missing.length)
        row->why = arena_printf(b->arena, _("missing: %s"), missing.s);
}

/* Journal rows and closed rungs of every decision. */
static int follow_up(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        uint32_t closed = 0;

        for (unsigned t = 0; t < b->scheme->rung_count; t++) {
            if (b->decisions[i].rungs[t].act != RUNG_KEEP)
                note_rung(b, b->records[i], &b->decisions[i], t);
            if (b->decisions[i].rungs[t].act == RUNG_CLOSE)
                closed |= UINT32_C(1) << t;
        }
        note_state(b, b->records[i], &b->decisions[i]);
        if (closed) {
            int r = store_rungs_close(b->app->work, b->records[i], closed, (struct cents){ 0 },
                                      b->today);

            if (r)
                return r;
        }
    }
    return journal_add(b->app, b->instance, "tranched", NULL, b->journal, b->journal_count);
}

/* How many orders fit into one file, by count and by size (an order takes under 1 200 bytes); every
 * convention must fit with all its rungs. */
static unsigned orders_max(const struct batch *b)
{
    const struct conf *conf = b->app->conf;
    int64_t by_size = (conf->order_max_bytes - 4000) / 1200;
    int64_t max = by_size < conf->order_max_tx ? by_size : conf->order_max_tx;

    return max > b->scheme->rung_count ? (unsigned)max : b->scheme->rung_count;
}

/* Locks and loads what is due. */
static int claim(struct batch *b, int64_t scheme_id, struct date today)
{
    struct store *work = b->app->work;
    const struct conf *conf = b->app->conf;
    int r = store_scheme_load_id(work, scheme_id, SCHEME_SHARE, b->arena, &b->scheme);

    if (r)
        return r;
    b->orders_max = orders_max(b);
    r = store_conventions_claim(work, b->scheme, today, b->limit ? b->limit : (int)b->orders_max,
                                b->skip, (int)conf->account_wait_days, b->arena, &b->records,
                                &b->count);
    b->claimed = b->count;
    b->first = b->count ? b->records[0]->id : 0;
    return r;
}

static int release_scheme(struct batch *b, int64_t scheme_id)
{
    int r = claim(b, scheme_id, b->today);

    if (r || !b->count)
        return r;
    FAILPOINT(release_claimed);
    r = decide_all(b);
    FAILPOINT(release_decided);
    if (!r && b->orders)
        r = make_file(b);
    FAILPOINT(release_ordered);
    if (!r)
        r = follow_up(b);
    if (!r)
        r = remind(b->app, b->instance, b->records, b->decisions, b->count);
    FAILPOINT(release_noted);
    return r ? r : store_conventions_decided(b->app->work, b->records, b->decisions, b->count);
}

static void log_released(const struct batch *b)
{
    char sum[CENTS_TEXT_MAX];

    if (b->orders)
        log_notice("scheme %s: %u orders, %s EUR, in %s", b->scheme->code, b->orders,
                   cents_format(sum, b->total), b->file.message_id);
}

/* Which of the conventions that are due a step takes, and what came of it. */
struct attempt {
    int64_t scheme_id;
    int limit, skip; /* as in a batch */
    bool trial;      /* to be taken back */
    bool worked;
    size_t claimed;
    int64_t first; /* id of the first one claimed; 0: none */
};

/* What a step does for one scheme, in a transaction of its own. */
static int release_once(struct app *app, const struct instance *instance, struct attempt *attempt)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct instant now = business_moment(instance);
    struct batch b = { .app = app,
                       .instance = instance,
                       .now = now,
                       .today = instant_to_local(now).date,
                       .arena = arena,
                       .limit = attempt->limit,
                       .skip = attempt->skip };
    int r = leader_begin(app);

    if (!r)
        r = release_scheme(&b, attempt->scheme_id);
    attempt->claimed = b.claimed;
    attempt->first = b.first;
    if (r || attempt->trial || (!b.count && !b.journal_count)) {
        store_rollback(app->work);
        return r;
    }
    r = leader_end(app, 0);
    FAILPOINT(release_stored);
    if (!r)
        log_released(&b);
    attempt->worked = !r;
    return r;
}

/* Whether a failed step says something about a convention's data: not about the connection, the
 * lead, a lock, the file, a mail or the kept sums of the scheme. */
static bool is_about_data(const struct app *app, int r)
{
    const char *constraint = store_constraint(app->work);

    return !store_is_broken(app->work) &&
           (r == ERR_DAMAGED ||
            ((r == STORE_E_REFUSED || r == STORE_E_EXISTS) &&
             strncmp(constraint, "scheme_", 7) != 0 && strncmp(constraint, "mail_", 5) != 0 &&
             (strncmp(constraint, "order_file_", 11) != 0 ||
              !strcmp(constraint, "order_file_sum"))));
}

/* Tries the LIMIT conventions after the first SKIP, and takes it back. The lead is renewed before,
 * for good: many trials are longer than a lease. */
static int try_some(struct app *app, const struct instance *instance, struct attempt *attempt,
                    int limit, int skip)
{
    int r = app_lead_on(app);

    attempt->trial = true;
    attempt->limit = limit;
    attempt->skip = skip;
    return r ? r : release_once(app, instance, attempt);
}

static int set_aside_one(struct app *app, const struct instance *instance, int64_t scheme_id,
                         int64_t convention)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *why = N_("the order it leads to cannot be written"), *reference;
    struct journal_row row = { .kind = "convention.set_aside",
                               .what = _("set aside: a person must look"),
                               .why = _(why) };
    struct scheme *scheme = NULL;
    int r = leader_begin(app);

    if (!r)
        r = store_scheme_load_id(app->work, scheme_id, SCHEME_READ, arena, &scheme);
    if (!r)
        r = store_convention_set_aside(app->work, convention, why);
    if (!r)
        r = store_convention_reference(app->work, convention, arena, &reference);
    if (!r) {
        row.scheme = scheme->code;
        row.convention = reference;
        log_err("convention %s: %s: set aside", reference, why);
        r = journal_add(app, instance, "tranched", NULL, &row, 1);
    }
    return leader_end(app, r);
}

/* Something among COUNT conventions makes the whole step fail as FAILURE says.  The first that does
 * is found by halving; when it fails alone too it is set aside, and the others go on. */
static int isolate(struct app *app, const struct instance *instance, struct attempt *attempt,
                   int failure)
{
    int good = 0, bad = (int)attempt->claimed, r;

    while (bad - good > 1) {
        int middle = good + (bad - good) / 2;

        r = try_some(app, instance, attempt, middle, 0);
        if (r && !is_about_data(app, r))
            return r;
        if (r)
            bad = middle;
        else
            good = middle;
    }
    r = try_some(app, instance, attempt, 1, bad - 1);
    if (!is_about_data(app, r) || !attempt->first)
        return r ? r : failure;
    r = set_aside_one(app, instance, attempt->scheme_id, attempt->first);
    attempt->worked = !r;
    return r;
}

static int release_one(struct app *app, const struct instance *instance, int64_t scheme_id,
                       bool *worked)
{
    struct attempt attempt = { .scheme_id = scheme_id };
    int r = release_once(app, instance, &attempt);

    if (is_about_data(app, r) && attempt.claimed)
        r = isolate(app, instance, &attempt, r);
    *worked = attempt.worked;
    return r;
}

int release_step(struct app *app, const struct instance *instance, struct tick *tick, bool *worked)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    int64_t *schemes = NULL;
    size_t count = 0;
    int r = store_begin_read(app->work);

    if (!r)
        r = store_schemes_due(app->work, business_day(instance), arena, &schemes, &count);
    store_rollback(app->work);
    /* One scheme that cannot be decided does not stop the others; its failure is told at the end.
     */
    for (size_t i = 0; !*worked && i < count && !store_is_broken(app->work); i++) {
        int one = release_one(app, instance, schemes[i], worked);

        r = r ? r : one;
        if (one == STORE_E_NONE)
            return one; /* no longer the leader */
    }
    if (*worked)
        return 0;
    if (!r && !*worked && count)
        tick->result = TICK_LATER; /* due, and locked by somebody: look again in a second */
    return r;
}
