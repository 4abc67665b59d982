#include "service.h"
#include <base/instant.h>
#include <base/log.h>
#include <base/mem.h>
#include <digest/digest.h>
#include <stdio.h>
#include <stdlib.h>

static struct app app;
static struct store_place place;

static void must(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct faults faults = { .arena = arena_new() };
    struct spool *spool;
    struct uploads *uploads;
    struct conf *conf;
    const char *why, *path = getenv("FUZZ_CONF");

    (void)argc;
    (void)argv;
    must(path, "FUZZ_CONF is not set");
    conf = conf_read(path, &faults);
    must(conf, "FUZZ_CONF is refused");
    log_set_level(LOG_LEVEL_ERR);
    instant_zone(conf->authority_timezone);
    must(!spool_open(&spool, conf->state_dir, &why), "the state folder cannot be used");
    must(!uploads_open(&uploads, conf->state_dir), "uploads cannot be used");
    must(!app_init(&app, conf, spool, uploads), "no random bytes");
    place = (struct store_place){ .conninfo = conf->database_conninfo,
                                  .password = "",
                                  .schema = conf->database_schema,
                                  .part = "daemon",
                                  .timeout_s = 60,
                                  .patience_s = 20 };
    must(!store_open_wait(&app.work, &place), "the database is away");
    arena_free(faults.arena);
    return 0;
}

int service_call(struct request *request, const uint8_t *bytes, size_t length)
{
    struct answer answer = { 0 };
    static unsigned count;
    char id[40];

    snprintf(id, sizeof id, "%s-%u", app.holder, ++count);
    request->id = id;
    must(!digest_sha256(&request->digest, bytes, length), "no digest");
    app_call(&app, request, &answer);
    if (answer.status == APP_BROKEN || answer.status == APP_AWAY) {
        json_dumpf(answer.result, stderr, JSON_INDENT(1));
        abort();
    }
    json_decref(answer.result);
    free(answer.bytes);
    return answer.status;
}
