"""Every command by every role in every state a convention can be in, from the command table: what each may do is reviewed (roles.txt),
and what nobody was allowed changes nothing."""
import difflib
import json
import os
import re
import signal
import subprocess
import sys

from bank import Bank, read_orders
from sandbox import BUILD, LAUREATES, laureate, run_module, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
ROLES = {"viewer": 1, "officer": 2, "approver": 4, "admin": 8}
PEOPLE = {"viewer": "vera", "officer": "claire", "approver": "paul", "admin": "admin"}
STATES = ("draft", "signing", "held", "ordered", "paid", "rejected", "suspended", "terminated", "expired", "completed", "returned", "disputed",
          "cancelled", "set aside")
# Commands about something else than one convention ask for no state.
ABOUT = ("convention", "account", "report", "tranche", "order")
ARGUMENTS = {"party": "authority", "kind": "mid-report", "iban": "FR7630006000011234567890189", "holder": "X", "gate": "report", "grant": "6000.00",
             "letter": "LR-1", "reason": "x", "code": "CUST", "received": "2023-12-19", "order": "NONE", "date": "2024-07-02"}


class Conventions:
    """One convention in each state."""

    def __init__(self, box):
        self.box, self.bank = box, Bank()
        self.refs = {state: "T-%d" % n for n, state in enumerate(STATES, 1)}
        with open(box.scheme) as f:
            text = f.read().replace('envelope = "50000.00"', 'envelope = "500000.00"')
        with open(box.dir + "/made.conf", "w") as f:
            f.write(text)
        with open(box.dir + "/made.csv", "w") as f:
            f.write(LAUREATES + "".join(laureate("T", i, "10000.00") for i in range(1, len(STATES) + 1)))
        box.clock("2023-12-20")
        box.do("scheme", "import", box.dir + "/made.conf")
        box.do("convention", "import", box.dir + "/made.csv", "--scheme", "LAB-2023")
        box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
        self.sign("expired")
        self.complete(self.refs["completed"])
        box.clock("2024-07-01")
        for state in ("ordered", "paid", "rejected", "suspended", "terminated", "returned", "disputed", "cancelled", "set aside"):
            box.do("account", "verify", self.refs[state], person="paul")
        box.do("convention", "sign", self.refs["signing"], "--party", "beneficiary")
        box.do("convention", "suspend", self.refs["suspended"], "--reason", "x")
        box.do("convention", "terminate", self.refs["terminated"], "--letter", "LR", person="paul")
        for state in ("held", "ordered", "paid", "rejected", "suspended", "returned", "disputed", "set aside"):
            self.sign(state)
        box.settle()
        day, bank = "2024-07-01", self.bank
        a, b, c, d = (self.payment(state) for state in ("paid", "rejected", "returned", "disputed"))
        self.tell(bank.statement([bank.debit(a, day, "P1"), bank.debit(c, day, "P2"), bank.credit_back(c, day, "AM04", "P3")]))
        for p in (b, d):
            self.tell(bank.report(p.message, group="PART", transactions=[(p, "RJCT", "AM04", "")]))
        self.tell(bank.statement([bank.debit(d, day, "P4")], number=2))
        with box.shut_outbox():
            self.sign("cancelled")
            wait_for("it is not ordered", lambda: self.order("cancelled") != "NONE")
            box.do("order", "cancel", self.order("cancelled"), "--reason", "x", person="paul")
        box.sql("UPDATE convention SET set_aside = 'more was taken than the ladder of tranches allows' WHERE reference = '%s'" % self.refs["set aside"])

    def sign(self, state):
        for party in ("beneficiary", "authority"):
            self.box.do("convention", "sign", self.refs[state], "--party", party)

    def tell(self, data):
        with open(self.box.dir + "/answer.xml", "wb") as f:
            f.write(data)
        self.box.do("answer", "import", self.box.dir + "/answer.xml")

    def payment(self, state, tranche=1):
        for name in self.box.files():
            with open(os.path.join(self.box.outbox, name), "rb") as f:
                for p in read_orders(f.read())[1]:
                    if re.search(r"\b%s\b.* %d\b" % (self.refs[state], tranche), p.text):
                        return p
        raise AssertionError("no order for %s/%d" % (self.refs[state], tranche))

    def complete(self, reference):
        box = self.box
        box.do("account", "verify", reference, person="paul")
        self.sign("completed")
        box.settle()
        self.tell(self.bank.statement([self.bank.debit(self.payment("completed"), "2023-12-20", "C1")], number=11))
        for paper in ("budgets", "mid-report", "final-report", "statement"):
            box.do("report", "receive", reference, paper)
        for paper in ("final-report", "statement"):
            box.do("report", "accept", reference, paper, person="paul")
        box.clock("2024-03-20")
        self.tell(self.bank.statement([self.bank.debit(self.payment("completed", 2), "2024-03-20", "C2")], number=12))
        box.settle()

    def order(self, state):
        row = self.box.sql("SELECT o.end_to_end_id FROM payment_order o JOIN convention c ON c.id = o.convention_id WHERE c.reference = '%s' "
                           "ORDER BY o.id LIMIT 1" % self.refs[state])
        return row or "NONE"

    def argument(self, name, noun, verb, state):
        if name == "iban" and verb == "verify":
            return None  # it need not be given
        if name == "ref":
            return self.order(state) if noun == "order" else self.refs[state] + ("/1" if noun == "tranche" else "")
        return ARGUMENTS.get(name)


