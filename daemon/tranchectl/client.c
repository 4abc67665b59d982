#include "client.h"
#include <base/tr.h>
#include <curl/curl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

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

static void set_up(CURL *curl, const char *socket, const struct wire_command *command,
                   const struct text *file, const struct text *url, struct text *in,
                   time_t *started)
{
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    curl_easy_setopt(curl, CURLOPT_URL, url->s);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, in);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, started);
    if (!command->changes)
        return;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, file && file->s ? file->s : "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(file ? file->length : 0));
}

static int perform(CURL *curl, const char *socket, struct text *in, struct reply *reply)
{
    CURLcode code = curl_easy_perform(curl);
    json_error_t error;

    if (code != CURLE_OK) {
        fprintf(stderr, _("no daemon answers at %s: %s\n"), socket, curl_easy_strerror(code));
        return -1;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    reply->body = json_loadb(in->s ? in->s : "", in->length, JSON_DECODE_ANY, &error);
    return 0;
}

int client_send(const char *socket, const char *as, const struct wire_command *command,
                json_t *args, const struct text *file, struct reply *reply)
{
    CLEANUP(text_free) struct text url = { 0 }, in = { 0 }, header = { 0 };
    struct curl_slist *headers = NULL;
    time_t started = time(NULL);
    CURL *curl = curl_easy_init();
    int r;

    if (!curl)
        return -1;
    text_addf(&url, "http://tranched/%s/%s/%s", WIRE_VERSION, command->noun, command->verb);
    add_query(curl, &url, args);
    if (as && *as) {
        text_addf(&header, "%s: %s", WIRE_AS_HEADER, as);
        headers = curl_slist_append(headers, header.s);
    }
    headers = curl_slist_append(headers, "Content-Type: application/octet-stream");
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    set_up(curl, socket, command, file, &url, &in, &started);
    r = perform(curl, socket, &in, reply);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return r;
}
