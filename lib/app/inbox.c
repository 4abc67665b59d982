/* The inbox: what the bank puts there is imported like a person's file, with a verdict beside it.
 */
#include "call.h"
#include <base/log.h>
#include <spool/inbox.h>

/* A file on its way to an upload of ours. */
struct carried {
    struct app *app;
    struct digest_sum *sum;
    const char *id;
    int64_t size;
    int outcome;
};

static int carry(void *arg, int64_t offset, const void *bytes, size_t length)
{
    struct carried *c = arg;
    int64_t size;

    digest_add(c->sum, bytes, length);
    c->size += (int64_t)length;
    c->outcome = uploads_write(c->app->uploads, "tranched", c->id, offset, bytes, length, &size);
    return c->outcome;
}

/* An error in words, or what came of it, as lines for people. */
static void write_text(struct text *out, const char *name, const struct answer *answer)
{
    json_t *error = json_object_get(answer->result, "error"), *value;
    json_t *card = json_object_get(answer->result, "answer");
    json_t *message = json_object_get(answer->result, "message");
    const struct wire_view *view = &wire_find("answer", "import")->views[0];

    text_addf(out, "%s\n\n", name);
    if (error)
        text_addf(out, "%s\n%s\n", json_string_value(json_object_get(error, "message")),
                  json_string_value(json_object_get(error, "hint")));
    if (message)
        text_addf(out, "%s\n", json_string_value(message));
    for (size_t i = 0; card && i < view->column_count; i++) {
        value = json_object_get(card, view->columns[i].key);
        if (json_is_integer(value))
            text_addf(out, "%s : %lld\n", _(view->columns[i].label),
                      (long long)json_integer_value(value));
        else if (json_string_value(value) && *json_string_value(value))
            text_addf(out, "%s : %s\n", _(view->columns[i].label), json_string_value(value));
    }
}

/* Whether the same file may be taken another time. */
static bool is_passing(const struct answer *answer)
{
    const char *code =
        json_string_value(json_object_get(json_object_get(answer->result, "error"), "code"));

    return answer->status >= APP_BROKEN ||
           (code && (!strcmp(code, "busy") || !strcmp(code, "no_day")));
}

static int settle(struct inbox *inbox, const char *name, const struct answer *answer)
{
    CLEANUP(text_free) struct text text = { 0 };
    CLEANUP(mem_freep) char *json = json_dumps(answer->result, JSON_INDENT(2));
    bool done = answer->status == 200;

    write_text(&text, name, answer);
    log_notice("inbox/%s: %s", name, done ? "taken" : "refused");
    return inbox_settle(inbox, name, done, text.s, json);
}

/* The bytes are in an upload. A file that was taken before a crash and still stands in the inbox is
 * known by its bytes. */
static int import(struct app *app, const char *name, const char *upload,
                  const struct sha256 *digest, struct answer *answer)
{
    char hex[SHA256_HEX_MAX], id[RANDOM_ID_MAX];
    struct request request = { .command = wire_find("answer", "import"),
                               .caller = { "tranched", ROLE_OFFICER },
                               .id = id,
                               .digest = *digest };
    int r = digest_random_id(id);

    if (r)
        return r;
    digest_hex(hex, digest);
    request.args = json_pack("{s:s, s:s, s:s}", "upload", upload, "sha256", hex, "file-name", name);
    app_call(app, &request, answer);
    json_decref(request.args);
    return 0;
}

/* TIMES: how often it was begun. *PASSING: why it cannot be taken now, in ARENA; NULL: it is
 * settled. */
static int take(struct app *app, struct inbox *inbox, const char *name, unsigned times,
                struct arena *arena, const char **passing)
{
    enum { OFTEN_ENOUGH = 8 };
    struct carried c = { .app = app, .sum = digest_begin(), .id = app->holder }; /* ours alone */
    struct answer answer = { 0 };
    struct sha256 digest;
    int r = inbox_read(inbox, name, carry, &c), d = digest_end(c.sum, &digest);

    if (r < 0 || d < 0)
        return r < 0 ? r : d;
    if (r == INBOX_E_GONE)
        return 0;
    if (times > OFTEN_ENOUGH)
        app_refuse(&answer, APP_INVALID, "deadly_answer",
                   _("tell whoever runs the service, and hand it in again when that is mended"),
                   _("%s: the service ended %u times while it took this in; nothing of it was "
                     "taken"),
                   name, times - 1);
    else if (r)
        app_refuse(&answer, APP_INVALID, "upload_too_large", _("send a smaller file"),
                   _("upload %s: a part has at most 1 MiB, the whole at most 256 MiB"), name);
    else if (!c.size)
        app_refuse(&answer, APP_INVALID, "bad_answer",
                   _("fetch it again from the bank; nothing of it was taken"),
                   _("%s: the file is empty"), name);
    else
        r = import(app, name, c.id, &digest, &answer);
    uploads_remove(app->uploads, "tranched", c.id);
    if (r < 0)
        return r;
    if (is_passing(&answer))
        *passing = arena_strdup(arena, json_string_value(json_object_get(
                                           json_object_get(answer.result, "error"), "message")));
    else
        r = settle(inbox, name, &answer);
    json_decref(answer.result);
    return r > 0 ? 0 : r;
}

int app_inbox(struct app *app, struct inbox *inbox, int64_t *wait_ms)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *name, *passing = NULL;
    unsigned times = 0, begun;
    int r;

    *wait_ms = 0;
    if (!app->work)
        return 0; /* looked at again when the database is back */
    r = inbox_next(inbox, arena, &name, wait_ms);
    if (r || !*name)
        return r;
    r = inbox_begin(inbox, name, &begun);
    if (!r) {
        r = take(app, inbox, name, begun, arena, &passing);
        inbox_end(inbox);
    }
    *wait_ms = 1; /* there may be more */
    if (r < 0 || passing)
        times = inbox_put_off(inbox, name);
    if (passing)
        log_warning("inbox/%s: cannot be taken now, tried again", name);
    return times < INBOX_PATIENCE || r < 0
               ? r
               : err_raise(ERR_LIBRARY, "inbox/%s could not be taken %u times: %s", name, times,
                           passing);
}
