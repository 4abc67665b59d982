/* Sends the same mail again and again by libcurl alone: what delivering costs without an outbox.
 *
 * usage: bench_mail PORT COUNT CONNECTIONS FILE; prints the seconds it took. */
#include <base/instant.h>
#include <base/mem.h>
#include <mail/smtp.h>
#include <stdio.h>

static struct text slurp(const char *path)
{
    struct text bytes = { 0 };
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "re");

    while (f && (n = fread(block, 1, sizeof block, f)) > 0)
        text_add(&bytes, block, n);
    if (f)
        fclose(f);
    return bytes;
}

static void start(CURLM *multi, long port, const struct text *bytes)
{
    struct smtp_server server = { .host = "127.0.0.1",
                                  .user = "",
                                  .password = "",
                                  .ca_file = "",
                                  .helo = "bench",
                                  .port = port,
                                  .timeout_s = 60 };
    struct text copy = { 0 };

    text_add(&copy, bytes->s, bytes->length);
    curl_multi_add_handle(
        multi, smtp_job_handle(smtp_job_new(&server, "a@bench.example", "b@bench.example", &copy)));
}

/* Ends what is done; answers how many were. */
static long collect(CURLM *multi, long *failed)
{
    CURLMsg *message;
    long done = 0;
    int left;

    while ((message = curl_multi_info_read(multi, &left))) {
        CURL *curl = message->easy_handle;
        CURLcode result = message->data.result;
        struct smtp_job *job;
        const char *reply;

        curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&job);
        *failed += smtp_job_end(job, result, &reply) != SMTP_DELIVERED;
        curl_multi_remove_handle(multi, curl);
        smtp_job_free(job);
        done++;
    }
    return done;
}

int main(int argc, char **argv)
{
    long port, count, connections, started = 0, done = 0, failed = 0;
    struct text bytes;
    CURLM *multi;
    int64_t began, ms;

    if (argc != 5)
        return 2;
    port = strtol(argv[1], NULL, 10);
    count = strtol(argv[2], NULL, 10);
    connections = strtol(argv[3], NULL, 10);
    bytes = slurp(argv[4]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
    began = monotonic_ms();
    while (done < count) {
        int running;

        while (started < count && started - done < connections) {
            start(multi, port, &bytes);
            started++;
        }
        curl_multi_perform(multi, &running);
        done += collect(multi, &failed);
        if (done < count && running)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    ms = monotonic_ms() - began;
    printf("%lld.%03lld\n", (long long)(ms / 1000), (long long)(ms % 1000));
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    text_free(&bytes);
    return failed != 0;
}
