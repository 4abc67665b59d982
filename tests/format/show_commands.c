/* The command table as JSON, for tests that go through it. */
#include <jansson.h>
#include <wire/command.h>

int main(void)
{
    json_t *table = json_array();

    for (size_t i = 0; i < WIRE_COMMANDS_COUNT; i++) {
        const struct wire_command *c = &WIRE_COMMANDS[i];
        json_t *args = json_array();

        for (size_t a = 0; a < WIRE_ARGS_MAX && c->args[a].name; a++)
            json_array_append_new(args, json_string(c->args[a].name));
        json_array_append_new(table, json_pack("{s:s, s:s, s:b, s:i, s:o}", "noun", c->noun, "verb",
                                               c->verb, "changes", c->changes, "roles",
                                               (int)c->roles, "args", args));
    }
    json_dumpf(table, stdout, JSON_INDENT(1));
    json_decref(table);
    return 0;
}
