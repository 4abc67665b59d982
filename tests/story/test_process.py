"""The process: killed, stopped, reloaded, watched by a second one; a database that restarts; a live database."""
import os
import pwd
import re
import signal
import subprocess
import sys
import time

from sandbox import ref, run_module, Sandbox, SCHEMES, USER


def outcome(box):
    """What a story comes to: who is paid what, on which day and from which account."""
    return box.sql("SELECT string_agg(c.reference || '/' || t.position || ' ' || o.amount_cents || ' ' || f.execution_on || ' ' || o.account_id, "
                   "E'\n' ORDER BY c.reference, t.position) FROM payment_order o JOIN tranche t ON t.id = o.tranche_id "
                   "JOIN convention c ON c.id = o.convention_id JOIN order_file f ON f.id = o.order_file_id")


def play(box):
    box.call_2023("2024-01-15")
    for i in (1, 2, 3):
        for party in ("beneficiary", "authority"):
            box.do("convention", "sign", ref(i), "--party", party)
        box.do("report", "receive", ref(i), "mid-report")


def test_killed_at_any_moment_pays_each_thing_once(box):
    """P1, P3, P4: kill -9 again and again while a year goes by; the end is the same as without."""
    play(box)
    deadline = time.time() + 300
    kills = 0
    for step in range(12):
        words = [box.place + "/bin/tranchectl", "--as", "admin", "clock", "set", "2024-%02d-15" % (step + 1)]
        p = subprocess.Popen(words, env=dict(os.environ, TRANCHED_SOCKET=box.socket), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.004 * step)
        box.kill()
        kills += 1
        p.wait()
        box.sql("UPDATE lease SET until = now()")  # do not wait for the dead one's lease
        box.start_daemon()
        assert time.time() < deadline
    box.clock("2025-01-01")
    box.check_invariants()
    other = Sandbox()
    try:
        play(other)
        other.clock("2025-01-01")
        days = [re.sub(r" \d+$", "", line) for line in outcome(other).splitlines()]
        assert [re.sub(r" \d+$", "", line) for line in outcome(box).splitlines()] == days, outcome(box)
        assert len(days) == 6, days
    finally:
        other.close()
    names = [f["message_id"] for f in box.do("file", "list")["files"]]
    assert len(set(names)) == len(names) and kills == 12


