"""The connection to PostgreSQL breaks at each message of a COMMIT, and the server itself goes away: what is paid is the same.

A COMMIT whose outcome is unknown is settled by looking (P4, F7, F17-F19); what is asked again is done once.
"""
import concurrent.futures
import os
import random
import sys
import time

from proxy import ANSWERS, CUTS, Proxy
from report import ALL, SEED, run_all, run_suite
from stage import Play, kill_postgres, postmaster_of, start_killed_postgres, undisturbed

EACH = 10**9 if ALL else int(os.environ.get("CRASH_COMMITS", "5"))
TIMEOUT_SECONDS = 2


class Proxied(Play):
    """A play whose daemon speaks to PostgreSQL through the proxy."""

    def __init__(self, stage, seed=0):
        self.proxy = Proxy("%s/proxy_%d" % (stage.place, next(stage.numbers)), stage.place + "/run")
        super().__init__(stage, seed)

    def conninfo(self):
        return "host=%s dbname=%s" % (self.proxy.folder, self.database)

    def configuration(self):
        return super().configuration().replace("timeout_seconds = 10;", "timeout_seconds = %d;" % TIMEOUT_SECONDS)

    def close(self, keep=False):
        self.proxy.close()
        super().close(keep)


def cut(stage, wanted, what, nth):
    """A play in which that is done to its n-th COMMIT. Whether it was."""
    play = Proxied(stage, nth)
    good = False
    try:
        if what == "refused":
            play.patient.add(500)
        play.proxy.arm(nth, what)
        play.first.start()
        play.tell()
        play.finish()
        play.answer()
        play.compare(wanted)
        assert play.restarts == 0, "the daemon died"
        good = True
        return play.proxy.fired
    finally:
        play.close(keep=not good)


def count_commits(stage):
    play = Proxied(stage)
    try:
        play.first.start()
        play.tell()
        play.finish()
        play.answer()
        return play.proxy.commits
    finally:
        play.close()


def cut_everywhere(report, stage, wanted, commits):
    rng = random.Random(SEED)
    jobs = {}
    for what in CUTS + ANSWERS:
        for nth in sorted(rng.sample(range(1, commits), min(EACH, commits - 1))):
            jobs["COMMIT: " + what, nth] = lambda w=what, n=nth: cut(stage, wanted, w, n)
    done = run_all(report, "at a", jobs)
    quiet = [w for w in CUTS + ANSWERS if not any(fired for (name, _), fired in done.items() if name == "COMMIT: " + w)]
    report.line(not quiet, "each kind of cut happened", "never: %s" % quiet)
    return done


def told_with(stage, wanted, disturb):
    """A play that DISTURB disturbs before each step."""
    play = Proxied(stage, SEED)
    good = False
    try:
        play.first.start()
        for step in range(8):
            disturb(play, step)
            play.ask(step)
        play.finish()
        play.answer()
        play.compare(wanted)
        good = True
    finally:
        play.close(keep=not good)


def lose_notifications(play, step):
    """Nobody listens while the clock is set: what is due is found all the same."""
    if step != 5:
        return
    play.proxy.close()
    time.sleep(0.5)
    play.sql("UPDATE instance SET rehearsal_target = '2024-01-16'")
    play.proxy.open()
    end = time.time() + 20
    while play.sql("SELECT rehearsal_on FROM instance") != "2024-01-16":  # by the look after LISTEN, before anybody asks
        assert time.time() < end, "nobody looked"
        time.sleep(0.05)


def change_plans(play, step):
    """A new column, which every statement survives; then a new type of one that every step reads: "cached plan must not change"."""
    play.sql("ALTER TABLE convention ADD COLUMN extra_%d text" % step)
    if step == 4:
        assert "cached plan" not in play.first.text(), play.first.text()
        play.sql("ALTER TABLE instance ALTER COLUMN kind TYPE varchar")
    if step == 7:
        assert "cached plan must not change result type" in play.first.text(), play.first.text()


def crash_server(stage, play, step):
    """The postmaster and all its children die in the middle of a command, and start again."""
    if step not in (1, 5, 7):
        return
    play.first.arm("commit_sent", 1, "slow")
    kill_postgres(postmaster_of(stage.place + "/pg"))
    time.sleep(0.3)
    start_killed_postgres(stage.place + "/pg", stage.place + "/log/postgresql.log")


def away_for_long(stage, play, step):
    if step != 3:
        return
    stage.postgres("stop", "-m", "immediate")
    time.sleep(7)
    waits = play.first.text().count("next attempt in")
    assert 2 <= waits <= 12, "%d attempts in seven seconds" % waits
    stage.postgres("start")


def standbys(stage, names):
    stage.sql("ALTER SYSTEM SET synchronous_standby_names = '%s'" % names)
    stage.sql("SELECT pg_reload_conf()")


def wait_for_standby(stage, wanted, how):
    """F7: COMMIT waits for a standby that is not there; the wait is cancelled (success with a WARNING) or its backend ended."""
    play = Proxied(stage, SEED)
    ended = 0
    try:
        play.first.start()
        play.tell(range(2))
        standbys(stage, "nobody")
        with concurrent.futures.ThreadPoolExecutor(1) as person:
            told = person.submit(play.tell, range(2, 8))
            try:
                end = time.time() + 20
                while ended < 6 and time.time() < end:
                    ended += len(play.sql("SELECT %s(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
                                          "AND datname = current_database()" % how).split())
                    time.sleep(0.3)
            finally:
                standbys(stage, "")
            told.result()
        assert ended >= 3, "%d COMMITs waited" % ended
        play.finish()
        play.answer()
        play.compare(wanted)
    finally:
        play.close()


def refused_pooler(stage):
    """F18: a server process other than libpq was told of means a pooler, which breaks LISTEN in silence."""
    play = Proxied(stage)
    try:
        play.proxy.pooler = True
        play.first.start(wait=False)
        end = time.time() + 10
        while "a pooler stands between" not in play.first.text():
            assert time.time() < end, play.first.text()
            time.sleep(0.05)
        assert "leading" not in play.first.text()
    finally:
        play.close()


def body(report, stage):
    wanted, _ = undisturbed(stage, answered=True)
    commits = count_commits(stage)
    report.line(commits > 20, "the proxy sees every COMMIT", "%d" % commits)
    done = cut_everywhere(report, stage, wanted, commits)
    run_all(report, "a play", {
        ("whose notifications are lost", 1): lambda: told_with(stage, wanted, lose_notifications),
        ("whose tables change under its plans", 1): lambda: told_with(stage, wanted, change_plans),
        ("behind a pooler is refused", 1): lambda: refused_pooler(stage)})
    for what, job in {  # these touch the server of all: one after the other
            "whose waiting COMMITs are cancelled": lambda: wait_for_standby(stage, wanted, "pg_cancel_backend"),
            "whose waiting COMMITs lose their server process": lambda: wait_for_standby(stage, wanted, "pg_terminate_backend"),
            "whose server is killed and starts again": lambda: told_with(stage, wanted, lambda p, s: crash_server(stage, p, s)),
            "whose server is away for long": lambda: told_with(stage, wanted, lambda p, s: away_for_long(stage, p, s))}.items():
        run_all(report, "a play", {(what, 1): job})
    return "%d COMMITs a play, %d kinds of cut, %d plays, %d cuts happened" % (
        commits, len(CUTS + ANSWERS), len(done), sum(map(bool, done.values())))


sys.exit(run_suite("commit", body))
