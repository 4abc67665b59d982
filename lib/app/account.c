#include "call.h"
#include <sepa/letters.h>

int account_list(struct call *call)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;
    const char *reference = arg_text(call, "ref");
    struct record *record;

    if (reference)
        TRY(load_reference(call, reference, &record));
    TRY(store_account_list(call->app->work, reference, &table));
    put_table(call, "accounts", table);
    return 0;
}

static int check_holder(struct call *call, const char *reference, const char *holder)
{
    CLEANUP(text_free) struct text plain = { 0 };
    int r = letters_fit(&plain, holder, SEPA_NAME_MAX);

    if (r > 0)
        return refuse(call, APP_INVALID, "bad_holder",
                      _("write the holder's legal name in at most 70 Latin letters"),
                      _("convention %s: the account holder's name cannot stand in a payment order"),
                      reference);
    return r;
}

static int check_bic(struct call *call, const char *reference, const struct iban *iban)
{
    const char *s = arg_text(call, "bic");
    struct bic bic;

    if (!s)
        return 0;
    if (!bic_parse(&bic, s))
        return refuse(call, APP_INVALID, "bad_bic",
                      _("a BIC has 8 or 11 capitals and digits, such as BDFEFRPPCCT"),
                      _("convention %s: \"%s\" is not a BIC"), reference, s);
    if (!bic_fits_iban(&bic, iban))
        return refuse(call, APP_INVALID, "bad_bic", _("compare it with the bank's slip (RIB)"),
                      _("convention %s: BIC %s is of another country than the IBAN"), reference, s);
    return 0;
}

/* Outside the EEA an order needs the BIC and an address, which these orders do not carry. */
static int check_iban(struct call *call, const char *reference, struct iban *iban)
{
    int r = iban_parse(iban, arg_text(call, "iban"));

    if (r)
        return refuse(call, APP_INVALID, "bad_iban", _("compare it with the bank's slip (RIB)"),
                      _("%s: %s"), reference, _(iban_outcome_text(r)));
    if (!iban_in_eea(iban))
        return refuse(
            call, APP_INVALID, "iban_outside_eea",
            _("ask for an account in the European Economic Area"),
            _("convention %s: a transfer to %.2s needs an address in the order, which is not written yet"),
            reference, iban->s);
    return 0;
}

int check_iban_is_theirs(struct call *call, const char *reference, const char *iban,
                         const char *siret)
{
    CLEANUP(store_table_freep) struct store_table *table = NULL;

    TRY(store_ibans_known(call->app->work, &iban, 1, &table));
    for (size_t i = 0; i < store_table_rows(table); i++)
        if (strcmp(store_table_cell(table, i, 2).text, siret) != 0)
            return refuse(
                call, APP_CONFLICT, "iban_shared", _("compare both with the bank's slips (RIB)"),
                _("convention %s: this account is already that of convention %s, of another beneficiary"),
                reference, store_table_cell(table, i, 1).text);
    return 0;
}

int account_propose(struct call *call)
{
    const char *bic = arg_text(call, "bic"), *holder = arg_text(call, "holder");
    char masked[IBAN_MASK_MAX];
    struct record *record;
    struct iban iban;

    TRY(load_convention(call, &record));
    TRY(check_iban(call, record->dossier.reference, &iban));
    TRY(check_bic(call, record->dossier.reference, &iban));
    TRY(check_holder(call, record->dossier.reference, holder));
    TRY(check_iban_is_theirs(call, record->dossier.reference, iban.s, record->siret.s));
    if (record->dossier.account.present && !strcmp(record->account.iban.s, iban.s) &&
        !strcmp(record->account.holder, holder) && !strcmp(record->account.bic.s, bic ? bic : ""))
        return refuse(call, APP_CONFLICT, "same_account", NULL,
                      _("convention %s has this account already"), record->dossier.reference);
    if (record->dossier.state == CONVENTION_TERMINATED)
        return refuse(call, APP_CONFLICT, "wrong_state", NULL, _("convention %s is terminated"),
                      record->dossier.reference);
    TRY(stored(call, store_account_propose(call->app->work, record->id, iban.s, bic ? bic : "",
                                           holder, call->today, call->person)));
    TRY(note(call,
             date_is_set(record->dossier.account.verified_on) ? "account.changed"
                                                              : "account.proposed",
             record, 0, arg_reason(call), _("account %s of %s proposed"), iban_mask(masked, iban.s),
             holder));
    TRY(attach_body(call, record, record->dossier.scheme, "account"));
    return finish_fact(call, record->dossier.reference);
}

