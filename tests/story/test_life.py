"""The life of conventions, from the outside: edge cases of the domain, each on a sandbox of its own."""
import os
import signal
import sys

from bank import read_orders
from sandbox import Sandbox, ref, run_module, SCHEMES


def test_signatures_in_any_order_weeks_apart(box):
    box.call_2023("2024-01-02")
    box.do("convention", "sign", ref(1), "--party", "authority", "--by", "president")
    box.settle()
    assert box.state(1, 1) == "held"
    gates = {g["gate"]: g for g in box.do("tranche", "why", ref(1) + "/1")["gates"]}
    assert gates["signature"]["answer"] == "shut" and "beneficiary" in gates["signature"]["why"]
    box.clock("2024-01-31")
    box.do("convention", "sign", ref(1), "--party", "beneficiary")
    box.settle()
    assert box.state(1, 1) == "ordered"
    card = box.do("convention", "show", ref(1))["convention"]
    assert (card["effective_on"], card["ends_on"]) == ("2024-01-31", "2024-07-31")


def test_month_ends_clamp_from_the_signature(box):
    box.call_2023("2023-12-19")
    box.clock("2024-08-31")
    box.sign(1)
    card = box.do("convention", "show", ref(1))["convention"]
    assert card["ends_on"] == "2025-02-28", card
    gates = {g["gate"]: g for g in box.do("tranche", "why", ref(1) + "/2")["gates"]}
    assert gates["date"]["opens_on"] == "2024-11-30"


def test_the_decision_holds_until_received_and_published(box):
    box.call_2023("2023-12-18", executory=False)
    box.sign(1)
    assert box.state(1, 1) == "held"
    box.clock("2023-12-19")
    box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19")
    box.settle()
    assert box.state(1, 1) == "held", "received alone is not executory"
    box.clock("2023-12-20")
    box.do("scheme", "decision", "LAB-2023", "--published", "2023-12-20")
    box.settle()
    assert box.state(1, 1) == "ordered"


