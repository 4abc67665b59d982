"""What may happen in a story. A move is its name and a seed of its own, so that a story with some moves left out is still one."""
import datetime

import sandbox
from book import Account, Convention, Scheme
from laws import Broken
from stage import failpoints

HEADER = sandbox.LAUREATES


def found(world, dice):
    """A call for projects, with its laureates."""
    code = "S%d" % (len(world.schemes) + 1)
    scheme = Scheme(dice, code)
    world.upload("claire", "scheme/import", {"file-name": code + ".conf"}, scheme.text())
    rows = [sandbox.laureate(code, i, "%d.%02d" % divmod(scheme.grant, 100), len(world.schemes) + 1) for i in range(1, dice.randint(1, 3) + 1)]
    world.upload("claire", "convention/import", {"scheme": code, "file-name": code + ".csv"}, HEADER + "".join(rows))
    world.schemes.append(scheme)
    for row in rows:
        ref, _, _, siret, _, iban, _ = row.strip().split(",")
        world.conventions[ref] = Convention(scheme, ref, siret, iban)


def decision(world, dice):
    s = dice.choice(world.schemes)
    day = world.today - datetime.timedelta(days=dice.randint(0, 5))
    what = dice.choice([w for w in ("received", "published") if not getattr(s, w)] or ["received"])
    if not getattr(s, what) and world.accepted("claire", "scheme/decision", {"ref": s.code, what: day.isoformat()}):
        setattr(s, what, day)


def some(world, dice):
    return world.conventions[dice.choice(sorted(world.conventions))]


def verify(world, dice):
    c = some(world, dice)
    account = c.proposed or c.account()
    if world.accepted("paul", "account/verify", {"ref": c.ref, "reason": "slip compared"}):
        if c.proposed:
            c.accounts.append(account)
            c.proposed = None
        account.verified, account.refused = world.today, False


def propose(world, dice):
    c = some(world, dice)
    row = sandbox.laureate("N", dice.randrange(1000), "1.00", 900 + dice.randrange(90)).split(",")
    if world.accepted("claire", "account/propose", {"ref": c.ref, "iban": row[5], "holder": "Association neuve", "reason": "new bank"}):
        c.proposed = Account(row[5])


def sign(world, dice):
    c = some(world, dice)
    party, day = dice.choice(c.scheme.parties), world.today - datetime.timedelta(days=dice.choice((0, 0, 0, 3, 20)))
    if world.accepted("claire", "convention/sign", {"ref": c.ref, "party": party, "on": day.isoformat()}, repeat=dice.random() < 0.2):
        c.signed[party] = day


def unsign(world, dice):
    c = some(world, dice)
    party = dice.choice(c.scheme.parties)
    if world.accepted("claire", "convention/unsign", {"ref": c.ref, "party": party, "reason": "mistyped"}):
        del c.signed[party]


def launch(world, dice):
    c = some(world, dice)
    world.accepted("claire", "convention/launch", {"ref": c.ref, "on": world.today.isoformat()})


def paper(world, dice):
    c = some(world, dice)
    if not c.scheme.papers:
        return
    name, verb = dice.choice(sorted(c.scheme.papers)), dice.choice(("receive", "receive", "receive", "accept", "accept", "refuse", "withdraw"))
    person, args = {"accept": "paul"}.get(verb, "claire"), {"ref": c.ref, "kind": name}
    if verb in ("refuse", "withdraw"):
        args["reason"] = "pages are missing"
    if world.accepted(person, "report/" + verb, args):
        state = {"receive": "received", "accept": "accepted"}.get(verb, "missing")
        received = c.papers.get(name, ("", None))[1]
        c.papers[name] = (state, received if state == "accepted" and not c.scheme.papers[name].needs_accepted else world.today)


def two_persons(world, person, other, path, args):
    return world.accepted(person, path, args) and world.accepted(other, path, args)


