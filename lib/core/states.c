#include <base/mem.h>
#include <base/tr.h>
#include <core/states.h>

static const struct edge {
    int from, event, to;
    const char *why;
} CONVENTION_EDGES[] = {
    { CONVENTION_DRAFT, CE_SIGNED, CONVENTION_SIGNING, N_("a first party signed") },
    { CONVENTION_DRAFT, CE_ALL_SIGNED, CONVENTION_IN_FORCE, N_("every party has signed") },
    { CONVENTION_SIGNING, CE_SIGNED, CONVENTION_SIGNING, N_("one more party signed") },
    { CONVENTION_SIGNING, CE_ALL_SIGNED, CONVENTION_IN_FORCE, N_("every party has signed") },
    { CONVENTION_IN_FORCE, CE_COMPLETED, CONVENTION_COMPLETED, N_("all is paid and handed in") },
    { CONVENTION_IN_FORCE, CE_ENDED, CONVENTION_EXPIRED, N_("its last day passed") },
    { CONVENTION_EXPIRED, CE_COMPLETED, CONVENTION_COMPLETED, N_("what was missing has come") },
    { CONVENTION_DRAFT, CE_TERMINATED, CONVENTION_TERMINATED, N_("given up before signing") },
    { CONVENTION_SIGNING, CE_TERMINATED, CONVENTION_TERMINATED, N_("given up before signing") },
    { CONVENTION_IN_FORCE, CE_TERMINATED, CONVENTION_TERMINATED, N_("terminated by letter") },
    { CONVENTION_EXPIRED, CE_TERMINATED, CONVENTION_TERMINATED, N_("terminated by letter") },
    { CONVENTION_SIGNING, CE_UNSIGNED, CONVENTION_SIGNING, N_("a mistyped signature taken back") },
    { CONVENTION_IN_FORCE, CE_UNSIGNED, CONVENTION_SIGNING, N_("a mistyped signature taken back") },
    { CONVENTION_EXPIRED, CE_UNSIGNED, CONVENTION_SIGNING, N_("a mistyped signature taken back") },
    { CONVENTION_SIGNING, CE_UNSIGNED_ALL, CONVENTION_DRAFT, N_("the only signature taken back") },
    { CONVENTION_IN_FORCE, CE_UNSIGNED_ALL, CONVENTION_DRAFT, N_("the only signature taken back") },
    { CONVENTION_EXPIRED, CE_UNSIGNED_ALL, CONVENTION_DRAFT, N_("the only signature taken back") },
};

static const struct edge TRANCHE_EDGES[] = {
    { TRANCHE_HELD, TE_RELEASED, TRANCHE_ORDERED, N_("the last gate opened") },
    { TRANCHE_ORDERED, TE_TAKEN, TRANCHE_SENT, N_("the treasury took the file") },
    { TRANCHE_ORDERED, TE_ACCEPTED, TRANCHE_ACCEPTED, N_("accepted by the bank") },
    { TRANCHE_SENT, TE_ACCEPTED, TRANCHE_ACCEPTED, N_("accepted by the bank") },
    { TRANCHE_ORDERED, TE_BOOKED, TRANCHE_PAID, N_("debit seen on the statement") },
    { TRANCHE_SENT, TE_BOOKED, TRANCHE_PAID, N_("debit seen on the statement") },
    { TRANCHE_ACCEPTED, TE_BOOKED, TRANCHE_PAID, N_("debit seen on the statement") },
    { TRANCHE_ORDERED, TE_REJECTED, TRANCHE_REJECTED, N_("refused by the bank") },
    { TRANCHE_SENT, TE_REJECTED, TRANCHE_REJECTED, N_("refused by the bank") },
    { TRANCHE_ACCEPTED, TE_REJECTED, TRANCHE_REJECTED, N_("refused by the bank") },
    { TRANCHE_ORDERED, TE_RETURNED, TRANCHE_RETURNED, N_("the money came back") },
    { TRANCHE_SENT, TE_RETURNED, TRANCHE_RETURNED, N_("the money came back") },
    { TRANCHE_ACCEPTED, TE_RETURNED, TRANCHE_RETURNED, N_("the money came back") },
    { TRANCHE_PAID, TE_RETURNED, TRANCHE_RETURNED, N_("the money came back") },
    { TRANCHE_ORDERED, TE_CANCELLED, TRANCHE_CANCELLED, N_("its file was cancelled") },
    { TRANCHE_SENT, TE_CANCELLED, TRANCHE_CANCELLED, N_("taken back by the bank") },
    { TRANCHE_ACCEPTED, TE_CANCELLED, TRANCHE_CANCELLED, N_("taken back by the bank") },
    { TRANCHE_REJECTED, TE_REOPENED, TRANCHE_HELD, N_("may be ordered again") },
    { TRANCHE_RETURNED, TE_REOPENED, TRANCHE_HELD, N_("may be ordered again") },
    { TRANCHE_CANCELLED, TE_REOPENED, TRANCHE_HELD, N_("may be ordered again") },
    { TRANCHE_HELD, TE_CLOSED, TRANCHE_CLOSED, N_("nothing due, or given up") },
    { TRANCHE_REJECTED, TE_CLOSED, TRANCHE_CLOSED, N_("given up") },
    { TRANCHE_RETURNED, TE_CLOSED, TRANCHE_CLOSED, N_("given up") },
    { TRANCHE_CANCELLED, TE_CLOSED, TRANCHE_CLOSED, N_("given up") },
    { TRANCHE_PAID, TE_CLAIMED, TRANCHE_RECOVERING, N_("money is claimed back") },
    { TRANCHE_RECOVERING, TE_RECOVERED, TRANCHE_RECOVERED, N_("the money is back") },
};

