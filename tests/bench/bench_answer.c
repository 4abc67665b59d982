/* Reads an answer and keeps nothing: prints entries, seconds, peak memory in KiB. */
#include <base/mem.h>
#include <sepa/answer.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static int read_file(void *arg, char *buffer, int room)
{
    return (int)fread(buffer, 1, (size_t)room, arg);
}

static int restart_file(void *arg)
{
    rewind(arg);
    return 0;
}

static int64_t entries;

static int see_head(void *arg, const struct answer_head *head)
{
    (void)arg;
    (void)head;
    return 0;
}

static int see_status(void *arg, const struct answer_status *status)
{
    (void)arg;
    (void)status;
    return 0;
}

static int see_account(void *arg, const struct answer_account *account)
{
    (void)arg;
    (void)account;
    return 0;
}

static int see_entry(void *arg, const struct answer_entry *entry)
{
    (void)arg;
    (void)entry;
    entries++;
    return 0;
}

static int see_batch(void *arg, const struct answer_batch *batch)
{
    (void)arg;
    (void)batch;
    return 0;
}

static int see_detail(void *arg, const struct answer_detail *detail)
{
    (void)arg;
    (void)detail;
    return 0;
}

int main(int argc, char **argv)
{
    const struct answer_sink sink = { see_head,  see_status, see_account, see_entry,
                                      see_batch, see_detail, NULL };
    FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;
    const struct answer_source source = { read_file, restart_file, f };
    CLEANUP(text_free) struct text why = { 0 };
    struct timespec before, after;
    struct rusage usage;

    if (!f)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (answer_read(&source, &sink, &why)) {
        fprintf(stderr, "%s: %s\n", argv[1], why.s);
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    getrusage(RUSAGE_SELF, &usage);
    printf("%lld %.6f %ld\n", (long long)entries,
           (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9,
           usage.ru_maxrss);
    fclose(f);
    return 0;
}
