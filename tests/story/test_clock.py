"""The machine's clock under a live daemon: a month away, asleep, set forth and back, the two nights of daylight saving, another
zone file.

Each due thing once, dated the day it is done (P10, F22, F23). The clock is the daemon's alone, by faketime(1): leases and
waits are PostgreSQL's and the kernel's own.
"""
import glob
import os
import signal
import subprocess
import sys
import time

from sandbox import BUILD, ref, run_module, Sandbox, SCHEMES, USER

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]


def sanitizer():
    """What a sanitized daemon wants to have before any other library."""
    linked = subprocess.run(["ldd", os.path.join(BUILD, "daemon/tranched")], capture_output=True, text=True).stdout
    return [line.split()[2] for line in linked.splitlines() if "libasan" in line]


class Live(Sandbox):
    """A live database whose daemon has the clock that set() says."""

    def __init__(self, at):
        super().__init__(kind="live")
        self.kill(signal.SIGTERM)
        self.clock_file = self.place + "/now"
        self.process = None
        self.set(at)
        self.start()

    def set(self, at):
        """AT is local time, in Paris; the clock goes on from there."""
        with open(self.clock_file + ".new", "w") as f:
            f.write("@" + at)
        os.chmod(self.clock_file + ".new", 0o644)
        os.rename(self.clock_file + ".new", self.clock_file)

    def start(self, **more):
        """MORE goes into the environment."""
        fake = ["env", "LD_PRELOAD=" + " ".join(sanitizer() + [FAKETIME]), "FAKETIME_TIMESTAMP_FILE=" + self.clock_file, "FAKETIME_NO_CACHE=1",
                "FAKETIME_DONT_FAKE_MONOTONIC=1", "TZ=Europe/Paris"]  # for the daemon alone, as its own user
        env = dict(os.environ, TRANCHED_LOCALEDIR=self.place + "/locale", **more)
        self.sql("UPDATE lease SET until = now()")
        with open(self.place + "/log/tranched.log", "a") as log:
            self.process = subprocess.Popen(USER + fake + [self.place + "/bin/tranched", "--config", self.conf], env=env, stderr=log)
        self.wait("nobody leads", lambda: self.ask("status", person=None).code == 0 and self.tell()["part"] == "leader")

    def tell(self):
        return self.do("status", person=None)["status"]

    def wait(self, what, test, seconds=15):
        end = time.time() + seconds
        while not test():
            assert time.time() < end, "%s\n%s" % (what, self.log()[-600:])
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def look(self):
        """One full look, as after a clock step or an hour."""
        self.process.send_signal(signal.SIGHUP)
        time.sleep(0.7)

    def released(self):
        return self.sql("SELECT c.reference || '/' || t.position + 1 || ' ' || f.decided_on FROM payment_order o JOIN tranche t ON t.id = o.tranche_id "
                        "JOIN convention c ON c.id = o.convention_id JOIN order_file f ON f.id = o.order_file_id ORDER BY 1").splitlines()

    def fill(self):
        """One convention signed today and its report in."""
        self.do("scheme", "import", os.path.join(SCHEMES, "lab-2023.conf"), person=None)
        self.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023", person=None)
        self.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19", person=None)
        self.sql("UPDATE account SET verified_by = 'paul', verified_on = proposed_on")
        for party in ("beneficiary", "authority"):
            self.do("convention", "sign", ref(1), "--party", party, person=None)
        self.wait("the first tranche is not released", lambda: len(self.released()) == 1)
        self.do("report", "receive", ref(1), "mid-report", person=None)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        super().close()


def with_live(at, story):
    live = Live(at)
    try:
        live.fill()
        story(live)
        assert len(live.files()) == len(live.released())
    finally:
        live.close()


def test_a_daemon_down_for_months_does_each_due_thing_once_dated_today(box):
    def story(live):
        live.stop()
        live.set("2024-06-20 10:00:00")
        live.start()
        live.wait("the second tranche is not released", lambda: len(live.released()) == 2)
        assert live.released() == [ref(1) + "/1 2024-01-15", ref(1) + "/2 2024-06-20"], live.released()
        live.look()
        assert len(live.released()) == 2
    with_live("2024-01-15 09:00:00", story)


