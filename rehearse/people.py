"""What people are taken to do in a rehearsal, day by day: everyone does what is asked of them, on the day or some days late."""
from place import Refused
from words import _

# A tranche that two persons release: once it is in force and every paper of its rung is in; what somebody declined stays so.
APPROVALS = """
    SELECT c.reference || '/' || t.position + 1 FROM tranche t JOIN convention c ON c.id = t.convention_id
      JOIN scheme_rung r ON (r.scheme_id, r.position) = (c.scheme_id, t.position)
      CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.decided_on IS NULL AND x.declined_on IS NULL) > 0 AS proposed,
                                 count(*) FILTER (WHERE x.decided_on IS NOT NULL OR x.declined_on IS NOT NULL) > 0 AS ended
                            FROM proposal x WHERE x.convention_id = c.id AND x.act = 'approve' AND x.position = t.position) p
     WHERE t.state = 'held' AND r.needs_approval AND c.state IN ('in_force', 'expired') AND NOT p.ended
       AND NOT EXISTS (SELECT 1 FROM paper n WHERE n.convention_id = c.id AND n.state = 'expected' AND r.papers >> n.position & 1 = 1)
       AND p.proposed = {} ORDER BY t.id"""

# Each: a command, who gives it, and the rows of what is there to be done on the day %(today)s, as the words that follow.
# A paper that nothing gives a day to comes on the convention's last one; acceptance takes the scheme's days of review, but not
# longer than the convention lasts, for afterwards it would be of no use.
ACTS = (
    (("scheme", "decision"), "officer", """
        SELECT code, '--received', greatest(decided_on, coalesce(received_on, '%(today)s')),
               '--published', greatest(decided_on, coalesce(published_on, '%(today)s'))
          FROM scheme WHERE (received_on IS NULL OR published_on IS NULL) AND decided_on <= '%(today)s' ORDER BY id"""),
    (("account", "verify"), "approver", """
        SELECT c.reference FROM account a JOIN convention c ON c.id = a.convention_id
         WHERE a.superseded_on IS NULL AND a.verified_on IS NULL AND a.refused_on IS NULL AND c.state <> 'terminated' ORDER BY a.id"""),
    (("convention", "sign"), "officer", """
        SELECT c.reference, '--party', p.name, CASE WHEN p.name = 'authority' AND s.signatories <> '{}' THEN '--by=' || s.signatories[1] END
          FROM convention c JOIN scheme s ON s.id = c.scheme_id JOIN scheme_party p ON p.scheme_id = s.id
         WHERE c.state IN ('draft', 'signing') AND greatest(date '%(start)s', s.decided_on) + %(signatures_late)s <= '%(today)s'
           AND NOT EXISTS (SELECT 1 FROM signature g WHERE g.convention_id = c.id AND g.party = p.name AND g.withdrawn_on IS NULL)
         ORDER BY c.id, p.position"""),
    (("convention", "launch"), "officer", """
        SELECT c.reference FROM convention c JOIN scheme_fact f ON f.scheme_id = c.scheme_id AND f.name = 'launch'
         WHERE c.state = 'in_force' AND NOT EXISTS (SELECT 1 FROM fact d WHERE d.convention_id = c.id AND d.name = f.name
                                                                     AND d.withdrawn_on IS NULL) ORDER BY c.id"""),
    (("report", "receive"), "officer", """
        SELECT c.reference, p.name FROM paper p JOIN convention c ON c.id = p.convention_id
         WHERE p.state = 'expected' AND %(papers)s AND coalesce(p.due_on, c.ends_on) + %(papers_late)s <= '%(today)s'
           AND c.state IN ('in_force', 'expired', 'completed') ORDER BY c.id, p.position"""),
    (("report", "accept"), "approver", """
        SELECT c.reference, p.name FROM paper p JOIN convention c ON c.id = p.convention_id
          JOIN scheme_paper s ON (s.scheme_id, s.position) = (c.scheme_id, p.position)
         WHERE p.state = 'received' AND s.needs_accepted AND c.state <> 'terminated'
           AND least(p.received_on + make_interval(months => s.review_months, days => s.review_days),
                     greatest(c.ends_on, p.received_on)) <= '%(today)s' ORDER BY c.id, p.position"""),
    (("order", "release"), "approver", "SELECT end_to_end_id FROM payment_order WHERE state = 'awaiting_release' ORDER BY id"),
    (("tranche", "approve"), "officer", APPROVALS.format("false")),
    (("tranche", "approve"), "approver", APPROVALS.format("true")),
)
REASONED = ("account", "order", "tranche")


class People:
    """LATE: days from when somebody could sign or hand in a paper until it is done; PAPERS: whether any comes."""

    def __init__(self, place, start, signatures_late, papers_late, papers):
        self.place, self.refused = place, {}
        self.times = {"start": start, "signatures_late": signatures_late, "papers_late": papers_late, "papers": str(papers).lower()}

    def does(self, role, today, words):
        """One command. What is refused is tried again each week."""
        act = tuple(w for w in words if w != today.isoformat())
        if act in self.refused and (today - self.refused[act][0]).days % 7:
            return act, 0
        try:
            self.place.ctl(*words, role=role)
            self.refused.pop(act, None)
            return act, 1
        except Refused as why:
            self.refused.setdefault(act, (today, str(why)))
            return act, 0

    def act(self, today):
        """All that people do on a day; how much was done. What was refused and is asked for no longer is forgotten."""
        done, asked = 0, set()
        for verb, role, query in ACTS:
            for row in self.place.sql(query % dict(self.times, today=today)):
                words = verb + tuple(w for w in row if w) + (("--reason", _("rehearsal")) if verb[0] in REASONED else ())
                act, count = self.does(role, today, words)
                asked.add(act)
                done += count
        self.refused = {act: why for act, why in self.refused.items() if act in asked}
        return done

    def left(self):
        """What the service refused and is still asked for: the commands, and why."""
        return [(" ".join(act), why) for act, (_first, why) in self.refused.items()]
