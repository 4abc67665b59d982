/* What answers prove of orders: each piece is judged by the core's table, one after the other, and
 * a page of them is stored as sets. Conventions are locked before anything is judged. */
#include "evidence.h"
#include <base/log.h>
#include <core/code.h>
#include <sepa/answer.h>
#include <store/answer.h>

enum { PAGE = 1000, TOLD_MAX = 8 };

/* What the pieces before said about the same order, within one page. */
struct carry {
    int64_t order;
    enum order_state state;
    enum tranche_state tranche_state;
    enum status_level settled, refused; /* the deepest, and the widest */
    bool moved, was_live;
    int64_t booked_cents, returned_cents;
    bool account_refused; /* one of its refusals spoke of the account or the payee */
    const struct evidence *told[TOLD_MAX]; /* what was told of it, within the page */
    size_t told_count;
};

struct page {
    struct call *call;
    struct evidence *rows;
    struct effect *effects;
    size_t count;
    struct journal_row *journal;
    size_t journal_count;
    int64_t *disputed; /* conventions */
    const char **dispute_whys;
    size_t disputed_count;
    struct carry carry;
    struct applied *applied;
    int64_t batch;      /* the movement that was told last, if it stands for a whole file */
    bool linked;        /* by a person, who knows what the line does not say */
    bool other_account; /* .. and that the payee's account is another */
};

static void verdict(struct effect *effect, const char *state, const char *why)
{
    effect->verdict = state;
    effect->why = why;
}

/* --- statuses --------------------------------------------------------------------------------- */

/* What a status says of one order. A group or payment that holds a mismatch says so of the
 * transactions that its report lists. */
static enum order_event status_event(const struct evidence *e, const struct status_code *code)
{
    if (code->event == OE_MISMATCH && e->listed && e->level != LEVEL_TRANSACTION)
        return OE_RECEIVED;
    return code->event;
}

/* Which terms of an order a status names otherwise. */
static const char *status_differs(const struct page *p, const struct evidence *e)
{
    struct cents cents;

    if (e->level != LEVEL_TRANSACTION)
        return NULL;
    if (*e->amount && (!answer_amount(&cents, e->amount) || cents.v != e->ordered.v))
        return _("the sum is not that of the order");
    if (*e->creditor_iban && !p->other_account && strcmp(e->creditor_iban, e->iban) != 0)
        return _("the payee's account is not that of the order");
    return NULL;
}

static void judge_status(struct page *p, const struct evidence *e, struct effect *effect)
{
    const struct status_code *code = status_code_find(e->code);
    const char *differs = status_differs(p, e);
    bool left = p->carry.state == ORDER_BOOKED || p->carry.state == ORDER_RETURNED;

    effect->code = *e->reason ? arena_printf(p->call->arena, "%s %s", e->code, e->reason) : e->code;
    effect->note = e->note;
    if (!code)
        verdict(effect, "differs", _("its status code is not known"));
    else if (differs)
        verdict(effect, "differs", differs);
    else
        effect->event = status_event(e, code);
    if (order_event_kills(effect->event) && !status_answers_recall(e->code) &&
        reason_codes_say_copy(e->reason) && !p->linked) {
        effect->event = OE_NOTHING;
        if (!left) /* else it is known which of the two was paid */
            verdict(effect, "differs",
                    _("refused as a copy of what the bank has: this says nothing of the first"));
    }
    if (!strcmp(e->code, "ACCR") && (left || p->carry.settled))
        effect->event = OE_NOTHING; /* the money comes back by an entry of its own */
    if (effect->event == OE_MISMATCH && e->released)
        effect->event = OE_NOTHING; /* that was decided */
    if (!*effect->verdict && effect->event == OE_NOTHING)
        verdict(effect, "silent", "");
}

/* --- movements -------------------------------------------------------------------------------- */

/* Either way round: the account that is not ours. */
static const char *other_iban(const struct evidence *e, const char *own)
{
    return strcmp(e->creditor_iban, own) != 0 ? e->creditor_iban : e->debtor_iban;
}

const char *evidence_other_account(const struct evidence *e, const char *own)
{
    const char *other = e->movement_id ? other_iban(e, own) : e->creditor_iban;

    return *other && strcmp(other, e->iban) != 0 ? other : NULL;
}

