/* spool/upload.h -- large things on their way in, part after part, before anything is decided about
 * them.
 *
 * An upload belongs to the person who began it and is forgotten after a day.  It is no accepted
 * fact: the command that names it stores its bytes in the database. */
#ifndef SPOOL_UPLOAD_H
#define SPOOL_UPLOAD_H

#include <digest/digest.h>
#include <stdint.h>

enum { UPLOAD_PART_MAX = 1024 * 1024 }; /* bytes of one part */
/* And of the whole: it is stored in one transaction, which must end well within a lease. */
enum { UPLOAD_MAX = 256 * UPLOAD_PART_MAX };

struct uploads;

enum upload_outcome {
    UPLOAD_E_NONE = 1, /* there is no such upload of this person */
    UPLOAD_E_HOLE,     /* the part begins behind the end of what is there */
    UPLOAD_E_LARGE,    /* a part or the whole is too large */
    UPLOAD_E_DIGEST,   /* the bytes do not have the digest that was named */
    UPLOAD_E_ID,       /* an id has 1 to 64 letters, digits, "-" and "_" */
};

/* Opens STATE_DIR/uploads, made when it is missing, and forgets what is older than a day. Negative:
 * it cannot be used. */
int uploads_open(struct uploads **uploadsp, const char *state_dir);
void uploads_free(struct uploads *uploads);

/* Writes a part at OFFSET (the same part may come again; one at 0 begins anew); *SIZE is what is
 * there before or, when it is written, after it. */
int uploads_write(struct uploads *uploads, const char *person, const char *id, int64_t offset,
                  const void *bytes, size_t length, int64_t *size);

/* The bytes of an upload, mapped: they take no memory that cannot be given back. */
struct upload {
    const char *bytes;
    size_t length;
};

/* Maps an upload and checks that it has DIGEST. Release it with upload_release(). */
int uploads_map(struct uploads *uploads, const char *person, const char *id,
                const struct sha256 *digest, struct upload *out);
void upload_release(struct upload *upload);

/* Gives back the memory of the first UPTO bytes of a mapping: they will not be read again soon. */
void upload_pass(const char *bytes, size_t upto);

void uploads_remove(struct uploads *uploads, const char *person, const char *id);

/* Forgets what was last written to more than a day ago. */
void uploads_sweep(struct uploads *uploads);

#endif
