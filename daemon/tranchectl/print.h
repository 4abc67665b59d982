/* print.h -- answers for people: cards and tables with totals, or CSV; refusals with their remedy. */
#ifndef TRANCHECTL_PRINT_H
#define TRANCHECTL_PRINT_H

#include <wire/json.h>

void print_answer(const struct wire_command *command, json_t *body);

/* The same as CSV. */
void print_csv(const struct wire_command *command, json_t *body);

/* On standard error. */
void print_refusal(json_t *body);

#endif
