"""A sandbox for the story tests: real PostgreSQL, real daemon, the operator's own tool; TAP on standard output.

Functions named test_* of the calling module run in order, each against the sandbox it is given, or a new one.
"""
import contextlib
import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMES = os.path.join(ROOT, "config", "schemes")
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
PG = "/usr/lib/postgresql/15/bin/"
# initdb and the daemon refuse root, and their files belong to whoever is not.
USER = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.getuid() == 0 else []
SHARED = os.environ.get("SHARED", os.path.join(ROOT, "../shared"))


# What must hold at any moment, recomputed from the rows: each counts what does not.
INVARIANTS = {
    "kept sums": "SELECT count(*) FROM scheme_sum s WHERE ordered_cents <> (SELECT coalesce(sum(o.amount_cents), 0) FROM "
                 "payment_order o JOIN convention c ON c.id = o.convention_id WHERE c.scheme_id = s.scheme_id AND o.state NOT IN "
                 "('rejected', 'returned', 'cancelled')) OR awarded_cents <> (SELECT coalesce(sum(greatest(c.grant_cents - "
                 "c.given_up_cents, (SELECT sum(t.taken_cents) FROM tranche t WHERE t.convention_id = c.id))), 0) FROM convention c "
                 "WHERE c.scheme_id = s.scheme_id)",
    "two live orders": "SELECT count(*) FROM (SELECT tranche_id FROM payment_order WHERE state NOT IN ('rejected', 'returned', "
                       "'cancelled') GROUP BY 1 HAVING count(*) > 1) x",
    "order without its tranche": "SELECT count(*) FROM payment_order o JOIN tranche t ON t.id = o.tranche_id WHERE o.state IN "
                                 "('prepared', 'written') AND (t.state <> 'ordered' OR t.taken_cents <> o.amount_cents)",
    "tranche without its order": "SELECT count(*) FROM tranche t WHERE t.state = 'ordered' AND NOT EXISTS (SELECT 1 FROM "
                                 "payment_order o WHERE o.tranche_id = t.id AND o.state NOT IN ('rejected', 'returned', 'cancelled'))",
    "ordered without a journal row": "SELECT count(*) FROM tranche t JOIN convention c ON c.id = t.convention_id WHERE t.state = "
                                     "'ordered' AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.kind IN ('tranche.released', 'tranche.adopted') AND "
                                     "j.convention_ref = c.reference AND j.tranche_number = t.position + 1)",
    "given up and taken": "SELECT count(*) FROM convention c WHERE c.state IN ('terminated', 'completed') AND c.grant_cents + c.recovery_cents <> "
                          "c.given_up_cents + (SELECT sum(taken_cents) FROM tranche t WHERE t.convention_id = c.id)",
}


class Skip(Exception):
    """A test that this machine cannot run, and why."""


def wait_for(what, test, seconds=20):
    """Waits for TEST, which is asked less often the longer it takes; WHAT says what did not come, as text or as a function that makes it."""
    end, pause = time.time() + seconds, 0.02
    while not test():
        assert time.time() < end, what() if callable(what) else what
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)


def pg_ctl(data, log, verb, *words):
    """One command to the server on DATA; its end is waited for."""
    p = subprocess.run(USER + [PG + "pg_ctl", "-w", "-t", "60", "-D", data, "-l", log, *words, verb], capture_output=True, text=True)
    if p.returncode != 0:
        with open(log) as f:
            raise AssertionError("pg_ctl %s: %s%s%s" % (verb, p.stdout, p.stderr, f.read()[-600:]))


def check_sanitizer(name, log):
    """A program that was built with sanitizers says there what they found."""
    found = re.search(r".*(AddressSanitizer|LeakSanitizer|runtime error:)(.*\n){0,20}", log)
    assert not found, "the sanitizer of %s: %s" % (name, found.group(0))


