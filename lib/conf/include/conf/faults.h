/* conf/faults.h -- all mistakes of one file, each with its place. */
#ifndef CONF_FAULTS_H
#define CONF_FAULTS_H

#include <base/mem.h>

struct fault {
    unsigned line;   /* 0: the file as a whole */
    unsigned column; /* 0: the whole line */
    const char *text;
};

/* A file that is wrong from one end to the other is told so in a hundred lines. */
enum { FAULTS_MAX = 100, FAULT_TEXT_MAX = 300 };

struct faults {
    struct arena *arena; /* owns the texts */
    struct fault *list;  /* the first FAULTS_MAX of them */
    size_t listed;
    size_t count; /* of all */
};

void faults_add(struct faults *faults, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
