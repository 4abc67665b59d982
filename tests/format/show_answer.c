/* Prints what the reader of answers hands on, a line a thing: for the samples and for people. */
#include <base/mem.h>
#include <sepa/answer.h>
#include <stdio.h>

static int read_file(void *arg, char *buffer, int room)
{
    return (int)fread(buffer, 1, (size_t)room, arg);
}

static int restart_file(void *arg)
{
    rewind(arg);
    return 0;
}

static int show_head(void *arg, const struct answer_head *h)
{
    (void)arg;
    printf("message %s|%s|%s|%s%s\n", answer_kind_name(h->kind), h->name_space, h->message_id,
           h->created, h->encoding_lied ? "|encoding lied" : "");
    return 0;
}

static int show_status(void *arg, const struct answer_status *s)
{
    static const char *const LEVELS[] = { "group", "payment", "transaction" };

    (void)arg;
    printf("%s %s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s\n", LEVELS[s->level], s->message_id,
           s->message_name, s->payment_id, s->instruction_id, s->end_to_end_id, s->uetr, s->code,
           s->reason, s->text, s->servicer_ref, s->amount, s->currency, s->creditor,
           s->creditor_iban, s->debtor_iban);
    return 0;
}

static int show_account(void *arg, const struct answer_account *a)
{
    (void)arg;
    printf("account %s|%s|%s|%s|%s\n", a->statement_id, a->iban, a->currency, a->sequence,
           a->created);
    return 0;
}

static int show_entry(void *arg, const struct answer_entry *e)
{
    struct cents cents;

    (void)arg;
    printf("entry %s|%s%s|%s|%s|%s|%s|%s|%s|%s|%s|%s\n", e->reference, e->amount,
           answer_amount(&cents, e->amount) ? "" : " (no amount)", e->currency, e->direction,
           e->reversal, e->status, e->booked_on, e->value_on, e->servicer_ref, e->code, e->text);
    return 0;
}

static int show_batch(void *arg, const struct answer_batch *b)
{
    (void)arg;
    printf("batch %s|%s|%s|%s|%s\n", b->message_id, b->payment_id, b->count, b->total, b->currency);
    return 0;
}

static int show_detail(void *arg, const struct answer_detail *d)
{
    struct cents cents;

    (void)arg;
    printf("detail %s|%s|%s|%s|%s|%s|%s|%s%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s\n", d->message_id,
           d->payment_id, d->instruction_id, d->end_to_end_id, d->transaction_id, d->uetr,
           d->servicer_ref, d->amount, answer_amount(&cents, d->amount) ? "" : " (no amount)",
           d->currency, d->direction, d->debtor, d->debtor_iban, d->creditor, d->creditor_iban,
           d->remittance, d->return_reason, d->return_text, d->code);
    return 0;
}

static int slurp(FILE *f, struct text *out)
{
    char block[65536];
    size_t n;

    while ((n = fread(block, 1, sizeof block, f)) > 0)
        text_add(out, block, n);
    return ferror(f);
}

/* Cut before its last end tag at every byte, or at about MAX places of a longer file: 0 when each
 * is refused. */
static int try_cuts(FILE *f, const struct answer_sink *sink, size_t max)
{
    CLEANUP(text_free) struct text whole = { 0 };
    size_t end, step;

    if (slurp(f, &whole) != 0 || whole.length < 2)
        return 2;
    for (end = whole.length - 2; end && strncmp(whole.s + end, "</", 2); end--)
        ;
    step = end / max + 1;
    for (size_t n = 0; n <= end; n += step) {
        CLEANUP(text_free) struct text why = { 0 };
        struct answer_bytes cut = { whole.s, n, 0 };
        const struct answer_source source = { answer_bytes_read, answer_bytes_restart, &cut };

        if (answer_read(&source, sink, &why) <= 0) {
            fprintf(stderr, "cut after %zu bytes it is read\n", n);
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct answer_sink sink = { show_head,  show_status, show_account, show_entry,
                                             show_batch, show_detail, NULL };
    bool cuts = argc == 4 && !strcmp(argv[1], "--cuts");
    struct answer_source source = { read_file, restart_file, NULL };
    CLEANUP(text_free) struct text why = { 0 };
    int r;

    source.arg = argc == 2 || cuts ? fopen(argv[argc - 1], "rb") : NULL;
    if (!source.arg) {
        fprintf(stderr, "usage: show_answer [--cuts MAX] FILE\n");
        return 2;
    }
    r = cuts ? try_cuts(source.arg, &sink, strtoul(argv[2], NULL, 10) + 1)
             : answer_read(&source, &sink, &why);
    fclose(source.arg);
    if (r && !cuts)
        printf("refused %d: %s\n", r, why.s);
    return r != 0;
}
