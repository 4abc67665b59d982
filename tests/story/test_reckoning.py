"""Random stories: whatever the bank answers, in whatever dialect and order, the service ends where the story says, its books add up, and
tranche-audit finds the same from the files alone. STORY_SEED replays one, STORIES says how many."""
import os
import random
import sys

import test_answers as told
from bank import Bank
from sandbox import Sandbox, audit, run_module

SEED = int(os.environ.get("STORY_SEED", random.SystemRandom().randrange(1 << 30)))
STORIES = int(os.environ.get("STORIES", "12"))
FATES = ("booked", "booked", "booked", "accepted", "written", "rejected", "returned", "in parts", "copied", "held", "cancelled")
ENDS = {"held": "awaiting_release", "in parts": "returned", "copied": "booked"}
PAID = ("booked", "returned", "in parts", "copied")
REASONS = ("AC04", "AM04", "FF01", "MS03", "XX99")


class Story:
    """One file of orders, a fate for each of them, and the answers that tell of it."""

    def __init__(self, dice, box):
        self.dice, self.box = dice, box
        self.payments = told.group(box, dice.randint(2, 6))
        self.day = box.do("clock", "show")["clock"]["today_on"]
        self.message = self.payments[0].message
        self.fates = {p.id: dice.choice(FATES) for p in self.payments}
        self.answers = []

    def bank(self):
        return Bank(status=self.dice.choice((3, 10, 14)), camt=self.dice.choice((2, 4, 8)), prefix=self.dice.choice(("", "", "p")),
                    envelope=self.dice.random() < 0.2, encoding=self.dice.choice(("UTF-8", "UTF-8", "ISO-8859-1", "UTF-16")))

    def having(self, *fates):
        return [p for p in self.payments if self.fates[p.id] in fates]

    def add(self, data):
        self.answers.append(data)

    def tell(self):
        """Makes all answers; each may come alone or with others."""
        dice, bank = self.dice, self.bank()
        self.unique = iter(range(1000))
        bank.number = dice.randrange(10 ** 6)
        for p in self.having("rejected"):
            self.add(self.bank_of(bank).report(self.message, group="PART", transactions=[(p, "RJCT", dice.choice(REASONS), "motif éèà")]))
        for p in self.having("cancelled"):
            self.add(self.bank_of(bank).report(self.message, transactions=[(p, "CANC")]))
        for p in self.having("held"):
            self.add(self.bank_of(bank).report(self.message, group="RVCM", transactions=[(p, dice.choice(("RVMC", "RVNM", "RVNA")), "", "Autre nom")]))
        for p in self.having("accepted") + [p for p in self.having(*PAID) if dice.random() < 0.5]:
            self.add(self.bank_of(bank).report(self.message, transactions=[(p, dice.choice(("ACCP", "ACSP", "ACSC")))]))
        for p in self.having("copied"):  # the file was handed in twice: the second of each is refused, the first paid
            self.add(self.bank_of(bank).report(self.message, transactions=[(p, "RJCT", dice.choice(("AM05", "DUPL")))]))
        self.money(bank)
        self.answers += [a for a in self.answers if dice.random() < 0.2]  # sent twice
        dice.shuffle(self.answers)

    def bank_of(self, bank):
        """Another dialect for each message, one count of messages for all."""
        other = self.bank()
        other.number = bank.number = bank.number + 1
        return other

    def money(self, bank):
        dice, paid, living = self.dice, self.having(*PAID), self.having(*PAID, "accepted", "written", "held")
        if paid and paid == living and dice.random() < 0.5:
            b = self.bank_of(bank)
            self.add(b.statement([b.batch(self.message, paid, self.day, self.ref(), by=dice.choice(("PmtInfId", "MsgId")))], number=next(self.unique)))
        else:
            self.debits(bank, paid)
        for p in self.having("returned"):
            b = self.bank_of(bank)
            self.add(b.statement([b.credit_back(p, self.day, dice.choice(REASONS), self.ref())], dice.choice(("camt.053", "camt.054")),
                                 number=next(self.unique)))
        for p in self.having("in parts"):
            first = dice.randrange(1, p.cents)
            for cents in (first, p.cents - first):
                b = self.bank_of(bank)
                self.add(b.statement([b.credit_back(p, self.day, dice.choice(REASONS), self.ref(), cents=cents)],
                                     dice.choice(("camt.053", "camt.054")), number=next(self.unique)))

    def debits(self, bank, paid):
        dice = self.dice
        while paid:
            n = dice.randint(1, 3)
            some, paid = paid[:n], paid[n:]
            b = self.bank_of(bank)
            other = b.entry(dice.randrange(1, 10 ** 6), self.day, direction="CRDT", text="Recette")
            self.add(b.statement([b.debit(p, self.day, "REF" + p.id) for p in some] + [other], number=next(self.unique)))
            if dice.random() < 0.4:  # the same movements in another kind of report
                b = self.bank_of(bank)
                self.add(b.statement([b.debit(p, self.day, "REF" + p.id) for p in some], dice.choice(("camt.052", "camt.054")), number=next(self.unique)))

    def ref(self):
        return "S%s-%d" % (self.message[-4:], next(self.unique))

    def wanted(self):
        return [ENDS.get(self.fates[p.id], self.fates[p.id]) for p in self.payments]


