#include <core/forecast.h>

static const char *const NAMES[] = { "certain", "expected", "undated" };

const char *forecast_name(enum certainty certainty)
{
    return NAMES[certainty];
}

/* A dossier in which the papers that rung T misses come on the day they are due, or today, and are
 * accepted once the authority has looked at them for as long as its scheme says. */
static struct date with_papers(struct dossier *d, unsigned t, const struct date *due,
                               struct date today)
{
    struct date last = today;

    for (unsigned i = 0; i < d->scheme->paper_count; i++) {
        const struct scheme_paper *paper = &d->scheme->papers[i];
        struct date came = d->papers[i].received_on;
        struct date on = date_is_set(came) ? came : date_later(due[i], today);

        if (!(d->scheme->rungs[t].papers & UINT32_C(1) << i) || dossier_paper_in(d, i, today))
            continue;
        if (paper->needs_accepted)
            on = date_later(date_add_span(on, paper->review), today);
        d->papers[i] = (struct dossier_paper){ PAPER_ACCEPTED, on, on };
        last = date_later(last, on);
    }
    return last;
}

/* The day from ON on which all gates of rung T are open by time alone; unset: none. */
static struct date opens(const struct dossier *d, unsigned t, struct date on)
{
    struct verdicts v;

    gates_ask(d, t, on, &v);
    return v.shut ? v.opens_on : on;
}

/* Rung T alone, whatever those below it do. */
static struct forecast alone(const struct dossier *d, unsigned t, const struct date *due,
                             struct date today)
{
    struct forecast f = { .certainty = FORECAST_CERTAIN, .gate = GATES };
    struct dossier supposed = *d;
    struct verdicts v;

    gates_ask(d, t, today, &v);
    for (unsigned g = GATES; g-- > 0;)
        if (!v.gates[g].open)
            f.gate = (enum gate)g;
    f.on = opens(d, t, today);
    if (date_is_set(f.on))
        return f;
    f.certainty = FORECAST_EXPECTED;
    f.on = opens(&supposed, t, with_papers(&supposed, t, due, today));
    if (!date_is_set(f.on))
        f.certainty = FORECAST_UNDATED;
    return f;
}

static bool is_to_come(const struct dossier *d, unsigned t)
{
    return d->tranches[t].state == TRANCHE_HELD;
}

bool forecast_rung(const struct dossier *d, unsigned t, const struct date *due, struct date today,
                   struct forecast *out)
{
    struct plan_rung plan[SCHEME_RUNGS_MAX];
    struct cents amount;

    dossier_plan(d, plan);
    amount = plan_outlook(plan, d->scheme->rung_count, t);
    if (!is_to_come(d, t) || amount.v <= 0)
        return false;
    *out = alone(d, t, due, today);
    for (unsigned below = 0; below < t; below++) {
        struct forecast f;

        if (!is_to_come(d, below))
            continue;
        f = alone(d, below, due, today);
        out->certainty = f.certainty > out->certainty ? f.certainty : out->certainty;
        out->on = date_later(out->on, f.on);
    }
    if (out->certainty == FORECAST_UNDATED)
        out->on = DATE_NONE;
    out->amount = amount;
    return true;
}

struct date forecast_period(enum period period, struct date day)
{
    int y, m, d;

    if (period == PERIOD_WEEK)
        return date_add_days(day, -date_weekday(day));
    date_to_ymd(day, &y, &m, &d);
    return date_from_ymd(y, period == PERIOD_YEAR ? 1 : m, 1);
}
