#include "../output.h"
#include "file.h"
#include "picture.h"
#include "print.h"
#include <base/tr.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SOCKET_DEFAULT "/run/tranched/control.sock"

enum { ARGS_MAX = 256 }; /* of a rehearsal */

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

struct request {
    struct client client;
    const char *file_path, *save_path, *picture_path;
    enum format format;
    bool help;
    const struct wire_command *command;
    json_t *args;
};

static void print_commands(const char *noun)
{
    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++) {
        const struct wire_command *c = &WIRE_COMMANDS[i];

        if (!noun || !strcmp(c->noun, noun))
            printf("  %-11s %-10s %s\n", c->noun, c->verb, _(c->help));
    }
}

static void print_help(void)
{
    puts(_("tranchectl -- follows conventions, their tranches and payment orders\n\n"
           "usage: tranchectl [--socket PATH] [--as NAME] [--json|--csv] NOUN VERB [ARGUMENT ...]\n"
           "       tranchectl NOUN VERB --help"));
    puts("");
    print_commands(NULL);
    printf("  %-11s %-10s %s\n", "rehearse", "", _("plays what is to come on a private copy"));
    puts("");
    printf(
        _("The socket is %s, or TRANCHED_SOCKET; --as (or TRANCHED_AS) acts as\n"
          "somebody, in a rehearsal only. TRANCHED_LANG chooses fr or en. Dates are YYYY-MM-DD.\n"
          "Exit status: 0 done, 1 refused, 2 usage, 3 no daemon answers, 4 the database is away.\n"),
        SOCKET_DEFAULT);
}

static void print_command_help(const struct wire_command *c)
{
    const struct wire_arg *a;

    printf("tranchectl %s %s", c->noun, c->verb);
    for (size_t i = 0; (a = wire_arg_at(c, i)); i++) {
        printf(a->required ? " " : " [");
        if (a->positional)
            printf("%s", a->name);
        else
            printf(a->type == WIRE_FLAG   ? "--%s"
                   : a->type == WIRE_DATE ? "--%s YYYY-MM-DD"
                                          : "--%s …",
                   a->name);
        fputs(a->required ? "" : "]", stdout);
    }
    printf("\n\n%s\n\n", _(c->help));
    for (size_t i = 0; (a = wire_arg_at(c, i)); i++)
        printf("  %s%-14s %s\n", a->positional ? "  " : "--", a->name, _(a->help));
    if (c->changes)
        printf("  --%-14s %s\n", "request",
               _("id of the command: repeated with it, it is done once"));
}

static int usage(const char *format, const char *what)
{
    fprintf(stderr, format, what);
    fputs(_("\ntranchectl --help lists the commands\n"), stderr);
    return WIRE_EXIT_USAGE;
}

static const struct wire_arg *next_positional(const struct request *q)
{
    const struct wire_arg *a;

    for (size_t i = 0; (a = wire_arg_at(q->command, i)); i++) {
        if (a->positional && !json_object_get(q->args, a->name) &&
            !(a->type == WIRE_FILE && q->file_path))
            return a;
    }
    return NULL;
}

static int take_positional(struct request *q, const char *word)
{
    const struct wire_arg *a = next_positional(q);

    if (!a)
        return usage(_("one argument too many: %s"), word);
    if (a->type == WIRE_FILE)
        q->file_path = word;
    else if (json_object_set_new(q->args, a->name, json_string(word)) != 0)
        return usage(_("not UTF-8: %s"), word);
    return 0;
}

/* The switches that stand anywhere. */
static bool take_switch(struct request *q, const char *key)
{
    if (!strcmp(key, "json"))
        q->format = FORMAT_JSON;
    else if (!strcmp(key, "csv"))
        q->format = FORMAT_CSV;
    else if (!strcmp(key, "help"))
        q->help = true;
    else
        return false;
    return true;
}