def fits(wanted, got):
    """An order of which nothing was told may have been acknowledged with its file."""
    return wanted == got or (wanted == "written" and got == "acknowledged")


def play(box, seed):
    story = Story(random.Random(seed), box)
    story.tell()
    kept = []
    for i, data in enumerate(story.answers):
        a = told.send(box, data, "story-%d-%d.xml" % (seed, i))
        if not (a.json or {}).get("known"):
            assert a["answer"]["contradicts"] == 0 and a["answer"]["differs"] <= 2, "seed %d: %s" % (seed, a.out)  # a batch before its refusals, a copy
        kept.append(data)
    for line in told.open_lines(box):
        if "copy" in line["why"]:
            box.do("answer", "dismiss", line["line"], "--reason", "handed in twice")
    got = told.state(box, *story.payments)
    assert all(map(fits, story.wanted(), got)), "seed %d: wanted %s, got %s" % (seed, story.wanted(), got)
    return story, kept


def test_random_stories_end_as_they_must_and_an_auditor_agrees(box):
    stories = []
    for n in range(STORIES):
        stories.append(play(box, SEED + n))
    print("# reckoning: seed %d, %d stories, %d answers" % (SEED, STORIES, sum(len(kept) for _, kept in stories)), flush=True)
    shown = box.do("reconcile", "show")
    for f in shown["files"]:
        assert f["ordered_cents"] == f["accepted_cents"] + f["waiting_cents"] + f["rejected_cents"] and f["difference_cents"] == 0, f
    assert not shown["differences"], shown["differences"]
    code, text = audit(box.dir + "/audit", box.archive, [data for _, kept in stories for data in kept], box.do("journal", "list").json)
    assert code == 0, "seed %d: %s" % (SEED, text)
    assert box.do("file", "verify").code == 0
    box.check_invariants()


def test_the_dead_ones_are_ordered_again_and_end_paid(box):
    story, _ = play(box, SEED + STORIES)
    dead = story.having("rejected", "returned", "cancelled")
    for p in dead:
        ref = told.convention(box, p)
        if box.do("account", "list", ref)["accounts"][0]["refused_on"]:
            box.do("account", "verify", ref, "--reason", "slip compared", person="paul")
        box.do("order", "reissue", p.id, "--reason", "again", person="paul")
    box.settle()
    again = [o for o in box.do("order", "list")["orders"] if o["reissue_of"] in {p.id for p in dead}]
    assert len(again) == len(dead) and all(o["state"] == "written" for o in again), again
    box.check_invariants()


if __name__ == "__main__":
    run_module(sys.modules[__name__], Sandbox)
