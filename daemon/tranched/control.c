#include "control.h"
#include "callers.h"
#include <base/log.h>
#include <base/tr.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BODY_MAX = 2 * 1024 * 1024, HEADERS_MAX = 16 * 1024, IDLE_SECONDS = 30 };

/* A request whose answer comes later. */
struct parked {
    struct parked *next;
    struct control *control;
    struct evhttp_request *request;
};

struct control {
    struct app *app;
    void (*wake)(void *arg);
    void *wake_arg;
    char *path; /* of the socket */
    struct evhttp *http;
    struct callers *callers;
    struct parked *parked;
};

static void reply(struct evhttp_request *request, struct answer *answer)
{
    CLEANUP(mem_freep)
    char *body =
        json_dumps(answer->result ? answer->result : json_null(), JSON_ENCODE_ANY | JSON_COMPACT);
    struct evbuffer *out = evhttp_request_get_output_buffer(request);

    if (answer->bytes) {
        evbuffer_add(out, answer->bytes, answer->length);
        free(STEAL(answer->bytes));
        evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
                          "application/octet-stream");
        evhttp_send_reply(request, answer->status, NULL, NULL);
        json_decref(STEAL(answer->result));
        return;
    }
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
                      "application/json; charset=utf-8");
    evbuffer_add_printf(out, "%s\n", body ? body : "null");
    evhttp_send_reply(request, answer->status, NULL, NULL);
    json_decref(answer->result);
    answer->result = NULL;
}

static int fd_of(struct evhttp_request *request)
{
    return bufferevent_getfd(
        evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)));
}

static bool peer_of(struct evhttp_request *request, struct ucred *peer)
{
    socklen_t size = sizeof *peer;

    return getsockopt(fd_of(request), SOL_SOCKET, SO_PEERCRED, peer, &size) == 0;
}

static const struct conf_person *person_of_user(const struct conf *conf, uid_t uid)
{
    char buffer[4096];
    struct passwd pw, *found = NULL;

    if (getpwuid_r(uid, &pw, buffer, sizeof buffer, &found) != 0 || !found)
        return NULL;
    for (size_t i = 0; i < conf->person_count; i++)
        if (!strcmp(conf->persons[i].user, found->pw_name))
            return &conf->persons[i];
    return NULL;
}

static bool may_act(const struct app *app, uid_t uid)
{
    if (!app->rehearsal)
        return false;
    if (uid == geteuid())
        return true;
    for (size_t i = 0; i < app->conf->act_as_count; i++)
        if (app->conf->act_as[i] == (int64_t)uid)
            return true;
    return false;
}

/* Acting as somebody is for rehearsals; a live database refuses it and remembers the attempt. */
static const struct conf_person *person_acted(struct app *app, uid_t uid, const char *as,
                                              struct answer *answer)
{
    const struct conf_person *self = person_of_user(app->conf, uid), *person;
    char who[64];

    if (!app->work && !app->rehearsal) { /* nobody knows yet what kind of database it is */
        app_away(app, answer);
        return NULL;
    }
    if (!may_act(app, uid)) {
        snprintf(who, sizeof who, "uid %u", (unsigned)uid);
        if (!app->rehearsal)
            app_journal_denied(app, self ? self->name : who, as);
        log_warning("%s tried to act as %s", self ? self->name : who, as);
        app_refuse(answer, APP_FORBIDDEN, "may_not_act", _("speak as yourself: leave --as out"),
                   app->rehearsal ? _("you may not act as %s: your uid is not in rehearsal.act_as")
                                  : _("nobody may act as %s: this database is not a rehearsal"),
                   as);
        return NULL;
    }
    person = conf_person(app->conf, as);
    if (!person)
        app_refuse(answer, APP_FORBIDDEN, "unknown_person",
                   _("the configuration's \"people\" lists them"), _("there is nobody called %s"),
                   as);
    return person;
}

static bool find_caller(struct app *app, struct evhttp_request *request, struct caller *caller,
                        struct answer *answer)
{
    const char *as = evhttp_find_header(evhttp_request_get_input_headers(request), WIRE_AS_HEADER);
    const struct conf_person *person;
    struct ucred peer;

