#!/usr/bin/env python3
"""Writes the migrations as C strings, so that a program and its schema cannot be of two versions.

usage: embed.py OUT.c FILE.sql ...   (numbered files are migrations, grants.sql the grants)
"""
import os
import sys


def literal(text):
    lines = text.replace("\\", "\\\\").replace('"', '\\"').split("\n")
    return "\n".join('    "%s\\n"' % line for line in lines)


def main():
    out, files = sys.argv[1], sys.argv[2:]
    migrations, grants = [], ""
    for path in files:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        name = os.path.splitext(os.path.basename(path))[0]
        if name == "grants":
            grants = text
        else:
            migrations.append((int(name.split("-", 1)[0]), name, text))
    migrations.sort()
    if [m[0] for m in migrations] != list(range(1, len(migrations) + 1)):
        sys.exit("embed.py: migrations are not numbered 1, 2, 3 ...")
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* Made from sql/ by sql/embed.py. */\n#include \"migrations.h\"\n\n")
        f.write("const struct store_migration STORE_MIGRATIONS[] = {\n")
        for number, name, text in migrations:
            f.write('    { %d, "%s",\n%s },\n' % (number, name, literal(text)))
        f.write("};\n\nconst int STORE_MIGRATIONS_COUNT = %d;\n\n" % len(migrations))
        f.write("const char STORE_GRANTS[] =\n%s;\n" % literal(grants))


main()
