/* The CSV import: all mistakes at once, by line and column, and nothing imported unless all is
 * right. */
#include "call.h"
#include <base/csv.h>
#include <sepa/letters.h>

/* The columns, in the order of FIELDS; what must be there and what may be. */
enum column {
    COL_REFERENCE,
    COL_PROJECT,
    COL_PURPOSE,
    COL_BENEFICIARY,
    COL_SIRET,
    COL_GRANT,
    COL_IBAN,
    COL_HOLDER,
    COL_STREET,
    COL_BUILDING,
    COL_POSTCODE,
    COL_TOWN,
    COL_COUNTRY,
    COL_EMAIL,
    COLUMNS,
};

static const struct {
    const char *name;
    bool required; /* the column must be there, and no field of it empty */
    size_t at;
} FIELDS[COLUMNS] = {
#define AT(field) offsetof(struct convention_row, field)
    [COL_REFERENCE] = { "reference", true, AT(reference) },
    [COL_PROJECT] = { "project", true, AT(project) },
    [COL_PURPOSE] = { "purpose", false, AT(purpose) },
    [COL_BENEFICIARY] = { "beneficiary", true, AT(beneficiary) },
    [COL_SIRET] = { "siret", true, AT(siret) },
    [COL_GRANT] = { "grant", true, 0 },
    [COL_IBAN] = { "iban", true, AT(iban) },
    [COL_HOLDER] = { "account_holder", true, AT(holder) },
    [COL_STREET] = { "street", false, AT(street) },
    [COL_BUILDING] = { "building", false, AT(building) },
    [COL_POSTCODE] = { "postcode", false, AT(postcode) },
    [COL_TOWN] = { "town", false, AT(town) },
    [COL_COUNTRY] = { "country", false, AT(country) },
    [COL_EMAIL] = { "contact_email", false, AT(email) },
#undef AT
};

/* Rows are checked, compared with the database and stored in batches of so many. */
enum { BATCH_ROWS = 5000, SHOWN_MAX = 200 };

struct import {
    struct call *call;
    struct scheme *scheme;
    struct faults *faults;
    struct csv csv;
    bool ended;             /* by a fault after which nothing can be read */
    int column_of[COLUMNS]; /* where each stands in the file, from 0; -1: not there */
    size_t width;
    struct arena *arena; /* of the present batch */
    struct convention_row *rows;
    unsigned *lines; /* of each row */
    size_t count, line_count;
    size_t total; /* rows of the whole file */
    struct cents grants;
};

