"""What people are taken to do in a rehearsal, day by day: everyone does what is asked of them, on the day or some days late."""
from place import Refused
from words import _

# Each: an act's name, its role, and the rows of what is there to be done on the day %(today)s, as the words of a command.
# A convention's end is when a paper comes that nothing gives a day to.
DUE = """coalesce(p.due_on, c.ends_on) + %(papers_late)s <= '%(today)s' AND c.state IN ('in_force', 'expired', 'completed')"""
ACTS = (
    ("decision", "officer", """
        SELECT code, '--received', greatest(decided_on, coalesce(received_on, '%(today)s')),
               '--published', greatest(decided_on, coalesce(published_on, '%(today)s'))
          FROM scheme WHERE received_on IS NULL OR published_on IS NULL ORDER BY id""", ("scheme", "decision")),
    ("account", "approver", """
        SELECT c.reference FROM account a JOIN convention c ON c.id = a.convention_id
         WHERE a.superseded_on IS NULL AND a.verified_on IS NULL AND a.refused_on IS NULL AND c.state <> 'terminated' ORDER BY a.id""",
     ("account", "verify")),
    ("signature", "officer", """
        SELECT c.reference, '--party', p.name, CASE WHEN p.name = 'authority' AND s.signatories <> '{}' THEN '--by=' || s.signatories[1] END
          FROM convention c JOIN scheme s ON s.id = c.scheme_id JOIN scheme_party p ON p.scheme_id = s.id
         WHERE c.state IN ('draft', 'signing') AND date '%(start)s' + %(signatures_late)s <= '%(today)s' AND s.decided_on <= '%(today)s'
           AND NOT EXISTS (SELECT 1 FROM signature g WHERE g.convention_id = c.id AND g.party = p.name AND g.withdrawn_on IS NULL)
         ORDER BY c.id, p.position""", ("convention", "sign")),
    ("paper", "officer", "SELECT c.reference, p.name FROM paper p JOIN convention c ON c.id = p.convention_id "
     "WHERE p.state = 'expected' AND NOT %(no_papers)s AND " + DUE + " ORDER BY c.id, p.position", ("report", "receive")),
    ("acceptance", "approver", """
        SELECT c.reference, p.name FROM paper p JOIN convention c ON c.id = p.convention_id
          JOIN scheme_paper s ON (s.scheme_id, s.position) = (c.scheme_id, p.position)
         WHERE p.state = 'received' AND s.needs_accepted
           AND p.received_on + make_interval(months => s.review_months, days => s.review_days) <= '%(today)s'
           AND c.state <> 'terminated' ORDER BY c.id, p.position""", ("report", "accept")),
    ("release", "approver", "SELECT end_to_end_id FROM payment_order WHERE state = 'awaiting_release' ORDER BY id", ("order", "release")),
)
# A tranche that two persons release: once it is in force and every paper of its rung is in.
APPROVALS = """
    SELECT c.reference || '/' || t.position + 1 FROM tranche t JOIN convention c ON c.id = t.convention_id
      JOIN scheme_rung r ON (r.scheme_id, r.position) = (c.scheme_id, t.position)
     WHERE t.state = 'held' AND r.needs_approval AND c.state IN ('in_force', 'expired')
       AND NOT EXISTS (SELECT 1 FROM proposal p WHERE p.convention_id = c.id AND p.act = 'approve' AND p.position = t.position
                          AND p.decided_on IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM paper p WHERE p.convention_id = c.id AND p.state = 'expected' AND r.papers >> p.position & 1 = 1)
     ORDER BY t.id"""
REASONED = ("account", "release")


class People:
    """LATE: days from when somebody could sign or hand in a paper until it is done; PAPERS: whether any comes."""

    def __init__(self, place, start, signatures_late, papers_late, papers):
        self.place, self.refused = place, {}
        self.times = {"start": start, "signatures_late": signatures_late, "papers_late": papers_late, "no_papers": "false" if papers else "true"}

    def does(self, role, today, *words):
        """One command. What is refused is tried again a week later, and told at the end if it was never done."""
        act = tuple(w for w in words if w != today.isoformat())
        if act in self.refused and (today - self.refused[act][0]).days % 7:
            return 0
        try:
            self.place.ctl(*words, role=role)
            self.refused.pop(act, None)
            return 1
        except Refused as why:
            self.refused.setdefault(act, (today, str(why)))
            return 0

    def act(self, today):
        """All that people do on a day; how much was done."""
        done, reason = 0, _("rehearsal")
        for name, role, query, verb in ACTS:
            for row in self.place.sql(query % dict(self.times, today=today)):
                words = verb + tuple(w for w in row if w) + (("--reason", reason) if name in REASONED else ())
                done += self.does(role, today, *words)
        for (tranche,) in self.place.sql(APPROVALS):
            words = ("tranche", "approve", tranche, "--reason", reason)
            done += self.does("officer", today, *words) and self.does("approver", today, *words)
        return done
