"""Fail-over by real streaming replication: the primary dies in mid-release, the standby is promoted, and the play comes to the same.

With a synchronous standby nothing is lost; with an asynchronous one the witness notices, and a person decides (P6, F5, F8).
FAILOVER_RUNS=100 for a hundred.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from report import PLACES, SEED, run_all, run_suite
from sandbox import PG, USER, pg_ctl, wait_for
from stage import STORY, Play, http_call, kill_postgres, postmaster_of, undisturbed
from teller import Teller

RUNS = int(os.environ.get("FAILOVER_RUNS", "10"))
# Where the primary dies: from the claim of what is due to the marked file.
PLACES_OF_DEATH = [p for p in PLACES if re.match("release|commit|put_out|file|fence|boot|token|publish|mark|taken|command", p)]


def server(data, sockets, verb, *words):
    pg_ctl(data, data + ".log", verb, "-o", "-k " + sockets, *words)


class Pair:
    """A primary and its standby, stopped: to be copied for each play."""

    def __init__(self, stage):
        self.folder = stage.place + "/pair"
        self.a, self.b = self.folder + "/a", self.folder + "/b"
        for part in ("", "/sockets"):
            os.mkdir(self.folder + part)
            if os.getuid() == 0:
                shutil.chown(self.folder + part, "nobody", "nogroup")
        subprocess.run(["cp", "-a", stage.place + "/pg", self.a], check=True)
        server(self.a, self.folder + "/sockets", "start")
        subprocess.run(USER + [PG + "pg_basebackup", "-h", self.folder + "/sockets", "-U", "tranched_sandbox", "-D", self.b, "-R", "-c", "fast"],
                       check=True, capture_output=True)
        server(self.a, self.folder + "/sockets", "stop")


class Replicated(Play):
    """A play on a pair of its own."""

    def __init__(self, stage, pair, seed=0, synchronous=True, hosts=("a", "b"), session="read-write"):
        self.pair, self.synchronous, self.hosts, self.session = pair, synchronous, hosts, session
        super().__init__(stage, seed)

    def make_database(self):
        self.database = "tranched"
        for part in ("", "/sockets-a", "/sockets-b"):
            os.mkdir(self.dir + part)
            os.chmod(self.dir + part, 0o777)
        for name in "ab":
            subprocess.run(["cp", "-a", "%s/%s" % (self.pair.folder, name), "%s/%s" % (self.dir, name)], check=True)
        with open(self.dir + "/a/postgresql.conf", "a") as f:
            f.write("synchronous_commit = remote_apply\nsynchronous_standby_names = '%s'\n" % ("*" if self.synchronous else ""))
        with open(self.dir + "/b/postgresql.auto.conf", "a") as f:
            f.write("primary_conninfo = 'host=%s/sockets-a user=tranched_sandbox'\n" % self.dir)
        self.host = self.dir + "/sockets-a"
        for name in "ab":
            server(self.dir + "/" + name, self.dir + "/sockets-" + name, "start")
        wait_for("no replication", lambda: self.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1")

    def conninfo(self):
        return "host=%s dbname=%s target_session_attrs=%s" % (
            ",".join("%s/sockets-%s" % (self.dir, h) for h in self.hosts), self.database, self.session)

    def drop_database(self):
        for name in "ab":
            if os.path.exists("%s/%s/postmaster.pid" % (self.dir, name)):
                kill_postgres(postmaster_of("%s/%s" % (self.dir, name)))

    def promote(self):
        server(self.dir + "/b", self.dir + "/sockets-b", "promote")
        self.host = self.dir + "/sockets-b"

    def fail_over(self):
        kill_postgres(postmaster_of(self.dir + "/a"))
        os.unlink(self.dir + "/a/postmaster.pid")
        self.promote()

    def pause_replication(self):
        """What the primary commits from now on the standby never has."""
        head = self.sql("SELECT pg_current_wal_lsn()")
        wait_for("the standby lags", lambda: self.stage.sql("SELECT pg_last_wal_replay_lsn() >= '%s'" % head, self.database, self.dir + "/sockets-b") == "t")
        os.kill(int(self.sql("SELECT pid FROM pg_stat_replication")), signal.SIGSTOP)

    def witnessed(self):
        """The last row of the journal that the note beside the archive names."""
        with open(self.archive + "/.witness-cabbalr-rehearsal") as f:
            return re.search(r"^journal (\d+)", f.read(), re.M).group(1)

    def status(self):
        return http_call(self.first.socket, "claire", "status/show", {}, "x" * 8)[1].get("status", {})


def died(stage, pair, wanted, place, nth, seed):
    """The primary dies when the daemon is at a place, and the standby goes on. Whether it did."""
    play = Replicated(stage, pair, seed)
    good = False
    try:
        play.first.arm(place, nth, "stop")
        play.first.start(wait=False)
        teller = Teller(play)
        there = teller.wait_stopped()
        if there:
            play.fail_over()
        teller.done()
        play.finish()
        play.compare(wanted)
        assert play.status()["doubt"] == "" and play.restarts == 0, play.status()
        good = True
        return there
    finally:
        play.close(keep=not good)


def lost_commits(stage, pair, wanted):
    """An asynchronous standby lacks the last commits, whose file is out: noticed, nothing more goes out, a person decides."""
    play = Replicated(stage, pair, SEED, synchronous=False)
    try:
        play.first.start()
        play.tell(range(3))
        wait_for("not taken", lambda: len(os.listdir(play.taken)) == 1)
        wait_for("not settled", lambda: play.sql("SELECT count(*) FROM order_file WHERE taken_at IS NULL") == "0")
        play.pause_replication()
        play.tell((3, 4))
        wait_for("not taken", lambda: len(os.listdir(play.taken)) == 2)
        lost = play.sql("SELECT message_id FROM order_file ORDER BY id DESC LIMIT 1")
        wait_for("the witness lags", lambda: play.witnessed() == play.sql("SELECT max(id) FROM journal"))
        play.fail_over()
        wait_for("nobody leads", lambda: "doubt" in play.status())
        wait_for("nothing is noticed", lambda: lost in play.status()["doubt"])
        play.tell((3, 4))  # facts are taken: the signatures once more, whose first record is lost
        time.sleep(2)
        assert play.sql("SELECT count(*) FROM payment_order") == "1" and len(os.listdir(play.taken)) == 2, "something was put out"
        for request, args in (("taken", {"ref": lost, "taken": True}), ("whole", {})):
            code, answer = http_call(play.first.socket, "paul", "file/reconcile", {"reason": "bascule", **args}, "person-" + request)
            assert code == 200, answer
        play.held = 1
        play.tell(range(5, len(STORY)))
        play.finish()
        outcome = play.outcome()
        assert outcome.payments == wanted.payments, "payments: %s\nwanted %s" % (outcome.payments, wanted.payments)
        assert play.sql("SELECT count(*) FROM journal WHERE kind = 'tranche.adopted'") == "1"
    finally:
        play.close()


def switched_over(stage, pair, wanted):
    """The documented way: stop the primary, promote the standby. No doubt, nothing for a person to do."""
    play = Replicated(stage, pair, SEED)
    try:
        play.first.start()
        play.tell(range(5))
        server(play.dir + "/a", play.dir + "/sockets-a", "stop", "-m", "fast")
        play.promote()
        play.tell(range(5, len(STORY)))
        play.finish()
        play.compare(wanted)
        assert play.status()["doubt"] == ""
    finally:
        play.close()


def only_a_standby(stage, pair):
    """F8: a server in recovery shows what was; nobody leads or decides there."""
    play = Replicated(stage, pair, SEED, hosts=("b",), session="any")
    try:
        play.first.start(wait=False)
        wait_for("it is not refused: " + play.first.text(), lambda: "this server is a standby" in play.first.text())
        status, answer = http_call(play.first.socket, "claire", "convention/list", {}, "x" * 8)
        assert status == 503 and "standby" in answer["error"]["message"], answer
        assert "leading" not in play.first.text()
    finally:
        play.close()


def body(report, stage):
    wanted, visits = undisturbed(stage)
    stage.postgres("stop")
    pair = Pair(stage)
    rng = random.Random(SEED)
    jobs = {}
    while len(jobs) < RUNS:
        place = rng.choice(PLACES_OF_DEATH)
        jobs["the primary dies and the standby goes on", place, rng.randint(1, max(1, visits.count(place) // 2))] = None
    jobs = {key: lambda key=key: died(stage, pair, wanted, key[1], key[2], SEED + key[2]) for key in jobs}
    done = run_all(report, "in mid-release", jobs, 2)
    report.line(sum(map(bool, done.values())) * 2 >= RUNS, "most of them died on the way", repr(done))
    run_all(report, "a play", {
        ("that lost commits is noticed, and a person decides", 1): lambda: lost_commits(stage, pair, wanted),
        ("with a clean switch-over raises no doubt", 1): lambda: switched_over(stage, pair, wanted),
        ("that finds only a standby decides nothing", 1): lambda: only_a_standby(stage, pair)}, 2)
    return "%d primaries died, of %d plays" % (sum(map(bool, done.values())), len(done))


sys.exit(run_suite("failover", body))
