"""What a story's people know, kept in a notebook of their own: when a tranche may be paid, how much, and to which account.

Nothing here is read from the service. It is reckoned from the commands that were accepted, by the articles of the convention."""
import calendar
import datetime

LIVE_NO_MORE = ("rejected", "returned", "cancelled")


def months_later(day, months):
    """The same day so many months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Scheme:
    def __init__(self, dice, code):
        self.code = code
        self.parties = ["beneficiary", "authority", "partner"][:dice.choice((2, 2, 3))]
        self.months = dice.randint(3, 14)
        self.launches = dice.random() < 0.3
        self.papers = {"paper-%d" % n: Paper(dice, self) for n in range(1, dice.randint(1, 4))}
        steps = sorted(dice.sample(range(5, 100), dice.randint(0, 3))) + [100]
        self.rungs = [Rung(dice, self, n, share) for n, share in enumerate(steps)]
        self.received = self.published = None
        self.grant = dice.choice((500000, 1000000, 333333, 777777))

    def text(self):
        papers = ",\n    ".join(p.text(name) for name, p in self.papers.items())
        facts = '  facts = ( { name = "launch"; by = "beneficiary"; } );\n' if self.launches else ""
        return ('scheme = {\n  code = "%s"; title = "Story"; decision = { on = "2023-12-12"; };\n  envelope = "900000.00"; '
                'grant = { min = "100.00"; max = "20000.00"; };\n  parties = [ %s ]; duration = "%dm";\n%s%s  tranches = (\n    %s\n  );\n};\n') % (
                    self.code, ", ".join('"%s"' % p for p in self.parties), self.months, facts,
                    "  papers = (\n    %s\n  );\n" % papers if papers else "", ",\n    ".join(r.text() for r in self.rungs))

    def ceiling(self, grant, t):
        return grant if t + 1 == len(self.rungs) else grant * self.rungs[t].share // 100


class Paper:
    def __init__(self, dice, scheme):
        self.needs_accepted = dice.random() < 0.5
        self.anchor = dice.choice(("launch", "effect")) if scheme.launches else "effect"
        self.months = dice.randint(0, scheme.months)

    def text(self, name):
        due = 'from = "launch"; or = "effect"' if self.anchor == "launch" else 'from = "effect"'
        return '{ name = "%s"; due = { %s; plus = "%dm"; };%s }' % (name, due, self.months, ' needs = "accepted";' if self.needs_accepted else "")


class Rung:
    def __init__(self, dice, scheme, n, share):
        self.name, self.share = str(n + 1), share
        self.papers = [p for p in scheme.papers if n and dice.random() < 0.4]
        self.after = dice.randint(1, scheme.months) if dice.random() < 0.5 else None

    def text(self):
        after = ' after = { from = "effect"; plus = "%dm"; };' % self.after if self.after else ""
        return '{ name = "%s"; up_to = "%d"; needs = [ %s ];%s }' % (
            self.name, self.share, ", ".join('"%s"' % n for n in ["signed"] + self.papers), after)


class Convention:
    def __init__(self, scheme, ref, siret, iban):
        self.scheme, self.ref, self.siret = scheme, ref, siret
        self.grant, self.amended = scheme.grant, False
        self.signed, self.launched = {}, None
        self.papers = {}  # name -> [state, day it counts from]
        self.accounts = [Account(iban)]
        self.proposed = None
        self.suspended = self.terminated = False
        self.overrides = {}  # (tranche, gate) -> day

    def effect(self):
        return max(self.signed.values()) if len(self.signed) == len(self.scheme.parties) else None

    def account(self):
        return self.accounts[-1]

    def paper_is_in(self, name, day):
        state, since = self.papers.get(name, ("missing", None))
        return state == ("accepted" if self.scheme.papers[name].needs_accepted else "received") and since <= day or (
            state in ("accepted", "waived") and since <= day)

    def may_be_paid(self, t, day):
        """Whether every condition of tranche T (from 0) is met on DAY."""
        s, rung, effect = self.scheme, self.scheme.rungs[t], self.effect()
        if not (s.received and s.published and max(s.received, s.published) <= day) or not effect or effect > day:
            return False
        if self.terminated or self.suspended or day > months_later(effect, s.months):
            return False
        if rung.after and months_later(effect, rung.after) > day and not self.overridden(t, "date", day):
            return False
        if not all(self.paper_is_in(p, day) for p in rung.papers) and not self.overridden(t, "report", day):
            return False
        return not self.proposed and self.account().usable(day, len(self.accounts) > 1)

    def overridden(self, t, gate, day):
        return (t, gate) in self.overrides and self.overrides[t, gate] <= day

    def share(self, t):
        """What tranche T brings, when nothing was amended."""
        return self.scheme.ceiling(self.grant, t) - (self.scheme.ceiling(self.grant, t - 1) if t else 0)


class Account:
    WAIT = datetime.timedelta(days=2)

    def __init__(self, iban):
        self.iban, self.verified, self.refused = iban, None, False

    def usable(self, day, changed):
        return bool(self.verified) and not self.refused and self.verified + (self.WAIT if changed else datetime.timedelta()) <= day
