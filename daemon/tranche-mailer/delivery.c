/* One mail on its way to the mail server. */
#include "mailer.h"
#include <base/failpoint.h>
#include <base/log.h>

void delivery_ended(void *arg, enum smtp_outcome outcome, const char *reply)
{
    struct delivery *d = arg;

    FAILPOINT(mail_answered);
    text_line(d->reply, sizeof d->reply, reply);
    d->outcome = outcome;
    if (d->id)
        mailer_keep(d);
    else
        away_told(d);
}

void delivery_start(struct mailer *m, const struct message *message, const struct delivery *about)
{
    struct delivery *d = mem_new(1, sizeof *d);
    CLEANUP(text_free) struct text bytes = { 0 };
    struct smtp_job *job = NULL;

    *d = *about;
    d->mailer = m;
    if (message_write(message, &bytes) == 0)
        job = smtp_job_new(&m->server, message->from, message->to, &bytes);
    if (job)
        transfers_start(m->transfers, job, d);
    else
        delivery_ended(d, SMTP_REFUSED, "it cannot be written: the mailer's log says why");
}
