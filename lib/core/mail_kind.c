#include <core/mail_kind.h>
#include <string.h>

enum {
    STAFF = ROLE_VIEWER | ROLE_OFFICER | ROLE_APPROVER,
    DECIDERS = ROLE_OFFICER | ROLE_APPROVER,
    KEEPERS = ROLE_APPROVER | ROLE_ADMIN, /* who looks at files in doubt */
};

static const struct mail_kind KINDS[] = {
    { "file.written", STAFF, false, NULL, "place what why amount about list" },
    { "file.blocked", KEEPERS, true, NULL, "place what why" },
    { "file.doubt", KEEPERS, true, NULL, "place what why" },
    { "file.returned", KEEPERS, true, NULL, "place what why" },
    { "order.mismatch", ROLE_APPROVER, true, NULL, "what why place" },
    { "order.rejected", DECIDERS, true, NULL, "what why amount place" },
    { "order.returned", DECIDERS, true, NULL, "what why amount place" },
    { "order.cancelled", DECIDERS, false, NULL, "what why amount place" },
    { "order.contradicted", KEEPERS, true, NULL, "what place" },
    { "order.differs", DECIDERS, true, NULL, "what place" },
    { "order.reason", ROLE_APPROVER, true, NULL, "what why place" },
    { "order.recall_answered", ROLE_APPROVER, false, NULL, "what why place" },
    { "order.overdue", DECIDERS, true, NULL, "what why place" },
    { "convention.imported", ROLE_APPROVER, false, NULL, "what place" },
    { "account.proposed", ROLE_APPROVER, false, NULL, "what place" },
    { "account.changed", DECIDERS, true, NULL, "what place" },
    { "proposal.made", ROLE_APPROVER, false, NULL, "what why place" },
    { "report.received", DECIDERS, false, NULL, "what place" },
    { "convention.expired", DECIDERS, false, NULL, "what why place" },
    { "convention.set_aside", DECIDERS | ROLE_ADMIN, true, NULL, "what why place" },
    { "access.denied", ROLE_ADMIN, true, NULL, "place what" },
    { "report.due", ROLE_OFFICER, false, NULL, "what place" },
    { "signature.missing", ROLE_OFFICER, false, NULL, "what place" },
    { "tranche.held", DECIDERS, false, NULL, "what why amount place" },
    { "account.waiting", ROLE_APPROVER, false, NULL, "what place" },
    { "convention.ending", ROLE_OFFICER, false, NULL, "what why place" },
    { "database.doubt", KEEPERS, true, NULL, "place what" },
    { "journal.broken", KEEPERS, true, NULL, "place what why" },
    { "leader.changed", ROLE_ADMIN, false, NULL, "place what" },
    { "digest", STAFF | ROLE_ADMIN, false, NULL, "what place list" },
    { "week", STAFF, false, NULL, "what place list" },
    { "database.away", KEEPERS, true, NULL, "place what" },
    { "beneficiary.paid", 0, false, "order.booked", "amount convention" },
    { "beneficiary.report", 0, false, "report.due", "what convention" },
    { "beneficiary.account", 0, true, "account.changed", "convention" },
};

const struct mail_kind *mail_kind_at(size_t index)
{
    return index < sizeof KINDS / sizeof *KINDS ? &KINDS[index] : NULL;
}

const struct mail_kind *mail_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (!strcmp(KINDS[i].name, name))
            return &KINDS[i];
    return NULL;
}

bool mail_kind_tells(const struct mail_kind *kind, const char *journal)
{
    return !strcmp(kind->tells ? kind->tells : kind->name, journal);
}
