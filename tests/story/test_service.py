"""The service and who watches over it: what it tells systemd, what leaves without the database, callers who sit there."""
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from sandbox import exchange, ref, run_module, USER, wait_for

DESCRIPTORS = 30


def settings(box, *changes):
    """Changes lines of the configuration."""
    with open(box.conf) as f:
        text = f.read()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    with open(box.conf, "w") as f:
        f.write(text)


def leads(box):
    a = box.ask("status")
    return a.code == 0 and a["status"]["part"] == "leader"


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except FileNotFoundError:
        return ""


class Systemd:
    """Takes the place of systemd: its notification socket, its watchdog, a daemon of its own."""

    def __init__(self, box, prefix=(), **more):
        self.path = box.place + "/run/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self.messages = []
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        self.log = open(box.place + "/log/tranched.log", "a")
        env = dict(os.environ, NOTIFY_SOCKET=self.path, TRANCHED_LOCALEDIR=box.place + "/locale", **more)
        self.daemon = subprocess.Popen([*prefix, *USER, box.place + "/bin/tranched", "--config", box.conf], env=env, stderr=self.log)

    def listen(self):
        while True:
            message = self.socket.recv(4096).decode()
            if message == "end":
                return
            self.messages.append((time.monotonic(), message))

    def told(self, pattern):
        return [m for _, m in self.messages if re.search(pattern, m)]

    def close(self):
        if self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        self.socket.sendto(b"end", self.path)
        self.thread.join()
        self.socket.close()
        self.log.close()
        os.unlink(self.path)


def test_systemd_is_told_what_is_waited_for(box):
    """READY, STATUS, RELOADING, WATCHDOG, STOPPING: sd_notify(3)."""
    box.call_2023("2024-01-15")
    box.kill(signal.SIGTERM)
    systemd = Systemd(box, WATCHDOG_USEC="1000000")
    try:
        wait_for("never READY", lambda: systemd.told("READY=1"))
        wait_for(lambda: repr(systemd.messages), lambda: systemd.told("STATUS=leading; next due moment: 2024-01-30"))
        box.sign(1)
        box.do("report", "receive", ref(1), "mid-report")
        wait_for(lambda: repr(systemd.messages), lambda: systemd.told("STATUS=leading; next due moment: 2024-01-16"))
        systemd.messages.clear()
        systemd.daemon.send_signal(signal.SIGHUP)
        wait_for("never ready again", lambda: systemd.told("READY=1"))
        first = systemd.told("READY=1|RELOADING=1")[0]
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", first), first
        systemd.messages.clear()
        time.sleep(2.2)
        beats = [at for at, m in systemd.messages if m == "WATCHDOG=1"]
        assert len(beats) >= 3 and all(b - a < 1 for a, b in zip(beats, beats[1:])), systemd.messages
        box.postgres("stop", "-m", "immediate")
        wait_for(lambda: repr(systemd.messages), lambda: systemd.told("STATUS=the database is away: .*next attempt in"))
        box.postgres("start")
        systemd.messages.clear()
        wait_for(lambda: repr(systemd.messages), lambda: systemd.told("STATUS=leading"))
        systemd.daemon.send_signal(signal.SIGTERM)
        assert systemd.daemon.wait(10) == 0 and systemd.told("STOPPING=1")
    finally:
        systemd.close()
    box.start_daemon()


