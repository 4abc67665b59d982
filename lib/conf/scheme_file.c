#include "parse.h"
#include <base/tr.h>
#include <conf/scheme_file.h>

/* The words of each group: what is built, and what the vocabulary has but is not built yet. */
static const char *const ROOT_WORDS[] = { "code",   "title",    "decision",    "envelope",
                                          "grant",  "parties",  "duration",    "facts",
                                          "papers", "tranches", "signatories", "reminders",
                                          NULL };
static const char *const ROOT_LATER[] = { "effect",   "in_order", "sign_by", "earned",
                                          "advance",  "retain",   "late",    "limits",
                                          "recovery", "yearly",   "plans",   NULL };
static const char *const DECISION_WORDS[] = { "on", NULL };
static const char *const DECISION_LATER[] = { "appeal", NULL };
static const char *const GRANT_WORDS[] = { "min", "max", NULL };
static const char *const FACT_WORDS[] = { "name", "by", NULL };
static const char *const FACT_LATER[] = { "paper", NULL };
static const char *const PAPER_WORDS[] = { "name", "due", "needs", "review", NULL };
static const char *const PAPER_LATER[] = { "per", "keep", NULL };
static const char *const RUNG_WORDS[] = { "name", "up_to", "needs", "after", NULL };
static const char *const RUNG_LATER[] = { "amount", "rest",     "base",     "pays",  "before",
                                          "repeat", "optional", "at_least", "spent", "guarantee",
                                          "payee",  "pay_by",   NULL };
static const char *const POINT_WORDS[] = { "from", "or", "plus", NULL };
static const char *const POINT_LATER[] = { "on", "year", "later", "earlier", NULL };
static const char *const NEEDS_LATER[] = {
    "claim",  "guarantee",         "own-share",   "cofunders-paid", "nothing-owed",
    "credit", "reports-elsewhere", "appeal-over", "spent",          NULL
};
static const char *const ANCHORS_LATER[] = { "award", "notified", "claim", "accounts", NULL };
static const char *const FILE_WORDS[] = { "scheme", NULL };
static const char *const NOTHING[] = { NULL };

struct reader {
    struct scheme *scheme;
    struct faults *faults;
    unsigned rung_lines[SCHEME_RUNGS_MAX];
};

static bool word_in(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(word, *words))
            return true;
    return false;
}

static void not_built(struct reader *r, unsigned line, const char *word)
{
    faults_add(r->faults, line, 0,
               _("\"%s\" is a word of scheme files that this version has not built yet"), word);
}

/* Refuses what is no group, and the words of GROUP that are neither built nor known. */
static void check_words(struct reader *r, const config_setting_t *group, const char *where,
                        const char *const *words, const char *const *later)
{
    if (!config_setting_is_group(group)) {
        faults_add(r->faults, parse_line(group), 0, _("%s: a group { ... } is needed"), where);
        return;
    }
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        const char *word = config_setting_name(s);

        if (word_in(word, words))
            continue;
        if (word_in(word, later))
            not_built(r, parse_line(s), word);
        else
            faults_add(r->faults, parse_line(s), 0, _("%s: there is no word \"%s\""), where, word);
    }
}

static const config_setting_t *need(struct reader *r, const config_setting_t *group,
                                    const char *where, const char *word)
{
    const config_setting_t *s = config_setting_get_member(group, word);

    if (!s)
        faults_add(r->faults, parse_line(group), 0, _("%s: \"%s\" is missing"), where, word);
    return s;
}

static const char *string_of(struct reader *r, const config_setting_t *s, const char *example)
{
    const char *text = s ? config_setting_get_string(s) : NULL;

    if (s && (!text || !*text || text_has_control(text))) {
        faults_add(r->faults, parse_line(s), 0, _("%s: a string such as \"%s\" is needed"),
                   config_setting_name(s) ? config_setting_name(s) : "?", example);
        return NULL;
    }
    return text ? arena_strdup(r->faults->arena, text) : NULL;
}

