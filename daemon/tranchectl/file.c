#include "file.h"
#include "print.h"
#include <base/tr.h>
#include <digest/digest.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { PART_MAX = 1024 * 1024 };

int exit_of(long status)
{
    switch (status) {
    case 200:
        return WIRE_EXIT_DONE;
    case 400:
        return WIRE_EXIT_USAGE;
    case 503:
        return WIRE_EXIT_DATABASE;
    default:
        return WIRE_EXIT_REFUSED;
    }
}

static int say_errno(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return WIRE_EXIT_USAGE;
}

/* The next part of F; its length is 0 at the end. */
static bool read_part(FILE *f, struct text *part)
{
    char block[65536];
    size_t n = 1;

    part->length = 0;
    while (part->length < PART_MAX && n > 0) {
        size_t room = PART_MAX - part->length;

        n = fread(block, 1, room < sizeof block ? room : sizeof block, f);
        text_add(part, block, n);
    }
    return !ferror(f);
}

static int send_part(const struct client *client, const char *upload, size_t offset,
                     const struct text *part)
{
    struct reply reply = { 0 };
    int r = client_put(client, upload, offset, part, &reply);

    if (r < 0)
        return WIRE_EXIT_UNREACHABLE;
    r = exit_of(reply.status);
    if (r)
        print_refusal(reply.body);
    reply_free(&reply);
    return r;
}

static void show_progress(size_t bytes)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, _("\r%zu MiB sent … "), bytes / PART_MAX);
}

/* Sends PART and all that follows, and names the upload in ARGS. */
static int send_parts(const struct client *client, FILE *f, const char *path, struct text *part,
                      json_t *args)
{
    struct digest_sum *sum = digest_begin();
    const char *upload = client->request; /* a repeated command finds the same upload again */
    char hex[SHA256_HEX_MAX];
    struct sha256 digest;
    size_t offset = 0;
    int r = 0;

    while (!r && part->length) {
        r = send_part(client, upload, offset, part);
        digest_add(sum, part->s, part->length);
        offset += part->length;
        show_progress(offset);
        if (!r && !read_part(f, part))
            r = say_errno(path);
    }
    if (digest_end(sum, &digest) < 0)
        return WIRE_EXIT_REFUSED;
    json_object_set_new(args, "upload", json_string(upload));
    json_object_set_new(args, "sha256", json_string(digest_hex(hex, &digest)));
    return r;
}

static void name_file(json_t *args, const char *path)
{
    const char *slash = strrchr(path, '/');
    json_t *name = strcmp(path, "-") ? json_string(slash ? slash + 1 : path) : NULL;

    if (name)
        json_object_set_new(args, "file-name", name);
}

int file_send(const struct client *client, const char *path, json_t *args, struct text *body)
{
    FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
    int r = 0;

    if (!f)
        return say_errno(path);
    text_add(body, "", 0);
    if (!read_part(f, body))
        r = say_errno(path);
    if (!r)
        name_file(args, path);
    if (!r && body->length == PART_MAX) {
        r = send_parts(client, f, path, body, args);
        body->length = 0;
    }
    if (f != stdin)
        (void)fclose(f);
    return r;
}

static void tell_refused(json_t *body, bool as_json)
{
    if (as_json)
        print_json(body);
    else
        print_refusal(body);
}

/* Asks for part NUMBER and adds it; *AT_END once there are no more. */
static int save_part(const struct client *client, const struct wire_command *command, json_t *args,
                     int number, FILE *f, struct digest_sum *sum, bool *at_end, bool as_json)
{
    struct reply reply = { 0 };
    char digits[16];
    int r;

    snprintf(digits, sizeof digits, "%d", number);
    json_object_set_new(args, "number", json_string(digits));
    if (client_send(client, command, args, NULL, &reply) < 0)
        return WIRE_EXIT_UNREACHABLE;
    r = exit_of(reply.status);
    *at_end = reply.status == 404 && number > 0;
    if (r && !*at_end)
        tell_refused(reply.body, as_json);
    if (!r) {
        digest_add(sum, reply.bytes.s, reply.bytes.length);
        if (fwrite(reply.bytes.s, 1, reply.bytes.length, f) != reply.bytes.length)
            r = say_errno(_("the file cannot be written"));
    }
    reply_free(&reply);
    return *at_end ? 0 : r;
}

static void tell_saved(const char *path, const char *hex, bool as_json)
{
    CLEANUP(json_freep)
    json_t *body = json_pack("{s:{s:s, s:s}}", "document", "file", path, "sha256", hex);

    if (as_json)
        print_json(body);
    else
        printf(_("%s: the SHA-256 is right\n"), path);
}

int file_save(const struct client *client, const struct wire_command *command, json_t *args,
              const char *path, bool as_json)
{
    struct digest_sum *sum = digest_begin();
    const char *asked = json_string_value(json_object_get(args, "ref"));
    FILE *f = fopen(path, "wxe");
    char hex[SHA256_HEX_MAX] = "";
    struct sha256 digest;
    bool at_end = false;
    int r = f ? 0 : say_errno(path);

    for (int number = 0; !r && !at_end; number++)
        r = save_part(client, command, args, number, f, sum, &at_end, as_json);
    if (digest_end(sum, &digest) == 0)
        digest_hex(hex, &digest);
    if (f && fclose(f) != 0 && !r)
        r = say_errno(path);
    if (!r && strcasecmp(hex, asked) != 0) {
        fprintf(stderr, _("%s: the bytes do not have that SHA-256\n"), path);
        r = WIRE_EXIT_REFUSED;
    }
    if (r && f)
        unlink(path);
    if (!r)
        tell_saved(path, hex, as_json);
    return r;
}
