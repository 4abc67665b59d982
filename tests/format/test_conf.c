/* Settings and scheme files: the examples are whole, every mistake is named with its line. */
#include "suite.h"
#include <base/tr.h>
#include <conf/conf.h>
#include <conf/credential.h>
#include <conf/scheme_file.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena *arena;
static struct faults faults;

static void set_up(void)
{
    arena = arena_new();
    faults = (struct faults){ .arena = arena };
}

static void tear_down(void)
{
    arena_free(arena);
}

static char *slurp(const char *path)
{
    char *out = arena_alloc(arena, 65536);
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s is missing", path);
    ck_assert_uint_gt(fread(out, 1, 65535, f), 0);
    fclose(f);
    return out;
}

/* TEXT with the first FROM replaced by TO. */
static char *edit(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    ck_assert_msg(at != NULL, "the example has no \"%s\"", from);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static unsigned line_of(const char *text, const char *word)
{
    unsigned line = 1;

    for (const char *at = strstr(text, word); at > text; at--)
        line += at[-1] == '\n';
    return line;
}

static struct conf *read_text(const char *text)
{
    char path[] = "/tmp/test_conf.XXXXXX";
    int fd = mkstemp(path);
    struct conf *conf;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    conf = conf_read(path, &faults);
    unlink(path);
    return conf;
}

/* True when some fault has WORD and stands on LINE (0: any). */
static bool has_fault(const char *word, unsigned line)
{
    for (size_t i = 0; i < faults.listed; i++)
        if (strstr(faults.list[i].text, word) && (!line || faults.list[i].line == line))
            return true;
    return false;
}

static void must_explain(const char *path, void *arg)
{
    const char *last = strrchr(path, '.');

    ck_assert_msg(strstr(arg, last ? last + 1 : path) != NULL, "%s is not explained", path);
}

START_TEST(the_example_is_whole_and_explains_every_setting)
{
    char *text = slurp(CONFIG_DIR "/tranched.conf");
    struct conf *conf = read_text(text);

    ck_assert_uint_eq(faults.count, 0);
    ck_assert_ptr_nonnull(conf);
    ck_assert_str_eq(conf->authority_code, "CABBALR");
    ck_assert_int_eq(conf->order_cutoff_minute, 15 * 60);
    ck_assert_uint_eq(conf->person_count, 3);
    ck_assert_int_eq(conf_person(conf, "paul")->role, ROLE_APPROVER);
    conf_each_setting(must_explain, text);
    conf_free(conf);
}
END_TEST

START_TEST(every_mistake_is_listed_at_once_with_its_line)
{
    char *text = slurp(CONFIG_DIR "/tranched.conf");

    text = edit(text, "code = \"CABBALR\"", "code = \"TESTXY\"");
    text = edit(text, "3456 7890 185", "3456 7890 186");
    text = edit(text, "cutoff = \"15:00\"", "cutoff = \"25:00\"");
    text = edit(text, "max_tx = 10000", "max_txs = 10000");
    text = edit(text, "role = \"officer\"", "role = \"boss\"");
    text = edit(text, "\n  seconds = 30;", "\n  seconds = 1;");
    ck_assert_ptr_null(read_text(text));
    ck_assert(has_fault("authority.code", line_of(text, "TESTXY")));
    ck_assert(has_fault("debtor.iban", line_of(text, "7890 186")));
    ck_assert(has_fault("order.cutoff", line_of(text, "25:00")));
    ck_assert(has_fault("order.max_txs", line_of(text, "max_txs")));
    ck_assert(has_fault("claire", line_of(text, "boss")));
    ck_assert(has_fault("lease.seconds", line_of(text, "  seconds = 1;")));
}
END_TEST

START_TEST(a_missing_setting_a_bad_syntax_an_include_and_another_encoding_are_refused)
{
    char *text = slurp(CONFIG_DIR "/tranched.conf");

    ck_assert_ptr_null(read_text(edit(text, "  siret = \"20007246000013\";\n", "")));
    ck_assert(has_fault("authority.siret", 0));
    ck_assert_ptr_null(read_text(edit(text, "debtor = {", "debtor = ")));
    ck_assert_ptr_null(read_text(edit(text, "account = {", "@include \"x\"\naccount = {")));
    ck_assert(has_fault("@include", 0));
    ck_assert_ptr_null(read_text(edit(text, "ARTOIS", "ART\xe9S")));
    ck_assert(has_fault("UTF-8", 0));
    ck_assert_ptr_null(read_text(edit(text, "ARTOIS", "ART\\xe9S"))); /* libconfig's escape */
    ck_assert(has_fault("escapes", line_of(text, "ARTOIS")));
    ck_assert_ptr_null(read_text(edit(text, "ARTOIS", "ART\\x00S")));
    ck_assert(has_fault("x00", line_of(text, "ARTOIS")));
    ck_assert_ptr_null(conf_read("/nonexistent/tranched.conf", &faults));
}
END_TEST

/* Two persons must be two to everybody who reads the journal. */
START_TEST(people_who_could_be_taken_for_another_are_refused)
{
    static const char *const others[] = { "Claire", "claire ", " paul", "tranched" };
    char *text = slurp(CONFIG_DIR "/tranched.conf");

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        char name[40];

        snprintf(name, sizeof name, "name = \"%s\"; ", others[i]);
        ck_assert_ptr_null(read_text(edit(text, "name = \"paul\";  ", name)));
        ck_assert(has_fault(others[i], 0));
    }
}
END_TEST