/* Names of parties, facts, papers and tranches: a-z, 0-9 and "-". */
static const char *name_of(struct reader *r, const config_setting_t *s)
{
    const char *name = string_of(r, s, "mid-report");

    if (name && (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] ||
                 strlen(name) >= SCHEME_NAME_MAX)) {
        faults_add(r->faults, parse_line(s), 0,
                   _("\"%s\": a name has at most %d of a-z, 0-9 and \"-\""), name,
                   SCHEME_NAME_MAX - 1);
        return NULL;
    }
    return name;
}

static struct cents cents_of(struct reader *r, const config_setting_t *s)
{
    struct cents out = { 0 };
    const char *text = s ? config_setting_get_string(s) : NULL;

    if (s && (!text || cents_parse(&out, text) != 0))
        faults_add(r->faults, parse_line(s), 0,
                   _("%s: a sum is a string in euros, such as \"5000.00\""),
                   config_setting_name(s));
    return out;
}

static struct span span_of(struct reader *r, const config_setting_t *s)
{
    struct span out = { 0 };
    const char *text = s ? config_setting_get_string(s) : NULL;

    if (s && (!text || !span_parse(&out, text)))
        faults_add(r->faults, parse_line(s), 0,
                   _("%s: a span is a string such as \"3m\", \"2y\" or \"30d\""),
                   config_setting_name(s));
    return out;
}

static void point_anchor(struct reader *r, const config_setting_t *from, struct point *out)
{
    const char *name = string_of(r, from, "effect");
    int fact;

    if (!name)
        return;
    fact = scheme_fact(r->scheme, name);
    if (!strcmp(name, "effect")) {
        out->anchor = ANCHOR_EFFECT;
    } else if (fact >= 0) {
        out->anchor = ANCHOR_FACT;
        out->fact = (unsigned)fact;
    } else if (word_in(name, ANCHORS_LATER) || strchr(name, ':') ||
               scheme_paper(r->scheme, name) >= 0) {
        not_built(r, parse_line(from), name);
    } else {
        faults_add(r->faults, parse_line(from), 0,
                   _("from: \"%s\" is neither \"effect\" nor one of the facts"), name);
    }
}

static struct point point_of(struct reader *r, const config_setting_t *s)
{
    const config_setting_t *other;
    const char *name;
    struct point out = { 0 };

    if (!s)
        return out;
    if (!config_setting_is_group(s)) {
        faults_add(
            r->faults, parse_line(s), 0,
            _("%s: a point in time is a group such as { from = \"effect\"; plus = \"3m\"; }"),
            config_setting_name(s));
        return out;
    }
    check_words(r, s, config_setting_name(s), POINT_WORDS, POINT_LATER);
    point_anchor(r, need(r, s, config_setting_name(s), "from"), &out);
    out.plus = span_of(r, need(r, s, config_setting_name(s), "plus"));
    other = config_setting_get_member(s, "or");
    name = string_of(r, other, "effect");
    if (name && strcmp(name, "effect") != 0)
        faults_add(r->faults, parse_line(other), 0, _("or: only \"effect\" can stand here"));
    out.or_effect = name != NULL;
    return out;
}

/* Calls ADD for each group of the list WORD, at most MAX of them. */
static void each_group(struct reader *r, const config_setting_t *root, const char *word,
                       unsigned max, void (*add)(struct reader *, const config_setting_t *))
{
    const config_setting_t *list = config_setting_get_member(root, word);

    if (!list)
        return;
    if (!config_setting_is_list(list)) {
        faults_add(r->faults, parse_line(list), 0, _("%s: a list ( { ... }, { ... } ) is needed"),
                   word);
        return;
    }
    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);

        if ((unsigned)i >= max)
            faults_add(r->faults, parse_line(s), 0, _("%s: at most %u"), word, max);
        else if (!config_setting_is_group(s))
            faults_add(r->faults, parse_line(list), 0, _("%s: each is a group { ... }"), word);
        else
            add(r, s);
    }
}

