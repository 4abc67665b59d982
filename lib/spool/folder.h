/* folder.h -- inside this floor: folders and whole writes. */
#ifndef SPOOL_FOLDER_H
#define SPOOL_FOLDER_H

#include <base/mem.h>
#include <base/text.h>
#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

/* The folder NAME under STATE_DIR, made with MODE when it is missing; -1 with errno. */
int folder_open(const char *state_dir, const char *name, mode_t mode);

/* FOLDER for reading, from its beginning; NULL with errno. */
DIR *folder_read(int folder);

/* All LENGTH bytes, however often the system cuts the write; 0 or a negative errno. */
int write_all(int fd, const char *bytes, size_t length);

/* Writes NAME into FOLDER: whole and on disk, with the folder's entry, or not there at all. What
 * was there under that name is removed first. A failed fsync proves nothing about a second one, so
 * the file is deleted and written anew next time. */
int file_write(int folder, const char *name, const void *bytes, size_t length);

/* The same by a temporary name and a rename: NAME is the old file or the whole new one. */
int file_replace(int folder, const char *name, const void *bytes, size_t length);

/* Appends all bytes of NAME in FOLDER; 0 or a negative errno, nothing raised. */
int file_read(int folder, const char *name, struct text *bytes);

/* The names in FOLDER that do not begin with a dot, in ARENA. */
int folder_names(int folder, struct arena *arena, const char ***names, size_t *count);

/* For CLEANUP. */
void close_fd(int *fd);
void dir_freep(DIR **dir);

#endif