    if (!peer_of(request, &peer)) {
        app_refuse(answer, APP_FORBIDDEN, "unknown_peer", NULL,
                   _("the kernel does not say who you are"));
        return false;
    }
    if (as && *as) {
        person = person_acted(app, peer.uid, as, answer);
    } else {
        person = person_of_user(app->conf, peer.uid);
        if (!person)
            app_refuse(answer, APP_FORBIDDEN, "no_role",
                       _("whoever runs the service can add you to \"people\" in its configuration"),
                       _("uid %u has no role here"), (unsigned)peer.uid);
    }
    if (person)
        *caller = (struct caller){ person->name, person->role };
    return person != NULL;
}

/* "/v1/NOUN/VERB" into a command. */
static const struct wire_command *find_command(const struct evhttp_uri *uri)
{
    char noun[32], verb[32], rest;

    if (sscanf(evhttp_uri_get_path(uri), "/" WIRE_VERSION "/%31[a-z]/%31[a-z]%c", noun, verb,
               &rest) != 2)
        return NULL;
    return wire_find(noun, verb);
}

/* The query's arguments into ARGS; false: ANSWER says why it cannot be read. Never half of it. */
static bool query_args(const struct evhttp_uri *uri, json_t *args, struct answer *answer)
{
    const char *query = evhttp_uri_get_query(uri), *twice = NULL;
    struct evkeyvalq pairs;

    if (!query || !*query)
        return true;
    if (evhttp_parse_query_str(query, &pairs) != 0) {
        app_refuse(answer, APP_BAD_REQUEST, "bad_query", _("write it as name=value"),
                   _("the query cannot be read"));
        return false;
    }
    for (struct evkeyval *kv = pairs.tqh_first; kv; kv = kv->next.tqe_next) {
        twice = json_object_get(args, kv->key) ? kv->key : twice;
        if (json_object_set_new(args, kv->key, json_string(kv->value)) != 0)
            json_object_set_new(args, kv->key, json_null()); /* not UTF-8: refused as an argument */
    }
    if (twice)
        app_refuse(answer, APP_BAD_REQUEST, "bad_query", _("give each argument once"),
                   _("\"%.60s\" stands twice in the query"), twice);
    evhttp_clear_headers(&pairs);
    return !twice;
}

/* Whether the body is a file's bytes: always where the command needs one, else when it is sent as
 * application/octet-stream. */
static bool body_is_file(const struct wire_command *command, struct evhttp_request *request)
{
    const struct wire_arg *file = wire_file_arg(command);
    const char *type =
        evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");

    return file && (file->required || (type && !strcmp(type, "application/octet-stream")));
}

/* Over all that the client sent: the same id with anything else is another command. */
static int digest_request(const char *method, struct evhttp_request *http, const char *body,
                          size_t length, struct sha256 *out)
{
    struct digest_sum *sum = digest_begin();
    const char *uri = evhttp_request_get_uri(http);
    const char *type = evhttp_find_header(evhttp_request_get_input_headers(http), "Content-Type");

    digest_add(sum, method, strlen(method) + 1);
    digest_add(sum, uri, strlen(uri) + 1);
    digest_add(sum, type ? type : "", type ? strlen(type) + 1 : 1);
    digest_add(sum, body, length);
    return digest_end(sum, out);
}
/* A JSON body adds to the query's arguments. */
static bool body_args(json_t *args, const char *body, size_t length, struct answer *answer)
{
    json_error_t error;
    json_t *more, *value;
    const char *name;

    if (!length)
        return true;
    more = json_loadb(body, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(more)) {
        app_refuse(answer, APP_BAD_REQUEST, "bad_json",
                   _("send one JSON object with the arguments"),
                   _("the body is not a JSON object: %s"), more ? _("another value") : error.text);
        json_decref(more);
        return false;
    }
    json_object_foreach(more, name, value) {
        if (json_object_get(args, name)) {
            app_refuse(answer, APP_BAD_REQUEST, "bad_query", _("give each argument once"),
                       _("\"%.60s\" stands in the query and in the body"), name);
            json_decref(more);
            return false;
        }
    }
    json_object_update(args, more);
    json_decref(more);
    return true;
}

