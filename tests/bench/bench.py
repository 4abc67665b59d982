"""The measures of scripts/bench. Every line: name, what, ours, the other, and last the ratio as a bare number."""
import hashlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/story"))
from bank import Bank, euros  # noqa: E402
from sandbox import BUILD, Sandbox  # noqa: E402

DUE = int(os.environ.get("BENCH_DUE", "100000"))
STORED = int(os.environ.get("BENCH_STORED", "1000000"))
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
PGBIN = "/usr/lib/postgresql/15/bin/"
SCHEME = """scheme = {
  code = "BENCH"; title = "Bench"; decision = { on = "2023-12-12"; };
  envelope = "1000000000.00"; grant = { min = "100.00"; max = "100.00"; };
  parties = [ "beneficiary", "authority" ]; duration = "6m";
  papers = ( { name = "mid-report"; due = { from = "effect"; plus = "3m"; }; }, { name = "statement"; needs = "accepted"; } );
  tranches = ( { name = "advance"; up_to = "60"; needs = [ "signed" ]; },
               { name = "balance"; up_to = "100"; needs = [ "signed", "mid-report" ]; after = { from = "effect"; plus = "3m"; }; } );
};
"""
# Conventions as the commands would have left them, in bulk: numbers FROM .. TO, signed on SIGNED, looked at on LOOK.
FILL = """
SET session_replication_role = replica;
CREATE TEMPORARY TABLE n AS SELECT i, '9' || lpad(i::text, 12, '0') AS digits, '1' || lpad(i::text, 17, '0') AS bban FROM generate_series(%(from)d, %(to)d) i;
CREATE TEMPORARY TABLE fill AS SELECT i, 'B-' || i AS reference,
  digits || ((10 - (SELECT sum(CASE WHEN p %% 2 = 1 THEN (2 * d) / 10 + (2 * d) %% 10 ELSE d END) FROM
    (SELECT p, substr(digits, 14 - p, 1)::int AS d FROM generate_series(1, 13) p) x) %% 10) %% 10)::text AS siret,
  'DE' || lpad((98 - (bban || '131400')::numeric %% 97)::text, 2, '0') || bban AS iban FROM n;
INSERT INTO beneficiary (siret, name) SELECT siret, 'Entreprise ' || i FROM fill ORDER BY i;
INSERT INTO convention (scheme_id, beneficiary_id, reference, project, grant_cents, state, effective_on, ends_on, look_on)
  SELECT s.id, b.id, f.reference, 'Projet', 10000, 'in_force', '%(signed)s', '%(signed)s'::date + interval '6 months', '%(look)s'
  FROM fill f JOIN beneficiary b ON b.siret = f.siret, scheme s WHERE s.code = 'BENCH' ORDER BY f.i;
CREATE TEMPORARY TABLE c AS SELECT c.id, f.iban, f.i FROM convention c JOIN fill f ON f.reference = c.reference;
INSERT INTO signature (convention_id, party, signed_on, person)
  SELECT id, p, '%(signed)s', 'claire' FROM c, unnest(ARRAY['beneficiary', 'authority']) p;
INSERT INTO account (convention_id, ordinal, iban, holder, proposed_by, proposed_on, verified_by, verified_on)
  SELECT id, 1, iban, 'Entreprise ' || i, 'claire', '%(signed)s', 'paul', '%(signed)s' FROM c;
INSERT INTO paper (convention_id, position, name) SELECT c.id, p.position, p.name FROM c, scheme_paper p;
INSERT INTO tranche (convention_id, position, ceiling_cents, planned_cents, since_on, state, taken_cents)
  SELECT id, 0, 6000, 6000, '%(signed)s'::date, '%(state)s', %(taken)d FROM c
  UNION ALL SELECT id, 1, 10000, 4000, '%(signed)s'::date, 'held', 0 FROM c;
UPDATE scheme_sum SET awarded_cents = awarded_cents + 10000 * (SELECT count(*) FROM c);
"""
# The bare minimum that moves the same rows, as sets: join out, update tranches, insert orders. Once on the schema's own tables,
# with the keys and checks that guard them (and taken back), once on plain copies that have indexes and nothing else.
FLOOR_JOIN = """COPY (SELECT c.id, c.reference, c.grant_cents, b.name, b.siret, a.id, a.iban, a.holder, t.id FROM convention c
  JOIN beneficiary b ON b.id = c.beneficiary_id JOIN account a ON a.convention_id = c.id
  JOIN tranche t ON t.convention_id = c.id AND t.position = 0
  WHERE c.look_on <= '%(look)s') TO STDOUT;"""
