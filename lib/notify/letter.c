/* Loading the texts of mails, and every mistake in them. */
#include "text_file.h"
#include <base/text.h>
#include <base/tr.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { FILE_MAX = 64 * 1024 };

struct letters {
    struct arena *arena;
    struct text_file *files;
    size_t count;
};

/* What is being loaded. */
struct loading {
    struct letters *letters;
    letter_fault *fault;
    void *arg;
    const char *folder;
    const char *file; /* below the folder */
    size_t faults;
};

static const char *const FIELDS[LETTER_FIELDS] = {
    [LETTER_PLACE] = "place",
    [LETTER_WHAT] = "what",
    [LETTER_WHY] = "why",
    [LETTER_AMOUNT] = "amount",
    [LETTER_UNTIL] = "until",
    [LETTER_DAY] = "day",
    [LETTER_ABOUT] = "about",
    [LETTER_SCHEME] = "scheme",
    [LETTER_CONVENTION] = "convention",
    [LETTER_TRANCHE] = "tranche",
    [LETTER_BENEFICIARY] = "beneficiary",
    [LETTER_PROJECT] = "project",
    [LETTER_PERSON] = "person",
    [LETTER_READER] = "reader",
    [LETTER_AUTHORITY] = "authority",
    [LETTER_HEAD] = "head",
    [LETTER_REF] = "ref",
    [LETTER_LIST] = "list",
};

const char *letter_field_name(enum letter_field field)
{
    return FIELDS[field];
}

int text_file_next(const char **at, const char **start, size_t *length)
{
    const char *open = strchr(*at, '{'), *close;

    *start = *at;
    *length = open ? (size_t)(open - *at) : strlen(*at);
    if (!open) {
        *at += *length;
        return LETTER_FIELDS;
    }
    close = strchr(open, '}');
    if (!close)
        return -1;
    *at = close + 1;
    for (int f = 0; f < LETTER_FIELDS; f++)
        if (strlen(FIELDS[f]) == (size_t)(close - open - 1) &&
            !strncmp(FIELDS[f], open + 1, (size_t)(close - open - 1)))
            return f;
    return -1;
}

__attribute__((format(printf, 3, 4))) static void fault(struct loading *l, unsigned line,
                                                        const char *format, ...)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    va_list ap;

    l->faults++;
    va_start(ap, format);
    l->fault(l->arg, l->file, line, arena_vprintf(arena, format, ap));
    va_end(ap);
}

/* Notes in SEEN what LINE names. */
static void check_line(struct loading *l, unsigned number, const char *line, bool *seen)
{
    const char *at = line, *start;
    size_t length;
    int field;

    while ((field = text_file_next(&at, &start, &length)) != LETTER_FIELDS) {
        if (field < 0) {
            fault(l, number, _("no such placeholder: %.40s"), start + length);
            return;
        }
        seen[field] = true;
        if (field == LETTER_LIST && strcmp(line, "{list}") != 0)
            fault(l, number, _("{list} stands alone in its line, and not in the subject"));
    }
}

