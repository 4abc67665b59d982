"""What banks answer: statuses, bookings, returns, batches, verification of the payee, lines that fit nothing; each order to its end."""
import contextlib
import datetime
import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import zipfile

from bank import Bank, OURS, read_orders
from sandbox import LAUREATES, Sandbox, SCHEMES, SHARED, USER, laureate, run_module, wait_for

DAY = "2024-01-02"
groups = []


def prepare(box, count):
    """A scheme of its own with COUNT conventions, whose first tranches may be ordered."""
    code = "G%d" % (len(groups) + 1)
    groups.append(code)
    if len(groups) == 1:
        box.clock(DAY)
    with open(os.path.join(SCHEMES, "lab-2023.conf")) as f:
        text = f.read().replace("LAB-2023", code).replace('envelope = "50000.00"', 'envelope = "900000.00"')
    path = os.path.join(box.dir, code)
    with open(path + ".conf", "w") as f:
        f.write(text)
    with open(path + ".csv", "w") as f:
        f.write(LAUREATES + "".join(laureate(code, i, "10000.00", len(groups)) for i in range(1, count + 1)))
    box.do("scheme", "import", path + ".conf")
    box.do("convention", "import", path + ".csv", "--scheme", code)
    for i in range(1, count + 1):
        box.do("account", "verify", "%s-%d" % (code, i), person="paul")
        for party in ("beneficiary", "authority"):
            box.do("convention", "sign", "%s-%d" % (code, i), "--party", party)
    box.do("scheme", "decision", code, "--received", "2023-12-19", "--published", "2023-12-19")
    return code


def group(box, count=5):
    """A scheme of its own with COUNT conventions, whose first tranches are ordered in one file: its payments."""
    code = prepare(box, count)
    box.settle()
    message = [f["message_id"] for f in box.do("file", "list")["files"] if f["scheme"] == code]
    assert len(message) == 1, message
    with open(os.path.join(box.outbox, message[0] + ".xml"), "rb") as f:
        message, payments = read_orders(f.read())
    return payments


def send(box, data, name="answer.xml", person="claire", code=0):
    path = os.path.join(box.dir, name)
    with open(path, "wb") as f:
        f.write(data)
    a = box.ask("answer", "import", path, person=person)
    assert a.code == code, "%d %s %s" % (a.code, a.out, a.err)
    return a


def state(box, *payments):
    all_of = {o["end_to_end_id"]: o["state"] for o in box.do("order", "list")["orders"]}
    return [all_of[p.id] for p in payments]


def order(box, payment):
    return box.do("order", "show", payment.id)


def tranche(box, payment):
    o = order(box, payment)["order"]
    return box.do("tranche", "show", "%s/%d" % (o["convention"], o["tranche"]))["tranche"]


def convention(box, payment):
    return order(box, payment)["order"]["convention"]


def open_lines(box, payment=None):
    lines = box.do("answer", "unmatched")["lines"]
    return [line for line in lines if not payment or payment.id in (line["end_to_end_id"], line["order"])]


def shown_differences(box):
    return {d["about"] for d in box.do("reconcile", "show")["differences"]}


def test_accepted_then_booked_is_paid(box):
    payments, bank = group(box), Bank()
    first, message = payments[0], payments[0].message
    assert send(box, bank.report(message, group="ACTC"))["answer"]["moved"] == 5
    assert set(state(box, *payments)) == {"acknowledged"}
    send(box, bank.report(message, payment="ACSP"))
    assert set(state(box, *payments)) == {"accepted"} and tranche(box, first)["state"] == "accepted"
    send(box, bank.report(message, group="ACTC"), "late.xml")
    assert set(state(box, *payments)) == {"accepted"}, "a late report moved an order back"
    send(box, bank.statement([bank.debit(first, DAY, "REF1")]))
    assert state(box, first) == ["booked"] and tranche(box, first)["state"] == "paid"
    shown = order(box, first)
    assert [p["event"] for p in shown["proofs"]] == ["received", "accepted", "booked"], shown.out
    assert shown["proofs"][2]["amount_cents"] == first.cents and shown["order"]["next"] == "", shown.out


def test_the_statement_alone_suffices(box):
    payments, bank = group(box), Bank(camt=2)
    send(box, bank.statement([bank.debit(p, DAY, "R%d" % i) for i, p in enumerate(payments)]))
    assert set(state(box, *payments)) == {"booked"}


def test_a_refusal_below_a_good_group_counts_and_what_is_not_listed_is_not_refused(box):
    payments = group(box)
    bad, others = payments[2], payments[:2] + payments[3:]
    send(box, Bank().report(bad.message, group="PART", transactions=[(bad, "RJCT", "AC04", "Konto erloschen")]))
    assert state(box, bad) == ["rejected"] and set(state(box, *others)) == {"written"}
    assert tranche(box, bad)["state"] == "rejected"
    why = order(box, bad)["proofs"][0]["why"]
    assert "AC04" in why and "Konto erloschen" in why, why
    account = [a for a in box.do("account", "list")["accounts"] if a["convention"] == convention(box, bad)][0]
    assert account["refused_on"] == DAY, account
    assert box.sql("SELECT ordered_cents FROM scheme_sum s JOIN scheme x ON x.id = s.scheme_id WHERE x.code = '%s'" % groups[-1]) == "2400000"


def test_a_group_refused_refuses_all_below(box):
    payments = group(box)
    send(box, Bank(status=3).report(payments[0].message, group="RJCT", reason="FF01"))
    assert set(state(box, *payments)) == {"rejected"}
    box.do("order", "reissue", payments[0].id, "--reason", "format mended", person="paul")  # technical: the account is as good as before
    box.settle()
    assert tranche(box, payments[0])["state"] == "ordered"


def test_all_permutations_of_a_mixed_answer_end_the_same(box):
    """users-ask 14: answers may come in any order."""
    orders = list(itertools.permutations(range(6)))
    ends = {}
    for chosen in [orders[0], orders[-1]] + random.Random(7).sample(orders, 10):
        payments, bank = group(box), Bank()
        a, b, c, d, e = payments
        answers = [bank.report(a.message, group="PART", transactions=[(b, "RJCT", "AC01")]),
                   bank.report(a.message, payment="ACSP", transactions=[(d, "RJCT", "AM04")]),
                   bank.report(a.message, group="RCVD"),
                   bank.statement([bank.debit(a, DAY, a.id + "1"), bank.debit(c, DAY, a.id + "2", tx=c.id + "T")]),
                   bank.statement([bank.credit_back(c, DAY, ref=a.id + "3", id="NOTPROVIDED", tx=c.id + "T")], "camt.054"),
                   bank.statement([bank.debit(a, DAY, a.id + "1")], "camt.054")]
        for i in chosen:
            send(box, answers[i])
        ends[chosen] = tuple(state(box, *payments)) + tuple(tranche(box, p)["state"] for p in payments) + (len(open_lines(box, c)), )
    assert set(ends.values()) == {("booked", "rejected", "returned", "rejected", "accepted", "paid", "rejected", "returned", "rejected",
                                   "accepted", 0)}, ends


def test_the_same_file_is_taken_once_under_any_name(box):
    payments, bank = group(box), Bank()
    data = bank.statement([bank.debit(payments[0], DAY, "ONCE")])
    send(box, data, "monday.xml")
    again = send(box, data, "tuesday.xml")
    assert again["known"] is True and "monday.xml" in again["message"], again.out
    assert len([a for a in box.do("answer", "list")["answers"] if a["file_name"] in ("monday.xml", "tuesday.xml")]) == 1


def test_overlapping_statements_count_no_entry_twice_and_twins_are_kept(box):
    """sepa-users-ask 22."""
    payments, bank = group(box), Bank()
    twin = bank.entry(4200, DAY, direction="CRDT", text="Remboursement cantine")
    before = int(box.sql("SELECT count(*) FROM entry"))
    a = send(box, bank.statement([bank.debit(payments[0], DAY, "OV1"), twin, twin]))
    assert a["answer"]["fresh"] == 3, a.out
    b = send(box, bank.statement([twin, bank.debit(payments[0], DAY, "OV1"), twin, bank.debit(payments[1], DAY, "OV2")], number=2))
    assert b["answer"]["fresh"] == 1 and int(box.sql("SELECT count(*) FROM entry")) == before + 4, b.out
    assert state(box, *payments[:2]) == ["booked", "booked"] and not open_lines(box, payments[0])


def test_one_booking_told_by_three_kinds_of_report_is_one(box):
    payments, bank = group(box), Bank()
    entry = bank.debit(payments[0], DAY, "THREE")
    for kind in ("camt.052", "camt.054", "camt.053"):
        send(box, bank.statement([entry], kind))
    bare = bank.entry(payments[1].cents, DAY, "BARE")  # the statement without details, the notice with them
    send(box, bank.statement([bare]))
    assert state(box, payments[1]) == ["written"]
    send(box, bank.statement([bank.debit(payments[1], DAY, "BARE")], "camt.054"))
    assert state(box, *payments[:2]) == ["booked", "booked"] and not open_lines(box, payments[1])


def test_what_is_not_booked_decides_nothing(box):
    payments, bank = group(box), Bank()
    pending = bank.entry(payments[0].cents, DAY, "PD", status="PDNG", details=bank.detail(payments[0]))
    send(box, bank.statement([pending], "camt.052"))
    assert state(box, payments[0]) == ["written"] and not open_lines(box, payments[0])
    send(box, bank.statement([bank.debit(payments[0], DAY, "PD")]))
    assert state(box, payments[0]) == ["booked"]


def test_an_identifier_is_not_an_identity(box):
    """users-ask 18: the right identifier with one cent less, another account, another currency, another day, another debtor."""
    payments, bank = group(box), Bank()
    a, b, c, d, e = payments
    foreign = bank.statement([bank.debit(c, DAY, "W3")]).replace(b'Ccy="EUR"', b'Ccy="USD"')
    for data, payment, word in ((bank.statement([bank.debit(a, DAY, "W1", cents=a.cents - 1)]), a, "the sum"),
                                (bank.statement([bank.debit(b, DAY, "W2", iban=c.iban)]), b, "the payee's account"),
                                (foreign, c, "the currency"),
                                (bank.statement([bank.debit(d, "2023-12-30", "W4")]), d, "the day")):
        answer = send(box, data)["answer"]
        assert answer["differs"] == 1 and answer["moved"] == 0, answer
        line = open_lines(box, payment)[0]
        assert line["state"] == "differs" and word in line["why"], line
        assert state(box, payment) == ["written"]
    other = Bank(account="DE89370400440532013000")
    assert send(box, other.statement([other.debit(e, DAY, "W5")]))["answer"]["moved"] == 0 and state(box, e) == ["written"]
    refused = box.ask("order", "reissue", a.id, "--reason", "x", person="paul")
    assert refused.code == 1 and refused.error["code"] == "not_proven_dead", refused.out


def test_a_status_that_names_other_terms_decides_nothing(box):
    """users-ask 18, of a report: a refusal is believed only of the order that was given."""
    payments, bank = group(box), Bank()
    for payment, old, new, word in (
            (payments[0], ">6000.00<", ">5999.99<", "the sum"), (payments[1], ">6000.00<", ">6000,00<", "the sum"),
            (payments[2], payments[2].iban, payments[3].iban, "the payee's account"), (payments[3], ">RJCT<", ">XXXX<", "status code")):
        data = bank.report(payment.message, transactions=[(payment, "RJCT", "AC04")]).decode()
        assert old in data, data
        answer = send(box, data.replace(old, new).encode())["answer"]
        assert answer["differs"] == 1 and answer["moved"] == 0, answer
        assert word in open_lines(box, payment)[0]["why"] and state(box, payment) == ["written"], word
    bare = bank.report(payments[4].message, transactions=[(payments[4], "RJCT", "AC04")]).decode()
    bare = re.sub(r"<OrgnlTxRef>.*?</OrgnlTxRef>", "", bare)  # many banks name nothing but the order
    assert send(box, bare.encode())["answer"]["moved"] == 1 and state(box, payments[4]) == ["rejected"]


def test_what_reverses_or_gives_back_more_than_left_is_shown(box):
    payments, bank = group(box, 3), Bank()
    a, b, c = payments
    back = bank.entry(a.cents, DAY, "RV1", reversal=True, details=bank.detail(a))
    assert send(box, bank.statement([back]))["answer"]["moved"] == 0 and "reverses" in open_lines(box, a)[0]["why"]
    numeral = bank.statement([bank.entry(b.cents, DAY, "RV2", reversal=True, details=bank.detail(b))], number=2)
    send(box, numeral.replace(b"<RvslInd>true<", b"<RvslInd>1<"))
    assert "reverses" in open_lines(box, b)[0]["why"]
    send(box, bank.statement([bank.debit(c, DAY, "RV3")], number=3))
    for n, cents in enumerate((c.cents + 1, 0), 4):
        send(box, bank.statement([bank.credit_back(c, DAY, "AC04", "RV%d" % n, cents=cents)], number=n))
        assert state(box, c) == ["booked"]
    assert [line["why"] for line in open_lines(box, c)] == ["does not fit the order: the sum"] * 2, open_lines(box, c)