FLOOR_OWN = """BEGIN;
INSERT INTO order_file (message_id, file_name, scheme_id, decided_on, execution_on, tx_count, total_cents, sha256, body, lease_number, host)
  SELECT 'FLOOR', 'FLOOR.xml', id, '%(look)s', '%(look)s', %(due)d, %(due)d * 6000, sha256(''), '', 0, '' FROM scheme WHERE code = 'BENCH';
WITH due AS (SELECT t.id AS tranche_id, c.id AS convention_id, a.id AS account_id FROM convention c JOIN account a ON a.convention_id = c.id
    JOIN tranche t ON t.convention_id = c.id AND t.position = 0 WHERE c.look_on <= '%(look)s'),
  moved AS (UPDATE tranche t SET state = 'ordered', taken_cents = 6000, since_on = '%(look)s' FROM due WHERE t.id = due.tranche_id
    RETURNING t.id)
INSERT INTO payment_order (tranche_id, convention_id, account_id, order_file_id, end_to_end_id, amount_cents)
  SELECT due.tranche_id, due.convention_id, due.account_id, f.id, 'F-' || due.convention_id, 6000
  FROM due JOIN moved ON moved.id = due.tranche_id, order_file f WHERE f.message_id = 'FLOOR';
ROLLBACK;"""
FLOOR_TABLES = """
CREATE TABLE floor_tranche (LIKE tranche INCLUDING ALL);
CREATE TABLE floor_order (LIKE payment_order INCLUDING ALL);
INSERT INTO floor_tranche OVERRIDING SYSTEM VALUE SELECT t.* FROM tranche t;
VACUUM ANALYZE floor_tranche; CHECKPOINT;
"""
FLOOR_COPIES = """BEGIN;
INSERT INTO floor_order (tranche_id, convention_id, account_id, order_file_id, end_to_end_id, amount_cents)
  SELECT t.id, c.id, a.id, 1, '2024-L1-1-' || c.id, 6000 FROM convention c JOIN account a ON a.convention_id = c.id
  JOIN floor_tranche t ON t.convention_id = c.id AND t.position = 0 WHERE c.look_on <= '%(look)s';
UPDATE floor_tranche t SET state = 'ordered', taken_cents = 6000, since_on = '%(look)s'
  FROM convention c WHERE c.id = t.convention_id AND t.position = 0 AND c.look_on <= '%(look)s';
COMMIT;"""


def say(*words):
    print(*words, flush=True)


def progress(text):
    print("# " + text, file=sys.stderr, flush=True)


class Bench(Sandbox):
    """A sandbox that writes as a real one does."""

    def __init__(self):
        os.environ["SANDBOX_FSYNC"] = "on"
        super().__init__()
        self.count = 0
        self.kill(signal.SIGTERM)
        with open(self.conf) as f:
            text = f.read()
        with open(self.conf, "w") as f:  # the default of a service; a sandbox has 6
            f.write(text.replace("seconds = 6;", "seconds = 30;"))
        self.start_daemon()
        self.clock("2024-01-02")
        path = os.path.join(self.dir, "bench.conf")
        with open(path, "w") as f:
            f.write(SCHEME)
        self.do("scheme", "import", path)
        self.do("scheme", "decision", "BENCH", "--received", "2023-12-19", "--published", "2023-12-19")
        self.settle()

    def psql(self, sql, out=subprocess.DEVNULL):
        p = subprocess.run([PGBIN + "psql", "-h", self.place + "/run", "-U", "tranched_sandbox", "-d", "tranched", "-qAtX", "-v",
                            "ON_ERROR_STOP=1"], input="SET search_path = cabbalr;" + sql, stdout=out, stderr=subprocess.PIPE, text=True)
        if p.returncode != 0:
            raise RuntimeError(p.stderr)

    def fill(self, count, look, ordered=False):
        """COUNT more conventions that are looked at on LOOK; ORDERED: their first tranche was ordered long ago."""
        assert count >= 0, "BENCH_STORED is less than is stored already: give at least 20000"
        step = 100000
        for first in range(self.count + 1, self.count + count + 1, step):
            last = min(first + step - 1, self.count + count)
            progress("storing conventions %d to %d" % (first, last))
            self.psql(FILL % {"from": first, "to": last, "signed": "2024-01-02", "look": look,
                              "state": "ordered" if ordered else "held", "taken": 6000 if ordered else 0})
        self.count += count
        self.psql("VACUUM ANALYZE; CHECKPOINT")

    def tick(self, date):
        """Seconds from due to files durable on disk and marked."""
        started = time.monotonic()
        self.clock(date)
        return time.monotonic() - started

    def ordered(self):
        return int(self.sql("SELECT count(*) FROM payment_order o JOIN order_file f ON f.id = o.order_file_id WHERE f.state = 'written'"))


