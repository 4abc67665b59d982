/* service.h -- the use cases of a rehearsal whose daemon does not run, for fuzzers to call; it is
 * opened when the fuzzer starts, which ends when that fails.
 *
 * FUZZ_CONF names its configuration.  What was taken in stays, so that later bytes meet what
 * earlier ones left; test_fuzz.py checks the books afterwards. */
#ifndef FUZZ_SERVICE_H
#define FUZZ_SERVICE_H

#include <app/app.h>

/* Carries REQUEST out under an id of its own, digested from BYTES. "Something is broken" breaks the
 * program. Answers the status. */
int service_call(struct request *request, const uint8_t *bytes, size_t length);

#endif
