/* print.h -- answers for people: cards and tables with totals, or CSV; refusals with their remedy.
 */
#ifndef TRANCHECTL_PRINT_H
#define TRANCHECTL_PRINT_H

#include <base/text.h>
#include <wire/json.h>

void print_answer(const struct wire_command *command, json_t *body);

/* The same as CSV. */
void print_csv(const struct wire_command *command, json_t *body);

/* S as a reader of a column of KIND sees it: stored words in their language. */
void words_text(struct text *out, enum wire_kind kind, const char *s);

/* On standard error. */
void print_refusal(json_t *body);

/* Any answer, for programs. */
void print_json(const json_t *body);

#endif