def write_and_hash(paths, folder):
    """Writes the same bytes once more, durable, and hashes them."""
    started = time.monotonic()
    for i, path in enumerate(paths):
        with open(path, "rb") as f:
            data = f.read()
        with open(os.path.join(folder, "floor%d" % i), "wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        hashlib.sha256(data).digest()
    fd = os.open(folder, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    return time.monotonic() - started


def floor(box, look, move):
    """Seconds of bare SQL."""
    started = time.monotonic()
    with open(os.path.join(box.dir, "joined"), "w") as out:
        box.psql(FLOOR_JOIN % {"look": look}, out)
    box.psql(move % {"look": look, "due": DUE})
    return time.monotonic() - started


def release_many():
    look = "2024-01-03"
    box = Bench()
    try:
        box.fill(DUE, look)
        own = floor(box, look, FLOOR_OWN)
        box.psql("VACUUM ANALYZE;" + FLOOR_TABLES)
        copies = floor(box, look, FLOOR_COPIES)
        ours = box.tick(look)
        assert box.ordered() == DUE, "%d of %d were ordered" % (box.ordered(), DUE)
        files = write_and_hash([os.path.join(box.outbox, name) for name in box.files()], box.dir)
        for what, bare in (("plain copies of the tables, indexes only", copies), ("the schema's own tables", own)):
            say("release %d due: ours %.0f conventions/s, floor on %s (bare SQL %.2f s + write and hash %.2f s) %.0f conventions/s, ratio %.2f" %
                (DUE, DUE / ours, what, bare, files, DUE / (bare + files), ours / (bare + files)))
    finally:
        box.close()


def release_stored():
    """The tick of 1 000 due: nine with little stored and nine with much, the medians compared."""
    box = Bench()
    try:
        costs, day = {}, 3
        for stored in (10000, STORED):
            box.fill(stored - box.count, "2024-07-03", ordered=True)
            times = []
            for _ in range(9):
                look = "2024-01-%02d" % day
                box.fill(1000, look)
                before = box.ordered()
                times.append(box.tick(look))
                assert box.ordered() == before + 1000
                day += 1
            costs[stored] = sorted(times)[4]
        say("release tick of 1000 due: with %d stored %.3f s, with 10000 stored %.3f s, ratio %.2f" %
            (STORED, costs[STORED], costs[10000], costs[STORED] / costs[10000]))
    finally:
        box.close()


def bench_release():
    release_many()
    release_stored()


def bench_pain001():
    peaks = {}
    for n in (1000, 100000, 1000000):
        out = subprocess.run([BUILD + "/tests/bench/bench_pain001", str(n)], capture_output=True, text=True, check=True).stdout.split()
        took, size, peak = float(out[1]), int(out[2]), int(out[3])
        peaks[n] = peak
        block = os.urandom(1 << 20)
        started = time.monotonic()
        digest = hashlib.sha256()
        for _ in range(max(1, size >> 20)):
            digest.update(block)
        plain = (time.monotonic() - started) * size / (max(1, size >> 20) << 20)
        say("pain001 %d transactions: ours %.0f tx/s, peak %.1f MiB, hashing the same bytes alone %.0f tx/s, ratio %.2f" %
            (n, n / took, peak / 1024, n / plain, took / plain))
    say("pain001 peak memory: with 1000000 transactions %d KiB, with 1000 %d KiB, ratio %.2f" %
        (peaks[1000000], peaks[1000], peaks[1000000] / peaks[1000]))


def write_statement(path, payments):
    """A camt.053 with one booked debit for each of PAYMENTS: EndToEndId, IBAN, cents."""
    bank = Bank()
    head, _, tail = bank.statement(["@"]).partition(b"@")
    with open(path, "wb") as f:
        f.write(head)
        for i, (end_to_end_id, iban, cents) in enumerate(payments):
            party = bank.party("Cdtr", "Entreprise", iban)
            detail = ("<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><Amt Ccy=\"EUR\">%s</Amt><RltdPties>%s</RltdPties><RmtInf><Ustrd>Subvention"
                      "</Ustrd></RmtInf></TxDtls>") % (end_to_end_id, euros(cents), party)
            f.write(bank.entry(cents, "2024-01-03", "REF%d" % i, details=detail).encode())
        f.write(tail)


def read_answers():
    peaks = {}
    path = os.path.join(os.environ["STORY_DIR"], "statement.xml")
    for n in (1000, ENTRIES // 10, ENTRIES):
        write_statement(path, (("2024-L1-1-%d" % i, "DE89370400440532013000", 6000) for i in range(n)))
        best = []
        for _ in range(3 if n < 500000 else 1):
            out = subprocess.run([BUILD + "/tests/bench/bench_answer", path], capture_output=True, text=True, check=True).stdout.split()
            started = time.monotonic()
            subprocess.run(["xmllint", "--stream", "--noout", path], check=True)
            best.append((float(out[1]) / (time.monotonic() - started), float(out[1])))
            peaks[n] = int(out[2])
        ratio, took = sorted(best)[len(best) // 2]
        say("answers reading %d entries, %.0f MB: ours %.0f entries/s, peak %.1f MiB, xmllint --stream %.0f entries/s, ratio %.2f" %
            (n, os.path.getsize(path) / 1e6, n / took, peaks[n] / 1024, n / (took / ratio), ratio))
    say("answers peak memory: with %d entries %d KiB, with 1000 %d KiB, ratio %.2f" % (ENTRIES, peaks[ENTRIES], peaks[1000], peaks[ENTRIES] / peaks[1000]))


# All that the import writes: what it inserts, and what it updates, once more as new rows.
ANSWERED = ("entry", "movement", "proof", "payment_order", "tranche", "convention", "journal")


def told_again(box, path):
    """The same debits in another kind of report, without their references: seconds."""
    with open(path) as f:
        text = re.sub("<AcctSvcrRef>[^<]*</AcctSvcrRef>", "", f.read()).replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn").replace("Stmt>", "Ntfctn>")
    with open(path + ".again", "w") as f:
        f.write(text.replace("camt.053", "camt.054"))
    started = time.monotonic()
    answer = box.do("answer", "import", path + ".again")["answer"]
    assert (answer["fresh"], answer["moved"], answer["contradicts"]) == (DUE, 0, 0), answer
    return time.monotonic() - started


def apply_answers():
    box = Bench()
    try:
        box.fill(DUE, "2024-01-03")
        box.tick("2024-01-03")
        rows = box.sql("SELECT o.end_to_end_id, a.iban, o.amount_cents FROM payment_order o JOIN account a ON a.id = o.account_id").splitlines()
        payments = [(e, i, int(c)) for e, i, c in (row.split("|") for row in rows)]
        path = os.path.join(box.dir, "statement.xml")
        write_statement(path, payments)
        box.psql("VACUUM ANALYZE; CHECKPOINT")
        started = time.monotonic()
        moved = box.do("answer", "import", path)["answer"]["moved"]
        ours = time.monotonic() - started
        assert moved == DUE, "%d of %d moved" % (moved, DUE)
        for table in ANSWERED:
            box.psql("CREATE TABLE floor_%s (LIKE %s INCLUDING ALL);\n\\copy %s TO '%s/%s'" % (table, table, table, box.dir, table))
        box.psql("CHECKPOINT")
        started = time.monotonic()
        box.psql("BEGIN;\n" + "".join("\\copy floor_%s FROM '%s/%s'\n" % (table, box.dir, table) for table in ANSWERED) + "COMMIT;")
        bare = time.monotonic() - started
        say("answers applied to %d orders: ours %.0f entries/s, bare COPY of the same rows %.0f entries/s, ratio %.2f" %
            (DUE, DUE / ours, DUE / bare, ours / bare))
        again = told_again(box, path)
        say("answers told again by another kind of report: %.0f entries/s, the first time %.0f entries/s, ratio %.2f" %
            (DUE / again, DUE / ours, again / ours))
    finally:
        box.close()


def bench_answers():
    read_answers()
    apply_answers()


def wakeups(pid):
    with open("/proc/%d/status" % pid) as f:
        text = f.read()
    return sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text)), int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def idle_of(box, seconds):
    box.settle()
    time.sleep(5)  # the last seal
    before, _ = wakeups(box.pid())
    time.sleep(seconds)
    after, rss = wakeups(box.pid())
    return (after - before) * 60 / seconds, rss


def bench_idle():
    seconds = int(os.environ.get("BENCH_IDLE_SECONDS", "60"))
    box = Bench()
    try:
        found = {}
        for stored in (1000, STORED):
            box.kill(signal.SIGTERM)
            box.fill(stored - box.count, "2024-07-03", ordered=True)
            box.start_daemon()
            found[stored] = idle_of(box, seconds)
            say("idle with %d stored: %.0f wake-ups/min, %.1f MiB resident" % (stored, found[stored][0], found[stored][1] / 1024))
        say("idle resident memory: with %d stored %d KiB, with 1000 stored %d KiB, ratio %.2f" %
            (STORED, found[STORED][1], found[1000][1], found[STORED][1] / found[1000][1]))
    finally:
        box.close()


def fdatasync_us(folder):
    path = os.path.join(folder, "pg_test_fsync")
    out = subprocess.run([PGBIN + "pg_test_fsync", "-s", "1", "-f", path], capture_output=True, text=True).stdout
    return float(re.search(r"fdatasync\s+[\d.]+ ops/sec\s+(\d+) usecs/op", out).group(1))


def bench_latency():
    box = Bench()
    try:
        rounds = int(os.environ.get("BENCH_ROUNDS", "200"))
        box.fill(rounds, "2024-07-03")
        times, known = [], set(os.listdir(box.outbox))
        box.psql("UPDATE convention SET state = 'signing', effective_on = NULL, ends_on = NULL, look_on = NULL; "
                 "SET session_replication_role = replica; DELETE FROM signature WHERE party = 'authority'")
        for i in range(1, rounds + 1):
            started = time.monotonic()
            status, body = box.http("POST", "/v1/convention/sign?ref=B-%d&party=authority&on=2024-01-02" % i)
            assert status == 200, body
            while True:
                names = {n for n in os.listdir(box.outbox) if not n.startswith(".")}
                if names - known:
                    break
            times.append(time.monotonic() - started)
            known |= names
        times.sort()
        sync = fdatasync_us(box.dir) / 1e6
        p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        say("latency from command to file visible: p50 %.1f ms, p99 %.1f ms, one fdatasync %.2f ms, ratio %.1f" %
            (p50 * 1e3, p99 * 1e3, sync * 1e3, p50 / sync))
    finally:
        box.close()


def payment_s(box, number):
    """From the last signature of convention NUMBER to its order file."""
    known = set(os.listdir(box.outbox))
    started = time.monotonic()
    status, body = box.http("POST", "/v1/convention/sign?ref=B-%d&party=authority&on=2024-01-02" % number)
    assert status == 200, body
    while not {n for n in os.listdir(box.outbox) if not n.startswith(".")} - known:
        time.sleep(0.001)
    return time.monotonic() - started


class MailBench(Bench):
    """With 8 connections to a real mail server, and conventions that the last signature makes payable."""

    def __init__(self, port):
        os.environ["SANDBOX_MAIL"] = str(port)
        super().__init__()
        self.kill(signal.SIGTERM, "mailer")
        with open(self.conf) as f:
            text = re.sub("connections = .*", "connections = 8;", f.read())
        with open(self.conf, "w") as f:
            f.write(text)
        self.fill(40, "2024-07-03")
        self.psql("UPDATE convention SET state = 'signing', effective_on = NULL, ends_on = NULL, look_on = NULL; "
                  "SET session_replication_role = replica; DELETE FROM signature WHERE party = 'authority'")

    def queue(self, count, text):
        self.psql("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, "
                  "queued_on) SELECT 'bench' || i, 'file.written', 'claire', 'a' || i || '@bench.example', '', '', 'Subject', '%(t)s', '%(t)s', "
                  "'m' || i || '@bench.example', now(), now()::date FROM generate_series(1, %(n)d) i" % {"t": text, "n": count})

    def waiting(self):
        return int(self.sql("SELECT count(*) FROM mail WHERE state = 'queued' AND event LIKE 'bench%'"))


def bench_mail():
    from postbox import Postbox  # its server is a thread of this process
    count = int(os.environ.get("BENCH_MAILS", "10000"))
    post = Postbox()
    box = MailBench(post.port)
    try:
        quiet = [payment_s(box, i) for i in range(1, 21)]
        box.psql("DELETE FROM mail")
        box.queue(count, "Bonjour, un texte de quelques lignes. " * 20)
        started = time.monotonic()
        box.script("mailer")
        busy = [payment_s(box, i) for i in range(21, 41)]
        while box.waiting():
            time.sleep(0.05)
        ours = time.monotonic() - started
        assert box.sql("SELECT count(*) FROM mail WHERE state = 'delivered' AND event LIKE 'bench%%'") == str(count)
        with open(os.path.join(box.dir, "mail"), "wb") as f:
            f.write(post.mails[0].bytes)
        bare = float(subprocess.run([BUILD + "/tests/bench/bench_mail", str(post.port), str(count), "8", f.name], capture_output=True, text=True,
                                    check=True).stdout)
        say("mail %d delivered with 8 connections: ours %.0f mails/s, bare libcurl loop %.0f mails/s, ratio %.2f" %
            (count, count / ours, count / bare, ours / bare))
        say("mail longest payment meanwhile %.1f ms, longest without mails %.1f ms, ratio %.2f" %
            (max(busy) * 1e3, max(quiet) * 1e3, max(busy) / max(quiet)))
    finally:
        box.close()
        post.stop()


ENTRY = """INSERT INTO cabbalr.%s (on_date, person, kind, scheme_code, convention_ref, tranche_number, what, why)
  VALUES ('2024-01-02', 'claire', 'tranche.released', 'BENCH', 'B-1', 1, 'tranche 1 released: 6000.00 EUR ordered', 'every gate is open');
"""


def entries_per_s(box, table, writers, seconds):
    """Writers that each append a row at a time, in a transaction of its own."""
    path = os.path.join(box.dir, table + ".sql")
    with open(path, "w") as f:
        f.write(ENTRY % table)
    p = subprocess.run([PGBIN + "pgbench", "-n", "-M", "prepared", "-c", str(writers), "-j", str(min(writers, 2)), "-T", str(seconds), "-f", path,
                        "-h", box.place + "/run", "-U", "tranched_sandbox", "tranched"], capture_output=True, text=True, check=True)
    return float(re.search(r"tps = ([\d.]+)", p.stdout).group(1))


def bench_journal():
    """Into the journal while the leader seals it, and into a table like it that nobody seals, in turn."""
    box = Bench()
    try:
        seconds = int(os.environ.get("BENCH_JOURNAL_SECONDS", "10"))
        box.psql("CREATE TABLE plain (LIKE journal INCLUDING ALL)")
        for writers in (1, 4, 16):
            sealed, plain = [], []
            for _ in range(3):
                sealed.append(entries_per_s(box, "journal", writers, seconds))
                plain.append(entries_per_s(box, "plain", writers, seconds))
            a, b = sorted(sealed)[1], sorted(plain)[1]
            say("journal %d writers: %.0f entries/s sealed, %.0f plain inserts/s, ratio %.3f" % (writers, a, b, a / b))
        assert int(box.do("journal", "verify")["verification"]["seals"]) > 1
    finally:
        box.close()


def main():
    measures = {"pain001": bench_pain001, "release": bench_release, "answers": bench_answers, "idle": bench_idle, "latency": bench_latency,
                "mail": bench_mail, "journal": bench_journal}
    with tempfile.TemporaryDirectory(prefix="bench", dir=os.environ.get("BENCH_DIR")) as folder:
        os.environ["STORY_DIR"] = folder
        for name in sys.argv[1:]:
            measures[name]()


if __name__ == "__main__":
    main()
