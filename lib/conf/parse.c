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
        if (length - i >= 4 && !memcmp(bytes + i, "\\x00", 4)) {
            faults_add(faults, line, 0, _("\"\\x00\" is no letter"));
            return false;
        }
        if (length - i >= 8 && !memcmp(bytes + i, "@include", 8)) {
            faults_add(faults, line, 0, _("\"@include\" is not allowed: one file says it all"));
            return false;
        }
    }
    return true;
}

/* libconfig's own texts, for translation. */
static const char *const TEXTS[] __attribute__((unused)) = {
    N_("syntax error"),
    N_("duplicate setting name"),
    N_("mismatched element type in array"),
};

/* libconfig names the line and not the word. */
static void add_syntax_fault(struct faults *faults, const char *bytes, unsigned line,
                             const char *text)
{
    const char *start = bytes, *end;

    for (unsigned n = 1; n < line && start; n++) {
        start = strchr(start, '\n');
        start = start ? start + 1 : NULL;
    }
    if (!start)
        start = "";
    start += strspn(start, " \t");
    end = start + strcspn(start, "\r\n");
    faults_add(faults, line, 0, _("syntax: %s: %.*s"), _(text),
               (int)(end - start < 60 ? end - start : 60), start);
}

/* What "\\xNN" made of texts comes after the look at the file. */
static bool escapes_are_clean(const config_setting_t *setting, struct faults *faults)
{
    const char *text = config_setting_type(setting) == CONFIG_TYPE_STRING
                           ? config_setting_get_string(setting)
                           : "";
    bool clean = text_is_utf8(text, strlen(text), NULL);

    if (!clean)
        faults_add(faults, parse_line(setting), 0,
                   _("the escapes of this text make no UTF-8: write the letters themselves"));
    for (int i = 0; config_setting_is_aggregate(setting) && i < config_setting_length(setting); i++)
        clean &= escapes_are_clean(config_setting_get_elem(setting, (unsigned)i), faults);
    return clean;
}

bool parse_bytes(config_t *cfg, const char *bytes, size_t length, struct faults *faults)
{
    CLEANUP(mem_freep) char *copy = mem_new(length + 1, 1);

    if (!text_is_clean(bytes, length, faults))
        return false;
    memcpy(copy, bytes, length);
    if (config_read_string(cfg, copy) == CONFIG_TRUE)
        return escapes_are_clean(config_root_setting(cfg), faults);
    add_syntax_fault(faults, copy, (unsigned)config_error_line(cfg), config_error_text(cfg));
    return false;
}

unsigned parse_line(const config_setting_t *setting)
{
    return (unsigned)config_setting_source_line(setting);
}
