/* Settings and scheme files: the examples are whole, every mistake is named with its line. */
#include "suite.h"
#include <base/tr.h>
#include <conf/conf.h>
#include <conf/credential.h>
#include <conf/scheme_file.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
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
    struct scheme scheme;

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
    ck_assert(!scheme_file_read(&scheme, "scheme\0= { };", 13, &faults));
    ck_assert(has_fault("not UTF-8 text", 0));
    ck_assert_ptr_null(conf_read("/nonexistent/tranched.conf", &faults));
    faults = (struct faults){ .arena = arena };
    ck_assert_ptr_null(conf_read(CONFIG_DIR, &faults));
    ck_assert(has_fault("cannot be read: Is a directory", 0));
}
END_TEST

/* The example with the first FROM replaced by TO: refused with WORD, or (NULL) taken as it is. */
struct edit {
    const char *from, *to, *word;
};

static void try_settings(const struct edit *edits, size_t count)
{
    char *text = slurp(CONFIG_DIR "/tranched.conf");

    for (size_t i = 0; i < count; i++) {
        struct conf *conf;

        faults.count = faults.listed = 0;
        faults.list = NULL;
        conf = read_text(edit(text, edits[i].from, edits[i].to));
        ck_assert_msg(!conf == !!edits[i].word, "%s: %s", edits[i].to,
                      conf ? "taken" : faults.list[0].text);
        ck_assert_msg(!edits[i].word || has_fault(edits[i].word, 0), "%s: \"%s\" is not told",
                      edits[i].to, edits[i].word);
        conf_free(conf);
    }
}

START_TEST(a_setting_takes_values_of_its_kind_alone)
{
    static const struct edit edits[] = {
        { "\"CABBALR\"", "\"\"", "authority.code" },
        { "\"CABBALR\"", "\"ABCDEFGHI\"", "authority.code" },
        { "\"CABBALR\"", "\"CAB-ALR\"", "authority.code" },
        { "\"CABBALR\"", "12", "authority.code" },
        { "\"CABBALR\"", "\"ABCDEFGH\"", NULL },
        { "  name = \"CA BETHUNE", "  name = \"\\tCA BETHUNE", "authority.name" },
        { "name = \"CA BETHUNE-BRUAY ARTOIS LYS ROMANE\"", "name = \"\"", "authority.name" },
        { "\"20007246000013\"", "\"20007246000014\"", "authority.siret" },
        { "\"Europe/Paris\";", "\"Europe/Nowhere\";", "authority.timezone" },
        { "\"Europe/Paris\";", "\"America/Guadeloupe\";", NULL },
        { "language = \"fr\"", "language = \"de\"", "authority.language" },
        { "language = \"fr\"", "language = \"en\"", NULL },
        { "\"cabbalr\"", "\"\"", "database.schema" },
        { "\"cabbalr\"", "\"a23456789012345678901\"", "database.schema" },
        { "\"cabbalr\"", "\"cab-balr\"", "database.schema" },
        { "\"cabbalr\"", "\"1abbalr\"", "database.schema" },
        { "timeout_seconds = 10;", "timeout_seconds = \"10\";", "database.timeout_seconds" },
        { "timeout_seconds = 10;", "timeout_seconds = 0;", "database.timeout_seconds" },
        { "timeout_seconds = 10;", "timeout_seconds = 301;", "database.timeout_seconds" },
        { "timeout_seconds = 10;", "timeout_seconds = 300L;", NULL },
        { "standby = \"none\"", "standby = \"some\"", "database.standby" },
        { "standby = \"none\"", "standby = \"synchronous\"", NULL },
        { "bic = \"BDFEFRPPCCT\"", "bic = \"BDFEFR\"", "debtor.bic" },
        { "bic = \"BDFEFRPPCCT\"", "bic = \"BDFEDEPPCCT\"", "another country" },
        { "cutoff = \"15:00\"", "cutoff = \"\"", "order.cutoff" },
        { "cutoff = \"15:00\"", "cutoff = \"15.00\"", "order.cutoff" },
        { "cutoff = \"15:00\"", "cutoff = \"15:60\"", "order.cutoff" },
        { "cutoff = \"15:00\"", "cutoff = \"1a:00\"", "order.cutoff" },
        { "cutoff = \"15:00\"", "cutoff = \"7:30\"", "order.cutoff" },
        { "state_dir = \"/var", "state_dir = \"var", "state_dir" },
        { "\"Europe/Paris\";", "\"\";", "authority.timezone" },
        { "\"Europe/Paris\";", "\"../Paris\";", "authority.timezone" },
        { "level = \"info\"", "level = \"loud\"", "log.level" },
        { "level = \"info\"", "level = \"err\"", NULL },
        { "level = \"info\"", "level = \"warning\"", NULL },
        { "level = \"info\"", "level = \"notice\"", NULL },
        { "level = \"info\"", "level = \"debug\"", NULL },
        { "act_as = [ ]", "act_as = [ -1 ]", "rehearsal.act_as" },
        { "act_as = [ ]", "act_as = [ \"root\" ]", "rehearsal.act_as" },
        { "act_as = [ ]", "act_as = ( )", "rehearsal.act_as" },
        { "act_as = [ ]", "act_as = [ 0, 1000 ]", NULL },
        { "debtor = {", "creditor = { name = \"x\"; };\ndebtor = {", "creditor.name" },
        { "order = {", "orders = 1;\norder = {", "orders" },
        { "order = {", "order = { cutoffs = { a = 1; };", "order.cutoffs" },
    };

    try_settings(edits, ARRAY_LEN(edits));
}
END_TEST