def test_an_alert_leaves_without_the_database(box):
    """F9, P13: our mails live in that database. The file is there while it is away for too long, and goes by itself."""
    box.kill(signal.SIGTERM)
    settings(box, ("after_seconds = 300", "after_seconds = 2"))
    box.start_daemon()
    alert = box.place + "/run/alert"
    box.postgres("stop", "-m", "immediate")
    lost = time.time()
    wait_for("no alert", lambda: read(alert))
    assert time.time() - lost > 1.5 and re.search(r"database is away for \d+ s: .*\.s\.PGSQL", read(alert)), read(alert)
    a = box.ask("status")
    assert a.code == 4 and a.error["code"] == "database_away" and re.search(r"for \d+ s: .*next attempt in \d+ s", a.error["message"]), a.out
    a = box.ask("convention", "sign", ref(1), "--party", "authority")
    assert a.code == 4 and "database is away" in a.error["message"], a.out
    time.sleep(4)
    waits = [int(w) for w in re.findall(r"next attempt in (\d+) ms", box.log())]
    assert len(waits) >= 3 and len(set(waits)) == len(waits), waits
    for i, wait in enumerate(waits):  # half to the whole of 1, 2, 4 ... 30 s
        assert 500 * min(2 ** i, 30) <= wait <= 1000 * min(2 ** i, 30), waits
    box.postgres("start")
    wait_for("nobody leads", lambda: leads(box), 30)
    assert not os.path.exists(alert)


def test_an_alert_says_what_waits_for_a_person(box):
    box.call_2023("2024-01-15")
    alert = box.place + "/run/alert"
    foreign = box.outbox + "/TESTCABBALR-2024-L1-1.xml"
    with open(foreign, "w") as f:
        f.write("not ours")
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", ref(1), "--party", party)
    wait_for("no alert", lambda: "1 order file waits for a person" in read(alert))
    assert read(foreign) == "not ours", "it was touched"
    os.unlink(foreign)
    box.do("file", "reconcile", "TESTCABBALR-2024-L1-1", "--not-taken", "--reason", "étranger ôté", person="paul")
    wait_for("the alert stays", lambda: not os.path.exists(alert))
    wait_for("it is not put out", lambda: len(box.files()) == 1)
    box.settle()


def test_a_step_that_fails_for_too_long_is_an_alert(box):
    box.kill(signal.SIGTERM)
    settings(box, ("after_seconds = 300", "after_seconds = 1"))
    box.start_daemon()
    box.call_2023("2024-01-15")
    alert, away = box.place + "/run/alert", box.place + "/state/away"
    open(away, "w").close()
    exchange(box.place + "/state/archive", away)
    for n in range(1, 6):  # each wakes it: that many attempts in a moment are no reason to wait for a minute
        for party in ("beneficiary", "authority"):
            box.do("convention", "sign", ref(n), "--party", party)
    wait_for("no alert", lambda: "archive" in read(alert))
    exchange(box.place + "/state/archive", away)
    os.unlink(away)
    wait_for("it does not heal", lambda: box.files() and not os.path.exists(alert), 40)
    box.settle()


def test_an_inbox_that_fails_for_too_long_is_an_alert(box):
    box.kill(signal.SIGTERM)
    settings(box, ("after_seconds = 300", "after_seconds = 1"))
    box.start_daemon()
    box.call_2023("2024-01-15")
    alert, inbox = box.place + "/run/alert", box.place + "/state/inbox"
    os.chmod(inbox + "/refused", 0o500)
    try:
        open(inbox + "/x.xml", "w").close()
        wait_for("no alert", lambda: "refused" in read(alert))
    finally:
        os.chmod(inbox + "/refused", 0o750)
    wait_for("it does not heal", lambda: os.path.exists(inbox + "/refused/x.xml") and not os.path.exists(alert), 40)


def test_nobody_can_lead_is_an_alert_too(box):
    box.kill(signal.SIGTERM)
    settings(box, ("after_seconds = 300", "after_seconds = 1"))
    os.chmod(box.archive, 0)
    try:
        box.start_daemon()
    except RuntimeError as error:
        assert "does not lead" in str(error), error
    alert = box.place + "/run/alert"
    wait_for("no alert", lambda: "archive" in read(alert), 40)
    assert "archive" in box.do("status")["status"]["trouble"]
    os.chmod(box.archive, 0o750)
    wait_for("it does not heal", lambda: leads(box) and not os.path.exists(alert), 40)