def test_a_report_after_the_end_stays_held_and_says_why(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.clock("2024-07-15")
    assert box.do("convention", "show", ref(1))["convention"]["state"] == "in_force", "the last day still counts"
    box.clock("2024-07-16")
    box.do("report", "receive", ref(1), "mid-report")
    box.settle()
    tranche = box.do("tranche", "show", ref(1) + "/2")["tranche"]
    assert tranche["state"] == "held" and "over since" in tranche["why"], tranche
    card = box.do("convention", "show", ref(1))["convention"]
    assert card["state"] == "expired" and "statement not received" in card["missing"]


def test_a_report_on_the_last_day_releases(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.clock("2024-07-15")
    box.do("report", "receive", ref(1), "mid-report")
    box.settle()
    assert box.state(1, 2) == "ordered"


def test_a_refused_report_has_to_come_again(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.clock("2024-04-01")
    box.do("report", "receive", ref(1), "mid-report")
    box.do("report", "refuse", ref(1), "mid-report", "--reason", "pages are missing")
    box.clock("2024-04-20")
    assert box.state(1, 2) == "held"
    box.do("report", "receive", ref(1), "mid-report")
    box.settle()
    assert box.state(1, 2) == "ordered"


def test_the_launch_moves_the_reports_due_date_and_no_payment(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.clock("2024-02-10")
    box.do("convention", "launch", ref(1), "--on", "2024-02-01")
    papers = {p["paper"]: p for p in box.do("convention", "show", ref(1))["papers"]}
    assert papers["mid-report"]["due_on"] == "2024-05-01"
    gates = {g["gate"]: g for g in box.do("tranche", "why", ref(1) + "/2")["gates"]}
    assert gates["date"]["opens_on"] == "2024-04-15"


def test_a_suspension_holds_and_its_end_releases(box):
    box.call_2023("2024-01-15")
    box.do("convention", "suspend", ref(1), "--reason", "spending check")
    box.sign(1)
    assert box.state(1, 1) == "held"
    box.clock("2024-02-01")
    box.do("convention", "resume", ref(1), person="paul")
    box.settle()
    assert box.state(1, 1) == "ordered"
    assert box.do("file", "list")["files"][0]["decided_on"] == "2024-02-01", "dated the day it was released"
    released = [j for j in box.do("journal", "list", ref(1))["journal"] if j["kind"] == "tranche.released"]
    assert "in order since 2024-02-01" in released[0]["why"], released


def test_termination_closes_what_is_not_ordered_and_frees_the_envelope(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.do("convention", "terminate", ref(1), "--letter", "RAR 2024-17", person="paul")
    box.do("convention", "terminate", ref(2), "--letter", "RAR 2024-18", person="paul")  # gives up before signing
    box.clock("2024-09-01")
    assert (box.state(1, 1), box.state(1, 2)) == ("ordered", "closed")
    cards = [box.do("convention", "show", ref(i))["convention"] for i in (1, 2)]
    assert [(c["given_up_cents"], c["held_cents"]) for c in cards] == [(400000, 0), (1000000, 0)], cards
    assert box.do("scheme", "show", "LAB-2023")["scheme"]["free_cents"] == 1400000


def test_a_changed_account_waits_two_days_after_its_verification(box):
    box.call_2023("2024-01-15", verify=False)
    box.do("account", "propose", ref(1), "--iban", "FR14 2004 1010 0505 0001 3M02 606", "--holder", "Mov'ntec")
    box.sign(1)
    box.clock("2024-01-17")
    box.do("account", "verify", ref(1), person="paul")
    box.settle()
    gates = {g["gate"]: g for g in box.do("tranche", "why", ref(1) + "/1")["gates"]}
    assert gates["account"]["answer"] == "shut" and gates["account"]["opens_on"] == "2024-01-19", gates["account"]
    assert box.do("tranche", "show", ref(1) + "/1")["tranche"]["opens_on"] == "2024-01-19"
    box.clock("2024-01-19")
    assert box.state(1, 1) == "ordered"
    with open(os.path.join(box.outbox, box.files()[0])) as f:
        assert "<IBAN>FR1420041010050500013M02606</IBAN>" in f.read()
    accounts = box.do("account", "list", ref(1))["accounts"]
    assert [a["superseded_on"] for a in accounts] == ["2024-01-15", None]


def test_all_that_is_due_on_one_day_stands_in_one_file(box):
    box.call_2023("2024-01-15", executory=False)
    for i in range(1, 6):
        box.sign(i)
    assert box.files() == []
    box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-20")
    box.settle()
    files = box.do("file", "list")["files"]
    assert [(f["tx_count"], f["total_cents"]) for f in files] == [(5, 3000000)], files


def test_both_tranches_due_at_once_stand_in_one_file_as_two_orders(box):
    box.call_2023("2023-12-20", executory=False)
    box.sign(1)
    box.do("report", "receive", ref(1), "mid-report")
    box.clock("2024-03-25")
    assert box.files() == []
    box.do("scheme", "decision", "LAB-2023", "--received", "2024-03-21", "--published", "2024-03-25")
    box.settle()
    orders = box.do("order", "list", ref(1))["orders"]
    assert [(o["tranche"], o["amount_cents"]) for o in orders] == [(1, 600000), (2, 400000)], orders
    assert len(box.files()) == 1


def test_held_tranches_and_those_due_by_a_day_can_be_listed(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.do("report", "receive", ref(1), "mid-report")
    assert len(box.do("tranche", "list", "--held")["tranches"]) == 9
    assert box.do("tranche", "list", "--due", "2024-04-14")["tranches"] == []
    due = box.do("tranche", "list", "--due", "2024-04-15")["tranches"]
    assert [t["tranche"] for t in due] == [ref(1) + "/2"] and due[0]["opens_on"] == "2024-04-15"
    totals = box.do("tranche", "list")["totals"]["tranches"]
    assert totals == {"count": 10, "planned_cents": 5000000, "ordered_cents": 600000, "held_cents": 4400000}, totals


def test_a_plain_50_30_20_with_several_papers(box):
    box.clock("2025-04-01")
    box.do("scheme", "import", os.path.join(SCHEMES, "works-2025.conf"))
    csv = os.path.join(box.dir, "works.csv")
    with open(csv, "w") as f:
        f.write("reference,project,beneficiary,siret,grant,iban,account_holder\n"
                "W-1,Toit,Club de canoë,99000001000019,1000.03,FR7699999000011234567890152,Club de canoë\n")
    box.do("convention", "import", csv, "--scheme", "WORKS-2025")
    box.do("scheme", "decision", "WORKS-2025", "--received", "2025-03-28", "--published", "2025-03-31")
    box.do("account", "verify", "W-1", person="paul")
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", "W-1", "--party", party)
    box.clock("2025-10-01")
    for paper in ("report-1", "report-2", "final-report", "accounts"):
        box.do("report", "receive", "W-1", paper)
    box.settle()
    assert len(box.files()) == 1, "received is not accepted"
    box.do("report", "accept", "W-1", "report-1", person="paul")
    box.do("report", "accept", "W-1", "report-2", person="paul")
    box.settle()
    for paper in ("final-report", "accounts"):
        box.do("report", "accept", "W-1", paper, person="paul")
    box.clock("2026-04-01")
    amounts = [o["amount_cents"] for o in box.do("order", "list", "W-1")["orders"]]
    assert amounts == [50001, 30001, 20001], amounts


def test_amendments_move_what_is_left_and_claim_back_what_was_too_much(box):
    def amend(i, grant):
        box.do("convention", "amend", ref(i), "--grant", grant, "--reason", "avenant 1", person="paul")
    box.call_2023("2024-01-15")
    box.sign(1)
    for grant, code, word in (("10000.01", "out_of_bounds", "bounds"), ("8000.001", "bad_amount", "decimals"), ("10000", "same_grant", "already")):
        box.refused("convention", "amend", ref(1), "--grant", grant, "--reason", "x", code=code, says=[ref(1), word], person="paul")
    amend(1, "8000.00")
    tranches = box.do("tranche", "list", "--scheme", "LAB-2023")["tranches"][:2]
    assert [(t["ordered_cents"], t["held_cents"]) for t in tranches] == [(600000, 0), (0, 200000)], tranches
    assert box.do("scheme", "show", "LAB-2023")["scheme"]["free_cents"] == 200000
    box.do("report", "receive", ref(1), "mid-report")
    box.clock("2024-04-15")
    assert [o["amount_cents"] for o in box.do("order", "list", ref(1))["orders"]] == [600000, 200000]
    box.refused("convention", "amend", ref(1), "--grant", "9000.00", "--reason", "x", code="no_tranche_left", says=[ref(1)], person="paul")
    amend(1, "5000.00")
    card = box.do("convention", "show", ref(1))["convention"]
    assert (card["recovery_cents"], card["held_cents"]) == (300000, 0), card
    amend(2, "5000.00")
    box.sign(2)
    amend(2, "10000.00")
    tranches = [t for t in box.do("tranche", "list")["tranches"] if t["tranche"].startswith(ref(2))]
    assert [(t["ordered_cents"], t["held_cents"]) for t in tranches] == [(300000, 0), (0, 700000)], tranches
    box.do("convention", "terminate", ref(2), "--letter", "RAR 9", person="paul")
    assert box.do("convention", "show", ref(2))["convention"]["given_up_cents"] == 700000


def test_french_is_what_the_staff_reads(box):
    french = Sandbox(language="fr")
    try:
        french.call_2023("2024-01-02", verify=False)
        why = french.do("tranche", "show", ref(1) + "/1")["tranche"]["why"]
        assert "convention non signée par : bénéficiaire, autorité" in why, why
        assert "n'est pas vérifié" in why, why
    finally:
        french.close()


def test_an_order_file_holds_no_more_orders_than_was_set(box):
    with open(box.conf) as f:
        text = f.read()
    assert "max_tx = 10000;" in text
    with open(box.conf, "w") as f:
        f.write(text.replace("max_tx = 10000;", "max_tx = 3;"))
    since = len(box.log())
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("configuration reloaded", since)
    box.call_2023(executory=False)
    for i in range(1, 6):
        box.sign(i)
    box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
    box.settle()
    counts = []
    for name in box.files():
        with open(os.path.join(box.outbox, name), "rb") as f:
            counts.append(len(read_orders(f.read())[1]))
    assert sorted(counts) == [1, 2, 2], counts  # one more convention might bring two orders at once
    assert [f["tx_count"] for f in box.do("file", "list")["files"]] == [2, 2, 1]


def test_the_bank_s_code_of_an_account_stands_in_its_order(box):
    box.call_2023(verify=False)
    box.do("account", "propose", ref(1), "--iban", "FR7699999000011234567890152", "--bic", "BDFEFRPPCCT", "--holder", "Mov'ntec")
    box.do("account", "verify", ref(1), person="paul")
    box.clock("2024-01-05")
    box.sign(1)
    with open(os.path.join(box.outbox, box.files()[0]), encoding="utf-8") as f:
        text = f.read()
    assert text.index("<CdtrAgt>") < text.index("<Cdtr>") and text.count("<BICFI>BDFEFRPPCCT</BICFI>") == 2, text


def test_a_tranche_on_which_nothing_is_due_closes_on_its_day(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.do("convention", "amend", ref(1), "--grant", "6000.00", "--reason", "avenant 1", person="paul")
    box.do("report", "receive", ref(1), "mid-report")
    box.clock("2024-04-14")
    assert box.state(1, 2) == "held"
    box.clock("2024-04-15")
    assert box.state(1, 2) == "closed" and len(box.files()) == 1
    told = [j["what"] for j in box.do("journal", "list", ref(1))["journal"] if j["kind"] == "tranche.closed"]
    assert len(told) == 1, told


run_module(sys.modules[__name__])
