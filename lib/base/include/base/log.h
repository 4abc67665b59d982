/* base/log.h -- one line a message, for the person on duty.
 *
 * The level says who acts: err someone, now; warning someone, today; notice business happened;
 * info detail; debug the developer.  Lines go to standard error; under systemd with the level as
 * journald's "<N>" prefix.  Full IBANs, mail bodies and tokens never pass through here. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
    LOG_LEVEL_ERR = 3,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* "warning"; a name that is none is LOG_LEVEL_INFO. */
enum log_level log_level_find(const char *name);

/* Lines above LEVEL are dropped; the default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

#define log_err(...) log_write(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
