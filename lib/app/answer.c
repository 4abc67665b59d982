/* What banks answer: taken in once, applied, and shown; what fits no order waits for a person. */
#include "evidence.h"
#include "intake.h"
#include <base/failpoint.h>
#include <spool/unzip.h>

/* The call's body as a source that is read twice. */
struct body {
    const struct call *call;
    struct answer_bytes bytes;
};

static int body_read(void *arg, char *buffer, int room)
{
    struct body *body = arg;
    int n = answer_bytes_read(&body->bytes, buffer, room), r;

    pass_body(body->call, body->bytes.at);
    r = store_keep(body->call->app->work);
    return r < 0 ? r : n;
}

static int body_restart(void *arg)
{
    struct body *body = arg;

    return answer_bytes_restart(&body->bytes);
}

static const char *file_name(const struct call *call)
{
    const char *name = arg_text(call, "file-name");

    return name && *name ? name : "-";
}

/* One file that is taken in: the call's body, or one inside of it. */
struct taking {
    struct call *call;
    const char *name;
    json_t *cards;
    size_t known;
};

/* The bytes were taken before: says when, and as what. */
static int put_known(struct taking *t, const struct store_table *table)
{
    struct date on = DATE_NONE;
    char day[DATE_TEXT_MAX];

    date_parse(&on, store_table_cell(table, 0, 0).text);
    json_object_set_new(
        result(t->call), "message",
        json_sprintf(_("%s: nothing new: these bytes were taken on %s by %s, as %s"), t->name,
                     tr_date(day, on), store_table_cell(table, 0, 1).text,
                     store_table_cell(table, 0, 2).text));
    json_object_set_new(result(t->call), "known", json_true());
    t->known++;
    return 0;
}

static int refuse_answer(struct taking *t, int outcome, const struct text *why)
{
    const char *hint = outcome == ANSWER_E_KIND
                           ? _("export it from the bank as ISO 20022 XML")
                           : _("fetch it again from the bank; nothing of it was taken");

    return refuse(t->call, APP_INVALID, "bad_answer", hint, "%s: %s", t->name, why->s);
}

static int take_in(struct taking *t, struct answer_file *file)
{
    CLEANUP(text_free) struct text why = { 0 };
    struct body body = { t->call, { t->call->body, t->call->body_length, 0 } };
    const struct answer_source source = { body_read, body_restart, &body };
    int r = intake_read(t->call->app->work, &source, t->call->arena, file, &why);

    if (r >= INTAKE_STORE)
        return stored(t->call, r - INTAKE_STORE);
    return r > 0 ? refuse_answer(t, r, &why) : r;
}

static int put_card(struct taking *t, const struct answer_file *file, const struct applied *applied,
                    const char *sha256)
{
    json_array_append_new(
        t->cards,
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "kinds", file->kinds,
                  "message_id", file->message_id, "file_name", t->name, "statuses",
                  (json_int_t)file->statuses, "entries", (json_int_t)file->entries, "fresh",
                  (json_int_t)file->fresh, "moved", (json_int_t)applied->moved, "differs",
                  (json_int_t)applied->differs, "contradicts", (json_int_t)applied->contradicts,
                  "remark", *file->remark ? _(file->remark) : "", "sha256", sha256));
    return note(
        t->call, "answer.imported", NULL, 0, arg_reason(t->call),
        _("answer %s (%s): %lld statuses, %lld entries, %lld of them new; %lld orders moved"),
        t->name, file->kinds, (long long)file->statuses, (long long)file->entries,
        (long long)file->fresh, (long long)applied->moved);
}

