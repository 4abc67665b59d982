"""The token protocol, every interleaving of it: put out twice never, lost never; and the protocols that came before are refuted.

MODEL_ALL=1 also takes the largest runs.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# title, V, N, CRASHES, CUTS, lazy removals, property, right
RUNS = [
    ("a temporary file and a rename, a crash", 1, 1, 1, 0, False, "once", False),
    ("a temporary file and a rename, two daemons and a pause", 1, 2, 0, 0, False, "once", False),
    ("a temporary file and a rename, a power cut", 1, 1, 0, 1, False, "once", False),
    ("the token, two daemons and two crashes", 2, 2, 2, 0, False, "once", True),
    ("the token, a power cut", 2, 2, 0, 1, False, "once", False),
    ("the token and the boot number, two daemons, a crash, two cuts", 3, 2, 1, 2, False, "once", True),
    ("the token and the boot number, removals that are not on disk", 3, 1, 0, 1, True, "once", False),
    ("what we do, removals that are not on disk, two daemons, a crash, two cuts", 4, 2, 1, 2, True, "once", True),
    ("what we do, nothing is lost", 4, 2, 1, 1, True, "lost", True),
]
LARGE = [("what we do, two daemons, two crashes, two cuts", 4, 2, 2, 2, True, "once", True)]


def check(v, n, crashes, cuts, lazy, what, folder):
    """(number of errors, states stored) of one run of Spin."""
    defines = ["-DV=%d" % v, "-DN=%d" % n, "-DCRASHES=%d" % crashes, "-DCUTS=%d" % cuts] + (["-DLAZY"] if lazy else [])
    subprocess.run(["spin", *defines, "-a", os.path.join(HERE, "token.pml")], cwd=folder, check=True, capture_output=True)
    safety = ["-DSAFETY", "-DNOCLAIM"] if what == "once" else []
    subprocess.run(["gcc", "-O2", "-w", "-DCOLLAPSE", *safety, "-o", "pan", "pan.c"], cwd=folder, check=True, capture_output=True)
    words = ["-E", "-m400000"] if what == "once" else ["-a", "-E", "-m400000"]
    out = subprocess.run(["./pan", *words], cwd=folder, capture_output=True, text=True).stdout
    assert "max search depth too small" not in out, "the search was cut short"
    errors, states = re.search(r"errors: (\d+)", out), re.search(r"(\d+) states, stored", out)
    return int(errors.group(1)), int(states.group(1))


def main():
    runs = RUNS + (LARGE if os.environ.get("MODEL_ALL") == "1" else [])
    failed = total = 0
    print("1..%d" % len(runs))
    for number, (title, v, n, crashes, cuts, lazy, what, right) in enumerate(runs, 1):
        with tempfile.TemporaryDirectory() as folder:
            errors, states = check(v, n, crashes, cuts, lazy, what, folder)
        good = (errors == 0) == right and states > 20
        failed += not good
        total += states
        print("%s %d - %s: %s in %d states" % ("ok" if good else "not ok", number, title, "holds" if not errors else "refuted", states), flush=True)
    print("# model: %d states of %d runs" % (total, len(runs)))
    return 1 if failed else 0


sys.exit(main())
