#include <archive.h>
#include <archive_entry.h>
#include <base/mem.h>
#include <base/tr.h>
#include <spool/unzip.h>

enum { FILES_MAX = 1000, PART = 65536 };

bool is_zip(const char *bytes, size_t length)
{
    return length > 4 && !memcmp(bytes, "PK\003\004", 4);
}

static void archive_freep(struct archive **archive)
{
    archive_read_free(*archive);
}

static int say_broken(struct archive *archive, struct text *why)
{
    const char *cause = archive_error_string(archive);

    text_addf(why, _("the ZIP cannot be read: %s"), cause ? cause : "");
    return UNZIP_E_BROKEN;
}

static int read_member(struct archive *archive, const struct unzip_sink *sink, struct text *why)
{
    CLEANUP(mem_freep) char *part = mem_new(1, PART);
    la_ssize_t n;

    while ((n = archive_read_data(archive, part, PART)) > 0) {
        int r = sink->part(sink->arg, part, (size_t)n);

        if (r)
            return r;
    }
    return n < 0 ? say_broken(archive, why) : sink->end(sink->arg);
}

int unzip(const char *bytes, size_t length, const struct unzip_sink *sink, struct text *why)
{
    CLEANUP(archive_freep) struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    int files = 0, r = 0, e;

    archive_read_support_format_zip(archive);
    if (archive_read_open_memory(archive, bytes, length) != ARCHIVE_OK)
        return say_broken(archive, why);
    while (!r && (e = archive_read_next_header(archive, &entry)) != ARCHIVE_EOF) {
        const char *name = archive_entry_pathname(entry);

        if (e != ARCHIVE_OK && e != ARCHIVE_WARN)
            return say_broken(archive, why);
        if (archive_entry_filetype(entry) != AE_IFREG)
            continue;
        if (++files > FILES_MAX) {
            text_addf(why, _("there are more than %d files in the ZIP"), FILES_MAX);
            return UNZIP_E_MANY;
        }
        r = sink->begin(sink->arg, name ? name : "?");
        if (!r)
            r = read_member(archive, sink, why);
    }
    return r;
}
