"""libFuzzer on every reader of foreign bytes, and on files and commands against a table of real orders, whose books must be right afterwards.

FUZZ names the folder with the programs; FUZZ_SECONDS is how long each runs; FUZZ_SEED repeats a run; FUZZ_KEEP=1 adds what reached a new
place to tests/fuzz/corpus, from which every run begins. What breaks one is kept in /tmp/tranched-fuzz.*.
"""
import base64
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../story"))
import test_answers as told  # noqa: E402
from bank import Bank, read_orders  # noqa: E402
from sandbox import ROOT, SHARED, USER, Sandbox, run_module  # noqa: E402

FUZZ = os.environ.get("FUZZ", os.path.join(ROOT, "build-fuzz/tests/fuzz"))
SECONDS = float(os.environ.get("FUZZ_SECONDS", "40"))
SEED = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(1, 1 << 31)))
DAY = told.DAY
CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
# libconfig loses a few bytes of a string that is never closed.
LIBRARIES = "print_suppressions=0:suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "lsan.supp")
# What the fuzzer would need long to find by itself.
WORDS = ("GrpSts PmtInfSts TxSts OrgnlMsgId OrgnlPmtInfId OrgnlEndToEndId OrgnlPmtInfAndSts TxInfAndSts StsRsnInf Rsn Cd Prtry Ntry NtryDtls "
         "TxDtls Btch NbOfTxs TtlAmt Amt CdtDbtInd RvslInd Sts BookgDt AcctSvcrRef EndToEndId RtrInf IBAN Id Stmt Rpt Ntfctn Acct Document "
         "CRDT DBIT BOOK PDNG ACCP ACSP ACSC RJCT PART PDNG RVMC RVNM CANC true EUR USD 0 0.00 -1 99999999999999.99 2024-01-02 <!DOCTYPE "
         "<![CDATA[ ]]> <!-- --> &amp; &#0; UTF-16 ISO-8859-1").split()


