/* The lead: who may decide. The lease row is judged by the database's clock alone. */
#include "call.h"
#include <base/failpoint.h>
#include <base/log.h>
#include <stdio.h>

/* Where our files go. The archive may have been out of reach when the daemon was started. */
static int know_host(struct app *app)
{
    const char *archive;
    int r = spool_id(app->spool, &archive);

    snprintf(app->host, sizeof app->host, "%s/%s", app->machine, archive);
    return r;
}

/* Who is seen to lead twice, by a lease that it renewed, is alive, and so is what it leads. */
static int stand_by(struct app *app, const struct lease *lease)
{
    bool alive = lease->until_ms > 0 && !strcmp(app->other, lease->holder);

    snprintf(app->other, sizeof app->other, "%s", lease->holder);
    if (alive && witness_stand_by(app) < 0)
        log_warning("%s", err_last());
    return STORE_E_NONE;
}

int app_lead(struct app *app, struct lease *lease)
{
    int64_t highest = 0;
    int r = know_host(app);

    if (!r)
        r = spool_highest_lease(app->spool, &highest);
    app->stirred = true;
    app->settled = false;
    app->readers_known = false;
    app->week = DATE_NONE;
    app->lease = 0;
    app->doubt[0] = '\0'; /* who stands by has none */
    memset(&app->verified, 0, sizeof app->verified);
    app->noted.last_id = 0; /* of another time, perhaps of another database */
    if (!r)
        r = store_begin(app->work);
    if (r < 0)
        return err_trace(r);
    r = store_lease_take(app->work, app->holder, highest, lease_seconds(app), lease);
    if (r) {
        store_rollback(app->work);
        return r == STORE_E_NONE ? stand_by(app, lease) : r;
    }
    app->took_over = app->took_over || *app->other;
    app->other[0] = '\0';
    r = store_commit(app->work);
    if (!r) {
        app->lease = lease->number;
        FAILPOINT(lead_taken);
        log_notice("leading, under lease number %lld", (long long)app->lease);
        r = witness_check(app);
        app->lease = r ? 0 : app->lease;
    }
    return r;
}

int app_lead_on(struct app *app)
{
    int r = leader_end(app, leader_begin(app));

    if (r == STORE_E_NONE) {
        log_warning("lease number %lld is over: standing by", (long long)app->lease);
        app->lease = 0;
    }
    return r;
}

void app_step_down(struct app *app)
{
    int r;

    if (!app->work || !app->lease)
        return;
    r = leader_begin(app); /* while the row is ours nobody else begins to lead */
    if (!r && app->settled && stopped_in_order(app) != 0)
        log_warning("%s", err_last());
    if (!r)
        r = store_lease_release(app->work, app->holder, app->lease);
    leader_end(app, r);
    app->lease = 0;
}
