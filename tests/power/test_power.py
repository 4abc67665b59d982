"""The power is cut at every step, on ext4 and XFS, with PGDATA and the folders on one disk and on two: nothing is put out
twice, lost or torn, and what nobody can know is held for a person (F1-F3, F11).

And the suite can see: without PostgreSQL's fsync, and without ours, it goes red. CRASH_ALL=1 cuts at every place in every setting.
"""
import itertools
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../crash"))
from disk import refusal  # noqa: E402
from machine import Machine, Template  # noqa: E402
from report import ALL, PLACES, SEED, run_all, run_suite  # noqa: E402
from stage import undisturbed  # noqa: E402
from teller import Teller  # noqa: E402

SETTINGS = [(kind, disks) for kind in ("ext4", "xfs") for disks in (1, 2)]
LATE = "again when all was told", "taken_durable"
AGAIN = 10**9 if ALL else int(os.environ.get("POWER_AGAIN", "4"))
# Without this fsync a cut here must show: that the suite can see.
RED = {
    "PostgreSQL": ["mark_stored", "taken_stored", "release_stored", "command_stored"],
    "token": ["fence_durable", "published_durable", "mark_stored"],
    "copy": ["taken_stored"],
}
# Without these a cut changes nothing on ext4 and XFS, whose journals put a new file's name on disk with its fsync and all
# names in order: POSIX promises less, so they stay. And what they would lose is held or hidden at the next boot.
# (Without the archive's a file was once taken twice, cut at "published": it matters, but no cut finds it every time.)
COVERED = {
    "outbox": ["fence_durable", "mark_stored", "taken_stored"],
}


def cut_at(stage, template, places, wanted, seed, sync, skip=None):
    """A play whose power is cut at each of PLACES, one after the other. (how often it was, how many files were held)"""
    play = Machine(stage, template, seed, sync, stage.preload_faults() if skip else None, skip)
    cuts = 0
    good = False
    try:
        play.first.arm(places[0][0], places[0][1], "stop")
        play.first.start(wait=False)
        teller = Teller(play)
        try:
            for following in [*places[1:], None]:
                if not teller.wait_stopped():
                    break
                time.sleep(random.Random(seed).choice([0, 0.02, 0.15]))
                if following:
                    play.first.arm(*following, "stop")
                play.cut_power()
                cuts += 1
        finally:
            teller.done()
        play.finish()
        play.compare(wanted)
        good = True
        return cuts, play.held
    finally:
        play.close(keep=not good and bool(os.environ.get("POWER_KEEP")))


def cut_everywhere(report, stage, templates, wanted, places):
    rng = random.Random(SEED)
    jobs = {}
    for place in places:
        for setting, sync in (itertools.product(SETTINGS, (False, True)) if ALL else [(rng.choice(SETTINGS), rng.random() < 0.5)]):
            jobs[place, *setting, sync] = lambda p=place, s=setting, y=sync: cut_at(stage, templates[s], [(p, 1)], wanted, SEED + len(p), y)
    done = run_all(report, "cut at", jobs)
    missed = [p for p in places if not any(cuts for (name, *_), (cuts, _) in done.items() if name == p)]
    report.line(not missed, "there was a cut at every place", "none at: %s" % missed)
    return done


def cut_again(report, stage, templates, wanted, places):
    rng = random.Random(SEED + 1)
    pairs = rng.sample(list(itertools.product(places, places)), min(AGAIN, len(places) ** 2))
    jobs = {("again while it recovers", a, b): lambda a=a, b=b: cut_at(
        stage, templates[rng.choice(SETTINGS)], [(a, 1), (b, 1)], wanted, SEED + len(a + b), False) for a, b in pairs}
    jobs[LATE] = lambda: cut_at(
        stage, templates[rng.choice(SETTINGS)], [("taken_durable", 3), ("commit_sent", 1)], wanted, SEED, False)
    done = run_all(report, "cut", jobs)
    report.line(done.get(LATE, (0, 0))[0] == 2, "cut twice when all was told", "%r" % (done.get(LATE),))
    return done


def goes_wrong(*args):
    """What a play ends with; empty when all is right."""
    try:
        cut_at(*args)
        return ""
    except Exception as e:
        return str(e).splitlines()[0][:140]


def show_red(report, stage, templates, wanted):
    """One play of each must fail: else the suite could not see what it is for."""
    loose = Template(stage, "ext4", 2, fsync="off")
    jobs = {(part, place): (lambda p=place: goes_wrong(stage, loose, [(p, 1)], wanted, SEED, True)) if part == "PostgreSQL" else (
        lambda p=place, part=part: goes_wrong(stage, templates["xfs", 2], [(p, 1)], wanted, SEED, True, part)) for part in RED for place in RED[part]}
    wrong = run_all(report, "played without the fsync of", jobs)
    for part in RED:
        seen = [text for (name, _), text in wrong.items() if name == part and text]
        report.line(bool(seen), "red without the fsync of " + part, "every play was green")
        print("# without the fsync of %s: %s" % (part, "; ".join(seen)))


def show_covered(report, stage, templates, wanted):
    rng = random.Random(SEED + 2)
    run_all(report, "right even without the fsync of", {
        (part, place): lambda p=place, part=part: cut_at(stage, templates[rng.choice(["ext4", "xfs"]), 2], [(p, 1)], wanted, SEED, False, part)
        for part in COVERED for place in COVERED[part]})


def body(report, stage):
    wanted, visits = undisturbed(stage)
    places = [p for p in PLACES if p in visits]
    stage.postgres("stop")
    templates = {(kind, disks): Template(stage, kind, disks) for kind, disks in SETTINGS}
    done = cut_everywhere(report, stage, templates, wanted, places)
    again = cut_again(report, stage, templates, wanted, places)
    show_red(report, stage, templates, wanted)
    show_covered(report, stage, templates, wanted)
    return "%d places, %d cuts, %d files held for a person" % (
        len(places), sum(c for c, _ in [*done.values(), *again.values()]), sum(h for _, h in [*done.values(), *again.values()]))


def main():
    if refusal():
        print("ok 1 - the power is cut at every step # SKIP %s\n1..1" % refusal())
        return 0
    return run_suite("power", body)


if __name__ == "__main__":
    sys.exit(main())