def test_a_batch_that_counts_other_orders_is_not_that_of_the_file(box):
    payments, bank = group(box, 3), Bank()
    told = bank.statement([bank.batch(payments[0].message, payments, DAY, "CNT1")]).decode()
    assert "<NbOfTxs>3<" in told
    send(box, told.replace("<NbOfTxs>3<", "<NbOfTxs>2<").encode())
    assert set(state(box, *payments)) == {"written"}
    assert [line for line in open_lines(box) if "count or sum" in line["why"]], open_lines(box)
    silent = bank.statement([bank.batch(payments[0].message, payments, DAY, "CNT2")], number=2).decode()
    send(box, silent.replace("<NbOfTxs>3</NbOfTxs>", "").encode())
    assert set(state(box, *payments)) == {"booked"}


def test_more_than_is_read_at_a_time_is_read_whole(box):
    """A thousand details of one entry, a thousand statuses of one report: what they sum up to counts."""
    own = Sandbox()
    try:
        own.clock(DAY)
        (a, b, c), bank = group(own, 3), Bank()
        strangers = "".join(bank.detail(c, cents=1, id="STRANGER-%d" % n) for n in range(1200))
        for n, (total, moved) in enumerate(((a.cents + b.cents + 1201, 0), (a.cents + b.cents + 1200, 2))):
            said = bank.statement([bank.entry(total, DAY, "MANY%d" % n, details=bank.detail(a) + strangers + bank.detail(b))], number=n)
            assert send(own, said)["answer"]["moved"] == moved, n
        assert state(own, a, b, c) == ["booked", "booked", "written"]
        said = bank.report(c.message, transactions=[(c, "ACTC")] * 1100 + [(c, "ACSP")])
        answer = send(own, said)["answer"]
        assert answer["statuses"] == 1103 and state(own, c) == ["accepted"], (answer, state(own, c))
    finally:
        own.close()


def test_files_of_odd_structure_are_taken_as_they_are(box):
    (a, b, *_), bank = group(box, 3), Bank()
    one, two = bank.report(a.message, transactions=[(b, "ACSP")]).decode(), bank.statement([bank.debit(a, DAY, "OD1")]).decode()
    both = "<Both>%s%s</Both>" % (one[one.index("?>") + 2:], two[two.index("?>") + 2:])
    answer = send(box, both.encode())["answer"]
    assert (answer["kinds"], answer["moved"]) == ("pain.002 camt.053", 2) and state(box, a, b) == ["booked", "accepted"], answer
    loose = "<Document><BkToCstmrStmt>%s%s</BkToCstmrStmt></Document>" % (bank.detail(b), bank.debit(b, DAY, "OD2"))
    answer = send(box, loose.encode())["answer"]
    assert (answer["entries"], answer["moved"]) == (1, 0) and state(box, b) == ["accepted"], "of no account: %s" % answer
    batches = bank.batch(a.message, (a, b), DAY, "OD3")
    twice = re.sub(r"(<Btch>.*?</Btch>)", r"\1\1", batches)
    assert twice != batches and send(box, bank.statement([twice], number=3))["answer"]["entries"] == 1


def test_money_that_comes_back_names_who_had_it_as_the_debtor(box):
    (a, *_), bank = group(box, 1), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "DB1")]))
    back = bank.statement([bank.credit_back(a, DAY, "AC04", "DB2")], number=2).decode()
    ours = bank.party("Dbtr", a.name, a.iban) + bank.party("Cdtr", "CA", OURS)
    assert bank.party("Cdtr", a.name, a.iban) in back
    send(box, back.replace(bank.party("Cdtr", a.name, a.iban), ours).encode())
    assert state(box, a) == ["returned"], open_lines(box, a)


def test_a_mismatch_of_a_whole_file_is_one_of_each_order(box):
    payments, bank = group(box, 2), Bank()
    send(box, bank.report(payments[0].message, group="RVNA"))
    assert set(state(box, *payments)) == {"awaiting_release"}


def test_entries_that_say_little_are_kept_as_they_are(box):
    """No status in a statement of what is booked, no currency, a sum that is none, half a date, bytes of another encoding."""
    payments, bank = group(box, 3), Bank()
    a, b, c = payments
    data = bank.statement([bank.debit(a, DAY, "LT1")]).replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"")
    assert send(box, data)["answer"]["moved"] == 1 and state(box, a) == ["booked"]
    plain = bank.statement([bank.debit(b, DAY, "LT2")], number=2).replace(b' Ccy="EUR"', b"").replace(b"<Ccy>EUR</Ccy>", b"")
    assert send(box, plain)["answer"]["moved"] == 0 and "the currency" in open_lines(box, b)[0]["why"]
    for n, (old, new) in enumerate(((b">6000.00<", b">six thousand<"), (b"<Dt>2024-01-02<", b"<Dt>2024-01<")), 3):
        data = bank.statement([bank.debit(c, DAY, "LT%d" % n)], number=n)
        assert old in data
        assert send(box, data.replace(old, new))["answer"]["moved"] == 0 and state(box, c) == ["written"]
    assert len(open_lines(box, c)) == 2
    latin = bank.statement([bank.debit(c, DAY, "LT9", extra="<RtrInf><AddtlInf>\xe9t\xe9</AddtlInf></RtrInf>")], number=9)
    answer = send(box, latin.decode().encode("latin-1"))["answer"]
    assert answer["moved"] == 1 and "encoding" in answer["remark"], answer
    assert [a for a in box.do("answer", "list")["answers"] if "encoding" in (a["remark"] or "")], "the list does not say so"
    assert box.do("answer", "show", answer["sha256"])["lines"]


def test_a_batch_is_booked_by_its_exact_sum_or_not_at_all(box):
    for by in ("PmtInfId", "MsgId"):
        payments, bank = group(box), Bank()
        assert send(box, bank.statement([bank.batch(payments[0].message, payments, DAY, by + "less", cents=2999999, by=by)]))["answer"]["moved"] == 0
        assert set(state(box, *payments)) == {"written"}
        send(box, bank.statement([bank.batch(payments[0].message, payments, DAY, by, by=by)], number=2))
        assert set(state(box, *payments)) == {"booked"}


def test_a_batch_without_the_refused_one_fits_whichever_comes_first(box):
    for turn in (0, 1):
        payments, bank = group(box), Bank()
        rest = payments[1:]
        answers = [bank.report(rest[0].message, group="PART", transactions=[(payments[0], "RJCT", "AC04")]),
                   bank.statement([bank.batch(rest[0].message, rest, DAY, "PB%d" % turn)])]
        for data in answers[::-1] if turn else answers:
            send(box, data)
        assert state(box, *payments) == ["rejected"] + ["booked"] * 4, turn


def test_a_batch_with_the_refused_one_that_came_back_pays_the_others_whichever_comes_first(box):
    """The bank debits the whole file, says that one is refused, and gives its money back."""
    for n, turn in enumerate(itertools.permutations(range(3))):
        payments, bank = group(box, 3), Bank()
        a = payments[0]
        answers = [bank.report(a.message, group="PART", transactions=[(a, "RJCT", "AC04")]),
                   bank.statement([bank.batch(a.message, payments, DAY, "WHB%d" % n)], number=n),
                   bank.statement([bank.credit_back(a, DAY, "AC04", "WHC%d" % n)], "camt.054", number=n)]
        found = sum(send(box, answers[i])["answer"]["contradicts"] for i in turn)
        assert state(box, *payments)[1:] == ["booked"] * 2, turn
        assert found >= 1, "%s: refused, and debited all the same" % (turn,)
        assert {p["event"] for p in order(box, a)["proofs"]} >= {"booked", "returned"}, turn


def test_a_refused_file_that_is_debited_as_one_sum_is_paid_twice_by_nobody(box):
    """Refused as a whole, or one of it, and debited all the same: whichever comes first, nothing of it is ordered again."""
    for n, (refused, turn) in enumerate(itertools.product(("group", "one"), (0, 1))):
        payments, bank = group(box, 2), Bank()
        a = payments[0]
        answers = [bank.report(a.message, group="RJCT", reason="AM04") if refused == "group" else
                   bank.report(a.message, transactions=[(a, "RJCT", "AM04")]),
                   bank.statement([bank.batch(a.message, payments, DAY, "RFD%d" % n)], number=n)]
        found = sum(send(box, data)["answer"]["contradicts"] for data in (answers[::-1] if turn else answers))
        assert found >= 1 and all("booked" in [p["event"] for p in order(box, x)["proofs"]] for x in payments), (refused, turn)
        for p in payments:
            assert box.ask("order", "reissue", p.id, "--reason", "x", person="paul").code == 1, (refused, turn)


def test_who_is_wrong_about_one_of_a_refused_file_is_not_believed_of_the_others(box):
    (a, c, *_), bank = group(box, 3), Bank()
    send(box, bank.report(a.message, payment="RJCT", reason="AM04"))
    assert send(box, bank.report(a.message, transactions=[(a, "ACSC")]))["answer"]["contradicts"] == 1
    box.refused("order", "reissue", c.id, "--reason", "x", code="in_doubt", says=[c.id], person="paul")
    box.do("answer", "dismiss", open_lines(box, a)[0]["line"], "--reason", "asked the bank", person="paul")
    box.do("order", "reissue", c.id, "--reason", "refused for certain", person="paul")


def test_details_of_an_entry_must_sum_up(box):
    """sepa-users-ask 21."""
    payments, bank = group(box), Bank()
    details = "".join(bank.detail(p) for p in payments[:3])
    send(box, bank.statement([bank.entry(1799999, DAY, "SUM1", details=details)]))
    assert set(state(box, *payments)) == {"written"} and "sum up" in open_lines(box, payments[0])[0]["why"]
    details = "".join(bank.detail(p) for p in payments[3:])
    send(box, bank.statement([bank.entry(1200000, DAY, "SUM2", details=details)], number=2))
    assert state(box, *payments[3:]) == ["booked", "booked"]


def test_a_return_reopens_only_by_its_own_door(box):
    payments, bank = group(box), Bank()
    a = payments[0]
    send(box, bank.statement([bank.debit(a, DAY, "RT1")]))
    send(box, bank.statement([bank.credit_back(a, DAY, "AC04", "RT2")], number=2))
    assert state(box, a) == ["returned"] and tranche(box, a)["state"] == "returned"
    box.refused("order", "reissue", a.id, "--reason", "again", code="account_unverified", says=[a.id, "account propose"], person="paul")
    box.refused("order", "reissue", a.id, "--reason", "again", code="wrong_role", person="claire")
    refused = box.ask("account", "verify", convention(box, a), person="paul")
    assert refused.code == 2 and "--reason" in refused.error["hint"], refused.out
    box.do("account", "verify", convention(box, a), "--reason", "called the bank", person="paul")
    box.settle()
    assert tranche(box, a)["state"] == "returned", "it was ordered again by itself"
    box.do("order", "reissue", a.id, "--reason", "account confirmed", person="paul")
    box.settle()
    orders = [o for o in box.do("order", "list", convention(box, a))["orders"]]
    assert [o["state"] for o in orders] == ["returned", "written"] and orders[1]["reissue_of"] == a.id, orders
    box.refused("order", "reissue", a.id, "--reason", "again", code="reissued", person="paul")


def test_less_came_back_than_left(box):
    payments, bank = group(box), Bank()
    a = payments[0]
    send(box, bank.statement([bank.debit(a, DAY, "LS1"), bank.credit_back(a, DAY, "AM04", "LS2", cents=a.cents - 1200)]))
    assert state(box, a) == ["returned"] and order(box, a)["proofs"][1]["amount_cents"] == a.cents - 1200
    box.refused("order", "reissue", a.id, "--reason", "x", code="other_sum", says=["--accept-sum"], person="paul")
    box.do("order", "reissue", a.id, "--reason", "bank's fee, booked elsewhere", "--accept-sum", person="paul")
    box.settle()
    assert tranche(box, a)["state"] == "ordered"


def test_returns_are_found_down_the_ladder(box):
    payments, bank = group(box), Bank()
    a, b, c, d, e = payments
    send(box, bank.statement([bank.debit(p, DAY, "LD" + p.id, tx="T" + p.id) for p in payments]))
    send(box, bank.statement([bank.credit_back(a, DAY, "AC06", "LA")], number=2))  # by the EndToEndId
    send(box, bank.statement([bank.credit_back(b, DAY, "AC06", "LB", id="NOTPROVIDED", tx="T" + b.id)], number=3))  # by the debit
    send(box, bank.statement([bank.credit_back(c, DAY, "AC06", "LC", id="NOTPROVIDED")], number=4))  # by sum, account and text
    unlike = bank.credit_back(d, DAY, "AC06", "LE", id="NOTPROVIDED").replace(d.text, "retour")
    send(box, bank.statement([unlike], number=5))
    assert state(box, *payments) == ["returned"] * 3 + ["booked"] * 2
    line = [x for x in open_lines(box) if x["proposal"] == d.id][0]  # the last rung is a person
    proposals = box.do("answer", "unmatched", line["line"])["proposals"]
    assert proposals[0]["end_to_end_id"] == d.id and "sum" in proposals[0]["why"] and "account" in proposals[0]["why"], proposals
    box.refused("answer", "link", line["line"], "--order", d.id, "--reason", "x", code="wrong_role")
    box.do("answer", "link", line["line"], "--order", d.id, "--reason", "bank confirmed by phone", person="paul")
    assert state(box, d) == ["returned"]
    assert "bank confirmed by phone" in str(box.do("journal", "list", convention(box, d))["journal"])


