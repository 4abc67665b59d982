/* wire/json.h -- JSON of answers, with jansson. */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <base/mem.h>
#include <jansson.h>
#include <wire/command.h>

void json_freep(json_t **jsonp);

/* Adds "totals": for each table of the command in RESULT its count, and the sums of the columns
 * that are totalled. Computed once, here, for every reader. */
void wire_add_totals(const struct wire_command *command, json_t *result);

#endif
