/* base/err.h -- errors, in two kinds that never mix.
 *
 * A function returns 0 when it did what its name says.  A *negative* value means that something
 * broke (memory, the disk, the database): nobody judges it, everybody passes it up unchanged with
 * err_trace().  A *positive* value is an outcome that the function's own header documents: the
 * caller decides about it and may not pass it on. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Broken things that errno has no word for. */
enum {
    ERR_DB = -2001,      /* the database refused a statement that should have worked */
    ERR_DB_AWAY = -2002, /* no connection, or it was lost before COMMIT was sent */
    ERR_UNKNOWN = -2003, /* COMMIT was sent and its outcome is not known: look, never guess */
    ERR_LIBRARY = -2004, /* a library failed without saying more */
    ERR_DAMAGED = -2005, /* stored data contradicts itself: set the record aside */
};

/* Records where and why something broke, and returns CODE (negative errno or one of the above). */
#define err_raise(code, ...) err_note(__FILE__, __LINE__, __func__, (code), __VA_ARGS__)

/* Passes a negative CODE up, with one more line of where it went through. */
#define err_trace(code) err_pass(__FILE__, __LINE__, __func__, (code))

/* What was raised last in this process, for the person who asks why nothing goes on; "" for
 * nothing. */
const char *err_last(void);

/* TEXT is what was raised last, though other things broke since. */
void err_recall(const char *text);

int err_note(const char *file, int line, const char *func, int code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
int err_pass(const char *file, int line, const char *func, int code);

#endif
