/* Letters from our own texts, and their bytes on the wire. */
#include "suite.h"
#include <mail/message.h>
#include <notify/letter.h>
#include <stdio.h>

static unsigned faults;

static void on_fault(void *arg, const char *file, unsigned line, const char *text)
{
    (void)arg;
    faults++;
    fprintf(stderr, "%s:%u: %s\n", file, line, text);
}

static struct letters *load(const char *language)
{
    struct letters *letters = letters_load(TEXTS_DIR, language, on_fault, NULL);

    ck_assert_msg(letters != NULL && !faults, "%s: %u faults", language, faults);
    return letters;
}

START_TEST(every_text_of_ours_takes_any_facts)
{
    static const char *const languages[] = { "fr", "en" };

    for (size_t l = 0; l < ARRAY_LEN(languages); l++) {
        struct letters *letters = load(languages[l]);
        const struct mail_kind *kind;

        for (size_t i = 0; (kind = mail_kind_at(i)); i++)
            for (int full = 0; full < 2; full++) {
                CLEANUP(arena_freep) struct arena *arena = arena_new();
                struct letter_facts facts = { 0 };
                struct letter letter;

                for (int f = 0; full && f < LETTER_FIELDS; f++)
                    facts.values[f] = letter_field_name((enum letter_field)f);
                letter_write(letters, kind, "X", &facts, arena, &letter);
                ck_assert_ptr_nonnull(strstr(letter.subject, full ? "[place]" : "[]"));
                ck_assert_ptr_null(strchr(letter.body, '{'));
                ck_assert_ptr_null(strstr(letter.body, "\n\n\n"));
                ck_assert(letter.body[0] != '\n');
            }
        letters_free(letters);
    }
}
END_TEST

START_TEST(facts_stand_in_one_line_and_escaped)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct letters *letters = load("en");
    struct letter_facts facts = { .values = { [LETTER_PLACE] = "a\r\nBcc: x@y\u2028\xC2\x85"
                                                               "é",
                                              [LETTER_WHAT] = "<b>&\"\n{why}",
                                              [LETTER_LIST] = "A\tBé\n<1>\t\nlong\t2\n" } };
    struct letter letter;

    letter_write(letters, mail_kind_find("file.written"), NULL, &facts, arena, &letter);
    ck_assert(!text_has_control(letter.subject));
    ck_assert_ptr_nonnull(strstr(letter.subject, "[a  Bcc: x@y"));
    ck_assert_ptr_nonnull(strstr(letter.html, "&lt;b&gt;&amp;&quot; {why}"));
    ck_assert_ptr_nonnull(strstr(letter.html, "<tr><th>A</th><th>Bé</th></tr>"));
    ck_assert_ptr_nonnull(strstr(letter.html, "<tr><td>&lt;1&gt;</td><td></td></tr>"));
    ck_assert_ptr_nonnull(strstr(letter.body, "A     Bé\n<1>   \nlong  2\n"));
    ck_assert_ptr_null(strstr(letter.html, "<b>"));
    letters_free(letters);
}
END_TEST

static struct message sample(void)
{
    return (struct message){ .from = "tranched@cabbalr.example",
                             .from_name = "Communauté \"d'agglomération\", Béthune",
                             .to = "claire@cabbalr.example",
                             .subject = "TEST [LAB-2023] paiement refusé, 6 000,00 €",
                             .message_id = "0123456789abcdef@cabbalr.example",
                             .date = { INT64_C(1704182400000000) },
                             .body = "été\n.\n.two\nFrom here\n",
                             .html = "<p>été</p>\n",
                             .calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
                             .headers = { { "X-Tranched-Kind", "order.rejected" } } };
}

START_TEST(a_mail_has_a_subject_and_no_whole_account)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct letters *letters = load("fr");
    struct letter_facts facts = { .values = {
                                      [LETTER_PLACE] = "P",
                                      [LETTER_WHY] = "RIB FR76 3000 6000 0112 3456 7890 189",
                                      [LETTER_LIST] = "A\nFR7630006000011234567890189\n" } };
    struct letter letter;

    letter_write(letters, mail_kind_find("order.rejected"), NULL, &facts, arena, &letter);
    ck_assert_ptr_nonnull(strstr(letter.body, "RIB FR76 •••• •••• 0189"));
    ck_assert_ptr_null(strstr(letter.body, "1234567890"));
    ck_assert_ptr_null(strstr(letter.html, "1234567890"));
    ck_assert(*letter.subject != '\0');
    letters_free(letters);
}
END_TEST

START_TEST(a_message_has_the_same_bytes_each_time)
{
    CLEANUP(text_free) struct text a = { 0 }, b = { 0 };
    struct message m = sample();

    ck_assert_int_eq(message_write(&m, &a), 0);
    ck_assert_int_eq(message_write(&m, &b), 0);
    ck_assert_str_eq(a.s, b.s);
    ck_assert_ptr_nonnull(strstr(a.s, "Message-Id: <0123456789abcdef@cabbalr.example>\r\n"));
    ck_assert_ptr_nonnull(strstr(a.s, "X-Tranched-Kind: order.rejected\r\n"));
    for (size_t i = 0, line = 0; i < a.length; i++, line++) {
        EXPECT((unsigned char)a.s[i] < 128, "a byte above ASCII at %zu", i);
        EXPECT(a.s[i] != '\n' || a.s[i - 1] == '\r', "a bare line feed at %zu", i);
        EXPECT(line < 998, "a long line at %zu", i);
        line = a.s[i] == '\n' ? 0 : line;
    }
}
END_TEST

START_TEST(no_header_takes_a_line_break)
{
    static const char *const evil[] = { "a\r\nBcc: x@y", "a\nb", "a\rb", "a\x7f", "a\u2028b" };

    for (size_t i = 0; i < ARRAY_LEN(evil); i++)
        for (int field = 0; field < 6; field++) {
            CLEANUP(text_free) struct text out = { 0 };
            struct message m = sample();

            *(field == 0   ? &m.from
              : field == 1 ? &m.from_name
              : field == 2 ? &m.to
              : field == 3 ? &m.subject
              : field == 4 ? &m.message_id
                           : &m.headers[0].value) = evil[i];
            EXPECT(message_write(&m, &out) < 0 && !out.length, "field %d: %s", field, evil[i]);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("letter");
    TCase *c = suite_case(suite, "letter");

    tcase_add_test(c, every_text_of_ours_takes_any_facts);
    tcase_add_test(c, facts_stand_in_one_line_and_escaped);
    tcase_add_test(c, a_mail_has_a_subject_and_no_whole_account);
    tcase_add_test(c, a_message_has_the_same_bytes_each_time);
    tcase_add_test(c, no_header_takes_a_line_break);
    return run_suite(suite);
}