def test_a_machine_asleep_for_forty_days_wakes_to_what_is_due(box):
    """The wall clock went on and the kernel's own did not; PostgreSQL, on another machine, gave the lease away meanwhile."""
    def story(live):
        live.set("2024-03-10 09:00:00")
        live.look()
        live.process.send_signal(signal.SIGSTOP)
        live.set("2024-04-19 09:00:00")
        live.sql("UPDATE lease SET holder = 'another', number = number + 1, until = now() + interval '2 seconds'")
        live.process.send_signal(signal.SIGCONT)
        live.wait("the second tranche is not released", lambda: len(live.released()) == 2)
        live.look()
        assert live.released() == [ref(1) + "/1 2024-01-15", ref(1) + "/2 2024-04-19"], live.released()
    with_live("2024-01-15 09:00:00", story)


def paris(folder, rule):
    """A folder of zone files whose Europe/Paris has RULE for its hours."""
    with open(folder + ".zic", "w") as f:
        f.write("Zone Europe/Paris %s\n" % rule)
    subprocess.run(["zic", "-d", folder, folder + ".zic"], check=True)
    return {"TZDIR": folder}


def test_a_changed_zone_file_moves_no_stored_day(box):
    """22:30 UTC is already tomorrow in one Paris and still today in the other: what is stored stays, what is new follows (F22)."""
    def days(live):
        return (live.sql("SELECT string_agg(t::text, ' ' ORDER BY id) FROM tranche t"), live.do("tranche", "list", "--csv", person=None).out,
                live.sql("SELECT string_agg(on_date::text, ' ' ORDER BY id) FROM journal WHERE convention_ref IS NOT NULL"))

    def story(live):
        east, west = paris(live.place + "/east", "2:00 - EET"), paris(live.place + "/west", "-9:00 - WST")
        live.stop()
        live.start(**east)
        before = days(live)
        live.stop()
        live.start(**west)
        assert days(live) == before
        live.set("2024-04-14 22:00:00")  # the same moment as 09:00 of the next day in the east
        live.look()
        assert len(live.released()) == 1, live.released()
        live.stop()
        live.set("2024-04-15 09:00:00")
        live.start(**east)
        live.wait("not on its day", lambda: len(live.released()) == 2)
        assert live.released()[1] == ref(1) + "/2 2024-04-15", live.released()
    with_live("2024-01-15 09:00:00", story)


def test_a_clock_set_forth_and_back_releases_nothing_twice(box):
    def story(live):
        live.set("2024-04-16 09:00:00")
        live.look()
        live.wait("the second tranche is not released", lambda: len(live.released()) == 2)
        live.set("2024-01-20 09:00:00")
        live.look()
        live.set("2024-04-17 09:00:00")
        live.look()
        assert live.released() == [ref(1) + "/1 2024-01-15", ref(1) + "/2 2024-04-16"], live.released()
    with_live("2024-01-15 09:00:00", story)


def test_the_day_begins_at_local_midnight_in_both_nights_of_daylight_saving(box):
    """31 March 2024 has 23 hours, 27 October 25; due on the day after, at 00:00 by the wall and not before."""
    def story(due):
        def play(live):
            year, month, day = map(int, due.split("-"))
            live.set("%d-%02d-%02d 23:59:40" % (year, month, day - 1))
            live.look()
            assert len(live.released()) == 1, live.released()
            live.set("%s 00:00:01" % due)
            live.look()
            live.wait("not on its day", lambda: len(live.released()) == 2)
            assert live.released()[1] == "%s/2 %s" % (ref(1), due), live.released()
        return play
    with_live("2023-12-31 09:00:00", story("2024-03-31"))
    with_live("2024-07-27 09:00:00", story("2024-10-27"))


run_module(sys.modules[__name__])
