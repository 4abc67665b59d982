#include <base/iban.h>
#include <base/mem.h>
#include <core/order.h>
#include <core/target.h>

/* What is not named here leaves an order as it is. */
static const struct {
    enum order_state from;
    enum order_event event;
    int to;
} STEPS[] = {
    { ORDER_PREPARED, OE_RECEIVED, ORDER_ACKNOWLEDGED },
    { ORDER_PREPARED, OE_MISMATCH, ORDER_AWAITING_RELEASE },
    { ORDER_PREPARED, OE_ACCEPTED, ORDER_ACCEPTED },
    { ORDER_PREPARED, OE_SETTLED, ORDER_ACCEPTED },
    { ORDER_PREPARED, OE_REJECTED, ORDER_REJECTED },
    { ORDER_PREPARED, OE_CANCELLED, ORDER_CANCELLED },
    { ORDER_PREPARED, OE_BOOKED, ORDER_BOOKED },
    { ORDER_PREPARED, OE_RETURNED, ORDER_RETURNED },
    { ORDER_ACKNOWLEDGED, OE_MISMATCH, ORDER_AWAITING_RELEASE },
    { ORDER_ACKNOWLEDGED, OE_ACCEPTED, ORDER_ACCEPTED },
    { ORDER_ACKNOWLEDGED, OE_SETTLED, ORDER_ACCEPTED },
    { ORDER_ACKNOWLEDGED, OE_REJECTED, ORDER_REJECTED },
    { ORDER_ACKNOWLEDGED, OE_CANCELLED, ORDER_CANCELLED },
    { ORDER_ACKNOWLEDGED, OE_BOOKED, ORDER_BOOKED },
    { ORDER_ACKNOWLEDGED, OE_RETURNED, ORDER_RETURNED },
    { ORDER_AWAITING_RELEASE, OE_RELEASED, ORDER_ACKNOWLEDGED },
    { ORDER_AWAITING_RELEASE, OE_ACCEPTED, ORDER_ACCEPTED },
    { ORDER_AWAITING_RELEASE, OE_SETTLED, ORDER_ACCEPTED },
    { ORDER_AWAITING_RELEASE, OE_REJECTED, ORDER_REJECTED },
    { ORDER_AWAITING_RELEASE, OE_CANCELLED, ORDER_CANCELLED },
    { ORDER_AWAITING_RELEASE, OE_BOOKED, ORDER_BOOKED },
    { ORDER_AWAITING_RELEASE, OE_RETURNED, ORDER_RETURNED },
    { ORDER_ACCEPTED, OE_REJECTED, ORDER_REJECTED },
    { ORDER_ACCEPTED, OE_CANCELLED, ORDER_CANCELLED },
    { ORDER_ACCEPTED, OE_BOOKED, ORDER_BOOKED },
    { ORDER_ACCEPTED, OE_RETURNED, ORDER_RETURNED },
    { ORDER_BOOKED, OE_RETURNED, ORDER_RETURNED },
    /* Money left for what was proven dead, or is said never to have left. */
    { ORDER_BOOKED, OE_REJECTED, ORDER_CONTRADICTS },
    { ORDER_BOOKED, OE_CANCELLED, ORDER_CONTRADICTS },
    { ORDER_RETURNED, OE_REJECTED, ORDER_CONTRADICTS },
    { ORDER_RETURNED, OE_CANCELLED, ORDER_CONTRADICTS },
    { ORDER_REJECTED, OE_SETTLED, ORDER_CONTRADICTS },
    { ORDER_REJECTED, OE_BOOKED, ORDER_CONTRADICTS },
    { ORDER_REJECTED, OE_RETURNED, ORDER_CONTRADICTS },
    { ORDER_CANCELLED, OE_SETTLED, ORDER_CONTRADICTS },
    { ORDER_CANCELLED, OE_BOOKED, ORDER_CONTRADICTS },
    { ORDER_CANCELLED, OE_RETURNED, ORDER_CONTRADICTS },
};

static const char *const STATE_NAMES[] = { "prepared", "acknowledged", "awaiting_release",
                                           "accepted", "booked",       "rejected",
                                           "returned", "cancelled" };
static const char *const EVENT_NAMES[] = { "nothing",  "received", "mismatch", "released",
                                           "accepted", "settled",  "rejected", "cancelled",
                                           "booked",   "returned" };