def slow_caller(path, seconds, bytes_=b"GET /v1/status/show HTTP/1.1\r\nHost: tranched\r\nX: "):
    """Sends one byte now and then, never a whole request; answers for how long it was let."""
    s = socket.socket(socket.AF_UNIX)
    start = time.time()
    try:
        s.settimeout(seconds)
        s.connect(path)
        s.sendall(bytes_)
        while time.time() - start < seconds:
            s.sendall(b"x")
            s.settimeout(1)
            try:
                if s.recv(1) == b"":
                    break
            except socket.timeout:
                pass
    except OSError:
        pass
    finally:
        s.close()
    return time.time() - start


def cpu_ticks(pid):
    with open("/proc/%d/stat" % pid) as f:
        return sum(map(int, f.read().split()[13:15]))


def test_five_hundred_slow_callers_delay_nothing(box):
    """F26: each byte renews libevent's own timeout; here a request has a deadline, and there is room for those who ask."""
    box.call_2023("2024-01-15")
    held = []
    callers = [threading.Thread(target=lambda: held.append(slow_caller(box.socket, 45))) for _ in range(500)]
    for c in callers:
        c.start()
    wait_for("they do not come", lambda: "nobody more is let in" in box.log())
    # The tick needs no caller: what the database is told directly is done at once.
    box.sql("UPDATE instance SET rehearsal_target = '2024-01-16'; NOTIFY tranched_cabbalr_daemon")
    wait_for("the tick is late", lambda: box.sql("SELECT rehearsal_on FROM instance") == "2024-01-16", 5)
    before, start = cpu_ticks(box.pid()), time.time()
    box.ask("status")  # waits in the queue until the slow ones are shown the door
    assert time.time() - start < 40
    assert cpu_ticks(box.pid()) - before < 5 * (time.time() - start) + 20, "it spins"
    for c in callers:
        c.join()
    assert max(held) < 46 and sorted(held)[len(held) // 4] < 35, sorted(held)[::50]
    assert box.do("status")


def crowd_out(box, pid):
    """More callers than the daemon has descriptors, for a while."""
    wait_for("nobody leads", lambda: leads(box))
    sockets = []
    for _ in range(60):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(0.2)
        try:
            s.connect(box.socket)
            sockets.append(s)
        except OSError:
            s.close()
    wait_for("it was not short of descriptors", lambda: "nobody more is let in" in box.log())
    before, start = cpu_ticks(pid), time.time()
    time.sleep(4)
    assert cpu_ticks(pid) - before < 5 * (time.time() - start) + 5, "it spins"
    for s in sockets:
        s.close()
    wait_for("it does not recover", lambda: box.ask("status").code == 0, 10)


def test_out_of_descriptors_it_neither_spins_nor_stops(box):
    """F25: evhttp without descriptors burns a whole core."""
    box.call_2023("2024-01-15")
    box.kill(signal.SIGTERM)
    systemd = Systemd(box, prefix=["prlimit", "--nofile=%d" % DESCRIPTORS])
    try:
        crowd_out(box, systemd.daemon.pid)
        box.sign(1)
        assert box.state(1, 1) == "ordered"
    finally:
        systemd.close()
    box.sql("UPDATE lease SET until = now()")
    box.start_daemon()


def test_a_server_without_a_synchronous_standby_is_not_used_where_one_is_demanded(box):
    box.kill(signal.SIGTERM)
    settings(box, ('standby = "none"', 'standby = "synchronous"'))
    mark = len(box.log())
    systemd = Systemd(box)
    try:
        box.wait_log("synchronous_standby_names", mark)
        assert box.ask("status").code == 4
        box.sql("ALTER SYSTEM SET synchronous_standby_names = 'somebody'")
        box.sql("SELECT pg_reload_conf()")
        wait_for("it is not used", lambda: "standing by" in box.log()[mark:] or "connected" in box.log()[mark:])
    finally:
        systemd.close()
    box.sql("ALTER SYSTEM RESET synchronous_standby_names")
    box.sql("SELECT pg_reload_conf()")
    settings(box, ('standby = "synchronous"', 'standby = "none"'))
    box.start_daemon()


run_module(sys.modules[__name__])