static void park(struct control *control, struct evhttp_request *request);

/* PUT [/v1]/uploads/ID?offset=N: one part of something large. */
static bool is_upload(const struct evhttp_uri *uri, char id[static 65])
{
    const char *path = evhttp_uri_get_path(uri);
    char rest;

    if (!strncmp(path, "/" WIRE_VERSION "/", strlen(WIRE_VERSION) + 2))
        path += strlen(WIRE_VERSION) + 1;
    return sscanf(path, "/uploads/%64[^/]%c", id, &rest) == 1;
}

static void take_upload(struct control *control, struct evhttp_request *http,
                        const struct evhttp_uri *uri, const char *id, struct answer *answer)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(http);
    size_t length = evbuffer_get_length(in);
    CLEANUP(json_freep) json_t *args = json_object();
    struct caller caller;

    if (query_args(uri, args, answer) && find_caller(control->app, http, &caller, answer))
        app_upload(control->app, &caller, id, json_string_value(json_object_get(args, "offset")),
                   length ? (const char *)evbuffer_pullup(in, -1) : "", length, answer);
}

/* Who asks for what with which arguments; false: ANSWER says what is wrong with it. */
static bool read_request(struct control *control, struct evhttp_request *http,
                         struct request *request, struct answer *answer)
{
    const struct wire_command *command = request->command;
    struct evbuffer *in = evhttp_request_get_input_buffer(http);
    size_t length = evbuffer_get_length(in);
    const char *body = length ? (const char *)evbuffer_pullup(in, -1) : "";
    bool post = evhttp_request_get_command(http) == EVHTTP_REQ_POST;
    bool file = body_is_file(command, http);

    if (command->changes && !post) {
        app_refuse(answer, APP_BAD_REQUEST, "bad_method", _("send it as POST"),
                   _("%s %s changes something"), command->noun, command->verb);
        return false;
    }
    if (!find_caller(control->app, http, &request->caller, answer) ||
        (!file && !body_args(request->args, body, length, answer)))
        return false;
    request->id = evhttp_find_header(evhttp_request_get_input_headers(http), WIRE_REQUEST_HEADER);
    request->body = body;
    request->body_length = file ? length : 0;
    if (digest_request(post ? "POST" : "GET", http, body, length, &request->digest) == 0)
        return true;
    app_refuse(answer, APP_BROKEN, "broken", NULL,
               _("something is broken in the service or its database"));
    return false;
}

static void carry_out(struct control *control, struct evhttp_request *http,
                      const struct evhttp_uri *uri, struct answer *answer)
{
    CLEANUP(json_freep) json_t *args = json_object();
    struct request request = { .command = find_command(uri), .args = args };
    char id[65];

    if (evhttp_request_get_command(http) == EVHTTP_REQ_PUT && is_upload(uri, id))
        take_upload(control, http, uri, id, answer);
    else if (!request.command)
        app_refuse(answer, APP_UNKNOWN, "unknown_command",
                   _("tranchectl --help lists the commands"), _("there is no command at %s"),
                   evhttp_uri_get_path(uri));
    else if (query_args(uri, args, answer) && read_request(control, http, &request, answer))
        app_call(control->app, &request, answer);
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct control *control = arg;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    struct answer answer = { .status = 200 };

    callers_asked(control->callers, fd_of(request));
    carry_out(control, request, uri, &answer);
    if (answer.changed || answer.park || answer.status == APP_AWAY)
        control->wake(control->wake_arg);
    if (answer.park && answer.status == 200) {
        json_decref(answer.result);
        park(control, request);
    } else {
        reply(request, &answer);
    }
}

/* The peer of a parked request hung up: forget it. */
static void on_parked_close(struct evhttp_connection *connection, void *arg)
{
    struct control *control = arg;

    for (struct parked **at = &control->parked; *at;) {
        struct parked *p = *at;

        if (evhttp_request_get_connection(p->request) != connection) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        free(p);
    }
}