static const char *say_terms(struct arena *arena, unsigned bits)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        { TERM_AMOUNT, N_("the sum") },     { TERM_CURRENCY, N_("the currency") },
        { TERM_DEBTOR, N_("our account") }, { TERM_CREDITOR, N_("the payee's account") },
        { TERM_DATE, N_("the day") },
    };
    CLEANUP(text_free) struct text list = { 0 };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (bits & names[i].bit)
            text_join(&list, ", ", _(names[i].name));
    return arena_printf(arena, _("does not fit the order: %s"), list.s);
}

/* Why E cannot be the booking or return that it claims to be; NULL: it can. */
static const char *movement_differs(const struct page *p, const struct evidence *e,
                                    enum order_event event)
{
    const char *own = p->call->app->conf->debtor_iban.s;
    struct order_terms ordered = { .amount = e->ordered,
                                   .currency = "EUR",
                                   .debtor_iban = own,
                                   .creditor_iban = e->iban,
                                   .on = e->decided_on };
    struct order_terms seen = { .amount = { e->batch ? e->ordered.v : e->cents },
                                .currency = e->currency,
                                .debtor_iban = e->account,
                                .creditor_iban = other_iban(e, own),
                                .on = e->booked_on };
    unsigned bits;

    if (event == OE_RETURNED && !e->returns && !p->linked)
        return _("nothing in it says that it is a return");
    if (event == OE_RETURNED && e->cents > 0 && e->cents <= e->ordered.v)
        seen.amount = e->ordered; /* a return has a sum of its own, charges taken off */
    bits = order_differences(&ordered, &seen, p->call->today);
    if (p->other_account)
        bits &= ~(unsigned)TERM_CREDITOR;
    if (bits)
        return say_terms(p->call->arena, bits);
    if (e->batch &&
        (e->cents != e->batch_cents || (e->batch_told >= 0 && e->batch_told != e->batch_orders)))
        return _("count or sum of the batch is not that of its file's orders");
    if (!e->summed)
        return _("the details of its entry do not sum up to it");
    if (!e->batch && e->left_cents < e->cents)
        return _("its entry is spent: other payments were proven by it before");
    if (e->reversal && event == OE_BOOKED)
        return _("it reverses something");
    return NULL;
}

/* Whether E says what another kind of report said, and its own did not say it already. */
static bool is_told(struct carry *c, const struct evidence *e)
{
    bool elsewhere = e->told == TOLD_ELSEWHERE;

    if (!elsewhere && e->told != TOLD_ALREADY)
        return false;
    for (size_t i = 0; i < c->told_count; i++) {
        const struct evidence *t = c->told[i];
        bool one_entry = t->entry_id == e->entry_id;

        if (t->movement_id != e->movement_id && !strcmp(t->direction, e->direction) &&
            (!strcmp(e->direction, "DBIT") || t->cents == e->cents) &&
            (one_entry || (elsewhere && !strcmp(t->kind, e->kind))))
            return false;
    }
    if (c->told_count < TOLD_MAX)
        c->told[c->told_count++] = e;
    else
        return !elsewhere; /* so often is worth a look */
    return true;
}

static void judge_movement(struct page *p, const struct evidence *e, struct effect *effect)
{
    enum order_event event = !strcmp(e->direction, "DBIT") ? OE_BOOKED : OE_RETURNED;
    const char *differs = movement_differs(p, e, event);

    effect->code = e->reason;
    effect->note = e->note;
    if (is_told(&p->carry, e)) {
        effect->event = event == OE_RETURNED ? event : OE_NOTHING; /* it may give a new reason */
        verdict(effect, "repeated", "");
    } else if (differs) {
        verdict(effect, "differs", differs);
    } else if (e->told == TOLD_OTHERWISE && !p->linked) {
        verdict(effect, "differs",
                _("the bank's reference is known already, on another day or with another sum"));
    } else if (event == OE_BOOKED && e->proven_cents + p->carry.booked_cents) {
        verdict(effect, "contradicts", _("the order is booked a second time"));
    } else if (event == OE_RETURNED &&
               e->proven_cents + p->carry.returned_cents + e->cents > e->ordered.v) {
        verdict(effect, "contradicts", _("more money comes back than left"));
    } else {
        effect->event = event;
        effect->proves = true;
    }
}

static bool stops(const struct effect *effect)
{
    return !strcmp(effect->verdict, "contradicts") || !strcmp(effect->verdict, "differs");
}

