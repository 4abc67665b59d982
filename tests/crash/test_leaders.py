"""Two daemons: the leader is stopped (SIGSTOP) at every step for longer than its lease, the other takes over and goes on,
the first wakes up in the middle of what it was doing. Nothing happens twice, in the database or in the folder."""
import concurrent.futures
import signal
import sys
import time

from report import PLACES, SEED, run_all, run_suite, visits_of
from sandbox import wait_for
from stage import LEASE_SECONDS, STORY, Daemon, Play, undisturbed


def leads(play, daemon):
    return "leading, under lease number" in daemon.text()


def ask_either(play, step, pool):
    """Asks the first daemon; when it stops in the middle, the second one, under the same request id."""
    if play.first.stopped():
        return play.ask(step, play.second)
    call = pool.submit(play.ask, step, play.first)
    while not call.done():
        if play.first.stopped():
            return play.ask(step, play.second)
        time.sleep(0.005)
    return call.result()


def stopped(stage, place, nth, wanted, seed):
    """A play in which the leader sleeps at a place while another one takes over. Whether it slept, and for how long nobody led."""
    play = Play(stage, seed)
    good, slept, woken, gap = False, 0, False, 0.0
    play.second = Daemon(play, "second")
    pool = concurrent.futures.ThreadPoolExecutor(len(STORY))
    try:
        play.first.arm(place, nth, "stop")
        play.first.start(wait=False)
        wait_for("nobody begins", lambda: play.first.stopped() or leads(play, play.first))
        play.second.start()
        for step in range(len(STORY)):
            if play.first.stopped() and not slept:
                slept = step + 1
                start = time.time()
                wait_for("no take-over: " + play.second.text()[-500:], lambda: leads(play, play.second))
                gap = time.time() - start
            if slept and not woken and step > slept:
                play.first.process.send_signal(signal.SIGCONT)
                woken = True
            ask_either(play, step, pool)
        if not slept:  # a place that is reached when all is quiet
            wait_for("the place is never reached", play.first.stopped, 10)
            slept = len(STORY)
            wait_for("no take-over", lambda: leads(play, play.second))
        play.first.process.send_signal(signal.SIGCONT)
        pool.shutdown()
        play.finish(play.second)
        play.answer()
        play.compare(wanted)
        assert play.first.alive() and play.second.alive(), "a daemon died"
        good = True
        return slept, gap
    finally:
        if play.first.alive():
            play.first.process.send_signal(signal.SIGCONT)
        play.close(keep=not good)


def stopped_while_it_answers(stage, place, nth, wanted, seed):
    """The same while it takes in what the bank answers: whether it slept, and for how long nobody led."""
    play = Play(stage, seed)
    good = False
    play.second = Daemon(play, "second")
    pool = concurrent.futures.ThreadPoolExecutor(1)
    try:
        play.first.arm(place, nth, "stop")
        play.first.start()
        play.tell()
        play.finish()
        answering = pool.submit(play.answer)
        wait_for("the place is never reached", play.first.stopped, 20)
        play.second.start()
        start = time.time()
        wait_for("no take-over: " + play.second.text()[-500:], lambda: leads(play, play.second))
        gap = time.time() - start
        answering.result()
        play.first.go_on()
        play.finish(play.second)
        play.compare(wanted)
        assert play.first.alive() and play.second.alive(), "a daemon died"
        good = True
        return True, gap
    finally:
        play.first.go_on()
        pool.shutdown()
        play.close(keep=not good)


def taken_over(stage, wanted):
    """The leader dies; the standby leads within its lease."""
    play = Play(stage, SEED)
    play.second = Daemon(play, "second")
    try:
        play.first.start()
        wait_for("nobody leads", lambda: leads(play, play.first))
        play.second.start()
        play.tell(range(2), play.second)  # a standby takes facts
        play.first.end(signal.SIGKILL)
        start = time.time()
        wait_for("no take-over", lambda: leads(play, play.second))
        seconds = time.time() - start
        assert seconds < LEASE_SECONDS + 1.5, seconds
        play.tell(range(2, len(STORY)), play.second)
        play.finish(play.second)
        play.answer()
        play.compare(wanted)
        return seconds
    finally:
        play.close()


def body(report, stage):
    wanted, visits = undisturbed(stage, answered=True)
    counts = {name: visits.count(name) for name in PLACES}
    jobs = {(name, nth): lambda name=name, nth=nth: (stopped_while_it_answers if name.startswith("answer_") else stopped)(
        stage, name, nth, wanted, SEED + nth) for name in PLACES for nth in visits_of(counts, name, few=False)}
    done = run_all(report, "stopped at", jobs, 6)
    missed = [key for key, (slept, _) in done.items() if not slept]
    report.line(not missed, "the leader slept at every place", "not at: %s" % missed)
    death = run_all(report, "the leader", {("dies and the standby leads", 1): lambda: taken_over(stage, wanted)})
    return "%d places, %d sleeps, longest without a leader %.1f s asleep and %.1f s dead, of a lease of %d s" % (
        len(jobs), sum(bool(s) for s, _ in done.values()), max(g for _, g in done.values()), max(death.values()), LEASE_SECONDS)


sys.exit(run_suite("leaders", body))
