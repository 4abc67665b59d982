/* Letters from our own texts, and their bytes on the wire. */
#include "suite.h"
#include <base/tr.h>
#include <dirent.h>
#include <mail/message.h>
#include <notify/letter.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned faults;
static char told[4096]; /* all of them */

static void on_fault(void *arg, const char *file, unsigned line, const char *text)
{
    size_t n = strlen(told);

    (void)arg;
    faults++;
    snprintf(told + n, sizeof told - n, "%s:%u: %s\n", file, line, text);
}

static struct letters *load(const char *language)
{
    struct letters *letters;

    faults = 0;
    told[0] = '\0';
    letters = letters_load(TEXTS_DIR, language, on_fault, NULL);
    ck_assert_msg(letters != NULL && !faults, "%s: %s", language, told);
    return letters;
}

/* --- a folder of texts of one's own ----------------------------------------------------------- */

static char folder[] = "/tmp/tranched-letters.XXXXXX";

static const char *path_of(const char *name)
{
    static char path[600];

    snprintf(path, sizeof path, "%s/en/%s", folder, name);
    return path;
}

static void put(const char *name, const char *bytes, size_t length)
{
    FILE *f = fopen(path_of(name), "w");

    ck_assert_msg(f && fwrite(bytes, 1, length, f) == length && fclose(f) == 0, "%s", name);
}

/* Our English texts, in FOLDER. */
static void make_folder(void)
{
    const struct mail_kind *kind;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(mkdir(path_of(""), 0700), 0);
    for (size_t i = 0; (kind = mail_kind_at(i)); i++) {
        char ours[600], name[80], bytes[8192];
        FILE *f;

        snprintf(ours, sizeof ours, "%s/en/%s.txt", TEXTS_DIR, kind->name);
        snprintf(name, sizeof name, "%s.txt", kind->name);
        ck_assert_ptr_nonnull(f = fopen(ours, "r"));
        put(name, bytes, fread(bytes, 1, sizeof bytes, f));
        fclose(f);
    }
}

static void remove_folder(void)
{
    DIR *dir = opendir(path_of(""));
    struct dirent *entry;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)))
        (void)unlink(path_of(entry->d_name));
    closedir(dir);
    ck_assert_int_eq(rmdir(path_of("")), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

/* With BYTES as the text NAME nothing is loaded, and WORD is told of it. */
static void is_refused(const char *name, const char *bytes, size_t length, const char *word)
{
    faults = 0;
    told[0] = '\0';
    make_folder();
    put(name, bytes, length);
    ck_assert_msg(!letters_load(folder, "en", on_fault, NULL), "%s is taken", bytes);
    ck_assert_msg(faults && strstr(told, word) && strstr(told, name), "not \"%s\" but %s", word,
                  told);
    remove_folder();
}

START_TEST(every_mistake_in_a_text_is_named_with_its_line)
{
    static const struct {
        const char *name, *text, *word;
    } cases[] = {
        { "gossip.txt", "Subject: [{place}] x\n\n{what}\n", "no such kind" },
        { "week", "Subject: [{place}] x\n\n{what} {place}\n{list}\n", "no such kind" },
        { "week.TXT", "", "no such kind" },
        { "week.txt", "", "first line" },
        { "week.txt", "[{place}] x\n\n{what}\n{list}\n", "week.txt:1: the first line" },
        { "week.txt", "Subject: x\n\n{what} {place}\n{list}\n", "names {place}" },
        { "week.txt", "Subject: [{place}] x\n{what}\n{list}\n", "week.txt:2: the second line" },
        { "week.txt", "Subject: [{place}] x\n\n{what}\n", "{list} is missing" },
        { "week.txt", "Subject: [{place}] x\n\n{list}\n", "{what} is missing" },
        { "week.txt", "Subject: [{place}] x\n\n{what}\nAll: {list}\n",
          "week.txt:4: {list} stands" },
        { "week.txt", "Subject: [{place}] {list}\n\n{what}\n{list}\n",
          "week.txt:1: {list} stands" },
        { "week.txt", "Subject: [{place}] x\n\n{what}\n{list}\n{who}\n", "placeholder: {who}" },
        { "week.txt", "Subject: [{place}] x\n\n{what}\n{list}\n{wha}\n", "placeholder: {wha}" },
        { "week.txt", "Subject: [{place}] x\n\n{what\n{list}\n", "placeholder: {what" },
        { "week.txt", "Subject: [{place}] x\n\n{what}\a\n{list}\n",
          "week.txt:3: it has a control" },
    };
    static char large[64 * 1024];

    tr_language("en", "/nonexistent");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        is_refused(cases[i].name, cases[i].text, strlen(cases[i].text), cases[i].word);
    is_refused("week.txt", "a\0b", 3, "no text of less than 64 KiB");
    is_refused("week.txt", "a\xe9 b", 4, "no text of less than 64 KiB");
    memset(large, 'x', sizeof large);
    is_refused("week.txt", large, sizeof large, "no text of less than 64 KiB");
}
END_TEST

START_TEST(texts_that_are_not_there_are_named)
{
    tr_language("en", "/nonexistent");
    make_folder();
    ck_assert_ptr_null(letters_load(folder, "fr", on_fault, NULL));
    ck_assert_msg(strstr(told, "/fr:0: cannot be read: No such file"), "%s", told);
    told[0] = '\0';
    ck_assert_int_eq(unlink(path_of("week.txt")), 0);
    ck_assert_ptr_null(letters_load(folder, "en", on_fault, NULL));
    ck_assert_str_eq(told, "en/week.txt:0: the text of this kind of mail is missing\n");
    told[0] = '\0';
    ck_assert_int_eq(symlink("nowhere", path_of("week.txt")), 0);
    ck_assert_ptr_null(letters_load(folder, "en", on_fault, NULL));
    ck_assert_msg(strstr(told, "week.txt:0: cannot be read: No such file"), "%s", told);
    remove_folder();
    letters_free(NULL);
}
END_TEST

/* What a mail of KIND about SCHEME begins its body with. */
static char begins(const struct letters *letters, const char *kind, const char *scheme)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct letter_facts facts = { .values = { [LETTER_WHAT] = "W" } };
    struct letter letter;

    letter_write(letters, mail_kind_find(kind), scheme, &facts, arena, &letter);
    return letter.body[0];
}