class Answer:
    """What tranchectl answered: exit code, texts, and the JSON where there is one."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        try:
            self.json = json.loads(out)
        except ValueError:
            self.json = None

    @property
    def error(self):
        return (self.json or {}).get("error", {})

    def __getitem__(self, key):
        return self.json[key]


class Sandbox:
    def __init__(self, kind="rehearsal", language="en", mail_port=None):
        self.dir = tempfile.mkdtemp(prefix="sb", dir=os.environ.get("STORY_DIR"))
        self.env = dict(os.environ, BUILD=BUILD, SANDBOX_KIND=kind, SANDBOX_LANG=language)
        if mail_port:
            self.env["SANDBOX_MAIL"] = str(mail_port)
        self.script("start")
        self.place = os.path.realpath(os.path.join(self.dir, "place"))
        self.socket = os.path.join(self.place, "run/control.sock")
        self.outbox = os.path.join(self.place, "state/outbox")
        self.archive = os.path.join(self.place, "state/archive")
        self.conf = os.path.join(self.place, "tranched.conf")
        self.scheme = os.path.join(SCHEMES, "lab-2023.conf")

    def script(self, verb):
        p = subprocess.run([os.path.join(ROOT, "scripts/sandbox"), verb, self.dir], env=self.env, capture_output=True, text=True)
        if p.returncode != 0:
            raise RuntimeError("sandbox %s: %s" % (verb, p.stderr))

    def close(self):
        self.script("stop")
        for name in ("tranched", "mailer"):
            if os.path.exists("%s/log/%s.log" % (self.place, name)):
                check_sanitizer(name, self.log(name))
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *words, person="claire", stdin=None):
        """Runs tranchectl as a person would; text."""
        env = dict(os.environ, TRANCHED_SOCKET=self.socket, TRANCHED_LANG="en", TRANCHED_LOCALEDIR=self.place + "/locale")
        env.pop("TRANCHED_AS", None)
        who = ["--as", person] if person else []
        p = subprocess.run([self.place + "/bin/tranchectl", *who, *words], env=env, capture_output=True, text=True, stdin=stdin)
        return Answer(p.returncode, p.stdout, p.stderr)

    def ask(self, *words, person="claire"):
        """The same with --json; any exit code."""
        return self.run("--json", *words, person=person)

    def do(self, *words, person="claire"):
        """The same; must succeed."""
        a = self.ask(*words, person=person)
        assert a.code == 0, "tranchectl %s: %d %s%s" % (" ".join(words), a.code, a.out, a.err)
        return a

    def refused(self, *words, code, says=(), person="claire", exit_code=1):
        """The same; must be refused with error CODE, name what SAYS lists, and change nothing."""
        before = self.fingerprint()
        a = self.ask(*words, person=person)
        assert a.code == exit_code, "exit %d instead of %d: %s%s" % (a.code, exit_code, a.out, a.err)
        assert a.error.get("code") == code, "error %r instead of %r" % (a.error, code)
        text = json.dumps(a.error, ensure_ascii=False)
        for word in says:
            assert word in text, "%r is not in %s" % (word, text)
        assert self.fingerprint() == before, "a refusal changed something"
        return a

    def fingerprint(self):
        """Everything that a command could change."""
        tables = ["scheme", "scheme_sum", "beneficiary", "convention", "signature", "fact", "flag", "paper", "account",
                  "tranche", "payment_order", "order_file", "journal", "instance", "request", "document", "attachment", "proposal",
                  "answer", "answer_status", "entry", "movement", "proof", "order_act", "mail"]
        return [self.sql("SELECT md5(coalesce(string_agg(x::text, '|' ORDER BY x::text), '')) FROM %s x" % t) for t in tables]

    def sql(self, query):
        p = subprocess.run([PG + "psql", "-h", self.place + "/run", "-U", "tranched_sandbox", "-d", "tranched",
                            "-AtqX", "-v", "ON_ERROR_STOP=1", "-c", "SET search_path = cabbalr", "-c", query],
                           capture_output=True, text=True)
        assert p.returncode == 0, p.stderr
        return p.stdout.strip()

    @contextlib.contextmanager
    def shut_outbox(self):
        """Nothing can be put out until the block ends."""
        os.chmod(self.outbox, 0o555)
        try:
            yield
        finally:
            os.chmod(self.outbox, 0o2770)

    @contextlib.contextmanager
    def holding(self, statement):
        """Somebody else's transaction has run STATEMENT and ends when the block does."""
        words = [PG + "psql", "-h", self.place + "/run", "-U", "tranched_sandbox", "-d", "tranched", "-AtqX"]
        for sql in ("SET search_path = cabbalr", "BEGIN", statement, "SELECT 'held'", "SELECT pg_sleep(600)"):
            words += ["-c", sql]
        session = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert "held" in iter(lambda: session.stdout.readline().strip() or "nothing", "nothing"), "nothing is held"
            yield
        finally:
            self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()")
            session.communicate()

    def as_superuser(self, sql):
        """What nobody may do to the journal, done by who may do everything."""
        switch = "ALTER TABLE journal {0} TRIGGER USER; ALTER TABLE journal_seal {0} TRIGGER USER; "
        self.sql(switch.format("DISABLE") + sql + "; " + switch.format("ENABLE"))

    def postgres(self, verb, *words):
        pg_ctl(self.place + "/pg", self.place + "/log/postgresql.log", verb, *words)

    def pid(self, name="tranched"):
        with open("%s/run/%s.pid" % (self.place, name)) as f:
            return int(f.read())

    def kill(self, sig=signal.SIGKILL, name="tranched"):
        pid = self.pid(name)
        if sig == signal.SIGKILL and "GCOV_PREFIX" in os.environ:
            sig = signal.SIGTERM  # a program that is killed writes no counters
        os.kill(pid, sig)
        for _ in range(200):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            if "\nState:\tZ" in open("/proc/%d/status" % pid).read():
                return
            time.sleep(0.05)
        raise AssertionError("%s does not end" % name)

    def start_daemon(self):
        self.script("daemon")

    def log(self, name="tranched"):
        with open("%s/log/%s.log" % (self.place, name)) as f:
            return f.read()

    def wait_log(self, pattern, since=0):
        for _ in range(200):
            if re.search(pattern, self.log()[since:]):
                return
            time.sleep(0.05)
        raise AssertionError("the log never says %r" % pattern)

    def clock(self, date):
        return self.do("clock", "set", date, person="admin")

    def settle(self):
        """Waits until all that is due today is done."""
        return self.clock(self.do("clock", "show")["clock"]["today_on"])

    def call_2023(self, date="2024-01-02", verify=True, executory=True):
        """The 2023 call with its five laureates, on DATE."""
        self.clock(date)
        self.do("scheme", "import", self.scheme)
        self.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023")
        if executory:
            self.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
        if verify:
            for i in range(1, 6):
                self.do("account", "verify", ref(i), person="paul")

    def sign(self, i, on=None):
        words = ["--on", on] if on else []
        for party in ("beneficiary", "authority"):
            self.do("convention", "sign", ref(i), "--party", party, *words)
        self.settle()

    def state(self, i, t):
        return self.do("tranche", "show", "%s/%d" % (ref(i), t))["tranche"]["state"]

    def files(self):
        return sorted(n for n in os.listdir(self.outbox) if not n.startswith("."))

    def http(self, method, path, body=None, headers=None):
        """A request without our tool; a POST gets a fresh request id unless HEADERS name one (None: none at all)."""
        headers = dict(headers or {})
        if method == "POST":
            headers.setdefault("Tranched-Request", uuid.uuid4().hex)
        headers = {k: v for k, v in headers.items() if v is not None}
        c = http.client.HTTPConnection("tranched")
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.connect(self.socket)
        c.request(method, path, body=body, headers=headers)
        r = c.getresponse()
        data = r.read()
        c.close()
        return r.status, data

    def check_invariants(self):
        """What must hold at any moment, recomputed from the rows."""
        for what, query in INVARIANTS.items():
            assert self.sql(query) == "0", "broken: " + what
        written = {f["message_id"] + ".xml": f for f in self.do("file", "list")["files"] if f["state"] == "written" and not f["taken_at"]}
        assert self.files() == sorted(written), "outbox %s, written %s" % (self.files(), sorted(written))
        for schema in ("pain.001.001.09.xsd", "regional/pain.001.001.09_GBIC_5.xsd"):
            path = os.path.join(SHARED, "schemas/iso20022", schema)
            if not os.path.exists(path):
                print("# SKIPPED: %s is not there: order files are not validated" % path, file=sys.stderr)
            elif written:
                p = subprocess.run(["xmllint", "--noout", "--schema", path] + [os.path.join(self.outbox, f) for f in written],
                                   capture_output=True, text=True)
                assert p.returncode == 0, p.stderr


