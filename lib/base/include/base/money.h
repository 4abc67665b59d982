/* base/money.h -- euro cents.  No floating point comes near money. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An amount in euro cents, never negative. A bare int64_t is never money. */
struct cents {
    int64_t v;
};

/* 999 999 999,99 EUR: the largest amount a SEPA credit transfer can carry (EPC132-08, InstdAmt). */
#define MONEY_MAX_ORDER ((struct cents){ 99999999999 })

/* The largest sum kept anywhere: ten billion euros. */
#define MONEY_MAX ((struct cents){ 1000000000000 })

/* A share of a grant, in ten-thousandths of a per cent: 60 % is 600000, the whole 1000000. */
struct share {
    int32_t e4;
};
#define SHARE_WHOLE ((struct share){ 1000000 })

enum money_outcome {
    MONEY_E_SYNTAX = 1, /* not "123", "123.4" or "123.45": blanks, commas, signs, exponents */
    MONEY_E_SCALE,      /* more than two decimals (four, for a share) */
    MONEY_E_RANGE,      /* larger than is kept, or the result would be negative */
};

/* *SUM = A + B; MONEY_E_RANGE leaves *SUM as it was. */
int cents_add(struct cents *sum, struct cents a, struct cents b);

/* *REST = A - B; MONEY_E_RANGE when B is larger, leaving *REST as it was. */
int cents_sub(struct cents *rest, struct cents a, struct cents b);

/* GRANT x SHARE, rounded down to the cent. */
struct cents cents_share(struct cents grant, struct share share);

/* Reads "5000", "5000.1" or "5000.01" (ISO 20022 decimals: a dot, no sign, no group). */
int cents_parse(struct cents *out, const char *s);

/* Reads a per cent: "60", "33.3333"; 0 to 100. */
int share_parse(struct share *out, const char *s);

#define CENTS_TEXT_MAX 32

/* "6000.00" into OUT: for files and programs. */
const char *cents_format(char out[static CENTS_TEXT_MAX], struct cents c);

/* "6 000,00" with U+202F between groups, as French staff reads it (with POINT ',' or '.'). */
const char *cents_format_local(char out[static CENTS_TEXT_MAX], struct cents c, char point);

#endif