/* --- what follows ----------------------------------------------------------------------------- */

/* A reason that speaks of the account or the payee has the account verified anew. */
static bool refuses_account(const struct effect *effect)
{
    const char *reasons = effect->about->reason;

    return (effect->event == OE_REJECTED || effect->event == OE_RETURNED) &&
           reason_codes_class(reasons) == REASON_DATA;
}

static const char *say_contradiction(enum order_state state, enum order_event event)
{
    if (event == OE_SETTLED)
        return _("the bank says settled of an order that was proven dead");
    if (event == OE_BOOKED)
        return _("an order that was proven dead is booked");
    if (event == OE_RETURNED)
        return _("money comes back for an order that was proven dead");
    return state == ORDER_RETURNED ? _("the bank refuses an order whose money came back")
                                   : _("the bank refuses an order that is booked");
}

/* Takes in how far a status reaches that says settled or refused; true: now the bank said both, so
 * that one of them is wrong. A yes to a request to take an order back holds against what is said of
 * its file. What came by an entry is judged by its step. */
static bool weigh_status(struct carry *c, struct effect *effect)
{
    bool taken_back = !strcmp(effect->about->code, "ACCR");
    enum status_level level = taken_back ? LEVEL_GROUP : effect->about->level;
    bool kills = order_event_kills(effect->event);
    bool left = c->state == ORDER_BOOKED || c->state == ORDER_RETURNED;
    bool dead = !left && !order_is_live(c->state);

    if (effect->event == OE_SETTLED) {
        effect->proves = level > c->settled;
        c->settled = effect->proves ? level : c->settled;
    } else if (kills && !left) {
        effect->proves = !dead || level < c->refused;
        c->refused = effect->proves ? level : c->refused;
    }
    return effect->proves && (dead || kills) && status_contradicts(c->settled, c->refused);
}

static void step(struct page *p, struct effect *effect, enum order_state to)
{
    struct carry *c = &p->carry;
    enum tranche_event event = order_tranche_event(effect->event);
    int tranche = event == TRANCHE_EVENTS ? -1 : tranche_step(c->tranche_state, event);
    struct order_patience wait = patience(p->call->app);

    effect->proves = effect->stepped = true;
    c->state = to;
    c->tranche_state = tranche < 0 ? c->tranche_state : (enum tranche_state)tranche;
    p->applied->moved += !c->moved; /* an order counts once */
    c->moved = true;
    effect->deadline = order_deadline(c->state, p->call->today, &wait);
    verdict(effect, effect->about->movement_id ? order_event_name(effect->event) : "applied", "");
}

static void move(struct page *p, struct effect *effect)
{
    struct carry *c = &p->carry;
    int to = order_step(c->state, effect->event);
    bool both = false;

    if (effect->event == OE_BOOKED)
        c->booked_cents += effect->about->ordered.v;
    if (effect->event == OE_RETURNED)
        c->returned_cents += effect->about->cents;
    if (effect->about->status_id)
        both = weigh_status(c, effect);
    if (effect->event == OE_SETTLED && to == ORDER_CONTRADICTS && !both)
        to = ORDER_UNMOVED; /* told before, or above what was refused */
    if (to == ORDER_CONTRADICTS) {
        effect->proves = effect->proves || effect->about->movement_id != 0;
        verdict(effect, "contradicts", say_contradiction(c->state, effect->event));
        return;
    }
    if (to == ORDER_UNMOVED) {
        verdict(effect, effect->about->movement_id ? order_event_name(effect->event) : "repeated",
                "");
        p->applied->added += effect->event == OE_RETURNED;
    } else {
        step(p, effect, (enum order_state)to);
    }
    if (both)
        verdict(effect, "contradicts", _("the bank refuses an order that it said to be settled"));
}

/* A reason that speaks of the account has it looked at anew, once, whenever it is told. */
static void look_at_reason(struct carry *c, struct effect *effect)
{
    c->account_refused =
        c->account_refused || reason_lines_speak_of_account(effect->about->refusals);
    if (order_is_live(c->state) || c->account_refused || !refuses_account(effect) ||
        (!effect->stepped && (stops(effect) || !*effect->about->reason)))
        return;
    effect->refuses_account = c->account_refused = true;
    effect->proves = effect->proves || effect->about->status_id != 0;
}

