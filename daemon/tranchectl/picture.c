#include "picture.h"
#include <base/mem.h>
#include <base/tr.h>
#include <errno.h>
#include <stdio.h>

enum { LEFT = 110, ROW = 26, BAR = 18, WIDE = 520, TOP = 76, WIDTH = 800 };

static const struct {
    const char *key, *label, *colour;
} KINDS[] = {
    { "ordered_cents", N_("Ordered"), "#1f4e79" },
    { "certain_cents", N_("Certain"), "#2e8b57" },
    { "expected_cents", N_("Expected"), "#e0a030" },
};

static int64_t cents_at(const json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static int64_t largest(const json_t *months)
{
    int64_t most = 1;
    size_t i;
    json_t *row;

    json_array_foreach(months, i, row)
        most = cents_at(row, "sum_cents") > most ? cents_at(row, "sum_cents") : most;
    return most;
}

static void add_text(struct text *out, int x, int y, const char *more, const char *s)
{
    text_addf(out, "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y, more, s);
}

/* One month: its name, its parts one after the other, its sum. */
static void add_row(struct text *out, const json_t *row, int y, int64_t most)
{
    const char *from = json_string_value(json_object_get(row, "from_on"));
    char sum[TR_CENTS_MAX], month[8] = "";
    int x = LEFT;

    snprintf(month, sizeof month, "%.7s", from ? from : "");
    add_text(out, LEFT - 10, y + BAR - 4, " text-anchor=\"end\"", month);
    for (size_t k = 0; k < ARRAY_LEN(KINDS); k++) {
        int width = (int)(cents_at(row, KINDS[k].key) * WIDE / most);

        if (width)
            text_addf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", x,
                      y, width, BAR, KINDS[k].colour);
        x += width;
    }
    add_text(out, x + 8, y + BAR - 4, "",
             tr_cents(sum, (struct cents){ cents_at(row, "sum_cents") }));
}

static void add_legend(struct text *out, const json_t *forecast)
{
    int x = LEFT;

    for (size_t k = 0; k < ARRAY_LEN(KINDS); k++) {
        CLEANUP(text_free) struct text label = { 0 };
        char sum[TR_CENTS_MAX];

        text_addf(&label, "%s : %s", _(KINDS[k].label),
                  tr_cents(sum, (struct cents){ cents_at(forecast, KINDS[k].key) }));
        text_addf(out, "<rect x=\"%d\" y=\"44\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x,
                  KINDS[k].colour);
        add_text(out, x + 18, 55, "", label.s);
        x += 220;
    }
}

void picture_draw(struct text *out, json_t *body)
{
    json_t *months = json_object_get(body, "months"), *row;
    json_t *forecast = json_object_get(body, "forecast");
    const char *today = json_string_value(json_object_get(forecast, "today_on"));
    int64_t most = largest(months);
    int height = TOP + ROW * (int)json_array_size(months) + 20;
    CLEANUP(text_free) struct text title = { 0 };
    size_t i;

    text_addf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
        "%d\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%%\" "
        "height=\"100%%\" fill=\"white\"/>\n",
        WIDTH, height, WIDTH, height);
    text_addf(&title, _("To be paid, by month (%s)"), today ? today : "");
    add_text(out, LEFT, 26, " font-size=\"17\"", title.s);
    add_legend(out, forecast);
    json_array_foreach(months, i, row)
        add_row(out, row, TOP + ROW * (int)i, most);
    text_addf(out, "</svg>\n");
}

int picture_write(const char *path, json_t *body)
{
    CLEANUP(text_free) struct text svg = { 0 };
    FILE *f = fopen(path, "we");
    bool whole;

    picture_draw(&svg, body);
    whole = f && fwrite(svg.s, 1, svg.length, f) == svg.length;
    if (f && fclose(f) == 0 && whole)
        return 0;
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return -1;
}
