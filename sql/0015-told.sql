-- 0015: entries told apart more finely, money that comes back in parts, and what the bank calls settled.

-- Twins are counted within one statement: the same entry in another one of the same file is told again.
ALTER TABLE entry ADD COLUMN block integer NOT NULL DEFAULT 1, ADD COLUMN twin integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN entry.identity IS 'SHA-256 of what makes it this entry and no other: account, bank reference, sum, day, the '
  'how-manieth of its like in its statement, and the payment''s identifier where another payment has all that already';
COMMENT ON COLUMN entry.block IS 'in which statement of its file it came, from 1';
COMMENT ON COLUMN entry.twin IS 'how many of its like came before it in that statement';

-- A booking is proven once; money may come back in parts, each by a movement of its own.
DROP INDEX proof_once;
CREATE UNIQUE INDEX proof_booked_once ON proof (order_id) WHERE event = 'booked';
CREATE UNIQUE INDEX proof_returned_once ON proof (order_id, movement_id) WHERE event = 'returned';

ALTER TABLE proof DROP CONSTRAINT proof_event_check,
  ADD CONSTRAINT proof_event_check CHECK (event IN ('received', 'mismatch', 'accepted', 'settled', 'rejected', 'cancelled',
    'booked', 'returned'));

CREATE OR REPLACE FUNCTION payment_order_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  needed text[] := CASE NEW.state WHEN 'acknowledged' THEN '{received}'::text[] WHEN 'awaiting_release' THEN '{mismatch}'
                   WHEN 'accepted' THEN '{accepted,settled}' ELSE ARRAY[NEW.state] END;
BEGIN
  IF (OLD.tranche_id, OLD.convention_id, OLD.account_id, OLD.order_file_id, OLD.end_to_end_id,
      OLD.amount_cents, OLD.reissue_of)
     IS DISTINCT FROM
     (NEW.tranche_id, NEW.convention_id, NEW.account_id, NEW.order_file_id, NEW.end_to_end_id,
      NEW.amount_cents, NEW.reissue_of)
     OR (OLD.state IN ('rejected', 'returned', 'cancelled') AND NEW.state <> OLD.state)
     OR (OLD.state = 'booked' AND NEW.state NOT IN ('booked', 'returned'))
     OR (NEW.state IN ('prepared', 'written') AND OLD.state <> NEW.state
         AND NOT (OLD.state = 'prepared' AND NEW.state = 'written'))
  THEN
    RAISE EXCEPTION 'order %: what was ordered never changes', OLD.end_to_end_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state <> OLD.state AND NEW.state NOT IN ('prepared', 'written')
     AND NOT EXISTS (SELECT 1 FROM proof p WHERE p.order_id = NEW.id AND p.event = ANY (needed))
     AND NOT (NEW.state = 'acknowledged' AND OLD.state = 'awaiting_release'
              AND EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = NEW.id AND a.act = 'release'))
     AND NOT (NEW.state = 'cancelled'
              AND EXISTS (SELECT 1 FROM order_file f WHERE f.id = OLD.order_file_id AND f.state = 'cancelled'))
  THEN
    RAISE EXCEPTION 'order %: nothing proves that it is %', OLD.end_to_end_id, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_proven';
  END IF;
  RETURN NEW;
END $$;
