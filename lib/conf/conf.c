#include "parse.h"
#include <base/instant.h>
#include <arpa/inet.h>
#include <base/tr.h>
#include <conf/conf.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

static bool kind_text(struct conf *conf, void *at, const char *s)
{
    *(const char **)at = arena_strdup(conf->arena, s);
    return *s && !text_has_control(s);
}

/* AUTH of a MsgId: 1 to 8 of A-Z0-9; TEST marks rehearsals. */
static bool kind_code(struct conf *conf, void *at, const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    return n >= 1 && n <= 8 && !s[n] && strncmp(s, "TEST", 4) != 0 && kind_text(conf, at, s);
}

static bool kind_schema(struct conf *conf, void *at, const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n >= 1 && n <= 20 && !s[n] && s[0] >= 'a' && kind_text(conf, at, s);
}

static bool kind_zone(struct conf *conf, void *at, const char *s)
{
    return instant_zone_known(s) && kind_text(conf, at, s);
}

static bool kind_language(struct conf *conf, void *at, const char *s)
{
    return (!strcmp(s, "fr") || !strcmp(s, "en")) && kind_text(conf, at, s);
}

static bool kind_siret(struct conf *conf, void *at, const char *s)
{
    (void)conf;
    return siret_parse(at, s) == 0;
}

static bool kind_iban(struct conf *conf, void *at, const char *s)
{
    (void)conf;
    return iban_parse(at, s) == 0;
}

static bool kind_bic(struct conf *conf, void *at, const char *s)
{
    (void)conf;
    return bic_parse(at, s);
}

static bool kind_path(struct conf *conf, void *at, const char *s)
{
    return s[0] == '/' && kind_text(conf, at, s);
}

static bool kind_level(struct conf *conf, void *at, const char *s)
{
    return (!strcmp(s, "err") || !strcmp(s, "warning") || !strcmp(s, "notice") ||
            !strcmp(s, "info") || !strcmp(s, "debug")) &&
           kind_text(conf, at, s);
}

static bool kind_standby(struct conf *conf, void *at, const char *s)
{
    return (!strcmp(s, "none") || !strcmp(s, "synchronous")) && kind_text(conf, at, s);
}

/* What may stand in the header of a mail, and in an envelope. */
static bool kind_address(struct conf *conf, void *at, const char *s)
{
    return text_is_address(s) && kind_text(conf, at, s);
}

static bool kind_sender(struct conf *conf, void *at, const char *s)
{
    const char *domain = strrchr(s, '@');
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";

    if (!*s) {
        *(const char **)at = "";
        return true;
    }
    return kind_address(conf, at, s) && domain[1 + strspn(domain + 1, letters)] == '\0';
}

/* A name, or an address; a port has a setting of its own. */
static bool kind_host(struct conf *conf, void *at, const char *s)
{
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    struct in6_addr address;

    if (strchr(s, ':'))
        return inet_pton(AF_INET6, s, &address) == 1 && kind_text(conf, at, s);
    return !s[strspn(s, letters)] && s[0] != '.' && !strstr(s, "..") && kind_text(conf, at, s);
}

static bool is_loopback(const char *host)
{
    struct in6_addr six;
    struct in_addr four;

    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return !strcmp(host, "localhost");
}

static bool kind_perhaps(struct conf *conf, void *at, const char *s)
{
    *(const char **)at = arena_strdup(conf->arena, s);
    return !text_has_control(s);
}

static bool kind_tls(struct conf *conf, void *at, const char *s)
{
    return (!strcmp(s, "none") || !strcmp(s, "starttls") || !strcmp(s, "implicit")) &&
           kind_text(conf, at, s);
}

/* "15:00" as minutes after midnight. */
static bool kind_hour(struct conf *conf, void *at, const char *s)
{
    int64_t hour, minute;
    char h[3] = { s[0], s[0] ? s[1] : '\0', '\0' };

    (void)conf;
    if (strlen(s) != 5 || s[2] != ':' || !text_to_i64(h, 0, 23, &hour) ||
        !text_to_i64(s + 3, 0, 59, &minute))
        return false;
    *(int64_t *)at = hour * 60 + minute;
    return true;
}