static void refuse_twice(struct reader *r, const config_setting_t *s, const char *name)
{
    if (!strcmp(name, "signed") || !strcmp(name, "effect") || !strcmp(name, "approval"))
        faults_add(r->faults, parse_line(s), 0,
                   _("\"%s\" is a word with a meaning of its own: choose another name"), name);
    if (scheme_party(r->scheme, name) >= 0 || scheme_fact(r->scheme, name) >= 0 ||
        scheme_paper(r->scheme, name) >= 0)
        faults_add(r->faults, parse_line(s), 0, _("the name \"%s\" is used twice"), name);
}

static void add_fact(struct reader *r, const config_setting_t *s)
{
    const char *name = name_of(r, need(r, s, "facts", "name"));

    check_words(r, s, "facts", FACT_WORDS, FACT_LATER);
    if (!name)
        return;
    refuse_twice(r, s, name);
    if (strcmp(name, "launch") !=
        0) /* no verb records another fact: what waits for it never opens */
        not_built(r, parse_line(s), name);
    r->scheme->facts[r->scheme->fact_count++] = name;
}

static void add_paper(struct reader *r, const config_setting_t *s)
{
    const config_setting_t *needs = config_setting_get_member(s, "needs");
    const config_setting_t *review = config_setting_get_member(s, "review");
    const char *name = name_of(r, need(r, s, "papers", "name"));
    const char *asked = string_of(r, needs, "accepted");
    struct scheme_paper paper = { .name = name,
                                  .needs_accepted = asked && !strcmp(asked, "accepted") };

    check_words(r, s, "papers", PAPER_WORDS, PAPER_LATER);
    if (asked && strcmp(asked, "received") != 0 && strcmp(asked, "accepted") != 0)
        faults_add(r->faults, parse_line(needs), 0,
                   _("needs: a paper must be \"received\" or \"accepted\""));
    if (!name)
        return;
    refuse_twice(r, s, name);
    paper.due = point_of(r, config_setting_get_member(s, "due"));
    paper.review = span_of(r, review);
    if (review && !paper.needs_accepted)
        faults_add(r->faults, parse_line(review), 0,
                   _("review: only a paper that must be \"accepted\" is looked at"));
    r->scheme->papers[r->scheme->paper_count++] = paper;
}

static void add_need(struct reader *r, struct scheme_rung *rung, const config_setting_t *s,
                     bool *is_signed)
{
    const char *name = string_of(r, s, "signed");
    int paper = name ? scheme_paper(r->scheme, name) : -1;

    if (!name)
        return;
    if (!strcmp(name, "signed"))
        *is_signed = true;
    else if (!strcmp(name, "approval"))
        rung->needs_approval = true;
    else if (paper >= 0)
        rung->papers |= UINT32_C(1) << paper;
    else if (word_in(name, NEEDS_LATER) || scheme_fact(r->scheme, name) >= 0)
        not_built(r, parse_line(s), name);
    else
        faults_add(r->faults, parse_line(s), 0,
                   _("needs: \"%s\" is neither \"signed\", \"approval\" nor one of the papers"),
                   name);
}

static void add_rung(struct reader *r, const config_setting_t *s)
{
    const config_setting_t *up_to = need(r, s, "tranches", "up_to");
    const config_setting_t *needs = need(r, s, "tranches", "needs");
    struct scheme_rung *rung = &r->scheme->rungs[r->scheme->rung_count];
    const char *share = string_of(r, up_to, "60");
    bool is_signed = false;

    check_words(r, s, "tranches", RUNG_WORDS, RUNG_LATER);
    *rung = (struct scheme_rung){ .name = name_of(r, need(r, s, "tranches", "name")) };
    if (share && share_parse(&rung->up_to, share) != 0)
        faults_add(r->faults, parse_line(up_to), 0,
                   _("up_to: a share is a string of per cent, such as \"60\" or \"33.3333\""));
    for (int i = 0; needs && i < config_setting_length(needs); i++)
        add_need(r, rung, config_setting_get_elem(needs, (unsigned)i), &is_signed);
    if (needs && !is_signed)
        faults_add(r->faults, parse_line(needs), 0,
                   _("needs: a tranche that does not need \"signed\" is not built yet"));
    for (unsigned i = 0; rung->name && i < r->scheme->rung_count; i++)
        if (r->scheme->rungs[i].name && !strcmp(r->scheme->rungs[i].name, rung->name))
            faults_add(r->faults, parse_line(s), 0, _("the name \"%s\" is used twice"), rung->name);
    rung->after = point_of(r, config_setting_get_member(s, "after"));
    r->rung_lines[r->scheme->rung_count++] = parse_line(s);
}