def test_a_dead_order_that_is_booked_stops_everything(box):
    payments, bank = group(box), Bank()
    a = payments[0]
    send(box, bank.report(a.message, transactions=[(a, "RJCT", "AM04")]))
    answer = send(box, bank.statement([bank.debit(a, DAY, "DEAD")]))["answer"]
    assert answer["contradicts"] == 1, answer
    assert state(box, a) == ["rejected"] and [x["state"] for x in open_lines(box, a)] == ["contradicts"]
    shown = box.do("convention", "show", convention(box, a))
    assert all("dispute" in t["why"] for t in shown["tranches"] if t["state"] == "held"), shown.out
    assert [p["event"] for p in order(box, a)["proofs"]] == ["rejected", "booked"], "both stand there"
    box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=["dead"], person="paul")
    line = open_lines(box, a)[0]["line"]
    box.refused("answer", "dismiss", line, "--reason", "x", code="approver_needed", says=[line])
    box.do("answer", "dismiss", line, "--reason", "asked the bank", "--check", person="paul")
    assert box.do("status", "show")["status"]["contradictions"] >= 1
    wait_for("no alert", lambda: os.path.exists(box.place + "/run/alert") and "contradict" in open(box.place + "/run/alert").read())
    b = payments[1]
    send(box, bank.statement([bank.debit(b, DAY, "TW1")], number=2))
    assert send(box, bank.statement([bank.debit(b, DAY, "TW2")], number=3))["answer"]["contradicts"] == 1, "booked twice"
    c = payments[2]
    send(box, bank.statement([bank.debit(c, DAY, "LT1")], number=4))
    assert send(box, bank.report(c.message, transactions=[(c, "RJCT", "AM04")]))["answer"]["contradicts"] == 1


def test_a_dead_order_that_is_booked_is_never_ordered_again_while_the_money_is_out(box):
    (a, *_), bank = group(box), Bank()
    send(box, bank.report(a.message, transactions=[(a, "RJCT", "AM04")]))
    send(box, bank.statement([bank.debit(a, DAY, "DO1")]))
    box.do("answer", "dismiss", open_lines(box, a)[0]["line"], "--reason", "asked the bank", person="paul")
    box.refused("order", "reissue", a.id, "--reason", "x", code="paid_all_the_same", says=[a.id], person="paul")
    assert a.id in shown_differences(box)
    send(box, bank.statement([bank.credit_back(a, DAY, "AM04", "DO2")], number=2))
    for line in open_lines(box, a):
        box.do("answer", "dismiss", line["line"], "--reason", "it came back", person="paul")
    box.do("order", "reissue", a.id, "--reason", "paid and came back", person="paul")
    assert a.id not in shown_differences(box), "the money is back"


def test_what_banks_write_for_no_reference_is_none(box):
    for none in ("NONREF", "NOTPROVIDED"):
        (a, c, *_), bank = group(box), Bank()
        first, other, again = (bank.entry(p.cents, DAY, none, details=bank.detail(p, ref=none), code="PMNT/ICDT/" + code)
                               for p, code in ((a, "ESCT"), (c, "ESCT"), (a, "OTHR")))
        send(box, bank.statement([first]))
        assert send(box, bank.statement([other], number=2))["answer"]["fresh"] == 1, none
        assert state(box, a, c) == ["booked", "booked"], none
        answer = send(box, bank.statement([again], number=3))["answer"]
        assert answer["contradicts"] == 1, "%s: booked twice: %s" % (none, answer)


def test_a_detail_that_goes_against_its_entry_is_shown(box):
    (a, c, d, *_), bank = group(box), Bank()
    for p, entry, detail in ((a, "DBIT", "CRDT"), (c, "CRDT", "DBIT"), (d, "DBIT", "CRDT")):
        inner = bank.detail(p).replace("</Refs>", "</Refs><CdtDbtInd>%s</CdtDbtInd>" % detail)
        if p is d:
            inner = re.sub("<Amt .*?</Amt>", "", inner)
        answer = send(box, bank.statement([bank.entry(p.cents, DAY, "AG" + p.id, entry, details=inner)], number=1 + (a, c, d).index(p)))["answer"]
        assert (answer["moved"], answer["differs"]) == (0, 1), answer
        assert [x["state"] for x in open_lines(box, p)] == ["differs"]
    assert state(box, a, c, d) == ["written"] * 3


def test_two_payments_under_one_bank_reference_are_two(box):
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "SH1")]))
    assert send(box, bank.statement([bank.debit(c, DAY, "SH1")], number=2))["answer"]["fresh"] == 1
    assert state(box, a, c) == ["booked", "booked"], "the second was taken for the first"
    told = send(box, bank.statement([bank.debit(a, DAY, "SH1"), bank.debit(c, DAY, "SH1")], "camt.054"))["answer"]
    swapped = send(box, bank.statement([bank.debit(c, DAY, "SH1"), bank.debit(a, DAY, "SH1")], "camt.052"))["answer"]
    assert (told["contradicts"], swapped["contradicts"]) == (0, 0) and not open_lines(box, a) + open_lines(box, c), (told, swapped)
    send(box, bank.statement([bank.credit_back(a, DAY, "AC04", "SH2")], number=3))
    send(box, bank.statement([bank.credit_back(c, DAY, "AC04", "SH2")], number=4))
    assert state(box, a, c) == ["returned", "returned"] and not open_lines(box, a) + open_lines(box, c)


def test_a_return_found_by_a_reference_that_two_debits_share_waits_for_a_person(box):
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.entry(p.cents, DAY, "SD" + p.id, details=bank.detail(p, ref="SD1")) for p in (a, c)]))
    lost = bank.credit_back(a, DAY, "AC04", "SD2", id="NOTPROVIDED").replace(a.text, "retour").replace(
        "<EndToEndId>", "<AcctSvcrRef>SD1</AcctSvcrRef><EndToEndId>")
    send(box, bank.statement([lost], number=2))
    assert state(box, a, c) == ["booked", "booked"]


def test_one_debit_told_otherwise_by_another_kind_of_report_is_one(box):
    """The day's statement has the sum of a file, the notice its payments, each under a reference of its own; or none."""
    payments, bank = group(box), Bank()
    send(box, bank.statement([bank.batch(payments[0].message, payments, DAY, "KIN")]))
    told = send(box, bank.statement([bank.debit(p, DAY, "K" + p.id) for p in payments], "camt.054"))["answer"]
    assert told["contradicts"] == 0 and set(state(box, *payments)) == {"booked"} and not open_lines(box, payments[0]), told
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY)], "camt.052"))
    assert send(box, bank.statement([bank.debit(a, DAY, "KA")]))["answer"]["contradicts"] == 0
    send(box, bank.statement([bank.debit(c, DAY)], "camt.052"))
    twice = send(box, bank.statement([bank.debit(c, DAY, "KC1"), bank.debit(c, DAY, "KC2")], number=2))["answer"]
    assert twice["contradicts"] >= 1, "two debits in one statement are two, whatever was told before: %s" % twice


def test_twins_in_one_statement_are_two_debits(box):
    (a, c, *_), bank = group(box), Bank()
    twins = [bank.debit(a, DAY, "TWIN")] * 2
    assert send(box, bank.statement(twins))["answer"]["contradicts"] == 1
    assert send(box, bank.statement(twins, number=2))["answer"]["contradicts"] == 0, "told again"
    two = bank.entry(2 * c.cents, DAY, "TWO", details=bank.detail(c) * 2)
    assert send(box, bank.statement([two], number=3))["answer"]["contradicts"] == 1, "twice in one entry"


def test_overlapping_reports_in_one_file_are_no_twins(box):
    (a, *_), bank = group(box), Bank()
    data = bank.statement([bank.debit(a, DAY)], "camt.052").decode()
    report = re.search("<Rpt>.*</Rpt>", data).group(0)
    answer = send(box, data.replace(report, report + report.replace("<Id>1</Id>", "<Id>2</Id>")).encode())["answer"]
    assert (answer["fresh"], answer["contradicts"]) == (1, 0) and state(box, a) == ["booked"], answer


def test_settled_and_refused_cannot_both_be(box):
    """Whichever comes first: what the bank said to be settled is not simply ordered again."""
    for turn in (0, 1):
        (a, *_), bank = group(box), Bank()
        answers = [bank.report(a.message, transactions=[(a, "ACSC")]), bank.report(a.message, transactions=[(a, "RJCT", "AM04")])]
        found = [send(box, data)["answer"]["contradicts"] for data in (answers[::-1] if turn else answers)]
        assert found == [0, 1] and state(box, a) == ["rejected"], (turn, found)
        box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=["settled"], person="paul")
    (a, *_), bank = group(box), Bank()
    send(box, bank.report(a.message, group="ACSC", transactions=[(a, "RJCT", "AM04")]))  # a good group is none of one order
    assert state(box, a) == ["rejected"] and not open_lines(box, a)


def test_a_settled_file_and_its_refusal_cannot_both_be(box):
    """A good status says nothing against a refusal below it, and does against one of its own level or above, in any order."""
    def says(bank, payment, level, code):
        if level == "transaction":
            return bank.report(payment.message, transactions=[(payment, code, "AM04" if code == "RJCT" else "")])
        return bank.report(payment.message, **{level: code})

    plays = [("group", ["group"], True), ("payment", ["group"], True), ("payment", ["payment"], True), ("transaction", ["payment"], True),
             ("group", ["payment"], False), ("group", ["transaction"], False), ("payment", ["transaction"], False),
             ("payment", ["transaction", "group"], True)]
    for settled, refused, wanted in plays:
        told = [(settled, "ACSC")] + [(level, "RJCT") for level in refused]
        for turn in itertools.permutations(told):
            (a, *_), bank = group(box, 1), Bank()
            found = sum(send(box, says(bank, a, *t))["answer"]["contradicts"] for t in turn)
            assert (found > 0, state(box, a)) == (wanted, ["rejected"]), (turn, found, state(box, a))
            if wanted:
                box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=[a.id], person="paul")


def test_a_credit_that_does_not_say_it_is_a_return_waits_for_a_person(box):
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "CR1"), bank.debit(c, DAY, "CR2")]))
    paid_back = bank.credit_back(a, DAY, "", "CR3", family="PMNT/RCDT/ESCT", cents=20000)
    answer = send(box, bank.statement([paid_back], number=2))["answer"]
    assert (answer["moved"], answer["differs"]) == (0, 1) and state(box, a) == ["booked"], answer
    line = open_lines(box, a)[0]
    assert "return" in line["why"], line
    reversed_ = bank.credit_back(c, DAY, "", "CR4", family="PMNT/ICDT/ESCT").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    send(box, bank.statement([reversed_], number=3))
    assert state(box, c) == ["returned"]
    box.do("answer", "link", line["line"], "--order", a.id, "--reason", "the bank says so", person="paul")
    assert state(box, a) == ["returned"] and not open_lines(box, a)


def test_a_link_to_another_account_needs_a_word_of_its_own(box):
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "LK1", iban=c.iban)]))
    line = open_lines(box, a)[0]["line"]
    box.refused("answer", "link", line, "--order", a.id, "--reason", "x", code="other_account", says=[a.id, "--accept-account"], person="paul")
    box.do("answer", "link", line, "--order", a.id, "--accept-account", "--reason", "its new account, asked the bank", person="paul")
    assert state(box, a) == ["booked"]
    told = str(box.do("journal", "list", convention(box, a))["journal"])
    assert "another account" in told and c.iban[-4:] in told and c.iban not in told, told


def test_a_dispute_ends_with_its_last_line_and_not_with_resume(box):
    (a, *_), bank = group(box), Bank()
    ref = convention(box, a)
    send(box, bank.report(a.message, transactions=[(a, "RJCT", "AM04")]))
    send(box, bank.statement([bank.debit(a, DAY, "DI1")]))
    box.do("convention", "suspend", ref, "--reason", "to see")
    box.do("convention", "resume", ref, person="paul")

    def disputed():
        return any("dispute" in t["why"] for t in box.do("convention", "show", ref)["tranches"])
    assert disputed(), "resume lifted what the bank contradicts"
    send(box, bank.statement([bank.debit(a, DAY, "DI2")], number=2))
    lines = [x["line"] for x in open_lines(box, a)]
    assert len(lines) == 2, lines
    box.do("answer", "dismiss", lines[0], "--reason", "asked the bank", person="paul")
    assert disputed(), "one line still contradicts"
    box.do("answer", "dismiss", lines[1], "--reason", "asked the bank", person="paul")
    assert not disputed()
    assert "dispute" in str(box.do("journal", "list", ref)["journal"][-1])


def test_money_comes_back_in_parts(box):
    (a, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "PT1"), bank.credit_back(a, DAY, "AM04", "PT2", cents=200000)]))
    answer = send(box, bank.statement([bank.credit_back(a, DAY, "AM04", "PT3", cents=a.cents - 200000)], number=2))["answer"]
    assert answer["contradicts"] == 0 and not open_lines(box, a), answer
    box.do("order", "reissue", a.id, "--reason", "all came back", person="paul")
    assert not [d for d in box.do("reconcile", "show")["differences"] if d["about"] == a.id]
    more = send(box, bank.statement([bank.credit_back(a, DAY, "AM04", "PT4", cents=1)], number=3))["answer"]
    assert more["contradicts"] == 1, "more came back than left"


