/* Any bytes as a text of mails, filled with any facts: it is refused with its line, or makes a
 * message that has no header but ours. FUZZ_TEXTS is a folder with a text of each kind, one of
 * which is written over. */
#include <base/mem.h>
#include <mail/message.h>
#include <notify/letter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static unsigned faults;

static void must(bool held)
{
    if (!held)
        abort();
}

static void on_fault(void *arg, const char *file, unsigned line, const char *text)
{
    (void)arg;
    (void)line;
    must(file && text);
    faults++;
}

static void write_text(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");

    must(file && fwrite(bytes, 1, length, file) == length);
    fclose(file);
}

/* Lines of the head that begin with WORD. */
static unsigned headers(const char *bytes, const char *word)
{
    unsigned count = 0;

    for (const char *line = bytes; *line && *line != '\r'; line = strchr(line, '\n') + 1)
        count += !strncasecmp(line, word, strlen(word));
    return count;
}

static void see_message(const struct letter *letter, const char *fact)
{
    CLEANUP(text_free) struct text bytes = { 0 };
    struct message message = { .from = "a@b.example",
                               .from_name = "A",
                               .to = "c@d.example",
                               .subject = letter->subject,
                               .message_id = "x@b.example",
                               .date = { 0 },
                               .body = letter->body,
                               .html = letter->html,
                               .headers = { { "X-Tranched-Scheme", fact } } };

    if (message_write(&message, &bytes) != 0)
        return;
    must(headers(bytes.s, "subject:") == 1 && headers(bytes.s, "to:") == 1);
    must(!headers(bytes.s, "bcc:") && !headers(bytes.s, "cc:"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    CLEANUP(arena_freep) struct arena *arena = arena_new();
    const char *folder = getenv("FUZZ_TEXTS");
    char *fact = strndup((const char *)bytes, length < 60 ? length : 60);
    struct letter_facts facts = { 0 };
    struct letters *letters;
    struct letter letter;

    must(folder);
    write_text(arena_printf(arena, "%s/fr/order.rejected.txt", folder), (const char *)bytes,
               length);
    faults = 0;
    letters = letters_load(folder, "fr", on_fault, NULL);
    must((letters != NULL) == !faults);
    for (int f = 0; f < LETTER_FIELDS; f++)
        facts.values[f] = fact;
    if (letters) {
        letter_write(letters, mail_kind_find("order.rejected"), NULL, &facts, arena, &letter);
        must(letter.subject && letter.body && letter.html && !strpbrk(letter.subject, "\r\n"));
        see_message(&letter, fact);
        letters_free(letters);
    }
    free(fact);
    return 0;
}