/* The bytes of the call's body. */
static int take_body(struct taking *t)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct call *call = t->call;
    struct answer_file file = { 0 };
    char hex[SHA256_HEX_MAX];
    struct sha256 digest;
    struct applied applied;
    int64_t document;

    TRY(keep_body(call, &digest, &document));
    TRY(store_answer_known(call->app->work, digest.bytes, &table));
    if (store_table_rows(table))
        return put_known(t, table);
    TRY(stored(call, store_answer_begin(call->app->work, document, t->name, call->today,
                                        call->person, &file)));
    TRY(take_in(t, &file));
    TRY(stored(call, store_answer_end(call->app->work, &file)));
    FAILPOINT(answer_read);
    TRY(evidence_apply(call, file.id, &applied));
    FAILPOINT(answer_applied);
    return put_card(t, &file, &applied, digest_hex(hex, &digest));
}

/* --- a ZIP ------------------------------------------------------------------------------------ */

/* A file of a ZIP goes through an upload of its own: it takes no memory. */
struct member {
    struct taking *taking;
    struct digest_sum *sum;
    int64_t size;
};

static const char *member_id(const struct call *call)
{
    return arena_printf(call->arena, "zip-%s", call->app->holder); /* no other daemon's */
}

static int member_begin(void *arg, const char *name)
{
    struct member *m = arg;
    struct call *call = m->taking->call;
    int64_t size;

    m->taking->name = arena_printf(call->arena, "%s/%s", file_name(call), name);
    m->sum = digest_begin();
    m->size = 0;
    return uploads_write(call->app->uploads, call->person, member_id(call), 0, "", 0, &size);
}

static int member_part(void *arg, const void *bytes, size_t length)
{
    struct member *m = arg;
    struct call *call = m->taking->call;
    int64_t size;
    int r = uploads_write(call->app->uploads, call->person, member_id(call), m->size, bytes, length,
                          &size);

    digest_add(m->sum, bytes, length);
    m->size += (int64_t)length;
    if (r == UPLOAD_E_LARGE)
        return refuse(call, APP_INVALID, "upload_too_large", _("send a smaller file"),
                      _("upload %s: a part has at most 1 MiB, the whole at most 256 MiB"),
                      m->taking->name);
    return r;
}

static int member_end(void *arg)
{
    struct member *m = arg;
    struct call *call = m->taking->call;
    struct upload upload;
    struct sha256 digest;
    int r = digest_end(m->sum, &digest);

    m->sum = NULL;
    if (!r && !m->size)
        return refuse(call, APP_INVALID, "bad_answer", NULL, _("%s: the file is empty"),
                      m->taking->name);
    if (!r)
        r = uploads_map(call->app->uploads, call->person, member_id(call), &digest, &upload);
    if (r)
        return r < 0 ? r : err_raise(ERR_LIBRARY, "a file of a ZIP is not what was written");
    call->body = upload.bytes;
    call->body_length = upload.length;
    r = take_body(m->taking);
    upload_release(&upload);
    return r;
}

static int take_zip(struct taking *t)
{
    CLEANUP(text_free) struct text why = { 0 };
    struct call *call = t->call;
    struct member member = { .taking = t };
    const struct unzip_sink sink = { member_begin, member_part, member_end, &member };
    const char *bytes = call->body;
    size_t length = call->body_length;
    struct sha256 ignored;
    int r = unzip(bytes, length, &sink, &why);

    call->body = bytes;
    call->body_length = length;
    if (member.sum)
        digest_end(member.sum, &ignored);
    uploads_remove(call->app->uploads, call->person, member_id(call));
    t->name = file_name(call);
    return r == UNZIP_E_BROKEN || r == UNZIP_E_MANY ? refuse_answer(t, ANSWER_E_XML, &why) : r;
}

int answer_import(struct call *call)
{
    struct taking t = { .call = call, .name = file_name(call), .cards = json_array() };
    bool zip = is_zip(call->body, call->body_length);
    int r = zip ? take_zip(&t) : take_body(&t);

    if (r) {
        json_decref(t.cards);
        return r;
    }
    if (zip)
        json_object_set(result(call), "answers", t.cards);
    else if (!t.known)
        json_object_set(result(call), "answer", json_array_get(t.cards, 0));
    r = json_array_size(t.cards) ? 0 : APP_REPEATED; /* nothing new */
    json_decref(t.cards);
    return r;
}