/* One row a setting. A number has bounds, text a kind; without a default it is required. */
static const struct item {
    const char *path;
    size_t at;
    bool (*kind)(struct conf *, void *, const char *); /* NULL: a number */
    const char *must;                                  /* what a right value looks like */
    const char *dflt;
    int64_t min, max;
} ITEMS[] = {
#define AT(field) offsetof(struct conf, field)
    { "authority.code", AT(authority_code), kind_code,
      N_("1 to 8 capitals or digits, not beginning with TEST"), NULL, 0, 0 },
    { "authority.name", AT(authority_name), kind_text, N_("text"), NULL, 0, 0 },
    { "authority.siret", AT(authority_siret), kind_siret, N_("a SIRET of 14 digits"), NULL, 0, 0 },
    { "authority.timezone", AT(authority_timezone), kind_zone, N_("a zone such as Europe/Paris"),
      "Europe/Paris", 0, 0 },
    { "authority.language", AT(language), kind_language, N_("\"fr\" or \"en\""), "fr", 0, 0 },
    { "database.conninfo", AT(database_conninfo), kind_text, N_("a PostgreSQL connection string"),
      "host=/run/postgresql dbname=tranched", 0, 0 },
    { "database.schema", AT(database_schema), kind_schema,
      N_("1 to 20 of a-z, 0-9 and _, beginning with a letter"), NULL, 0, 0 },
    { "database.timeout_seconds", AT(database_timeout_seconds), NULL, NULL, "10", 1, 300 },
    { "database.standby", AT(database_standby), kind_standby, N_("\"none\" or \"synchronous\""),
      "none", 0, 0 },
    { "debtor.name", AT(debtor_name), kind_text, N_("text"), NULL, 0, 0 },
    { "debtor.iban", AT(debtor_iban), kind_iban, N_("an IBAN that passes every check"), NULL, 0,
      0 },
    { "debtor.bic", AT(debtor_bic), kind_bic, N_("a BIC of 8 or 11 characters"), NULL, 0, 0 },
    { "order.cutoff", AT(order_cutoff_minute), kind_hour, N_("a time of day such as 15:00"),
      "15:00", 0, 0 },
    { "order.max_tx", AT(order_max_tx), NULL, NULL, "10000", 1, 99999 },
    { "order.max_bytes", AT(order_max_bytes), NULL, NULL, "10000000", 10000, 100000000 },
    { "account.wait_days", AT(account_wait_days), NULL, NULL, "2", 0, 60 },
    { "bank.answer_days", AT(bank_answer_days), NULL, NULL, "3", 1, 60 },
    { "bank.booking_days", AT(bank_booking_days), NULL, NULL, "5", 1, 60 },
    { "bank.release_days", AT(bank_release_days), NULL, NULL, "2", 1, 60 },
    { "state_dir", AT(state_dir), kind_path, N_("an absolute path"), "/var/lib/tranched", 0, 0 },
    { "control.socket", AT(control_socket), kind_path, N_("an absolute path"),
      "/run/tranched/control.sock", 0, 0 },
    { "alert.file", AT(alert_file), kind_path, N_("an absolute path"), "/run/tranched/alert", 0,
      0 },
    { "alert.after_seconds", AT(alert_after_seconds), NULL, NULL, "300", 1, 86400 },
    { "lease.seconds", AT(lease_seconds), NULL, NULL, "30", 3, 600 },
    { "mail.from", AT(mail.from), kind_sender,
      N_("an address of letters of the Latin alphabet, or nothing"), "", 0, 0 },
    { "mail.host", AT(mail.host), kind_host,
      N_("the name or address of a mail server, without its port,"), "localhost", 0, 0 },
    { "mail.port", AT(mail.port), NULL, NULL, "25", 1, 65535 },
    { "mail.tls", AT(mail.tls), kind_tls, N_("\"none\", \"starttls\" or \"implicit\""), "starttls",
      0, 0 },
    { "mail.user", AT(mail.user), kind_perhaps, N_("text"), "", 0, 0 },
    { "mail.ca_file", AT(mail.ca_file), kind_perhaps, N_("text"), "", 0, 0 },
    { "mail.texts", AT(mail.texts), kind_path, N_("an absolute path"), "/etc/tranched/mail", 0, 0 },
    { "mail.connections", AT(mail.connections), NULL, NULL, "4", 1, 50 },
    { "mail.timeout_seconds", AT(mail.timeout_seconds), NULL, NULL, "60", 2, 600 },
    { "mail.retry_seconds", AT(mail.retry_seconds), NULL, NULL, "60", 1, 3600 },
    { "mail.tries", AT(mail.tries), NULL, NULL, "16", 1, 100 },
    { "mail.quiet_from", AT(mail.quiet_from), kind_hour, N_("a time of day such as 15:00"), "19:00",
      0, 0 },
    { "mail.quiet_until", AT(mail.quiet_until), kind_hour, N_("a time of day such as 15:00"),
      "07:30", 0, 0 },
    { "mail.signature_days", AT(mail.signature_days), NULL, NULL, "15", 1, 366 },
    { "mail.held_days", AT(mail.held_days), NULL, NULL, "30", 1, 366 },
    { "mail.account_days", AT(mail.account_days), NULL, NULL, "2", 1, 366 },
    { "mail.ending_days", AT(mail.ending_days), NULL, NULL, "30", 1, 366 },
    { "log.level", AT(log_level), kind_level, N_("err, warning, notice, info or debug"), "info", 0,
      0 },
#undef AT
};