/* Reads one field into ROW; faults say what is wrong with it. */
static void take_reference(struct import *im, struct convention_row *row, unsigned line,
                           unsigned col)
{
    size_t n = strlen(row->reference);

    if (n > 35 || row->reference[0] == '-' ||
        row->reference[strspn(row->reference,
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")])
        faults_add(im->faults, line, col,
                   _("reference \"%s\": at most 35 letters, digits and \"-\""), row->reference);
}

static void take_siret(struct import *im, struct convention_row *row, unsigned line, unsigned col)
{
    struct siret siret;
    int r = siret_parse(&siret, row->siret);

    if (r == SIRET_E_SHAPE)
        faults_add(im->faults, line, col, _("%s: SIRET \"%s\" has not 14 digits"), row->reference,
                   row->siret);
    else if (r)
        faults_add(im->faults, line, col,
                   _("%s: SIRET %s fails its checksum: compare it with the register"),
                   row->reference, row->siret);
    else
        row->siret = arena_strdup(im->arena, siret.s);
}

static void take_grant(struct import *im, struct convention_row *row, const char *s, unsigned line,
                       unsigned col)
{
    char low[TR_CENTS_MAX], high[TR_CENTS_MAX];
    int r = cents_parse(&row->grant, s);

    if (r == MONEY_E_SCALE)
        faults_add(im->faults, line, col, _("%s: grant \"%s\" has more than two decimals"),
                   row->reference, s);
    else if (r)
        faults_add(im->faults, line, col, _("%s: grant \"%s\" is not an amount such as 10000.00"),
                   row->reference, s);
    else if (!row->grant.v)
        faults_add(im->faults, line, col, _("%s: a grant of zero is none"), row->reference);
    else if (row->grant.v < im->scheme->grant_min.v || row->grant.v > im->scheme->grant_max.v)
        faults_add(im->faults, line, col,
                   _("%s: grant %s is outside the scheme's bounds, %s to %s"), row->reference, s,
                   tr_cents(low, im->scheme->grant_min), tr_cents(high, im->scheme->grant_max));
}

static void take_iban(struct import *im, struct convention_row *row, unsigned line, unsigned col)
{
    struct iban iban;
    int r = iban_parse(&iban, row->iban);

    if (r)
        faults_add(im->faults, line, col, _("%s: %s"), row->reference, _(iban_outcome_text(r)));
    else if (!iban_in_eea(&iban))
        faults_add(
            im->faults, line, col,
            _("%s: an account in %.2s needs an address in the order, which is not written yet"),
            row->reference, iban.s);
    else
        row->iban = arena_strdup(im->arena, iban.s);
}

static void take_holder(struct import *im, struct convention_row *row, unsigned line, unsigned col)
{
    CLEANUP(text_free) struct text plain = { 0 };

    if (letters_fit(&plain, row->holder, SEPA_NAME_MAX) != 0)
        faults_add(
            im->faults, line, col,
            _("%s: account holder \"%s\" cannot stand in a payment order: at most 70 Latin letters"),
            row->reference, row->holder);
}

/* Mails go there: what cannot be an address is a slip of the pen. */
static void take_email(struct import *im, struct convention_row *row, const char *s, unsigned line,
                       unsigned col)
{
    if (*s && !text_is_address(s))
        faults_add(im->faults, line, col, _("%s: \"%s\" is no mail address"), row->reference, s);
}

static void take_field(struct import *im, enum column c, struct convention_row *row, const char *s,
                       unsigned line)
{
    unsigned col = (unsigned)im->column_of[c] + 1;

    if (!*s && FIELDS[c].required) {
        faults_add(im->faults, line, col, _("%s: %s is empty"),
                   row->reference ? row->reference : "–", FIELDS[c].name);
        return;
    }
    if (text_has_control(s) || strlen(s) > 500) {
        faults_add(im->faults, line, col,
                   _("%s: %s: one line of text, at most 500 bytes, is needed"),
                   row->reference ? row->reference : "–", FIELDS[c].name);
        return;
    }
    if (c == COL_REFERENCE)
        take_reference(im, row, line, col);
    else if (c == COL_SIRET)
        take_siret(im, row, line, col);
    else if (c == COL_GRANT)
        take_grant(im, row, s, line, col);
    else if (c == COL_IBAN)
        take_iban(im, row, line, col);
    else if (c == COL_HOLDER)
        take_holder(im, row, line, col);
    else if (c == COL_EMAIL)
        take_email(im, row, s, line, col);
}

static void take_record(struct import *im, const struct csv_record *record)
{
    struct convention_row row = { 0 };
    unsigned *line;

    if (record->count != im->width) {
        faults_add(im->faults, record->line, 0, _("%zu fields instead of %zu"), record->count,
                   im->width);
        return;
    }
    for (unsigned c = 0; c < COLUMNS; c++)
        if (c != COL_GRANT)
            *(const char **)((char *)&row + FIELDS[c].at) =
                im->column_of[c] < 0 ? "" : record->fields[im->column_of[c]];
    for (unsigned c = 0; c < COLUMNS; c++)
        if (im->column_of[c] >= 0)
            take_field(im, (enum column)c, &row, record->fields[im->column_of[c]], record->line);
    *arena_push(im->arena, im->rows, im->count) = row;
    line = arena_push(im->arena, im->lines, im->line_count);
    *line = record->line;
}

static int column_find(const char *name)
{
    for (unsigned c = 0; c < COLUMNS; c++)
        if (!strcmp(FIELDS[c].name, name))
            return (int)c;
    return -1;
}

/* Other separators than the comma are called by their name. */
static bool is_separated_otherwise(struct import *im, const struct csv_record *record)
{
    const char *field = record->fields[0];

    if (record->count > 1 || !strpbrk(field, ";\t"))
        return false;
    faults_add(im->faults, record->line, 0,
               strchr(field, ';')
                   ? _("the columns are separated by semicolons: in the spreadsheet, choose commas")
                   : _("the columns are separated by tabs: in the spreadsheet, choose commas"));
    return true;
}

static void take_header(struct import *im, const struct csv_record *record)
{
    for (unsigned c = 0; c < COLUMNS; c++)
        im->column_of[c] = -1;
    im->width = record->count;
    if (is_separated_otherwise(im, record))
        return;
    for (unsigned i = 0; i < record->count; i++) {
        int c = column_find(record->fields[i]);

        if (c < 0)
            faults_add(im->faults, record->line, i + 1, _("there is no column \"%.60s\""),
                       record->fields[i]);
        else if (im->column_of[c] >= 0)
            faults_add(im->faults, record->line, i + 1, _("column \"%s\" stands there twice"),
                       record->fields[i]);
        else
            im->column_of[c] = (int)i;
    }
    for (unsigned c = 0; c < COLUMNS; c++)
        if (FIELDS[c].required && im->column_of[c] < 0)
            faults_add(im->faults, record->line, 0, _("column \"%s\" is missing"), FIELDS[c].name);
}

/* The next record into the batch's arena; CSV_END also after a fault that ends the reading. */
static int next_record(struct import *im, struct csv_record *record)
{
    static const char *const texts[] = {
        [CSV_E_QUOTE] =
            N_("a quotation mark is never closed, or stands inside a field without quotes"),
        [CSV_E_AFTER_QUOTE] = N_("text follows a closing quotation mark"),
        [CSV_E_NUL] = N_("a NUL byte: in the spreadsheet, save the file as \"CSV UTF-8\""),
        [CSV_E_LONG] = N_("a line of more than 64 KiB: that is no line of a spreadsheet"),
    };
    const char *start = im->csv.at;
    size_t bad;
    int r = im->ended ? CSV_END : csv_next(&im->csv, im->arena, record);

    if (r > CSV_END) {
        im->ended = true;
        faults_add(im->faults, record->line, 0, "%s", _(texts[r]));
        return CSV_END;
    }
    if (r == 0 && !text_is_utf8(start, (size_t)(im->csv.at - start), &bad)) {
        im->ended = true;
        faults_add(im->faults, record->line, 0,
                   _("the file is not UTF-8: in the spreadsheet, save it as \"CSV UTF-8\""));
        return CSV_END;
    }
    return r;
}

static void begin_batch(struct import *im)
{
    arena_free(im->arena);
    im->arena = arena_new();
    im->rows = NULL;
    im->lines = NULL;
    im->count = im->line_count = 0;
}

/* Goes back to the start and reads the header; false: its columns are wrong, and every line would
 * only repeat it. */
static bool read_header(struct import *im)
{
    struct csv_record record;

    csv_init(&im->csv, im->call->body, im->call->body_length);
    begin_batch(im);
    if (next_record(im, &record) != 0)
        return false;
    take_header(im, &record);
    return im->faults->count == 0;
}

/* Reads up to a batch of rows; false: there are no more. */
static bool read_batch(struct import *im)
{
    struct csv_record record;

    begin_batch(im);
    while (im->count < BATCH_ROWS && next_record(im, &record) == 0)
        take_record(im, &record);
    pass_body(im->call, (size_t)(im->csv.at - im->call->body));
    return im->count > 0;
}

static const char **column_of_rows(struct import *im, size_t at)
{
    const char **out = arena_alloc(im->arena, (im->count + 1) * sizeof *out);

    for (size_t i = 0; i < im->count; i++)
        out[i] = *(const char *const *)((const char *)&im->rows[i] + at);
    return out;
}

struct keyed {
    const char *key;
    size_t row;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int r = strcmp(x->key, y->key);

    return r ? r : (x->row > y->row) - (x->row < y->row);
}

/* Faults for every row whose FIELD an earlier row has too. */
static void check_twice(struct import *im, enum column c)
{
    const char **keys = column_of_rows(im, FIELDS[c].at);
    struct keyed *sorted = arena_alloc(im->arena, (im->count + 1) * sizeof *sorted);

    for (size_t i = 0; i < im->count; i++)
        sorted[i] = (struct keyed){ keys[i], i };
    qsort(sorted, im->count, sizeof *sorted, by_key);
    for (size_t i = 1; i < im->count; i++)
        if (!strcmp(sorted[i].key, sorted[i - 1].key) && *sorted[i].key)
            faults_add(im->faults, im->lines[sorted[i].row], (unsigned)im->column_of[c] + 1,
                       _("%s: the same %s as in line %u"), im->rows[sorted[i].row].reference,
                       FIELDS[c].name, im->lines[sorted[i - 1].row]);
}

static size_t row_of(struct import *im, const char **keys, const char *key)
{
    for (size_t i = 0; i < im->count; i++)
        if (!strcmp(keys[i], key))
            return i;
    return 0;
}

/* What the database knows already: references, beneficiaries, accounts. */
static int check_known(struct import *im)
{
    CLEANUP(store_table_freep) struct store_table *refs = NULL, *sirets = NULL, *ibans = NULL;
    const char **references = column_of_rows(im, FIELDS[COL_REFERENCE].at);
    const char **siret_keys = column_of_rows(im, FIELDS[COL_SIRET].at);
    const char **iban_keys = column_of_rows(im, FIELDS[COL_IBAN].at);
    struct store *work = im->call->app->work;

    TRY(store_references_known(work, references, im->count, &refs));
    TRY(store_sirets_known(work, im->scheme->id, siret_keys, im->count, &sirets));
    TRY(store_ibans_known(work, iban_keys, im->count, &ibans));
    for (size_t i = 0; i < store_table_rows(refs); i++) {
        const char *reference = store_table_cell(refs, i, 0).text;

        faults_add(im->faults, im->lines[row_of(im, references, reference)],
                   (unsigned)im->column_of[COL_REFERENCE] + 1,
                   _("%s: this convention exists already"), reference);
    }
    for (size_t i = 0; i < store_table_rows(sirets); i++) {
        size_t row = row_of(im, siret_keys, store_table_cell(sirets, i, 0).text);
        struct store_cell name = store_table_cell(sirets, i, 1),
                          in = store_table_cell(sirets, i, 2);

        if (in.kind == STORE_CELL_TEXT && strcmp(in.text, references[row]) != 0)
            faults_add(im->faults, im->lines[row], (unsigned)im->column_of[COL_SIRET] + 1,
                       _("%s: SIRET %s already has convention %s in this scheme"), references[row],
                       siret_keys[row], in.text);
        else if (strcmp(name.text, im->rows[row].beneficiary) != 0)
            faults_add(im->faults, im->lines[row], (unsigned)im->column_of[COL_BENEFICIARY] + 1,
                       _("%s: SIRET %s is known as \"%s\""), references[row], siret_keys[row],
                       name.text);
    }
    for (size_t i = 0; i < store_table_rows(ibans); i++) {
        size_t row = row_of(im, iban_keys, store_table_cell(ibans, i, 0).text);

        if (strcmp(store_table_cell(ibans, i, 2).text, siret_keys[row]) != 0)
            faults_add(
                im->faults, im->lines[row], (unsigned)im->column_of[COL_IBAN] + 1,
                _("%s: this account is already that of convention %s, of another beneficiary"),
                references[row], store_table_cell(ibans, i, 1).text);
    }
    return 0;
}

/* Compares the batch with itself and with the database. */
static int check_batch(struct import *im)
{
    check_twice(im, COL_REFERENCE);
    check_twice(im, COL_SIRET);
    check_twice(im, COL_IBAN);
    return check_known(im);
}

/* The whole file once, before anything is stored. */
static int read_all(struct import *im)
{
    bool header = read_header(im);

    while (header && read_batch(im)) {
        im->total += im->count;
        for (size_t i = 0; i < im->count; i++)
            if (cents_add(&im->grants, im->grants, im->rows[i].grant))
                im->grants = MONEY_MAX;
        if (!im->faults->count)
            TRY(check_batch(im));
    }
    if (!im->total && !im->faults->count)
        faults_add(im->faults, 0, 0, _("the file has no convention"));
    return 0;
}

static int check_envelope(struct import *im)
{
    struct scheme_sums sums;
    char envelope[TR_CENTS_MAX], awarded[TR_CENTS_MAX], more[TR_CENTS_MAX];
    struct cents total = im->grants;

    TRY(store_scheme_sums(im->call->app->work, im->scheme->id, &sums));
    if (total.v > sums.envelope.v - sums.awarded.v)
        faults_add(
            im->faults, 0, 0,
            _("the file's grants, %s, and those awarded before, %s, exceed the envelope of %s: only a new "
              "decision raises it"),
            tr_cents(more, total), tr_cents(awarded, sums.awarded),
            tr_cents(envelope, sums.envelope));
    return 0;
}

static int refuse_import(struct import *im)
{
    refuse_call(
        im->call, APP_INVALID, "bad_import",
        _("correct the file and import it again; nothing was imported"),
        ngettext("the file has %zu mistake", "the file has %zu mistakes", im->faults->count),
        im->faults->count);
    for (size_t i = 0; i < im->faults->listed; i++)
        refuse_detail(im->call, im->faults->list[i].line, im->faults->list[i].column,
                      im->faults->list[i].text);
    return APP_REFUSED;
}

static int note_imported(struct import *im)
{
    struct call *call = im->call;
    struct journal_row *rows = arena_alloc(im->arena, im->count * sizeof *rows);

    for (size_t i = 0; i < im->count; i++) {
        char sum[TR_CENTS_MAX], masked[IBAN_MASK_MAX];

        rows[i] = (struct journal_row){
            .kind = "convention.imported",
            .scheme = im->scheme->code,
            .convention = im->rows[i].reference,
            .what =
                arena_printf(im->arena, _("convention imported: %s, grant %s, account %s proposed"),
                             im->rows[i].beneficiary, tr_cents(sum, im->rows[i].grant),
                             iban_mask(masked, im->rows[i].iban)),
            .why = arg_reason(call),
        };
    }
    return note_rows(call, rows, im->count);
}

/* Stores the batch. A file of several is compared once more, now with its own batches before. */
static int import_batch(struct import *im)
{
    struct call *call = im->call;

    if (im->total > im->count)
        TRY(check_batch(im));
    if (im->faults->count)
        return refuse_import(im);
    TRY(stored(call, store_conventions_insert(call->app->work, im->scheme, im->rows, im->count,
                                              call->person, call->today)));
    return note_imported(im);
}

static int import_all(struct import *im)
{
    TRY(read_all(im));
    if (im->total)
        TRY(check_envelope(im));
    if (im->faults->count)
        return refuse_import(im);
    read_header(im);
    while (read_batch(im))
        TRY(import_batch(im));
    return 0;
}

/* A short file's conventions are shown; of a long one, how many and how much. */
static int answer_imported(struct import *im)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct call *call = im->call;
    char sum[TR_CENTS_MAX];

    json_object_set_new(result(call), "message",
                        json_sprintf(ngettext("%zu convention imported, %s",
                                              "%zu conventions imported, %s", im->total),
                                     im->total, tr_cents(sum, im->grants)));
    if (im->total > SHOWN_MAX)
        return 0;
    TRY(store_convention_list(call->app->work, im->scheme->code, &table));
    put_table(call, "conventions", table);
    return 0;
}

int convention_import(struct call *call)
{
    struct faults faults = { .arena = call->arena };
    struct import im = { .call = call, .faults = &faults };
    int r;

    TRY(load_scheme(call, arg_text(call, "scheme"), SCHEME_UPDATE, &im.scheme));
    r = import_all(&im);
    if (!r)
        r = answer_imported(&im);
    arena_free(im.arena);
    return r;
}
