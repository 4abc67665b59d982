/* call.h -- inside this floor: one command being carried out. */
#ifndef APP_CALL_H
#define APP_CALL_H

#include <app/app.h>
#include <base/text.h>
#include <base/tr.h>
#include <notify/say.h>
#include <store/document.h>
#include <store/journal.h>
#include <store/order.h>
#include <store/proposal.h>
#include <store/request.h>
#include <store/scheme.h>

struct call {
    struct app *app;
    const struct wire_command *command;
    const struct request *request;
    const char *person; /* who asks */
    json_t *args;
    const char *body;
    size_t body_length;
    struct upload upload; /* the body, when it came in parts */
    bool check;           /* only say what would happen */
    struct arena *arena;
    struct instance instance;
    struct date today;
    struct answer *answer;
};

/* A handler answers 0 (commit), APP_REFUSED (the answer says why; roll back) or negative. */
enum {
    APP_REFUSED = 100,
    APP_REPEATED, /* the answer is whole, and there is nothing to store: roll back */
};

#define TRY(expression)          \
    do {                         \
        int try_ = (expression); \
        if (try_)                \
            return try_;         \
    } while (0)

/* Refuses the call; answers APP_REFUSED, which an analyzer that sees only the caller knows too. */
void refuse_call(struct call *call, enum app_refusal status, const char *code, const char *hint,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
#define refuse(...) (refuse_call(__VA_ARGS__), APP_REFUSED)

/* Adds one of many details to a refusal: a line, a column and a sentence. */
void refuse_detail(struct call *call, unsigned line, unsigned column, const char *text);

/* A store function's outcome that has no meaning of its own here: busy and surprises become
 * refusals, negative ones pass. */
int stored(struct call *call, int outcome);

/* Arguments; NULL, unset or false when they were not given. */
bool arg_flag(const json_t *args, const char *name);
const char *arg_text(const struct call *call, const char *name);
struct date arg_date(const struct call *call, const char *name);

/* --on, or today. Refuses a day in the future. */
int arg_on(struct call *call, struct date *on);

/* --reason, or "". */
const char *arg_reason(const struct call *call);

/* Loads the scheme CODE, locked as LOCK says; refuses when there is none. */
int load_scheme(struct call *call, const char *code, enum scheme_lock lock,
                struct scheme **schemep);

/* Loads the convention of argument "ref" with its scheme, both locked when the command changes
 * something; refuses when there is none. */
int load_convention(struct call *call, struct record **recordp);
int load_reference(struct call *call, const char *reference, struct record **recordp);

/* Journal rows by the caller, for this request; with --check they are told instead. */
int note_rows(struct call *call, const struct journal_row *rows, size_t count);

/* Refuses because of the state that RECORD is in. */
int refuse_state(struct call *call, const struct record *record);

/* One journal row by the caller. RECORD may be NULL. */
int note(struct call *call, const char *kind, const struct record *record, int tranche,
         const char *why, const char *what, ...) __attribute__((format(printf, 6, 7)));

/* The same about a scheme. */
int note_scheme(struct call *call, const char *kind, const char *code, const char *why,
                const char *what, ...) __attribute__((format(printf, 5, 6)));

/* Refuses when IBAN is the current account of another beneficiary than SIRET. */
int check_iban_is_theirs(struct call *call, const char *reference, const char *iban,
                         const char *siret);

/* Arguments that name an upload: "upload", "sha256", "file-name". */
bool is_upload_arg(const char *name);

/* Maps the upload ID of the caller, checked against argument "sha256", as the call's body. */
int map_upload(struct call *call, const char *id);

/* Gives back the memory of an upload's bytes before AT: they were read. */
void pass_body(const struct call *call, size_t at);

/* Keeps the call's body as a document: once, whoever sends the same bytes. */
int keep_body(struct call *call, struct sha256 *digest, int64_t *document);

/* Keeps the call's body, if there is one, as a document that came with a fact of KIND about RECORD
 * or, when that is NULL, about SCHEME. */
int attach_body(struct call *call, const struct record *record, const struct scheme *scheme,
                const char *kind);

/* What two persons decide about. */
struct matter {
    const struct record *record;
    struct proposal_key key;
    int tranche;         /* from 1; 0: none */
    const char *subject; /* in words */
};

/* The first call proposes, the second decides, "--decline" ends it. *DECIDED: this one decided. */
int two_persons(struct call *call, const struct matter *matter, bool *decided);

/* The proposals about RECORD, settled ones too, as rows under "proposals"; none: no such key. */
int put_proposals(struct call *call, const struct record *record);

/* What keeps the leader from deciding about RECORD, untranslated; NULL: nothing. */
const char *record_broken(const struct record *record);

/* After a fact about RECORD: reloads it, has the leader look, answers with its tranches. */
int finish_fact(struct call *call, const char *reference);

/* The result as an object, made on first use. */
json_t *result(struct call *call);

/* Rows of a table as JSON under KEY: an array. */
void put_table(struct call *call, const char *key, const struct store_table *table);

/* The same for a list that ends at STORE_LIST_MAX, which is told. */
void put_some(struct call *call, const char *key, const struct store_table *table);

/* One row as an object. */
json_t *table_row(const struct store_table *table, size_t row);

/* A date or NULL as JSON. */
json_t *json_date(struct date date);

/* The tranches of RECORD as rows under "tranches"; appends to rows that are there. */
void put_tranches(struct call *call, const struct record *record, bool only_held, struct date due);

/* An order of TRANCHE (an index) that died after its convention was terminated gives its rung up,
 * but for what a lowered grant had claimed back of it already. */
int close_terminated(struct call *call, const char *reference, unsigned tranche);

/* Handlers, by noun. */
int scheme_import(struct call *call);
int scheme_list(struct call *call);
int scheme_show(struct call *call);
int scheme_decision(struct call *call);
int convention_import(struct call *call);
int convention_list(struct call *call);
int convention_show(struct call *call);
int convention_sign(struct call *call);
int convention_unsign(struct call *call);
int convention_launch(struct call *call);
int convention_unlaunch(struct call *call);
int convention_amend(struct call *call);
int convention_suspend(struct call *call);
int convention_resume(struct call *call);
int convention_terminate(struct call *call);
int account_propose(struct call *call);
int account_verify(struct call *call);
int account_list(struct call *call);
int report_receive(struct call *call);
int report_accept(struct call *call);
int report_refuse(struct call *call);
int report_waive(struct call *call);
int report_withdraw(struct call *call);
int tranche_list(struct call *call);
int tranche_show(struct call *call);
int tranche_approve(struct call *call);
int tranche_override(struct call *call);
int proposal_list(struct call *call);
int order_list(struct call *call);
int order_show(struct call *call);
int order_cancel(struct call *call);
int order_release(struct call *call);
int order_reissue(struct call *call);
int answer_import(struct call *call);
int answer_list(struct call *call);
int answer_show(struct call *call);
int answer_find(struct call *call);
int answer_unmatched(struct call *call);
int answer_link(struct call *call);
int answer_dismiss(struct call *call);
/* Calls EACH for every convention, or those of scheme CODE; ends with the first that is not 0. */
int each_record(struct call *call, const char *code,
                int (*each)(void *arg, const struct record *record), void *arg);

/* Appends the calendar of READER's schemes; nothing, if there is no day in it. */
int calendar_of(struct call *call, const struct conf_person *reader, struct text *out);
int calendar_show(struct call *call);
int forecast_show(struct call *call);

/* Puts what is held, by gate, into the answer, and what is due into BODY, as cents: "due_cents".
 * Nothing, if there are more than MAX conventions. */
int forecast_held(struct call *call, int64_t max, json_t *body);

int reconcile_show(struct call *call);
int file_list(struct call *call);
int file_show(struct call *call);
int file_verify(struct call *call);
int file_reconcile(struct call *call);
int journal_list(struct call *call);
int journal_verify(struct call *call);
int document_list(struct call *call);
int document_save(struct call *call);
int clock_show(struct call *call);
int clock_set(struct call *call);
int mail_list(struct call *call);
int mail_show(struct call *call);
int mail_preview(struct call *call);
int mail_retry(struct call *call);
int mail_cancel(struct call *call);
int status_show(struct call *call);

/* The business day of INSTANCE now: a rehearsal's row, or the day on the authority's wall. */
struct date business_day(const struct instance *instance);

/* The moment at which a business day's acts are dated: now, or 09:00 of a rehearsal's day. */
struct instant business_moment(const struct instance *instance);

/* Loads the order of that EndToEndId, its convention locked first when the command changes
 * something; refuses when there is none. */
int load_order(struct call *call, const char *end_to_end_id, struct order_fate *fate,
               struct record **recordp);

/* How long who is waited for. */
struct order_patience patience(const struct app *app);

/* Rows of orders under KEY, each with who acts next and how old its state is. */
void put_orders(struct call *call, const char *key, const struct store_table *table);

/* Reads every order file, in the table and in this host's archive, and compares it with its digest;
 * FAULT is told WHAT (a format for the MsgId) is wrong with which one. */
struct scrubbed {
    int64_t files, archived, faults;
    int64_t elsewhere; /* written by another host: its archive cannot be read from here */
};
int scrub_files(struct call *call,
                void (*fault)(void *arg, const char *what, const struct order_file *file),
                void *arg, struct scrubbed *found);

/* For how long the lease is taken. */
int lease_seconds(const struct app *app);

/* Begins a deciding transaction: the lease is renewed first. STORE_E_NONE: no longer the leader. */
int leader_begin(struct app *app);

/* Commits when OUTCOME is 0, takes back otherwise; answers what came of it. */
int leader_end(struct app *app, int outcome);

/* The one way into the journal: appends COUNT rows by PERSON, for the command REQUEST (or NULL),
 * with the mails that tell of them. */
int journal_add(struct app *app, const struct instance *instance, const char *person,
                const char *request, const struct journal_row *rows, size_t count);

/* One more journal row, written by the service itself. */
int note_step(struct app *app, const struct instance *instance, const char *kind, const char *what,
              const char *why);

/* In the transaction that blocked COUNT files which were out: the row about them, if there are any;
 * WHY is marked for translation. */
int note_doubt(struct app *app, const struct instance *instance, struct arena *arena, int64_t count,
               const char *why);

/* Over all columns of a row of store_journal_rows(). */
int journal_row_digest(const struct store_table *table, size_t row, struct sha256 *out);

/* Compares the database with what was last seen of it: app->doubt says what does not fit; "": all
 * does. */
int witness_check(struct app *app);

/* Notes what is seen of the database, if nothing was noted here before: another host leads, and
 * what it leads is the one. */
int witness_stand_by(struct app *app);

/* The digest that FILE was stored with. */
struct sha256 stored_digest(const struct order_file *file);

/* Blocks FILE for WHY (untranslated), in a transaction of its own: a person must look. */
int block_file(struct app *app, const struct instance *instance, struct arena *arena,
               const struct order_file *file, const char *why);

/* Hides one file that was taken and stands in the outbox again. */
int hide_returned(struct app *app, const struct instance *instance, struct arena *arena,
                  bool *worked);

/* Notes that the leader stops in good order: what it leaves in the outbox is known. */
int stopped_in_order(struct app *app);

/* Steps of the tick. */
int release_step(struct app *app, const struct instance *instance, struct tick *tick, bool *worked);
int witness_step(struct app *app, struct tick *tick);
int overdue_step(struct app *app, const struct instance *instance, bool *worked);
int mail_step(struct app *app, const struct instance *instance, bool refused, bool *worked);
int takeover_step(struct app *app, const struct instance *instance);
int doubt_step(struct app *app, const struct instance *instance);
int digest_step(struct app *app, const struct instance *instance, bool *worked);
int week_step(struct app *app, const struct instance *instance, bool *worked);
int seal_step(struct app *app, struct tick *tick, bool *worked);
int verify_step(struct app *app, const struct instance *instance, bool *worked);
int boot_step(struct app *app, const struct instance *instance, bool *worked);
int replaced_step(struct app *app, const struct instance *instance, bool *worked);

/* Takes back every reminder that waits about the convention REFERENCE: it is over. */
int remind_no_more(struct app *app, const char *reference);

/* Tells what must be reminded of about RECORDS on ON, and has DECISIONS look again on the next
 * threshold. */
int remind(struct app *app, const struct instance *instance, struct record *const *records,
           struct decision *decisions, size_t count);
int taken_step(struct app *app, const struct instance *instance, bool *worked);
int put_out_step(struct app *app, const struct instance *instance, bool *worked);

#endif
