/* What the two parsers of this floor share: bytes into a libconfig tree, and nothing behind our
 * back. */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include <base/text.h>
#include <conf/faults.h>
#include <libconfig.h>

/* Parses LENGTH bytes into CFG (initialised, to be destroyed by the caller). False with a fault:
 * not UTF-8, an "@include" (libconfig would follow it, even out of a comment's neighbourhood), or
 * a syntax error (libconfig reports only the first). */
bool parse_bytes(config_t *cfg, const char *bytes, size_t length, struct faults *faults);

unsigned parse_line(const config_setting_t *setting);

#endif
