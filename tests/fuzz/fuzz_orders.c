/* Any bytes as an answer to a table of orders that is really there: they are taken in or refused
 * as a person's command would be, and never end in "something is broken".
 *
 * FUZZ_CONF names the configuration of a rehearsal whose daemon does not run; what was taken in
 * stays, so that later bytes meet what earlier ones left. test_fuzz.py checks the books after it.
 */
#include <app/app.h>
#include <base/instant.h>
#include <base/log.h>
#include <base/mem.h>
#include <digest/digest.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct app app;
static struct store_place place;

static void must(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "fuzz_orders: %s\n", what);
    abort();
}

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    CLEANUP(json_freep) json_t *args = json_pack("{s:s}", "file-name", "fuzz.xml");
    struct request request = { .command = wire_find("answer", "import"),
                               .caller = { "claire", ROLE_OFFICER },
                               .args = args,
                               .body = (const char *)bytes,
                               .body_length = length };
    struct answer answer = { 0 };
    static unsigned count;
    char id[40];

    snprintf(id, sizeof id, "%s-%u", app.holder, ++count);
    request.id = id;
    must(!digest_sha256(&request.digest, bytes, length), "no digest");
    app_call(&app, &request, &answer);
    if (answer.status != 200 && answer.status != APP_CONFLICT && answer.status != APP_INVALID) {
        json_dumpf(answer.result, stderr, JSON_INDENT(1));
        abort();
    }
    json_decref(answer.result);
    free(answer.bytes);
    return 0;
}
