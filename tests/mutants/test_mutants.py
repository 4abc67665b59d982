"""Branch mutants: each conditional jump of base, core and spool is turned round in the assembler, one at a time; some test must fail.

MUTANTS says how many, drawn from SEED (0: every one), of the files whose names hold MUTANTS_OF. One that survives stands in
harmless.txt with the reason, by its function and the text of its line, or is a fault of the tests."""
import concurrent.futures
import json
import os
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 30)))
WANTED = int(os.environ.get("MUTANTS", "40"))
# Of base what is nothing but values; the rest of it logs, allocates and translates.
SOURCES = ["base/%s.c" % n for n in ("csv", "date", "iban", "money", "siret", "text")] + ["core/%s.c" % n for n in (
    "code", "decide", "dossier", "forecast", "gates", "order", "plan", "reminder", "states", "target", "working")] + [
        "spool/%s.c" % n for n in ("folder", "inbox", "note", "place", "spool", "taken", "unzip", "upload")]
FOLDERS = {"base": "unit", "core": "unit", "spool": "spool"}  # where the tests of a floor are
# The slow ones last: most mutants never meet them.
LAST = ("test_gates", "test_decide")
OPPOSITE = {}
for pair in ("e ne", "z nz", "l ge", "le g", "b ae", "be a", "s ns", "o no", "p np", "c nc"):
    one, other = pair.split()
    OPPOSITE[one], OPPOSITE[other] = other, one


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", **more)


class Source:
    """One file as assembler, and its branches: line of the assembler, function, line of the source."""

    def __init__(self, name, commands, folder):
        self.name = name
        path = os.path.join(ROOT, "lib", name)
        words = shlex.split(commands[os.path.realpath(path)]["command"])
        self.where = commands[os.path.realpath(path)]["directory"]
        words = [w for w in words if not w.startswith(("-D_FORTIFY", "-U_FORTIFY", "-O", "-M"))]
        at = words.index("-o")
        self.assembler = os.path.join(folder, name.replace("/", "-") + ".s")
        words = [w for n, w in enumerate(words[:at] + words[at + 2:]) if w not in ("-c",) and not w.endswith(".d") and not w.endswith(".o")]
        p = run(words + ["-O0", "-g", "-S", "-o", self.assembler], cwd=self.where)
        assert p.returncode == 0, p.stderr
        with open(self.assembler) as f:
            self.lines = f.read().split("\n")
        with open(path) as f:
            text = f.read().split("\n")
        self.branches, function, line, ours = [], "", 0, "1"
        for n, row in enumerate(self.lines):
            label = re.match(r"([A-Za-z_]\w*):", row)
            named = re.match(r'\s+\.file (\d+) ".*%s"' % re.escape(name), row)
            ours = named.group(1) if named else ours
            loc = re.match(r"\s+\.loc (\d+) (\d+)", row)
            jump = re.match(r"\s+j(\w+)\s", row)
            function = label.group(1) if label else function
            if loc:
                line = int(loc.group(2)) if loc.group(1) == ours else 0
            if jump and jump.group(1) in OPPOSITE:
                self.branches.append((n, function, text[line - 1].strip() if line else ""))

    def mutant(self, branch, path):
        lines = list(self.lines)
        lines[branch] = re.sub(r"j(\w+)", lambda m: "j" + OPPOSITE[m.group(1)], lines[branch], count=1)
        with open(path, "w") as f:
            f.write("\n".join(lines))


def bounded():
    """A mutant may also take all memory there is."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))


class Program:
    """A unit test, linked anew with one object in front of the archives."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        p = run(["ninja", "-C", BUILD, "-t", "commands", "tests/%s/%s" % (folder, name)])
        self.link = shlex.split(p.stdout.strip().split("\n")[-1])
        start = time.monotonic()
        out = subprocess.run([os.path.join(BUILD, "tests", folder, name)], capture_output=True, env=dict(os.environ, **QUICK))
        assert out.returncode == 0, name
        self.patience = 10 + 10 * (time.monotonic() - start)  # a mutant may go round for ever

    def survives(self, made, folder):
        at = self.link.index("-o") + 1
        path = os.path.join(folder, self.name)
        words = list(self.link)
        words[at] = path
        first = next(n for n, w in enumerate(words) if w.endswith(".o"))
        p = run(words[:first] + [made] + words[first:], cwd=BUILD)
        if p.returncode != 0:
            return None  # this program does not use that file, or has it by other means
        try:
            return subprocess.run([path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=self.patience, preexec_fn=bounded,
                                  env=dict(os.environ, **QUICK)).returncode == 0
        except subprocess.TimeoutExpired:
            return False


QUICK = {"CK_FORK": "no", "TEST_QUICK": "1"}


def killed_by(job):
    source, (branch, function, text), programs = job
    stem = "test_" + os.path.basename(source.name)[:-2]
    with tempfile.TemporaryDirectory() as folder:
        source.mutant(branch, folder + "/m.s")
        p = run(["gcc", "-c", folder + "/m.s", "-o", folder + "/m.o"])
        assert p.returncode == 0, p.stderr
        chosen = [p for p in programs if p.folder == FOLDERS[source.name.split("/")[0]]]
        for program in sorted(chosen, key=lambda p: (p.name != stem, p.name in LAST)):
            if program.survives(folder + "/m.o", folder) is False:
                return source.name, function, text, program.name
    return source.name, function, text, None


def harmless():
    with open(os.path.join(HERE, "harmless.txt")) as f:
        rows = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
    rows = [row.split(" | ", 2)[:2] + row.split(" | ", 2)[2].rsplit(" | ", 1) for row in rows]  # C has that sign too
    return {(file, function, text): why for file, function, text, why in rows}


def main():
    print("1..1\n# mutants: seed %d" % SEED, flush=True)
    with open(BUILD + "/compile_commands.json") as f:
        commands = {os.path.realpath(os.path.join(c["directory"], c["file"])): c for c in json.load(f)}
    programs = [Program(folder, n) for folder in sorted(set(FOLDERS.values())) for n in sorted(os.listdir("%s/tests/%s" % (BUILD, folder)))
                if re.fullmatch(r"test_\w+", n)]
    with tempfile.TemporaryDirectory() as folder:
        sources = [Source(name, commands, folder) for name in SOURCES if os.environ.get("MUTANTS_OF", "") in name]
        jobs = [(s, b, programs) for s in sources for b in s.branches]
        count = len(jobs)
        if WANTED:
            jobs = random.Random(SEED).sample(jobs, min(WANTED, count))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            done = list(pool.map(killed_by, jobs))
    known = harmless()
    alive = [d[:3] for d in done if not d[3]]
    faults = [d for d in alive if d not in known]
    idle = set(known) - set(alive) if not WANTED and "MUTANTS_OF" not in os.environ else ()
    print("%s 1 - %d of %d branches: %d killed, %d harmless with a reason" % (
        "not ok" if faults or idle else "ok", len(done), count, len(done) - len(alive), len(alive) - len(faults)), flush=True)
    for fault in sorted(set(faults)):
        print("# survives: %s | %s | %s" % fault, flush=True)
    for row in sorted(idle):
        print("# harmless.txt, needed by nothing: %s | %s | %s" % row, flush=True)
    return 1 if faults or idle else 0


if __name__ == "__main__":
    sys.exit(main())