/* An array of names, such as the parties; they stand beside facts and papers only when UNIQUE. */
static void read_names(struct reader *r, const config_setting_t *list, bool unique, unsigned max,
                       const char **names, unsigned *count)
{
    for (int i = 0; list && i < config_setting_length(list); i++) {
        const config_setting_t *s = config_setting_get_elem(list, (unsigned)i);
        const char *name = name_of(r, s);

        if (!name)
            continue;
        if (unique)
            refuse_twice(r, s, name);
        for (unsigned n = 0; !unique && n < *count; n++)
            if (!strcmp(names[n], name))
                faults_add(r->faults, parse_line(s), 0, _("the name \"%s\" is used twice"), name);
        if (*count == max)
            faults_add(r->faults, parse_line(s), 0, _("%s: at most %u"), config_setting_name(list),
                       max);
        else
            names[(*count)++] = name;
    }
}

static void read_decision(struct reader *r, const config_setting_t *root)
{
    const config_setting_t *group = need(r, root, "scheme", "decision"), *on;
    const char *day;

    if (!group)
        return;
    if (config_setting_get_member(group, "received_on") ||
        config_setting_get_member(group, "received") ||
        config_setting_get_member(group, "published_on") ||
        config_setting_get_member(group, "published"))
        faults_add(r->faults, parse_line(group), 0,
                   _("decision: receipt and publication are recorded when they happen, with "
                     "\"tranchectl scheme decision\", not in this file"));
    else
        check_words(r, group, "decision", DECISION_WORDS, DECISION_LATER);
    on = need(r, group, "decision", "on");
    day = string_of(r, on, "2023-12-12");
    if (day && !date_parse(&r->scheme->decided_on, day))
        faults_add(r->faults, parse_line(on), 0, _("on: \"%s\" is not a day (YYYY-MM-DD)"), day);
}

static void read_grant(struct reader *r, const config_setting_t *root)
{
    const config_setting_t *group = need(r, root, "scheme", "grant");

    if (!group)
        return;
    check_words(r, group, "grant", GRANT_WORDS, NOTHING);
    r->scheme->grant_min = cents_of(r, need(r, group, "grant", "min"));
    r->scheme->grant_max = cents_of(r, need(r, group, "grant", "max"));
}

/* The days after a paper's due day (before it: negative) on which it is asked for. */
static void read_reminders(struct reader *r, const config_setting_t *list)
{
    static const int usual[] = { -30, -14, -3, 0, 1, 7, 30 };
    struct scheme *s = r->scheme;

    for (unsigned i = 0; !list && i < ARRAY_LEN(usual); i++)
        s->reminder_days[s->reminder_count++] = usual[i];
    for (int i = 0; list && i < config_setting_length(list); i++) {
        const config_setting_t *day = config_setting_get_elem(list, (unsigned)i);
        int days = config_setting_get_int(day);

        if (!config_setting_is_array(list) || config_setting_type(day) != CONFIG_TYPE_INT ||
            days < -366 || days > 366 || i == SCHEME_REMINDERS_MAX) {
            faults_add(r->faults, parse_line(list), 0,
                       _("reminders: at most %d whole numbers of days from -366 to 366, such as "
                         "[ -14, 0, 7 ]"),
                       SCHEME_REMINDERS_MAX);
            return;
        }
        s->reminder_days[s->reminder_count++] = days;
    }
}