static bool read_scheme(const char *text, struct scheme *scheme)
{
    return scheme_file_read(scheme, text, strlen(text), &faults);
}

START_TEST(the_two_schemes_of_the_project_are_whole)
{
    struct scheme lab, works;

    ck_assert(read_scheme(slurp(CONFIG_DIR "/schemes/lab-2023.conf"), &lab));
    ck_assert_int_eq(lab.envelope.v, 5000000);
    ck_assert_uint_eq(lab.rung_count, 2);
    ck_assert_int_eq(lab.rungs[0].up_to.e4, 600000);
    ck_assert_uint_eq(lab.rungs[1].papers, 2);
    ck_assert_int_eq(lab.rungs[1].after.plus.months, 3);
    ck_assert_int_eq(lab.papers[1].due.anchor, ANCHOR_FACT);
    ck_assert(lab.papers[1].due.or_effect);
    ck_assert(!lab.papers[1].needs_accepted && lab.papers[2].needs_accepted);
    ck_assert(read_scheme(slurp(CONFIG_DIR "/schemes/works-2025.conf"), &works));
    ck_assert_uint_eq(works.rung_count, 3);
    ck_assert_uint_eq(works.rungs[1].papers, 3);
}
END_TEST

START_TEST(mistakes_of_a_scheme_are_named_with_word_and_line)
{
    static const struct {
        const char *from, *to, *word;
    } cases[] = {
        { "up_to = \"100\"", "up_to = \"90\"", "100" },
        { "up_to = \"60\"", "up_to = \"100\"", "not above" },
        { "up_to = \"60\"", "up_to = 60.0", "up_to" },
        { "envelope = \"50000.00\"", "envelope = 5000000", "envelope" },
        { "envelope = \"50000.00\"", "envelope = \"50000.001\"", "envelope" },
        { "min = \"5000.00\"", "min = \"50000.00\"", "min" },
        { "on = \"2023-12-12\"", "on = \"2023-02-30\"", "2023-02-30" },
        { "duration = \"6m\"", "duration = \"6x\"", "duration" },
        { "duration = \"6m\"", "advance = \"imputed\";\n  duration = \"6m\"", "not built" },
        { "duration = \"6m\"", "colour = \"red\";\n  duration = \"6m\"", "colour" },
        { "decision = { on", "decision = { received = \"2023-12-19\"; on", "scheme decision" },
        { "\"signed\", \"mid-report\"", "\"signed\", \"mid-rapport\"", "mid-rapport" },
        { "\"signed\", \"mid-report\"", "\"mid-report\"", "signed" },
        { "\"signed\", \"mid-report\"", "\"signed\", \"claim\"", "not built" },
        { "from = \"launch\"; or", "from = \"start\"; or", "start" },
        { "name = \"budgets\"", "name = \"mid-report\"", "twice" },
        { "name = \"budgets\"", "name = \"Budgets\"", "Budgets" },
        { "code = \"LAB-2023\"", "code = \"lab 2023\"", "code" },
        { "plus = \"3m\"; }; }\n", "plus = 3; }; }\n", "plus" },
        { "needs = \"accepted\"", "needs = \"seen\"", "received" },
        { "name = \"budgets\"", "name = \"signed\"", "meaning of its own" },
        { "name = \"launch\";", "name = \"start\";", "not built" },
        { "name = \"2\"", "name = \"1\"", "twice" },
        { "duration = \"6m\"", "duration = \"1200y\"", "duration" },
        { "max = \"10000.00\"", "max = \"1000000000.00\"", "max" },
        { "needs = \"accepted\"", "per = \"claim\"; needs = \"accepted\"", "not built" },
    };
    char *text = slurp(CONFIG_DIR "/schemes/lab-2023.conf");
    struct scheme scheme;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        faults.count = faults.listed = 0;
        faults.list = NULL;
        ck_assert_msg(!read_scheme(edit(text, cases[i].from, cases[i].to), &scheme), "%s",
                      cases[i].to);
        ck_assert_msg(has_fault(cases[i].word, 0), "%s: %s", cases[i].to, faults.list[0].text);
        ck_assert_msg(faults.list[0].line > 0, "%s has no line", cases[i].to);
    }
}
END_TEST