def ask(box, command, person, args):
    status, data = box.http("POST", "/v1/%s/%s" % (command["noun"], command["verb"]), json.dumps(args), {"Tranched-As": person})
    assert status != 500, (command, person, args, data)
    return "ok" if status == 200 else json.loads(data)["error"]["code"]


def outcomes(box, made, command, state):
    """What each role is answered that only asks what would happen."""
    args = {a: made.argument(a, command["noun"], command["verb"], state or "held") for a in command["args"]}
    args = dict({a: v for a, v in args.items() if v}, check=True, reason="x")
    for role, person in PEOPLE.items():
        code = ask(box, command, person, args)
        assert (code == "wrong_role") == (not command["roles"] & ROLES[role]), (command, role, code)
        yield "%s:%s" % (role, code)


def test_what_each_role_may_do_in_each_state_is_as_it_was_reviewed(box):
    with open(box.conf) as f:
        text = f.read()
    with open(box.conf, "w") as f:
        f.write(text.replace('people = (\n', 'people = (\n  { name = "vera"; user = ""; role = "viewer"; },\n'))
    os.kill(box.pid(), signal.SIGHUP)
    box.wait_log("configuration reloaded")
    made = Conventions(box)
    states = {ref: box.do("convention", "show", ref)["convention"]["state"] for ref in made.refs.values()}
    assert [states[made.refs[s]] for s in ("draft", "signing", "held", "terminated", "expired", "completed")] == [
        "draft", "signing", "in_force", "terminated", "expired", "completed"], states
    assert box.sql("SELECT count(*) FROM flag f JOIN convention c ON c.id = f.convention_id WHERE f.kind = 'disputed' AND f.lifted_on IS NULL AND "
                   "c.reference = '%s'" % made.refs["disputed"]) == "1"
    table = json.loads(subprocess.run([BUILD + "/tests/format/show_commands"], capture_output=True, check=True).stdout)
    before, lines = box.fingerprint(), []
    for command in table:
        if not command["changes"]:
            continue
        for state in STATES if command["noun"] in ABOUT and "ref" in command["args"] else (None,):
            lines.append(" ".join(["%s %s" % (command["noun"], command["verb"]), (state or "-").replace(" ", "_"), *outcomes(box, made, command, state)]))
    assert box.fingerprint() == before, "what was only asked, or refused, changed something"
    assert len(lines) > 200, len(lines)
    with open(os.path.join(HERE, "roles.txt")) as f:
        reviewed = f.read().splitlines()
    difference = "\n".join(difflib.unified_diff(reviewed, lines, "reviewed", "now", lineterm="", n=0))
    if os.environ.get("ROLES_WRITE"):
        with open(os.path.join(HERE, "roles.txt"), "w") as f:
            f.write("\n".join(lines) + "\n")
    assert not difference, difference


if __name__ == "__main__":
    run_module(sys.modules[__name__])