static void check_numbers(struct reader *r, const config_setting_t *root)
{
    static const char *const texts[] = {
        [SCHEME_E_NO_RUNG] = N_("tranches: there is none"),
        [SCHEME_E_LADDER_FALLS] =
            N_("tranches: \"%s\" is not above the one before it (up_to is cumulative)"),
        [SCHEME_E_LADDER_END] = N_("tranches: the last one, \"%s\", does not reach \"100\""),
        [SCHEME_E_BOUNDS] = N_("grant: \"min\" must be above zero and not above \"max\""),
        [SCHEME_E_LARGEST] =
            N_("grant: \"max\" is above 999999999.99, the most that one order carries"),
        [SCHEME_E_ENVELOPE] = N_("envelope: it cannot hold one smallest grant"),
        [SCHEME_E_NO_PARTY] = N_("parties: there is none"),
        [SCHEME_E_DURATION] = N_("duration: it must be longer than nothing"),
    };
    unsigned rung;
    int fault = scheme_check(r->scheme, &rung);

    if (fault == SCHEME_E_LADDER_FALLS || fault == SCHEME_E_LADDER_END)
        faults_add(r->faults, r->rung_lines[rung], 0, _(texts[fault]), r->scheme->rungs[rung].name);
    else if (fault)
        faults_add(r->faults, parse_line(root), 0, "%s", _(texts[fault]));
}

static void read_scheme(struct reader *r, const config_setting_t *root)
{
    const config_setting_t *code = need(r, root, "scheme", "code");
    struct scheme *scheme = r->scheme;

    check_words(r, root, "scheme", ROOT_WORDS, ROOT_LATER);
    scheme->code = string_of(r, code, "LAB-2023");
    if (scheme->code &&
        (scheme->code[strspn(scheme->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] ||
         scheme->code[0] == '-' || strlen(scheme->code) > 20))
        faults_add(r->faults, parse_line(code), 0,
                   _("code: at most 20 of A-Z, 0-9 and \"-\", such as \"LAB-2023\""));
    scheme->title = string_of(r, need(r, root, "scheme", "title"), "Call for projects of 2023");
    read_decision(r, root);
    scheme->envelope = cents_of(r, need(r, root, "scheme", "envelope"));
    read_grant(r, root);
    read_names(r, need(r, root, "scheme", "parties"), true, SCHEME_PARTIES_MAX, scheme->parties,
               &scheme->party_count);
    read_names(r, config_setting_get_member(root, "signatories"), false, SCHEME_SIGNATORIES_MAX,
               scheme->signatories, &scheme->signatory_count);
    scheme->duration = span_of(r, need(r, root, "scheme", "duration"));
    read_reminders(r, config_setting_get_member(root, "reminders"));
    each_group(r, root, "facts", SCHEME_FACTS_MAX, add_fact);
    each_group(r, root, "papers", SCHEME_PAPERS_MAX, add_paper);
    each_group(r, root, "tranches", SCHEME_RUNGS_MAX, add_rung);
    if (!r->faults->count)
        check_numbers(r, root);
}

bool scheme_file_read(struct scheme *out, const char *bytes, size_t length, struct faults *faults)
{
    struct reader r = { .scheme = out, .faults = faults };
    const config_setting_t *root;
    config_t cfg;

    *out = (struct scheme){ 0 };
    config_init(&cfg);
    if (parse_bytes(&cfg, bytes, length, faults)) {
        check_words(&r, config_root_setting(&cfg), _("the file"), FILE_WORDS, NOTHING);
        root = config_lookup(&cfg, "scheme");
        if (!root || !config_setting_is_group(root))
            faults_add(faults, 1, 0, _("the file has no \"scheme = { ... };\""));
        else
            read_scheme(&r, root);
    }
    config_destroy(&cfg);
    return faults->count == 0;
}