def waive(world, dice):
    c = some(world, dice)
    if c.scheme.papers:
        name = dice.choice(sorted(c.scheme.papers))
        if two_persons(world, "claire", "paul", "report/waive", {"ref": c.ref, "kind": name, "reason": "not needed"}):
            c.papers[name] = ("waived", world.today)


def override(world, dice):
    c = some(world, dice)
    t, gate = dice.randrange(len(c.scheme.rungs)), dice.choice(("date", "report"))
    if two_persons(world, "claire", "paul", "tranche/override", {"ref": "%s/%d" % (c.ref, t + 1), "gate": gate, "reason": "council"}):
        c.overrides[t, gate] = world.today


def suspend(world, dice):
    c = some(world, dice)
    if world.accepted("claire", "convention/suspend", {"ref": c.ref, "reason": "inquiry"}):
        c.suspended = True


def resume(world, dice):
    held = sorted(ref for ref, c in world.conventions.items() if c.suspended)
    c = world.conventions[dice.choice(held)] if held else some(world, dice)
    if world.accepted("paul", "convention/resume", {"ref": c.ref}):
        c.suspended = False


def amend(world, dice):
    c = some(world, dice)
    grant = dice.randrange(20000, 1500000)
    if world.accepted("paul", "convention/amend", {"ref": c.ref, "grant": "%d.%02d" % divmod(grant, 100), "reason": "amendment"}):
        c.grant = grant
        if world.ask("SELECT count(*) FROM payment_order o JOIN convention c ON c.id = o.convention_id WHERE c.reference = '%s'" % c.ref) != "0":
            c.amended = True  # what was ordered stays: the parts are no longer those of the scheme


def terminate(world, dice):
    c = some(world, dice)
    if world.accepted("paul", "convention/terminate", {"ref": c.ref, "letter": "LR-1", "on": world.today.isoformat()}):
        c.terminated = True


def day(world, dice):
    world.clock(world.today + datetime.timedelta(days=dice.choice((1, 1, 2, 3, 7, 15, 31))))
    world.check()
    world.check_nothing_waits()


def take(world, dice):
    for name in world.files():
        if dice.random() < 0.8:
            world.take(name)


def statuses(world, dice):
    """The bank accepts some, and refuses some for good."""
    for p in world.having("sent"):
        luck = dice.random()
        if luck < 0.5:
            world.tell(world.bank.report(p.message, transactions=[(p, dice.choice(("ACCP", "ACSP", "ACSC")))]))
            world.fates[p.id] = "accepted"
        elif luck < 0.7:
            code = dice.choice(("AM04", "AC04"))
            world.tell(world.bank.report(p.message, group="PART", transactions=[(p, "RJCT", code, "motif")]))
            world.fates[p.id] = "rejected"
            refuse_account(world, p, code)


def refuse_account(world, payment, code):
    """A bank that names the account shuts it until a person has looked."""
    c = world.conventions.get(world.orders[payment.id].ref)
    for account in c.accounts if c and code == "AC04" else ():
        account.refused = account.refused or account.iban == payment.iban


def statement(world, dice):
    """What was booked since, in one statement; some of it comes back."""
    day, entries = world.today.isoformat(), []
    for p in world.having("sent", "accepted"):
        if dice.random() < 0.6:
            entries.append(world.bank.debit(p, day, "D-" + p.id))
            world.fates[p.id] = "booked"
    for p in world.having("booked"):
        if dice.random() < 0.1:
            code = dice.choice(("AM04", "AC04"))
            entries.append(world.bank.credit_back(p, day, code, "R-" + p.id))
            world.fates[p.id] = "returned"
            refuse_account(world, p, code)
    if entries:
        world.bank.number += 1
        world.tell(world.bank.statement(entries, number=world.bank.number))


def tell_again(world, dice):
    if world.answers:
        world.tell(dice.choice(world.answers), new=False)