def test_a_return_told_again_is_not_one_of_the_next_order(box):
    """By its content alone it fits both: a person looks."""
    (a, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "CF1"), bank.credit_back(a, DAY, "AM04", "CF2")]))
    box.do("order", "reissue", a.id, "--reason", "x", person="paul")
    box.settle()
    again = [o for o in box.do("order", "list", convention(box, a))["orders"] if o["reissue_of"] == a.id][0]
    told = send(box, bank.statement([bank.credit_back(a, DAY, "AM04", "CF2-054", id="NOTPROVIDED")], "camt.054"))["answer"]
    shown = box.do("order", "show", again["end_to_end_id"])["order"]["state"]
    assert (told["moved"], shown) == (0, "written"), told


def test_one_debit_pays_one_order(box):
    (a, c, *_), bank = group(box), Bank()
    debit = re.sub("<CdtrAcct>.*?</CdtrAcct>", "", bank.debit(a, DAY, "TJ1", tx=c.id))
    send(box, bank.statement([debit]))
    assert state(box, a, c) == ["booked", "written"]


def test_singles_and_the_same_as_one_entry_with_details_are_one(box):
    for turn in (0, 1):
        payments, bank = group(box, 3), Bank()
        details = "".join(bank.detail(p, tx="T" + p.id) for p in payments)
        answers = [bank.statement([bank.debit(p, DAY, "E" + p.id, tx="T" + p.id) for p in payments], "camt.054"),
                   bank.statement([bank.entry(sum(p.cents for p in payments), DAY, "COLL%d" % turn, details=details)])]
        told = [send(box, data)["answer"]["contradicts"] for data in (answers[::-1] if turn else answers)]
        assert told == [0, 0] and set(state(box, *payments)) == {"booked"}, (turn, told)


def test_one_proof_is_told_once_by_each_kind_of_report(box):
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY)], "camt.052"))
    send(box, bank.statement([bank.debit(a, DAY, "TD1")]))
    assert send(box, bank.statement([bank.debit(a, DAY, "TD2")], number=2))["answer"]["contradicts"] == 1, "another debit"
    send(box, bank.statement([bank.debit(c, DAY)], "camt.052"))
    halves = [bank.credit_back(c, DAY, "AM04", "HV%d" % i, cents=c.cents // 2) for i in (1, 2)]
    send(box, bank.statement(halves[:1], "camt.054"))
    send(box, bank.statement(halves[1:], "camt.054", number=2))
    assert sum(p["amount_cents"] for p in order(box, c)["proofs"] if p["event"] == "returned") == c.cents


def test_two_sums_of_one_file_in_one_kind_of_report_are_two(box):
    """Whatever another kind of report said before, and whether they come together or one by one."""
    for apart in (False, True):
        payments, bank = group(box, 2), Bank()
        first, second = (bank.batch(payments[0].message, payments, DAY, "WHOLE%d" % i) for i in (1, 2))
        send(box, bank.statement([bank.batch(payments[0].message, payments, DAY)], "camt.052"))
        if apart:
            assert send(box, bank.statement([first]))["answer"]["contradicts"] == 0
            found = send(box, bank.statement([second], number=2))["answer"]["contradicts"]
        else:
            found = send(box, bank.statement([first, second]))["answer"]["contradicts"]
        assert found >= 1, "the file was debited twice"


def test_entries_under_one_bank_reference_are_told_apart_by_what_they_say(box):
    """Of one sum and day; without details by their text, without an EndToEndId by the bank's number of the transaction."""
    (a, c, *_), bank = group(box, 2), Bank()
    send(box, bank.statement([bank.entry(a.cents, DAY, "TXTS1", text=a.text), bank.entry(c.cents, DAY, "TXTS1", text=c.text)]))
    assert {line["note"] for line in box.do("answer", "find", "TXTS1")["lines"]} == {a.text, c.text}
    same = [bank.debit(p, DAY, "TXID2", id="NOTPROVIDED", tx="NUM" + p.id) for p in (a, c)]
    assert send(box, bank.statement(same[:1], number=2))["answer"]["fresh"] == 1
    assert send(box, bank.statement(same[1:], number=3))["answer"]["fresh"] == 1, "another payment was dropped"
    assert send(box, bank.statement(same, "camt.054", number=4))["answer"]["fresh"] == 0, "told again"


def test_two_files_under_one_bank_reference_are_two(box):
    (a, *rest), bank = group(box, 2), Bank()
    (c, *others) = group(box, 2)
    send(box, bank.statement([bank.batch(a.message, [a] + rest, DAY, "SCT")]))
    send(box, bank.statement([bank.batch(c.message, [c] + others, DAY, "SCT")], number=2))
    assert state(box, a, c) == ["booked", "booked"]


def test_a_second_debit_is_seen_whatever_told_the_first(box):
    """Each kind of report tells a debit once, under its first reference or another: what it tells beside that is another debit."""
    for refs in (("FD", "SD"), ("FD", ""), ("", "SD")):
        for answers in ([[0, 1]], [[1, 0]], [[0], [1]], [[1], [0]]):
            (a, *_), bank = group(box, 1), Bank()
            debits = [bank.debit(a, DAY, ref and ref + a.id) for ref in refs]
            send(box, bank.statement(debits[:1]))
            found = sum(send(box, bank.statement([debits[i] for i in some], "camt.054"))["answer"]["contradicts"] for some in answers)
            assert found == 1, "%s %s: a debit was hidden" % (refs, answers)


def test_two_debits_in_one_report_are_two_whatever_names_them(box):
    """Their EndToEndId, InstrId or TxId; after another kind of report told one of them, without its reference."""
    for i, refs in enumerate(("<EndToEndId>%s</EndToEndId>", "<InstrId>%s</InstrId>", "<EndToEndId>NOTPROVIDED</EndToEndId><TxId>%s</TxId>")):
        (a, *_), bank = group(box, 1), Bank()
        send(box, bank.statement([bank.debit(a, DAY)], "camt.054"))
        detail = bank.detail(a).replace("<EndToEndId>%s</EndToEndId>" % a.id, refs % a.id)
        two = [bank.entry(a.cents, DAY, "TW%d%d" % (i, n), details=detail) for n in (1, 2)]
        assert send(box, bank.statement(two))["answer"]["contradicts"] == 1, refs


def test_a_sum_of_a_file_and_one_of_its_payments_in_one_kind_of_report_are_two(box):
    (a, *others), bank = group(box, 2), Bank()
    send(box, bank.statement([bank.batch(a.message, [a] + others, DAY)], "camt.052"))
    send(box, bank.statement([bank.batch(a.message, [a] + others, DAY, "SUM1")]))
    assert send(box, bank.statement([bank.debit(a, DAY, "ONE1")], number=2))["answer"]["contradicts"] == 1
    for turn in (0, 1):
        (a, *others), bank = group(box, 2), Bank()
        sums = [bank.batch(a.message, [a] + others, DAY, "SU%d%d" % (turn, i)) for i in (1, 2)]
        send(box, bank.statement(sums[:1]))
        found = [send(box, bank.statement([s], "camt.054", number=2))["answer"]["contradicts"] for s in sums[::1 if turn else -1]]
        assert sum(found) >= 1, "turn %d: the file was debited twice" % turn


def collected(bank, payments, ref, details):
    """One entry for all PAYMENTS with these DETAILS."""
    return bank.entry(sum(p.cents for p in payments), DAY, ref, details="".join(details))


def test_details_that_come_later_are_taken_in(box):
    """After one that says nothing, after some of them, and after those of another kind of report."""
    said = "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf><Ustrd>Subvention convention</Ustrd></RmtInf></TxDtls>"
    for turn in range(3):
        payments, bank = group(box, 3), Bank()
        full = [bank.detail(p) for p in payments]
        early = [[said], full[:2], [bank.detail(p, id="NOTPROVIDED").replace("<Refs>", "<Refs><InstrId>%s</InstrId>" % p.id) for p in payments]][turn]
        ref, before = "LATE%d" % turn, len(open_lines(box))
        send(box, bank.statement([collected(bank, payments, ref, early)], "camt.052"))
        send(box, bank.statement([collected(bank, payments, ref, full)]))
        assert state(box, *payments) == ["booked"] * 3, (turn, state(box, *payments))
        again = send(box, bank.statement([collected(bank, payments, ref, full)], number=2))["answer"]
        assert (again["fresh"], again["contradicts"]) == (0, 0) and len(open_lines(box)) == before, (turn, again, open_lines(box)[-3:])


def test_a_return_told_with_another_reason_is_one(box):
    for ref in ("", "RR"):
        (a, *_), bank = group(box, 1), Bank()
        for kind, reason in (("camt.054", "AM04"), ("camt.053", ""), ("camt.052", "AM04"), ("camt.052", "")):
            back = bank.credit_back(a, DAY, reason, ref and ref + a.id, cents=a.cents // 4)
            answer = send(box, bank.statement([back], kind))["answer"]
            assert (answer["differs"], answer["contradicts"]) == (0, 0), (ref, kind, answer)
        assert [p["amount_cents"] for p in order(box, a)["proofs"]] == [a.cents // 4] and not open_lines(box, a), order(box, a).out
        told = box.sql("SELECT bool_and(e.summed), count(*) FROM entry e JOIN movement m ON m.entry_id = e.id WHERE m.end_to_end_id = '%s'" % a.id)
        assert told == "t|2", "told with two reasons, it is one part of its entry: %s" % told


def test_an_entry_pays_no_more_than_its_sum_however_often_it_is_told(box):
    other = "DE89370400440532013000"
    for turn in range(3):
        payments, bank = group(box, 3), Bank()
        a, b, c = (bank.detail(p) for p in payments)
        first, second = [([a, b], [a, c]), ([a, bank.detail(payments[1], id="NOTPROVIDED", iban=other)], [a, c]), ([a], [a, c, b])][turn]
        send(box, bank.statement([collected(bank, payments[:2], "MORE%d" % turn, first)], "camt.052"))
        send(box, bank.statement([collected(bank, payments[:2], "MORE%d" % turn, second)]))
        assert state(box, payments[2]) == ["written"] and [x["state"] for x in open_lines(box, payments[2])] == ["differs"], turn


def test_two_debits_in_one_entry_are_two_whatever_was_told_of_it(box):
    """As two details of one sum, told before as one, as a part, under other names, or as the sum of a file."""
    def told(bank, a, c, ref):
        twice = [bank.detail(a)] * 2
        named = [bank.detail(a, tx="T%d" % i) for i in (1, 2)]
        yield [("camt.054", bank.debit(a, DAY)), ("camt.053", collected(bank, [a, a], ref, twice))]
        yield [("camt.054", bank.debit(a, DAY, ref + "x")), ("camt.053", collected(bank, [a, a], ref, twice))]
        yield [("camt.052", collected(bank, [a, a], ref, [bank.detail(a)])), ("camt.053", collected(bank, [a, a], ref, named))]
        yield [("camt.052", bank.batch(a.message, [a, c], DAY, ref)), ("camt.053", collected(bank, [a, c], ref, twice))]

    for turn in range(4):
        for back in (False, True):
            (a, c), bank = group(box, 2), Bank()
            answers = list(told(bank, a, c, "IN%d%d" % (turn, back)))[turn]
            for kind, entry in answers[::-1] if back else answers:
                send(box, bank.statement([entry], kind))
            assert [x for x in open_lines(box, a) if x["state"] in ("contradicts", "differs")], "%d %s: a debit was hidden" % (turn, back)


def test_a_kind_of_report_that_tells_both_later_tells_two(box):
    for form in range(3):
        for answers in itertools.permutations(range(3)):
            (a, c), bank = group(box, 2), Bank()
            other = [bank.debit(a, DAY), bank.batch(a.message, [a, c], DAY, "F%s" % a.id),
                     collected(bank, [a, c], "K%s" % a.id, [bank.detail(a), bank.detail(c)])][form]
            said = [("camt.054", bank.debit(a, DAY, "S2" + a.id)), ("camt.052", other), ("camt.054", other)]
            for i in answers:
                send(box, bank.statement([said[i][1]], said[i][0], number=i))
            lines = [x for x in box.do("answer", "unmatched")["lines"] if x["state"] == "contradicts"]
            assert lines, "%d %s: a debit was hidden" % (form, answers)
            for x in lines:
                box.do("answer", "dismiss", x["line"], "--reason", "a play", person="paul")


def test_an_entry_that_is_spent_pays_no_other_order(box):
    payments, bank = group(box, 3), Bank()
    (d,) = group(box, 1)
    send(box, bank.statement([bank.batch(payments[0].message, payments, DAY, "SP1")], "camt.052"))
    send(box, bank.statement([collected(bank, payments, "SP1", [bank.detail(p) for p in payments[:2] + [d]])]))
    assert state(box, d) == ["written"] and [x["state"] for x in open_lines(box, d)] == ["differs"]
    (a, c), bank = group(box, 2), Bank()
    both = bank.debit(a, DAY, "SP2", id="NOTPROVIDED", tx=c.id).replace("<Refs>", "<Refs><InstrId>%s</InstrId>" % a.id)
    send(box, bank.statement([re.sub("<CdtrAcct>.*?</CdtrAcct>", "", both)], number=2))
    assert state(box, a, c) == ["written", "written"], "one debit pays one order"


def test_a_detail_in_words_that_comes_late_is_kept(box):
    for turn in (0, 1):
        (a, c), bank = group(box, 2), Bank()
        words = re.sub("<RltdPties>.*?</RltdPties>", "", bank.detail(c, id="NOTPROVIDED"))
        answers = [collected(bank, [a, c], "WD%d" % turn, details) for details in ([bank.detail(a)], [bank.detail(a), words])]
        for i, entry in enumerate(answers[::-1] if turn else answers):
            send(box, bank.statement([entry], ("camt.052", "camt.053")[i]))
        assert state(box, a) == ["booked"] and [x for x in open_lines(box) if x["note"] == c.text and x["state"] == "unmatched"], turn
        send(box, bank.report(c.message, transactions=[(c, "RJCT", "AM04")]))
        box.refused("order", "reissue", c.id, "--reason", "x", code="in_doubt", says=[c.id], person="paul")


def test_entries_are_told_apart_by_each_identifier_and_by_the_payee_s_account(box):
    """Of one sum and day, with one bank reference or none."""
    def only(bank, p, ref, refs, iban=None):
        inner = bank.detail(p, id="NOTPROVIDED", iban=iban).replace("<EndToEndId>NOTPROVIDED</EndToEndId>", refs % p.id)
        return bank.entry(p.cents, DAY, ref, details=inner.replace(p.text, "virement"))

    for ref in ("", "APART"):
        for i, refs in enumerate(("<InstrId>%s</InstrId>", "<UETR>%s</UETR>", "<MsgId>none</MsgId><!--%s-->")):
            (a, c), bank = group(box, 2), Bank()
            entries = [only(bank, p, ref and ref + str(i), refs, iban=None if i == 2 else a.iban) for p in (a, c)]
            assert send(box, bank.statement(entries[:1]))["answer"]["fresh"] == 1
            assert send(box, bank.statement(entries[1:], number=2))["answer"]["fresh"] == 1, "%s %s: another payment was dropped" % (ref, refs)
            assert send(box, bank.statement(entries, number=3))["answer"]["fresh"] == 0, "told again"


def test_nothing_is_ordered_again_while_its_file_or_its_convention_is_in_doubt(box):
    payments, bank = group(box, 3), Bank()
    a = payments[0]
    send(box, bank.report(a.message, group="PART", transactions=[(a, "RJCT", "AM04")]))
    send(box, bank.statement([bank.batch(a.message, payments, DAY, "BR9")]))
    box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=[a.id], person="paul")
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.report(a.message, transactions=[(a, "ACSC")]))
    assert send(box, bank.report(a.message, group="RJCT", reason="AM04"))["answer"]["contradicts"] == 1
    box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=[a.id], person="paul")
    assert state(box, a, c) == ["rejected", "rejected"]
    box.refused("order", "reissue", c.id, "--reason", "x", code="in_doubt", says=[c.id, "settled"], person="paul")
    whole = [x for x in open_lines(box) if x["end_to_end_id"] == a.message][0]
    box.do("answer", "dismiss", whole["line"], "--reason", "asked the bank", person="paul")
    box.do("order", "reissue", c.id, "--reason", "refused for certain", person="paul")


def test_nothing_is_ordered_again_while_an_open_line_may_be_its_debit(box):
    """Its sum to its account, or its sum and its convention, under no identifier of ours."""
    for lost in (lambda a, bank: bank.debit(a, DAY, "OD1", id="NOTPROVIDED").replace(a.text, "virement"),
                 lambda a, bank: bank.debit(a, DAY, "OD3", id="NOTPROVIDED").replace('<Amt Ccy="EUR">6000.00</Amt><RltdPties>', "<RltdPties>"),
                 lambda a, bank: re.sub("<CdtrAcct>.*?</CdtrAcct>", "", bank.debit(a, DAY, "OD2", id="NOTPROVIDED"))):
        (a, *_), bank = group(box, 1), Bank()
        before = {x["line"] for x in open_lines(box)}
        send(box, bank.statement([lost(a, bank)]))
        (line,) = {x["line"] for x in open_lines(box)} - before
        send(box, bank.report(a.message, transactions=[(a, "RJCT", "AM04")]))
        box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=[a.id, line], person="paul")
        box.refused("answer", "dismiss", line, "--reason", "x", code="approver_needed", says=[line], person="claire")
        box.do("answer", "dismiss", line, "--reason", "asked the bank: a bill of theirs", person="paul")
        box.do("order", "reissue", a.id, "--reason", "refused for certain", person="paul")


