#include <conf/credential.h>
#include <base/log.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool credential_read(const char *name, char out[static CREDENTIAL_MAX])
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char path[PATH_MAX];
    size_t length;
    bool failed;
    FILE *f;

    out[0] = '\0';
    if (!folder)
        return true;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "re");
    if (!f && errno == ENOENT)
        return true;
    if (!f) {
        log_err("%s: %s", path, strerror(errno));
        return false;
    }
    setvbuf(f, NULL, _IONBF, 0); /* no copy of it stays behind */
    length = fread(out, 1, CREDENTIAL_MAX, f);
    failed = ferror(f);
    (void)fclose(f);
    if (length && length < CREDENTIAL_MAX && out[length - 1] == '\n')
        length--;
    if (!failed && length && length < CREDENTIAL_MAX && !memchr(out, '\n', length) &&
        !memchr(out, '\0', length)) {
        out[length] = '\0';
        return true;
    }
    credential_forget(out);
    log_err("%s: one line of less than %d bytes is needed", path, CREDENTIAL_MAX);
    return false;
}

void credential_forget(char out[static CREDENTIAL_MAX])
{
    explicit_bzero(out, CREDENTIAL_MAX);
}
