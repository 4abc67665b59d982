"""Killed at every step: what is paid, filed and journaled is what it would have been.

CRASH_ALL=1 kills at every visit of every place, and at every pair of places; otherwise the first visits, the last one, and
a sample of the pairs whose seed is printed.
"""
import os
import random
import sys
import time

from report import ALL, PLACES, SEED, run_all, run_suite, visits_of
from stage import Play, undisturbed

PAIRS = 10**9 if ALL else int(os.environ.get("CRASH_PAIRS", "60"))


def killed(stage, kills, wanted, seed):
    """A play in which the daemon dies at each of KILLS, one after the other. How many did, and what was visited after the first."""
    play = Play(stage, seed)
    good = False
    kills = list(kills)
    mark = []
    revive = play.revive

    def revive_and_arm():
        if not play.first.alive():
            mark.append(len(play.first.visited()))
            if kills and not play.first.armed():
                play.first.arm(*kills.pop(0), "kill")
        revive()

    try:
        play.revive = revive_and_arm
        play.first.arm(*kills.pop(0), "kill")
        play.first.start(wait=False)
        play.tell()
        play.finish()
        play.answer()
        end = time.time() + 20
        while (play.first.armed() or play.first.stopping()) and not mark and time.time() < end:  # it is reached when all is quiet
            play.revive()
            time.sleep(0.05)
        play.revive()
        play.finish()
        play.compare(wanted)
        good = True
        return play.restarts, play.first.visited()[mark[0]:] if mark else []
    finally:
        play.close(keep=not good)


def kill_everywhere(report, stage, wanted, counts):
    jobs = {(name, nth): lambda name=name, nth=nth: killed(stage, [(name, nth)], wanted, SEED + nth)
            for name in PLACES for nth in visits_of(counts, name)}
    first = run_all(report, "killed at", jobs)
    missed = [name for name in PLACES if not any(fired for (n, _), (fired, _) in first.items() if n == name)]
    report.line(not missed, "there was a kill at every place", "none at: %s" % missed)
    return first


def kill_again(report, stage, wanted, first):
    pairs = [(name, nth, other, 1) for (name, nth), (_, after) in first.items() if nth == 1 for other in sorted(set(after))]
    chosen = pairs if len(pairs) <= PAIRS else random.Random(SEED).sample(pairs, PAIRS)
    jobs = {("again while it recovers", pair): lambda p=pair: killed(stage, [p[:2], p[2:]], wanted, SEED + 7) for pair in chosen}
    return run_all(report, "killed", jobs), len(pairs)


def body(report, stage):
    wanted, visits = undisturbed(stage, answered=True)
    again, _ = undisturbed(stage, 1, answered=True)
    report.line(wanted == again and len(wanted.payments) == 4, "two plays that nothing disturbs come to the same", "%s\n%s" % (wanted, again))
    counts = {name: visits.count(name) for name in PLACES}
    never = [n for n in PLACES if not counts[n]]
    report.line(not never, "every place of the list is reached", "never reached: %s" % never)
    first = kill_everywhere(report, stage, wanted, counts)
    second, pairs = kill_again(report, stage, wanted, first)
    return "%d places, %d visits, %d kills, %d kills again (%d of %d pairs)" % (
        len(PLACES), len(visits), sum(f for f, _ in first.values()), sum(f - 1 for f, _ in second.values()), len(second), pairs)


sys.exit(run_suite("crash", body))