/* What is read, and perhaps refused, is not yet what the process runs by: its days stay as they
 * are. */
START_TEST(reading_a_configuration_moves_no_clock)
{
    char *text = slurp(CONFIG_DIR "/tranched.conf");
    struct conf *conf;

    setenv("TZ", "Europe/Paris", 1);
    text = edit(text, "\"Europe/Paris\";", "\"Pacific/Kiritimati\";");
    conf = read_text(text);
    ck_assert_ptr_nonnull(conf);
    ck_assert_str_eq(conf->authority_timezone, "Pacific/Kiritimati");
    ck_assert_ptr_null(read_text(edit(text, "\n  seconds = 30;", "\n  seconds = 1;")));
    ck_assert_str_eq(getenv("TZ"), "Europe/Paris");
    conf_free(conf);
}
END_TEST

/* Neither a password nor a mail leaves the machine unprotected. */
START_TEST(mails_leave_by_a_server_that_can_be_trusted)
{
    static const struct edit edits[] = {
        { "from = \"\"", "from = \"finances\"", "mail.from" },
        { "from = \"\"", "from = \"finances@b\xc3\xa9thune.example\"", "mail.from" },
        { "from = \"\"", "from = \"finances@bethune!example\"", "mail.from" },
        { "from = \"\"", "from = \"finances@bethune.example\"", NULL },
        { "  user = \"\";", "  user = 1;", "mail.user" },
        { "tls = \"starttls\"", "tls = 1", "mail.tls" },
        { "host = \"localhost\"", "host = \"mail example\"", "mail.host" },
        { "host = \"localhost\"", "host = \".example\"", "mail.host" },
        { "host = \"localhost\"", "host = \"mail..example\"", "mail.host" },
        { "host = \"localhost\"", "host = \"mail.example:25\"", "mail.host" },
        { "host = \"localhost\"", "host = \"\"", "mail.host" },
        { "host = \"localhost\"", "host = \"2001:db8::25\"", NULL },
        { "port = 25", "port = 65536", "mail.port" },
        { "tls = \"starttls\"", "tls = \"ssl\"", "mail.tls" },
        { "tls = \"starttls\"", "tls = \"implicit\"", NULL },
        { "tls = \"starttls\"", "tls = \"none\"", NULL },
        { "user = \"\"", "user = \"cla\\tire\"", "mail.user" },
        { "quiet_from = \"19:00\"", "quiet_from = \"24:00\"", "mail.quiet_from" },
    };
    static const char *const hosts[] = { "mail.example", "192.0.2.1", "2001:db8::25" };
    static const char *const ours[] = { "localhost", "127.0.0.1", "127.8.0.1", "::1" };
    char *text = slurp(CONFIG_DIR "/tranched.conf");

    try_settings(edits, ARRAY_LEN(edits));
    text = edit(text, "tls = \"starttls\"", "tls = \"none\"");
    ck_assert_ptr_null(read_text(edit(text, "user = \"\"", "user = \"claire\"")));
    ck_assert(has_fault("who logs in", 0));
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        char *host = arena_printf(arena, "host = \"%s\"", hosts[i]);

        ck_assert_ptr_null(read_text(edit(text, "host = \"localhost\"", host)));
        ck_assert(has_fault("only for a server on this machine", 0));
    }
    for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
        char *host = arena_printf(arena, "host = \"%s\"", ours[i]);
        struct conf *conf = read_text(edit(text, "host = \"localhost\"", host));

        ck_assert_msg(conf != NULL, "%s", ours[i]);
        conf_free(conf);
    }
}
END_TEST

