#include <base/err.h>
#include <base/mem.h>
#include <gmime/gmime.h>
#include <mail/message.h>
#include <string.h>

static void init(void)
{
    static bool done;

    if (!done)
        g_mime_init();
    done = true;
}

static GMimeObject *text_part(const char *subtype, const char *text)
{
    GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);

    g_mime_text_part_set_charset(part, "utf-8");
    g_mime_text_part_set_text(part, text);
    g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    return GMIME_OBJECT(part);
}

/* Plain and HTML, of which readers show the last one they know. The boundary is the message's, so
 * that a repeat has the same bytes; a quoted-printable "=" never stands before "_". */
static GMimeObject *alternatives(const struct message *m)
{
    GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");
    GMimeObject *plain = text_part("plain", m->body), *html = text_part("html", m->html);
    CLEANUP(text_free) struct text boundary = { 0 };

    text_addf(&boundary, "=_%.40s", m->message_id);
    boundary.s[strcspn(boundary.s, "@")] = '\0';
    g_mime_multipart_set_boundary(both, boundary.s);
    g_mime_multipart_add(both, plain);
    g_mime_multipart_add(both, html);
    g_object_unref(plain);
    g_object_unref(html);
    return GMIME_OBJECT(both);
}

static GMimeObject *calendar_part(const char *calendar)
{
    GMimePart *part = g_mime_part_new_with_type("text", "calendar");
    GMimeStream *bytes = g_mime_stream_mem_new_with_buffer(calendar, strlen(calendar));
    GMimeDataWrapper *content =
        g_mime_data_wrapper_new_with_stream(bytes, GMIME_CONTENT_ENCODING_DEFAULT);

    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "method", "PUBLISH");
    g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
    g_mime_part_set_filename(part, "tranched.ics");
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_part_set_content(part, content);
    g_object_unref(content);
    g_object_unref(bytes);
    return GMIME_OBJECT(part);
}

/* What M is made of: its text, and beside it what is attached. */
static GMimeObject *content_of(const struct message *m)
{
    GMimeObject *text = alternatives(m), *file;
    CLEANUP(text_free) struct text boundary = { 0 };
    GMimeMultipart *both;

    if (!m->calendar || !*m->calendar)
        return text;
    text_addf(&boundary, "=_m%.40s", m->message_id);
    boundary.s[strcspn(boundary.s, "@")] = '\0';
    both = g_mime_multipart_new_with_subtype("mixed");
    g_mime_multipart_set_boundary(both, boundary.s);
    file = calendar_part(m->calendar);
    g_mime_multipart_add(both, text);
    g_mime_multipart_add(both, file);
    g_object_unref(text);
    g_object_unref(file);
    return GMIME_OBJECT(both);
}

static void put_date(GMimeMessage *mime, struct instant date)
{
    GDateTime *utc = g_date_time_new_from_unix_utc(date.us / 1000000);
    GDateTime *local = g_date_time_to_local(utc);

    g_mime_message_set_date(mime, local);
    g_date_time_unref(local);
    g_date_time_unref(utc);
}

static GMimeMessage *make(const struct message *m)
{
    GMimeMessage *mime = g_mime_message_new(TRUE);
    GMimeObject *content = content_of(m);

    g_mime_message_add_mailbox(mime, GMIME_ADDRESS_TYPE_FROM, m->from_name, m->from);
    g_mime_message_add_mailbox(mime, GMIME_ADDRESS_TYPE_TO, NULL, m->to);
    g_mime_message_set_subject(mime, m->subject, "utf-8");
    g_mime_message_set_message_id(mime, m->message_id);
    put_date(mime, m->date);
    for (size_t i = 0; i < ARRAY_LEN(m->headers); i++)
        if (m->headers[i].name && *m->headers[i].value)
            g_mime_object_set_header(GMIME_OBJECT(mime), m->headers[i].name, m->headers[i].value,
                                     "utf-8");
    g_mime_message_set_mime_part(mime, content);
    g_object_unref(content);
    return mime;
}

/* What stands in a header is one line. */
static bool is_clean(const struct message *m)
{
    bool clean = !text_has_control(m->from) && !text_has_control(m->from_name) &&
                 !text_has_control(m->to) && !text_has_control(m->subject) &&
                 !text_has_control(m->message_id);

    for (size_t i = 0; i < ARRAY_LEN(m->headers); i++)
        clean = clean && (!m->headers[i].name || !text_has_control(m->headers[i].value));
    return clean;
}

int message_write(const struct message *m, struct text *out)
{
    GMimeFormatOptions *options;
    GMimeMessage *mime;
    GMimeStream *stream;
    GByteArray *bytes;
    ssize_t n;

    if (!is_clean(m))
        return err_raise(ERR_LIBRARY, "mail %s: a header with a control character", m->message_id);
    init();
    mime = make(m);
    options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    stream = g_mime_stream_mem_new();
    n = g_mime_object_write_to_stream(GMIME_OBJECT(mime), options, stream);
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    text_add(out, (const char *)bytes->data, bytes->len);
    g_object_unref(stream);
    g_mime_format_options_free(options);
    g_object_unref(mime);
    return n < 0 ? err_raise(ERR_LIBRARY, "mail %s cannot be written", m->message_id) : 0;
}