START_TEST(a_cut_scheme_file_never_passes)
{
    char *text = slurp(CONFIG_DIR "/schemes/lab-2023.conf");
    size_t end = (size_t)(strrchr(text, '}') - text);
    struct scheme scheme;

    for (size_t n = 0; n < end; n += 7) {
        faults.count = faults.listed = 0;
        faults.list = NULL;
        ck_assert(!scheme_file_read(&scheme, text, n, &faults));
    }
}
END_TEST

/* Whether a credential of these bytes is read as WANTED; NULL: it is refused. */
static void credential_is(const char *folder, const char *bytes, size_t length, const char *wanted)
{
    char *path = arena_printf(arena, "%s/secret", folder), got[CREDENTIAL_MAX];
    FILE *f = fopen(path, "w");

    fwrite(bytes, 1, length, f);
    fclose(f);
    ck_assert_int_eq(credential_read("secret", got), wanted != NULL);
    ck_assert_str_eq(got, wanted ? wanted : "");
    unlink(path);
}

START_TEST(a_credential_is_one_line_or_refused)
{
    char folder[] = "/tmp/tranched-credential.XXXXXX", got[CREDENTIAL_MAX], most[CREDENTIAL_MAX];

    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert(credential_read("secret", got) && !*got);
    ck_assert(mkdtemp(folder) != NULL);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    ck_assert(credential_read("secret", got) && !*got);
    memset(most, 'x', sizeof most);
    credential_is(folder, "geheim 1\n", 9, "geheim 1");
    credential_is(folder, "geheim", 6, "geheim");
    credential_is(folder, "", 0, NULL);
    credential_is(folder, "\n", 1, NULL);
    credential_is(folder, "one\ntwo\n", 8, NULL);
    credential_is(folder, "a\0b", 3, NULL);
    credential_is(folder, most, sizeof most, NULL);
    most[sizeof most - 1] = '\0';
    credential_is(folder, most, sizeof most - 1, most);
    rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conf");
    TCase *t = tcase_create("files");

    tr_language("en", "/nonexistent");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, the_example_is_whole_and_explains_every_setting);
    tcase_add_test(t, every_mistake_is_listed_at_once_with_its_line);
    tcase_add_test(t, people_who_could_be_taken_for_another_are_refused);
    tcase_add_test(t, a_missing_setting_a_bad_syntax_an_include_and_another_encoding_are_refused);
    tcase_add_test(t, the_two_schemes_of_the_project_are_whole);
    tcase_add_test(t, mistakes_of_a_scheme_are_named_with_word_and_line);
    tcase_add_test(t, a_cut_scheme_file_never_passes);
    tcase_add_test(t, a_credential_is_one_line_or_refused);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