def test_a_bare_debit_of_the_sum_of_a_file_is_shown(box):
    """A bank that names nothing at all: while that file waits for its booking, and only then."""
    payments, bank = group(box, 7), Bank()
    send(box, bank.statement([bank.entry(sum(p.cents for p in payments), DAY, "BARE1", text="VIR SEPA 7 OPERATIONS")]))
    (line,) = [x for x in open_lines(box) if x["note"] == "VIR SEPA 7 OPERATIONS"]
    send(box, bank.report(payments[0].message, group="RJCT", reason="FF01"))
    box.refused("order", "reissue", payments[0].id, "--reason", "x", code="in_doubt", says=[line["line"]], person="paul")
    box.do("answer", "dismiss", line["line"], "--reason", "another file's", person="paul")
    box.do("order", "reissue", payments[0].id, "--reason", "refused for certain", person="paul")
    payments = group(box, 8)
    send(box, bank.statement([bank.batch(payments[0].message, payments, DAY, "BARE2")], number=2))
    send(box, bank.statement([bank.entry(sum(p.cents for p in payments), DAY, "BARE3", text="VIR SEPA 8 OPERATIONS")], number=3))
    assert not [x for x in open_lines(box) if x["note"] == "VIR SEPA 8 OPERATIONS"]


def test_taken_back_and_settled_cannot_both_be(box):
    """A yes to a request to take it back is of one order, and a file that is settled after that is settled with it."""
    for turn in (0, 1):
        (a, *_), bank = group(box, 1), Bank()
        answers = [bank.report(a.message, transactions=[(a, "ACCR")]), bank.report(a.message, group="ACSC")]
        found = [send(box, data)["answer"]["contradicts"] for data in answers[::-1 if turn else 1]]
        assert sum(found) == 1 or (turn and state(box, a) == ["accepted"]), (turn, found)
        if state(box, a) == ["cancelled"]:
            box.refused("order", "reissue", a.id, "--reason", "x", code="in_doubt", says=["settled"], person="paul")


def refused_on(box, payment):
    return [x for x in box.do("account", "list")["accounts"] if x["convention"] == convention(box, payment)][0]["refused_on"]


def test_a_reason_that_speaks_of_the_account_counts_whenever_it_is_told(box):
    """Below a group that was refused for another one, in a later report, or of a return that was told without it."""
    def told(a, bank):
        yield [bank.report(a.message, group="RJCT", reason="FF01", transactions=[(a, "RJCT", "AC04")])]
        yield [bank.report(a.message, transactions=[(a, "RJCT", "FF01")]), bank.report(a.message, transactions=[(a, "RJCT", "AC04")])]
        yield [bank.report(a.message, transactions=[(a, "CANC", "TECH")]), bank.report(a.message, transactions=[(a, "RJCT", "AC04")])]
        for ref in ("", "RE" + a.id):
            first, second = (bank.credit_back(a, DAY, reason, ref and ref + a.id) for reason in ("AM04", "AC04"))
            yield [bank.statement([bank.debit(a, DAY), first], "camt.052"), bank.statement([second])]
            yield [bank.statement([bank.debit(a, DAY), bank.credit_back(a, DAY, "AM04")], "camt.052"), bank.statement([second])]

    for turn in range(7):
        (a, *_), bank = group(box, 1), Bank()
        for data in list(told(a, bank))[turn]:
            assert send(box, data)["answer"]["contradicts"] == 0
        assert state(box, a)[0] in ("rejected", "cancelled", "returned") and refused_on(box, a) == DAY, (turn, state(box, a))
        box.refused("order", "reissue", a.id, "--reason", "x", code="account_unverified", says=[a.id], person="paul")
        box.do("account", "verify", convention(box, a), "--reason", "asked the payee", person="paul")
        assert send(box, bank.report(a.message, transactions=[(a, "RJCT", "AC04")]))["answer"]["contradicts"] == (turn > 2)
        if turn <= 2:  # told once more: that was decided about
            box.do("order", "reissue", a.id, "--reason", "confirmed", person="paul")


def test_a_link_never_makes_a_dispute(box):
    (a, *_), bank = group(box), Bank()
    send(box, bank.report(a.message, transactions=[(a, "ACSC")]))
    other = bank.report(a.message, transactions=[(a, "RJCT", "AM04")]).replace(a.id.encode(), b"X-OTHER-ID")
    send(box, other)
    line = [x for x in open_lines(box) if x["end_to_end_id"] == "X-OTHER-ID"][0]["line"]
    box.refused("answer", "link", line, "--order", a.id, "--reason", "x", code="does_not_fit", says=["settled"], person="paul")
    assert state(box, a) == ["accepted"]
    box.do("answer", "dismiss", line, "--reason", "asked the bank")


def test_our_account_in_other_clothes(box):
    (a, c, d, *_), bank = group(box), Bank()
    iban, blanks = OURS.encode(), " ".join(OURS[i:i + 4] for i in range(0, len(OURS), 4)).encode()
    for p, ours in ((a, b"<IBAN>" + blanks + b"</IBAN>"), (c, b"<IBAN>" + iban.lower() + b"</IBAN>"), (d, b"<Othr><Id>" + iban + b"</Id></Othr>")):
        send(box, bank.statement([bank.debit(p, DAY, "CL" + p.id)]).replace(b"<IBAN>" + iban + b"</IBAN>", ours))
        assert state(box, p) == ["booked"], ours


def test_what_names_us_is_shown_wherever_it_does(box):
    (a, c, d, *_), bank, other = group(box), Bank(), Bank(account="DE89370400440532013000")
    send(box, bank.statement([bank.entry(a.cents, DAY, "NM1", "CRDT", code="PMNT/ICDT/RRTN", text="REJET VIR " + a.id)]))
    send(box, other.statement([other.debit(c, DAY, "NM2")]))
    send(box, bank.statement([bank.entry(d.cents, DAY, "NM3", text="VIR SEPA %s %s" % (d.id, d.name))], number=2))
    open_ = {x["note"] + str(x["end_to_end_id"]) for x in open_lines(box)}
    for p in (a, c, d):
        assert any(p.id in x for x in open_), (p.id, open_)


def test_refused_as_a_copy_proves_nothing_of_the_first(box):
    """A file handed in twice: each payment of the copy is refused as a duplicate, and the first is paid."""
    for code in ("AM05", "DUPL", "DU03"):
        (a, *_), bank = group(box), Bank()
        answer = send(box, bank.report(a.message, transactions=[(a, "RJCT", code)]))["answer"]
        assert (answer["differs"], state(box, a)) == (1, ["written"]), (code, answer)
        line = open_lines(box, a)[0]
        assert "copy" in line["why"], line
        send(box, bank.report(a.message, transactions=[(a, "CANC", code)]))
        assert state(box, a) == ["written"], code
    send(box, bank.statement([bank.debit(a, DAY, "DP1")]))
    assert state(box, a) == ["booked"]


def test_what_came_back_and_is_refused_says_so(box):
    (a, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.debit(a, DAY, "BR1"), bank.credit_back(a, DAY, "AM04", "BR2")]))
    send(box, bank.report(a.message, transactions=[(a, "RJCT", "AM04")]))
    assert "came back" in open_lines(box, a)[0]["why"], open_lines(box, a)


def test_the_payee_s_verification_waits_for_an_approver(box):
    """sepa-users-ask 19."""
    payments, bank = group(box), Bank()
    a, b, c = payments[:3]
    report = bank.report(a.message, group="RVCM", transactions=[(a, "RVMC", "", "Association Vraie"), (b, "RVNM")])
    send(box, report)
    assert state(box, a, b, c) == ["awaiting_release", "awaiting_release", "acknowledged"]
    shown = order(box, a)
    why = [p["why"] for p in shown["proofs"] if p["event"] == "mismatch"]
    assert len(why) == 1 and "Association Vraie" in why[0] and "approver" in shown["order"]["next"], shown.out
    box.refused("order", "release", a.id, "--reason", "x", code="wrong_role")
    box.do("order", "release", a.id, "--reason", "name checked in the register", person="paul")
    send(box, report.replace(b">B", b">C"))
    assert state(box, a, b) == ["acknowledged", "awaiting_release"], "what was decided was asked again"
    send(box, bank.report(a.message, transactions=[(a, "ACSP"), (b, "CANC")]))
    assert state(box, a, b) == ["accepted", "cancelled"]
    box.refused("order", "release", c.id, "--reason", "x", code="wrong_state", person="paul")


def test_a_line_is_found_by_any_of_its_references(box):
    (a, c, *_), bank = group(box), Bank()
    send(box, bank.statement([bank.entry(a.cents, DAY, "ENT/77-" + a.id, details=bank.detail(a, ref="DET-" + a.id, tx="TXN-" + a.id))]))
    send(box, bank.report(c.message, transactions=[(c, "ACSP")]))
    for part in (a.id, "ENT/77-" + a.id, "det-" + a.id.lower(), "TXN-" + a.id):
        assert [x["order"] for x in box.do("answer", "find", part)["lines"]] == [a.id], part
    assert [x["end_to_end_id"] for x in box.do("answer", "find", c.id)["lines"]] == [c.id]
    refused = box.ask("answer", "find", "ENT")
    assert refused.code == 2 and "four" in refused.error["hint"], refused.out
    assert box.ask("answer", "find", "     ").code == 2