START_TEST(every_mistake_about_people_is_named)
{
    static const char row[] = "{ name = \"claire\"; user = \"claire\"; role = \"officer\"; },";
    static const struct edit edits[] = {
        { row, "{ user = \"claire\"; role = \"officer\"; },", "needs a name" },
        { row, "{ name = \"\"; role = \"officer\"; },", "needs a name" },
        { row, "{ name = \"cla\\tire\"; role = \"officer\"; },", "needs a name" },
        { row, "{ name = \"claire claire claire claire claire claire claire claire claire\"; },",
          "needs a name" },
        { row, "{ name = \"claire\"; user = \"paul\"; role = \"officer\"; },", "twice" },
        { "user = \"paul\";   role", "user = \"claire\"; role", "twice" },
        { "user = \"paul\";   role", "role", NULL },
        { row, "{ name = \"claire\"; },", "the role is" },
        { row, "{ name = \"claire\"; role = \"officer\"; rôle = 1; },", "syntax" },
        { row, "{ name = \"claire\"; role = \"officer\"; phone = \"1\"; },", "phone" },
        { row, "{ name = \"claire\"; role = \"officer\"; mail = \"claire\"; },", "mail address" },
        { row, "{ name = \"claire\"; role = \"officer\"; schemes = \"LAB-2023\"; },", "arrays" },
        { row, "{ name = \"claire\"; role = \"officer\"; off = [ 1 ]; },", "arrays" },
        { row, "{ name = \"claire\"; role = \"officer\"; daily = \"mine\"; },", "arrays" },
        { row, "{ name = \"claire\"; role = \"officer\"; weekly = 7; },", "arrays" },
        { row, "{ name = \"claire\"; role = \"officer\"; off = [ \"gossip\" ]; },", "gossip" },
        { row, "{ name = \"claire\"; role = \"officer\"; daily = [ \"digest\" ]; },", "digest" },
        { row, "{ name = \"claire\"; role = \"officer\"; off = [ \"order.rejected\" ]; },",
          "order.rejected" },
        { row, "{ name = \"claire\"; role = \"officer\"; mail = \"\"; },", NULL },
        { row, "{ name = \"claire\"; role = \"officer\"; mail = \"c@b.example\"; },", NULL },
        { row, "[ \"claire\" ],", "each is a group" },
        { "people = (", "rest = (", "nobody may speak" },
        { "people = (", "people = [ ];\nrest = (", "a list" },
    };

    try_settings(edits, ARRAY_LEN(edits));
}
END_TEST

