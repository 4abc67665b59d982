"""The forecast: the gates evaluated ahead, in tables, as CSV and as a picture; what waits in the status."""
import os
import sys
import xml.etree.ElementTree as ET

from bank import Bank, read_orders
from sandbox import SCHEMES, ref, run_module


def months(box):
    return {m["from_on"]: m for m in box.do("forecast")["months"]}


def test_certain_expected_and_undated_add_up(box):
    box.call_2023("2024-01-15")
    for i in (1, 2, 3):
        box.sign(i)
    box.do("report", "receive", ref(1), "mid-report")
    shown = box.do("forecast", "show")
    assert {k: v for k, v in shown["forecast"].items() if k != "today_on"} == {
        "ordered_cents": 1800000, "certain_cents": 400000, "expected_cents": 800000, "undated_cents": 2000000}, shown["forecast"]
    assert sum(shown["forecast"][k + "_cents"] for k in ("ordered", "certain", "expected", "undated")) == 5000000
    assert shown["totals"]["years"]["sum_cents"] == shown["totals"]["months"]["sum_cents"] == shown["totals"]["weeks"]["sum_cents"] == 3000000
    assert [m for m in months(box)] == ["2024-01-01", "2024-04-01"], months(box)
    assert months(box)["2024-04-01"]["certain_cents"] == 400000 and months(box)["2024-04-01"]["expected_cents"] == 800000
    held = {h["gate"]: h for h in shown["held"]}
    assert held["signature"]["amount_cents"] == 2000000 and held["date"]["amount_cents"] == 1200000, held
    sure = [t for t in shown["tranches"] if t["certainty"] == "certain"]
    assert [(t["tranche"], t["on"], t["amount_cents"]) for t in sure] == [(ref(1) + "/2", "2024-04-15", 400000)], sure
    box.clock("2024-04-15")
    assert box.state(1, 2) == "ordered", "not on the day that was told"


def test_what_the_authority_takes_to_look_at_a_report_counts(box):
    """From the day the report is due, or came: no gate, but the day on which the money leaves."""
    box.clock("2024-01-15")
    with open(os.path.join(SCHEMES, "lab-2023.conf")) as f:
        text = f.read().replace('plus = "3m"; }; },\n', 'plus = "3m"; }; needs = "accepted"; review = "20d"; },\n', 1)
    path = os.path.join(box.dir, "reviewed.conf")

    def write(text):
        with open(path, "w") as f:
            f.write(text)
        return path
    bad = text.replace('needs = "accepted"; review', "review", 1)
    assert bad != text and "review" in box.ask("scheme", "import", write(bad)).out, "nobody looks at what need not be accepted"
    box.do("scheme", "import", write(text))
    box.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023")
    box.do("account", "verify", ref(1), person="paul")
    box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
    box.sign(1)

    def day():
        return [t["on"] for t in box.do("forecast", "show")["tranches"] if t["tranche"] == ref(1) + "/2"][0]
    assert day() == "2024-05-06", day()  # due on 15 April, 20 days, then a Sunday
    box.clock("2024-05-02")
    box.do("report", "receive", ref(1), "mid-report")
    assert day() == "2024-05-22", day()
    assert [p["review_days"] for p in box.do("scheme", "show", "LAB-2023")["papers"] if p["name"] == "mid-report"] == [20]


def test_a_suspension_takes_the_day_away(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.do("report", "receive", ref(1), "mid-report")
    box.do("convention", "suspend", ref(1), "--reason", "contrôle")
    row = [t for t in box.do("forecast", "show")["tranches"] if t["tranche"] == ref(1) + "/2"][0]
    assert row["certainty"] == "undated" and row["on"] is None and "suspended" in row["why"], row


def test_until_scheme_csv_and_picture(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    path = os.path.join(box.dir, "months.svg")
    text = box.run("forecast", "--svg", path)
    assert text.code == 0 and "Budget year" in text.out and "\n2024  " in text.out and "\n2024-04  " in text.out and "4000.00" in text.out, text.out + text.err
    root = ET.parse(path).getroot()
    words = "".join(root.itertext())
    assert root.tag.endswith("svg") and "2024-04" in words and "4000.00" in words, words
    assert all(not e.tag.endswith("script") for e in root.iter())
    assert [m["from_on"] for m in box.do("forecast", "--until", "2024-02-01")["months"]] == ["2024-01-01"]
    assert "2024-04-15" in box.run("forecast", "--csv").out
    assert box.ask("forecast", "--scheme", "NONE").error["code"] == "unknown_scheme"
    assert box.run("forecast", "--svg", "/nowhere/x.svg").code == 1


def test_the_status_shows_what_waits_and_how_late(box):
    box.call_2023("2024-01-15")
    shown = box.do("status", "show")
    assert {h["gate"]: h["amount_cents"] for h in shown["held"]} == {"signature": 5000000}, shown.out
    assert (shown["status"]["due_cents"], shown["status"]["ordered_today_cents"]) == (0, 0), shown.out
    box.sign(1)
    box.sign(2)
    assert box.do("status", "show")["status"]["ordered_today_cents"] == 1200000
    rows = {r["state"]: r for r in box.do("status")["orders"]}
    assert rows["written"]["orders"] == 2 and rows["written"]["amount_cents"] == 1200000 and rows["written"]["late_30"] == 0, rows
    with open(os.path.join(box.outbox, box.files()[0]), "rb") as f:
        message, payments = read_orders(f.read())
    path = os.path.join(box.dir, "a.xml")
    with open(path, "wb") as f:
        f.write(Bank().report(message, transactions=[(payments[0], "RJCT", "AC04")]))
    box.do("answer", "import", path)
    box.clock("2024-03-10")
    rows = {r["state"]: r for r in box.do("status")["orders"]}
    assert (rows["written"]["late_30"], rows["written"]["late_60"], rows["rejected"]["late_60"]) == (0, 1, 1), rows
    assert "31-60 days late" in box.run("status").out


run_module(sys.modules[__name__])
