"""Proofs by Frama-C of the arithmetic that pays: the length of months, months added and clamped, shares and what is left.

The functions' own text is taken from lib/base and put behind the contracts below, so that the proof speaks of the code that
runs; overflow, division by zero and bad accesses are goals too. Three slips are put in, and each must leave a goal unproved.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = os.path.join(HERE, "../../lib/base")
# Function, its file, its contract.
PROVED = [
    ("is_leap", "date.c", "requires -4000 <= year <= 9999; assigns \\nothing; ensures \\result <==> feb(year) == 29;"),
    ("date_month_days", "date.c", "requires 1 <= month <= 12 && -4000 <= year <= 9999; assigns \\nothing; ensures \\result == len(year, month);"),
    ("move_months", "date.c",
     "requires \\valid(year) && \\valid(month) && \\separated(year, month); requires 1900 <= *year <= 2999 && 1 <= *month <= 12; "
     "requires -1200 <= months <= 1200; assigns *year, *month; ensures 1 <= *month <= 12; "
     "ensures 12 * *year + *month == \\old(12 * *year + *month) + months;"),
    ("clamp_day", "date.c",
     "requires 1 <= month <= 12 && 1700 <= year <= 3200 && 1 <= day <= 31; assigns \\nothing; ensures 1 <= \\result <= len(year, month); "
     "ensures \\result == day || (\\result < day && \\result == len(year, month));"),
    ("cents_share", "money.c",
     "requires 0 <= grant.v <= 1000000000000 && 0 <= share.e4 <= 1000000; assigns \\nothing; ensures 0 <= \\result.v <= grant.v; "
     "ensures 1000000 * \\result.v <= grant.v * share.e4 < 1000000 * (\\result.v + 1); ensures share.e4 == 1000000 ==> \\result.v == grant.v;"),
    ("cents_sub", "money.c",
     "requires \\valid(rest); requires 0 <= a.v <= 1000000000000; assigns rest->v; "
     "behavior fits: assumes 0 <= b.v <= a.v; ensures \\result == 0 && rest->v == a.v - b.v && 0 <= rest->v <= a.v; "
     "behavior not: assumes !(0 <= b.v <= a.v); ensures \\result == MONEY_E_RANGE && rest->v == \\old(rest->v); complete behaviors; disjoint behaviors;"),
]
SLIPS = [
    ("a share rounded up", "/ SHARE_WHOLE.e4 }", "/ SHARE_WHOLE.e4 + 1 }"),
    ("the leap day forgotten", "days[month - 1] + (month == 2 && is_leap(year))", "days[month - 1]"),
    ("a grant a thousand times too large", "grant.v <= 1000000000000 && 0 <= share", "grant.v <= 1000000000000000 && 0 <= share"),
]


def function(name, path):
    """The text of a function, as it stands in the library."""
    with open(os.path.join(BASE, path)) as f:
        found = re.search(r"^[a-z][^\n;]*\b%s\([^;{]*?\)\n\{\n.*?^\}\n" % name, f.read(), re.M | re.S)
    assert found, "%s has no function %s" % (path, name)
    return found.group(0)


def assemble():
    with open(os.path.join(HERE, "arithmetic.h")) as f:
        text = f.read()
    return text + "".join("\n/*@ %s */\n%s" % (contract, function(name, path)) for name, path, contract in PROVED)


def prove(text, folder, env):
    """(goals proved, goals)"""
    path = os.path.join(folder, "arithmetic.c")
    with open(path, "w") as f:
        f.write(text)
    out = subprocess.run(["frama-c", "-wp", "-wp-rte", "-wp-prover", "z3", "-wp-timeout", "20", path], cwd=folder, env=env,
                         capture_output=True, text=True).stdout
    proved = re.search(r"Proved goals:\s+(\d+)\s*/\s*(\d+)", out)
    assert proved, out[-800:]
    return int(proved.group(1)), int(proved.group(2)), out


def main():
    failed = 0
    print("1..%d" % (1 + len(SLIPS)))
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, HOME=folder)  # what why3 finds of provers is written there, not into anybody's home
        subprocess.run(["why3", "config", "detect"], env=env, check=True, capture_output=True)
        text = assemble()
        proved, goals, out = prove(text, folder, env)
        good = proved == goals and goals >= 20
        failed += not good
        print("%s 1 - months and shares: %d of %d goals proved" % ("ok" if good else "not ok", proved, goals), flush=True)
        for line in out.splitlines() if not good else []:
            print("# " + line)
        for number, (title, old, new) in enumerate(SLIPS, 2):
            assert old in text, old
            proved, goals, _ = prove(text.replace(old, new), folder, env)
            failed += proved == goals
            print("%s %d - %s is refused: %d of %d goals proved" % ("ok" if proved < goals else "not ok", number, title, proved, goals), flush=True)
    return 1 if failed else 0


sys.exit(main())