def test_an_answer_to_nobody_is_set_aside(box):
    payments, bank = group(box), Bank()
    a = payments[0]
    send(box, bank.report("ANOTHER-MESSAGE", group="RJCT"))
    unknown = bank.report("TESTCABBALR-2024-L9-9", transactions=[(a, "RJCT", "AC04")])  # our order, another message
    send(box, unknown)
    send(box, bank.report(a.message, transactions=[(a, "0000")]))  # sepa-users-ask 20: no code is not a refusal
    assert state(box, a) == ["written"]
    lines = open_lines(box, a)
    assert {x["state"] for x in lines} == {"unmatched", "differs"}, lines
    for line in lines:
        box.do("answer", "dismiss", line["line"], "--reason", "not ours")
    assert not open_lines(box, a)
    box.refused("answer", "dismiss", lines[0]["line"], "--reason", "again", code="unknown_line", says=[lines[0]["line"]])


def test_dialects(box):
    for dialect in (dict(status=3, camt=2, prefix="ns2"), dict(status=14, camt=4, envelope=True), dict(encoding="ISO-8859-15"), dict(encoding="UTF-16")):
        payments, bank = group(box, 2), Bank(**dialect)
        a, b = payments
        send(box, bank.report(a.message, transactions=[(b, "RJCT", "BE01", "nom erroné")]))
        send(box, bank.statement([bank.debit(a, DAY, "D" + a.id)]))
        assert state(box, a, b) == ["booked", "rejected"], dialect
        assert "erron" in order(box, b)["proofs"][0]["why"]


def test_a_file_that_is_none_changes_nothing(box):
    payments, bank = group(box), Bank()
    good = bank.statement([bank.debit(p, DAY, "N" + p.id) for p in payments])
    for name, data in (("cut.xml", good[:-200]), ("text.xml", b"not xml"), ("pain001.xml", b"<Document><CstmrCdtTrfInitn/></Document>"),
                       ("dtd.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>')):
        path = os.path.join(box.dir, name)
        with open(path, "wb") as f:
            f.write(data)
        box.refused("answer", "import", path, code="bad_answer", says=[name])
    assert set(state(box, *payments)) == {"written"}
    path = os.path.join(box.dir, "good.xml")
    with open(path, "wb") as f:
        f.write(good)
    before = box.fingerprint()
    assert box.do("answer", "import", path, "--check")["answer"]["moved"] == 5 and box.fingerprint() == before
    assert send(box, good)["answer"]["moved"] == 5


def test_silence_is_an_event(box):
    payments = group(box)
    a = payments[0]
    shown = order(box, a)["order"]
    assert shown["deadline_on"] == "2024-01-05" and shown["next"], shown
    send(box, Bank().report(a.message, transactions=[(payments[1], "ACSP")]))
    box.clock("2024-01-08")
    assert order(box, a)["order"]["overdue_on"] == "2024-01-06"
    told = [j for j in box.do("journal", "list", convention(box, a))["journal"] if "in time" in j["what"]]
    assert len(told) == 1 and told[0]["what"] == "order %s: nothing came in time; it is written since 2024-01-02" % a.id, told
    assert order(box, payments[1])["order"]["overdue_on"] is None
    assert box.do("status", "show")["status"]["overdue"] >= 1


def test_row_8_paid_and_back_twice_each_time_by_its_own_order(box):
    payments, bank = group(box, 1), Bank()
    seen = []
    for n in range(2):
        (a,) = payments
        day = box.do("clock", "show")["clock"]["today_on"]
        send(box, bank.statement([bank.debit(a, day, "PD%d" % n)], number=2 * n + 1))
        assert state(box, a) == ["booked"] and tranche(box, a)["state"] == "paid"
        send(box, bank.statement([bank.credit_back(a, day, "AM04", "PR%d" % n)], number=2 * n + 2))
        assert state(box, a) == ["returned"] and tranche(box, a)["state"] == "returned"
        seen.append(a)
        if n == 0:
            box.do("order", "reissue", a.id, "--reason", "again", person="paul")
            box.settle()
            name = [o["message_id"] for o in box.do("order", "list", convention(box, a))["orders"] if o["reissue_of"] == a.id]
            with open(os.path.join(box.outbox, name[0] + ".xml"), "rb") as f:
                payments = read_orders(f.read())[1]
    assert state(box, *seen) == ["returned", "returned"] and not open_lines(box, seen[1])
    for a in seen:
        events = box.sql("SELECT string_agg(p.event, ' ' ORDER BY p.id) FROM proof p JOIN payment_order o ON o.id = p.order_id "
                         "WHERE o.end_to_end_id = '%s'" % a.id)
        assert events == "booked returned", events


def test_one_reference_on_two_days_is_shown(box):
    (a, *_), bank = group(box), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.debit(a, day, "OD1")]))
    box.clock("2024-01-10")
    answer = send(box, bank.statement([bank.debit(a, "2024-01-09", "OD1")], number=2))["answer"]
    assert (answer["differs"], answer["contradicts"]) == (1, 0) and "another day" in open_lines(box, a)[0]["why"], answer
    line = open_lines(box, a)[0]["line"]
    box.refused("answer", "dismiss", line, "--reason", "x", code="approver_needed", says=[line], person="claire")
    box.do("answer", "dismiss", line, "--reason", "the bank told it twice", person="paul")


def test_reconciliation_to_the_cent(box):
    payments, bank = group(box), Bank()
    a, b, c, d, e = payments
    shown = box.do("reconcile", "show", "--scheme", groups[-1])
    assert shown["files"][0]["waiting_cents"] == 3000000, shown.out
    before = {(x["what"], x["about"]) for x in shown["differences"]}
    send(box, bank.report(a.message, payment="ACSP", transactions=[(b, "RJCT", "AM04")]))
    day = box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.debit(a, day, "RC1"), bank.debit(c, day, "RC2"), bank.credit_back(c, day, "AM04", "RC3", cents=c.cents - 500),
                              bank.debit(b, day, "RC4")]))
    shown = box.do("reconcile", "show", "--scheme", groups[-1])
    f = shown["files"][0]
    assert [f[k + "_cents"] for k in ("ordered", "accepted", "waiting", "rejected")] == [3000000, 2400000, 0, 600000], f
    assert [f[k + "_cents"] for k in ("booked", "returned", "paid", "difference")] == [1800000, 599500, 600000, 600500], f
    found = {(x["about"], x["amount_cents"]) for x in shown["differences"] if (x["what"], x["about"]) not in before}
    assert (b.id, 600000) in found and (c.id, 500) in found, found
    assert all(x["age_days"] == 0 for x in shown["differences"] if x["about"] in (b.id, c.id)), shown.out
    table = box.run("reconcile").out
    assert "24000.00" in table and "Difference" in table, table
    csv = box.run("reconcile", "--csv").out
    assert a.message in csv, csv


def wait_settled(box, folder, name, seconds=20):
    path = os.path.join(box.place, "state/inbox", folder, name)
    wait_for("%s is not there" % path, lambda: os.path.exists(path), seconds)
    with open(path + ".json") as f, open(path + ".txt") as g:
        return json.load(f), g.read()


def test_the_inbox_takes_what_is_complete(box):
    payments, bank = group(box), Bank()
    a, b, c = payments[:3]
    day = box.do("clock", "show")["clock"]["today_on"]
    inbox = os.path.join(box.place, "state/inbox")
    data = bank.statement([bank.debit(a, day, "IN1")])
    hand_in(inbox, "first.xml", data)  # written there
    verdict, text = wait_settled(box, "done", "first.xml")
    assert verdict["answer"]["moved"] == 1 and "first.xml" in text, (verdict, text)
    hand_in(inbox, ".hidden", bank.statement([bank.debit(b, day, "IN2")]))
    hand_in(inbox, "half.xml.part", bank.statement([bank.debit(c, day, "IN3")]))
    hand_in(inbox, "empty.xml", b"")
    assert "empty" in wait_settled(box, "refused", "empty.xml")[0]["error"]["message"]
    hand_in(inbox, "bad.xml", b"<Document>")
    verdict, text = wait_settled(box, "refused", "bad.xml")
    assert verdict["error"]["code"] == "bad_answer" and "bad.xml" in text, (verdict, text)
    assert state(box, a, b, c) == ["booked", "written", "written"]
    os.rename(os.path.join(inbox, ".hidden"), os.path.join(inbox, "second.xml"))  # renamed in
    wait_settled(box, "done", "second.xml")
    hand_in(inbox, "first.xml", data)  # the same once more: a second name in done/
    verdict, text = wait_settled(box, "done", "first.xml.2")
    assert verdict["known"] is True, verdict
    box.kill()
    hand_in(inbox, "while-down.xml", bank.statement([bank.debit(c, day, "IN3")], number=2))
    box.start_daemon()
    wait_settled(box, "done", "while-down.xml")
    assert state(box, a, b, c) == ["booked"] * 3
    assert "tranched" in [x["person"] for x in box.do("answer", "list")["answers"]]


def test_an_order_is_taken_back_with_its_whole_file_before_it_is_written(box):
    with box.shut_outbox():
        code = "G%d" % (len(groups) + 1)
        prepare(box, 3)
        wait_for("no file is prepared", lambda: [f for f in box.do("file", "list")["files"] if f["scheme"] == code and f["state"] == "prepared"])
        old = [o for o in box.do("order", "list")["orders"] if o["convention"].startswith(code + "-")]
        box.refused("order", "cancel", old[0]["end_to_end_id"], "--reason", "x", code="wrong_role")
        box.do("order", "cancel", old[0]["end_to_end_id"], "--reason", "wrong grant", person="paul")
    box.settle()
    orders = [o for o in box.do("order", "list")["orders"] if o["convention"].startswith(code + "-")]
    assert [o["state"] for o in orders] == ["cancelled"] * 3 + ["written"] * 2, orders
    assert {o["reissue_of"] for o in orders[3:]} == {o["end_to_end_id"] for o in old[1:]}, orders
    assert box.do("tranche", "show", code + "-1/1")["tranche"]["state"] == "cancelled"
    assert old[0]["message_id"] + ".xml" not in box.files(), "it went out all the same"
    assert box.do("file", "verify").code == 0
    box.do("order", "reissue", old[0]["end_to_end_id"], "--reason", "grant mended", person="paul")
    box.settle()
    assert box.do("tranche", "show", code + "-1/1")["tranche"]["state"] == "ordered"


def test_a_file_that_is_not_out_yet_stays_in_when_nobody_would_order_it_any_more(box):
    """Decided, and not out yet: an inquiry begins, the convention ends, its grant is lowered, or its company has another account."""
    for doubt, *words in (("suspended", "convention", "suspend", "%s", "--reason", "an inquiry"),
                          ("terminated", "convention", "terminate", "%s", "--letter", "RK 1"),
                          ("grant_lowered", "convention", "amend", "%s", "--grant", "5000.00", "--reason", "lowered"),
                          ("account_replaced", "account", "propose", "%s", "--iban", "FR7630006000011234567890189", "--holder", "Another")):
        with box.shut_outbox():
            code = "G%d" % (len(groups) + 1)
            prepare(box, 2)
            mine = lambda: [f for f in box.do("file", "list")["files"] if f["scheme"] == code]
            wait_for("no file is prepared", lambda: [f for f in mine() if f["state"] == "prepared"])
            box.do(*(w % (code + "-1") if w == "%s" else w for w in words), person="paul" if words[1] in ("terminate", "amend") else "claire")
        message = mine()[0]["message_id"]
        held = lambda: mine()[0]["state"] == "prepared" and box.do("file", "show", message)["file"]["blocked"]
        wait_for("it is not held", held, 40)
        assert [o["doubt"] for o in box.do("file", "show", message)["orders"]] == [doubt, None], words
        old = box.do("order", "list", code + "-1")["orders"]
        box.do("file", "reconcile", message, "--not-taken", "--reason", "it is not", person="admin")  # which is true, and helps nobody
        wait_for("it is not held again", held, 40)
        checked = box.do("order", "cancel", old[0]["end_to_end_id"], "--reason", "as the file says", "--check", person="paul")
        assert checked["checked"] and held(), words
        assert not [n for n in box.files() if n.startswith(mine()[0]["message_id"])], words
        box.do("order", "cancel", old[0]["end_to_end_id"], "--reason", "as the file says", person="paul")
        box.settle()
        assert [o["state"] for o in box.do("order", "list", code + "-1")["orders"]] == ["cancelled"], words
        assert box.do("tranche", "show", code + "-1/1")["tranche"]["state"] == ("closed" if words[1] == "terminate" else "cancelled"), words
        assert [o["state"] for o in box.do("order", "list", code + "-2")["orders"]] == ["cancelled", "written"], words


