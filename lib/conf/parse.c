#include "parse.h"
#include <base/tr.h>

static bool text_is_clean(const char *bytes, size_t length, struct faults *faults)
{
    unsigned line = 1;
    size_t bad;

    if (!text_is_utf8(bytes, length, &bad) || memchr(bytes, '\0', length)) {
        faults_add(faults, 0, 0, _("the file is not UTF-8 text: save it as UTF-8"));
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            line++;
        if (length - i >= 8 && !memcmp(bytes + i, "@include", 8)) {
            faults_add(faults, line, 0, _("\"@include\" is not allowed: one file says it all"));
            return false;
        }
    }
    return true;
}

bool parse_bytes(config_t *cfg, const char *bytes, size_t length, struct faults *faults)
{
    CLEANUP(mem_freep) char *copy = mem_new(length + 1, 1);

    if (!text_is_clean(bytes, length, faults))
        return false;
    memcpy(copy, bytes, length);
    if (config_read_string(cfg, copy) == CONFIG_TRUE)
        return true;
    faults_add(faults, (unsigned)config_error_line(cfg), 0, _("syntax: %s"),
               config_error_text(cfg));
    return false;
}

unsigned parse_line(const config_setting_t *setting)
{
    return (unsigned)config_setting_source_line(setting);
}
