"""What needs two persons, and what may be taken back."""
import os
import sys

from sandbox import ref, run_module

SCHEME = """scheme = {
  code = "TWO-2024"; title = "Deux personnes";
  decision = { on = "2023-12-12"; };
  envelope = "20000.00"; grant = { min = "1000.00"; max = "10000.00"; };
  parties = [ "beneficiary", "authority" ]; duration = "6m";
  papers = ( { name = "mid-report"; due = { from = "effect"; plus = "3m"; }; } );
  tranches = (
    { name = "advance"; up_to = "60"; needs = [ "signed", "approval" ]; },
    { name = "balance"; up_to = "100"; needs = [ "signed", "mid-report" ]; after = { from = "effect"; plus = "3m"; }; } );
};
"""


def small_scheme(box, grant):
    """One convention, signed, of a scheme whose first tranche a second person releases."""
    box.clock("2024-01-15")
    path = os.path.join(box.dir, "two.conf")
    with open(path, "w") as f:
        f.write(SCHEME)
    box.do("scheme", "import", path)
    with open(os.path.join(box.dir, "two.csv"), "w") as f:
        f.write("reference,project,beneficiary,siret,grant,iban,account_holder\n"
                "%s,Projet,Club,99000001000019,%s,FR7699999000011234567890152,Club\n" % (ref(1), grant))
    box.do("convention", "import", os.path.join(box.dir, "two.csv"), "--scheme", "TWO-2024")
    box.do("scheme", "decision", "TWO-2024", "--received", "2023-12-19", "--published", "2023-12-19")
    box.do("account", "verify", ref(1), person="paul")
    box.sign(1)


def gate(box, number, name, i=1):
    return {g["gate"]: g for g in box.do("tranche", "why", "%s/%d" % (ref(i), number))["gates"]}[name]