static int put_lines(struct call *call, const char *sha256)
{
    CLEANUP(store_table_freep) struct store_table *lines = NULL;

    TRY(store_answer_lines(call->app->work, sha256, &lines));
    put_table(call, "lines", lines);
    return 0;
}

int answer_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *remark;
    size_t i;
    json_t *row;

    TRY(store_answer_list(call->app->work, &table));
    put_table(call, "answers", table);
    json_array_foreach(json_object_get(result(call), "answers"), i, row) {
        remark = json_string_value(json_object_get(row, "remark"));
        if (remark && *remark)
            json_object_set_new(row, "remark", json_string(_(remark)));
    }
    return 0;
}

int answer_show(struct call *call)
{
    const char *hex = arg_text(call, "ref");
    struct sha256 digest;

    if (!digest_parse(&digest, hex))
        return refuse(call, APP_BAD_REQUEST, "bad_sha256", _("64 hexadecimal digits"),
                      _("\"%s\" is no SHA-256"), hex);
    TRY(put_lines(call, hex));
    if (!json_array_size(json_object_get(result(call), "lines")))
        return refuse(call, APP_UNKNOWN, "unknown_answer",
                      _("tranchectl answer list shows those there are"),
                      _("there is no answer %s, or nothing stands in it"), hex);
    return 0;
}

static size_t count_blanks(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += *s == ' ';
    return n;
}

int answer_find(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *lines = NULL;
    const char *part = arg_text(call, "ref");

    if (strlen(part) - count_blanks(part) < 4)
        return refuse(call, APP_BAD_REQUEST, "bad_argument", _("give four characters at least"),
                      _("\"%s\" is in too many references"), part);
    TRY(store_answer_find(call->app->work, part, &lines));
    put_some(call, "lines", lines);
    return 0;
}

/* --- what waits for a person ------------------------------------------------------------------ */

/* "<16 digits>.<position>" or "<16 digits>:<position>". */
static int check_line(struct call *call, const char *line)
{
    size_t digits = strspn(line, "0123456789abcdef");
    int64_t position;

    if (digits == 16 && (line[16] == '.' || line[16] == ':') &&
        text_to_i64(line + 17, 0, INT32_MAX, &position))
        return 0;
    return refuse(call, APP_BAD_REQUEST, "bad_line",
                  _("tranchectl answer unmatched shows how each line is called"),
                  _("\"%s\" is no line of an answer"), line);
}

/* Why an order is proposed for a line. */
static json_t *proposal_why(json_t *row)
{
    static const struct {
        const char *key, *why;
    } reasons[] = { { "by_identifier", N_("its identifier") },
                    { "by_amount", N_("its sum") },
                    { "by_iban", N_("the payee's account") },
                    { "by_text", N_("the convention in the text") } };
    CLEANUP(text_free) struct text why = { 0 };

    text_add(&why, "", 0);
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (json_is_true(json_object_get(row, reasons[i].key)))
            text_join(&why, ", ", _(reasons[i].why));
    return json_string(why.s);
}

int answer_unmatched(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *line = arg_text(call, "ref");
    size_t i;
    json_t *row;

    if (!line) {
        TRY(store_answer_open(call->app->work, arg_flag(call->args, "all"), &table));
        put_table(call, "lines", table);
        return 0;
    }
    TRY(check_line(call, line));
    TRY(store_answer_proposals(call->app->work, line, &table));
    put_table(call, "proposals", table);
    json_array_foreach(json_object_get(result(call), "proposals"), i, row)
        json_object_set_new(row, "why", proposal_why(row));
    return 0;
}

