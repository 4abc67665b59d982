/* The writer alone: N transactions into a digest, no database. Prints N, seconds, bytes, peak KiB. */
#include <base/mem.h>
#include <base/text.h>
#include <digest/digest.h>
#include <inttypes.h>
#include <sepa/pain001.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

struct output {
    struct digest_sum *sum;
    size_t bytes;
};

static int take(void *arg, const char *bytes, size_t length)
{
    struct output *out = arg;

    digest_add(out->sum, bytes, length);
    out->bytes += length;
    return 0;
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int write_all_of(unsigned n, struct output *out)
{
    CLEANUP(pain001_freep) struct pain001 *writer = NULL;
    struct siret siret;
    struct iban iban, debtor;
    struct bic bic;
    struct pain001_header header = {
        .message_id = "CABBALR-2024-L1-1",
        .tx_count = n,
        .total = { (int64_t)n * 600000 },
        .initiator = "CA BETHUNE-BRUAY ARTOIS LYS ROMANE",
        .initiator_siret = &siret,
        .execution_on = date_from_ymd(2024, 1, 2),
        .debtor = "CA BETHUNE-BRUAY ARTOIS LYS ROMANE",
        .debtor_iban = &debtor,
        .debtor_bic = &bic,
    };
    int r = siret_parse(&siret, "20007246000013") | iban_parse(&iban, "DE89370400440532013000") |
            iban_parse(&debtor, "FR7630001007941234567890185") | !bic_parse(&bic, "BDFEFRPPCCT");

    instant_zone("Europe/Paris");
    header.created_at = instant_from_local(header.execution_on, 9);
    if (!r)
        r = pain001_begin(&writer, &header, take, out);
    for (unsigned i = 0; !r && i < n; i++) {
        char id[40], remittance[80];
        struct pain001_tx tx = { .end_to_end_id = id,
                                 .amount = { 600000 },
                                 .creditor = "Société des étangs et forêts d'Artois",
                                 .creditor_siret = &siret,
                                 .creditor_iban = &iban,
                                 .remittance = remittance };

        snprintf(id, sizeof id, "2024-L1-1-%u", i + 1);
        snprintf(remittance, sizeof remittance, "Subvention convention LAB2-%u versement avance", i);
        r = pain001_add(writer, &tx);
    }
    return r ? r : pain001_end(writer);
}

int main(int argc, char **argv)
{
    int64_t n = 0;
    struct output out = { .sum = digest_begin() };
    struct sha256 digest;
    struct rusage usage;
    double started = now(), took;
    int r;

    if (argc != 2 || !text_to_i64(argv[1], 1, 10000000, &n))
        return 2;
    r = write_all_of((unsigned)n, &out);
    took = now() - started;
    if (digest_end(out.sum, &digest) < 0 || r) {
        fprintf(stderr, "bench_pain001: the writer answered %d\n", r);
        return 1;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%" PRId64 " %.6f %zu %ld\n", n, took, out.bytes, usage.ru_maxrss);
    return 0;
}
