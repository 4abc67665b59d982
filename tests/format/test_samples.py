"""Real answers of banks: each reads to what was recorded and reviewed in samples.txt, or is refused. `--record` prints it anew.

And cut short anywhere, none of them is read; what is read in two programs of ours, or beside xmllint, is well-formed for both.
"""
import collections
import decimal
import glob
import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD", os.path.join(HERE, "../../build"))
SHARED = os.environ.get("SHARED", os.path.join(HERE, "../../../shared"))
CUTS = int(os.environ.get("SAMPLE_CUTS", "3000"))


def show(path):
    p = subprocess.run([BUILD + "/tests/format/show_answer", path], capture_output=True)
    assert p.returncode in (0, 1), "%s: exit %d %s" % (path, p.returncode, p.stderr[-500:])
    return p.returncode, p.stdout.decode()


def sums(lines):
    """What was booked, by direction and currency, with a calculation of its own."""
    total = collections.Counter()
    for line in lines:
        if line.startswith("entry "):
            _, amount, currency, direction, _, status = line.split("|")[:6]
            if status == "BOOK" and "no amount" not in amount:
                total[direction, currency] += decimal.Decimal(amount)
    return " ".join("%s %s %s" % (d, t.quantize(decimal.Decimal("0.01")), c) for (d, c), t in sorted(total.items()))


def summary(path):
    code, text = show(path)
    lines = text.splitlines()
    kinds = collections.Counter(line.split(" ")[0] for line in lines)
    statuses = [line.split("|") for line in lines if line.startswith(("group", "payment", "transaction"))]
    codes = sorted({status[6] + " " + status[7].split(" ")[0] for status in statuses})
    counted = " ".join("%d %s" % (n, k) for k, n in sorted(kinds.items()))
    named = ", ".join(c.strip() for c in codes if c.strip())
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return " | ".join([os.path.basename(path), "refused" if code else "read", counted, sums(lines), named,
                       "%d no amount" % text.count("(no amount)"), digest])


def samples():
    return sorted(p for p in glob.glob(SHARED + "/samples/iso20022/*.xml") if "/pain.001" not in p)


def cut_is_refused(path):
    """At every byte of each file, or at about CUTS places of a long one: refused, never a crash, never read. What is wrong; None: nothing."""
    p = subprocess.run([BUILD + "/tests/format/show_answer", "--cuts", str(CUTS), path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return None if p.returncode == 0 else "exit %d %s" % (p.returncode, p.stderr[-300:])


def main():
    if "--record" in sys.argv:
        print("\n".join(summary(p) for p in samples()))
        return 0
    if not samples():
        print("1..1\nok 1 - real answers of banks # SKIP %s/samples is not there" % SHARED)
        return 0
    with open(HERE + "/samples.txt") as f:
        recorded = {line.split(" | ")[0]: line.rstrip("\n") for line in f}
    failed = number = 0
    for path in samples():
        got, wanted = summary(path), recorded.get(os.path.basename(path), "nothing is recorded")
        at = cut_is_refused(path)
        number += 1
        good = got == wanted and at is None
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, os.path.basename(path)))
        if not good:
            print("# got    %s\n# wanted %s\n# cut short: %s" % (got, wanted, at))
    missing = set(recorded) - {os.path.basename(p) for p in samples()}
    number += 1
    failed += bool(missing)
    print("%s %d - every recorded sample is there %s\n1..%d" % ("not ok" if missing else "ok", number, sorted(missing), number))
    return 1 if failed else 0


sys.exit(main())
