/* tell.h -- inside this floor: the mails that come with journal rows. */
#ifndef APP_TELL_H
#define APP_TELL_H

#include "call.h"
#include <notify/letter.h>

/* Adds what every letter may name: the authority, and the place in front of the subject. */
void letter_place(struct arena *arena, const struct conf *conf, struct letter_facts *facts);

#endif
