/* mail/smtp.h -- handing one mail to a mail server, as a transfer of libcurl.
 *
 * The caller adds the handle to its multi interface and runs it; this floor says how it is set up
 * and what its end means. */
#ifndef MAIL_SMTP_H
#define MAIL_SMTP_H

#include <base/text.h>
#include <curl/curl.h>

struct smtp_server {
    const char *host, *user, *password; /* user "": nobody logs in */
    const char *ca_file;                /* "": the system's authorities */
    const char *helo;                   /* our name */
    long port, timeout_s;
    enum { SMTP_PLAIN, SMTP_STARTTLS, SMTP_IMPLICIT } tls;
};

enum smtp_outcome {
    SMTP_DELIVERED, /* the server has taken it */
    SMTP_LATER,     /* it says that it cannot now, or was not reached, or did not answer */
    SMTP_REFUSED,   /* it says that it never will */
};

struct smtp_job;

/* A transfer of BYTES (taken over) from FROM to TO; its handle's private pointer is the job. NULL:
 * libcurl has no memory. */
struct smtp_job *smtp_job_new(const struct smtp_server *server, const char *from, const char *to,
                              struct text *bytes);
CURL *smtp_job_handle(const struct smtp_job *job);
void smtp_job_free(struct smtp_job *job);

/* What the end RESULT of the transfer means. REPLY: the server's last line, or what went wrong. */
enum smtp_outcome smtp_job_end(struct smtp_job *job, CURLcode result, const char **reply);

#endif