def written(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def words(folder, more=()):
    """A dictionary of the fuzzer's."""
    path = os.path.join(folder, "words")
    with open(path, "w") as f:
        f.writelines('"%s"\n' % w.replace("\\", "\\\\").replace('"', '\\"') for w in list(WORDS) + list(more))
    return path


def messages(message, payments):
    """Every kind of answer there is about PAYMENTS, in several dialects."""
    a, b, c = payments[:3]
    for n, bank in enumerate((Bank(), Bank(status=3, camt=2), Bank(status=14, camt=4, prefix="p", envelope=True), Bank(encoding="UTF-16"))):
        bank.number = 100 * n
        yield bank.report(message, group="PART", transactions=[(a, "ACCP"), (b, "RJCT", "AC04", "clos"), (c, "RVMC", "", "Autre nom")])
        yield bank.report(message, group="RJCT", reason="FF01")
        yield bank.report(message, payment="ACSP")
        yield bank.resolution(message, c, "RJCR", "CUST")
        yield bank.statement([bank.debit(a, DAY, "R1"), bank.credit_back(a, DAY, "AC04", "R2"), bank.entry(5, DAY)], number=n)
        yield bank.statement([bank.batch(message, payments, DAY, "R3")], "camt.054", number=n)
        yield bank.statement([bank.debit(c, DAY, "R4", cents=c.cents + 1)], "camt.052", number=n)


def kept_of(program):
    return os.path.join(CORPUS, os.path.basename(program)[5:] + ".b64")


def begin(program, corpus):
    """What earlier runs kept: an input a line."""
    if os.path.exists(kept_of(program)):
        with open(kept_of(program)) as f:
            for n, line in enumerate(f):
                written(corpus, "kept-%d" % n, base64.b64decode(line))


def keep(program, folder, corpus, env, user):
    """The fewest inputs that reach all that was reached."""
    small = folder + "/small"
    os.mkdir(small)
    os.chmod(small, 0o777)
    subprocess.run([*user, program, "-merge=1", "-max_len=1024", small, corpus], capture_output=True, check=True,
                   env=dict(os.environ, LSAN_OPTIONS=LIBRARIES, **(env or {})))
    inputs = sorted(open(os.path.join(small, n), "rb").read() for n in os.listdir(small))
    with open(kept_of(program), "w") as f:
        f.writelines(base64.b64encode(data).decode() + "\n" for data in inputs)


def fuzz(program, folder, corpus, dictionary, env=None, user=(), seconds=SECONDS):
    """Runs PROGRAM; how many inputs it was given. What breaks it is kept, and named."""
    begin(program, corpus)
    p = subprocess.run([*user, program, "-max_total_time=%d" % seconds, "-timeout=20", "-rss_limit_mb=3000", "-max_len=16384",
                        "-seed=%d" % SEED, "-dict=" + dictionary, "-artifact_prefix=" + folder + "/", "-print_final_stats=1", corpus],
                       capture_output=True, text=True, errors="replace", env=dict(os.environ, LSAN_OPTIONS=LIBRARIES, **(env or {})))
    if p.returncode != 0:
        kept = tempfile.mkdtemp(prefix="tranched-fuzz.", dir="/tmp")
        for path in glob.glob(folder + "/crash-*") + glob.glob(folder + "/timeout-*") + glob.glob(folder + "/oom-*"):
            shutil.copy(path, kept)
        raise AssertionError("%s, seed %d: exit %d; the input is in %s\n%s" % (program, SEED, p.returncode, kept, p.stderr[-6000:]))
    count = int(re.search(r"stat::number_of_executed_units:\s*(\d+)", p.stderr).group(1))
    covered = int(re.findall(r"cov: (\d+)", p.stderr)[-1])
    print("# fuzz: %s: %d inputs in %d s, %d places reached, seed %d" % (os.path.basename(program), count, seconds, covered, SEED), flush=True)
    if os.environ.get("FUZZ_KEEP"):
        keep(program, folder, corpus, env, user)
    return count


def alone(box, name, seeds, dictionary, env=None):
    """A target that needs nothing else, from SEEDS, for a quarter of the time; or as long as was asked for."""
    folder = tempfile.mkdtemp(dir=box.dir)
    os.mkdir(folder + "/corpus")
    for n, data in enumerate(seeds):
        written(folder + "/corpus", "seed-%d" % n, data)
    seconds = SECONDS if "FUZZ_SECONDS" in os.environ else SECONDS / 4
    assert fuzz(FUZZ + "/fuzz_" + name, folder, folder + "/corpus", words(folder, dictionary), env, seconds=seconds) > 1000


def bytes_of(*parts):
    with open(os.path.join(ROOT, *parts), "rb") as f:
        return f.read()


def test_values_mean_one_thing_or_are_refused(box):
    alone(box, "values", [b"FR7630006000011234567890189", b"BDFEFRPPCCT", b"90112233400018", b"2024-02-29", b"10000.00", b"33.33",
                          b"claire@cabbalr.example", "Mov'ntéc €".encode()], ("-", ".", "@", "FR76", "DE", "2024-02-30", "9999-12-31", "0.01"))


def test_files_of_people_are_read_or_their_mistakes_named(box):
    seeds = [b"\0" + bytes_of("config/schemes/laureates-2023.csv"), b"\1" + bytes_of("config/schemes/lab-2023.conf"),
             b"\1" + bytes_of("config/schemes/works-2025.conf"), b"\2" + bytes_of("config/tranched.conf")]
    alone(box, "files", seeds, re.findall(r"[a-z_-]{3,}", (seeds[1] + seeds[3]).decode()))


def test_texts_of_mails_make_no_header_and_no_second_line(box):
    texts = os.path.join(box.dir, "texts")
    shutil.copytree(os.path.join(ROOT, "config/mail"), texts, dirs_exist_ok=True)
    folder = os.path.join(ROOT, "config/mail/fr")
    alone(box, "letters", [bytes_of(folder, n) for n in sorted(os.listdir(folder))],
          ("{what}", "{why}", "{place}", "{amount}", "{list}", "{", "}", "Subject: ", "\\x0aBcc: a@b"), {"FUZZ_TEXTS": texts})


def test_the_reader_takes_or_refuses_whatever_bytes_come(box):
    folder = tempfile.mkdtemp(dir=box.dir)
    corpus = os.path.join(folder, "corpus")
    os.mkdir(corpus)
    for golden in glob.glob(os.path.join(ROOT, "tests/format/golden/*.xml")):
        with open(golden, "rb") as f:
            message, payments = read_orders(f.read())
        for n, data in enumerate(messages(message, payments) if len(payments) >= 3 else ()):
            written(corpus, "told-%s-%d" % (message, n), data)
    samples = [p for p in glob.glob(os.path.join(SHARED, "samples/iso20022/**/*.xml"), recursive=True) if os.path.getsize(p) <= 16384]
    if not samples:
        print("# SKIPPED: %s is not there: the reader starts from our own messages alone" % (SHARED + "/samples"), file=sys.stderr)
    for n, path in enumerate(samples):
        shutil.copy(path, os.path.join(corpus, "sample-%d" % n))
    assert fuzz(FUZZ + "/fuzz_answer", folder, corpus, words(folder)) > 1000


def check_books(box):
    """Whatever was taken in: nothing moved without its proof, and no money stands in two places."""
    zero = {
        "booked without a booked debit of ours, to the cent":
            "SELECT count(*) FROM payment_order o JOIN proof p ON p.order_id = o.id AND p.event = 'booked' JOIN movement m ON m.id = p.movement_id "
            "JOIN entry e ON e.id = m.entry_id WHERE p.amount_cents <> o.amount_cents OR e.status <> 'BOOK' OR e.direction <> 'DBIT' "
            "OR e.reversal OR e.currency <> 'EUR'",
        "state without its proof":
            "SELECT count(*) FROM payment_order o WHERE o.state IN ('accepted', 'rejected', 'booked', 'returned') AND NOT EXISTS "
            "(SELECT 1 FROM proof p WHERE p.order_id = o.id AND (p.event = o.state OR (o.state = 'accepted' AND p.event = 'settled')))",
        "returned by a debit":
            "SELECT count(*) FROM proof p JOIN movement m ON m.id = p.movement_id JOIN entry e ON e.id = m.entry_id WHERE p.event = 'returned' "
            "AND (e.status <> 'BOOK' OR m.direction <> CASE WHEN e.reversal AND e.direction = 'DBIT' THEN 'DBIT' ELSE 'CRDT' END)",
        "lines that nobody looked at": "SELECT count(*) FROM movement WHERE state = 'new'",
    }
    for what, query in zero.items():
        assert box.sql(query) == "0", "broken: " + what
    for f in box.do("reconcile", "show")["files"]:
        assert f["ordered_cents"] == f["accepted_cents"] + f["waiting_cents"] + f["rejected_cents"], f
    assert box.ask("journal", "verify").code == 0
    box.check_invariants()


def test_no_answer_breaks_the_service_or_its_books(box):
    folder = os.path.join(box.place, "fuzz")
    payments = told.group(box, 6)
    box.kill(signal.SIGTERM)
    os.makedirs(folder + "/corpus")
    for n, data in enumerate(messages(payments[0].message, payments)):
        written(folder + "/corpus", "told-%d" % n, data)
    shutil.copy(FUZZ + "/fuzz_orders", folder)
    known = [payments[0].message, payments[0].message + "-1"] + [x for p in payments for x in (p.id, p.amount, p.iban)]
    dictionary = words(folder, known)
    subprocess.run(["chmod", "-R", "a+rwX", folder], check=True)
    fuzz(folder + "/fuzz_orders", folder, folder + "/corpus", dictionary, {"FUZZ_CONF": box.conf}, USER)
    box.start_daemon()
    moved = [o["state"] for o in box.do("order", "list")["orders"] if o["state"] != "written"]
    assert moved, "no input was about an order"
    assert len(box.do("answer", "list")["answers"]) > 5
    check_books(box)


def test_no_command_breaks_the_service_or_its_books(box):
    """After the answers: any command, by anybody, with any arguments."""
    folder = os.path.join(box.place, "fuzz-commands")
    box.kill(signal.SIGTERM)
    os.makedirs(folder + "/corpus")
    known = [ref.split("|")[0] for ref in box.sql("SELECT reference FROM convention ORDER BY 1").splitlines()][:3]
    arguments = {"ref": known[0], "party": "authority", "kind": "mid-report", "iban": "FR7630006000011234567890189", "holder": "X", "gate": "date",
                 "grant": "8000.00", "letter": "LR", "reason": "x", "on": DAY, "date": "2024-03-01", "code": "CUST", "order": "TEST2024-L1-1-1"}
    for command in range(70):
        for person in range(3):
            written(folder + "/corpus", "c-%d-%d" % (command, person), bytes([command, person]) + json.dumps(arguments).encode())
            written(folder + "/corpus", "r-%d-%d" % (command, person), bytes([command, person]) + json.dumps({"ref": known[0], "reason": "x"}).encode())
    written(folder + "/corpus", "csv", b"\4\0" + bytes_of("config/schemes/laureates-2023.csv"))
    shutil.copy(FUZZ + "/fuzz_commands", folder)
    dictionary = words(folder, known + list(arguments) + list(arguments.values()) + ["decline", "check", "true"])
    subprocess.run(["chmod", "-R", "a+rwX", folder], check=True)
    fuzz(folder + "/fuzz_commands", folder, folder + "/corpus", dictionary, {"FUZZ_CONF": box.conf}, USER)
    box.start_daemon()
    box.settle()
    check_books(box)


if __name__ == "__main__":
    run_module(sys.modules[__name__], Sandbox)