static const char *const CONVENTION_STATE_NAMES[] = { "draft",     "signing", "in_force",
                                                      "completed", "expired", "terminated" };
static const char *const CONVENTION_EVENT_NAMES[] = { "signed",     "all signed", "completed",
                                                      "ended",      "terminated", "unsigned",
                                                      "none signed" };
static const char *const TRANCHE_STATE_NAMES[] = {
    "held",     "ordered",   "sent",   "accepted",   "paid",      "rejected",
    "returned", "cancelled", "closed", "recovering", "recovered",
};
static const char *const TRANCHE_EVENT_NAMES[] = {
    "released",  "taken",    "accepted", "booked",  "rejected",  "returned",
    "cancelled", "reopened", "closed",   "claimed", "recovered",
};

_Static_assert(ARRAY_LEN(CONVENTION_STATE_NAMES) == CONVENTION_STATES, "a name a state");
_Static_assert(ARRAY_LEN(CONVENTION_EVENT_NAMES) == CONVENTION_EVENTS, "a name an event");
_Static_assert(ARRAY_LEN(TRANCHE_STATE_NAMES) == TRANCHE_STATES, "a name a state");
_Static_assert(ARRAY_LEN(TRANCHE_EVENT_NAMES) == TRANCHE_EVENTS, "a name an event");

static const struct edge *find(const struct edge *edges, size_t count, int from, int event)
{
    for (size_t i = 0; i < count; i++)
        if (edges[i].from == from && edges[i].event == event)
            return &edges[i];
    return NULL;
}

static const struct edge *convention_edge(enum convention_state from, enum convention_event event)
{
    return find(CONVENTION_EDGES, ARRAY_LEN(CONVENTION_EDGES), (int)from, (int)event);
}

static const struct edge *tranche_edge(enum tranche_state from, enum tranche_event event)
{
    return find(TRANCHE_EDGES, ARRAY_LEN(TRANCHE_EDGES), (int)from, (int)event);
}

int convention_step(enum convention_state from, enum convention_event event)
{
    const struct edge *edge = convention_edge(from, event);

    return edge ? edge->to : -1;
}

int tranche_step(enum tranche_state from, enum tranche_event event)
{
    const struct edge *edge = tranche_edge(from, event);

    return edge ? edge->to : -1;
}

const char *convention_why(enum convention_state from, enum convention_event event)
{
    const struct edge *edge = convention_edge(from, event);

    return edge ? edge->why : NULL;
}

const char *tranche_why(enum tranche_state from, enum tranche_event event)
{
    const struct edge *edge = tranche_edge(from, event);

    return edge ? edge->why : NULL;
}

const char *convention_state_name(enum convention_state state)
{
    return CONVENTION_STATE_NAMES[state];
}

const char *tranche_state_name(enum tranche_state state)
{
    return TRANCHE_STATE_NAMES[state];
}

static int from_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

int convention_state_from_name(const char *name)
{
    return from_name(CONVENTION_STATE_NAMES, CONVENTION_STATES, name);
}

int tranche_state_from_name(const char *name)
{
    return from_name(TRANCHE_STATE_NAMES, TRANCHE_STATES, name);
}

bool tranche_is_live(enum tranche_state state)
{
    switch (state) {
    case TRANCHE_ORDERED:
    case TRANCHE_SENT:
    case TRANCHE_ACCEPTED:
    case TRANCHE_PAID:
    case TRANCHE_RECOVERING:
    case TRANCHE_RECOVERED:
        return true;
    default:
        return false;
    }
}

static void print_table(struct text *out, const char *title, const struct edge *edges, size_t count,
                        const char *const *states, const char *const *events)
{
    text_addf(out, "| %s is | event | becomes | because |\n|---|---|---|---|\n", title);
    for (size_t i = 0; i < count; i++)
        text_addf(out, "| %s | %s | %s | %s |\n", states[edges[i].from], events[edges[i].event],
                  states[edges[i].to], edges[i].why);
}

void states_print(struct text *out)
{
    print_table(out, "a convention", CONVENTION_EDGES, ARRAY_LEN(CONVENTION_EDGES),
                CONVENTION_STATE_NAMES, CONVENTION_EVENT_NAMES);
    text_addf(out, "\n");
    print_table(out, "a tranche", TRANCHE_EDGES, ARRAY_LEN(TRANCHE_EDGES), TRANCHE_STATE_NAMES,
                TRANCHE_EVENT_NAMES);
}