static void park(struct control *control, struct evhttp_request *request)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct parked *p = mem_new(1, sizeof *p);

    *p = (struct parked){ .next = control->parked, .control = control, .request = request };
    control->parked = p;
    evhttp_connection_set_timeout(connection, 24 * 3600); /* a year's rehearsal takes a while */
    evhttp_connection_set_closecb(connection, on_parked_close, control);
}

static bool is_parked(void *arg, int fd)
{
    const struct control *control = arg;

    for (struct parked *p = control->parked; p; p = p->next)
        if (fd_of(p->request) == fd)
            return true;
    return false;
}

/* What libevent does itself when nobody asks: here somebody counts. */
static struct bufferevent *on_accepted(struct event_base *base, void *arg)
{
    struct control *control = arg;

    callers_came(control->callers);
    return bufferevent_socket_new(base, -1, 0);
}

bool control_waits(const struct control *control)
{
    return control->parked != NULL;
}

void control_settle(struct control *control, const struct tick *tick, bool broken)
{
    struct parked *waiting = control->parked;
    struct answer answer = { .status = 200 };

    if (!waiting)
        return;
    if (broken)
        app_refuse(&answer, APP_CONFLICT, "clock_stuck", _("mend it; it is tried again by itself"),
                   _("the clock cannot go on: a step failed: %s"), control->app->trouble);
    else if (!app_clock_answer(control->app, tick, &answer))
        return;
    control->parked = NULL;
    while (waiting) {
        struct parked *p = waiting;
        struct answer copy = { .status = answer.status, .result = json_incref(answer.result) };

        waiting = p->next;
        evhttp_connection_set_closecb(evhttp_request_get_connection(p->request), NULL, NULL);
        evhttp_connection_set_timeout(evhttp_request_get_connection(p->request), IDLE_SECONDS);
        reply(p->request, &copy);
        free(p);
    }
    json_decref(answer.result);
}

/* A bound and listening socket with the right mode; a stale one of a dead process is replaced. */
static evutil_socket_t listen_on(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before;
    int r;

    if (fd < 0 || strlen(path) >= sizeof address.sun_path) {
        log_err("control.socket %s: %s", path,
                fd < 0 ? strerror(errno) : "the path exceeds 107 bytes");
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        log_err("control.socket %s: another daemon answers there", path);
        close(fd);
        return -1;
    }
    unlink(path);
    before = umask(0117);
    r = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(before);
    if (r != 0 || listen(fd, 128) != 0) {
        log_err("control.socket %s: %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

int control_open(struct control **controlp, struct event_base *base, struct app *app,
                 void (*wake)(void *arg), void *arg)
{
    struct control *control = mem_new(1, sizeof *control);
    evutil_socket_t fd = listen_on(app->conf->control_socket);
    struct evconnlistener *listener;

    *controlp = control;
    control->app = app;
    control->wake = wake;
    control->wake_arg = arg;
    if (fd < 0)
        return ERR_LIBRARY;
    control->path = mem_strdup(app->conf->control_socket);
    control->http = evhttp_new(base);
    listener =
        evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!control->http || !listener || !evhttp_bind_listener(control->http, listener))
        return err_raise(ERR_LIBRARY, "libevent cannot listen");
    evhttp_set_max_body_size(control->http, BODY_MAX);
    evhttp_set_max_headers_size(control->http, HEADERS_MAX);
    evhttp_set_timeout(control->http, IDLE_SECONDS);
    evhttp_set_allowed_methods(control->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT);
    evhttp_set_gencb(control->http, on_request, control);
    control->callers = callers_new(base, listener, is_parked, control);
    evhttp_set_bevcb(control->http, on_accepted, control);
    return 0;
}

void control_close(struct control *control)
{
    if (!control)
        return;
    while (control->parked) {
        struct parked *p = control->parked;

        control->parked = p->next;
        evhttp_connection_set_closecb(evhttp_request_get_connection(p->request), NULL, NULL);
        free(p);
    }
    callers_free(control->callers);
    if (control->http) {
        evhttp_free(control->http);
        unlink(control->path);
    }
    free(control->path);
    free(control);
}
