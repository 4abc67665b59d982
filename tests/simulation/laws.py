"""What must hold after every step, recomputed from the rows, and from the notebook of the people in the story."""
import sandbox

LAWS = dict(sandbox.INVARIANTS, **{
    "an order in no file, or in a file that pays another sum":
        "SELECT count(*) FROM order_file f WHERE f.tx_count <> (SELECT count(*) FROM payment_order o WHERE o.order_file_id = f.id) OR "
        "f.total_cents <> (SELECT sum(o.amount_cents) FROM payment_order o WHERE o.order_file_id = f.id)",
    "bytes that are not what was decided": "SELECT count(*) FROM order_file WHERE sha256(body) <> sha256",
    "a paid tranche without an answer":
        "SELECT count(*) FROM tranche t WHERE t.state = 'paid' AND NOT EXISTS (SELECT 1 FROM payment_order o JOIN proof p ON p.order_id = o.id "
        "WHERE o.tranche_id = t.id AND p.event = 'booked')",
    "taken above the ceiling":
        "SELECT count(*) FROM (SELECT c.id, t.ceiling_cents + c.recovery_cents AS most, sum(t.taken_cents) OVER (PARTITION BY c.id ORDER BY t.position) "
        "AS taken FROM tranche t JOIN convention c ON c.id = t.convention_id) x WHERE taken > most",
    "a mail that is told twice to one address": "SELECT count(*) FROM (SELECT 1 FROM mail GROUP BY event, address HAVING count(*) > 1) x",
    "seals with a gap": "SELECT count(*) FROM (SELECT number, row_number() OVER (ORDER BY number) AS n FROM journal_seal) x WHERE number <> n",
})
QUERY = " UNION ALL ".join("SELECT '%s' WHERE (%s) <> 0" % (what, query) for what, query in LAWS.items())
ORDERS = ("SELECT o.id, o.end_to_end_id, c.reference, t.position, o.amount_cents, a.iban, f.decided_on, o.state FROM payment_order o JOIN tranche t ON "
          "t.id = o.tranche_id JOIN convention c ON c.id = o.convention_id JOIN account a ON a.id = o.account_id JOIN order_file f ON "
          "f.id = o.order_file_id ORDER BY o.id")


class Broken(AssertionError):
    """A law that does not hold; the first line says which."""
