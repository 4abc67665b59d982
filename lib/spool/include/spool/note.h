/* spool/note.h -- a small text kept twice, beside the folders and inside the archive: it outlives
 * the database, and one of the folders. */
#ifndef SPOOL_NOTE_H
#define SPOOL_NOTE_H

#include <base/text.h>
#include <spool/spool.h>

enum spool_note_place { SPOOL_NOTE_STATE, SPOOL_NOTE_ARCHIVE, SPOOL_NOTE_PLACES };

/* Writes TEXT as the note NAME at both places, each whole and on disk. */
int spool_note_write(struct spool *spool, const char *name, const char *text);

/* Reads one of them; TEXT stays empty when there is none. */
int spool_note_read(struct spool *spool, enum spool_note_place place, const char *name,
                    struct text *text);

/* The visible names in the archive, in ARENA. */
int spool_archived(struct spool *spool, struct arena *arena, const char ***names, size_t *count);

/* All bytes of the archive's NAME. SPOOL_E_GONE: there is none. */
int spool_archive_read(struct spool *spool, const char *name, struct text *bytes);

#endif