def test_who_may_have_been_paid_is_not_ordered_anew_with_the_others(box):
    """Two refused orders are made again in one file; then a line says that one of them left after all, with another sum."""
    (a, b), bank = group(box, 2), Bank()
    mine = lambda p: box.do("order", "list", convention(box, p))["orders"]
    send(box, bank.report(a.message, transactions=[(a, "RJCT", "FF01"), (b, "RJCT", "FF01")]))
    with box.shut_outbox():
        with box.holding("LOCK TABLE order_file IN SHARE MODE"):
            for p in (a, b):
                box.do("order", "reissue", p.id, "--reason", "format mended", person="paul")
        wait_for("nothing is prepared", lambda: len(mine(a)) == len(mine(b)) == 2)
        message = mine(b)[1]["message_id"]
        assert mine(a)[1]["message_id"] == message, "they are in two files"
        send(box, bank.statement([bank.debit(b, box.do("clock", "show")["clock"]["today_on"], "WM" + b.id, cents=b.cents + 100)]))
    wait_for("it is not held", lambda: box.do("file", "show", message)["file"]["blocked"], 40)
    box.do("order", "cancel", mine(a)[1]["end_to_end_id"], "--reason", "as the file says", person="paul")
    box.settle()
    assert [o["state"] for o in mine(a)] == ["rejected", "cancelled"]
    assert [o["state"] for o in mine(b)] == ["rejected", "cancelled"], "it may be paid twice"
    again = ("order", "reissue", mine(b)[1]["end_to_end_id"], "--reason", "x")
    box.refused(*again, code="in_doubt", says=["the sum"], person="paul")
    for line in open_lines(box, b):
        box.do("answer", "dismiss", line["line"], "--reason", "the bank says: not ours", person="paul")
    box.do(*again, person="paul")
    box.settle()
    assert [o["state"] for o in mine(b)] == ["rejected", "cancelled", "written"]


def test_orders_that_are_taken_back_from_terminated_conventions_are_given_up(box):
    """Each of the file, whichever of its orders was named; nothing of them is kept in the envelope, or ordered again."""
    with box.shut_outbox():
        code = "G%d" % (len(groups) + 1)
        prepare(box, 3)
        mine = lambda i: box.do("order", "list", "%s-%d" % (code, i))["orders"]
        wait_for("no file is prepared", lambda: mine(3))
        for i in (1, 2):
            box.do("convention", "terminate", "%s-%d" % (code, i), "--letter", "RK %d" % i, person="paul")
        first = mine(1)[0]["end_to_end_id"]
        box.do("order", "cancel", first, "--reason", "terminated", person="paul")
    box.settle()
    assert [[o["state"] for o in mine(i)] for i in (1, 2, 3)] == [["cancelled"], ["cancelled"], ["cancelled", "written"]]
    for i in (1, 2):
        assert [t["state"] for t in box.do("convention", "show", "%s-%d" % (code, i))["tranches"]] == ["closed"] * 2
    scheme = box.do("scheme", "show", code)["scheme"]
    assert (scheme["awarded_cents"], scheme["ordered_cents"]) == (1000000, 600000), scheme.out
    box.refused("order", "reissue", first, "--reason", "x", code="wrong_state", says=["terminated"], person="paul")


def test_taking_back_that_was_cut_off_is_done_when_it_is_asked_for_again(box):
    """The database dies in mid-COMMIT: the folder is barred already, and the row is not."""
    with box.shut_outbox():
        code = "G%d" % (len(groups) + 1)
        prepare(box, 2)
        wait_for("no file is prepared", lambda: [f for f in box.do("file", "list")["files"] if f["scheme"] == code and f["state"] == "prepared"])
        old = [o for o in box.do("order", "list")["orders"] if o["convention"].startswith(code + "-")]
        box.sql("CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'dies' USING ERRCODE = '57P01'; END $$; "
                "CREATE CONSTRAINT TRIGGER dies AFTER UPDATE ON order_file DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
                "WHEN (NEW.state = 'cancelled') EXECUTE FUNCTION dies()")
        assert box.ask("order", "cancel", old[0]["end_to_end_id"], "--reason", "wrong grant", person="paul").code != 0
        box.sql("DROP TRIGGER dies ON order_file; DROP FUNCTION dies")
        wait_for("no connection", lambda: box.ask("order", "cancel", old[0]["end_to_end_id"], "--reason", "wrong grant", person="paul").code == 0)
    box.settle()
    orders = [o for o in box.do("order", "list")["orders"] if o["convention"].startswith(code + "-")]
    assert [o["state"] for o in orders] == ["cancelled"] * 2 + ["written"], orders
    assert old[0]["message_id"] + ".xml" not in box.files()


def test_a_file_that_is_not_out_yet_stays_in_when_one_of_its_orders_is_in_dispute(box):
    for cancel in (True, False):
        (a, *_), bank = group(box, 1), Bank()
        day = box.do("clock", "show")["clock"]["today_on"]
        send(box, bank.report(a.message, transactions=[(a, "RJCT", "FF01")]))
        with box.shut_outbox():
            box.do("order", "reissue", a.id, "--reason", "x", person="paul")
            wait_for("nothing is prepared", lambda: len(box.do("order", "list", convention(box, a))["orders"]) == 2)
            assert send(box, bank.statement([bank.debit(a, day, "PG" + a.id)]))["answer"]["contradicts"] == 1
        second = box.do("order", "list", convention(box, a))["orders"][1]
        file = [f for f in box.do("file", "list")["files"] if f["message_id"] == second["message_id"]][0]
        wait_for("it is not held", lambda: box.do("file", "show", file["message_id"])["file"]["blocked"], 40)
        assert [o["doubt"] for o in box.do("file", "show", file["message_id"])["orders"]] == ["earlier_order"]
        assert file["message_id"] + ".xml" not in os.listdir(box.outbox), "the second one left"
        if cancel:
            box.do("order", "cancel", second["end_to_end_id"], "--reason", "the first was paid", person="paul")
        for line in open_lines(box, a):
            box.do("answer", "dismiss", line["line"], "--reason", "asked the bank: theirs", person="paul")
        if not cancel:
            box.do("file", "reconcile", file["message_id"], "--not-taken", "--reason", "asked the bank", person="admin")
            wait_for("it never goes out", lambda: file["message_id"] + ".xml" in os.listdir(box.outbox), 40)


def test_a_debit_of_a_day_to_come_is_booked_when_it_is_told_again(box):
    (a, *_), bank = group(box, 1), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    later = (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()
    send(box, bank.statement([bank.debit(a, later, "FUT")]))
    assert state(box, a) == ["written"]
    box.clock(later)
    send(box, bank.statement([bank.debit(a, later, "FUT")], number=2))
    assert state(box, a) == ["booked"] and not open_lines(box, a)


def test_two_persons_ask_the_bank_to_take_an_order_back(box):
    payments, bank = group(box, 3), Bank()
    a, b, c = payments
    words = ["order", "cancel", a.id, "--code", "DUPL", "--reason", "paid by hand"]
    box.do(*words)
    box.refused(*words, code="same_person", says=["claire"])
    asked = box.do(*words, person="paul")
    path = os.path.join(box.dir, "recall.xml")
    assert box.do("document", "save", asked["sha256"], "--to", path)["document"] == {"file": path, "sha256": asked["sha256"]}
    with open(path) as f:
        text = f.read()
    assert a.id in text and a.message in text and "<Cd>DUPL</Cd>" in text and ">6000.00<" in text, text
    schema = os.path.join(SHARED, "schemas/iso20022/camt.055.001.09.xsd")
    if os.path.exists(schema):
        p = subprocess.run(["xmllint", "--noout", "--schema", schema, path], capture_output=True, text=True)
        assert p.returncode == 0, p.stderr
    assert state(box, a) == ["written"], "asking is not an answer"
    box.refused("order", "reissue", a.id, "--reason", "x", code="not_proven_dead", person="paul")
    box.refused(*words, code="recalled")
    send(box, bank.resolution(a.message, a, "RJCR", "CUST"))
    assert state(box, a) == ["written"]
    shown = order(box, a)["order"]
    assert shown["recalled_on"] and "the payee does not agree" in shown["recall"], shown
    told = box.do("journal", "list", convention(box, a))["journal"][-1]
    assert told["kind"] == "order.recall_answered" and "does not agree" in told["why"], told
    send(box, bank.resolution(a.message, a, "ACCR"))
    assert state(box, a) == ["cancelled"]
    box.do("order", "reissue", a.id, "--reason", "it was right after all", person="paul")
    day = box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.debit(b, day, "RC" + b.id)]))
    send(box, bank.resolution(b.message, b, "ACCR"))
    assert state(box, b) == ["booked"] and not open_lines(box, b), "the money has to come back first"
    box.refused("order", "cancel", b.id, "--reason", "x", code="wrong_state", person="paul")
    box.refused("order", "cancel", c.id, "--reason", "x", "--code", "NONE", code="bad_code")


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(name, data)
    return out.getvalue()


def test_a_zip_holds_answers(box):
    """sepa-users-ask 24."""
    payments, bank = group(box), Bank()
    a, b, c = payments[:3]
    day = box.do("clock", "show")["clock"]["today_on"]
    first, second = bank.statement([bank.debit(a, day, "Z1")]), bank.report(a.message, transactions=[(b, "RJCT", "AM04")])
    answer = send(box, zipped([("day/one.xml", first), ("two.xml", second)]), "bank.zip")
    assert [x["file_name"] for x in answer["answers"]] == ["bank.zip/day/one.xml", "bank.zip/two.xml"], answer.out
    assert state(box, a, b) == ["booked", "rejected"]
    assert send(box, zipped([("again.xml", first), ("two.xml", second)]), "other.zip")["known"] is True
    third = bank.statement([bank.debit(c, day, "Z3")], number=2)
    for name, data, word in (("bad.zip", zipped([("good.xml", third), ("bad.xml", b"<a>")]), "bad.zip/bad.xml"),
                             ("cut.zip", zipped([("good.xml", third)])[:-300], "cut.zip")):
        path = os.path.join(box.dir, name)
        with open(path, "wb") as f:
            f.write(data)
        box.refused("answer", "import", path, code="bad_answer", says=[word])
    assert state(box, c) == ["written"], "half of a ZIP was taken"


def test_a_long_file_that_says_little_is_read_to_its_end(box):
    """Longer than the database waits for us inside a transaction."""
    (a, *_), bank = group(box, 1), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    said = bank.statement([bank.debit(a, day, "LONG")]).replace(b"<Ntry>", b"@<Ntry>", 1)
    head, _, tail = said.partition(b"@")
    send(box, zipped([("long.xml", head + b"<X/>" * 30_000_000 + tail)]), "long.zip")
    assert state(box, a) == ["booked"]


def test_a_file_that_cannot_be_read_keeps_no_other_waiting(box):
    (a, *_), bank = group(box, 1), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    inbox = os.path.join(box.place, "state/inbox")
    locked = os.path.join(inbox, "0-locked.xml")
    hand_in(inbox, ".locked", bank.statement([bank.debit(a, day, "LO1")]))
    os.chmod(os.path.join(inbox, ".locked"), 0)
    os.rename(os.path.join(inbox, ".locked"), locked)
    hand_in(inbox, "1-free.xml", bank.report(a.message, payment="ACSP"))
    wait_settled(box, "done", "1-free.xml", 60)
    os.chmod(locked, 0o644)
    wait_settled(box, "done", "0-locked.xml", 60)
    assert state(box, a) == ["booked"]
    hand_in(inbox, ".locked", bank.report(a.message, group="ACTC"))  # not for long: it keeps its turn
    os.chmod(os.path.join(inbox, ".locked"), 0)
    os.rename(os.path.join(inbox, ".locked"), locked)
    hand_in(inbox, "2-next.xml", bank.statement([bank.debit(a, day, "LO1")], "camt.054"))
    time.sleep(1)
    os.chmod(locked, 0o644)
    wait_settled(box, "done", "2-next.xml", 60)
    assert [x["file_name"] for x in box.do("answer", "list")["answers"]][-2:] == ["0-locked.xml", "2-next.xml"]


def test_killed_while_it_imports_it_takes_all_or_nothing_and_goes_on(box):
    payments, bank = group(box), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    crowd = [bank.entry(100 + i, day, "CROWD%d" % i, direction="CRDT", text="Recette %d" % i) for i in range(8000)]
    data = bank.statement(crowd[:4000] + [bank.debit(p, day, "K" + p.id) for p in payments] + crowd[4000:])
    hand_in(os.path.join(box.place, "state/inbox"), ".big", data)
    os.rename(os.path.join(box.place, "state/inbox/.big"), os.path.join(box.place, "state/inbox/big.xml"))
    entries, seen = int(box.sql("SELECT count(*) FROM entry")), set()
    for wait in (0.05, 0.2, 0.4, 0.7, 1.0):
        time.sleep(wait)
        box.kill()
        seen.add(int(box.sql("SELECT count(*) FROM entry")) - entries)
        box.start_daemon()
    wait_settled(box, "done", "big.xml")
    seen.add(int(box.sql("SELECT count(*) FROM entry")) - entries)
    assert seen <= {0, 8005} and 8005 in seen, "a half import: %s" % seen
    assert set(state(box, *payments)) == {"booked"}


def start_to_die(box):
    with contextlib.suppress(RuntimeError):
        box.start_daemon()


def test_a_file_that_ends_the_service_each_time_is_set_aside(box):
    """Whatever it is that it dies of: the others go on."""
    (a, *_), bank = group(box, 1), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    inbox, log = os.path.join(box.place, "state/inbox"), len(box.log())
    long = bank.statement([]).replace(b"<Stmt>", b"<Stmt>" + b"<X/>" * 30_000_000)
    for name, data in ((".0", zipped([("long.xml", long)])), (".1", bank.statement([bank.debit(a, day, "DEADLY")]))):
        hand_in(inbox, name, data)
    box.kill()
    for name in ("0", "1"):
        os.rename(os.path.join(inbox, "." + name), os.path.join(inbox, name + ".xml"))
        subprocess.run(USER + ["touch", "-d", "1 minute ago", os.path.join(inbox, name + ".xml")], check=True)
    taking = os.path.join(inbox, "refused/.taking")
    for n in (1, 2):
        start = threading.Thread(target=start_to_die, args=(box,))
        start.start()
        wait_for("it is not taken", lambda n=n: os.path.exists(taking) and open(taking).read() == "%d 0.xml" % n)
        box.kill()
        start.join()
    subprocess.run(USER + ["sh", "-c", 'rm -f "$1"; printf "8 0.xml" >"$1"', "-", taking], check=True)  # and so on
    box.start_daemon()
    verdict, _ = wait_settled(box, "refused", "0.xml")
    assert verdict["error"]["code"] == "deadly_answer" and "8" in verdict["error"]["message"], verdict
    wait_settled(box, "done", "1.xml")
    assert state(box, a) == ["booked"] and not os.path.exists(taking), box.log()[log:]