START_TEST(a_setting_that_is_left_out_has_its_default)
{
    static const char least[] =
        "authority = { code = \"A\"; name = \"A\"; siret = \"20007246000013\"; };\n"
        "database = { schema = \"a\"; };\n"
        "debtor = { name = \"A\"; iban = \"FR76 3000 1007 9412 3456 7890 185\"; "
        "bic = \"BDFEFRPPCCT\"; };\n"
        "people = ( { name = \"claire\"; role = \"viewer\"; } );\n";
    struct conf *conf = read_text(least), *whole = read_text(slurp(CONFIG_DIR "/tranched.conf"));

    ck_assert_ptr_nonnull(conf);
    ck_assert_ptr_nonnull(whole);
    ck_assert_str_eq(conf->authority_timezone, whole->authority_timezone);
    ck_assert_str_eq(conf->language, whole->language);
    ck_assert_str_eq(conf->database_conninfo, whole->database_conninfo);
    ck_assert_int_eq(conf->database_timeout_seconds, whole->database_timeout_seconds);
    ck_assert_int_eq(conf->order_cutoff_minute, whole->order_cutoff_minute);
    ck_assert_int_eq(conf->mail.quiet_until, whole->mail.quiet_until);
    ck_assert_str_eq(conf->mail.from, "");
    ck_assert_uint_eq(conf->act_as_count, 0);
    ck_assert_str_eq(conf->persons[0].user, "");
    conf_free(conf);
    conf_free(whole);
}
END_TEST

static bool hears(const struct conf *conf, const char *name, const char *kind, const char *scheme)
{
    return conf_person_hears(conf_person(conf, name), mail_kind_find(kind), scheme);
}

static enum mail_pace pace(const struct conf *conf, const char *kind)
{
    return conf_person_pace(conf_person(conf, "claire"), mail_kind_find(kind));
}

START_TEST(people_hear_what_they_want_and_what_they_must)
{
    char *text = edit(slurp(CONFIG_DIR "/tranched.conf"), "role = \"officer\"",
                      "role = \"officer\"; mail = \"c@b.example\"; schemes = [ \"A\", \"B\" ]; "
                      "off = [ \"report.due\" ]; daily = [ \"report.received\" ]; "
                      "weekly = [ \"tranche.held\", \"convention.ending\" ]");
    struct conf *conf = read_text(text);

    ck_assert_ptr_nonnull(conf);
    ck_assert_ptr_null(conf_person(conf, "nobody"));
    ck_assert(hears(conf, "claire", "report.received", "B"));
    ck_assert(!hears(conf, "claire", "report.received", "C"));
    ck_assert(hears(conf, "claire", "week", NULL));
    ck_assert(!hears(conf, "claire", "report.due", "A"));    /* turned off */
    ck_assert(!hears(conf, "claire", "leader.changed", "")); /* not their role */
    ck_assert(hears(conf, "claire", "order.rejected", ""));  /* about no scheme */
    ck_assert(!hears(conf, "paul", "order.rejected", "A"));  /* no address */
    ck_assert_int_eq(pace(conf, "report.received"), MAIL_DAILY);
    ck_assert_int_eq(pace(conf, "convention.ending"), MAIL_WEEKLY);
    ck_assert_int_eq(pace(conf, "signature.missing"), MAIL_AT_ONCE);
    ck_assert_int_eq(pace(conf, "order.rejected"), MAIL_AT_ONCE); /* money never waits */
    conf_free(conf);
    conf = read_text(edit(text, "user = \"paul\";", "mail = \"p@b.example\";"));
    ck_assert_ptr_nonnull(conf);
    ck_assert(hears(conf, "paul", "order.rejected", "C")); /* of every scheme */
    conf_free(conf);
}
END_TEST