/* The options that stand anywhere and have a value. */
static const char **find_global(struct request *q, const char *key)
{
    return !strcmp(key, "socket")    ? &q->client.socket
           : !strcmp(key, "as")      ? &q->client.as
           : !strcmp(key, "request") ? &q->client.request
                                     : NULL;
}

/* Where an argument's value goes that is not sent as it is. */
static const char **find_path(struct request *q, const struct wire_arg *arg)
{
    return arg && arg->type == WIRE_FILE      ? &q->file_path
           : arg && arg->type == WIRE_SAVE    ? &q->save_path
           : arg && arg->type == WIRE_PICTURE ? &q->picture_path
                                              : NULL;
}

/* An option "--name VALUE" or "--name=VALUE" at ARGV[*I]; global ones stand anywhere. */
static int take_option(struct request *q, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '='),
               *value = equals ? equals + 1 : NULL, **place;
    CLEANUP(mem_freep) char *key = mem_strdup(name);
    const struct wire_arg *arg;

    key[strcspn(key, "=")] = '\0';
    arg = q->command ? wire_arg(q->command, key) : NULL;
    if (take_switch(q, key))
        return 0;
    if (arg && arg->type == WIRE_FLAG) {
        json_object_set_new(q->args, key, json_true());
        return 0;
    }
    if (!value && *i + 1 < argc)
        value = argv[++*i];
    if (!value)
        return usage(_("%s needs a value"), argv[*i]);
    place = find_global(q, key) ? find_global(q, key) : find_path(q, arg);
    if (place)
        *place = value;
    else if (!arg || arg->positional)
        return usage(_("there is no option --%s here"), key);
    else if (json_object_set_new(q->args, key, json_string(value)) != 0)
        return usage(_("not UTF-8: %s"), value);
    return 0;
}

static bool noun_exists(const char *noun)
{
    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++)
        if (!strcmp(WIRE_COMMANDS[i].noun, noun))
            return true;
    return false;
}

/* "status", "forecast" and "reconcile" alone mean "show": nothing has to be named. */
static bool stands_alone(const char *noun)
{
    const struct wire_command *show = wire_find(noun, "show");
    const struct wire_arg *a;

    for (size_t i = 0; show && (a = wire_arg_at(show, i)); i++)
        if (a->positional)
            return false;
    return show != NULL;
}

/* Finds NOUN and VERB among the words that are no options. */
static int find_command(struct request *q, int argc, char **argv, int words[2])
{
    int count = 0;

    words[0] = words[1] = -1;
    for (int i = 1; i < argc && count < 2; i++) {
        if (!strcmp(argv[i], "--socket") || !strcmp(argv[i], "--as") ||
            !strcmp(argv[i], "--request"))
            i++;
        else if (argv[i][0] != '-')
            words[count++] = i;
    }
    if (!count)
        return q->help ? 0 : usage("%s", _("a noun and a verb are needed"));
    q->command = wire_find(argv[words[0]], count > 1 ? argv[words[1]] : "show");
    if (!q->command && count > 1 && stands_alone(argv[words[0]])) {
        q->command = wire_find(argv[words[0]], "show");
        words[1] = -1; /* it was an option's value */
    }
    if (q->command)
        return 0;
    if (noun_exists(argv[words[0]])) {
        fprintf(stderr, _("\"%s\" knows these verbs:\n"), argv[words[0]]);
        print_commands(argv[words[0]]);
        return WIRE_EXIT_USAGE;
    }
    return usage(_("there is no noun \"%s\""), argv[words[0]]);
}

static int parse(struct request *q, int argc, char **argv)
{
    int words[2], r;

    for (int i = 1; i < argc; i++)
        q->help = q->help || !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h");
    r = find_command(q, argc, argv, words);
    for (int i = 1; !r && i < argc; i++) {
        if (i == words[0] || i == words[1] || !strcmp(argv[i], "-h"))
            continue;
        r = !strncmp(argv[i], "--", 2) ? take_option(q, argc, argv, &i)
                                       : take_positional(q, argv[i]);
    }
    return r;
}