/* The order is loaded with its convention locked. */
int answer_link(struct call *call)
{
    const char *line = arg_text(call, "ref"), *id = arg_text(call, "order"), *why = "", *other;
    char mask[IBAN_MASK_MAX];
    struct evidence evidence;
    struct order_fate fate;
    struct applied applied;
    struct record *record;
    int r;

    TRY(check_line(call, line));
    TRY(load_order(call, id, &fate, &record));
    r = store_evidence_link(call->app->work, line, id, call->arena, &evidence);
    if (r == STORE_E_NONE)
        return refuse(call, APP_UNKNOWN, "unknown_line",
                      _("tranchectl answer unmatched shows those that are open"),
                      _("no open line is called %s"), line);
    TRY(stored(call, r));
    other = evidence_other_account(&evidence, call->app->conf->debtor_iban.s);
    if (other && !arg_flag(call->args, "accept-account"))
        return refuse(call, APP_CONFLICT, "other_account",
                      _("ask the bank who was paid; --accept-account says that it is known"),
                      _("line %s names the account %s, and order %s pays to another"), line,
                      iban_mask(mask, other), id);
    TRY(evidence_apply_one(call, &evidence, other != NULL, &applied, &why));
    if (applied.contradicts || (!applied.moved && !applied.added))
        return refuse(call, APP_CONFLICT, "does_not_fit",
                      _("compare both; tranchectl answer dismiss says that it concerns no order"),
                      _("line %s and order %s: %s"), line, id,
                      *why ? why : _("it changes nothing about that order"));
    if (other)
        TRY(note(call, "answer.linked", record, (int)fate.tranche + 1, arg_reason(call),
                 _("line %s of an answer brought to order %s, though it names another account, %s"),
                 line, id, iban_mask(mask, other)));
    else
        TRY(note(call, "answer.linked", record, (int)fate.tranche + 1, arg_reason(call),
                 _("line %s of an answer brought to order %s"), line, id));
    return finish_fact(call, record->dossier.reference);
}

/* A convention whose last contradiction was explained is in dispute no more. */
static int end_disputes(struct call *call, const int64_t *conventions, size_t count)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct journal_row *rows;
    size_t lifted;

    TRY(store_disputes_end(call->app->work, conventions, count, call->today, call->person, &table));
    lifted = store_table_rows(table);
    rows = arena_alloc(call->arena, (lifted + 1) * sizeof *rows);
    for (size_t i = 0; i < lifted; i++)
        rows[i] = (struct journal_row){
            .kind = "convention.dispute_ended",
            .convention = arena_strdup(call->arena, store_table_cell(table, i, 0).text),
            .scheme = arena_strdup(call->arena, store_table_cell(table, i, 1).text),
            .what = _("the dispute is over: no line of an answer contradicts its orders any more"),
            .why = arg_reason(call)
        };
    return note_rows(call, rows, lifted);
}

int answer_dismiss(struct call *call)
{
    const char *line = arg_text(call, "ref");
    bool contradicted = false, money = false;
    int64_t *conventions;
    size_t count;
    int r;

    TRY(check_line(call, line));
    TRY(stored(call,
               store_answer_line_lock(call->app->work, line, call->arena, &conventions, &count)));
    r = store_answer_dismiss(call->app->work, line, arg_reason(call), &contradicted, &money);
    if (r == STORE_E_NONE)
        return refuse(call, APP_UNKNOWN, "unknown_line",
                      _("tranchectl answer unmatched shows those that are open"),
                      _("no open line is called %s"), line);
    TRY(stored(call, r));
    if (contradicted && call->request->caller.role != ROLE_APPROVER)
        return refuse(
            call, APP_FORBIDDEN, "approver_needed", _("ask an approver"),
            _("line %s contradicts what is proven of an order: money may have left twice"), line);
    if (money && call->request->caller.role != ROLE_APPROVER)
        return refuse(
            call, APP_FORBIDDEN, "approver_needed", _("ask an approver"),
            _("line %s moved money that may be an order's: it names one, or has its sum and its account"),
            line);
    TRY(note(call, "answer.dismissed", NULL, 0, arg_reason(call),
             _("line %s of an answer concerns no order"), line));
    return contradicted ? end_disputes(call, conventions, count) : 0;
}