static void judge(struct page *p, size_t i)
{
    const struct evidence *e = &p->rows[i];
    struct effect *effect = &p->effects[i];
    struct carry *c = &p->carry;

    if (c->order != e->order_id)
        *c = (struct carry){ .order = e->order_id,
                             .state = e->state,
                             .tranche_state = e->tranche_state,
                             .was_live = order_is_live(e->state),
                             .settled = e->settled,
                             .refused = e->refused };
    *effect = (struct effect){ .about = e, .verdict = "", .why = "", .code = "", .note = "" };
    if (e->status_id)
        judge_status(p, e, effect);
    else
        judge_movement(p, e, effect);
    if (!*effect->verdict)
        move(p, effect);
    look_at_reason(c, effect);
    effect->moved = c->moved;
    effect->state = c->state;
    effect->tranche_state = c->tranche_state;
    effect->died = c->was_live && !order_is_live(c->state);
    if (i && !date_is_set(effect->deadline) && p->effects[i - 1].about->order_id == e->order_id)
        effect->deadline = p->effects[i - 1].deadline;
}

/* --- telling ---------------------------------------------------------------------------------- */

static struct journal_row *journal(struct page *p, const struct evidence *e, const char *kind)
{
    struct journal_row *row = arena_push(p->call->arena, p->journal, p->journal_count);

    *row = (struct journal_row){ .kind = kind,
                                 .scheme = e->scheme,
                                 .convention = e->reference,
                                 .tranche = e->tranche,
                                 .why = "",
                                 .amount = e->ordered,
                                 .about = e->end_to_end_id };
    return row;
}

static const char *const MOVED[ORDER_EVENTS] = {
    [OE_RECEIVED] = N_("order %s of %s: the bank has received it"),
    [OE_MISMATCH] =
        N_("order %s of %s: the payee's verification does not match, an approver releases "
           "or cancels it"),
    [OE_ACCEPTED] = N_("order %s of %s: accepted by the bank"),
    [OE_SETTLED] = N_("order %s of %s: settled, says the bank; no statement shows it yet"),
    [OE_REJECTED] = N_("order %s of %s: refused by the bank"),
    [OE_CANCELLED] = N_("order %s of %s: cancelled by the bank"),
    [OE_BOOKED] = N_("order %s of %s: paid, the debit is booked"),
    [OE_RETURNED] = N_("order %s of %s: the money came back"),
};

/* With the bank's codes and words as its reason. */
static struct journal_row *journal_codes(struct page *p, const struct effect *effect,
                                         const char *kind)
{
    CLEANUP(text_free) struct text why = { 0 };
    struct journal_row *row = journal(p, effect->about, kind);

    row->until = effect->deadline;
    say_codes(&why, effect->code, effect->note);
    if (why.length)
        row->why = arena_strdup(p->call->arena, why.s);
    return row;
}

static void note_moved(struct page *p, const struct effect *effect)
{
    const struct evidence *e = effect->about;
    const char *kind = arena_printf(p->call->arena, "order.%s", order_event_name(effect->event));
    char sum[TR_CENTS_MAX];

    journal_codes(p, effect, kind)->what = arena_printf(
        p->call->arena, _(MOVED[effect->event]), e->end_to_end_id, tr_cents(sum, e->ordered));
}

/* What is told of a dead order later than that it is dead. */
static void note_reason(struct page *p, const struct effect *effect)
{
    journal_codes(p, effect, "order.reason")->what =
        arena_printf(p->call->arena,
                     _("order %s: the bank gives a reason that speaks of the account or the payee"),
                     effect->about->end_to_end_id);
}

/* What the bank answers to a request to take an order back moves nothing by itself, but for a yes.
 */
static void note_recall(struct page *p, const struct effect *effect)
{
    journal_codes(p, effect, "order.recall_answered")->what =
        arena_printf(p->call->arena, _("order %s: the bank answers the request to take it back"),
                     effect->about->end_to_end_id);
}

static void dispute(struct page *p, const struct effect *effect)
{
    size_t n = p->disputed_count;

    *arena_push(p->call->arena, p->disputed, p->disputed_count) = effect->about->convention_id;
    *arena_push(p->call->arena, p->dispute_whys, n) =
        arena_printf(p->call->arena, _("order %s: %s"), effect->about->end_to_end_id, effect->why);
    log_err("order %s of convention %s: %s: its convention is held", effect->about->end_to_end_id,
            effect->about->reference, effect->why);
}

