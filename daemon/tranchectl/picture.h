/* picture.h -- a forecast as a picture that finance can paste: SVG, without script or outside
 * parts.
 */
#ifndef TRANCHECTL_PICTURE_H
#define TRANCHECTL_PICTURE_H

#include <base/text.h>
#include <jansson.h>

/* The months of BODY as bars. */
void picture_draw(struct text *out, json_t *body);

/* Draws BODY into the file PATH; 0, or -1 with a message on standard error. */
int picture_write(const char *path, json_t *body);

#endif
