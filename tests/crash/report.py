"""What the suites of faults share: TAP, many plays at a time, the sample of visits."""
import concurrent.futures
import os
import random
import time
import traceback

from stage import Stage, failpoints

ALL = os.environ.get("CRASH_ALL") == "1"
SEED = int(os.environ.get("CRASH_SEED", "0") or 0) or random.randrange(1, 10**6)
WORKERS = int(os.environ.get("CRASH_WORKERS", "3"))
PLACES = [name for name in failpoints() if not name.startswith("mail_")]  # those are the mailer's: test_mailer.py


class Report:
    """TAP, a line a check."""

    def __init__(self):
        self.number = self.failed = 0

    def line(self, good, title, more=""):
        self.number += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.number, title), flush=True)
        for text in more.splitlines() if not good else []:
            print("# " + text)

    def end(self):
        print("1..%d" % self.number)
        return 1 if self.failed else 0


def run_all(report, title, jobs, workers=WORKERS):
    """JOBS by (name, ...), some at a time; all of one name are one line of the report. Answers what each gave."""
    answers, broken = {}, {}
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(job): key for key, job in jobs.items()}
        for future in concurrent.futures.as_completed(futures):
            key = futures[future]
            try:
                answers[key] = future.result()
            except Exception:
                broken[key] = traceback.format_exc()
    for name in dict.fromkeys(key[0] for key in jobs):
        count = len([k for k in jobs if k[0] == name])
        bad = [(k, text) for k, text in broken.items() if k[0] == name]
        report.line(not bad, "%s %s (%d)" % (title, name, count), "\n".join("%s\n%s" % pair for pair in bad[:2]))
    return answers


def visits_of(counts, name, few=True):
    """Which visits of a place are disturbed: the first ones, one in the middle, the last; all by option."""
    n = counts[name]
    if ALL:
        return range(1, n + 1)
    return sorted({1, 2, (n + 1) // 2, n} & set(range(1, n + 1))) if few else [1]


def run_suite(name, body):
    """BODY(report, stage) plays on a stage of its own and answers the line that sums it up; the exit code."""
    report, stage, start = Report(), Stage(), time.time()
    try:
        told = body(report, stage)
        print("# %s: seed %d: %s; %.0f s" % (name, SEED, told, time.time() - start))
    finally:
        stage.close()
    return report.end()
