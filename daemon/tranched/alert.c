#include "alert.h"
#include <base/log.h>
#include <base/mem.h>
#include <base/text.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void alert_begin(struct alert *alert, const char *path)
{
    *alert = (struct alert){ .path = path };
    if (unlink(path) != 0 && errno != ENOENT)
        log_warning("alert.file %s cannot be removed: %s", path, strerror(errno));
}

static int write_all(const struct alert *alert, FILE *f)
{
    for (int i = 0; i < ALERT_CAUSES; i++)
        if (*alert->text[i])
            fprintf(f, "%s\n", alert->text[i]);
    return fclose(f);
}

/* By a second name and a rename: whoever reads it sees a whole one. */
static void write_anew(const struct alert *alert)
{
    CLEANUP(text_free) struct text path = { 0 };
    FILE *f;

    text_addf(&path, "%s.new", alert->path);
    f = fopen(path.s, "we");
    if (!f || write_all(alert, f) != 0 || rename(path.s, alert->path) != 0)
        log_err("alert.file %s cannot be written: %s", alert->path, strerror(errno));
}

void alert_set(struct alert *alert, enum alert_cause cause, const char *text)
{
    char *is = alert->text[cause];
    int standing = 0;

    if (!strcmp(is, text))
        return;
    snprintf(is, sizeof alert->text[cause], "%s", text);
    if (*is)
        log_err("alert: %s", is);
    else
        log_notice("alert: one is over");
    for (int i = 0; i < ALERT_CAUSES; i++)
        standing += *alert->text[i] != '\0';
    if (standing)
        write_anew(alert);
    else if (unlink(alert->path) != 0 && errno != ENOENT)
        log_err("alert.file %s cannot be removed: %s", alert->path, strerror(errno));
}
