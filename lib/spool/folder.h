/* folder.h -- inside this floor: folders and whole writes. */
#ifndef SPOOL_FOLDER_H
#define SPOOL_FOLDER_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

/* The folder NAME under STATE_DIR, made with MODE when it is missing; -1 with errno. */
int folder_open(const char *state_dir, const char *name, mode_t mode);

/* All LENGTH bytes, however often the system cuts the write; 0 or a negative errno. */
int write_all(int fd, const char *bytes, size_t length);

/* For CLEANUP. */
void close_fd(int *fd);
void dir_freep(DIR **dir);

#endif
