"""Coverage of lib/ by branch, after the suites that scripts/test ran with counters; what none of them took must have a reason.

TREE has the counters (GCOV_PREFIX), BUILD the build that wrote them. A reason stands in reasons.txt with a pattern; it holds for every
branch of lines that the pattern is found in, as "floor/file.c: text of the line". A reason that no branch needs any more is a fault too.
Branches that nobody has looked at yet are counted in open.txt, file by file: more than that is a fault, so that the count only falls.
COVERAGE_ALL=1 lists them all."""
import collections
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.realpath(os.environ["BUILD"])
TREE = os.environ["TREE"]


def collect():
    """What gcovr makes of the counters, by file of lib/."""
    for folder, _, names in os.walk(TREE + BUILD):
        for name in names:
            if name.endswith(".gcda"):  # beside what the compiler noted, for its paths are relative
                shutil.copy(os.path.join(folder, name), os.path.join(BUILD, os.path.relpath(folder, TREE + BUILD)))
    p = subprocess.run(["gcovr", "-r", ROOT, "--filter", ROOT + "/lib/", "--gcov-ignore-parse-errors", "--json", "-", "."], cwd=BUILD,
                       env={k: v for k, v in os.environ.items() if not k.startswith("GCOV")}, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return json.loads(p.stdout)["files"]


def reasons():
    with open(os.path.join(HERE, "reasons.txt"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").rsplit(" | ", 1) for line in f if line.strip() and not line.startswith("#")]
    return [(re.compile(pattern), why) for pattern, why in rows]


def unseen():
    """How many branches of a file nobody has looked at."""
    with open(os.path.join(HERE, "open.txt"), encoding="utf-8") as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    return {name: int(count) for count, name in rows}


def main():
    known, allowed = reasons(), unseen()
    floors, used, unexplained = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for file in collect():
        name = os.path.relpath(file["file"], "lib")
        with open(os.path.join(ROOT, file["file"]), encoding="utf-8") as f:
            text = f.read().split("\n")
        for line in file["lines"]:
            for branch in line["branches"]:
                floor = name.split("/")[0]
                floors[floor, "all"] += 1
                if branch["count"]:
                    floors[floor, "taken"] += 1
                    continue
                said = "%s: %s" % (name, text[line["line_number"] - 1].strip())
                why = next((r for r in known if r[0].search(said)), None)
                if why:
                    used[why] += 1
                else:
                    unexplained[name].append("%s:%d: %s" % (name, line["line_number"], text[line["line_number"] - 1].strip()))
    print("1..2")
    for floor in sorted({f for f, _ in floors}):
        print("# coverage: %-7s %5d of %5d branches taken, %d %%" % (
            floor, floors[floor, "taken"], floors[floor, "all"], 100 * floors[floor, "taken"] // floors[floor, "all"]))
    taken, all_ = (sum(n for (_, what), n in floors.items() if what == w) for w in ("taken", "all"))
    print("# coverage: lib %d of %d branches taken, %.1f %%; %d with a reason, %d that nobody looked at" % (
        taken, all_, 100 * taken / all_, sum(used.values()), sum(map(len, unexplained.values()))))
    more = sorted(name for name, lines in unexplained.items() if len(lines) > allowed.get(name, 0))
    print("%s 1 - no branch of lib goes untaken that has no reason and is not counted" % ("not ok" if more else "ok"))
    for name in more:
        print("# %s: %d, not %d" % (name, len(unexplained[name]), allowed.get(name, 0)))
    for name in sorted(unexplained) if os.environ.get("COVERAGE_ALL") else more:
        print("\n".join("# not taken: " + line for line in sorted(set(unexplained[name]))))
    idle = [r[0].pattern for r in known if not used[r]]
    print("%s 2 - every reason is needed" % ("not ok" if idle else "ok"))
    for pattern in idle:
        print("# needed by nothing: " + pattern)
    return 1 if more or idle else 0


if __name__ == "__main__":
    sys.exit(main())
