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

struct import {
    struct call *call;
    struct scheme *scheme;
    struct faults *faults;
    int column_of[COLUMNS]; /* where each stands in the file, from 0; -1: not there */
    size_t width;
    struct convention_row *rows;
    unsigned *lines; /* of each row */
    size_t count, line_count;
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
        row->siret = arena_strdup(im->call->arena, siret.s);
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
        row->iban = arena_strdup(im->call->arena, iban.s);
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
        faults_add(im->faults, line, col, _("%s: one line of text, at most 500 bytes, is needed"),
                   FIELDS[c].name);
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
    *arena_push(im->call->arena, im->rows, im->count) = row;
    line = arena_push(im->call->arena, im->lines, im->line_count);
    *line = record->line;
}

static int column_find(const char *name)
{
    for (unsigned c = 0; c < COLUMNS; c++)
        if (!strcmp(FIELDS[c].name, name))
            return (int)c;
    return -1;
}

static void take_header(struct import *im, const struct csv_record *record)
{
    for (unsigned c = 0; c < COLUMNS; c++)
        im->column_of[c] = -1;
    im->width = record->count;
    for (unsigned i = 0; i < record->count; i++) {
        int c = column_find(record->fields[i]);

        if (c < 0)
            faults_add(im->faults, record->line, i + 1, _("there is no column \"%s\""),
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

static bool is_text(struct import *im)
{
    const struct call *call = im->call;
    unsigned line = 1;
    size_t bad;

    if (text_is_utf8(call->body, call->body_length, &bad))
        return true;
    for (size_t i = 0; i < bad; i++)
        line += call->body[i] == '\n';
    faults_add(im->faults, line, 0,
               _("the file is not UTF-8: in the spreadsheet, save it as \"CSV UTF-8\""));
    return false;
}

static void read_csv(struct import *im)
{
    static const char *const texts[] = {
        [CSV_E_QUOTE] =
            N_("a quotation mark is never closed, or stands inside a field without quotes"),
        [CSV_E_AFTER_QUOTE] = N_("text follows a closing quotation mark"),
        [CSV_E_NUL] = N_("a NUL byte"),
    };
    struct csv_record record;
    struct csv csv;
    int r;

    csv_init(&csv, im->call->body, im->call->body_length);
    r = csv_next(&csv, im->call->arena, &record);
    if (r == 0) {
        take_header(im, &record);
        if (im->faults->count)
            return; /* with wrong columns, every line would only repeat it */
        while ((r = csv_next(&csv, im->call->arena, &record)) == 0)
            take_record(im, &record);
    }
    if (r != CSV_END)
        faults_add(im->faults, record.line, 0, "%s", _(texts[r]));
    else if (!im->count)
        faults_add(im->faults, 0, 0, _("the file has no convention"));
}

static const char **column_of_rows(struct import *im, size_t at)
{
    const char **out = arena_alloc(im->call->arena, (im->count + 1) * sizeof *out);

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
    struct keyed *sorted = arena_alloc(im->call->arena, (im->count + 1) * sizeof *sorted);

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

static int check_envelope(struct import *im)
{
    struct scheme_sums sums;
    char envelope[TR_CENTS_MAX], awarded[TR_CENTS_MAX], more[TR_CENTS_MAX];
    struct cents total = { 0 };

    TRY(store_scheme_sums(im->call->app->work, im->scheme->id, &sums));
    for (size_t i = 0; i < im->count; i++)
        if (cents_add(&total, total, im->rows[i].grant))
            total = MONEY_MAX;
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
    refuse(im->call, APP_INVALID, "bad_import",
           _("correct the file and import it again; nothing was imported"),
           ngettext("the file has %zu mistake", "the file has %zu mistakes", im->faults->count),
           im->faults->count);
    for (size_t i = 0; i < im->faults->count; i++)
        refuse_detail(im->call, im->faults->list[i].line, im->faults->list[i].column,
                      im->faults->list[i].text);
    return APP_REFUSED;
}

static int note_imported(struct import *im)
{
    struct call *call = im->call;
    struct journal_row *rows = arena_alloc(call->arena, im->count * sizeof *rows);

    for (size_t i = 0; i < im->count; i++) {
        char sum[TR_CENTS_MAX], masked[IBAN_MASK_MAX];

        rows[i] = (struct journal_row){
            .kind = "convention.imported",
            .scheme = im->scheme->code,
            .convention = im->rows[i].reference,
            .what = arena_printf(call->arena,
                                 _("convention imported: %s, grant %s, account %s proposed"),
                                 im->rows[i].beneficiary, tr_cents(sum, im->rows[i].grant),
                                 iban_mask(masked, im->rows[i].iban)),
            .why = arg_reason(call),
        };
    }
    return note_rows(call, rows, im->count);
}

int convention_import(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    struct faults faults = { .arena = call->arena };
    struct import im = { .call = call, .faults = &faults };

    TRY(load_scheme(call, arg_text(call, "scheme"), SCHEME_UPDATE, &im.scheme));
    if (is_text(&im))
        read_csv(&im);
    if (im.count && !faults.count) {
        check_twice(&im, COL_REFERENCE);
        check_twice(&im, COL_SIRET);
        check_twice(&im, COL_IBAN);
        TRY(check_known(&im));
        TRY(check_envelope(&im));
    }
    if (faults.count)
        return refuse_import(&im);
    TRY(stored(call, store_conventions_insert(call->app->work, im.scheme, im.rows, im.count,
                                              call->person, call->today)));
    TRY(note_imported(&im));
    TRY(store_convention_list(call->app->work, im.scheme->code, &table));
    put_table(call, "conventions", table);
    return 0;
}