def audit(place, archive, answers, journal):
    """What tranche-audit says, from files alone, of order files in ARCHIVE, ANSWERS as bytes and the JSON of the journal."""
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place + "/answers")
    for n, data in enumerate(answers):
        with open("%s/answers/%05d.xml" % (place, n), "wb") as f:
            f.write(data)
    with open(place + "/journal.json", "w") as f:
        json.dump(journal, f)
    p = subprocess.run([os.path.join(ROOT, "audit/tranche-audit"), "--archive", archive, "--answers", place + "/answers",
                        "--journal", place + "/journal.json", "--english"], capture_output=True, text=True)
    return p.returncode, p.stdout + p.stderr


def ref(i):
    return "LAB2-2023-0%d" % i


def luhn(digits):
    """DIGITS with the digit that completes them."""
    total = sum(sum(divmod(2 * int(d), 10)) if n % 2 == 0 else int(d) for n, d in enumerate(reversed(digits)))
    return "%s%d" % (digits, -total % 10)


def exchange(a, b):
    """Swaps two names in one step, so that nobody makes one of them anew in between."""
    if ctypes.CDLL(None, use_errno=True).renameat2(-100, a.encode(), -100, b.encode(), 2) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), a)


LAUREATES = "reference,project,beneficiary,siret,grant,iban,account_holder\n"


