#include <libical/ical.h>
#include <notify/calendar.h>

static struct icaltimetype day_time(struct date day)
{
    struct icaltimetype t = icaltime_null_date();

    date_to_ymd(day, &t.year, &t.month, &t.day);
    return t;
}

static icalcomponent *event_make(const struct calendar_event *e, struct instant at)
{
    icalcomponent *event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    time_t now = (time_t)(at.us / 1000000);

    icalcomponent_add_property(event, icalproperty_new_uid(e->uid));
    icalcomponent_add_property(event, icalproperty_new_dtstamp(icaltime_from_timet_with_zone(
                                          now, 0, icaltimezone_get_utc_timezone())));
    /* Minutes: a later calendar has a higher number, as RFC 5546 wants of a revision. */
    icalcomponent_add_property(event, icalproperty_new_sequence((int)(now / 60)));
    icalcomponent_add_property(event, icalproperty_new_dtstart(day_time(e->on)));
    icalcomponent_add_property(event, icalproperty_new_dtend(day_time(date_add_days(e->on, 1))));
    icalcomponent_add_property(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
    icalcomponent_add_property(event, icalproperty_new_summary(e->summary));
    icalcomponent_add_property(event, icalproperty_new_description(e->description));
    return event;
}

void calendar_write(struct text *out, const char *name, const struct calendar_event *events,
                    size_t count, struct instant at)
{
    icalcomponent *calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT);
    icalproperty *title = icalproperty_new_x(name);
    char *text;

    icalproperty_set_x_name(title, "X-WR-CALNAME");
    icalcomponent_add_property(calendar, icalproperty_new_version("2.0"));
    icalcomponent_add_property(calendar, icalproperty_new_prodid("-//tranched//FR"));
    icalcomponent_add_property(calendar, icalproperty_new_method(ICAL_METHOD_PUBLISH));
    icalcomponent_add_property(calendar, title);
    for (size_t i = 0; i < count; i++)
        icalcomponent_add_component(calendar, event_make(&events[i], at));
    text = icalcomponent_as_ical_string_r(calendar);
    text_addf(out, "%s", text);
    icalmemory_free_buffer(text);
    icalcomponent_free(calendar);
}