def test_a_file_prepared_before_a_crash_goes_out_with_its_stored_bytes(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    name = box.files()[0]
    with open(os.path.join(box.outbox, name), "rb") as f:
        first = f.read()
    box.kill()
    # as if the crash had come right after COMMIT: nothing was put out yet
    os.unlink(os.path.join(box.outbox, name))
    os.unlink(os.path.join(box.archive, name))
    box.sql("ALTER TABLE payment_order DISABLE TRIGGER payment_order_frozen; UPDATE payment_order SET state = 'prepared'; "
            "ALTER TABLE payment_order ENABLE TRIGGER payment_order_frozen")
    box.sql("ALTER TABLE order_file DISABLE TRIGGER order_file_frozen; UPDATE order_file SET state = 'prepared', written_at = NULL; "
            "ALTER TABLE order_file ENABLE TRIGGER order_file_frozen; UPDATE lease SET until = now()")
    box.start_daemon()
    box.settle()
    assert box.files() == [name]
    with open(os.path.join(box.outbox, name), "rb") as f:
        assert f.read() == first


def test_a_foreign_file_stops_the_export_and_the_clock_says_so(box):
    box.call_2023("2024-01-15")
    with open(os.path.join(box.outbox, "TESTCABBALR-2024-L1-1.xml"), "w") as f:
        f.write("somebody else's")
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", ref(1), "--party", party)
    a = box.ask("clock", "set", "2024-01-16", person="admin")
    assert a.code == 1 and a.error["code"] == "clock_stuck" and "2024-01-15" in a.error["message"], a.out
    files = box.do("file", "list")["files"]
    assert files[0]["state"] == "prepared" and "another file" in files[0]["blocked"], files
    assert box.do("status")["status"]["files_blocked"] == 1
    with open(os.path.join(box.outbox, "TESTCABBALR-2024-L1-1.xml")) as f:
        assert f.read() == "somebody else's"
    os.unlink(os.path.join(box.outbox, "TESTCABBALR-2024-L1-1.xml"))
    os.unlink(os.path.join(box.archive, "TESTCABBALR-2024-L1-1.xml"))
    box.sql("UPDATE order_file SET blocked = ''")
    for name in os.listdir(box.outbox):
        os.unlink(os.path.join(box.outbox, name))
    box.clock("2024-01-16")


def test_a_damaged_convention_is_set_aside_and_the_others_go_on(box):
    """P15; users-ask row 24: one bad object stopped all."""
    box.call_2023("2024-01-15")
    box.sql("ALTER TABLE tranche DISABLE TRIGGER ALL; UPDATE tranche SET ceiling_cents = 500000 WHERE position = 0 AND convention_id = "
            "(SELECT id FROM convention WHERE reference = '%s'); ALTER TABLE tranche ENABLE TRIGGER ALL" % ref(1))
    box.sql("ALTER TABLE tranche DISABLE TRIGGER ALL; UPDATE tranche SET taken_cents = 700000, "
            "state = 'ordered' WHERE position = 0 AND convention_id = (SELECT id FROM convention WHERE reference = '%s'); "
            "ALTER TABLE tranche ENABLE TRIGGER ALL" % ref(1))
    for i in (1, 2):
        for party in ("beneficiary", "authority"):
            box.do("convention", "sign", ref(i), "--party", party)
    box.settle()
    assert box.state(2, 1) == "ordered"
    card = box.do("convention", "show", ref(1))["convention"]
    assert "ladder" in card["set_aside"], card
    box.clock("2024-08-01")
    box.sql("ALTER TABLE tranche DISABLE TRIGGER ALL; UPDATE tranche SET taken_cents = 0, state = 'held' WHERE taken_cents = 700000; "
            "ALTER TABLE tranche ENABLE TRIGGER ALL")


def test_an_order_that_the_database_refuses_is_found_among_many_and_set_aside(box):
    box.call_2023("2024-01-15", executory=False)
    for i in range(1, 6):
        box.sign(i)
    cursed = box.sql("SELECT id FROM convention WHERE reference = '%s'" % ref(3))
    box.sql("ALTER TABLE payment_order ADD CONSTRAINT cursed CHECK (convention_id <> %s)" % cursed)
    box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-20")
    box.settle()
    assert [box.state(i, 1) for i in range(1, 6)] == ["ordered", "ordered", "held", "ordered", "ordered"]
    assert [(f["tx_count"], f["total_cents"]) for f in box.do("file", "list")["files"]] == [(4, 2400000)]
    card = box.do("convention", "show", ref(3))["convention"]
    assert "cannot be written" in card["set_aside"], card
    status = box.do("status", "show")["status"]
    assert status["set_aside"] == 1 and not status["trouble"], status
    assert [j["kind"] for j in box.do("journal", "list", ref(3))["journal"]][-1] == "convention.set_aside"
    box.sql("ALTER TABLE payment_order DROP CONSTRAINT cursed")
    box.do("convention", "resume", ref(3), "--reason", "réparée", person="paul")
    box.settle()
    assert box.state(3, 1) == "ordered" and box.do("status", "show")["status"]["set_aside"] == 0


def test_sigterm_ends_with_0_and_gives_the_lease_back(box):
    pid = box.pid()
    box.call_2023("2024-01-15")
    box.kill(signal.SIGTERM)
    assert "stopping" in box.log()
    assert box.sql("SELECT until <= now() FROM lease") == "t"
    start = time.time()
    box.start_daemon()
    assert time.time() - start < 4 and box.pid() != pid
    assert box.do("status")["status"]["lease"] == 2


def test_a_bad_reload_is_refused_whole_and_a_good_one_taken(box):
    with open(box.conf) as f:
        good = f.read()
    with open(box.conf, "w") as f:
        f.write(good.replace("wait_days = 2", "wait_days = 999"))
    mark = len(box.log())
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("account.wait_days", mark)
    box.wait_log("the running one stays", mark)
    assert box.do("status")["status"]["part"] == "leader"
    with open(box.conf, "w") as f:
        f.write(good.replace('name = "paul"', 'name = "pauline"'))
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("configuration reloaded", mark)
    assert box.ask("status", person="pauline").code == 0
    assert box.ask("status", person="paul").error["code"] == "unknown_person"
    with open(box.conf, "w") as f:
        f.write(good.replace('schema = "cabbalr"', 'schema = "other"'))
    mark = len(box.log())
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("only with a restart", mark)


def test_a_database_that_restarts_is_waited_for(box):
    box.call_2023("2024-01-15")
    box.postgres("stop", "-m", "immediate")
    a = box.ask("status")
    assert a.code == 4 and a.error["code"] == "database_away", (a.code, a.out)
    box.postgres("start")
    for _ in range(150):
        a = box.ask("status")
        if a.code == 0 and a["status"]["part"] == "leader":
            break
        time.sleep(0.1)
    assert a.code == 0 and a["status"]["part"] == "leader", a.out
    box.sign(1)
    assert box.state(1, 1) == "ordered"


def test_a_second_daemon_stands_by_and_takes_over(box):
    box.call_2023("2024-01-15")
    second = box.place + "/second.conf"
    with open(box.conf) as f:
        text = f.read()
    with open(second, "w") as f:
        f.write(text.replace("control.sock", "second.sock"))
    os.chmod(second, 0o644)
    with open(box.place + "/log/second.log", "w") as log:
        p = subprocess.Popen(USER + [box.place + "/bin/tranched", "--config", second], stderr=log)
    try:
        first, box.socket = box.socket, box.place + "/run/second.sock"
        for _ in range(100):
            a = box.ask("status")
            if a.code == 0:
                break
            time.sleep(0.05)
        assert a["status"]["part"] == "standby", a.out
        box.clock("2024-01-16")  # the leader moves it; whoever asked here hears when it has arrived
        assert box.do("status")["status"]["part"] == "standby"
        for party in ("beneficiary", "authority"):
            box.do("convention", "sign", ref(1), "--party", party)  # a fact may be stored by any daemon
        for _ in range(100):
            if box.state(1, 1) == "ordered":
                break
            time.sleep(0.05)
        assert box.sql("SELECT lease_number FROM order_file") == "1", "the leader releases"
        box.kill()
        box.do("convention", "sign", ref(2), "--party", "beneficiary")
        box.do("convention", "sign", ref(2), "--party", "authority")
        for _ in range(200):
            if box.state(2, 1) == "ordered":
                break
            time.sleep(0.1)
        assert box.sql("SELECT max(lease_number) FROM order_file") == "2"
        box.settle()
        box.check_invariants()
    finally:
        box.socket = first
        p.terminate()
        assert p.wait() == 0
        box.start_daemon()


def test_a_peer_without_a_role_is_told_so(box):
    with open(box.conf) as f:
        text = f.read()
    me = pwd.getpwuid(os.getuid()).pw_name
    with open(box.conf, "w") as f:
        f.write(re.sub(r"act_as = \[.*\]", "act_as = [ ]", text).replace('user = "%s"' % me, 'user = "somebody-else"'))
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("configuration reloaded")
    a = box.ask("status", person=None)
    assert a.code == 1 and a.error["code"] == "no_role" and str(os.getuid()) in a.error["message"], a.out
    if os.getuid() == 0:  # an ordinary user's uid is the daemon's own here, which may act in a rehearsal
        a = box.ask("status", person="paul")
        assert a.code == 1 and a.error["code"] == "may_not_act", a.out
    with open(box.conf, "w") as f:
        f.write(text)
    mark = len(box.log())
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("configuration reloaded", mark)


def test_a_live_database_has_no_clock_and_nobody_acts_for_others(box):
    live = Sandbox(kind="live")
    try:
        assert live.ask("status", person=None)["status"]["kind"] == "live"
        before = int(live.sql("SELECT count(*) FROM journal"))
        a = live.ask("clock", "set", "2030-01-01", person="admin")
        assert a.code == 1 and a.error["code"] == "may_not_act" and "not a rehearsal" in a.error["message"], a.out
        assert int(live.sql("SELECT count(*) FROM journal WHERE kind = 'access.denied' AND what LIKE '%admin%'")) == before + 1
        with open(live.conf) as f:
            text = f.read()
        with open(live.conf, "w") as f:
            f.write(text.replace('role = "officer"', 'role = "admin"'))
        os.kill(live.pid(), signal.SIGHUP)
        live.wait_log("configuration reloaded")
        a = live.ask("clock", "set", "2030-01-01", person=None)
        assert a.code == 1 and a.error["code"] == "live_clock", a.out
        assert live.sql("SELECT rehearsal_on IS NULL FROM instance") == "t"
    finally:
        live.close()


def test_names_of_a_live_database_say_nothing_of_tests(box):
    live = Sandbox(kind="live")
    try:
        live.do("scheme", "import", os.path.join(SCHEMES, "lab-2023.conf"), person=None)
        live.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19", person=None)
        live.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023", person=None)
        with open(live.conf) as f:
            text = f.read()
        with open(live.conf, "w") as f:
            f.write(text.replace('name = "claire"', 'name = "tmp"').replace('role = "officer"', 'role = "approver"'))
        os.kill(live.pid(), signal.SIGHUP)
        live.wait_log("configuration reloaded")
        live.do("account", "verify", ref(1), person=None)
        with open(live.conf, "w") as f:
            f.write(text)
        mark = len(live.log())
        os.kill(live.pid(), signal.SIGHUP)
        live.wait_log("configuration reloaded", mark)
        for party in ("beneficiary", "authority"):
            live.do("convention", "sign", ref(1), "--party", party, person=None)
        for _ in range(100):
            if live.files():
                break
            time.sleep(0.05)
        assert re.fullmatch(r"CABBALR-\d{4}-L1-1\.xml", live.files()[0]), live.files()
        with open(os.path.join(live.outbox, live.files()[0])) as f:
            xml = f.read()
        assert "TEST" not in xml and re.search(r"<EndToEndId>\d{4}-L1-1-1</EndToEndId>", xml), xml
    finally:
        live.close()


def test_a_live_daemon_sleeps_until_the_next_due_moment(box):
    """One timer for the next day on which something is due, absolute and cancelled by clock steps; no polling."""
    live = Sandbox(kind="live")
    try:
        live.do("scheme", "import", os.path.join(SCHEMES, "lab-2023.conf"), person=None)
        live.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023", person=None)
        for party in ("beneficiary", "authority"):
            live.do("convention", "sign", ref(1), "--party", party, person=None)
        for _ in range(100):
            day = live.sql("SELECT look_on FROM convention WHERE reference = '%s'" % ref(1))
            if day and day != live.do("clock", "show", person=None)["clock"]["today_on"]:
                break
            time.sleep(0.05)
        wanted = int(subprocess.run(["date", "-d", day, "+%s"], env={"TZ": "Europe/Paris"}, capture_output=True, text=True).stdout)
        timers = []
        for fd in os.listdir("/proc/%d/fdinfo" % live.pid()):
            with open("/proc/%d/fdinfo/%s" % (live.pid(), fd)) as f:
                timers += re.findall(r"clockid: (\d+)\nticks: \d+\nsettime flags: (\d+)\nit_value: \((\d+),", f.read())
        assert any(c == "0" and flags == "03" and abs(int(left) - (wanted - time.time())) < 60 for c, flags, left in timers), (timers, wanted)
        with open("/proc/%d/stat" % live.pid()) as f:
            before = f.read().split()[13:15]
        time.sleep(3)
        with open("/proc/%d/stat" % live.pid()) as f:
            after = f.read().split()[13:15]
        assert sum(map(int, after)) - sum(map(int, before)) <= 3, "an idle daemon is busy"
    finally:
        live.close()


def test_the_schema_must_be_the_programs(box):
    box.kill(signal.SIGTERM)
    box.sql("DELETE FROM schema_version WHERE number = (SELECT max(number) FROM schema_version)")
    p = subprocess.run(USER + [box.place + "/bin/tranched", "--config", box.conf], capture_output=True, text=True, timeout=20)
    assert p.returncode == 78 and "--migrate" in p.stderr, (p.returncode, p.stderr)
    box.sql("INSERT INTO schema_version (number, name) SELECT max(number) + 1, 'again' FROM schema_version")
    box.start_daemon()


run_module(sys.modules[__name__])
