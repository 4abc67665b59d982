"""Calls that fail: the n-th openat, write, fsync, close, linkat, renameat2, unlinkat on our folders, and the n-th allocation,
gives an error, is cut short, or is where the process is killed; once, or for ever until the cause goes away.

No place has a name here: n runs over every call that an undisturbed play makes (all of them with CRASH_ALL=1, else a sample).
"""
import errno
import os
import random
import sys
import threading
import time

from report import ALL, SEED, run_all, run_suite
from stage import Play, undisturbed

FAULTS = {
    "openat": ["ENOSPC", "EIO", "EMFILE", "EACCES", "kill"],
    "write": ["ENOSPC", "EIO", "EINTR", "short", "kill", "killed"],
    "fsync": ["EIO", "ENOSPC", "EINTR", "kill", "killed"],
    "close": ["EIO", "EINTR", "kill"],
    "linkat": ["ENOSPC", "EIO", "kill", "killed"],
    "renameat": ["ENOSPC", "EIO", "kill", "killed"],
    "unlinkat": ["EIO", "EROFS", "kill"],
    "malloc": ["ENOMEM"],
}
SAMPLE = 10**9 if ALL else int(os.environ.get("CRASH_FAULTS", "160"))
WORKERS = int(os.environ.get("CRASH_WORKERS", "6"))
ENDS = {0, 1, -6, -9}  # stopped, restart me, out of memory, killed: never a crash of its own
STARTING = {-11, 2, 78}  # libconfig 1.5 looks at no allocation: it crashes, ends the process, or reads a file that is not ours


class Faulty(Play):
    """A play whose daemon has the preloaded faults."""

    def __init__(self, stage, seed=0):
        super().__init__(stage, seed, stage.preload_faults())
        self.first.preload.update(FAULTS_DIR=self.first.test_dir, FAULTS_STATE=self.dir + "/state")
        self.fault, self.fired = self.first.test_dir + "/fault", self.first.test_dir + "/fired"
        self.over = False
        self.patient.add(500)  # libpq had no memory for a result: nothing was changed, and the same request may be sent again

    def revive(self):
        if self.first.process and not self.first.alive():
            early = STARTING if "connected" not in self.first.text() else set()
            assert self.first.process.returncode in ENDS | early, "it ended with %d: %s" % (self.first.process.returncode, self.first.text()[-1500:])
        super().revive()

    def heal(self):
        """The cause of a fault that lasts goes away a while after it began."""
        while not self.over:
            if os.path.exists(self.fired):
                time.sleep(0.4)
                if os.path.exists(self.fault):
                    os.unlink(self.fault)
                return
            time.sleep(0.01)

    def run(self, call, nth, what, how):
        with open(self.fault, "w") as f:
            f.write("%s %d %s %s" % (call, nth, getattr(errno, what, what), how))
        os.chmod(self.fault, 0o666)
        healer = threading.Thread(target=self.heal)
        healer.start()
        try:
            self.first.start(wait=False)
            self.tell()
            if how == "ever" and os.path.exists(self.fired):
                healer.join()
            self.finish(seconds=60)
            self.answer()
        finally:
            self.over = True
            healer.join()
        return os.path.exists(self.fired) or not os.path.exists(self.fault)


def faulty(stage, wanted, call, nth, what, how):
    play = Faulty(stage, nth)
    good = False
    try:
        fired = play.run(call, nth, what, how)
        play.compare(wanted)
        good = True
        return fired
    finally:
        play.close(keep=not good)


def counts(stage):
    """How often an undisturbed play makes each call."""
    play = Faulty(stage)
    try:
        play.first.start()
        play.tell()
        play.finish()
        play.answer()
        play.first.end()
        with open(play.first.test_dir + "/counts") as f:
            return {line.split()[0]: int(line.split()[1]) for line in f}
    finally:
        play.close()


def choose(made):
    """Every (call, fault, once or ever) at one n, and a sample of the rest; allocations at some n of each magnitude, and anywhere."""
    rng = random.Random(SEED)
    every, must = [], []
    for call, whats in FAULTS.items():
        for what in whats:
            for how in ["once"] if what in ("kill", "killed", "short", "EINTR") else ["once", "ever"]:
                ns = range(1, made[call] + 1)
                if call == "malloc":
                    if how == "ever":
                        continue
                    ns = sorted({int(made[call] ** (i / 30)) for i in range(31)} | set(rng.sample(ns, 60))) if not ALL else ns
                must.append((call, rng.choice(list(ns)[:(len(ns) + 1) // 2]), what, how))  # late ones may be the end's
                every += [(call, n, what, how) for n in ns]
    rest = sorted(set(every) - set(must))
    return sorted(must + (rest if len(rest) <= SAMPLE else rng.sample(rest, SAMPLE))), len(every)


def body(report, stage):
    wanted, _ = undisturbed(stage, answered=True)
    made = counts(stage)
    report.line(all(made[call] for call in FAULTS), "a play makes every kind of call", repr(made))
    chosen, every = choose(made)
    jobs = {("%s %s %s" % (c, w, h), n): lambda c=c, n=n, w=w, h=h: faulty(stage, wanted, c, n, w, h) for c, n, w, h in chosen}
    done = run_all(report, "the n-th", jobs, WORKERS)
    kinds = dict.fromkeys(name for name, _ in jobs)
    quiet = [k for k in kinds if not any(fired for (name, _), fired in done.items() if name == k)]
    report.line(not quiet, "every kind of fault happened", "never: %s" % quiet)
    return "%s; %d plays of %d, %d faults happened" % (
        ", ".join("%d %s" % (n, c) for c, n in made.items()), len(done), every, sum(map(bool, done.values())))


sys.exit(run_suite("faults", body))
