/* A deciding transaction: it begins by renewing the lease, and is nothing without it. */
#include "call.h"

int lease_seconds(const struct app *app)
{
    return (int)app->conf->lease_seconds;
}

int leader_begin(struct app *app)
{
    int r = store_begin(app->work);

    return r ? r : store_lease_renew(app->work, app->holder, app->lease, lease_seconds(app));
}

int leader_end(struct app *app, int outcome)
{
    if (!outcome)
        return store_commit(app->work);
    store_rollback(app->work);
    return outcome;
}
