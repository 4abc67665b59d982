"""Drift that a reviewer would have to look for by eye: floors, banned calls, long lines, gaps in the texts. TAP."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))

# What each floor may include besides itself and the C library (architecture: each floor sees those below).
FLOORS = {
    "base": [],
    "core": ["base"],
    "digest": ["base", "openssl"],
    "conf": ["base", "core", "libconfig"],
    "wire": ["base", "jansson"],
    "store": ["base", "core", "libpq-fe"],
    "sepa": ["base", "core", "libxml", "uni"],
    "spool": ["base", "digest", "archive"],
    "notify": ["base", "core", "libical"],
    "mail": ["base", "curl", "gmime"],
    "app": ["base", "core", "digest", "conf", "wire", "store", "sepa", "spool", "notify"],
}
# And each program.
PROGRAMS = {
    "tranched": ["app", "base", "conf", "core", "digest", "notify", "store", "event2", "jansson", "libxml", "systemd"],
    "tranchectl": ["base", "conf", "digest", "notify", "wire", "curl", "jansson"],
    "tranche-mailer": ["base", "conf", "digest", "mail", "notify", "store", "event2", "systemd"],
}
OURS = set(FLOORS)
LIBRARIES = ("openssl", "libconfig", "jansson", "libpq-fe", "libxml", "uni", "event2", "systemd", "curl", "gmime", "libical", "check", "archive")
# The names of the first kind are never spoken, whatever for; those of the second are words of ours too.
BANNED = re.compile(r"\b(strcpy|strncpy|strcat|strncat|sprintf|vsprintf|gets|atoi|atol|atof|strtod|strtok|localtime|gmtime|ctime|popen|PQexec|"
                    r"alloca|mktemp|tmpnam|double|float)\b|\b(system|rand|srand|random)\s*\(")
# A star is for rows that a subselect names.
STAR = re.compile(r"\bSELECT\s+(DISTINCT\s+(ON\s*\([^)]*\)\s*)?)?(\*(?!\s*FROM unnest)|[^xlbm]\.\*|\w\w+\.\*)", re.I)
LINE_MAX = {".c": 140, ".h": 100, ".sql": 130, ".py": 160, ".build": 120, "": 180}
FUNCTION_MAX = 70
# What a name must not say, and what it says instead.
SYNONYMS = {"instalment": "tranche", "installment": "tranche", "milestone": "tranche", "grantee": "beneficiary",
            "awardee": "beneficiary", "laureate": "beneficiary", "recipient": "beneficiary", "contract": "convention", "agreement": "convention",
            "deliverable": "report", "payout": "order", "disbursement": "order",
            "refund": "recovery", "clawback": "recovery", "ledger": "journal",
            "auditlog": "journal", "programme": "scheme"}


def files(*endings, under=("lib", "daemon", "sql", "rehearse", "tests", "scripts", "po")):
    for top in under:
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                path = os.path.join(folder, name)
                if name.endswith(endings or ("",)) and (endings or is_script(path)):
                    with open(path, encoding="utf-8") as f:
                        yield os.path.relpath(path, ROOT), f.read()


def is_script(path):
    """A program without an ending."""
    with open(path, "rb") as f:
        return "." not in os.path.basename(path) and f.read(2) == b"#!"


def code_only(text):
    """C without comments and strings."""
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\])*"', lambda m: "\n" * m.group().count("\n"), text, flags=re.S)


def check_floors_include_only_what_is_below():
    for path, text in files(".c", ".h", under=("lib", "daemon")):
        room = path.split(os.sep)[1]
        sees = FLOORS.get(room) or PROGRAMS.get(room) or sum(PROGRAMS.values(), [])
        for header in re.findall(r"#\s*include\s*<([^>]+)>", text):
            top = header.split("/")[0].removesuffix(".h")
            if top in OURS and top != room and top not in sees:
                yield "%s includes %s" % (path, header)
            for library in LIBRARIES:
                if header.startswith(library) and library not in sees and not header.startswith("unistd"):
                    yield "%s includes %s" % (path, header)
        for header in re.findall(r'#\s*include\s*"([^"]+)"', text):
            if "/" in header and (path.startswith("lib") or not re.fullmatch(r"\.\./\w+\.h", header)):
                yield "%s includes %s" % (path, header)


def check_banned_calls():
    for path, text in files(".c", ".h", under=("lib", "daemon")):
        for n, line in enumerate(code_only(text).split("\n"), 1):
            if BANNED.search(line):
                yield "%s:%d: %s" % (path, n, line.strip())


def check_sql_names_its_columns_and_no_schema():
    for path, text in files(".c", ".sql", under=("lib", "sql")):
        for star in STAR.finditer(text):
            yield "%s: %s" % (path, star.group())
        if re.search(r"\b(DEFERRABLE|DEFERRED)\b", text, re.I) and path.endswith(".sql"):
            yield "%s: deferred" % path


def check_long_lines_and_blanks_at_their_end():
    for path, text in [*files(".c", ".h", ".sql", ".py", ".build"), *files(under=("scripts", "audit", "systemd", "tests"))]:
        for n, line in enumerate(text.split("\n"), 1):
            if len(line) > LINE_MAX[os.path.splitext(path)[1]] or line != line.rstrip() or ("\t" in line):
                yield "%s:%d" % (path, n)


def check_names_use_the_words_of_the_field_and_no_synonyms():
    for path, text in [*files(".c", ".h", ".sql", ".py", under=("lib", "daemon", "sql", "rehearse")), *files(under=("audit",))]:
        plain = code_only(text) if path.endswith((".c", ".h")) else re.sub(r"--.*|COMMENT ON[^;]*;", "", text)
        if not path.endswith((".c", ".h", ".sql")):
            plain = re.sub(r'#.*|"""(?s:.*?)"""|"(?:\\.|[^"\\\n])*"', "", text)
        for name in set(re.findall(r"[A-Za-z]\w+", plain)):
            for part in re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_"):
                if part.rstrip("s") in SYNONYMS:
                    yield "%s: %s: the word is %s" % (path, name, SYNONYMS[part.rstrip("s")])


def check_functions_stay_small():
    for path, text in files(".c", under=("lib", "daemon")):
        start = None
        for n, line in enumerate(text.split("\n"), 1):
            if line == "{":
                start = n
            elif line == "}" and start:
                if n - start > FUNCTION_MAX:
                    yield "%s:%d: %d lines" % (path, start, n - start)
                start = None


def check_nothing_is_left_open():
    for path, text in files(".c", ".h", ".sql", ".py", ".build", under=("lib", "daemon", "sql", "rehearse", "scripts")):
        for n, line in enumerate(text.split("\n"), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                yield "%s:%d" % (path, n)


def check_every_folder_says_what_lives_there():
    for floor in FLOORS:
        path = os.path.join(ROOT, "lib", floor, "README.md")
        if not os.path.exists(path):
            yield "lib/%s has no README.md" % floor
    for folder in ("daemon", "sql", "config", "systemd", "audit", "rehearse", "tests", "scripts", "po"):
        if not os.path.exists(os.path.join(ROOT, folder, "README.md")):
            yield "%s has no README.md" % folder


def check_every_file_stands_in_the_table_of_its_folder():
    for floor in FLOORS:
        with open(os.path.join(ROOT, "lib", floor, "README.md"), encoding="utf-8") as f:
            text = f.read()
        listed = set(re.findall(r"`(\w+)`", "".join(line for line in text.split("\n") if line.startswith("| `"))))
        for name in sorted(os.listdir(os.path.join(ROOT, "lib", floor))):
            if "| file | holds |" in text and name.endswith(".c") and name[:-2] not in listed:
                yield "lib/%s/README.md does not name %s" % (floor, name)


def check_public_functions_are_documented():
    for path, text in files(".h", under=("lib",)):
        if "/include/" in path and not text.startswith("/*"):
            yield "%s does not begin with what it is" % path


def check_the_states_in_the_readme_are_the_programs():
    states = subprocess.run([BUILD + "/daemon/tranched", "--print-states"], capture_output=True, text=True).stdout
    with open(os.path.join(ROOT, "lib/core/README.md"), encoding="utf-8") as f:
        if not states or states.strip() not in f.read():
            yield "lib/core/README.md differs from tranched --print-states"


def check_every_sentence_is_in_french():
    with open(os.path.join(ROOT, "po/POTFILES.in")) as f:
        listed = f.read().split()
    marked = sorted(p for p, t in files(".c", ".py", under=("lib", "daemon", "rehearse")) if re.search(r"\b(_|N_|ngettext)\(", t))
    if listed != marked:
        yield "po/POTFILES.in is not the list of files with sentences: %s" % sorted(set(listed) ^ set(marked))
    pot = os.path.join(BUILD, "style.pot")
    subprocess.run(["xgettext", "-o", pot, "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--keyword=ngettext:1,2",
                    *listed], cwd=ROOT, check=True, capture_output=True)
    for command in (["msgcmp", "po/fr.po", pot], ["msgfmt", "-c", "-o", "/dev/null", "po/fr.po"]):
        p = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if p.returncode != 0:
            yield p.stderr.strip().replace("\n", " | ")[:600]


def check_every_module_of_the_rehearsal_is_installed():
    with open(os.path.join(ROOT, "rehearse/meson.build")) as f:
        installed = set(re.findall(r"'(\w+\.py)'", f.read()))
    there = {n for n in os.listdir(os.path.join(ROOT, "rehearse")) if n.endswith(".py")}
    if installed != there:
        yield "rehearse/meson.build: %s" % sorted(installed ^ there)


def check_an_upward_call_does_not_link():
    """The floors are defended by the linker: the same link with a call to a floor above must fail."""
    source = os.path.join(BUILD, "upward.c")
    with open(source, "w") as f:
        f.write("int store_version_built(void);\nint main(void) { return store_version_built(); }\n")
    command = ["cc", source, "-o", os.path.join(BUILD, "upward"), "-Wl,--whole-archive",
               os.path.join(BUILD, "lib/core/libcore.a"), os.path.join(BUILD, "lib/base/libbase.a"), "-Wl,--no-whole-archive"]
    p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode == 0 or "store_version_built" not in p.stderr:
        yield "core with a call into store links: %s" % p.stderr


def check_the_list_of_packages_covers_the_build():
    with open(os.path.join(ROOT, "scripts/packages.txt")) as f:
        names = [line.strip() for line in f if line.strip() and not line.startswith("#")]
    if names != sorted(set(names)):
        yield "scripts/packages.txt is not sorted, or repeats itself"
    wanted = {"libcrypto": "libssl-dev", "libconfig": "libconfig-dev", "jansson": "libjansson-dev", "libpq": "libpq-dev",
              "libxml-2.0": "libxml2-dev", "libevent_core": "libevent-dev", "libevent_extra": "libevent-dev", "libsystemd": "libsystemd-dev",
              "libcurl": "libcurl4-openssl-dev", "libarchive": "libarchive-dev", "check": "check",
              "gmime-3.0": "libgmime-3.0-dev", "libical": "libical-dev"}
    with open(os.path.join(ROOT, "meson.build")) as f:
        for dependency in re.findall(r"dependency\('([^']+)'\)", f.read()):
            if wanted.get(dependency) not in names:
                yield "%s comes from no package in the list" % dependency


def check_what_broke_elsewhere_names_tests_that_there_are():
    with open(os.path.join(ROOT, "tests/ELSEWHERE.md")) as f:
        rows = [line for line in f if re.match(r"\| \d+ \|", line)]
    if [int(line.split("|")[1]) for line in rows] != list(range(1, len(rows) + 1)) or len(rows) < 39:
        yield "the rows are not 1 to 39"
    for line in rows:
        if re.search(r"`[\w/]+\.(?:py|c): ", line) or not re.search(r"\| `[\w/]+\.(py|c)`: `\w+`", line):
            yield "row %s does not begin with a file and its tests" % line.split("|")[1].strip()
        for path, names in re.findall(r"`([\w/]+\.(?:py|c))`: ((?:`\w+`(?:, )?)+)", line):
            with open(os.path.join(ROOT, "tests", path)) as f:
                text = f.read()
            for name in re.findall(r"`(\w+)`", names):
                if not re.search(r"(def |START_TEST\(|static \w+ )%s\b" % name, text):
                    yield "row %s: %s has no %s" % (line.split("|")[1].strip(), path, name)


def check_every_bug_of_the_record_can_be_put_back():
    for name in sorted(os.listdir(os.path.join(ROOT, "tests/record"))):
        if name.endswith(".patch"):
            p = subprocess.run(["patch", "-p1", "--dry-run", "-s", "-i", "tests/record/" + name], cwd=ROOT, capture_output=True, text=True)
            if p.returncode != 0:
                yield "%s: %s" % (name, p.stdout.strip())


def main():
    checks = [(n, f) for n, f in globals().items() if n.startswith("check_")]
    print("1..%d" % len(checks))
    failed = 0
    for number, (name, check) in enumerate(checks, 1):
        faults = list(check())
        failed += bool(faults)
        print("%s %d - %s" % ("not ok" if faults else "ok", number, name[6:].replace("_", " ")))
        for fault in faults:
            print("# %s" % fault)
    sys.exit(1 if failed else 0)


main()
