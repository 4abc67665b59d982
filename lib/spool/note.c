#include "folder.h"
#include "place.h"
#include <base/err.h>
#include <errno.h>
#include <fcntl.h>
#include <spool/note.h>
#include <stdio.h>
#include <unistd.h>

static int place_folder(struct spool *spool, enum spool_note_place place)
{
    return place == SPOOL_NOTE_ARCHIVE ? dup(spool->archive)
                                       : open(spool->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Hidden, so that it is never taken for an order file. */
static void hidden_name(char out[static 200], const char *name)
{
    snprintf(out, 200, ".%s", name);
}

int spool_note_write(struct spool *spool, const char *name, const char *text)
{
    char hidden[200];
    int r = place_follow(spool);

    hidden_name(hidden, name);
    for (int p = 0; !r && p < SPOOL_NOTE_PLACES; p++) {
        CLEANUP(close_fd) int folder = place_folder(spool, (enum spool_note_place)p);

        r = folder < 0 ? err_raise(-errno, "%s: %s", spool->state_dir, strerror(errno))
                       : file_replace(folder, hidden, text, strlen(text));
    }
    return r;
}

int spool_note_read(struct spool *spool, enum spool_note_place place, const char *name,
                    struct text *text)
{
    int r = place_follow(spool);
    CLEANUP(close_fd) int folder = r < 0 ? -1 : place_folder(spool, place);
    char hidden[200];

    text_add(text, "", 0);
    hidden_name(hidden, name);
    if (r < 0)
        return err_trace(r);
    if (folder < 0)
        return err_raise(-errno, "%s: %s", spool->state_dir, strerror(errno));
    r = file_read(folder, hidden, text);
    return r == -ENOENT ? 0 : r < 0 ? err_raise(r, "%s: %s", name, strerror(-r)) : 0;
}

int spool_archived(struct spool *spool, struct arena *arena, const char ***names, size_t *count)
{
    int r = place_follow(spool);

    return r ? r : folder_names(spool->archive, arena, names, count);
}

int spool_archive_read(struct spool *spool, const char *name, struct text *bytes)
{
    int r = place_follow(spool);

    if (!r)
        r = file_read(spool->archive, name, bytes);
    return r == -ENOENT ? SPOOL_E_GONE
           : r < 0      ? err_raise(r, "archive: %s: %s", name, strerror(-r))
                        : 0;
}
