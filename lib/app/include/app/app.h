/* app/app.h -- the use cases: begin, load, decide, save, commit.
 *
 * Two doors lead in: app_call() for a person's command, app_tick() for the clock.  A command may
 * store facts and make less payable; only the leader's tick makes orders and files and moves states
 * by date.  Nothing is decided outside a transaction, nothing leaves the machine inside one. */
#ifndef APP_APP_H
#define APP_APP_H

#include <conf/conf.h>
#include <notify/letter.h>
#include <spool/inbox.h>
#include <spool/spool.h>
#include <spool/upload.h>
#include <store/instance.h>
#include <store/seal.h>
#include <wire/json.h>

struct app {
    const struct conf *conf;
    const struct letters *letters; /* NULL: no mail is written */
    struct store *work;            /* NULL while the database is away */
    struct spool *spool;
    struct uploads *uploads;
    bool rehearsal; /* as read when the connection was made */
    char holder[RANDOM_ID_MAX];
    char machine[64]; /* /etc/machine-id */
    char host[128];   /* machine and the archive's id: where our files go; known once we lead */
    char boot_id[64];
    int64_t lease;      /* our lease number; 0: standing by */
    char other[40];     /* who led when we asked last; "": nobody */
    bool readers_known; /* what waits was looked at for rights and addresses */
    struct date week;   /* the Monday whose picture was told last; unset: it is asked */
    bool settled;       /* what was out under an earlier boot was looked at since we lead */
    bool stirred;       /* something may have left the outbox since it was last looked at */
    struct {
        int64_t last_id,
            horizon; /* how far the journal went when it was last looked at; 0: nowhere */
        int64_t at;  /* seconds of the monotonic clock */
    } noted;
    struct {
        int64_t row, seal; /* the journal's last ones in the last witness */
        int64_t at;        /* when it was written, in seconds of the monotonic clock; 0: not yet */
    } witnessed;
    struct {
        struct seal last; /* up to where the leader's daily look at the journal has come */
        unsigned faults;
        unsigned told;   /* of the last look that came to its end */
        char first[256]; /* the first of them */
        int64_t at;      /* when it ended, in seconds of the monotonic clock; 0: it is to begin */
    } verified;
    char doubt[512]; /* why nothing is prepared or put out until a person has spoken; "": nothing */
    char told_doubt[512]; /* the doubt that its keepers were told of */
    bool took_over;       /* another daemon led before, and its keepers were not told yet */
    struct {
        int64_t since, next; /* seconds of the monotonic clock; 0: the database is there */
        char why[256];
    } away;
    char trouble[256]; /* why the last step failed, which is tried again; "": it did not */
};

/* Reads host and boot number and draws the holder's id. Negative: no random bytes. */
int app_init(struct app *app, const struct conf *conf, struct spool *spool,
             struct uploads *uploads);

/* Who asks. */
struct caller {
    const char *person;
    enum role role;
};

enum app_refusal {
    APP_BAD_REQUEST = 400, /* usage: an argument is missing or not what it must be */
    APP_FORBIDDEN = 403,
    APP_UNKNOWN = 404,  /* no such record */
    APP_CONFLICT = 409, /* the record is in a state that does not allow it */
    APP_INVALID = 422,  /* the input is wrong */
    APP_BROKEN = 500,
    APP_AWAY = 503, /* the database is away, or the outcome is not known */
};

struct answer {
    int status;     /* 200, or an app_refusal */
    json_t *result; /* the body, also of a refusal; the caller frees it */
    char *bytes;    /* the body when it is no JSON: the caller frees it; else NULL */
    size_t length;  /* of bytes */
    bool park;      /* the answer comes when the clock has arrived: ask app_clock_answer() */
    bool changed;   /* something was committed: look for work */
};

/* What somebody asks for. */
struct request {
    const struct wire_command *command;
    struct caller caller;
    const char *id;       /* of a command that changes something; NULL: none was sent */
    struct sha256 digest; /* of all that the client sent */
    json_t *args;         /* an object; checked against the command's table */
    const char *body;     /* of a command that takes a file */
    size_t body_length;
};

/* Carries out REQUEST. Everything about the outcome is in ANSWER. */
void app_call(struct app *app, const struct request *request, struct answer *answer);

/* Takes one part of a large body at OFFSET (text; NULL: 0). Nothing is decided and the database is
 * not asked: a command that names the upload and its SHA-256 does that. */
void app_upload(struct app *app, const struct caller *caller, const char *id, const char *offset,
                const char *bytes, size_t length, struct answer *answer);

/* Makes ANSWER a refusal, in the words of the configuration. */
void app_refuse(struct answer *answer, enum app_refusal status, const char *code, const char *hint,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Makes ANSWER say that the database is away. */
void app_away(const struct app *app, struct answer *answer);

/* Journals that a peer of a live database asked to act as somebody else. */
int app_journal_denied(struct app *app, const char *person, const char *as);

enum tick_result {
    TICK_IDLE,  /* nothing is due: sleep until *NEXT */
    TICK_AGAIN, /* a step was done: there may be more */
    TICK_LATER, /* something is due that somebody else has locked: look again in a second */
    TICK_LOST,  /* no longer the leader */
};

struct tick {
    enum tick_result result;
    struct date next;       /* the next day on which something is due; unset: none */
    struct date overdue;    /* until when somebody waits for an answer, earliest; unset: nobody */
    bool unsealed;          /* journal rows wait for a seal: look again soon */
    int64_t blocked;        /* order files that a person must look at */
    struct date look_on;    /* the next day on which a convention is looked at */
    struct date digest;     /* the day of the next digest; unset: nothing is gathered */
    bool mails_refused;     /* some, which the journal does not say yet */
    int64_t contradictions; /* answers that cannot all be true: money may have left twice */
};

/* One bounded step of the leader's work. Negative: something broke; the connection may be gone. */
int app_tick(struct app *app, struct tick *tick);

/* Takes one file out of the inbox, if a complete one is there. *WAIT_MS: when to look again; 0:
 * when something comes in. Negative: the folder is in trouble. */
int app_inbox(struct app *app, struct inbox *inbox, int64_t *wait_ms);

/* Takes the lease, or learns who has it for how long. */
int app_lead(struct app *app, struct lease *lease);

/* Renews it between steps; 0, STORE_E_NONE (lost) or negative. */
int app_lead_on(struct app *app);
void app_step_down(struct app *app);

/* After a parked "clock set": true when ANSWER says that the clock has arrived with nothing left,
 * or that it cannot. TICK is the last one. */
bool app_clock_answer(struct app *app, const struct tick *tick, struct answer *answer);

#endif
