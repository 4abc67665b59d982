/* Roles, and the mails that each of them hears: names that come back, and a table without gaps. */
#include "suite.h"
#include <base/mem.h>
#include <core/mail_kind.h>

START_TEST(roles_have_the_names_people_type)
{
    static const enum role all[] = { ROLE_VIEWER, ROLE_OFFICER, ROLE_APPROVER, ROLE_ADMIN };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        ck_assert_uint_eq(role_find(role_name(all[i])), all[i]);
    ck_assert_uint_eq(role_find("boss"), 0);
    ck_assert_str_eq(role_name(0), "none");
}
END_TEST

START_TEST(every_kind_of_mail_is_found_by_its_name_and_has_somebody_who_hears_it)
{
    const struct mail_kind *kind;
    size_t count = 0;

    for (; (kind = mail_kind_at(count)); count++) {
        ck_assert_ptr_eq(mail_kind_find(kind->name), kind);
        ck_assert_msg(!kind->roles == !strncmp(kind->name, "beneficiary.", 12), "%s", kind->name);
        ck_assert_msg(!kind->roles || strstr(kind->must, "place"), "%s", kind->name);
    }
    ck_assert_uint_gt(count, 30);
    ck_assert_ptr_null(mail_kind_at(count + 1));
    ck_assert_ptr_null(mail_kind_find("gossip"));
}
END_TEST

START_TEST(a_kind_tells_of_the_journal_row_of_its_name_or_of_another)
{
    ck_assert(mail_kind_tells(mail_kind_find("order.rejected"), "order.rejected"));
    ck_assert(!mail_kind_tells(mail_kind_find("order.rejected"), "order.booked"));
    ck_assert(mail_kind_tells(mail_kind_find("beneficiary.paid"), "order.booked"));
    ck_assert(!mail_kind_tells(mail_kind_find("beneficiary.paid"), "beneficiary.paid"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("role");
    TCase *c = suite_case(suite, "role");

    tcase_add_test(c, roles_have_the_names_people_type);
    tcase_add_test(c, every_kind_of_mail_is_found_by_its_name_and_has_somebody_who_hears_it);
    tcase_add_test(c, a_kind_tells_of_the_journal_row_of_its_name_or_of_another);
    return run_suite(suite);
}