def hold_report(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.clock("2024-04-20")


# users-ask section 4: one open request per object, a clear sentence for who asks again (Fineract); the checker needs no maker right.
def test_an_override_is_proposed_by_one_and_decided_by_another(box):
    hold_report(box)
    words = ["tranche", "override", ref(1) + "/2", "--gate", "report"]
    box.refused(*words, code="missing_argument", says=["reason"], exit_code=2)
    a = box.do(*words, "--reason", "rapport vu sur place")
    assert "Another person" in a["message"], a.json
    assert box.do("status", "show")["status"]["proposals_open"] == 1
    box.refused(*words, "--reason", "encore", code="same_person", says=[ref(1), "claire"])
    box.settle()
    assert box.state(1, 2) == "held" and gate(box, 2, "report")["answer"] == "shut"
    box.do(*words, person="paul")
    box.settle()
    assert box.state(1, 2) == "ordered"
    report = gate(box, 2, "report")
    assert report["answer"] == "open" and "overridden by paul on 2024-04-20" in report["why"], report
    kinds = [(j["kind"], j["person"]) for j in box.do("journal", "list", ref(1))["journal"] if j["kind"].startswith("proposal.")]
    assert kinds == [("proposal.made", "claire"), ("proposal.decided", "paul")], kinds
    assert "overridden by paul" in [j for j in box.do("journal", "list", ref(1))["journal"] if j["kind"] == "tranche.released"][1]["why"]


def test_only_an_approver_decides_and_either_may_decline(box):
    hold_report(box)
    words = ["tranche", "override", ref(1) + "/2", "--gate", "report"]
    box.do(*words, "--reason", "vu", person="paul")
    box.refused(*words, "--reason", "vu", code="wrong_role", says=["paul", "approver"])
    box.refused(*words, "--reason", "vu", code="same_person", person="paul")
    box.do(*words, "--decline", "--reason", "trop tôt")
    box.refused(*words, "--decline", code="no_proposal", says=[ref(1)])
    states = [(p["state"], p["decided_by"]) for p in box.do("proposal", "list", "--all")["proposals"]]
    assert states == [("declined", "claire")] and box.do("proposal", "list")["proposals"] == []
    assert gate(box, 2, "report")["answer"] == "shut"


def test_a_proposal_that_came_too_late_can_still_be_declined(box):
    hold_report(box)
    box.do("tranche", "override", ref(1) + "/2", "--gate", "report", "--reason", "vu")
    box.do("report", "waive", ref(1), "mid-report", "--reason", "inutile")
    box.do("report", "receive", ref(1), "mid-report")
    box.settle()
    assert box.state(1, 2) == "ordered"
    box.refused("tranche", "override", ref(1) + "/2", "--gate", "report", code="not_held", says=[ref(1)], person="paul")
    box.do("tranche", "override", ref(1) + "/2", "--gate", "report", "--decline")
    box.do("convention", "terminate", ref(1), "--letter", "RAR 3", person="paul")
    box.refused("report", "waive", ref(1), "mid-report", code="wrong_state", says=[ref(1)], person="paul")
    box.do("report", "waive", ref(1), "mid-report", "--decline", person="paul")
    assert box.do("proposal", "list")["proposals"] == []


def test_only_date_report_and_expiry_can_be_overridden(box):
    hold_report(box)
    for name in ("decision", "signature", "account", "envelope", "approval", "ladder", "x"):
        box.refused("tranche", "override", ref(1) + "/2", "--gate", name, "--reason", "x", code="bad_gate", says=[ref(1), name])
    box.refused("tranche", "override", ref(1) + "/2", "--gate", "date", "--reason", "x", code="nothing_to_override", says=["date", "open"])
    box.refused("tranche", "override", ref(1) + "/1", "--gate", "report", "--reason", "x", code="not_held", says=[ref(1), "ordered"])
    box.do("convention", "suspend", ref(1), "--reason", "contrôle")
    box.refused("tranche", "override", ref(1) + "/2", "--gate", "standing", "--reason", "x", code="nothing_to_override", says=["expiry"])


def test_expiry_can_be_overridden_and_a_suspension_still_holds(box):
    hold_report(box)
    box.clock("2024-08-01")
    box.do("report", "receive", ref(1), "mid-report")
    words = ["tranche", "override", ref(1) + "/2", "--gate", "standing"]
    box.do(*words, "--reason", "retard accepté par le bureau")
    box.do("convention", "suspend", ref(1), "--reason", "contrôle")
    box.do(*words, person="paul")
    box.settle()
    assert box.state(1, 2) == "held" and "suspended" in gate(box, 2, "standing")["why"]
    box.do("convention", "resume", ref(1), person="paul")
    box.settle()
    assert box.state(1, 2) == "ordered" and box.do("convention", "show", ref(1))["convention"]["state"] == "expired"


def test_a_waived_paper_opens_the_report_gate_and_other_papers_stay(box):
    hold_report(box)
    box.refused("report", "waive", ref(1), "thesis", "--reason", "x", code="unknown_paper", says=["mid-report"])
    box.do("report", "waive", ref(1), "mid-report", "--reason", "remplacé par le bilan")
    assert "mid-report" == box.do("proposal", "list")["proposals"][0]["about"]
    box.do("report", "waive", ref(1), "mid-report", person="paul")
    box.settle()
    papers = {p["paper"]: p["state"] for p in box.do("convention", "show", ref(1))["papers"]}
    assert papers["mid-report"] == "waived" and papers["statement"] == "expected", papers
    assert box.state(1, 2) == "ordered"
    box.refused("report", "waive", ref(1), "mid-report", code="already_decided", says=[ref(1)])


def test_a_tranche_that_needs_a_second_person_waits_for_one(box):
    small_scheme(box, "10000.00")
    assert box.state(1, 1) == "held" and "second person" in gate(box, 1, "approval")["why"]
    box.refused("tranche", "approve", ref(1) + "/2", "--reason", "x", code="no_approval_asked", says=[ref(1), "balance"])
    box.do("tranche", "approve", ref(1) + "/1", "--reason", "dossier complet")
    box.settle()
    assert box.state(1, 1) == "held"
    box.refused("tranche", "approve", ref(1) + "/1", code="same_person", says=["claire"])
    box.do("convention", "suspend", ref(1), "--reason", "avenant à venir")
    box.do("tranche", "approve", ref(1) + "/1", person="paul")
    box.do("convention", "amend", ref(1), "--grant", "9000.00", "--reason", "avenant", person="paul")
    assert gate(box, 1, "approval")["answer"] == "open", "less than what was approved"
    box.do("convention", "amend", ref(1), "--grant", "10000.00", "--reason", "avenant 2", person="paul")
    assert gate(box, 1, "approval")["answer"] == "open", "as much as was approved"
    box.do("convention", "resume", ref(1), person="paul")
    box.settle()
    assert box.state(1, 1) == "ordered"


def test_an_approval_covers_the_sum_that_both_saw(box):
    small_scheme(box, "5000.00")
    box.do("tranche", "approve", ref(1) + "/1", "--reason", "dossier complet")
    box.do("convention", "amend", ref(1), "--grant", "10000.00", "--reason", "avenant", person="paul")
    box.refused("tranche", "approve", ref(1) + "/1", code="sum_changed", says=[ref(1), "3000.00", "decline"], person="paul")
    box.do("tranche", "approve", ref(1) + "/1", "--decline", person="paul")
    box.do("tranche", "approve", ref(1) + "/1", "--reason", "après avenant")
    box.do("tranche", "approve", ref(1) + "/1", person="paul")
    box.settle()
    assert box.do("order", "list", ref(1))["orders"][0]["amount_cents"] == 600000


def test_a_mistyped_signature_is_taken_back_and_given_again(box):
    box.call_2023("2024-01-15", verify=False)
    box.sign(1, on="2023-12-20")
    assert box.do("convention", "show", ref(1))["convention"]["ends_on"] == "2024-06-20"
    assert box.ask("convention", "unsign", ref(1), "--party", "authority").code == 2, "it says why"
    box.do("convention", "unsign", ref(1), "--party", "authority", "--reason", "faute de frappe")
    shown = box.do("convention", "show", ref(1))
    assert (shown["convention"]["state"], shown["convention"]["ends_on"]) == ("signing", None), shown["convention"]
    assert [p["due_on"] for p in shown["papers"]] == [None] * len(shown["papers"]), shown["papers"]
    box.refused("convention", "unsign", ref(1), "--party", "authority", "--reason", "x", code="not_signed", says=[ref(1)])
    box.do("convention", "unsign", ref(1), "--party", "beneficiary", "--reason", "faute de frappe")
    assert box.do("convention", "show", ref(1))["convention"]["state"] == "draft"
    box.sign(1)
    assert box.do("convention", "show", ref(1))["convention"]["effective_on"] == "2024-01-15"
    assert box.sql("SELECT count(*), count(withdrawn_on) FROM signature") == "4|2", "nothing is erased"


def test_a_signature_stays_while_an_order_or_a_paper_depends_on_it(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.refused("convention", "unsign", ref(1), "--party", "authority", "--reason", "x", code="order_depends", says=[ref(1), "signature"])
    box.do("account", "propose", ref(2), "--iban", "FR1420041010050500013M02606", "--holder", "Autre")
    box.sign(2)
    box.do("report", "receive", ref(2), "mid-report")
    box.refused("convention", "unsign", ref(2), "--party", "authority", "--reason", "x", code="report_depends", says=[ref(2), "withdraw"])
    box.do("report", "withdraw", ref(2), "mid-report", "--reason", "autre convention")
    box.do("convention", "launch", ref(2))
    box.do("convention", "unlaunch", ref(2), "--reason", "autre convention")
    box.refused("convention", "unlaunch", ref(2), "--reason", "x", code="not_recorded", says=[ref(2)])
    box.do("convention", "unsign", ref(2), "--party", "authority", "--reason", "autre convention")
    box.do("convention", "sign", ref(2), "--party", "authority")


def test_a_launch_is_taken_back_before_its_signatures(box):
    box.call_2023("2024-01-15", verify=False)
    box.sign(1)
    box.do("convention", "launch", ref(1))
    box.refused("convention", "unsign", ref(1), "--party", "authority", "--reason", "x", code="launch_depends", says=[ref(1), "unlaunch"])


def test_what_was_decided_about_a_paper_is_not_refused_by_an_officer(box):
    box.call_2023("2024-01-15", verify=False)
    box.sign(1)
    box.do("report", "receive", ref(1), "statement")
    box.do("report", "accept", ref(1), "statement", person="paul")
    box.refused("report", "refuse", ref(1), "statement", "--reason", "x", code="already_decided", says=[ref(1), "withdraw"])


def test_a_late_decision_releases_what_was_overridden_after_the_end(box):
    box.call_2023("2024-01-15", executory=False)
    box.sign(1)
    box.clock("2024-08-01")
    words = ["tranche", "override", ref(1) + "/1", "--gate", "standing"]
    box.do(*words, "--reason", "retard de la préfecture")
    box.do(*words, person="paul")
    box.settle()
    assert box.state(1, 1) == "held"
    box.do("scheme", "decision", "LAB-2023", "--received", "2024-08-01", "--published", "2024-08-01")
    box.settle()
    assert box.state(1, 1) == "ordered"


def test_a_receipt_is_taken_back_until_its_order_left(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.do("report", "receive", ref(1), "mid-report")
    box.do("report", "withdraw", ref(1), "mid-report", "--reason", "autre dossier")
    box.refused("report", "withdraw", ref(1), "mid-report", "--reason", "x", code="not_received", says=[ref(1)])
    box.clock("2024-05-01")
    assert box.state(1, 2) == "held"
    box.do("report", "receive", ref(1), "mid-report")
    box.settle()
    box.refused("report", "withdraw", ref(1), "mid-report", "--reason", "x", code="order_depends", says=[ref(1), "mid-report"])
    box.do("report", "receive", ref(1), "statement")
    box.do("report", "accept", ref(1), "statement", person="paul")
    box.refused("report", "withdraw", ref(1), "statement", "--reason", "x", code="wrong_role", says=["approver"])
    box.do("report", "withdraw", ref(1), "statement", "--reason", "illisible", person="paul")


run_module(sys.modules[__name__])
