/* core/role.h -- what a person may do. */
#ifndef CORE_ROLE_H
#define CORE_ROLE_H

/* Bits, so that a set of them is a number. */
enum role { ROLE_VIEWER = 1, ROLE_OFFICER = 2, ROLE_APPROVER = 4, ROLE_ADMIN = 8 };
#define ROLE_ANY (ROLE_VIEWER | ROLE_OFFICER | ROLE_APPROVER | ROLE_ADMIN)

/* "officer"; "none" for no role. */
const char *role_name(enum role role);

/* The role of that name; 0: there is none. */
unsigned role_find(const char *name);

#endif
