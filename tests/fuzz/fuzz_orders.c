/* Any bytes as an answer to a table of orders that is really there: they are taken in or refused
 * as a person's command would be. */
#include "service.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    CLEANUP(json_freep) json_t *args = json_pack("{s:s}", "file-name", "fuzz.xml");
    struct request request = { .command = wire_find("answer", "import"),
                               .caller = { "claire", ROLE_OFFICER },
                               .args = args,
                               .body = (const char *)bytes,
                               .body_length = length };
    int status = service_call(&request, bytes, length);

    if (status != 200 && status != APP_CONFLICT && status != APP_INVALID)
        abort();
    return 0;
}
