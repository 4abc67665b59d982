#include <base/mem.h>
#include <core/role.h>

static const struct {
    enum role role;
    const char *name;
} ROLES[] = { { ROLE_VIEWER, "viewer" },
              { ROLE_OFFICER, "officer" },
              { ROLE_APPROVER, "approver" },
              { ROLE_ADMIN, "admin" } };

const char *role_name(enum role role)
{
    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++)
        if (ROLES[i].role == role)
            return ROLES[i].name;
    return "none";
}

unsigned role_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(ROLES); i++)
        if (!strcmp(ROLES[i].name, name))
            return ROLES[i].role;
    return 0;
}