static int check_required(const struct request *q)
{
    const struct wire_arg *a;

    for (size_t i = 0; (a = wire_arg_at(q->command, i)); i++) {
        if (!a->required || json_object_get(q->args, a->name) ||
            (a->type == WIRE_FILE && q->file_path) || (a->type == WIRE_SAVE && q->save_path))
            continue;
        fprintf(stderr, _("%s %s: %s%s is missing\n"), q->command->noun, q->command->verb,
                a->positional ? "" : "--", a->name);
        print_command_help(q->command);
        return WIRE_EXIT_USAGE;
    }
    return 0;
}

static void print_reply(const struct request *q, const struct reply *reply)
{
    if (q->format == FORMAT_JSON) {
        print_json(reply->body);
    } else if (reply->status == 200 && q->format == FORMAT_CSV) {
        print_csv(q->command, reply->body);
    } else if (reply->status == 200) {
        print_answer(q->command, reply->body);
    } else {
        print_refusal(reply->body);
    }
}

static int send_request(struct request *q)
{
    CLEANUP(text_free) struct text file = { 0 };
    struct reply reply = { 0 };
    int r = 0;

    if (q->save_path)
        return file_save(&q->client, q->command, q->args, q->save_path, q->format == FORMAT_JSON);
    if (q->file_path)
        r = file_send(&q->client, q->file_path, q->args, &file);
    if (r)
        return r;
    if (client_send(&q->client, q->command, q->args, &file, &reply) < 0)
        return WIRE_EXIT_UNREACHABLE;
    print_reply(q, &reply);
    r = exit_of(reply.status);
    if (!r && q->picture_path && picture_write(q->picture_path, reply.body) < 0)
        r = WIRE_EXIT_REFUSED;
    reply_free(&reply);
    return r;
}

/* Where "rehearse" stands, as the first word that is no option; 0: nowhere. */
static int find_rehearse(int argc, char **argv)
{
    int i = 1;

    while (i < argc && argv[i][0] == '-')
        i++;
    return i < argc && !strcmp(argv[i], "rehearse") ? i : 0;
}

/* A rehearsal asks no daemon: a program of its own plays it, with the words around the one at AT.
 * Returns only if it cannot be run. */
static int rehearse(int argc, char **argv, int at)
{
    char python[] = "/usr/bin/python3", options[] = "-IB", installed[] = TRANCHED_REHEARSE;
    char *place = getenv("TRANCHED_REHEARSE"),
         *words[ARGS_MAX] = { python, options, place ? place : installed };
    int n = 3;

    if (argc + n >= ARGS_MAX)
        return usage("%s", _("too many arguments"));
    for (int i = 1; i < argc; i++)
        if (i != at)
            words[n++] = argv[i];
    setenv("TRANCHED_LOCALEDIR", TRANCHED_LOCALEDIR, 0);
    execv(python, words);
    fprintf(stderr, "%s: %s\n", python, strerror(errno));
    return WIRE_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const char *language = getenv("TRANCHED_LANG"), *socket = getenv("TRANCHED_SOCKET");
    int at = find_rehearse(argc, argv);
    char drawn[CLIENT_ID_MAX];
    struct request q = { .client = { .socket = socket ? socket : SOCKET_DEFAULT,
                                     .as = getenv("TRANCHED_AS"),
                                     .request = drawn } };
    int r;

    client_draw_id(drawn);
    if (!tr_language(language ? language : "fr", TRANCHED_LOCALEDIR))
        tr_language("fr", TRANCHED_LOCALEDIR);
    if (at)
        return rehearse(argc, argv, at);
    q.args = json_object();
    r = parse(&q, argc, argv);
    if (!r && q.help) {
        if (q.command)
            print_command_help(q.command);
        else
            print_help();
    } else if (!r) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        r = check_required(&q);
        if (!r)
            r = send_request(&q);
        curl_global_cleanup();
    }
    json_decref(q.args);
    return output_check("tranchectl", r, WIRE_EXIT_REFUSED);
}
