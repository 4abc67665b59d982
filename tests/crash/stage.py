"""A stage for faults: one PostgreSQL, a database of the 2023 call to copy for each play, daemons built with failpoints.

A play is the same short story every time: two conventions are signed, reports come, the clock goes on, and a treasury of
its own process takes each file at some moment. What it comes to is compared with a play that nothing disturbed.
"""
import collections
import contextlib
import hashlib
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../story"))
from bank import Bank, read_orders as bank_orders  # noqa: E402
from sandbox import PG, ROOT, Sandbox, USER, check_sanitizer, pg_ctl, ref  # noqa: E402

LEASE_SECONDS = 3
TREASURY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "treasury.py")

# What the people do: (person, path, arguments). Each is repeated under its own request id until it is answered.
STORY = [
    ("claire", "convention/sign", {"ref": ref(1), "party": "beneficiary"}),
    ("claire", "convention/sign", {"ref": ref(1), "party": "authority"}),
    ("claire", "report/receive", {"ref": ref(1), "kind": "mid-report"}),
    ("claire", "convention/sign", {"ref": ref(2), "party": "beneficiary"}),
    ("claire", "convention/sign", {"ref": ref(2), "party": "authority"}),
    ("admin", "clock/set", {"date": "2024-01-16"}),
    ("claire", "report/receive", {"ref": ref(2), "kind": "mid-report"}),
    ("admin", "clock/set", {"date": "2024-05-02"}),
]


class Stage:
    """PostgreSQL with the database that every play is a copy of."""

    def __init__(self, **options):
        self.box = Sandbox(**options)
        self.box.call_2023("2024-01-15")
        self.place = self.box.place
        self.box.kill(signal.SIGTERM)
        with open(self.box.conf) as f:
            self.conf = f.read().replace("  seconds = 6;", "  seconds = %d;" % LEASE_SECONDS)
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()

    def sql(self, query, database="postgres", host=None):
        p = subprocess.run([PG + "psql", "-h", host or self.place + "/run", "-U", "tranched_sandbox", "-d", database, "-AtqX", "-v", "ON_ERROR_STOP=1",
                            "-c", "SET search_path = cabbalr", "-c", query], capture_output=True, text=True)
        if p.returncode != 0:
            raise RuntimeError(p.stderr)
        return p.stdout.strip()

    def postgres(self, verb, *words):
        self.box.postgres(verb, *words)

    def hand_over(self, state):
        """What the base's host saw of its database: a play goes on where it ended, and is no restored backup."""
        name = "/.witness-cabbalr-rehearsal"
        shutil.copy(self.place + "/state" + name, state + name)
        os.chmod(state + name, 0o644)

    def preload_faults(self):
        """The library that breaks calls is where the daemons reach it (never written over: others may have it mapped)."""
        library = self.place + "/bin/libfaults.so"
        with self.lock:
            if not os.path.exists(library):
                shutil.copy(os.path.join(os.environ["BUILD"], "tests/crash/libfaults.so"), library)
                os.chmod(library, 0o755)
        return {"LD_PRELOAD": library}

    def close(self):
        self.box.close()


def postmaster_of(data):
    with open(data + "/postmaster.pid") as f:
        return int(f.readline())


