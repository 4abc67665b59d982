#include "../output.h"
#include "shell.h"
#include <base/instant.h>
#include <base/log.h>
#include <base/mem.h>
#include <base/tr.h>
#include <core/states.h>
#include <digest/digest.h>
#include <event2/event.h>
#include <getopt.h>
#include <jansson.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <store/migrate.h>
#include <unistd.h>

#define CONF_DEFAULT "/etc/tranched/tranched.conf"

static const char HELP[] =
    "tranched -- disburses public grants by convention: holds each tranche until its conditions are met,\n"
    "writes SEPA payment orders for the treasury, and remembers why.\n"
    "\n"
    "usage: tranched [--config FILE] [--require-standby]          run (under systemd, or by hand)\n"
    "       tranched [--config FILE] [--require-standby]          list every mistake of the configuration;\n"
    "                --check-config                               --require-standby: one is a database\n"
    "                                                             without a synchronous standby\n"
    "       tranched [--config FILE] --migrate [--as KIND]        make or upgrade the schema; a new one is\n"
    "                                                             of KIND live or rehearsal, once for ever\n"
    "       tranched --print-states                               the life of conventions and tranches\n"
    "       tranched --version | --help\n"
    "\n"
    "FILE is " CONF_DEFAULT
    " when not given. --migrate connects as the operating system's user, who must\n"
    "be allowed to become the owner's role (run it as postgres).\n"
    "\n"
    "Exit status: 0 stopped or done, 1 failed (may be started again), 78 a person must look first.\n";

enum mode { MODE_RUN, MODE_CHECK, MODE_MIGRATE };

struct options {
    enum mode mode;
    const char *conf_path, *kind;
    bool require_standby;
};

static int migrate(const struct conf *conf, const char *kind)
{
    struct store_place place = {
        .conninfo = conf->database_conninfo,
        .schema = conf->database_schema,
        .timeout_s = 24 * 3600, /* a migration of many rows takes its time */
        .patience_s = 600,
    };
    int from = 0, to = 0;
    int r = migrate_run(&place, kind, &from, &to);

    switch (r) {
    case 0:
        printf("schema %s: migration %d -> %d\n", conf->database_schema, from, to);
        return 0;
    case MIGRATE_E_KIND:
        fprintf(stderr, "schema %s: %s\n", conf->database_schema,
                kind ? "it was made as the other kind, and stays so: use another schema"
                     : "a new schema needs --as live or --as rehearsal");
        return EXIT_PERSON;
    case MIGRATE_E_NEWER:
        fprintf(stderr,
                "schema %s is at migration %d, this program knows %d: install the newer program\n",
                conf->database_schema, from, store_version_built());
        return EXIT_PERSON;
    case MIGRATE_E_ROLE:
        fprintf(stderr,
                "schema %s: whoever runs this must be allowed to make and become the role "
                "tranched_%s_owner: run it as postgres\n",
                conf->database_schema, conf->database_schema);
        return EXIT_PERSON;
    default:
        return EXIT_RESTART;
    }
}

static int print_states(void)
{
    CLEANUP(text_free) struct text out = { 0 };

    states_print(&out);
    fputs(out.s, stdout);
    return 0;
}

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, struct options *o)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check-config", no_argument, NULL, 'k' },
        { "migrate", no_argument, NULL, 'm' },
        { "as", required_argument, NULL, 'a' },
        { "require-standby", no_argument, NULL, 'r' },
        { "print-states", no_argument, NULL, 's' },
        { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->conf_path = optarg;
            break;
        case 'k':
            o->mode = MODE_CHECK;
            break;
        case 'm':
            o->mode = MODE_MIGRATE;
            break;
        case 'r':
            o->require_standby = true;
            break;
        case 'a':
            o->kind = optarg;
            break;
        case 's':
            return print_states();
        case 'v':
            puts("tranched " TRANCHED_VERSION);
            return 0;
        case 'h':
            fputs(HELP, stdout);
            return 0;
        default:
            return 2;
        }
    }
    if (optind == argc && (!o->require_standby || o->mode != MODE_MIGRATE) &&
        (!o->kind ||
         (o->mode == MODE_MIGRATE && (!strcmp(o->kind, "live") || !strcmp(o->kind, "rehearsal")))))
        return -1;
    fputs("tranched: wrong arguments; see tranched --help\n", stderr);
    return 2;
}

/* A library that finds no memory ends the process too: half an order file, or a body said to be
 * wrong, would be worse. Before any of them allocates. */
static void libraries_begin(void)
{
    digest_use_mem();
    json_set_alloc_funcs(mem_bytes, free);
    event_set_mem_functions(mem_bytes, mem_resize, free);
    xmlMemSetup(free, mem_bytes, mem_resize, mem_strdup);
    LIBXML_TEST_VERSION
}

int main(int argc, char **argv)
{
    struct options o = { .conf_path = CONF_DEFAULT };
    struct settings settings;
    int r = parse(argc, argv, &o);

    if (r >= 0)
        return output_check("tranched", r, EXIT_RESTART);
    libraries_begin();
    tr_language("en", TRANCHED_LOCALEDIR);
    if (!settings_read(&settings, o.conf_path, false)) {
        fprintf(stderr, "%s is refused\n", o.conf_path);
        return EXIT_PERSON;
    }
    if (o.require_standby && strcmp(settings.conf->database_standby, "synchronous") != 0) {
        fprintf(stderr, "%s: database.standby must be \"synchronous\" here\n", o.conf_path);
        settings_free(&settings);
        return EXIT_PERSON;
    }
    log_set_level(log_level_find(settings.conf->log_level));
    instant_zone(settings.conf->authority_timezone);
    if (o.mode == MODE_RUN) {
        tr_language(settings.conf->language, TRANCHED_LOCALEDIR);
        r = shell_run(&settings, o.conf_path);
        xmlCleanupParser();
        return r;
    }
    r = o.mode == MODE_MIGRATE ? migrate(settings.conf, o.kind) : 0;
    if (o.mode == MODE_CHECK)
        printf("%s is whole\n", o.conf_path);
    settings_free(&settings);
    return output_check("tranched", r, EXIT_RESTART);
}
