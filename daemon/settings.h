/* settings.h -- what a service reads at start and at each reload: the configuration and the texts
 * of mails, used whole or not at all. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <conf/conf.h>
#include <notify/letter.h>

struct settings {
    struct conf *conf;
    struct letters *letters; /* NULL: mail.from names nobody, no mail is written */
};

/* Reads both. Every mistake goes to the log, or plainly to standard error, with its file and line;
 * false: there are some, and OUT is empty. */
bool settings_read(struct settings *out, const char *path, bool to_log);
void settings_free(struct settings *settings);

#endif
