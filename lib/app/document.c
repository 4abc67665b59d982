/* Documents: what came with a fact, in parts on its way in, by SHA-256 once it is stored. */
#include "call.h"

bool is_upload_arg(const char *name)
{
    return !strcmp(name, "upload") || !strcmp(name, "sha256") || !strcmp(name, "file-name");
}

static void refuse_part(struct answer *answer, int outcome, const char *id, int64_t size)
{
    if (outcome == UPLOAD_E_HOLE)
        app_refuse(answer, APP_CONFLICT, "upload_hole", _("send the part that begins there"),
                   _("upload %s has a hole: %lld bytes are there"), id, (long long)size);
    else if (outcome == UPLOAD_E_LARGE)
        app_refuse(answer, APP_INVALID, "upload_too_large", _("send a smaller file"),
                   _("upload %s: a part has at most 1 MiB, the whole at most 256 MiB"), id);
    else if (outcome == UPLOAD_E_ID)
        app_refuse(answer, APP_BAD_REQUEST, "bad_upload_id",
                   _("1 to 64 letters, digits, \"-\" and \"_\""), _("\"%s\" is no upload id"), id);
    else
        app_refuse(answer, APP_BROKEN, "broken",
                   _("nothing was changed; the service's log says more"),
                   _("upload %s cannot be stored on the service's disk"), id);
}

void app_upload(struct app *app, const struct caller *caller, const char *id, const char *offset,
                const char *bytes, size_t length, struct answer *answer)
{
    int64_t at = 0, size = 0;
    int r;

    *answer = (struct answer){ .status = 200 };
    if (!(caller->role & (ROLE_OFFICER | ROLE_APPROVER))) {
        app_refuse(answer, APP_FORBIDDEN, "wrong_role", _("ask somebody who has the role"),
                   _("%s is %s and sends no files"), caller->person,
                   tr_word(role_name(caller->role)));
        return;
    }
    if (offset && !text_to_i64(offset, 0, INT64_MAX / 2, &at)) {
        app_refuse(answer, APP_BAD_REQUEST, "bad_offset", _("PUT /uploads/ID?offset=0"),
                   _("upload %s: an offset in bytes is needed"), id);
        return;
    }
    r = uploads_write(app->uploads, caller->person, id, at, bytes, length, &size);
    if (r)
        refuse_part(answer, r, id, size);
    else
        answer->result = json_pack("{s:{s:s, s:I}}", "upload", "id", id, "size", (json_int_t)size);
}

int map_upload(struct call *call, const char *id)
{
    const char *hex = arg_text(call, "sha256");
    struct sha256 digest;
    int r;

    if (!hex || !digest_parse(&digest, hex))
        return refuse(call, APP_BAD_REQUEST, "bad_sha256", _("64 hexadecimal digits"),
                      _("upload %s: its SHA-256 is needed"), id);
    r = uploads_map(call->app->uploads, call->person, id, &digest, &call->upload);
    if (r == UPLOAD_E_NONE)
        return refuse(call, APP_UNKNOWN, "unknown_upload",
                      _("send its parts first; they are kept for a day"), _("%s has no upload %s"),
                      call->person, id);
    if (r == UPLOAD_E_DIGEST)
        return refuse(call, APP_INVALID, "other_digest", _("send the parts again from the start"),
                      _("upload %s: what is there has another SHA-256 than %s"), id, hex);
    if (r > 0)
        refuse_part(call->answer, r, id, 0);
    call->body = call->upload.bytes;
    call->body_length = call->upload.length;
    return r > 0 ? APP_REFUSED : r;
}

/* Gives back the memory of an upload's bytes before AT. */
void pass_body(const struct call *call, size_t at)
{
    if (arg_text(call, "upload"))
        upload_pass(call->body, at);
}

static int digest_body(const struct call *call, struct sha256 *digest)
{
    struct digest_sum *sum = digest_begin();

    for (size_t at = 0; at < call->body_length; at += DOCUMENT_PART_MAX) {
        size_t left = call->body_length - at;

        digest_add(sum, call->body + at, left < DOCUMENT_PART_MAX ? left : DOCUMENT_PART_MAX);
        pass_body(call, at);
    }
    return digest_end(sum, digest);
}

static int store_parts(struct call *call, int64_t id)
{
    for (size_t at = 0; at < call->body_length; at += DOCUMENT_PART_MAX) {
        size_t left = call->body_length - at;

        TRY(stored(call, store_document_part(call->app->work, id, (int)(at / DOCUMENT_PART_MAX),
                                             call->body + at,
                                             left < DOCUMENT_PART_MAX ? left : DOCUMENT_PART_MAX)));
        pass_body(call, at);
    }
    return 0;
}

int keep_body(struct call *call, struct sha256 *digest, int64_t *document)
{
    bool known = false;

    TRY(digest_body(call, digest));
    TRY(stored(call, store_document_take(call->app->work, digest->bytes, (int64_t)call->body_length,
                                         document, &known)));
    return known ? 0 : store_parts(call, *document);
}

int attach_body(struct call *call, const struct record *record, const struct scheme *scheme,
                const char *kind)
{
    const char *name = arg_text(call, "file-name");
    struct journal_row row = { .kind = "document.attached", .scheme = scheme->code };
    char hex[SHA256_HEX_MAX];
    struct sha256 digest;
    int64_t id;

    if (!call->body_length)
        return 0;
    TRY(keep_body(call, &digest, &id));
    TRY(stored(call, store_document_attach(call->app->work, id, scheme->id, record ? record->id : 0,
                                           kind, name ? name : "", call->today, call->person)));
    row.convention = record ? record->dossier.reference : NULL;
    row.what = arena_printf(call->arena, _("document attached: %s, %zu bytes, SHA-256 %s"),
                            tr_word(kind), call->body_length, digest_hex(hex, &digest));
    return note_rows(call, &row, 1);
}

int document_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *reference = arg_text(call, "ref"), *code = arg_text(call, "scheme");
    struct record *record;
    struct scheme *scheme;

    if (reference)
        TRY(load_reference(call, reference, &record));
    if (code)
        TRY(load_scheme(call, code, SCHEME_READ, &scheme));
    TRY(store_document_list(call->app->work, reference, code, &table));
    put_table(call, "documents", table);
    return 0;
}

/* One part of a document, as it is; the tool puts them together and compares the SHA-256. */
int document_save(struct call *call)
{
    const char *hex = arg_text(call, "ref"), *number = arg_text(call, "number"), *bytes;
    struct sha256 digest;
    int64_t n = 0;
    int r;

    if (!digest_parse(&digest, hex) || (number && !text_to_i64(number, 0, INT32_MAX, &n)))
        return refuse(call, APP_BAD_REQUEST, "bad_argument", NULL,
                      _("a SHA-256 of 64 hexadecimal digits and the number of a part are needed"));
    r = store_document_read(call->app->work, digest.bytes, (int)n, call->arena, &bytes,
                            &call->answer->length);
    if (r == STORE_E_NONE)
        return refuse(call, APP_UNKNOWN, "unknown_document",
                      _("tranchectl document list shows those there are"),
                      _("there is no document %s with a part %lld"), hex, (long long)n);
    TRY(stored(call, r));
    call->answer->bytes = mem_new(1, call->answer->length);
    memcpy(call->answer->bytes, bytes, call->answer->length);
    return 0;
}