def kill_postgres(postmaster):
    """A postmaster and all its children, at one moment."""
    children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()
    for pid in [postmaster, *map(int, children)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def start_killed_postgres(data, log, *words):
    """After kill_postgres(): where nobody reaps it the dead postmaster still has its number, which would keep a new one out."""
    if os.path.exists(data + "/postmaster.pid"):
        with open(data + "/postmaster.pid") as f:
            sockets = f.read().split("\n")[4]
        os.unlink(data + "/postmaster.pid")
        if os.path.exists(sockets + "/.s.PGSQL.5432.lock"):
            os.unlink(sockets + "/.s.PGSQL.5432.lock")
    pg_ctl(data, log, "start", *words)


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def http_call(path, person, verb, args, request, seconds=60, body=None):
    """Status and answer of one command; with BODY, a file's bytes, the arguments stand in the query."""
    c = http.client.HTTPConnection("tranched", timeout=seconds)
    c.sock = socket.socket(socket.AF_UNIX)
    c.sock.settimeout(seconds)
    c.sock.connect(path)
    try:
        headers = {"Tranched-Request": request, "Tranched-As": person}
        query = "?" + urllib.parse.urlencode(args) if body is not None else ""
        c.request("POST", "/v1/" + verb + query, body=json.dumps(args) if body is None else body, headers=headers)
        r = c.getresponse()
        return r.status, json.loads(r.read() or b"null")
    finally:
        c.close()


class Daemon:
    """One daemon of a play: its socket, its log, its folder of faults."""

    def __init__(self, play, name, preload=None):
        self.play, self.name, self.process = play, name, None
        self.socket = "%s/%s.sock" % (play.dir, name)
        self.test_dir = "%s/%s.test" % (play.dir, name)
        self.conf = "%s/%s.conf" % (play.dir, name)
        self.log = "%s/%s.log" % (play.dir, name)
        self.preload = preload or {}
        os.mkdir(self.test_dir)
        os.chmod(self.test_dir, 0o777)
        old = play.stage.place
        with open(self.conf, "w") as f:
            f.write(play.configuration()
                    .replace(old + "/state", play.dir + "/state").replace(old + "/run/control.sock", self.socket)
                    .replace(old + "/run/alert", "%s/%s.alert" % (play.dir, name)))

    def start(self, wait=True, env=None):
        remove(self.test_dir + "/stopping")  # it was killed where it stood
        with open(self.log, "a") as log:
            env = dict(os.environ, TRANCHED_TEST_DIR=self.test_dir, TRANCHED_LOCALEDIR=self.play.stage.place + "/locale",
                       **self.preload, **(env or {}))
            self.process = subprocess.Popen(USER + [self.play.stage.place + "/bin/tranched", "--config", self.conf], stderr=log, env=env)
        if wait:
            self.wait_up()

    def wait_up(self, seconds=10):
        end = time.time() + seconds
        while time.time() < end:
            if self.process.poll() is not None or self.stopping():
                return False
            try:
                status, answer = http_call(self.socket, "admin", "status/show", {}, "x" * 8, 1)
                if status == 200:
                    return True
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(0.01)
        return False

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def arm(self, place, nth, action):
        with open(self.test_dir + "/armed.new", "w") as f:
            f.write("%s %d %s\n" % (place, nth, action))
        os.chmod(self.test_dir + "/armed.new", 0o666)
        os.rename(self.test_dir + "/armed.new", self.test_dir + "/armed")

    def armed(self):
        return os.path.exists(self.test_dir + "/armed")

    def disarm(self):
        remove(self.test_dir + "/armed")

    def stopping(self):
        """It stands, or is about to."""
        return os.path.exists(self.test_dir + "/stopping")

    def go_on(self, seconds=10):
        """Whatever was armed, it runs and goes on running."""
        self.disarm()
        end = time.time() + seconds
        while self.alive() and self.stopping() and time.time() < end:
            self.process.send_signal(signal.SIGCONT)
            time.sleep(0.01)

    def visited(self):
        try:
            with open(self.test_dir + "/visited") as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def stopped(self):
        with open("/proc/%d/stat" % self.process.pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"

    def text(self):
        with open(self.log) as f:
            return f.read()

    def end(self, sig=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            check_sanitizer(self.name, self.text())


Outcome = collections.namedtuple("Outcome", "payments journal answers")


class Play:
    def __init__(self, stage, seed=0, preload=None):
        self.stage, self.seed = stage, seed
        self.database = "play_%d" % next(stage.numbers)
        self.dir = "%s/%s" % (stage.place, self.database)
        self.taken = self.dir + "/taken"
        self.host = stage.place + "/run"  # PostgreSQL's socket, for the play itself
        self.patient = {0, 503}  # answers after which a command is repeated
        self.make_database()
        for part in ("", "/state", "/state/outbox", "/state/archive", "/taken"):
            os.makedirs(self.dir + part, exist_ok=True)
            os.chmod(self.dir + part, 0o777)
        stage.hand_over(self.dir + "/state")
        self.outbox, self.archive = self.dir + "/state/outbox", self.dir + "/state/archive"
        self.first = Daemon(self, "first", preload)
        self.second = None
        self.steps = 0
        self.restarts = 0
        self.held = 0  # files about which a person had to decide
        self.treasury = subprocess.Popen([sys.executable, "-IS", TREASURY, self.outbox, self.taken, str(seed), *self.treasury_words()])

    def make_database(self):
        # Copied page by page (PostgreSQL 15's default), a sequence would give numbers out again that it gave before the server crashed.
        self.stage.sql("CREATE DATABASE %s TEMPLATE tranched STRATEGY file_copy" % self.database)

    def treasury_words(self):
        """How the treasury differs from one that renames files away."""
        return []

    def attend(self):
        """What a person does while others wait."""

    def drop_database(self):
        self.stage.sql("DROP DATABASE %s WITH (FORCE)" % self.database)

    def conninfo(self):
        """How the daemons connect."""
        return "host=%s dbname=%s" % (self.host, self.database)

    def configuration(self):
        return re.sub(r'conninfo = "[^"]*"', 'conninfo = "%s"' % self.conninfo(), self.stage.conf)

    def sql(self, query):
        return self.stage.sql(query, self.database, self.host)

    def forget_lease(self):
        """Nobody waits here for a dead daemon's lease."""
        self.sql("UPDATE lease SET until = now() - interval '1 second'")

    def revive(self):
        """Starts the first daemon again when it is dead."""
        if self.first.alive():
            return
        self.restarts += 1
        if self.restarts > 40:
            raise AssertionError("the daemon dies again and again:\n" + self.first.text()[-2000:])
        self.forget_lease()
        self.first.start()

    def ask(self, step, daemon=None):
        """One command, repeated under one request id until it is answered, whatever dies meanwhile."""
        person, verb, args = STORY[step]
        request = "story-%d-%d" % (self.seed, step)
        for attempt in range(400):
            try:
                status, answer = http_call((daemon or self.first).socket, person, verb, args, request)
            except (OSError, http.client.HTTPException, ValueError):
                status, answer = 0, None
            if status == 200:
                return answer
            if status not in self.patient and not (status == 409 and answer["error"]["code"] in ("busy", "clock_stuck", "clock_moving")):
                raise AssertionError("step %d was refused: %r" % (step, answer))
            if not daemon:
                self.revive()
            self.attend()
            time.sleep(0.02 if attempt < 100 else 0.1)
        raise AssertionError("step %d is never answered: %r\n%s" % (step, answer, (daemon or self.first).text()[-1500:]))

    def tell(self, steps=None, daemon=None):
        for step in steps if steps is not None else range(len(STORY)):
            self.ask(step, daemon)

    def finish(self, daemon=None, seconds=30):
        """Waits until every file is written, taken, and seen to be taken."""
        end = time.time() + seconds
        while time.time() < end:
            if not daemon:
                self.revive()
            self.attend()
            left = self.sql("SELECT (SELECT count(*) FROM order_file WHERE taken_at IS NULL), (SELECT count(*) FROM tranche t JOIN "
                            "convention c ON c.id = t.convention_id WHERE c.reference IN ('%s', '%s') AND t.state = 'held')"
                            % (ref(1), ref(2)))
            if left == "0|0":
                return
            time.sleep(0.02)
        raise AssertionError("not all is done: untaken|unordered %s\n%s" % (left, (daemon or self.first).text()[-1500:]))

    def answer(self, seconds=60):
        """The bank's answers to what was taken, put into the inbox one after the other, and taken in."""
        state = self.dir + "/state/inbox"
        for name, data in self.bank():
            with open("%s/%s" % (self.dir, name), "wb") as f:
                f.write(data)
            while not os.path.isdir(state):
                self.revive()
            os.rename("%s/%s" % (self.dir, name), "%s/%s" % (state, name))
        end, restarts = time.time() + seconds, self.restarts
        while [n for n in os.listdir(state) if n.endswith(".xml")]:
            if restarts != self.restarts:  # a daemon that has just started would wait until they are old enough to be complete
                restarts = self.restarts
                for name in [n for n in os.listdir(state) if n.endswith(".xml")]:
                    os.rename("%s/%s" % (state, name), "%s/%s.part" % (state, name))
                    os.rename("%s/%s.part" % (state, name), "%s/%s" % (state, name))
            assert time.time() < end, "not all is taken from the inbox: %s\n%s" % (os.listdir(state), self.first.text()[-1500:])
            self.revive()
            self.attend()
            time.sleep(0.02)
        done = set(os.listdir(state + "/done"))
        why = [open("%s/refused/%s" % (state, n)).read() for n in os.listdir(state + "/refused") if n.endswith(".json")]
        assert {n for n, _ in self.bank()} <= done and not why, (done, why)

    def bank(self):
        """Files by name: all accepted; booked, but for the last that the bank refuses; and the first comes back."""
        files = [bank_orders(open(self.taken + "/" + n, "rb").read()) for n in sorted(os.listdir(self.taken)) if not n.startswith(".")]
        payments = sorted((p for _, some in files for p in some), key=lambda p: (p.text, p.id))
        day, bank = "2024-05-02", Bank()
        refused, paid = payments[-1], payments[:-1]
        debits = [bank.debit(p, day, "D%d" % i) for i, p in enumerate(paid)]
        yield "1-accepted.xml", bank.report(refused.message, payment="ACSP", transactions=[(refused, "RJCT", "AM04")])
        yield "2-notice.xml", bank.statement(debits[:1], "camt.054")
        yield "3-statement.xml", bank.statement(debits + [bank.credit_back(paid[0], day, "AM04", "R0")])

    def outcome(self):
        """What it comes to; every promise that can be checked on the way is."""
        payments = sorted(self.sql("SELECT c.reference, t.position, o.amount_cents, a.iban, f.execution_on FROM payment_order o JOIN tranche t "
                                   "ON t.id = o.tranche_id JOIN convention c ON c.id = o.convention_id JOIN account a ON a.id = o.account_id "
                                   "JOIN order_file f ON f.id = o.order_file_id").splitlines())
        orders = set(self.sql("SELECT o.end_to_end_id || ' ' || o.amount_cents || ' ' || a.iban || ' ' || f.execution_on FROM payment_order o "
                              "JOIN account a ON a.id = o.account_id JOIN order_file f ON f.id = o.order_file_id").splitlines())
        stored = dict(line.split("|") for line in self.sql("SELECT file_name, encode(sha256, 'hex') FROM order_file").splitlines())
        bodies = dict(line.split("|") for line in self.sql("SELECT file_name, encode(sha256(body), 'hex') FROM order_file").splitlines())
        taken = {n: open(self.taken + "/" + n, "rb").read() for n in os.listdir(self.taken) if not n.startswith(".")}
        assert not [n for n in taken if n.endswith(".again")], "taken twice: %s" % sorted(taken)
        assert sorted(taken) == sorted(stored), "taken %s, stored %s" % (sorted(taken), sorted(stored))
        assert stored == bodies == {n: hashlib.sha256(b).hexdigest() for n, b in taken.items()}, "bytes differ"
        kept = {n: open(self.archive + "/" + n, "rb").read() for n in os.listdir(self.archive) if not n.startswith(".")}
        assert kept == taken, "archive %s, taken %s" % (sorted(kept), sorted(taken))
        # a probe, or the first name of the archive's id, that could not be removed goes with the next start
        ours = (".probe", ".id.", ".witness", "..witness", ".stopped", "..stopped")
        for folder in (self.outbox, self.archive):
            left = [n for n in os.listdir(folder) if n.startswith(".") and n != ".id" and not n.startswith(ours)]
            assert not left, "left in %s: %s" % (folder, left)
        paid = [line for bytes_ in taken.values() for line in read_orders(bytes_)]
        assert len(paid) == len(set(paid)) and set(paid) == orders, "files pay %s, orders %s" % (sorted(paid), sorted(orders))
        for kind in ("written", "taken") if not self.held else ():
            assert self.sql("SELECT count(*) FROM journal WHERE kind = 'file.%s'" % kind) == str(len(taken)), "file.%s rows" % kind
        journal = collections.Counter(self.sql("SELECT kind, convention_ref, tranche_number, on_date, person FROM journal "
                                               "WHERE kind !~ '^file'").splitlines())
        assert self.sql("SELECT count(*) FROM request WHERE id LIKE 'story-%'") == str(len(STORY)), "a command is missing"
        answers = self.sql("SELECT c.reference, t.position, o.state, t.state, string_agg(p.event, ' ' ORDER BY p.id) FROM payment_order o "
                           "JOIN tranche t ON t.id = o.tranche_id JOIN convention c ON c.id = o.convention_id LEFT JOIN proof p ON "
                           "p.order_id = o.id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2") + self.sql(
                               "SELECT (SELECT count(*) FROM answer), (SELECT count(*) FROM entry), (SELECT string_agg(state, ' ' ORDER BY id) "
                               "FROM movement)")
        return Outcome(payments, journal, answers)

    def compare(self, wanted):
        outcome = self.outcome()
        assert outcome.payments == wanted.payments, "payments: %s\nwanted %s" % (outcome.payments, wanted.payments)
        assert outcome.answers == wanted.answers, "answers: %s\nwanted %s" % (outcome.answers, wanted.answers)
        assert outcome.journal == wanted.journal, "journal: more %s, less %s" % (outcome.journal - wanted.journal, wanted.journal - outcome.journal)

    def close(self, keep=False):
        for d in (self.first, self.second):
            if d and d.process and d.process.poll() is None:
                d.process.send_signal(signal.SIGCONT)
                d.end(signal.SIGKILL)
        open(self.taken + "/.end", "w").close()
        try:
            self.treasury.wait(20)
        finally:
            self.treasury.kill()
        self.drop_database()
        if not keep:
            shutil.rmtree(self.dir)


def undisturbed(stage, seed=0, answered=False):
    """What a play comes to that nothing disturbs, and every place it visited; ANSWERED by the bank."""
    play = Play(stage, seed)
    try:
        play.first.start()
        play.tell()
        play.finish()
        if answered:
            play.answer()
        end = time.time() + 20
        while play.sql("SELECT count(*) FROM journal WHERE id > coalesce((SELECT max(last_id) FROM journal_seal), 0)") != "0":
            assert time.time() < end, "the journal is never sealed"
            time.sleep(0.05)
        return play.outcome(), play.first.visited()
    finally:
        play.close()


def read_orders(bytes_):
    """The payments of a file, read without any code of ours."""
    root = xml.etree.ElementTree.fromstring(bytes_)
    ns = {"p": root.tag[1:].split("}")[0]}
    for block in root.iterfind(".//p:PmtInf", ns):
        day = block.find("p:ReqdExctnDt/p:Dt", ns).text
        for tx in block.iterfind("p:CdtTrfTxInf", ns):
            cents = tx.find("p:Amt/p:InstdAmt", ns).text.replace(".", "")
            yield "%s %d %s %s" % (tx.find("p:PmtId/p:EndToEndId", ns).text, int(cents), tx.find("p:CdtrAcct/p:Id/p:IBAN", ns).text, day)


def failpoints():
    """The one list there is, from its header."""
    with open(os.path.join(ROOT, "lib/base/include/base/failpoint.h")) as f:
        return re.findall(r"^ {4}X\((\w+)\)", f.read(), re.M)