void conf_each_setting(void (*each)(const char *path, void *arg), void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(ITEMS); i++)
        each(ITEMS[i].path, arg);
    each("people", arg);
    each("rehearsal.act_as", arg);
}

static const struct item *item_find(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(ITEMS); i++)
        if (!strcmp(ITEMS[i].path, path))
            return &ITEMS[i];
    return NULL;
}

static void item_number(struct conf *conf, const struct item *item, const config_setting_t *setting,
                        struct faults *faults)
{
    long long v = config_setting_get_int64(setting);
    int type = config_setting_type(setting);

    if ((type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) || v < item->min || v > item->max)
        faults_add(faults, parse_line(setting), 0,
                   _("%s: a whole number from %lld to %lld is needed"), item->path,
                   (long long)item->min, (long long)item->max);
    else
        *(int64_t *)((char *)conf + item->at) = v;
}

static void item_read(struct conf *conf, const struct item *item, const config_setting_t *setting,
                      struct faults *faults)
{
    const char *s;

    if (!item->kind) {
        item_number(conf, item, setting, faults);
        return;
    }
    s = config_setting_get_string(setting);
    if (!s || !item->kind(conf, (char *)conf + item->at, s))
        faults_add(faults, parse_line(setting), 0, _("%s: %s is needed"), item->path,
                   _(item->must));
}

static void item_default(struct conf *conf, const struct item *item, struct faults *faults)
{
    if (!item->dflt)
        faults_add(faults, 0, 0, _("%s is missing: %s is needed"), item->path, _(item->must));
    else if (item->kind)
        item->kind(conf, (char *)conf + item->at, item->dflt);
    else
        text_to_i64(item->dflt, item->min, item->max, (int64_t *)((char *)conf + item->at));
}

static const char *member_text(const config_setting_t *group, const char *name)
{
    const char *s = NULL;

    return config_setting_lookup_string(group, name, &s) == CONFIG_TRUE ? s : NULL;
}

/* The texts of an array; false: it is no array of texts. */
static bool texts_read(struct conf *conf, const config_setting_t *group, const char *name,
                       const char ***texts, size_t *count)
{
    const config_setting_t *array = config_setting_get_member(group, name);

    if (!array)
        return true;
    if (!config_setting_is_array(array))
        return false;
    for (int i = 0; i < config_setting_length(array); i++) {
        const char *text = config_setting_get_string_elem(array, i);

        if (!text)
            return false;
        *arena_push(conf->arena, *texts, *count) = arena_strdup(conf->arena, text);
    }
    return true;
}

/* Kinds that somebody does not want, or not at once. */
static void check_kinds(const config_setting_t *group, const struct conf_person *person,
                        const char *const *kinds, size_t count, struct faults *faults)
{
    for (size_t i = 0; i < count; i++) {
        const struct mail_kind *kind = mail_kind_find(kinds[i]);

        if (!kind)
            faults_add(faults, parse_line(group), 0,
                       _("people: %s: there is no kind of mail \"%s\""), person->name, kinds[i]);
        else if (kind->money || !strcmp(kind->name, "digest")) /* of a digest there is none */
            faults_add(faults, parse_line(group), 0,
                       _("people: %s: \"%s\" can neither be turned off nor wait"), person->name,
                       kinds[i]);
    }
}

/* What somebody wants to hear, and where. */
static void person_read_mail(struct conf *conf, const config_setting_t *group,
                             struct conf_person *person, struct faults *faults)
{
    const char *mail = member_text(group, "mail");

