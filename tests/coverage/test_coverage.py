"""Coverage of lib/ by branch, after the suites that scripts/test ran with counters; what none of them took must have a reason.

TREE has the counters (GCOV_PREFIX), BUILD the build that wrote them. A reason stands in reasons.txt with a pattern; it holds for every
branch of lines that the pattern is found in, as "floor/file.c: text of the line", or of the very line that stands after "=". A pattern
that no branch needs any more is a fault too, and so is a line that is gone. Random stories differ from run to run: SLACK branches in
all may go without a reason, and are listed."""
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
SLACK = 6


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
    """Those of patterns, and those of lines by the line."""
    with open(os.path.join(HERE, "reasons.txt"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").rsplit(" | ", 1) for line in f if line.strip() and not line.startswith("#")]
    return [re.compile(text) for text, _ in rows if text[0] != "="], {text[1:]: why for text, why in rows if text[0] == "="}


def lines_of(name):
    with open(os.path.join(ROOT, "lib", name), encoding="utf-8") as f:
        return ["%s: %s" % (name, line.strip()) for line in f]


def main():
    known, by_line = reasons()
    floors, used, unexplained = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for file in collect():
        name = os.path.relpath(file["file"], "lib")
        text = lines_of(name)
        for line in file["lines"]:
            for branch in line["branches"]:
                floor = name.split("/")[0]
                floors[floor, "all"] += 1
                if branch["count"]:
                    floors[floor, "taken"] += 1
                    continue
                said = text[line["line_number"] - 1]
                why = said if said in by_line else next((r for r in known if r.search(said)), None)
                if why:
                    used[why] += 1
                else:
                    unexplained[name].append("%s, line %d" % (said, line["line_number"]))
    print("1..2")
    for floor in sorted({f for f, _ in floors}):
        print("# coverage: %-7s %5d of %5d branches taken, %d %%" % (
            floor, floors[floor, "taken"], floors[floor, "all"], 100 * floors[floor, "taken"] // floors[floor, "all"]))
    taken, all_ = (sum(n for (_, what), n in floors.items() if what == w) for w in ("taken", "all"))
    print("# coverage: lib %d of %d branches taken, %.1f %%; %d with a reason, %d without" % (
        taken, all_, 100 * taken / all_, sum(used.values()), sum(map(len, unexplained.values()))))
    more = sum(map(len, unexplained.values())) > SLACK
    print("%s 1 - every branch of lib is taken, or has a reason, but for %d in all" % ("not ok" if more else "ok", SLACK))
    for name in sorted(unexplained):
        print("\n".join("# not taken: " + line for line in sorted(set(unexplained[name]))))
    there = {line for path in {said.partition(": ")[0] for said in by_line} for line in lines_of(path)}
    idle = [r.pattern for r in known if not used[r]] + ["=" + said for said in by_line if said not in there]
    print("%s 2 - every reason is needed" % ("not ok" if idle else "ok"))
    for pattern in idle:
        print("# needed by nothing: " + pattern)
    return 1 if more or idle else 0


if __name__ == "__main__":
    sys.exit(main())
