-- 0008: what the leader asks for and writes at every step costs what is due, not what is stored.

DROP INDEX convention_look_on;
CREATE INDEX convention_queue ON convention (scheme_id, look_on, id) WHERE look_on IS NOT NULL AND set_aside = '';
CREATE INDEX flag_by_convention ON flag (convention_id, lifted_on);
CREATE INDEX convention_set_aside ON convention (id) WHERE set_aside <> '';

-- Room in a page for the next version of a row: no index has to be told of it.
ALTER TABLE tranche SET (fillfactor = 70);

-- The account's own reference to (id, convention_id) says it already.
ALTER TABLE payment_order DROP CONSTRAINT payment_order_convention_id_fkey;
COMMENT ON COLUMN payment_order.convention_id IS 'that of the account, by the key both share';
COMMENT ON COLUMN payment_order.state IS 'prepared: nothing was heard of it, it is where its file is; else what was heard';

-- As in 0004, each file looked at once and not once for each of its orders.
CREATE OR REPLACE FUNCTION payment_order_true() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  broken text;
BEGIN
  SELECT o.end_to_end_id INTO broken
    FROM fresh o
    JOIN tranche t ON t.id = o.tranche_id
    JOIN account a ON a.id = o.account_id
   WHERE t.convention_id <> o.convention_id OR t.taken_cents <> o.amount_cents OR t.state <> 'ordered'
      OR a.verified_by IS NULL OR a.superseded_on IS NOT NULL
   LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'order %: its tranche or its account does not allow it', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_true';
  END IF;
  SELECT f.message_id INTO broken
    FROM (SELECT DISTINCT order_file_id FROM fresh) x
    JOIN order_file f ON f.id = x.order_file_id
    JOIN LATERAL (SELECT count(*) AS n, sum(o.amount_cents) AS total
                    FROM payment_order o WHERE o.order_file_id = x.order_file_id) s ON true
   WHERE (s.n, s.total) IS DISTINCT FROM (f.tx_count::bigint, f.total_cents::numeric)
   LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'order file %: its count or sum is not that of its orders', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_file_sum';
  END IF;
  RETURN NULL;
END $$;

-- As in 0004, called only where it has something to say.
DROP TRIGGER tranche_taken ON tranche;
CREATE TRIGGER tranche_taken BEFORE UPDATE ON tranche FOR EACH ROW
  WHEN (NEW.taken_cents < OLD.taken_cents OR (NEW.state IN ('held', 'closed') AND NEW.state <> OLD.state))
  EXECUTE FUNCTION tranche_taken();