def hand_in(folder, name, data):
    """As whoever the folder belongs to."""
    subprocess.run(USER + ["sh", "-c", 'cat >"$1"', "-", os.path.join(folder, name)], input=data, check=True)


def test_row_38_an_order_that_was_accepted_and_whose_statement_is_lost_is_overdue(box):
    (a, *_) = group(box)
    send(box, Bank().report(a.message, transactions=[(a, "ACSC")]))
    day = datetime.date.fromisoformat(box.do("clock", "show")["clock"]["today_on"])
    box.clock((day + datetime.timedelta(days=30)).isoformat())
    shown = order(box, a)["order"]
    assert shown["state"] == "accepted" and shown["overdue_on"] and shown["next"], shown
    assert len([j for j in box.do("journal", "list", convention(box, a))["journal"] if j["kind"] == "order.overdue" and a.id in j["what"]]) == 1
    assert tranche(box, a)["state"] == "accepted", "silence is no answer"


def test_money_comes_back_after_a_lowered_grant_and_a_termination(box):
    """What was claimed back goes first; only the rest of what comes back is given up."""
    (a,), bank = group(box, 1), Bank()
    day = box.do("clock", "show")["clock"]["today_on"]
    reference = convention(box, a)
    send(box, bank.statement([bank.debit(a, day, "LT1")]))
    box.do("convention", "amend", reference, "--grant", "5000.00", "--reason", "lowered", person="paul")
    assert box.sql("SELECT recovery_cents FROM convention WHERE reference = '%s'" % reference) == "100000"
    box.do("convention", "terminate", reference, "--letter", "LR", person="paul")
    send(box, bank.statement([bank.credit_back(a, day, "AM04", "LT2")], number=2))
    assert state(box, a) == ["returned"] and tranche(box, a)["state"] == "closed"
    left = box.sql("SELECT grant_cents, given_up_cents, recovery_cents FROM convention WHERE reference = '%s'" % reference)
    assert left == "500000|500000|0", left


def later(box, days):
    box.clock((datetime.date.fromisoformat(box.do("clock", "show")["clock"]["today_on"]) + datetime.timedelta(days=days)).isoformat())


def both_paid(box, bank, tag):
    """A convention whose two tranches are ordered, the first of them booked: its reference, both payments, the day."""
    (a,) = group(box, 1)
    day, reference = box.do("clock", "show")["clock"]["today_on"], convention(box, a)
    send(box, bank.statement([bank.debit(a, day, tag + "1")]))
    box.do("report", "receive", reference, "mid-report")
    later(box, 100)
    return reference, a, ordered(box, reference), box.do("clock", "show")["clock"]["today_on"]


def ordered(box, reference):
    """The payment that was ordered last."""
    last = box.do("order", "list", reference)["orders"][-1]
    with open(os.path.join(box.archive, last["message_id"] + ".xml"), "rb") as f:
        return [p for p in read_orders(f.read())[1] if p.id == last["end_to_end_id"]][0]


def amend(box, reference, grant):
    box.do("convention", "amend", reference, "--grant", grant, "--reason", "avenant", person="paul")


def reissue(box, payment):
    box.do("order", "reissue", payment.id, "--reason", "it came back", person="paul")
    box.settle()


def dismiss_all(box, payment, why):
    for line in open_lines(box, payment):
        box.do("answer", "dismiss", line["line"], "--reason", why, person="paul")


def ladder(box, reference):
    return [(t["state"], t["ordered_cents"]) for t in box.do("convention", "show", reference)["tranches"]]


def recovery(box, reference):
    return box.do("convention", "show", reference)["convention"]["recovery_cents"]


def test_money_that_came_back_after_a_lowered_grant_is_paid_anew_up_to_that_grant(box):
    (a, b), bank = group(box, 2), Bank()
    day, one, two = box.do("clock", "show")["clock"]["today_on"], convention(box, a), convention(box, b)
    send(box, bank.statement([bank.debit(a, day, "LP1"), bank.debit(b, day, "LP2")]))
    for reference in (one, two):
        amend(box, reference, "5000.00")
    send(box, bank.statement([bank.credit_back(a, day, "AM04", "LP3")], number=2))
    assert (recovery(box, one), recovery(box, two)) == (0, 100000), "what came back is claimed back all the same"
    reissue(box, a)
    assert not box.do("convention", "show", one)["convention"]["set_aside"] and ladder(box, one)[0] == ("ordered", 500000)
    send(box, bank.statement([bank.credit_back(b, day, "AM04", "LP4")], number=3))
    amend(box, two, "6000.00")
    reissue(box, b)
    assert ladder(box, two)[0] == ("ordered", 360000), "60 % of the grant that was agreed when nothing was paid"
    send(box, bank.statement([bank.debit(ordered(box, one), box.do("clock", "show")["clock"]["today_on"], "LP5")], number=4))
    later(box, 100)
    for paper in ("mid-report", "final-report", "statement"):
        box.do("report", "receive", one, paper)
        if paper == "final-report":
            box.do("report", "accept", one, paper, person="paul")
    box.settle()
    assert ladder(box, one) == [("paid", 500000), ("closed", 0)]
    box.check_invariants()


def test_a_grant_that_the_first_tranche_used_up_is_paid_anew_whole(box):
    """Its second tranche closed because nothing was left for it; then the first comes back."""
    (a,), bank = group(box, 1), Bank()
    day, reference = box.do("clock", "show")["clock"]["today_on"], convention(box, a)
    amend(box, reference, "6000.00")
    box.do("report", "receive", reference, "mid-report")
    later(box, 100)
    assert ladder(box, reference) == [("ordered", 600000), ("closed", 0)]
    box.refused("convention", "amend", reference, "--grant", "7000.00", "--reason", "x", code="no_tranche_left", says=[reference], person="paul")
    day = box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.debit(a, day, "LW1"), bank.credit_back(a, day, "AM04", "LW2")]))
    reissue(box, a)
    assert ladder(box, reference) == [("ordered", 600000), ("closed", 0)]


def test_a_tranche_that_came_back_is_closed_when_the_other_is_more_than_the_lowered_grant(box):
    bank = Bank()
    reference, _a, b, day = both_paid(box, bank, "LC")
    send(box, bank.statement([bank.debit(b, day, "LC2")], number=2))
    amend(box, reference, "5000.00")
    assert recovery(box, reference) == 500000
    send(box, bank.statement([bank.credit_back(b, day, "AM04", "LC3")], number=3))
    assert recovery(box, reference) == 100000
    reissue(box, b)
    assert recovery(box, reference) == 100000 and ladder(box, reference) == [("paid", 600000), ("closed", 0)]
    told = [j["what"] for j in box.do("journal", "list", reference)["journal"] if j["kind"] == "order.reissue"]
    assert len(told) == 1 and "it is closed" in told[0], told
    assert len(box.do("order", "list", reference)["orders"]) == 2


def paid_all_the_same(box, bank, payment, tag):
    """The bank refuses an order, then books it; an approver has asked."""
    send(box, bank.report(payment.message, group="PART", transactions=[(payment, "RJCT", "AM04")]))
    send(box, bank.statement([bank.debit(payment, box.do("clock", "show")["clock"]["today_on"], tag)], number=7))
    dismiss_all(box, payment, "the bank confirms that it paid")


def test_money_that_is_out_though_its_order_is_dead_counts_in_every_sum(box):
    bank = Bank()
    reference, a, b, day = both_paid(box, bank, "LO")
    paid_all_the_same(box, bank, b, "LO2")
    send(box, bank.statement([bank.credit_back(a, day, "AM04", "LO3")], number=3))
    amend(box, reference, "5000.00")
    reissue(box, a)
    assert ladder(box, reference) == [("ordered", 100000), ("rejected", 0)], "4 000 of the 5 000 are out"
    assert recovery(box, reference) == 0
    box.refused("order", "reissue", b.id, "--reason", "x", code="paid_all_the_same", says=[b.id], person="paul")
    send(box, bank.statement([bank.credit_back(b, day, "AM04", "LO4")], number=4))
    dismiss_all(box, b, "it is back")
    reissue(box, b)
    assert [cents for _state, cents in ladder(box, reference)] == [100000, 400000]


def test_a_tranche_whose_beneficiary_keeps_what_was_paid_all_the_same_blocks_no_other(box):
    bank, (a,) = Bank(), group(box, 1)
    reference = convention(box, a)
    paid_all_the_same(box, bank, a, "LK1")
    box.do("report", "receive", reference, "mid-report")
    later(box, 100)
    b = ordered(box, reference)
    send(box, bank.report(b.message, group="PART", transactions=[(b, "RJCT", "AM04")]))
    reissue(box, b)
    assert ladder(box, reference) == [("rejected", 0), ("ordered", 400000)]
    amend(box, reference, "9000.00")
    assert recovery(box, reference) == 100000


def test_a_tranche_that_was_paid_twice_holds_the_others_until_one_is_back(box):
    bank, (a,) = Bank(), group(box, 1)
    reference, day = convention(box, a), box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.report(a.message, group="PART", transactions=[(a, "RJCT", "AM04")]))
    reissue(box, a)
    b = ordered(box, reference)
    send(box, bank.statement([bank.debit(a, day, "LT1" + a.id), bank.debit(b, day, "LT2" + a.id)]))
    dismiss_all(box, a, "both were paid")
    box.do("report", "receive", reference, "mid-report")
    later(box, 100)
    assert ladder(box, reference) == [("paid", 600000), ("held", 0)] and recovery(box, reference) == 200000
    assert "dispute" in box.do("tranche", "show", reference + "/2")["tranche"]["why"]
    day = box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.credit_back(a, day, "AM04", "LT3" + a.id)], number=2))
    dismiss_all(box, a, "it is back")
    box.settle()
    assert ladder(box, reference) == [("paid", 600000), ("ordered", 400000)]


def test_nobody_waits_for_the_dead_order_of_a_tranche_that_closed(box):
    bank = Bank()
    one, _a, b, _day = both_paid(box, bank, "LQ")
    amend(box, one, "6000.00")
    send(box, bank.report(b.message, group="PART", transactions=[(b, "RJCT", "AM04")]))
    reissue(box, b)
    two, c, d, day = both_paid(box, bank, "LR")
    send(box, bank.report(d.message, group="PART", transactions=[(d, "RJCT", "AM04")]))
    amend(box, two, "6000.00")
    later(box, 40)
    for reference, payment in ((one, b), (two, d)):
        assert ladder(box, reference)[1] == ("closed", 0) and not order(box, payment)["order"]["overdue_on"], reference
        box.refused("order", "reissue", payment.id, "--reason", "x", code="wrong_state", says=[payment.id, "closed"], person="paul")
    send(box, bank.statement([bank.debit(d, box.do("clock", "show")["clock"]["today_on"], "LR9")], number=9))
    dismiss_all(box, d, "the bank paid")
    assert recovery(box, two) == 400000, "10 000 are out"


def test_a_grant_is_paid_whole_whichever_of_its_tranches_came_back(box):
    bank = Bank()
    (a,) = group(box, 1)
    reference, day = convention(box, a), box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.debit(a, day, "LZ1")]))
    amend(box, reference, "7000.00")
    box.do("report", "receive", reference, "mid-report")
    later(box, 100)
    day = box.do("clock", "show")["clock"]["today_on"]
    send(box, bank.statement([bank.debit(ordered(box, reference), day, "LZ2"), bank.credit_back(a, day, "AM04", "LZ3")], number=2))
    amend(box, reference, "6500.00")
    reissue(box, a)
    assert ladder(box, reference) == [("ordered", 550000), ("paid", 100000)]


def test_the_order_in_which_two_tranches_are_made_again_does_not_move_their_sum(box):
    for tag, first in (("LX", 0), ("LY", 1)):
        bank = Bank()
        reference, *both, day = both_paid(box, bank, tag)
        send(box, bank.statement([bank.debit(both[1], day, tag + "2")], number=2))
        amend(box, reference, "5000.00")
        send(box, bank.statement([bank.credit_back(p, day, "AM04", tag + p.id) for p in both], number=3))
        for payment in (both[first], both[1 - first]):
            if box.ask("order", "reissue", payment.id, "--reason", "it came back", person="paul").error.get("code") not in (None, "wrong_state"):
                raise AssertionError("it is not made again")
            box.settle()
        assert sum(cents for _state, cents in ladder(box, reference)) == 500000 and recovery(box, reference) == 0, ladder(box, reference)


def test_everything_still_adds_up(box):
    box.check_invariants()
    assert box.do("journal", "verify").code == 0


if __name__ == "__main__":
    run_module(sys.modules[__name__], Sandbox)