/* What stops is told, a batch once however many orders it stands for. */
static void tell_stopped(struct page *p, const struct effect *effect, bool contradicts)
{
    const struct evidence *e = effect->about;
    struct journal_row *row;

    if (e->batch && p->batch == e->movement_id)
        return;
    p->batch = e->batch ? e->movement_id : 0;
    row = journal(p, e, contradicts ? "order.contradicted" : "order.differs");
    row->what = arena_printf(p->call->arena, _("order %s: %s"), e->end_to_end_id, effect->why);
    p->applied->contradicts += contradicts;
    p->applied->differs += !contradicts;
}

static void tell(struct page *p, const struct effect *effect)
{
    bool contradicts = !strcmp(effect->verdict, "contradicts");

    if (contradicts)
        dispute(p, effect);
    if (effect->stepped)
        note_moved(p, effect);
    else if (effect->refuses_account)
        note_reason(p, effect);
    if (stops(effect))
        tell_stopped(p, effect, contradicts);
    else if (effect->about->status_id && !effect->stepped &&
             status_answers_recall(effect->about->code))
        note_recall(p, effect);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int apply_page(struct page *p)
{
    struct store *work = p->call->app->work;

    p->effects = arena_alloc(p->call->arena, (p->count + 1) * sizeof *p->effects);
    for (size_t i = 0; i < p->count; i++) {
        judge(p, i);
        tell(p, &p->effects[i]);
    }
    TRY(stored(p->call, store_effects(work, p->effects, p->count, p->call->today)));
    TRY(stored(p->call, store_conventions_dispute(work, p->disputed, p->dispute_whys,
                                                  p->disputed_count, p->call->today)));
    TRY(note_rows(p->call, p->journal, p->journal_count));
    for (size_t i = 0; i < p->count; i++)
        if (p->effects[i].about->terminated && p->effects[i].died &&
            (i + 1 == p->count || p->rows[i + 1].order_id != p->rows[i].order_id))
            TRY(close_terminated(p->call, p->effects[i].about->reference,
                                 (unsigned)p->effects[i].about->tranche - 1));
    return 0;
}

/* The last line of a page, and the last order of that line. */
static void pass(const struct page *p, int64_t *line, int64_t *order)
{
    for (size_t i = 0; i < p->count; i++) {
        int64_t own = p->rows[i].status_id + p->rows[i].movement_id;

        if (own > *line) {
            *line = own;
            *order = p->rows[i].order_id;
        } else if (own == *line && p->rows[i].order_id > *order) {
            *order = p->rows[i].order_id;
        }
    }
}

/* One way in which evidence is found; MATCHES stands for statuses. */
static int apply_all(struct call *call, int64_t answer, enum match match, struct applied *applied)
{
    struct store *work = call->app->work;
    const char *own = call->app->conf->debtor_iban.s;
    int64_t order = 0, line = 0;

    for (;;) {
        struct page p = { .call = call, .applied = applied };

        TRY(stored(call, match == MATCHES
                             ? store_evidence_statuses(work, answer, order, line, PAGE, call->arena,
                                                       &p.rows, &p.count)
                             : store_evidence_movements(work, match, answer, own, order, line, PAGE,
                                                        call->arena, &p.rows, &p.count)));
        if (!p.count)
            return 0;
        TRY(apply_page(&p));
        pass(&p, &line, &order);
    }
}

int evidence_apply(struct call *call, int64_t answer, struct applied *out)
{
    const char *own = call->app->conf->debtor_iban.s;

    *out = (struct applied){ 0 };
    TRY(stored(call, store_answer_lock(call->app->work, answer, own)));
    TRY(apply_all(call, answer, MATCHES, out));
    for (int m = 0; m < MATCHES; m++)
        TRY(apply_all(call, answer, (enum match)m, out));
    return stored(call, store_answer_settle(call->app->work, answer, own));
}

int evidence_apply_one(struct call *call, const struct evidence *evidence, bool other_account,
                       struct applied *out, const char **why)
{
    struct page p = {
        .call = call, .applied = out, .count = 1, .linked = true, .other_account = other_account
    };

    *out = (struct applied){ 0 };
    p.rows = arena_alloc(call->arena, sizeof *p.rows);
    p.rows[0] = *evidence;
    TRY(apply_page(&p));
    *why = p.effects[0].why;
    return 0;
}
