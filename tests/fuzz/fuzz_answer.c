/* Any bytes to the reader of answers: it reads or refuses, and touches nothing that is not its own.
 * Every text that reaches the sink is read to its end. */
#include <base/mem.h>
#include <sepa/answer.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static volatile size_t sum; /* that nothing is left out as unused */

static void see(const char *s)
{
    sum += strlen(s);
}

static void see_amount(const char *s)
{
    struct cents cents = { 0 };

    see(s);
    if (answer_amount(&cents, s) && cents.v < 0)
        abort(); /* an amount has no sign */
}

static int see_head(void *arg, const struct answer_head *head)
{
    (void)arg;
    see(answer_kind_name(head->kind));
    see(head->name_space);
    see(head->message_id);
    see(head->created);
    return 0;
}

static int see_status(void *arg, const struct answer_status *s)
{
    (void)arg;
    see(s->message_id);
    see(s->message_name);
    see(s->payment_id);
    see(s->instruction_id);
    see(s->end_to_end_id);
    see(s->uetr);
    see(s->code);
    see(s->reason);
    see(s->text);
    see(s->servicer_ref);
    see_amount(s->amount);
    see(s->currency);
    see(s->creditor);
    see(s->creditor_iban);
    see(s->debtor_iban);
    return 0;
}

static int see_account(void *arg, const struct answer_account *account)
{
    (void)arg;
    see(account->statement_id);
    see(account->iban);
    see(account->currency);
    see(account->sequence);
    see(account->created);
    return 0;
}

static int see_entry(void *arg, const struct answer_entry *e)
{
    (void)arg;
    see(e->reference);
    see_amount(e->amount);
    see(e->currency);
    see(e->direction);
    see(e->reversal);
    see(e->status);
    see(e->booked_on);
    see(e->value_on);
    see(e->servicer_ref);
    see(e->code);
    see(e->text);
    return 0;
}

static int see_batch(void *arg, const struct answer_batch *b)
{
    (void)arg;
    see(b->message_id);
    see(b->payment_id);
    see(b->count);
    see_amount(b->total);
    see(b->currency);
    return 0;
}

static int see_detail(void *arg, const struct answer_detail *d)
{
    (void)arg;
    see(d->message_id);
    see(d->payment_id);
    see(d->instruction_id);
    see(d->end_to_end_id);
    see(d->transaction_id);
    see(d->uetr);
    see(d->servicer_ref);
    see_amount(d->amount);
    see(d->currency);
    see(d->direction);
    see(d->debtor);
    see(d->debtor_iban);
    see(d->creditor);
    see(d->creditor_iban);
    see(d->remittance);
    see(d->return_reason);
    see(d->return_text);
    see(d->code);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct answer_sink sink = { see_head,  see_status, see_account, see_entry,
                                             see_batch, see_detail, NULL };
    struct answer_bytes input = { (const char *)bytes, length, 0 };
    const struct answer_source source = { answer_bytes_read, answer_bytes_restart, &input };
    CLEANUP(text_free) struct text why = { 0 };
    int r = answer_read(&source, &sink, &why);

    if (r < 0 || (r > 0 && !why.length))
        abort(); /* nothing here can break, and a refusal says why */
    return 0;
}
