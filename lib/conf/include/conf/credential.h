/* credential.h -- secrets that systemd hands over (LoadCredential=), never in the configuration. */
#ifndef CONF_CREDENTIAL_H
#define CONF_CREDENTIAL_H

#include <stdbool.h>

enum { CREDENTIAL_MAX = 1024 };

/* The one line of the file NAME in $CREDENTIALS_DIRECTORY (systemd.exec(5)) into OUT; "" when there
 * is no such folder or file.  false: there is one that cannot be read, or has not just one line of
 * less than CREDENTIAL_MAX bytes; this is logged, without what stands in it. */
bool credential_read(const char *name, char out[static CREDENTIAL_MAX]);

/* Nothing of the secret stays in OUT. */
void credential_forget(char out[static CREDENTIAL_MAX]);

#endif