/* A long comment may hide what stands below it: the file is read to its end, or refused. */
START_TEST(a_file_is_read_to_its_end_and_tells_a_hundred_mistakes_at_most)
{
    CLEANUP(text_free) struct text large = { 0 }, wrong = { 0 };
    char *text = slurp(CONFIG_DIR "/tranched.conf");

    text_addf(&large, "%s", text);
    text_addf(&wrong, "%s", text);
    while (large.length < 1024 * 1024)
        text_addf(&large, "# nothing of note\n");
    text_addf(&large, "colour = 1;\n");
    ck_assert_ptr_null(read_text(large.s));
    ck_assert_msg(has_fault("1 MiB", 0), "%s", faults.list[0].text);
    faults = (struct faults){ .arena = arena };
    for (int i = 0; i < 150; i++)
        text_addf(&wrong, "colour_%d = 1;\n", i);
    ck_assert_ptr_null(read_text(wrong.s));
    ck_assert_uint_eq(faults.count, 150);
    ck_assert_uint_eq(faults.listed, FAULTS_MAX);
    ck_assert(has_fault("colour_99", 0) && !has_fault("colour_100", 0));
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

static const struct edit WRONG_SCHEMES[] = {
    { "grant = { min = \"5000.00\"; max = \"10000.00\"; }",
      "grant = ( { min = \"5000.00\"; max = \"10000.00\"; } )",
      "grant: a group { ... } is needed" },
    { "decision = { on = \"2023-12-12\"; }", "decision = [ \"2023-12-12\" ]",
      "decision: a group { ... } is needed" },
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
    { "scheme = {", "schemes = {", "scheme" },
    { "scheme = {", "scheme = 1;\nrest = {", "the file has no" },
    { "title = \"#Lab", "title = \"\"; titel = \"#Lab", "title" },
    { "  envelope = \"50000.00\";\n", "", "\"envelope\" is missing" },
    { "code = \"LAB-2023\"", "code = \"-LAB\"", "code" },
    { "code = \"LAB-2023\"", "code = \"LAB-2023-AND-FAR-TOO-LONG\"", "code" },
    { "code = \"LAB-2023\"", "code = \"LAB\\t2023\"", "code" },
    { "  code = \"LAB-2023\";\n", "", "\"code\" is missing" },
    { "  duration = \"6m\";", "", "\"duration\" is missing" },
    { "duration = \"6m\"", "duration = 6", "duration" },
    { "duration = \"6m\"", "duration = \"0d\"", "longer than nothing" },
    { "  decision = { on = \"2023-12-12\"; };\n", "", "\"decision\" is missing" },
    { "decision = { on", "decision = { received_on = \"2023-12-19\"; on", "scheme decision" },
    { "decision = { on", "decision = { published = \"2023-12-19\"; on", "scheme decision" },
    { "decision = { on", "decision = { published_on = \"2023-12-19\"; on", "scheme decision" },
    { "on = \"2023-12-12\"", "on = 20231212", "on" },
    { "  grant = { min = \"5000.00\"; max = \"10000.00\"; };\n", "", "\"grant\" is missing" },
    { "min = \"5000.00\"", "min = \"0.00\"", "min" },
    { "envelope = \"50000.00\"", "envelope = \"4999.99\"", "one smallest grant" },
    { "parties = [ \"beneficiary\", \"authority\" ]", "parties = [ ]", "parties" },
    { "parties = [ \"beneficiary\",", "parties = [ \"authority\",", "twice" },
    { "parties = [ \"beneficiary\", \"authority\" ]", "parties = [ 1 ]", "string" },
    { "parties = [ ",
      "parties = [ \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\", \"k\", \"l\", "
      "\"m\", \"n\", \"o\", \"p\", ",
      "at most" },
    { "\"president\",", "\"councillor\",", "twice" },
    { "\"president\",", "\"a-name-that-nobody-could-type-in-one-go-and-more\",", "at most" },
    { "facts = ( { name = \"launch\"; by = \"beneficiary\"; } )", "facts = \"launch\"", "a list" },
    { "facts = ( { name = \"launch\"; by = \"beneficiary\"; } )", "facts = ( \"launch\" )",
      "each is a group" },
    { "facts = ( { name = \"launch\"; by = \"beneficiary\"; } )", "facts = ( { by = \"x\"; } )",
      "\"name\" is missing" },
    { "papers = ( ", "papers = ( { due = 1; }, ", "\"name\" is missing" },
    { "due = { from = \"effect\"; plus = \"0d\"; }", "due = \"2024-01-01\"", "a point in time" },
    { "due = { from = \"effect\"; plus = \"0d\"; }", "due = { plus = \"0d\"; }", "from" },
    { "due = { from = \"effect\"; plus = \"0d\"; }", "due = { from = \"effect\"; }", "plus" },
    { "from = \"effect\"; plus = \"0d\"", "from = \"award\"; plus = \"0d\"", "not built" },
    { "from = \"effect\"; plus = \"0d\"", "from = \"paid:1\"; plus = \"0d\"", "not built" },
    { "after = { from = \"effect\"", "after = { from = \"budgets\"", "not built" },
    { "or = \"effect\"", "or = \"launch\"", "only \"effect\"" },
    { "name = \"budgets\";", "name = \"budgets\"; review = \"10d\";", "looked at" },
    { "name = \"budgets\";", "name = \"effect\";", "meaning of its own" },
    { "name = \"budgets\";", "name = \"approval\";", "meaning of its own" },
    { "name = \"budgets\";", "name = \"authority\";", "twice" },
    { "name = \"budgets\";", "name = \"launch\";", "twice" },
    { "[ \"signed\", \"mid-report\" ]", "[ \"signed\", \"launch\" ]", "not built" },
    { "[ \"signed\", \"mid-report\" ]", "( \"signed\", 1 )", "string" },
    { "needs = [ \"signed\" ];", "", "\"needs\" is missing" },
    { "up_to = \"60\";", "", "\"up_to\" is missing" },
    { "up_to = \"60\"", "up_to = \"60%\"", "up_to" },
    { "{ name = \"1\"; up", "{ up", "\"name\" is missing" },
    { "{ name = \"2\"; up", "{ up", "\"name\" is missing" },
    { "{ name = \"1\"; up", "{ amount = \"1.00\"; name = \"1\"; up", "not built" },
    { "  tranches = (", "  tranches = ( );\n  steps = (", "steps" },
    { "duration = \"6m\";", "duration = \"6m\"; reminders = ( \"a\" );", "reminders" },
    { "duration = \"6m\";", "duration = \"6m\"; reminders = [ \"a\" ];", "reminders" },
    { "duration = \"6m\";", "duration = \"6m\"; reminders = [ -367 ];", "reminders" },
    { "duration = \"6m\";", "duration = \"6m\"; reminders = [ 367 ];", "reminders" },
    { "duration = \"6m\";",
      "duration = \"6m\"; reminders = [ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 ];",
      "reminders" },
};

START_TEST(mistakes_of_a_scheme_are_named_with_word_and_line)
{
    char *text = slurp(CONFIG_DIR "/schemes/lab-2023.conf");
    struct scheme scheme;

    for (size_t i = 0; i < ARRAY_LEN(WRONG_SCHEMES); i++) {
        faults.count = faults.listed = 0;
        faults.list = NULL;
        ck_assert_msg(!read_scheme(edit(text, WRONG_SCHEMES[i].from, WRONG_SCHEMES[i].to), &scheme),
                      "%s", WRONG_SCHEMES[i].to);
        ck_assert_msg(has_fault(WRONG_SCHEMES[i].word, 0), "%s: %s", WRONG_SCHEMES[i].to,
                      faults.list[0].text);
        ck_assert_msg(faults.list[0].line > 0, "%s has no line", WRONG_SCHEMES[i].to);
    }
}
END_TEST

START_TEST(a_scheme_may_say_what_others_leave_out)
{
    char *text = slurp(CONFIG_DIR "/schemes/lab-2023.conf");
    struct scheme scheme;

    text = edit(text, "name = \"budgets\";", "name = \"budgets\"; needs = \"received\";");
    text = edit(text, "needs = \"accepted\"; }", "needs = \"accepted\"; review = \"2m\"; }");
    text = edit(text, "[ \"signed\", \"mid-report\" ]", "[ \"signed\", \"approval\" ]");
    text = edit(text, "duration = \"6m\";", "duration = \"6m\"; reminders = [ -14, 366 ];");
    ck_assert_msg(read_scheme(text, &scheme), "%s", faults.listed ? faults.list[0].text : "");
    ck_assert(!scheme.papers[0].needs_accepted && scheme.papers[2].needs_accepted);
    ck_assert_int_eq(scheme.papers[2].review.months, 2);
    ck_assert(scheme.rungs[1].needs_approval && !scheme.rungs[1].papers);
    ck_assert_uint_eq(scheme.reminder_count, 2);
    ck_assert_int_eq(scheme.reminder_days[0], -14);
    ck_assert_int_eq(scheme.reminder_days[1], 366);
    text = edit(text, "[ -14, 366 ]", "[ ]");
    ck_assert(read_scheme(text, &scheme) && !scheme.reminder_count);
}
END_TEST

START_TEST(a_scheme_has_so_many_of_each_and_no_more)
{
    static const struct {
        const char *list, *before, *after; /* the number of each */
        unsigned max;
    } cases[] = {
        { "facts = (", "{ name = \"fact-", "\"; }, ", SCHEME_FACTS_MAX },
        { "papers = (", "{ name = \"paper-", "\"; }, ", SCHEME_PAPERS_MAX },
        { "tranches = (", "{ name = \"rung-", "\"; up_to = \"1\"; needs = [ \"signed\" ]; }, ",
          SCHEME_RUNGS_MAX },
        { "signatories = [", "\"person-", "\", ", SCHEME_SIGNATORIES_MAX },
    };
    char *text = slurp(CONFIG_DIR "/schemes/lab-2023.conf");
    struct scheme scheme;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(text_free) struct text more = { 0 };

        faults.count = faults.listed = 0;
        faults.list = NULL;
        text_addf(&more, "%s ", cases[i].list);
        for (unsigned n = 1; n <= cases[i].max; n++)
            text_addf(&more, "%s%u%s", cases[i].before, n, cases[i].after);
        ck_assert(!read_scheme(edit(text, cases[i].list, more.s), &scheme));
        ck_assert_msg(has_fault("at most", 0), "%s", cases[i].list);
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
    char path[sizeof folder + 8];

    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert(credential_read("secret", got) && !*got);
    ck_assert(mkdtemp(folder) != NULL);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    ck_assert(credential_read("secret", got) && !*got);
    snprintf(path, sizeof path, "%s/secret", folder);
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
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert(!credential_read("secret", got) && !*got); /* a folder is no line */
    ck_assert_int_eq(rmdir(path), 0);
    setenv("CREDENTIALS_DIRECTORY", CONFIG_DIR "/tranched.conf", 1); /* which is no folder */
    ck_assert(!credential_read("secret", got) && !*got);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
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
    tcase_add_test(t, a_setting_takes_values_of_its_kind_alone);
    tcase_add_test(t, reading_a_configuration_moves_no_clock);
    tcase_add_test(t, a_setting_that_is_left_out_has_its_default);
    tcase_add_test(t, mails_leave_by_a_server_that_can_be_trusted);
    tcase_add_test(t, every_mistake_about_people_is_named);
    tcase_add_test(t, a_file_is_read_to_its_end_and_tells_a_hundred_mistakes_at_most);
    tcase_add_test(t, people_hear_what_they_want_and_what_they_must);
    tcase_add_test(t, people_who_could_be_taken_for_another_are_refused);
    tcase_add_test(t, a_missing_setting_a_bad_syntax_an_include_and_another_encoding_are_refused);
    tcase_add_test(t, the_two_schemes_of_the_project_are_whole);
    tcase_add_test(t, mistakes_of_a_scheme_are_named_with_word_and_line);
    tcase_add_test(t, a_scheme_may_say_what_others_leave_out);
    tcase_add_test(t, a_scheme_has_so_many_of_each_and_no_more);
    tcase_add_test(t, a_cut_scheme_file_never_passes);
    tcase_add_test(t, a_credential_is_one_line_or_refused);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