_Static_assert(ARRAY_LEN(STATE_NAMES) == ORDER_STATES, "a name a state");
_Static_assert(ARRAY_LEN(EVENT_NAMES) == ORDER_EVENTS, "a name an event");

int order_step(enum order_state from, enum order_event event)
{
    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++)
        if (STEPS[i].from == from && STEPS[i].event == event)
            return STEPS[i].to;
    return ORDER_UNMOVED;
}

bool order_event_kills(enum order_event event)
{
    return event == OE_REJECTED || event == OE_CANCELLED;
}

const char *order_state_name(enum order_state state)
{
    return STATE_NAMES[state];
}

const char *order_state_shown(enum order_state state, bool written)
{
    return state == ORDER_PREPARED && written ? "written" : order_state_name(state);
}

int order_state_from_name(const char *name)
{
    if (!strcmp(name, "written"))
        return ORDER_PREPARED;
    for (int i = 0; i < ORDER_STATES; i++)
        if (!strcmp(STATE_NAMES[i], name))
            return i;
    return -1;
}

const char *order_event_name(enum order_event event)
{
    return EVENT_NAMES[event];
}

enum tranche_event order_tranche_event(enum order_event event)
{
    switch (event) {
    case OE_ACCEPTED:
    case OE_SETTLED:
        return TE_ACCEPTED;
    case OE_REJECTED:
        return TE_REJECTED;
    case OE_CANCELLED:
        return TE_CANCELLED;
    case OE_BOOKED:
        return TE_BOOKED;
    case OE_RETURNED:
        return TE_RETURNED;
    default:
        return TRANCHE_EVENTS;
    }
}

bool order_is_live(enum order_state state)
{
    return state != ORDER_REJECTED && state != ORDER_RETURNED && state != ORDER_CANCELLED;
}

enum order_actor order_next_actor(enum order_state state, bool written, bool taken)
{
    switch (state) {
    case ORDER_PREPARED:
        return !written ? ACTOR_SERVICE : taken ? ACTOR_BANK : ACTOR_TREASURY;
    case ORDER_ACKNOWLEDGED:
    case ORDER_ACCEPTED:
        return ACTOR_BANK;
    case ORDER_AWAITING_RELEASE:
    case ORDER_REJECTED:
    case ORDER_RETURNED:
    case ORDER_CANCELLED:
        return ACTOR_APPROVER;
    default:
        return ACTOR_NOBODY;
    }
}

static struct date add_open_days(struct date day, int days)
{
    while (days-- > 0)
        day = target_next(date_add_days(day, 1));
    return day;
}

struct date order_deadline(enum order_state state, struct date since,
                           const struct order_patience *patience)
{
    switch (state) {
    case ORDER_PREPARED:
    case ORDER_ACKNOWLEDGED:
        return add_open_days(since, patience->answer_days);
    case ORDER_ACCEPTED:
        return add_open_days(since, patience->booking_days);
    case ORDER_AWAITING_RELEASE:
    case ORDER_REJECTED:
    case ORDER_RETURNED:
    case ORDER_CANCELLED:
        return add_open_days(since, patience->release_days);
    default:
        return DATE_NONE;
    }
}

/* Banks write IBANs with blanks now and then. */
static bool same_iban(const char *a, const char *b)
{
    struct iban x, y;

    return !strcmp(a, b) || (!iban_parse(&x, a) && !iban_parse(&y, b) && !strcmp(x.s, y.s));
}

unsigned order_differences(const struct order_terms *ordered, const struct order_terms *seen,
                           struct date today)
{
    unsigned bits = 0;

    if (seen->amount.v != ordered->amount.v)
        bits |= TERM_AMOUNT;
    if (strcmp(seen->currency, ordered->currency) != 0)
        bits |= TERM_CURRENCY;
    if (*seen->debtor_iban && !same_iban(seen->debtor_iban, ordered->debtor_iban))
        bits |= TERM_DEBTOR;
    if (*seen->creditor_iban && !same_iban(seen->creditor_iban, ordered->creditor_iban))
        bits |= TERM_CREDITOR;
    if (!date_is_set(seen->on) || date_cmp(seen->on, ordered->on) < 0 ||
        date_cmp(seen->on, today) > 0)
        bits |= TERM_DATE;
    return bits;
}