    person->mail = "";
    if (mail && *mail && !kind_address(conf, &person->mail, mail))
        faults_add(faults, parse_line(group), 0, _("people: %s: \"%s\" is no mail address"),
                   person->name, mail);
    if (!texts_read(conf, group, "schemes", &person->schemes, &person->scheme_count) ||
        !texts_read(conf, group, "off", &person->off, &person->off_count) ||
        !texts_read(conf, group, "daily", &person->daily, &person->daily_count) ||
        !texts_read(conf, group, "weekly", &person->weekly, &person->weekly_count))
        faults_add(faults, parse_line(group), 0,
                   _("people: %s: schemes, off, daily and weekly are arrays [ ... ]"),
                   person->name);
    check_kinds(group, person, person->off, person->off_count, faults);
    check_kinds(group, person, person->daily, person->daily_count, faults);
    check_kinds(group, person, person->weekly, person->weekly_count, faults);
}

/* A person's name that can be taken for no other's. */
static void check_name(const struct conf *conf, const struct conf_person *person,
                       const config_setting_t *group, struct faults *faults)
{
    const char *name = person->name;

    if (name[0] == ' ' || name[strlen(name) - 1] == ' ' || !strcasecmp(name, "tranched"))
        faults_add(faults, parse_line(group), 0,
                   _("people: \"%s\" could be taken for another: no blank around it, and not the "
                     "service's own name"),
                   name);
    for (size_t i = 0; i < conf->person_count; i++)
        if (!strcasecmp(conf->persons[i].name, name) ||
            (*person->user && !strcmp(conf->persons[i].user, person->user)))
            faults_add(faults, parse_line(group), 0, _("people: %s stands there twice"), name);
}

static void check_members(const config_setting_t *group, struct faults *faults)
{
    static const char *const words[] = { "name",    "user", "role",  "mail",
                                         "schemes", "off",  "daily", "weekly" };

    for (int i = 0; i < config_setting_length(group); i++) {
        const char *word = config_setting_name(config_setting_get_elem(group, (unsigned)i));
        bool known = false;

        for (size_t w = 0; w < ARRAY_LEN(words); w++)
            known = known || !strcmp(words[w], word);
        if (!known)
            faults_add(faults, parse_line(group), 0, _("people: unknown setting \"%s\""), word);
    }
}

static void person_read(struct conf *conf, const config_setting_t *group, struct faults *faults)
{
    const char *name = member_text(group, "name"), *user = member_text(group, "user");
    const char *role = member_text(group, "role");
    struct conf_person person = { 0 };

    check_members(group, faults);
    if (!name || !*name || text_has_control(name) || strlen(name) > 60) {
        faults_add(faults, parse_line(group), 0, _("people: each needs a name"));
        return;
    }
    person.name = arena_strdup(conf->arena, name);
    person.user = arena_strdup(conf->arena, user ? user : "");
    person.role = role ? role_find(role) : 0;
    check_name(conf, &person, group, faults);
    if (!person.role)
        faults_add(faults, parse_line(group), 0,
                   _("people: %s: the role is viewer, officer, approver or admin"), name);
    person_read_mail(conf, group, &person, faults);
    *arena_push(conf->arena, conf->persons, conf->person_count) = person;
}

static void people_read(struct conf *conf, const config_setting_t *list, struct faults *faults)
{
    if (!config_setting_is_list(list)) {
        faults_add(faults, parse_line(list), 0,
                   _("people: a list ( { name = ...; user = ...; role = ...; }, ... ) is needed"));
        return;
    }
    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);

        if (config_setting_is_group(group))
            person_read(conf, group, faults);
        else
            faults_add(faults, parse_line(list), 0, _("people: each is a group { ... }"));
    }
}

static void act_as_read(struct conf *conf, const config_setting_t *array, struct faults *faults)
{
    for (int i = 0; i < config_setting_length(array); i++) {
        const config_setting_t *element = config_setting_get_elem(array, (unsigned)i);

        if (config_setting_type(element) != CONFIG_TYPE_INT || config_setting_get_int(element) < 0)
            faults_add(faults, parse_line(array), 0,
                       _("rehearsal.act_as: an array of uids is needed"));
        else
            *arena_push(conf->arena, conf->act_as, conf->act_as_count) =
                config_setting_get_int(element);
    }
}

