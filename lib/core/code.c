#include <base/mem.h>
#include <base/tr.h>
#include <core/code.h>

static const struct status_code STATUSES[] = {
    { "RCVD", OE_RECEIVED, N_("received, nothing checked yet") },
    { "ACTC", OE_RECEIVED, N_("syntax and signature are right") },
    { "ACCP", OE_ACCEPTED, N_("the customer's profile allows it") },
    { "ACFC", OE_ACCEPTED, N_("the funds are there") },
    { "ACFW", OE_ACCEPTED, N_("accepted, a fund confirmation is awaited") },
    { "PATC", OE_ACCEPTED, N_("accepted, another signature is missing") },
    { "ACSP", OE_ACCEPTED, N_("being executed") },
    { "ACWC", OE_ACCEPTED, N_("accepted with a change, such as another date") },
    { "ACWP", OE_ACCEPTED, N_("accepted, not yet posted to the payee") },
    { "ACSC", OE_ACCEPTED, N_("debited from the payer's account") },
    { "ACCC", OE_ACCEPTED, N_("credited to the payee's account") },
    { "ACIS", OE_ACCEPTED, N_("accepted, a cheque was issued") },
    { "ACPD", OE_ACCEPTED, N_("put into the clearing") },
    { "CPUC", OE_ACCEPTED, N_("picked up in cash by the payee") },
    { "BLCK", OE_ACCEPTED, N_("blocked at the payee's bank") },
    { "PRES", OE_NOTHING, N_("presented to the payer") },
    { "PDNG", OE_NOTHING, N_("pending, further checks to come") },
    { "PART", OE_NOTHING, N_("accepted in part: each transaction tells") },
    { "RJCT", OE_REJECTED, N_("refused") },
    { "CANC", OE_CANCELLED, N_("cancelled") },
    { "RCVC", OE_RECEIVED, N_("the payee's verification matches") },
    { "RVMC", OE_MISMATCH, N_("the payee's name matches closely only") },
    { "RVCM", OE_MISMATCH, N_("some payees' names do not match") },
    { "RVNM", OE_MISMATCH, N_("the payee's name does not match") },
    { "RVNA", OE_MISMATCH, N_("the payee could not be verified") },
    { "RVNC", OE_NOTHING, N_("the payee's verification is not finished") },
};
static const struct reason_code REASONS[] = {
    { "AC04", REASON_DATA, true, N_("the account is closed") },
};

const struct status_code *status_code_find(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++)
        if (!strcmp(STATUSES[i].code, code))
            return &STATUSES[i];
    return NULL;
}

const struct reason_code *reason_code_find(const char *code)
{
    size_t low = 0, high = ARRAY_LEN(REASONS);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(REASONS[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_LEN(REASONS) && !strcmp(REASONS[low].code, code) ? &REASONS[low] : NULL;
}

const char *reason_class_name(enum reason_class class)
{
    static const char *const names[] = { "technical", "funds", "data" };

    return names[class];
}

enum reason_class reason_codes_class(const char *codes)
{
    CLEANUP(mem_freep) char *copy = mem_strdup(codes);
    enum reason_class gravest = REASON_TECHNICAL;
    bool blocks = false;
    char *rest = NULL;

    for (char *code = strtok_r(copy, " ", &rest); code; code = strtok_r(NULL, " ", &rest)) {
        const struct reason_code *known = reason_code_find(code);

        if (known && !known->blocks)
            continue;
        blocks = true;
        if (!known)
            return REASON_DATA;
        gravest = known->class > gravest ? known->class : gravest;
    }
    return blocks ? gravest : REASON_DATA;
}

void status_codes_each(void (*each)(const struct status_code *, void *), void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++)
        each(&STATUSES[i], arg);
}

void reason_codes_each(void (*each)(const struct reason_code *, void *), void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(REASONS); i++)
        each(&REASONS[i], arg);
}
