"""What a rehearsal shows: a line a month as it goes, what is left in the end and why, and the same as files and as JSON."""
import datetime
import json
import os
import sys

from treasury import MISFIT, RECALLED
from words import Trouble, _, day_text, euros, month_text, ngettext

MONTH = """
    SELECT count(DISTINCT f.id), count(o.id), coalesce(sum(o.amount_cents), 0),
           (SELECT count(*) FROM paper WHERE received_on BETWEEN '%(first)s' AND '%(last)s'),
           (SELECT count(*) FROM mail WHERE person <> '' AND queued_on BETWEEN '%(first)s' AND '%(last)s' AND state = 'delivered'),
           (SELECT count(*) FROM mail WHERE person = '' AND queued_on BETWEEN '%(first)s' AND '%(last)s' AND state = 'delivered')
      FROM order_file f JOIN payment_order o ON o.order_file_id = f.id AND o.state NOT IN ('rejected', 'returned', 'cancelled')
     WHERE f.state <> 'cancelled' AND f.execution_on BETWEEN '%(first)s' AND '%(last)s'"""
KEYS = ("files", "orders", "ordered_cents", "papers", "mails_staff", "mails_beneficiaries")
# The grants, part by part, and what was paid above them; what is held comes from the service, which plans it.
BALANCE = """
    SELECT c.*, t.* FROM
           (SELECT coalesce(sum(grant_cents), 0), coalesce(sum(given_up_cents), 0), coalesce(sum(recovery_cents), 0) FROM convention) c,
           (SELECT coalesce(sum(taken_cents) FILTER (WHERE state = 'paid'), 0),
                   coalesce(sum(taken_cents) FILTER (WHERE state IN ('ordered', 'sent', 'accepted')), 0),
                   coalesce(sum(taken_cents) FILTER (WHERE state IN ('rejected', 'returned', 'cancelled')), 0) FROM tranche) t"""
COLUMNS = ("grants_cents", "closed_cents", "to_claim_back_cents", "debited_cents", "ordered_not_debited_cents", "dead_cents")
PARTS = ("grants_cents", "debited_cents", "ordered_not_debited_cents", "held_cents", "dead_cents", "closed_cents", "to_claim_back_cents")
WAITING = """
    SELECT c.reference || '/' || t.position + 1, o.end_to_end_id, o.amount_cents, CASE
           WHEN o.state IN ('rejected', 'returned', 'cancelled') THEN o.state
           WHEN """ + RECALLED + """ THEN 'recall' ELSE 'differs' END
      FROM payment_order o JOIN tranche t ON t.id = o.tranche_id JOIN convention c ON c.id = o.convention_id
      JOIN order_file f ON f.id = o.order_file_id
     WHERE o.state IN ('rejected', 'returned', 'cancelled') AND t.state = o.state
       AND NOT EXISTS (SELECT 1 FROM payment_order n WHERE n.reissue_of = o.id)
        OR o.state IN ('prepared', 'acknowledged', 'accepted') AND f.state = 'written' AND (""" + RECALLED + " OR " + MISFIT + """)
     ORDER BY c.id, t.position, o.id"""
LISTS = {"orders.csv": ("order", "list"), "held.csv": ("tranche", "list", "--held"), "conventions.csv": ("convention", "list"),
         "journal.csv": ("journal", "list"), "reconcile.csv": ("reconcile", "show")}
SHOWN = 40  # lines of a list; the whole is in its file


def why_it_waits(word):
    return {"rejected": _("the bank refused it: an approver decides"), "returned": _("it came back: an approver decides"),
            "cancelled": _("it was taken back: an approver decides"), "recall": _("the bank was asked to take it back"),
            "differs": _("a line of an answer does not fit it")}[word]


