#include "client.h"
#include <base/tr.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 10 }; /* one a second */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    text_add(arg, bytes, size * count);
    return size * count;
}

/* Long work says that it goes on: a clock that walks a year, a large import. */
static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    static time_t shown; /* the last second that was written */
    time_t now = time(NULL), *started = arg;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    if (now - *started >= 2 && now != shown && isatty(STDERR_FILENO)) {
        shown = now;
        fputc('\r', stderr);
        fprintf(stderr, _("still working, %ld s … "), (long)(now - *started));
    }
    return 0;
}

static void add_query(CURL *curl, struct text *url, json_t *args)
{
    const char *name;
    json_t *value;

    json_object_foreach(args, name, value) {
        char *escaped =
            curl_easy_escape(curl, json_is_true(value) ? "true" : json_string_value(value), 0);

        text_addf(url, "%c%s=%s", strchr(url->s, '?') ? '&' : '?', name, escaped ? escaped : "");
        curl_free(escaped);
    }
}

void reply_free(struct reply *reply)
{
    json_decref(reply->body);
    text_free(&reply->bytes);
    *reply = (struct reply){ 0 };
}

void client_draw_id(char out[static CLIENT_ID_MAX])
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) /* it never cuts so few bytes */
        abort();
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

struct exchange {
    const struct client *client;
    const char *method;
    struct text url;
    const struct text *body;
    bool changes;
};

static void set_up(CURL *curl, const struct exchange *x, struct reply *reply, time_t *started)
{
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, x->client->socket);
    curl_easy_setopt(curl, CURLOPT_URL, x->url.s);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->bytes);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, started);
    if (!x->changes)
        return;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, x->method);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, x->body && x->body->s ? x->body->s : "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)(x->body ? x->body->length : 0));
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    CLEANUP(text_free) struct text header = { 0 };

    if (!value || !*value)
        return list;
    text_addf(&header, "%s: %s", name, value);
    return curl_slist_append(list, header.s);
}

/* One exchange; a CURLcode. */
static CURLcode perform(CURL *curl, const struct exchange *x, struct reply *reply)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    time_t started = time(NULL);
    json_error_t error;
    CURLcode code;

    headers = add_header(headers, WIRE_AS_HEADER, x->client->as);
    if (x->changes) {
        headers = add_header(headers, "Content-Type", "application/octet-stream");
        headers = add_header(headers, WIRE_REQUEST_HEADER, x->client->request);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    set_up(curl, x, reply, &started);
    code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return code;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    reply->body = json_loadb(reply->bytes.s ? reply->bytes.s : "", reply->bytes.length,
                             JSON_DECODE_ANY, &error);
    return CURLE_OK;
}

/* Whether nobody knows if the command was carried out: then the same id settles it. */
static bool is_unknown(CURLcode code, const struct reply *reply)
{
    const char *error =
        json_string_value(json_object_get(json_object_get(reply->body, "error"), "code"));

    return code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
           (code == CURLE_OK && error && !strcmp(error, "outcome_unknown"));
}

static int exchange(CURL *curl, const struct exchange *x, struct reply *reply)
{
    CURLcode code = perform(curl, x, reply);
    bool unknown = x->changes && is_unknown(code, reply);

    for (int tries = 0; unknown && tries < TRIES; tries++) {
        fprintf(stderr, _("it is not known whether that was stored: asking again (%s)\n"),
                x->client->request);
        sleep(1);
        reply_free(reply);
        code = perform(curl, x, reply);
        unknown = is_unknown(code, reply) || code == CURLE_COULDNT_CONNECT || reply->status == 503;
    }
    if (code == CURLE_OK)
        return 0;
    if (code == CURLE_COULDNT_CONNECT && access(x->client->socket, W_OK) != 0 && errno == EACCES)
        fprintf(
            stderr,
            _("no permission to speak to the daemon at %s: whoever runs the service can add you to "
              "the group of that socket\n"),
            x->client->socket);
    else
        fprintf(stderr, _("no daemon answers at %s: %s\n"), x->client->socket,
                curl_easy_strerror(code));
    if (unknown)
        fprintf(stderr, _("repeat the command with --request %s: it is done once\n"),
                x->client->request);
    return -1;
}

int client_send(const struct client *client, const struct wire_command *command, json_t *args,
                const struct text *body, struct reply *reply)
{
    struct exchange x = {
        .client = client, .method = "POST", .body = body, .changes = command->changes
    };
    CURL *curl = curl_easy_init();
    int r;

    if (!curl)
        return -1;
    text_addf(&x.url, "http://tranched/%s/%s/%s", WIRE_VERSION, command->noun, command->verb);
    add_query(curl, &x.url, args);
    r = exchange(curl, &x, reply);
    text_free(&x.url);
    curl_easy_cleanup(curl);
    return r;
}

int client_put(const struct client *client, const char *upload, size_t offset,
               const struct text *part, struct reply *reply)
{
    struct exchange x = { .client = client, .method = "PUT", .body = part, .changes = true };
    CURL *curl = curl_easy_init();
    int r;

    if (!curl)
        return -1;
    text_addf(&x.url, "http://tranched/%s/uploads/%s?offset=%zu", WIRE_VERSION, upload, offset);
    r = exchange(curl, &x, reply);
    text_free(&x.url);
    curl_easy_cleanup(curl);
    return r;
}
