/* Any command by anybody with any arguments: the first byte says which, the second by whom, the
 * rest is the JSON of its arguments, or the file where it takes one. It is done or refused. */
#include "service.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A file's bytes, with the arguments that one needs. */
static json_t *file_args(struct request *request, const char *bytes, size_t length)
{
    request->body = bytes;
    request->body_length = length;
    return json_pack("{s:s, s:s}", "file-name", "fuzz", "scheme", "LAB-2023");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct caller callers[] = { { "claire", ROLE_OFFICER },
                                             { "paul", ROLE_APPROVER },
                                             { "admin", ROLE_ADMIN },
                                             { "somebody", ROLE_VIEWER } };
    const char *rest = (const char *)bytes + 2;
    const struct wire_arg *file;
    struct request request = { 0 };
    CLEANUP(json_freep) json_t *args = NULL;

    if (length < 2)
        return 0;
    request.command = &WIRE_COMMANDS[bytes[0] % WIRE_COMMANDS_COUNT];
    request.caller = callers[bytes[1] % (sizeof callers / sizeof *callers)];
    file = wire_file_arg(request.command);
    args = file && file->required ? file_args(&request, rest, length - 2)
                                  : json_loadb(rest, length - 2, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(args))
        return 0; /* refused before it is a command */
    request.args = args;
    service_call(&request, bytes, length);
    return 0;
}
