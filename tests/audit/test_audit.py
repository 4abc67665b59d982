"""tranche-audit: agrees with the service about a story, and names each thing that is tampered with, and nothing else."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../story"))
from bank import Bank, euros, read_orders  # noqa: E402
from sandbox import ROOT, Sandbox, ref, run_module  # noqa: E402

DAY = "2024-01-15"
AUDIT = os.path.join(ROOT, "audit/tranche-audit")


class Case:
    """The 2023 call with its first tranches paid, refused, returned and paid as a batch; exported for an auditor."""

    def __init__(self):
        self.box = box = Sandbox()
        self.place = os.path.join(box.dir, "audit")
        self.count, self.seen = 0, set()
        box.call_2023(DAY, executory=False)
        for i in range(1, 6):
            for party in ("beneficiary", "authority"):
                box.do("convention", "sign", ref(i), "--party", party)
        box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
        box.settle()
        self.answers()
        self.export()

    def answers(self):
        box, bank = self.box, Bank()
        self.payments = []
        for name in box.files():
            with open(os.path.join(box.outbox, name), "rb") as f:
                self.payments += read_orders(f.read())[1]
        a, b, c, d, e = self.payments
        self.sent = {
            "1-status.xml": bank.report(a.message, payment="ACSP", transactions=[(b, "RJCT", "AM04")]),
            "2-statement.xml": bank.statement([bank.debit(a, DAY, "A1"), bank.debit(c, DAY, "C1"), bank.credit_back(c, DAY, "AC04", "C2")]),
            "3-notice.xml": bank.statement([bank.debit(a, DAY, "A1")], "camt.054"),
        }
        for name, data in self.sent.items():
            path = os.path.join(box.dir, name)
            with open(path, "wb") as f:
                f.write(data)
            box.do("answer", "import", path)

    def export(self):
        box = self.box
        os.makedirs(self.place + "/answers", exist_ok=True)
        shutil.rmtree(self.place + "/archive", ignore_errors=True)
        shutil.copytree(box.archive, self.place + "/archive", ignore=shutil.ignore_patterns(".*"))
        subprocess.run(["chmod", "-R", "u+w", self.place], check=True)
        for row in box.do("answer", "list")["answers"]:
            box.do("document", "save", row["sha256"], "--to", os.path.join(self.place, "answers", row["file_name"]))
        with open(self.place + "/journal.json", "w") as f:
            f.write(box.do("journal", "list").out)

    def close(self):
        self.box.close()

    def check_invariants(self):
        self.box.check_invariants()

    def log(self):
        return self.box.log()

    # --- one audit, of a copy that is tampered with -------------------------------------------------

    def audit(self, tamper=None, *words):
        self.count += 1
        place = "%s-%d" % (self.place, self.count)
        shutil.copytree(self.place, place)
        if tamper:
            tamper(place)
        p = subprocess.run([AUDIT, "--archive", place + "/archive", "--answers", place + "/answers", "--journal", place + "/journal.json",
                            "--english", *words], capture_output=True, text=True)
        assert not p.stderr, p.stderr
        return p.returncode, p.stdout.splitlines()

    def finds(self, tamper, *patterns):
        """Just these lines, in any order, besides the last one with the sums."""
        code, lines = self.audit(tamper)
        found = lines[:-1]
        self.seen.update(found)
        assert code == 1 and len(found) == len(patterns), "%d %s\nwanted %s" % (code, lines, patterns)
        for pattern in patterns:
            assert any(re.fullmatch(pattern, line) for line in found), "%r is not in %s" % (pattern, found)

    @property
    def file(self):
        return self.payments[0].message + ".xml"


def edit(name, old, new, count=1):
    """Replaces OLD, which must be there, in a file of the copy."""
    def tamper(place):
        path = os.path.join(place, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        assert old in text, "%r is not in %s" % (old, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, count))
    return tamper


def add(name, data):
    def tamper(place):
        with open(os.path.join(place, name), "wb") as f:
            f.write(data)
    return tamper


def both(*tampers):
    return lambda place: [tamper(place) for tamper in tampers]


def test_it_agrees_about_the_story(case):
    code, lines = case.audit()
    assert code == 0 and lines == ["5 payments, 30000.00 EUR; booked 6000.00 EUR; returned 6000.00 EUR; rejected 6000.00 EUR; accepted 12000.00 EUR"], lines
    path = os.path.join(case.box.dir, "payments.csv")
    assert case.audit(None, "--payments", path)[0] == 0
    with open(path) as f:
        states = [line.split(",")[5] for line in f.read().splitlines()[1:]]
    ours = [o["state"] for o in case.box.do("order", "list")["orders"]]
    assert states == ours == ["booked", "rejected", "returned", "accepted", "accepted"], (states, ours)


def test_it_speaks_french(case):
    p = subprocess.run([AUDIT, "--archive", case.place + "/archive"], capture_output=True, text=True)
    assert p.stdout == "5 paiements, 30000,00 €; en attente 30000,00 €\n" and p.returncode == 0, p.stdout
    p = subprocess.run([AUDIT, "--archive", case.place + "/nowhere"], capture_output=True, text=True)
    assert p.returncode == 2 and "nowhere" in p.stderr, p.stderr


def test_the_archive(case):
    digest, name = r"%s: its SHA-256 is not the journal's" % case.file, "archive/" + case.file
    a, b = case.payments[:2]
    case.finds(add(name, b"<Document>"), r"%s: cannot be read as an order file: .*" % case.file,
               r"order file %s stands in the journal and not in the archive" % a.message,
               *[r"%s: speaks of .*" % f for f in ("1-status.xml", "1-status.xml", "2-statement.xml #1", "2-statement.xml #2", "2-statement.xml #3",
                                                   "3-notice.xml #1")])
    case.finds(edit(name, "<NbOfTxs>5</NbOfTxs>", "<NbOfTxs>4</NbOfTxs>"), r"%s: it says 4 payments and holds 5" % case.file, digest)
    case.finds(edit(name, "<CtrlSum>30000.00</CtrlSum>", "<CtrlSum>30000.01</CtrlSum>"),
               r"%s: it says 30000\.01 in all and holds 30000\.00 EUR" % case.file, digest)
    case.finds(edit(name, '<InstdAmt Ccy="EUR">6000.00', '<InstdAmt Ccy="EUR">6000.01'),
               r"%s: it says 30000\.00 in all and holds 30000\.01 EUR" % case.file, digest,
               r"order %s: 6000\.01 EUR ordered and 6000\.00 EUR booked .*" % a.id,
               r"%s: the journal released 30000\.00 EUR, its orders are 30000\.01 EUR" % a.message)
    case.finds(edit(name, '<InstdAmt Ccy="EUR">', '<InstdAmt Ccy="USD">'), r'%s: order %s: "6000\.00" is no sum of euros' % (case.file, a.id),
               r"%s: it says .*" % case.file,
               digest, r"order %s: .* booked .*" % a.id, r"%s: the journal released .*" % a.message)
    case.finds(edit(name, a.iban, "FR7630006000011234567890189"), digest, r"order %s: booked to another account .*" % a.id)
    case.finds(edit(name, b.id + "<", a.id + "<"), r"%s: order %s stands in %s too" % (case.file, a.id, case.file), digest,
               r"1-status.xml: speaks of %s, .*" % b.id)


def test_files_of_the_archive(case):
    a = case.payments[0]
    source = os.path.join(case.place, "archive", case.file)
    with open(source, "rb") as f:
        data = f.read()
    case.finds(add("archive/copy.xml", data), r"copy\.xml: its MsgId is %s" % a.message, r"(copy\.xml|%s): MsgId %s stands in .* too" % (case.file,
                                                                                                                                         a.message))
    other = data.replace(a.message.encode(), b"TESTCABBALR-2024-L9-9").replace(b"<EndToEndId>TEST2024-L1", b"<EndToEndId>TEST2024-L9")
    twice = [r"order TEST2024-L9.*: pays the same as .*, which is not known to be dead"] * 3  # the two dead ones may be paid again
    case.finds(add("archive/TESTCABBALR-2024-L9-9.xml", other), r"TESTCABBALR-2024-L9-9\.xml: the journal does not know order file .*", *twice)
    case.finds(lambda place: os.unlink(os.path.join(place, "archive", case.file)), r"order file %s stands in the journal and not in the archive" % a.message,
               *[r"%s: speaks of .*" % f for f in ("1-status.xml", "1-status.xml", "2-statement.xml #1", "2-statement.xml #2", "2-statement.xml #3",
                                                   "3-notice.xml #1")])


def test_the_answers(case):
    a, b, c, d, e = case.payments
    bank = Bank()
    bank.number = 50
    state = r"order %s: the answers say %s, the journal says %s"
    case.finds(add("answers/1-status.xml", b"nothing"), r"1-status\.xml: cannot be read as an answer: .*", state % (b.id, "nothing", "rejected"),
               state % (d.id, "nothing", "accepted"), state % (e.id, "nothing", "accepted"))
    case.finds(add("answers/4.xml", bank.statement([bank.debit(a, DAY, "A9")])), r"order %s: booked twice \(2-statement\.xml #1, 4\.xml #1\)" % a.id)
    case.finds(add("answers/4.xml", bank.statement([bank.debit(b, DAY, "B9")])), r"order %s: booked though rejected \(4\.xml #1\)" % b.id)
    case.finds(add("answers/4.xml", bank.statement([bank.debit(d, DAY, "D9")])), state % (d.id, "booked", "accepted"))
    case.finds(add("answers/4.xml", bank.statement([bank.credit_back(d, DAY, "AC04", "D9", cents=d.cents - 1)])), state % (d.id, "returned", "accepted"),
               r"order %s: 6000\.00 EUR left and 5999\.99 EUR came back .*" % d.id)
    parts = [bank.credit_back(c, DAY, "AC04", "D%d" % i, cents=cents) for i, cents in ((8, 1), (9, c.cents - 1))]
    case.finds(edit("answers/2-statement.xml", bank.credit_back(c, DAY, "AC04", "C2"), parts[0]),
               r"order %s: 6000\.00 EUR left and 0\.01 EUR came back .*" % c.id)
    assert case.audit(edit("answers/2-statement.xml", bank.credit_back(c, DAY, "AC04", "C2"), "".join(parts)))[0] == 0
    case.finds(add("answers/4.xml", bank.report(b.message, transactions=[(b, "ACSC")])),
               r"order %s: rejected though the bank said that it is settled" % b.id)
    assert case.audit(add("answers/4.xml", bank.report(a.message, transactions=[(a, "RJCT", "AM05")])))[0] == 0
    assert case.audit(add("answers/4.xml", bank.report(a.message, group="RJCT", reason="DUPL")))[0] == 0
    case.finds(add("answers/4.xml", bank.statement([bank.debit(a, "2024-01-16", "A1")], number=2)),
               r"order %s: the bank's reference A1 stands in 4\.xml #1 again, on another day or with another sum" % a.id)
    case.finds(add("answers/4.xml", bank.statement([bank.debit(a, DAY, "A1")] * 2, number=2)), r"order %s: booked twice .*" % a.id)
    case.finds(add("answers/4.xml", bank.statement([bank.credit_back(a, DAY, "", "A5", family="PMNT/RCDT/ESCT")])),
               r"order %s: money came in under its identifier \(4\.xml #1\), and nothing says that it is a return" % a.id)
    case.finds(add("answers/4.xml", bank.statement([bank.batch(a.message, [d, e], DAY, "BATCH")])),
               r"4\.xml #1: 12000\.00 EUR booked for %s, whose living orders are 24000\.00 EUR" % a.message)
    case.finds(add("answers/4.xml", bank.report("TESTCABBALR-2024-L8-8", group="RJCT")),
               r"4\.xml: speaks of TESTCABBALR-2024-L8-8, which no order file holds")
    case.finds(edit("answers/2-statement.xml", "<Amt Ccy=\"EUR\">%s</Amt>" % euros(a.cents), "<Amt Ccy=\"EUR\">1.00</Amt>", 2),
               r"order %s: 6000\.00 EUR ordered and 1\.00 EUR booked .*" % a.id,
               r"order %s: the bank's reference A1 stands in 3-notice\.xml #1 again.*" % a.id)


def test_one_debit_is_told_once_by_each_kind_of_report(case):
    a, b, c, d, e = case.payments
    bank = Bank()
    bank.number = 60
    twice = r"order %s: booked twice .*"
    again = bank.statement([bank.debit(a, DAY, "A1"), bank.debit(a, DAY)], "camt.054", number=3)
    case.finds(add("answers/3-notice.xml", again), twice % a.id)
    case.finds(both(add("answers/0.xml", bank.statement([bank.debit(a, DAY)], "camt.052")),
                    add("answers/4.xml", bank.statement([bank.debit(a, DAY, "A9")], "camt.052", number=2))), twice % a.id)
    sums = [bank.batch(a.message, case.payments, DAY, "SUM%d" % i) for i in (1, 2)]
    told = [r"order %s: booked though rejected .*" % b.id] + [r"order %s: the answers say booked, the journal says accepted" % p.id for p in (d, e)]
    case.finds(add("answers/4.xml", bank.statement(sums[:1], "camt.052")), *told)
    case.finds(add("answers/4.xml", bank.statement(sums, "camt.052")), *told, *[twice % p.id for p in case.payments])


def test_what_the_bank_takes_back(case):
    a, b, c, d, e = case.payments
    bank = Bank()
    bank.number = 70
    said = r"order %s: the answers say cancelled, the journal says accepted" % d.id
    case.finds(add("answers/4.xml", bank.resolution(d.message, d, "ACCR")), said)
    case.finds(add("answers/4.xml", bank.report(d.message, transactions=[(d, "ACCR")])), said)
    assert case.audit(add("answers/4.xml", bank.resolution(a.message, a, "ACCR")))[0] == 0, "it was paid: the money comes back by an entry"
    case.finds(both(add("answers/4.xml", bank.resolution(d.message, d, "ACCR")), add("answers/5.xml", bank.report(d.message, group="ACSC"))), said,
               r"order %s: cancelled though the bank said that it is settled" % d.id)


def test_the_journal(case):
    """Changed by who owns the database, past every trigger."""
    a = case.payments[0]
    hand = "SET session_replication_role = replica; "

    def told(sql, undo):
        def tamper(place):
            case.box.sql(hand + sql)
            try:
                with open(place + "/journal.json", "w") as f:
                    f.write(case.box.do("journal", "list").out)
            finally:
                case.box.sql(hand + undo)
        return tamper

    case.finds(told("UPDATE journal SET kind = 'order.acepted' WHERE kind = 'order.booked'",
                    "UPDATE journal SET kind = 'order.booked' WHERE kind = 'order.acepted'"),
               r"order %s: the answers say booked, the journal says accepted" % a.id,)
    case.finds(told("UPDATE journal SET what = replace(what, '6000.00', '6500.00') WHERE kind = 'tranche.released' AND convention_ref = '%s'" % ref(1),
                    "UPDATE journal SET what = replace(what, '6500.00', '6000.00') WHERE kind = 'tranche.released'"),
               r"%s: the journal released 30500\.00 EUR, its orders are 30000\.00 EUR" % a.message)
    case.finds(told("UPDATE journal SET kind = 'file.gone' WHERE kind = 'file.written'", "UPDATE journal SET kind = 'file.written' WHERE kind = 'file.gone'"),
               r"%s: the journal does not know order file %s" % (case.file, a.message))
    assert case.audit()[0] == 0


def test_the_tenth_lease_comes_after_the_ninth(case):
    """What is ordered again under lease 10 is no second payment of what died under lease 9."""
    place = os.path.join(case.box.dir, "leases")
    os.makedirs(place + "/answers")
    message = case.payments[0].message
    with open(os.path.join(case.box.archive, message + ".xml"), "rb") as f:
        data = f.read()
    orders = {}
    for lease in (9, 10):
        name = re.sub(r"-L\d+-", "-L%d-" % lease, message)
        os.makedirs(place + "/archive", exist_ok=True)
        with open("%s/archive/%s.xml" % (place, name), "wb") as f:
            f.write(re.sub(rb"-L\d+-", b"-L%d-" % lease, data))
            orders[lease] = read_orders(re.sub(rb"-L\d+-", b"-L%d-" % lease, data))[1]
    with open(place + "/answers/1.xml", "wb") as f:
        f.write(Bank().report(orders[9][0].message, group="RJCT", reason="AM04", transactions=[(p, "RJCT", "AM04") for p in orders[9]]))
    p = subprocess.run([AUDIT, "--archive", place + "/archive", "--answers", place + "/answers", "--english"], capture_output=True, text=True)
    assert p.returncode == 0 and p.stdout == "10 payments, 60000.00 EUR; rejected 30000.00 EUR; waiting 30000.00 EUR\n", p.stdout


def test_every_finding_was_seen(case):
    """Each sentence that it can print was printed above, and expected."""
    with open(AUDIT) as f:
        templates = re.findall(r'^    "\w+": \("((?:[^"\\]|\\.)*)"', f.read(), re.M)
    assert len(templates) >= 20, templates
    for template in templates:
        pattern = re.sub(r"\\{\w+\\}", ".*", re.escape(template.replace('\\"', '"')))
        assert any(re.fullmatch(pattern, line) for line in case.seen), "never seen: " + template


run_module(sys.modules[__name__], Case)