START_TEST(a_scheme_may_have_texts_of_its_own)
{
    static const char own[] = "Subject: [{place}] own\n\n*{what}\n\n{list}\n{why}\n";
    struct letters *letters;

    make_folder();
    ck_assert_int_eq(mkdir(path_of("LAB-2023"), 0700), 0);
    put("LAB-2023/week.txt", own, sizeof own - 1);
    letters = letters_load(folder, "en", on_fault, NULL);
    ck_assert_msg(letters != NULL, "%s", told);
    ck_assert_int_eq(begins(letters, "week", "LAB-2023"), '*');
    ck_assert_int_eq(begins(letters, "week", "LAB-2025"), 'W');
    ck_assert_int_eq(begins(letters, "week", NULL), 'W');
    ck_assert_int_eq(begins(letters, "tranche.held", "LAB-2023"), 'W');
    letters_free(letters);
    ck_assert_int_eq(mkdir(path_of("LAB-2023/digest.txt"), 0700), 0); /* in a scheme's are files */
    ck_assert_ptr_null(letters_load(folder, "en", on_fault, NULL));
    ck_assert_msg(strstr(told, "en/LAB-2023/digest.txt:0: it is no text"), "%s", told);
    ck_assert_int_eq(rmdir(path_of("LAB-2023/digest.txt")), 0);
    ck_assert_int_eq(unlink(path_of("LAB-2023/week.txt")), 0);
    ck_assert_int_eq(rmdir(path_of("LAB-2023")), 0);
    remove_folder();
}
END_TEST

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

START_TEST(a_mail_of_which_nothing_is_known_still_has_a_subject)
{
    static const char least[] = "Subject: {place}\n\n{what}\n{list}";
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct letter_facts facts = { 0 };
    struct letters *letters;
    struct letter letter;

    make_folder();
    put("week.txt", least, sizeof least - 1);
    letters = letters_load(folder, "en", on_fault, NULL);
    ck_assert_msg(letters != NULL, "%s", told);
    letter_write(letters, mail_kind_find("week"), NULL, &facts, arena, &letter);
    ck_assert_str_eq(letter.subject, "week");
    ck_assert_str_eq(letter.body, "");
    letters_free(letters);
    remove_folder();
}
END_TEST

/* A list of any width, and facts of which some are empty. */
START_TEST(what_is_empty_leaves_its_line_out_and_wide_lists_lose_nothing)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct letters *letters = load("en");
    const struct mail_kind *kind = mail_kind_find("file.written");
    struct letter_facts facts = { .values = { [LETTER_PLACE] = "P",
                                              [LETTER_WHAT] = "",
                                              [LETTER_LIST] = "1\t2\t3\t4\t5\t6\t7\t8\t9\tten" } };
    struct letter letter;

    letter_write(letters, kind, NULL, &facts, arena, &letter);
    ck_assert_ptr_nonnull(strstr(letter.body, "1  2  3  4  5  6  7  8  9ten\n"));
    ck_assert_ptr_nonnull(strstr(letter.html, "<th>9</th><th>ten</th></tr>"));
    facts.values[LETTER_LIST] = "";
    letter_write(letters, kind, NULL, &facts, arena, &letter);
    ck_assert_ptr_null(strstr(letter.html, "<table"));
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
    tcase_add_test(c, every_mistake_in_a_text_is_named_with_its_line);
    tcase_add_test(c, texts_that_are_not_there_are_named);
    tcase_add_test(c, a_scheme_may_have_texts_of_its_own);
    tcase_add_test(c, a_mail_of_which_nothing_is_known_still_has_a_subject);
    tcase_add_test(c, what_is_empty_leaves_its_line_out_and_wide_lists_lose_nothing);
    tcase_add_test(c, a_message_has_the_same_bytes_each_time);
    tcase_add_test(c, no_header_takes_a_line_break);
    return run_suite(suite);
}
