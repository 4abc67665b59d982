-- 0025: which orders nobody would decide at this moment, or ever again, and why.

CREATE VIEW order_doubtful AS
  SELECT o.id, o.order_file_id, o.end_to_end_id, w.why
    FROM payment_order o JOIN account a ON a.id = o.account_id JOIN convention c ON c.id = o.convention_id
   CROSS JOIN LATERAL (SELECT CASE
         WHEN EXISTS (SELECT 1 FROM payment_order e JOIN movement m ON m.order_id = e.id
                       WHERE e.convention_id = o.convention_id AND e.tranche_id = o.tranche_id AND e.id < o.id
                         AND m.state IN ('differs', 'contradicts')) THEN 'earlier_order'
         WHEN c.set_aside <> '' THEN 'set_aside'
         WHEN a.refused_on IS NOT NULL AND a.confirmed_on IS NULL THEN 'account_refused'
         ELSE (SELECT min(g.kind) FROM flag g
                WHERE g.convention_id = c.id AND g.kind IN ('disputed', 'suspended') AND g.lifted_on IS NULL)
         END AS why) w
   WHERE w.why IS NOT NULL;
COMMENT ON VIEW order_doubtful IS 'nobody would decide them at this moment; that can change';

-- More taken than the grant, since it was lowered: the third way to be unwanted.
CREATE OR REPLACE VIEW order_unwanted AS
  SELECT o.id, o.order_file_id, o.end_to_end_id, w.why
    FROM payment_order o JOIN account a ON a.id = o.account_id JOIN convention c ON c.id = o.convention_id
   CROSS JOIN LATERAL (SELECT CASE
         WHEN c.state = 'terminated' THEN 'terminated'
         WHEN c.recovery_cents > 0 THEN 'grant_lowered'
         WHEN a.superseded_on IS NOT NULL THEN 'account_replaced'
         END AS why) w
   WHERE w.why IS NOT NULL;
COMMENT ON VIEW order_unwanted IS 'nobody will decide them again';

CREATE VIEW order_out AS
  SELECT o.id, o.convention_id, o.tranche_id, o.end_to_end_id, b.booked_on,
         t.state NOT IN ('rejected', 'returned', 'cancelled') AS beside
    FROM payment_order o JOIN tranche t ON t.id = o.tranche_id
   CROSS JOIN LATERAL (SELECT max(p.happened_on) AS booked_on FROM proof p WHERE p.order_id = o.id AND p.event = 'booked') b
   WHERE o.state IN ('rejected', 'returned', 'cancelled') AND b.booked_on IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM proof p WHERE p.order_id = o.id AND p.event = 'returned');
COMMENT ON VIEW order_out IS
  'booked though proven dead, and nothing came back; beside: what its tranche took is another sum';
