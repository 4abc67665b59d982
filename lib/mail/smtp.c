#include <base/mem.h>
#include <mail/smtp.h>
#include <stdio.h>

enum { REPLY_MAX = 300 };

struct smtp_job {
    CURL *curl;
    struct curl_slist *to;
    struct text bytes;
    size_t sent;
    char command[5]; /* the last one, its first four letters */
    bool goes_on;    /* the answer in `last` has more lines */
    char error[CURL_ERROR_SIZE], last[REPLY_MAX], reply[REPLY_MAX];
};

static size_t give(char *out, size_t size, size_t count, void *arg)
{
    struct smtp_job *job = arg;
    size_t n = job->bytes.length - job->sent;

    n = n < size * count ? n : size * count;
    memcpy(out, job->bytes.s + job->sent, n);
    job->sent += n;
    return n;
}

/* libcurl rewinds to try again on a fresh connection when an old one was closed under it. */
static int rewind_to(void *arg, curl_off_t offset, int origin)
{
    struct smtp_job *job = arg;

    if (origin != SEEK_SET || offset < 0 || (size_t)offset > job->bytes.length)
        return CURL_SEEKFUNC_FAIL;
    job->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* Keeps a line as the answer, or as one more line of it ("550-" goes on, "550 " ends). */
static void keep_line(struct smtp_job *job, const char *line)
{
    CLEANUP(text_free) struct text all = { 0 };
    bool more = strlen(line) > 3 && line[3] == '-';

    if (job->goes_on && strlen(line) > 4)
        text_addf(&all, "%s %s", job->last, line + 4);
    else
        text_addf(&all, "%s", line);
    text_line(job->last, sizeof job->last, all.s);
    job->goes_on = more;
}

/* Each line that the server says, but for its farewell, which answers nothing. Lines of one answer
 * are joined; what is no UTF-8 is shown as "?". */
static size_t hear(char *bytes, size_t size, size_t count, void *arg)
{
    struct smtp_job *job = arg;
    CLEANUP(text_free) struct text said = { 0 };

    text_add(&said, bytes, size * count);
    said.s[strcspn(said.s, "\r\n")] = '\0';
    if (!strncmp(said.s, "221", 3))
        return size * count;
    for (char *c = said.s; !text_is_utf8(said.s, strlen(said.s), NULL) && *c; c++)
        *c = *c & 0x80 ? '?' : *c;
    text_clean(said.s);
    keep_line(job, said.s);
    return size * count;
}

/* The last command that we sent, which the server answers. */
static int command(CURL *curl, curl_infotype type, char *bytes, size_t length, void *arg)
{
    struct smtp_job *job = arg;

    (void)curl;
    if (type == CURLINFO_HEADER_OUT && length >= 4 && strncmp(bytes, "QUIT", 4) != 0)
        memcpy(job->command, bytes, 4);
    return 0;
}

static void set_up(struct smtp_job *job, const struct smtp_server *s, const char *from)
{
    char url[400];
    bool v6 = strchr(s->host, ':') != NULL;

    snprintf(url, sizeof url, "%s://%s%s%s:%ld/%s", s->tls == SMTP_IMPLICIT ? "smtps" : "smtp",
             v6 ? "[" : "", s->host, v6 ? "]" : "", s->port, s->helo);
    curl_easy_setopt(job->curl, CURLOPT_URL, url);
    curl_easy_setopt(job->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(job->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(job->curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(job->curl, CURLOPT_MAIL_RCPT, job->to);
    curl_easy_setopt(job->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(job->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)job->bytes.length);
    curl_easy_setopt(job->curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(job->curl, CURLOPT_READDATA, job);
    curl_easy_setopt(job->curl, CURLOPT_SEEKFUNCTION, rewind_to);
    curl_easy_setopt(job->curl, CURLOPT_SEEKDATA, job);
    curl_easy_setopt(job->curl, CURLOPT_HEADERFUNCTION, hear);
    curl_easy_setopt(job->curl, CURLOPT_HEADERDATA, job);
    curl_easy_setopt(job->curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(job->curl, CURLOPT_DEBUGFUNCTION, command);
    curl_easy_setopt(job->curl, CURLOPT_DEBUGDATA, job);
    /* A server closes idle connections with a 421, which the next mail would take for its answer.
     */
    curl_easy_setopt(job->curl, CURLOPT_MAXAGE_CONN, 2L);
    curl_easy_setopt(job->curl, CURLOPT_ERRORBUFFER, job->error);
    curl_easy_setopt(job->curl, CURLOPT_PRIVATE, job);
    curl_easy_setopt(job->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(job->curl, CURLOPT_TIMEOUT, s->timeout_s);
    curl_easy_setopt(job->curl, CURLOPT_CONNECTTIMEOUT, s->timeout_s);
    curl_easy_setopt(job->curl, CURLOPT_USE_SSL,
                     s->tls == SMTP_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    curl_easy_setopt(job->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (*s->ca_file) {
        curl_easy_setopt(job->curl, CURLOPT_CAINFO, s->ca_file);
        curl_easy_setopt(job->curl, CURLOPT_CAPATH, (char *)NULL);
    }
    if (*s->user) {
        curl_easy_setopt(job->curl, CURLOPT_USERNAME, s->user);
        curl_easy_setopt(job->curl, CURLOPT_PASSWORD, s->password);
    }
}

struct smtp_job *smtp_job_new(const struct smtp_server *server, const char *from, const char *to,
                              struct text *bytes)
{
    struct smtp_job *job = mem_new(1, sizeof *job);

    job->bytes = *bytes;
    *bytes = (struct text){ 0 };
    job->curl = curl_easy_init();
    job->to = curl_slist_append(NULL, to);
    if (!job->curl || !job->to) {
        smtp_job_free(job);
        return NULL;
    }
    set_up(job, server, from);
    return job;
}

CURL *smtp_job_handle(const struct smtp_job *job)
{
    return job->curl;
}

void smtp_job_free(struct smtp_job *job)
{
    curl_easy_cleanup(job->curl);
    curl_slist_free_all(job->to);
    text_free(&job->bytes);
    free(job);
}

/* A 5xx is final when it answers the reader or the mail (552: it is too large, says the answer to
 * the sender too).  At the greeting, at EHLO, STARTTLS, AUTH or the sender it is about us or the
 * server, and the same for every mail. */
static bool is_final(const struct smtp_job *job)
{
    return job->last[0] == '5' && (!strcmp(job->command, "RCPT") || !strcmp(job->command, "DATA") ||
                                   !strncmp(job->last, "552", 3));
}

/* It was read whole, and what the server says since is yes, be it in another number than libcurl
 * expects. */
static bool is_taken(const struct smtp_job *job)
{
    return job->sent && job->sent == job->bytes.length && job->last[0] == '2' &&
           !strcmp(job->command, "DATA");
}

enum smtp_outcome smtp_job_end(struct smtp_job *job, CURLcode result, const char **reply)
{
    bool error = job->last[0] == '4' || job->last[0] == '5';

    *reply = job->reply;
    if (result == CURLE_OK || is_taken(job)) {
        text_line(job->reply, sizeof job->reply, job->last);
        return SMTP_DELIVERED;
    }
    if (error)
        text_line(job->reply, sizeof job->reply, job->last);
    else
        text_line(job->reply, sizeof job->reply,
                  *job->error ? job->error : curl_easy_strerror(result));
    return is_final(job) ? SMTP_REFUSED : SMTP_LATER;
}
