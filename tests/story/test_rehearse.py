"""A rehearsal on a copy: what is to come, played with files and mails, beside an authority that is not touched."""
import contextlib
import csv
import email
import email.policy
import json
import os
import signal
import subprocess
import sys
import time

from bank import Bank, read_orders
from sandbox import LAUREATES as LAUREATES_HEADER, PG, ROOT, SCHEMES, SHARED, laureate, ref, run_module, wait_for

SCHEME, LAUREATES = os.path.join(SCHEMES, "lab-2023.conf"), os.path.join(SCHEMES, "laureates-2023.csv")
CALL = ("--call", SCHEME, LAUREATES)


def words(box, *options, to, language="en"):
    """A rehearsal as a command, and its environment."""
    env = dict(os.environ, PATH=box.place + "/bin:" + os.environ["PATH"], TRANCHED_REHEARSE=ROOT + "/rehearse", TRANCHED_LANG=language,
               TRANCHED_LOCALEDIR=box.place + "/locale")
    return [box.place + "/bin/tranchectl", "rehearse", "--config", box.conf, "--to", to, *options], env


def folder(box, name):
    return os.path.join(box.dir, name)


def played(box, name, *options):
    """The summary of a rehearsal into folder NAME."""
    command, env = words(box, *options, "--json", to=folder(box, name))
    p = subprocess.run(command, env=env, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    assert not leftovers(), leftovers()
    return json.loads(p.stdout)


def refused(box, name, *options, says, code=2):
    command, env = words(box, *options, to=folder(box, name))
    p = subprocess.run(command, env=env, capture_output=True, text=True)
    assert p.returncode == code, (p.returncode, p.stdout, p.stderr)
    for text in says:
        assert text in p.stderr, p.stderr
    assert "Traceback" not in p.stderr and not leftovers(), (p.stderr, leftovers())


def leftovers():
    """Processes of a rehearsal, and its folder."""
    p = subprocess.run(["pgrep", "-fa", "/tranche-rehearse[.]"], capture_output=True, text=True)
    return p.stdout.splitlines() + [n for n in os.listdir("/tmp") if n.startswith("tranche-rehearse.")]


def backup(box, name="backup.dump"):
    path = folder(box, name)
    subprocess.run([PG + "pg_dump", "-h", box.place + "/run", "-U", "tranched_sandbox", "-Fc", "-f", path, "tranched"], check=True)
    return path


def payments(box, name):
    found = []
    orders = os.path.join(folder(box, name), "orders")
    for file in sorted(os.listdir(orders)):
        with open(os.path.join(orders, file), "rb") as f:
            found += read_orders(f.read())[1]
    return found


def mails(box, name):
    at = os.path.join(folder(box, name), "mails")
    for file in sorted(os.listdir(at)):
        with open(os.path.join(at, file), "rb") as f:
            yield email.message_from_binary_file(f, policy=email.policy.default)


def months(summary, of="ordered_cents"):
    return {m["month"]: m[of] for m in summary["months"] if m[of]}


def check_balance(s):
    """Every grant is somewhere."""
    parts = dict(s["balance"])
    assert min(parts.values()) >= 0, s["balance"]
    assert parts.pop("grants_cents") == sum(parts.values()) - 2 * parts["to_claim_back_cents"], s["balance"]
    assert parts["held_cents"] == s["totals"]["held_cents"] and parts["debited_cents"] >= s["totals"]["debited_cents"], s


@contextlib.contextmanager
def writing_mails(box):
    """The configuration names a sender, and Claire has a mailbox."""
    with open(box.conf) as f:
        text = f.read()
    assert 'from = ""' in text
    box.conf, plain = folder(box, "mails.conf"), box.conf
    with open(box.conf, "w") as f:
        f.write(text.replace('from = ""', 'from = "tranched@cabbalr.example"').replace('"/etc/tranched/mail"', '"%s/mail"' % box.place)
                .replace('{ name = "claire";', '{ name = "claire"; mail = "claire@cabbalr.example";'))
    yield
    box.conf = plain


def test_the_2023_call_from_nothing(box):
    with writing_mails(box):
        s = played(box, "all", "--from", "EMPTY", "--start", "2023-12-18", "--until", "2024-03-31", *CALL)
    assert months(s) == {"2023-12": 3000000, "2024-03": 2000000}, s
    assert months(s, "debited_cents") == {"2023-12": 3000000, "2024-03": 2000000}, s
    assert (s["totals"]["ordered_cents"], s["totals"]["held_cents"], s["held"], s["refused"]) == (5000000, 0, [], []), s
    check_balance(s)
    assert s["balance"]["debited_cents"] == 5000000, s["balance"]
    paid = payments(box, "all")
    assert len(paid) == 10 and sum(p.cents for p in paid) == 5000000 and len({p.id for p in paid}) == 10
    assert all(p.message.startswith("TESTCABBALR-") for p in paid)
    with open(os.path.join(folder(box, "all"), "orders.csv"), newline="") as f:
        assert [r["state"] for r in csv.DictReader(f)][:10] == ["booked"] * 10
    schema = SHARED + "/schemas/iso20022/camt.054.001.08.xsd"
    for name in os.listdir(folder(box, "all") + "/answers"):
        subprocess.run(["xmllint", "--noout", *(["--schema", schema] if os.path.exists(schema) else []), folder(box, "all") + "/answers/" + name],
                       check=True, capture_output=True)
    sent = list(mails(box, "all"))
    assert len(sent) == s["totals"]["mails_staff"] + s["totals"]["mails_beneficiaries"] > 20, s["totals"]
    kinds = [m["x-tranched-kind"] for m in sent]
    assert kinds.count("beneficiary.paid") == 10 and "order.overdue" not in kinds and {m["to"] for m in sent} >= {"claire@cabbalr.example"}, kinds
    assert os.stat(folder(box, "all")).st_mode & 0o77 == 0, "others may read it"


def test_late_papers_and_none(box):
    late = played(box, "late", "--from", "EMPTY", "--start", "2024-01-02", "--until", "2024-04-30", *CALL, "--papers-late", "20", "--signatures-late", "7")
    assert months(late) == {"2024-01": 3000000, "2024-04": 2000000}, late
    assert len(payments(box, "late")) == 10
    check_balance(late)
    none = played(box, "none", "--from", "EMPTY", "--start", "2024-01-02", "--until", "2024-04-05", *CALL, "--no-papers")
    assert months(none) == {"2024-01": 3000000} and none["totals"]["held_cents"] == 2000000, none
    assert [h["tranche"] for h in none["held"]] == [ref(i) + "/2" for i in range(1, 6)] and "mid-report" in none["held"][0]["why"], none["held"]
    assert not list(mails(box, "none")), "mail.from is empty"


def test_a_copy_of_a_live_database_goes_on_and_the_database_does_not(box):
    """Two tranches were ordered, one convention waits for a party, one account for its second person."""
    box.call_2023("2024-01-12", verify=False)
    for i in (1, 2, 3):
        box.do("account", "verify", ref(i), person="paul")
    box.sign(1)
    box.clock("2024-01-15")
    box.sign(2)
    box.do("convention", "sign", ref(3), "--party", "beneficiary")
    box.sql("CREATE ROLE rehearse_reader; GRANT SELECT ON convention TO rehearse_reader")  # somebody's, who is not in the copy
    told = {m["from_on"][:7]: m["sum_cents"] for m in box.do("forecast")["months"]}
    before = payments_of(box)
    box.kill(signal.SIGTERM)
    box.sql("UPDATE instance SET kind = 'live', rehearsal_on = NULL, rehearsal_target = NULL")
    held, live = box.fingerprint(), backup(box)
    s = played(box, "copy", "--from", live, "--until", "2024-04-30")
    assert s["start_on"] == "2024-01-15" and s["totals"]["ordered_cents"] == 4400000 and s["totals"]["held_cents"] == 0 and not s["refused"], s
    assert s["totals"]["debited_cents"] == 5000000, "what was ordered before the backup is debited after it"
    check_balance(s)
    assert not {p.id for p in payments(box, "copy")} & before and len(payments(box, "copy")) == 8, "what was ordered before is ordered again"
    with open(os.path.join(folder(box, "copy"), "orders.csv"), newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["end_to_end_id"]]
    assert {r["state"] for r in rows if r["convention"]} == {"booked"} and len([r for r in rows if r["convention"]]) == 10, rows
    for month, cents in told.items():  # what the forecast calls ordered, certain or expected comes just so
        assert months(s, "debited_cents")[month] >= cents, (told, s["months"])
    assert box.fingerprint() == held and box.sql("SELECT kind FROM instance") == "live", "the database itself was touched"
    again = played(box, "again", "--from", live, "--until", "2024-02-29")
    assert again["months"] == s["months"][:2], "two rehearsals differ"
    box.sql("UPDATE instance SET kind = 'rehearsal', rehearsal_on = '2024-01-15'")
    box.start_daemon()


def payments_of(box):
    return {p.id for p in all_payments(box)}


def test_what_leaves_after_the_last_day_is_told_too(box):
    s = played(box, "eve", "--from", "EMPTY", "--start", "2024-03-29", "--until", "2024-03-30", *CALL)  # Good Friday
    assert s["totals"]["ordered_cents"] == 0 and s["balance"]["ordered_not_debited_cents"] == 3000000, s
    check_balance(s)


def test_what_waits_for_a_person_is_listed_and_not_booked(box):
    box.call_2023("2024-01-15")
    for i in range(1, 5):
        box.sign(i)
    sent = {next(ref(i) for i in range(1, 6) if ref(i) in p.text): p for p in all_payments(box)}
    bank, path = Bank(), folder(box, "answer.xml")

    def answer(data):
        with open(path, "wb") as f:
            f.write(data)
        box.do("answer", "import", path)
    answer(bank.report(sent[ref(1)].message, transactions=[(sent[ref(1)], "RJCT", "AM04")]))
    answer(bank.statement([bank.debit(sent[ref(2)], "2024-01-15", "D2"), bank.credit_back(sent[ref(2)], "2024-01-15", "AM04", "R2"),
                           bank.debit(sent[ref(3)], "2024-01-15", "D3", cents=550000)]))
    box.settle()
    box.do("convention", "amend", ref(4), "--grant", "9000.00", "--reason", "avenant", person="paul")
    box.do("convention", "terminate", ref(5), "--letter", "LR-1", "--on", "2024-01-15", person="paul")
    s = played(box, "person", "--from", backup(box), "--until", "2024-02-15")
    assert [(w["tranche"], w["order"], w["amount_cents"]) for w in s["waiting"]] == [
        (ref(i) + "/1", sent[ref(i)].id, 600000) for i in (1, 2, 3)], s["waiting"]
    assert ["refused" in s["waiting"][0]["why"], "came back" in s["waiting"][1]["why"], "does not fit" in s["waiting"][2]["why"]] == [True] * 3
    assert s["balance"]["dead_cents"] == 1200000 and s["balance"]["ordered_not_debited_cents"] == 600000, s["balance"]
    assert s["totals"]["debited_cents"] == 600000 and s["balance"]["closed_cents"] == 1000000, "the fourth alone; the fifth is over"
    check_balance(s)


def test_a_file_that_nobody_would_decide_again_is_taken_back(box):
    box.call_2023("2024-01-15", executory=False)
    for i in (1, 2):
        box.sign(i)
    with box.shut_outbox():
        box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
        wait_for("nothing is prepared", lambda: [f for f in box.do("file", "list")["files"] if f["state"] == "prepared"])
        box.do("convention", "terminate", ref(1), "--letter", "RK 1", person="paul")
        copy = backup(box)
    s = played(box, "taken-back", "--from", copy, "--until", "2024-02-15", "--signatures-late", "90")
    check_balance(s)
    assert (s["balance"]["closed_cents"], s["balance"]["debited_cents"]) == (1000000, 600000), s["balance"]
    for order in box.do("order", "list", ref(1))["orders"]:
        box.do("order", "cancel", order["end_to_end_id"], "--reason", "terminated", person="paul")
    box.settle()


def test_grants_that_were_amended_add_up(box):
    """What is held is what is left of the grant, not what was planned before it changed."""
    box.call_2023("2024-01-15")
    box.do("convention", "amend", ref(1), "--grant", "6000.00", "--reason", "less", person="paul")
    for i in (1, 2, 3):
        box.sign(i)
    box.do("convention", "amend", ref(1), "--grant", "10000.00", "--reason", "more", person="paul")
    box.do("convention", "amend", ref(2), "--grant", "5000.00", "--reason", "below what was paid", person="paul")
    s = played(box, "amended", "--from", backup(box), "--until", "2024-02-15", "--signatures-late", "90")
    check_balance(s)
    assert s["balance"] == {"grants_cents": 4500000, "debited_cents": 1560000, "ordered_not_debited_cents": 0, "held_cents": 3040000,
                            "dead_cents": 0, "closed_cents": 0, "to_claim_back_cents": 100000}, s["balance"]
    assert [h["held_cents"] for h in s["held"] if h["tranche"].startswith(ref(1))] == [640000], s["held"]


def all_payments(box):
    for name in box.files():
        with open(os.path.join(box.outbox, name), "rb") as f:
            yield from read_orders(f.read())[1]


# Three parties' worth of rules that the 2023 call does not have.
RICH = """scheme = { code = "RICH"; title = "R"; decision = { on = "2024-01-02"; }; envelope = "50000.00"; grant = { min = "100.00"; max = "10000.00"; };
  parties = [ "beneficiary", "authority" ]; duration = "6m"; facts = ( { name = "launch"; by = "beneficiary"; } );
  papers = ( { name = "budget"; }, { name = "final-report"; due = { from = "effect"; plus = "6m"; }; needs = "accepted"; review = "30d"; } );
  tranches = ( { name = "1"; up_to = "40"; needs = [ "signed", "approval" ]; },
               { name = "2"; up_to = "70"; after = { from = "launch"; plus = "1m"; }; needs = [ "signed" ]; },
               { name = "3"; up_to = "100"; needs = [ "signed", "final-report" ]; } ); };
"""


def rich(box, decided="2024-01-02"):
    paths = folder(box, "rich.conf"), folder(box, "rich.csv")
    with open(paths[0], "w") as f:
        f.write(RICH.replace("2024-01-02", decided))
    with open(paths[1], "w") as f:
        f.write(LAUREATES_HEADER + laureate("RICH", 1, "1000.00") + laureate("RICH", 2, "1000.00"))
    return paths


def test_launches_approvals_and_papers_that_are_looked_at(box):
    """What somebody proposed before the backup is decided, what somebody declined is not asked for again."""
    box.clock("2024-01-15")
    scheme, conventions = rich(box)
    box.do("scheme", "import", scheme)
    box.do("convention", "import", conventions, "--scheme", "RICH")
    box.do("scheme", "decision", "RICH", "--received", "2024-01-10", "--published", "2024-01-10")
    for i in (1, 2):
        box.do("account", "verify", "RICH-%d" % i, person="paul")
        for party in ("beneficiary", "authority"):
            box.do("convention", "sign", "RICH-%d" % i, "--party", party)
        box.do("tranche", "approve", "RICH-%d/1" % i, "--reason", "x")
    box.do("tranche", "approve", "RICH-2/1", "--decline", "--reason", "no", person="paul")
    s = played(box, "rich", "--from", backup(box), "--until", "2024-07-31")
    assert [h["tranche"] for h in s["held"]] == ["RICH-2/1", "RICH-2/2", "RICH-2/3"], s["held"]  # a rung waits for those below it
    assert months(s) == {"2024-01": 40000, "2024-02": 30000, "2024-07": 30000}, s["months"]
    assert not s["refused"], s["refused"]
    check_balance(s)


def test_a_call_that_is_not_decided_yet_comes_on_its_day(box):
    paths = rich(box, "2024-02-06")
    s = played(box, "later", "--from", "EMPTY", "--start", "2024-01-15", "--until", "2024-03-31", "--call", *paths)
    assert months(s) == {"2024-02": 80000, "2024-03": 60000}, s["months"]
    refused(box, "never", "--from", "EMPTY", "--start", "2024-01-15", "--until", "2024-01-31", "--call", *paths, says=["rich.conf", "--until"])


def test_conventions_are_added_to_a_scheme_that_is_there(box):
    box.clock("2024-01-15")
    scheme, conventions = rich(box)
    box.do("scheme", "import", scheme)
    s = played(box, "wave", "--from", backup(box), "--until", "2024-01-31", "--call", scheme, conventions)
    assert s["balance"]["grants_cents"] == 200000, s["balance"]


def test_a_call_is_added_to_what_there_is(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    with open(SCHEME) as f:
        scheme = f.read().replace("LAB-2023", "LAB-2024")
    with open(LAUREATES) as f:
        rows = f.read().replace("LAB2-2023", "LAB2-2024")
    paths = folder(box, "next.conf"), folder(box, "next.csv")
    for path, text in zip(paths, (scheme, rows)):
        with open(path, "w") as f:
            f.write(text)
    s = played(box, "added", "--from", backup(box), "--until", "2024-04-20", "--call", *paths)
    assert s["totals"]["ordered_cents"] == 10000000, s
    assert box.sql("SELECT count(*) FROM scheme") == "1"


def test_a_mail_that_waits_in_the_backup_comes_first(box):
    box.call_2023("2024-01-15")
    box.sql("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, queued_on, "
            "next_try_at, taken_until) VALUES ('e', 'file.written', 'claire', 'claire@cabbalr.example', '', '', 'it waits', 'B', 'H', 'm@x', "
            "'2024-01-15', '2024-01-15', now() + interval '6 hours', now() + interval '1 hour')")
    with writing_mails(box):
        s = played(box, "waits", "--from", backup(box), "--until", "2024-01-16")
    assert [m["subject"] for m in mails(box, "waits")][0] == "it waits", s


def test_what_is_asked_in_vain(box):
    box.call_2023("2024-01-15")
    live, text = backup(box), folder(box, "no.dump")
    with open(text, "w") as f:
        f.write("-- PostgreSQL database dump\n")
    ordinary = ("--until", "2024-05-31")
    refused(box, "r1", "--from", text, *ordinary, says=[text, "pg_dump -Fc"])
    refused(box, "r2", "--from", folder(box, "nowhere"), *ordinary, says=["nowhere", "cannot be read"])
    refused(box, "r3", "--from", live, "--until", "2024-01-14", says=["2024-01-15"])
    refused(box, "r4", "--from", live, *ordinary, "--start", "2024-01-14", says=["--start", "2024-01-15"])
    refused(box, "r5", "--from", "EMPTY", "--start", "2024-01-02", *ordinary, says=["--call"])
    refused(box, "r6", "--from", "EMPTY", "--start", "2024-01-02", *ordinary, "--call", LAUREATES, LAUREATES, says=["scheme"])
    refused(box, "r7", "--from", live, "--until", "31/05/2024", says=["YYYY-MM-DD"])
    refused(box, "r8", "--from", live, *ordinary, "--papers-late", "-1", says=["--papers-late"])
    refused(box, "r10", "--from", live, "--until", "20240531", says=["YYYY-MM-DD"])
    with open(folder(box, "bad.csv"), "w") as f:
        f.write(LAUREATES_HEADER + laureate("B", 1, "6000.00").replace("DE", "XX"))
    refused(box, "r11", "--from", "EMPTY", "--start", "2024-01-02", *ordinary, "--call", SCHEME, folder(box, "bad.csv"), says=["2:", "IBAN"])
    for name in ("r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r10", "r11"):
        assert not os.path.exists(folder(box, name)), "a refused one leaves its folder: %s" % name
    os.makedirs(folder(box, "full/of"))
    refused(box, "full", "--from", live, *ordinary, says=["full", "--to"])
    with open(box.conf) as f:
        conf = f.read()
    plain = box.conf
    for name, old, new, says in (("schema", '"cabbalr"', '"other"', ["other", "cabbalr"]), ("broken", "people = (", "people = (((", ["broken"]),
                                 ("wrong", "wait_days = 2", "wait_days = -2", ["wait_days"]),
                                 ("debtor", '  iban = "FR', '  other = "FR', ["debtor.iban"])):
        assert old in conf
        box.conf = folder(box, name + ".conf")
        with open(box.conf, "w") as f:
            f.write(conf.replace(old, new))
        refused(box, name, "--from", live, *ordinary, says=says, code=1 if name == "wrong" else 2)
    box.conf = folder(box, "missing.conf")
    refused(box, "r9", "--from", live, *ordinary, says=["missing.conf"])
    box.conf = plain


def test_a_copy_of_another_schema_number(box):
    box.call_2023("2024-01-15")
    box.sql("INSERT INTO schema_version (number, name) VALUES (999, 'later')")
    refused(box, "later", "--from", backup(box), "--until", "2024-05-31", says=["999"], code=1)


def test_interrupted_or_killed_nothing_runs_on(box):
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
        command, env = words(box, "--from", "EMPTY", "--start", "2024-01-02", "--until", "2026-01-02", *CALL, to=folder(box, "by-%d" % how))
        p = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for("it does not begin", lambda: any("tranched " in line for line in leftovers()), 60)
        time.sleep(1)
        for _ in range(2):  # and again, at once
            p.send_signal(how)
        p.communicate(timeout=60)
        assert p.returncode == (130 if how != signal.SIGKILL else -how), p.returncode
        wait_for(lambda: "still there: %s" % leftovers(), lambda: not [x for x in leftovers() if " " in x], 30)
        if how == signal.SIGKILL:  # its folder alone stays, until the next one
            assert len(leftovers()) == 1, leftovers()
            refused(box, "next", "--from", "EMPTY", "--start", "2024-01-02", "--until", "2024-01-02", says=["--call"])
        assert not leftovers()


def test_a_mail_that_cannot_be_kept_ends_it(box):
    with writing_mails(box):
        command, env = words(box, "--from", "EMPTY", "--start", "2024-01-02", "--until", "2024-12-31", *CALL, to=folder(box, "full-disk"))
        p = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        at = folder(box, "full-disk") + "/mails"
        wait_for("it does not begin", lambda: os.path.isdir(at) and len(os.listdir(at)) > 3, 60)
        os.rename(at, at + " moved away")  # in one step, for mails are still coming in
        _, err = p.communicate(timeout=120)
    assert p.returncode == 1 and "a mail cannot be kept" in err and "Traceback" not in err, err
    assert not leftovers()


def test_people_read_it_in_french(box):
    command, env = words(box, "--from", "EMPTY", "--start", "2024-01-02", "--until", "2024-02-29", *CALL, "--no-papers", to=folder(box, "fr"), language="fr")
    p = subprocess.run(command, env=env, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    for text in ("Répétition du 02/01/2024 au 29/02/2024", "01/2024", "30\N{NARROW NO-BREAK SPACE}000,00 €", "Retenu le 29/02/2024", ref(5) + "/2"):
        assert text in p.stdout, p.stdout
    p = subprocess.run([command[0], "rehearse", "--help"], env=env, capture_output=True, text=True)
    assert p.returncode == 0 and "copie" in p.stdout and "--papers-late" in p.stdout, p.stdout + p.stderr


if __name__ == "__main__":
    run_module(sys.modules[__name__])
