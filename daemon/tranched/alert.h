/* alert.h -- what somebody must hear of though nobody asks: a file that leaves the machine without
 * the database.  systemd watches it (tranched-alert.path) and starts the service that tells.
 *
 * It is there as long as a cause stands, a line for each, and is written anew when one changes. */
#ifndef TRANCHED_ALERT_H
#define TRANCHED_ALERT_H

enum alert_cause {
    ALERT_DATABASE, /* away for longer than alert.after_seconds */
    ALERT_DOUBT,    /* the database does not fit what was seen of it */
    ALERT_FILES,    /* order files wait for a person */
    ALERT_ANSWERS,  /* answers contradict what is proven of an order */
    ALERT_TROUBLE,  /* a step has been failing for as long */
    ALERT_INBOX,    /* so has the inbox */
    ALERT_CAUSES
};

struct alert {
    const char *path;
    char text[ALERT_CAUSES][512];
};

/* Takes away what an earlier process left at PATH, which must outlive the alert. */
void alert_begin(struct alert *alert, const char *path);

/* TEXT says what happened and what to do; "": CAUSE is over. A failing disk is logged. */
void alert_set(struct alert *alert, enum alert_cause cause, const char *text);

#endif