class Report:
    """BOOKED: what the bank debited, by day, in cents."""

    def __init__(self, place, folder, start, booked, as_json):
        self.place, self.folder, self.start, self.first, self.booked, self.as_json, self.months = place, folder, start, start, booked, as_json, []

    def line(self, *cells):
        if not self.as_json:
            print("%-8s %8s %8s %16s %16s %7s %10s %10s %16s" % cells, flush=True)

    def begin(self, until):
        if self.as_json:
            return
        print(_("Rehearsal from %s to %s. Files, mails and lists: %s\n") % (day_text(self.start), day_text(until), self.folder))
        if not self.place.writes_mails():
            print(_("mail.from is empty in the configuration: no mails are written.\n"))
        self.line(_("Month"), _("Files"), _("Orders"), _("To be executed"), _("Debited"), _("Papers"), _("To staff"), _("To benef."), _("Held after"))

    def day(self, today, last):
        """After each day: a month that ends is shown."""
        if sys.stderr.isatty():
            print("\r%s " % day_text(today), end="" if today != last else "\r", file=sys.stderr, flush=True)
        if today != last and (today + datetime.timedelta(days=1)).month == today.month:
            return
        row = self.place.sql(MONTH % {"first": self.first, "last": today})[0]
        month = dict(zip(KEYS, map(int, row)), month=self.first.strftime("%Y-%m"))
        month["held_cents"] = self.held()[1]
        month["debited_cents"] = sum(cents for day, cents in self.booked.items() if self.first <= day <= today)
        self.months.append(month)
        self.show(month_text(self.first), month)
        self.first = today + datetime.timedelta(days=1)

    def held(self):
        """The tranches that are held, and their sum."""
        rows = self.place.ctl("tranche", "list", "--held")["tranches"]
        return rows, sum(row["held_cents"] for row in rows)

    def show(self, name, m):
        self.line(name, m["files"], m["orders"], euros(m["ordered_cents"]), euros(m["debited_cents"]), m["papers"], m["mails_staff"],
                  m["mails_beneficiaries"], euros(m["held_cents"]))

    def save_lists(self):
        for name, words in LISTS.items():
            p = self.place.tranchectl(*words, "--csv")
            if p.returncode != 0:
                raise Trouble(p.stderr.strip())
            with open(os.path.join(self.folder, name), "w", encoding="utf-8", newline="") as f:
                f.write(p.stdout)

    def listed(self, title, rows, file):
        if rows:
            print("\n" + title)
            for row in rows[:SHOWN]:
                print("  " + row)
            if len(rows) > SHOWN:
                more = len(rows) - SHOWN
                print("  " + ngettext("and %d more, in %s", "and %d more, in %s", more) % (more, file))

    def end(self, until, refused):
        self.save_lists()
        held, held_cents = self.held()
        waiting = [dict(tranche=t, order=o, amount_cents=int(c), why=why_it_waits(w)) for t, o, c, w in self.place.sql(WAITING)]
        totals = {k: sum(m[k] for m in self.months) for k in KEYS + ("debited_cents",)}
        totals["held_cents"] = held_cents
        known = dict(zip(COLUMNS, map(int, self.place.sql(BALANCE)[0])), held_cents=held_cents)
        parts = {name: known[name] for name in PARTS}
        if self.as_json:
            print(json.dumps({"start_on": self.start.isoformat(), "until_on": until.isoformat(), "folder": self.folder, "months": self.months,
                              "totals": totals, "balance": parts, "held": held, "waiting": waiting,
                              "refused": [{"command": command, "why": why} for command, why in refused]}, ensure_ascii=False, indent=2))
            return
        self.show(_("Total"), totals)
        print("\n" + _("Grants %s = debited %s + ordered, not debited %s + held %s + dead orders %s + closed %s - to be claimed back %s") % tuple(
            euros(parts[k]) for k in PARTS))
        self.listed(_("Held on %s, and why:") % day_text(until),
                    ["%-24s %14s  %s" % (t["tranche"], euros(t["held_cents"]), t["why"]) for t in held], "held.csv")
        self.listed(_("Orders that wait for a person:"),
                    ["%-24s %14s  %s: %s" % (w["tranche"], euros(w["amount_cents"]), w["order"], w["why"]) for w in waiting], "orders.csv")
        self.listed(_("What the service refused, for a person to look at:"), ["tranchectl %s: %s" % row for row in refused], "journal.csv")
