"""What a rehearsal shows: a line a month as it goes, what is held in the end and why, and the same as files and as JSON."""
import datetime
import json
import os

from words import Trouble, _, day_text, euros, month_text

MONTH = """
    SELECT (SELECT count(*) FROM order_file WHERE decided_on BETWEEN '%(first)s' AND '%(last)s' AND state <> 'cancelled'),
           count(o.id), coalesce(sum(o.amount_cents), 0),
           (SELECT count(*) FROM paper WHERE received_on BETWEEN '%(first)s' AND '%(last)s'),
           (SELECT count(*) FROM mail WHERE person <> '' AND queued_on BETWEEN '%(first)s' AND '%(last)s' AND state = 'delivered'),
           (SELECT count(*) FROM mail WHERE person = '' AND queued_on BETWEEN '%(first)s' AND '%(last)s' AND state = 'delivered'),
           (SELECT coalesce(sum(planned_cents), 0) FROM tranche WHERE state = 'held')
      FROM order_file f LEFT JOIN payment_order o ON o.order_file_id = f.id AND o.state NOT IN ('rejected', 'returned', 'cancelled')
     WHERE f.execution_on BETWEEN '%(first)s' AND '%(last)s'"""
KEYS = ("files", "orders", "ordered_cents", "papers", "mails_staff", "mails_beneficiaries", "held_cents")
LISTS = {"orders.csv": ("order", "list"), "held.csv": ("tranche", "list", "--held"), "conventions.csv": ("convention", "list"),
         "journal.csv": ("journal", "list"), "reconcile.csv": ("reconcile", "show")}


class Report:
    def __init__(self, place, folder, start, as_json):
        self.place, self.folder, self.first, self.as_json, self.months = place, folder, start, as_json, []
        self.start = start

    def line(self, cells):
        if not self.as_json:
            print("%-8s %8s %8s %18s %7s %9s %14s %18s" % tuple(cells), flush=True)

    def begin(self, until):
        if self.as_json:
            return
        print(_("Rehearsal from %s to %s. Files, mails and lists: %s\n") % (day_text(self.start), day_text(until), self.folder))
        if not self.place.writes_mails():
            print(_("mail.from is empty in the configuration: no mails are written.\n"))
        self.line((_("Month"), _("Files"), _("Orders"), _("Sum to be executed"), _("Papers"), _("To staff"), _("To beneficiaries"), _("Held after")))

    def day(self, today, last):
        """After each day: a month that ends is shown."""
        if today != last and (today + datetime.timedelta(days=1)).month == today.month:
            return
        row = self.place.sql(MONTH % {"first": self.first, "last": today})[0]
        self.months.append(dict(zip(KEYS, map(int, row)), month=self.first.strftime("%Y-%m")))
        self.show(month_text(self.first), self.months[-1])
        self.first = today + datetime.timedelta(days=1)

    def show(self, name, m):
        self.line((name, m["files"], m["orders"], euros(m["ordered_cents"]), m["papers"], m["mails_staff"], m["mails_beneficiaries"],
                   euros(m["held_cents"])))

    def save_lists(self):
        for name, words in LISTS.items():
            p = self.place.tranchectl(*words, "--csv")
            if p.returncode != 0:
                raise Trouble(p.stderr.strip())
            with open(os.path.join(self.folder, name), "w", encoding="utf-8", newline="") as f:
                f.write(p.stdout)

    def end(self, until, refused):
        self.save_lists()
        held = self.place.ctl("tranche", "list", "--held")["tranches"]
        totals = {k: sum(m[k] for m in self.months) for k in KEYS if k != "held_cents"}
        totals["held_cents"] = self.months[-1]["held_cents"]
        if self.as_json:
            print(json.dumps({"start_on": self.start.isoformat(), "until_on": until.isoformat(), "folder": self.folder, "months": self.months,
                              "totals": totals, "held": held, "refused": [{"command": " ".join(act), "why": why} for act, why in refused]},
                             ensure_ascii=False, indent=2))
            return
        self.show(_("Total"), totals)
        if held:
            print("\n" + _("Held on %s, and why:") % day_text(until))
            for t in held:
                print("  %-24s %14s  %s" % (t["tranche"], euros(t["planned_cents"]), t["why"]))
        if refused:
            print("\n" + _("What the service refused, for a person to look at:"))
            for act, why in refused:
                print("  tranchectl %s: %s" % (" ".join(act), why))