/* The approver may type the IBAN from the bank's slip: lists show only its mask, and somebody may
 * have proposed another account a moment ago. */
static int check_typed(struct call *call, const struct record *record)
{
    const char *typed = arg_text(call, "iban");
    char masked[IBAN_MASK_MAX];
    struct iban iban;

    if (!typed || (iban_parse(&iban, typed) == 0 && !strcmp(iban.s, record->account.iban.s)))
        return 0;
    return refuse(call, APP_CONFLICT, "other_account", _("compare it with the bank's slip (RIB)"),
                  _("convention %s: the account to verify is another, %s of %s"),
                  record->dossier.reference, iban_mask(masked, record->account.iban.s),
                  record->account.holder);
}

/* A bank refused the account; an approver looked again and says that it is right. */
static int confirm(struct call *call, const struct record *record)
{
    char masked[IBAN_MASK_MAX];
    int r;

    iban_mask(masked, record->account.iban.s);
    if (!*arg_reason(call))
        return refuse(call, APP_BAD_REQUEST, "missing_argument",
                      _("say with --reason how it was checked, or propose another account"),
                      _("convention %s: a bank refused account %s"), record->dossier.reference,
                      masked);
    TRY(check_typed(call, record));
    r = store_account_confirm(call->app->work, record->account.id, call->today, call->person);
    if (r == STORE_E_REFUSED &&
        !strcmp(store_constraint(call->app->work), "account_confirmed_by_another"))
        return refuse(call, APP_FORBIDDEN, "same_person", _("another person must confirm it"),
                      _("convention %s: %s proposed this account and cannot verify it"),
                      record->dossier.reference, record->account.proposed_by);
    TRY(stored(call, r));
    TRY(note(call, "account.confirmed", record, 0, arg_reason(call),
             _("account %s of %s confirmed, though a bank refused it"), masked,
             record->account.holder));
    return finish_fact(call, record->dossier.reference);
}

int account_verify(struct call *call)
{
    char masked[IBAN_MASK_MAX], day[DATE_TEXT_MAX];
    struct record *record;
    int r;

    TRY(load_convention(call, &record));
    if (!record->dossier.account.present)
        return refuse(call, APP_CONFLICT, "no_account", _("tranchectl account propose records one"),
                      _("convention %s has no account"), record->dossier.reference);
    if (date_is_set(record->dossier.account.refused_on) &&
        !date_is_set(record->dossier.account.confirmed_on))
        return confirm(call, record);
    if (date_is_set(record->dossier.account.verified_on))
        return refuse(call, APP_CONFLICT, "already_verified", NULL,
                      _("convention %s: its account was verified by %s on %s"),
                      record->dossier.reference, record->account.verified_by,
                      tr_date(day, record->dossier.account.verified_on));
    TRY(check_typed(call, record));
    r = store_account_verify(call->app->work, record->account.id, call->today, call->person);
    if (r == STORE_E_REFUSED && !strcmp(store_constraint(call->app->work), "account_two_persons"))
        return refuse(call, APP_FORBIDDEN, "same_person", _("another person must verify it"),
                      _("convention %s: %s proposed this account and cannot verify it"),
                      record->dossier.reference, record->account.proposed_by);
    TRY(stored(call, r));
    TRY(note(call, "account.verified", record, 0, arg_reason(call), _("account %s of %s verified"),
             iban_mask(masked, record->account.iban.s), record->account.holder));
    json_object_set_new(
        result(call), "message",
        json_sprintf(_("account %s of %s verified"), masked, record->account.holder));
    return finish_fact(call, record->dossier.reference);
}