def reissue(world, dice):
    dead = sorted((o for o in world.orders.values() if (world.fates.get(o.id) in ("rejected", "returned") or o.state == "cancelled") and
                   o.id not in world.reissued), key=lambda o: (o.ref, o.tranche, o.number))
    if dead:
        world.accepted("paul", "order/reissue", {"ref": dice.choice(dead).id, "reason": "again"})


DONE = ("SELECT (SELECT count(*) FROM signature), (SELECT count(*) FROM account WHERE verified_on IS NOT NULL), "
        "(SELECT count(*) FROM convention WHERE terminated_on IS NOT NULL)")


def intruder(world, dice):
    """Who may not is refused, and it is not done."""
    c = some(world, dice)
    before = world.ask(DONE)
    person, path, args = dice.choice((("admin", "convention/sign", {"ref": c.ref, "party": "authority"}), ("claire", "account/verify", {"ref": c.ref}),
                                      ("claire", "convention/terminate", {"ref": c.ref, "letter": "x"}), ("admin", "account/verify", {"ref": c.ref})))
    status = world.command(person, path, args)[0]
    if status != 403 or world.ask(DONE) != before:
        raise Broken("somebody did what they may not\n%s: %s %s" % (person, path, status))


# --- faults -------------------------------------------------------------------------------------------

def crash(world, dice):
    world.crash()


def ambush(world, dice):
    """The daemon dies at the next or a later visit to some place in the code."""
    world.daemon.arm(dice.choice(failpoints()), dice.randint(1, 3), "kill")


def take_over(world, dice):
    world.take_over()


def lose_database(world, dice):
    world.lose_database()


def nonsense(world, dice):
    """Cut or foreign bytes instead of an answer: refused, and nothing is kept of them."""
    data = dice.choice(world.answers) if world.answers else b"<Document/>"
    before = world.ask("SELECT (SELECT count(*) FROM answer), (SELECT count(*) FROM proof), (SELECT count(*) FROM entry)")
    status = world.command("claire", "answer/import", {"file-name": "cut.xml"}, body=data[:dice.randrange(len(data) - 8)] + b"\0")[0]
    if status == 200 or world.ask("SELECT (SELECT count(*) FROM answer), (SELECT count(*) FROM proof), (SELECT count(*) FROM entry)") != before:
        raise Broken("half an answer is taken in\n%d" % status)


def trouble_post(world, dice):
    """The mail server defers, refuses, cuts or loses some; now and then the mailer is killed under it."""
    world.postbox.rules["*"] = [dice.choice(("451 4.3.0 later", "550 5.7.1 never", "cut", "lose", "250 kept")) for _ in range(dice.randint(1, 8))]
    if dice.random() < 0.3:
        world.send_mails()


# How often each comes, of all moves.
PEOPLE = {verify: 10, propose: 2, sign: 16, unsign: 1, launch: 2, paper: 16, waive: 1, override: 1, suspend: 2, resume: 3, amend: 2, terminate: 1,
          decision: 5, intruder: 2, day: 22, take: 8, statuses: 5, statement: 6, tell_again: 2, reissue: 5}
# Each kind is on in a quarter of the stories, and then comes now and then.
FAULTS = {crash: 3, ambush: 5, take_over: 2, lose_database: 1, nonsense: 4, trouble_post: 6}
MOVES = {move.__name__: move for move in (found, *PEOPLE, *FAULTS)}


def write(dice, years):
    """A story: its moves, each kind of fault among them or not."""
    faults = sorted(f.__name__ for f in FAULTS if dice.random() < 0.25)
    weights = {m.__name__: w for m, w in PEOPLE.items()}
    weights.update({f.__name__: w for f, w in FAULTS.items() if f.__name__ in faults})
    names = ["found"] + dice.choices(list(weights), list(weights.values()), k=round(180 * years))
    for at in dice.sample(range(1, len(names)), 2):
        names[at] = dice.choice(("found", names[at]))
    return [(name, dice.randrange(1 << 30)) for name in names]