static void check_must(struct loading *l, const struct text_file *file, const bool *seen)
{
    CLEANUP(mem_freep) char *must = mem_strdup(file->kind->must);
    char *rest = NULL;

    for (char *word = strtok_r(must, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        for (int f = 0; f < LETTER_FIELDS; f++)
            if (!strcmp(FIELDS[f], word) && !seen[f])
                fault(l, 0, _("{%s} is missing"), word);
}

/* Cuts BYTES into lines, in place. */
static void parse(struct loading *l, const struct mail_kind *kind, const char *scheme, char *bytes)
{
    struct text_file *file = arena_push(l->letters->arena, l->letters->files, l->letters->count);
    bool seen[LETTER_FIELDS] = { false };
    unsigned number = 0;
    char *line;

    *file = (struct text_file){ .kind = kind, .scheme = scheme, .subject = "" };
    while ((line = strsep(&bytes, "\n"))) {
        number++;
        if (text_has_control(line))
            fault(l, number, _("it has a control character"));
        if (number == 1 && strncmp(line, "Subject: ", 9) != 0)
            fault(l, number, _("the first line is \"Subject: ...\""));
        else if (number == 1)
            file->subject = line + 9;
        else if (number == 2 && *line)
            fault(l, number, _("the second line is empty"));
        else if (number > 2)
            *arena_push(l->letters->arena, file->lines, file->line_count) = line;
        check_line(l, number, number == 1 ? file->subject : line, seen);
        if (number == 1 && !seen[LETTER_PLACE])
            fault(l, number, _("the subject names {place}"));
    }
    check_must(l, file, seen);
}

static char *slurp(struct loading *l, const char *path)
{
    char *bytes = arena_alloc(l->letters->arena, FILE_MAX + 1);
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f) {
        fault(l, 0, _("cannot be read: %s"), strerror(errno));
        return NULL;
    }
    n = fread(bytes, 1, FILE_MAX, f);
    if (ferror(f) || n == FILE_MAX || memchr(bytes, '\0', n) || !text_is_utf8(bytes, n, NULL)) {
        fault(l, 0, _("it is no text of less than 64 KiB in UTF-8"));
        bytes = NULL;
    }
    (void)fclose(f);
    return bytes;
}

static void load_file(struct loading *l, const char *path, const char *scheme, const char *name)
{
    struct arena *arena = l->letters->arena;
    size_t length = strlen(name);
    const struct mail_kind *kind = NULL;
    char *bytes;

    l->file = arena_strdup(arena, path + strlen(l->folder) + 1);
    if (length > 4 && !strcmp(name + length - 4, ".txt"))
        kind = mail_kind_find(arena_strndup(arena, name, length - 4));
    if (!kind) {
        fault(l, 0, _("there is no such kind of mail"));
        return;
    }
    bytes = slurp(l, path);
    if (bytes)
        parse(l, kind, scheme, bytes);
}

/* All texts in PATH; folders in it are those of schemes, unless this is one. */
static void load_folder(struct loading *l, const char *path, const char *scheme)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    l->file = path;
    if (!dir) {
        fault(l, 0, _("cannot be read: %s"), strerror(errno));
        return;
    }
    while ((entry = readdir(dir))) {
        const char *below = arena_printf(l->letters->arena, "%s/%s", path, entry->d_name);
        struct stat st;

        if (entry->d_name[0] == '.')
            continue;
        if (!scheme && stat(below, &st) == 0 && S_ISDIR(st.st_mode))
            load_folder(l, below, arena_strdup(l->letters->arena, entry->d_name));
        else
            load_file(l, below, scheme, entry->d_name);
    }
    closedir(dir);
}

static void check_all_there(struct loading *l, const char *language)
{
    const struct mail_kind *kind;

    for (size_t i = 0; (kind = mail_kind_at(i)); i++) {
        l->file = arena_printf(l->letters->arena, "%s/%s.txt", language, kind->name);
        if (!letters_find(l->letters, kind, NULL))
            fault(l, 0, _("the text of this kind of mail is missing"));
    }
}

struct letters *letters_load(const char *folder, const char *language, letter_fault *on_fault,
                             void *arg)
{
    struct letters *letters = mem_new(1, sizeof *letters);
    struct loading l = { .letters = letters, .fault = on_fault, .arg = arg, .folder = folder };

    letters->arena = arena_new();
    load_folder(&l, arena_printf(letters->arena, "%s/%s", folder, language), NULL);
    if (!l.faults)
        check_all_there(&l, language);
    if (!l.faults)
        return letters;
    letters_free(letters);
    return NULL;
}

void letters_free(struct letters *letters)
{
    if (letters)
        arena_free(letters->arena);
    free(letters);
}

const struct text_file *letters_find(const struct letters *letters, const struct mail_kind *kind,
                                     const char *scheme)
{
    const struct text_file *common = NULL;

    for (size_t i = 0; i < letters->count; i++) {
        const struct text_file *file = &letters->files[i];

        if (file->kind != kind)
            continue;
        if (file->scheme && scheme && !strcmp(file->scheme, scheme))
            return file;
        if (!file->scheme)
            common = file;
    }
    return common;
}