/* Walks the file's own tree, so that what the table does not know is refused by line. */
static void walk(struct conf *conf, const config_setting_t *group, const char *prefix, bool *seen,
                 struct faults *faults)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const struct item *item;
        char path[128];

        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "",
                 config_setting_name(setting));
        item = item_find(path);
        if (item) {
            seen[item - ITEMS] = true;
            item_read(conf, item, setting, faults);
        } else if (!strcmp(path, "people")) {
            people_read(conf, setting, faults);
        } else if (!strcmp(path, "rehearsal.act_as") && config_setting_is_array(setting)) {
            act_as_read(conf, setting, faults);
        } else if (config_setting_is_group(setting) && !*prefix) {
            walk(conf, setting, path, seen, faults);
        } else {
            faults_add(faults, parse_line(setting), 0, _("%s: there is no such setting"), path);
        }
    }
}

/* Passwords and mails do not travel unprotected, but within the machine. */
static void check_mail(const struct conf_mail *mail, struct faults *faults)
{
    if (!mail->host || !mail->tls || !mail->user)
        return; /* they were refused */
    if (!strcmp(mail->tls, "none") && !is_loopback(mail->host))
        faults_add(faults, 0, 0, _("mail.tls: \"none\" is only for a server on this machine"));
    if (!strcmp(mail->tls, "none") && *mail->user)
        faults_add(faults, 0, 0, _("mail.user: who logs in needs mail.tls"));
}

static void conf_fill(struct conf *conf, const char *bytes, size_t length, struct faults *faults)
{
    bool seen[ARRAY_LEN(ITEMS)] = { false };
    config_t cfg;

    config_init(&cfg);
    if (parse_bytes(&cfg, bytes, length, faults)) {
        walk(conf, config_root_setting(&cfg), "", seen, faults);
        for (size_t i = 0; i < ARRAY_LEN(ITEMS); i++)
            if (!seen[i])
                item_default(conf, &ITEMS[i], faults);
        if (!conf->person_count)
            faults_add(faults, 0, 0, _("people: nobody may speak to the daemon"));
        if (conf->debtor_bic.s[0] && conf->debtor_iban.s[0] &&
            !bic_fits_iban(&conf->debtor_bic, &conf->debtor_iban))
            faults_add(faults, 0, 0, _("debtor.bic is of another country than debtor.iban"));
        check_mail(&conf->mail, faults);
    }
    config_destroy(&cfg);
}

/* The whole file, or a fault. */
static void slurp(const char *path, struct text *out, struct faults *faults)
{
    enum { FILE_MAX = 1024 * 1024 };
    char block[4096];
    size_t n = 0;
    FILE *f = fopen(path, "re");

    while (f && out->length <= FILE_MAX && (n = fread(block, 1, sizeof block, f)) > 0)
        text_add(out, block, n);
    if (!f || ferror(f))
        faults_add(faults, 0, 0, _("cannot be read: %s"), strerror(errno));
    else if (n)
        faults_add(faults, 0, 0, _("the file has more than 1 MiB"));
    if (f)
        (void)fclose(f);
}

struct conf *conf_read(const char *path, struct faults *faults)
{
    CLEANUP(text_free) struct text file = { 0 };
    size_t before = faults->count;
    struct conf *conf;

    text_add(&file, "", 0);
    slurp(path, &file, faults);
    if (faults->count > before)
        return NULL;
    conf = mem_new(1, sizeof *conf);
    conf->arena = arena_new();
    conf_fill(conf, file.s, file.length, faults);
    if (faults->count == before)
        return conf;
    conf_free(conf);
    return NULL;
}

void conf_free(struct conf *conf)
{
    if (conf)
        arena_free(conf->arena);
    free(conf);
}

const struct conf_person *conf_person(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->person_count; i++)
        if (!strcmp(conf->persons[i].name, name))
            return &conf->persons[i];
    return NULL;
}

static bool is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

bool conf_person_hears(const struct conf_person *person, const struct mail_kind *kind,
                       const char *scheme)
{
    if (!*person->mail || !(kind->roles & (unsigned)person->role))
        return false;
    if (!kind->money && is_among(person->off, person->off_count, kind->name))
        return false;
    return !person->scheme_count || !scheme || !*scheme ||
           is_among(person->schemes, person->scheme_count, scheme);
}

enum mail_pace conf_person_pace(const struct conf_person *person, const struct mail_kind *kind)
{
    if (kind->money)
        return MAIL_AT_ONCE;
    return is_among(person->daily, person->daily_count, kind->name)     ? MAIL_DAILY
           : is_among(person->weekly, person->weekly_count, kind->name) ? MAIL_WEEKLY
                                                                        : MAIL_AT_ONCE;
}