def laureate(prefix, i, grant, number=0):
    """A row under LAUREATES: the I-th of PREFIX; NUMBER makes its SIRET and IBAN another."""
    bban = "1%017d" % (number * 100000 + i)
    return "%s-%d,Projet,Association %s %d,%s,%s,DE%02d%s,Association %s %d\n" % (
        prefix, i, prefix, i, luhn(luhn("9%07d" % (number * 10000 + i)) + "0001"), grant, 98 - int(bban + "131400") % 97, bban, prefix, i)


class Nobody:
    """For modules whose tests each make a sandbox of their own: run_module(module, shared=Nobody)."""

    def log(self):
        return ""

    def close(self):
        pass


def run_module(module, shared=None):
    """Runs the module's tests and prints TAP. SHARED makes one sandbox for all of them; TEST_ONLY names one."""
    only = os.environ.get("TEST_ONLY")
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_") and only in (None, n[5:].replace("_", " "))]
    failed = 0
    print("1..%d" % len(tests), flush=True)
    common = shared() if shared else None
    for number, (name, test) in enumerate(tests, 1):
        title = name[5:].replace("_", " ")
        box = None
        try:
            box = common or Sandbox()
            test(box)
            if not common:
                box.check_invariants()
            print("ok %d - %s" % (number, title), flush=True)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, title, why), flush=True)
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, title))
            print("\n".join("# " + line for line in traceback.format_exc().splitlines()), flush=True)
            if box:
                print("\n".join("# log: " + line for line in box.log().splitlines()[-8:]), flush=True)
        finally:
            if box and not common:
                try:
                    box.close()
                except Exception as e:
                    failed += 1
                    print("not ok %d - %s, while closing: %s" % (number, title, e), flush=True)
    if common:
        common.close()
    sys.exit(1 if failed else 0)
