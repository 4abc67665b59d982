/* What whoever keeps the service must hear of though nothing was decided: that another daemon took
 * the lead, that the database is in doubt. */
#include "tell.h"
#include <stdio.h>

int tell_keepers(struct app *app, const struct instance *instance, const struct journal_row *row)
{
    int r = leader_begin(app);

    return leader_end(app, r ? r : tell(app, instance, "tranched", row->event, row, 1));
}

int takeover_step(struct app *app, const struct instance *instance)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct journal_row row = { .kind = "leader.changed" };
    int r;

    if (!app->took_over || !app->letters)
        return 0;
    row.event = arena_printf(arena, "leader/%lld", (long long)app->lease);
    row.what = arena_printf(arena, _("another daemon leads since now, under lease number %lld"),
                            (long long)app->lease);
    row.why = _("the one before did not renew its lease");
    r = tell_keepers(app, instance, &row);
    app->took_over = app->took_over && r;
    return r;
}

int doubt_step(struct app *app, const struct instance *instance)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    struct journal_row row = { .kind = "database.doubt", .why = "" };
    char hex[SHA256_HEX_MAX];
    struct sha256 digest;
    int r;

    if (!*app->doubt || !app->letters || !strcmp(app->doubt, app->told_doubt))
        return 0;
    r = digest_sha256(&digest, app->doubt, strlen(app->doubt));
    if (r)
        return r;
    row.event =
        arena_printf(arena, "doubt/%.16s/%lld", digest_hex(hex, &digest), (long long)app->lease);
    row.what = app->doubt;
    r = tell_keepers(app, instance, &row);
    if (!r)
        snprintf(app->told_doubt, sizeof app->told_doubt, "%s", app->doubt);
    return r;
}
