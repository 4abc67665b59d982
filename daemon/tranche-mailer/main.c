#include "../exit.h"
#include "../settings.h"
#include "mailer.h"
#include <base/log.h>
#include <base/mem.h>
#include <base/tr.h>
#include <getopt.h>
#include <stdio.h>

#define CONF_DEFAULT "/etc/tranched/tranched.conf"

static const char HELP[] =
    "tranche-mailer -- delivers the mails that tranched writes into its outbox, and nothing else.\n"
    "\n"
    "usage: tranche-mailer [--config FILE]\n"
    "       tranche-mailer --version | --help\n"
    "\n"
    "FILE is " CONF_DEFAULT
    " when not given; its section \"mail\" names the mail server. The password\n"
    "for it is the credential mail-password (systemd's LoadCredential=). What waits, and why, says\n"
    "tranchectl mail list.\n"
    "\n"
    "Exit status: 0 stopped, 1 failed (may be started again), 78 a person must look first.\n";

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, const char **conf_path)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            *conf_path = optarg;
            break;
        case 'v':
            puts("tranche-mailer " TRANCHED_VERSION);
            return 0;
        case 'h':
            fputs(HELP, stdout);
            return 0;
        default:
            return 2;
        }
    }
    if (optind == argc)
        return -1;
    fputs("tranche-mailer: wrong arguments; see tranche-mailer --help\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *conf_path = CONF_DEFAULT;
    struct settings settings;
    int r = parse(argc, argv, &conf_path);

    if (r >= 0)
        return r;
    digest_use_mem();
    event_set_mem_functions(mem_bytes, mem_resize, free);
    tr_language("en", TRANCHED_LOCALEDIR);
    if (!settings_read(&settings, conf_path, false)) {
        fprintf(stderr, "%s is refused\n", conf_path);
        return EXIT_PERSON;
    }
    if (!settings.letters) {
        fprintf(stderr, "%s: mail.from is empty: there is no mail to deliver\n", conf_path);
        settings_free(&settings);
        return EXIT_PERSON;
    }
    log_set_level(log_level_find(settings.conf->log_level));
    tr_language(settings.conf->language, TRANCHED_LOCALEDIR);
    instant_zone(settings.conf->authority_timezone);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    r = mailer_run(&settings, conf_path);
    curl_global_cleanup();
    return r;
}
