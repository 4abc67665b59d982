/* transfers.h -- libcurl's multi interface on a libevent loop. */
#ifndef TRANCHE_MAILER_TRANSFERS_H
#define TRANCHE_MAILER_TRANSFERS_H

#include <event2/event.h>
#include <mail/smtp.h>

/* Told of each end, with what was given with the job. REPLY is valid for the call. */
typedef void transfers_ended(void *arg, enum smtp_outcome outcome, const char *reply);

struct transfers;

/* At most MAX connections at a time. NULL: no memory. */
struct transfers *transfers_new(struct event_base *base, int max, transfers_ended *ended);
/* Those under way end as to be done later. */
void transfers_free(struct transfers *transfers);

/* Starts JOB (taken over). */
void transfers_start(struct transfers *transfers, struct smtp_job *job, void *arg);

/* How many are under way. */
int transfers_busy(const struct transfers *transfers);

#endif
