#include "settings.h"
#include <base/log.h>
#include <base/text.h>
#include <stdio.h>

struct telling {
    bool to_log;
    const char *folder;
};

static void tell(const struct telling *t, const char *file, unsigned line, const char *what)
{
    CLEANUP(text_free) struct text out = { 0 };

    if (line)
        text_addf(&out, "%s:%u: %s", file, line, what);
    else
        text_addf(&out, "%s: %s", file, what);
    if (t->to_log)
        log_err("%s", out.s);
    else
        fprintf(stderr, "%s\n", out.s);
}

static void on_letter_fault(void *arg, const char *file, unsigned line, const char *what)
{
    const struct telling *t = arg;
    CLEANUP(text_free) struct text path = { 0 };

    text_addf(&path, "%s%s%s", *file == '/' ? "" : t->folder, *file == '/' ? "" : "/", file);
    tell(t, path.s, line, what);
}

bool settings_read(struct settings *out, const char *path, bool to_log)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct faults faults = { .arena = arena };
    struct telling t = { .to_log = to_log };

    *out = (struct settings){ .conf = conf_read(path, &faults) };
    for (size_t i = 0; i < faults.listed; i++)
        tell(&t, path, faults.list[i].line, faults.list[i].text);
    if (!out->conf || !*out->conf->mail.from)
        return out->conf != NULL;
    t.folder = out->conf->mail.texts;
    out->letters = letters_load(t.folder, out->conf->language, on_letter_fault, &t);
    if (out->letters)
        return true;
    settings_free(out);
    return false;
}

void settings_free(struct settings *settings)
{
    conf_free(settings->conf);
    letters_free(settings->letters);
    *settings = (struct settings){ 0 };
}
