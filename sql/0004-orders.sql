-- 0004: payment orders and the files that carry them.

CREATE TABLE order_file (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id   text COLLATE "C" NOT NULL UNIQUE CHECK (message_id ~ '^[A-Z0-9][A-Z0-9-]{0,32}$'),
  file_name    text COLLATE "C" NOT NULL UNIQUE,
  scheme_id    bigint NOT NULL REFERENCES scheme,
  decided_on   date NOT NULL,
  execution_on date NOT NULL CHECK (execution_on >= decided_on),
  tx_count     integer NOT NULL CHECK (tx_count > 0),
  total_cents  bigint NOT NULL CHECK (total_cents > 0),
  sha256       bytea NOT NULL CHECK (length(sha256) = 32),
  body         bytea NOT NULL,
  state        text COLLATE "C" NOT NULL DEFAULT 'prepared' CHECK (state IN ('prepared', 'written', 'cancelled')),
  lease_number bigint NOT NULL,
  host         text COLLATE "C" NOT NULL,
  boot_id      text COLLATE "C",
  blocked      text NOT NULL DEFAULT '',
  prepared_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  written_at   timestamptz,
  CHECK ((state = 'written') = (written_at IS NOT NULL)),
  CHECK (file_name = message_id || '.xml')
);
COMMENT ON TABLE order_file IS 'one message to the treasury, with its exact bytes';
COMMENT ON COLUMN order_file.body IS 'exact bytes for the treasury, fixed in the deciding transaction';
COMMENT ON COLUMN order_file.host IS 'where it goes: the machine (/etc/machine-id) and the id of its archive folder';
COMMENT ON COLUMN order_file.boot_id IS 'the boot under which it began to be put out';
COMMENT ON COLUMN order_file.blocked IS 'why a person must look before it goes out; empty: nothing';
CREATE INDEX order_file_prepared ON order_file (id) WHERE state = 'prepared';

CREATE FUNCTION order_file_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.message_id, OLD.file_name, OLD.scheme_id, OLD.decided_on, OLD.execution_on, OLD.tx_count,
      OLD.total_cents, OLD.sha256, OLD.body, OLD.lease_number, OLD.host)
     IS DISTINCT FROM
     (NEW.message_id, NEW.file_name, NEW.scheme_id, NEW.decided_on, NEW.execution_on, NEW.tx_count,
      NEW.total_cents, NEW.sha256, NEW.body, NEW.lease_number, NEW.host)
     OR (OLD.state <> 'prepared' AND NEW.state <> OLD.state)
  THEN
    RAISE EXCEPTION 'order file %: what was decided never changes', OLD.message_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER order_file_frozen BEFORE UPDATE ON order_file
  FOR EACH ROW EXECUTE FUNCTION order_file_frozen();
CREATE TRIGGER order_file_kept BEFORE DELETE OR TRUNCATE ON order_file
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE payment_order (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tranche_id    bigint NOT NULL REFERENCES tranche,
  convention_id bigint NOT NULL REFERENCES convention,
  account_id    bigint NOT NULL,
  order_file_id bigint NOT NULL REFERENCES order_file,
  end_to_end_id text COLLATE "C" NOT NULL UNIQUE CHECK (end_to_end_id ~ '^[A-Z0-9][A-Z0-9-]{0,29}$'),
  amount_cents  bigint NOT NULL CHECK (amount_cents BETWEEN 1 AND 99999999999),
  state         text COLLATE "C" NOT NULL DEFAULT 'prepared'
                CHECK (state IN ('prepared', 'written', 'acknowledged', 'accepted', 'booked',
                                 'awaiting_release', 'rejected', 'returned', 'cancelled')),
  reissue_of    bigint REFERENCES payment_order,
  FOREIGN KEY (account_id, convention_id) REFERENCES account (id, convention_id)
);
COMMENT ON TABLE payment_order IS 'one credit transfer for one tranche; a re-issue is a new order that names the old one';
CREATE UNIQUE INDEX one_live_order ON payment_order (tranche_id)
  WHERE state NOT IN ('rejected', 'returned', 'cancelled');
CREATE INDEX payment_order_by_file ON payment_order (order_file_id);
CREATE INDEX payment_order_by_convention ON payment_order (convention_id);
CREATE TRIGGER payment_order_kept BEFORE DELETE OR TRUNCATE ON payment_order
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where an order comes into being, all that must be true is looked at once more: its tranche took
-- exactly this sum, its account is the current one and was verified by a second person, and its
-- file counts and sums just its orders.
CREATE FUNCTION payment_order_true() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
    FROM order_file f
    JOIN LATERAL (SELECT count(*) AS n, sum(o.amount_cents) AS total
                    FROM payment_order o WHERE o.order_file_id = f.id) s ON true
   WHERE f.id IN (SELECT order_file_id FROM fresh)
     AND (s.n, s.total) IS DISTINCT FROM (f.tx_count::bigint, f.total_cents::numeric)
   LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'order file %: its count or sum is not that of its orders', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_file_sum';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payment_order_true AFTER INSERT ON payment_order REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION payment_order_true();

CREATE FUNCTION payment_order_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.tranche_id, OLD.convention_id, OLD.account_id, OLD.order_file_id, OLD.end_to_end_id,
      OLD.amount_cents, OLD.reissue_of)
     IS DISTINCT FROM
     (NEW.tranche_id, NEW.convention_id, NEW.account_id, NEW.order_file_id, NEW.end_to_end_id,
      NEW.amount_cents, NEW.reissue_of)
     OR (OLD.state IN ('rejected', 'returned', 'cancelled') AND NEW.state <> OLD.state)
     -- a written order dies by an answer of the bank, or with its whole file before that is written
     OR (NEW.state = 'cancelled' AND OLD.state <> 'cancelled' AND
         EXISTS (SELECT 1 FROM order_file f WHERE f.id = OLD.order_file_id AND f.state = 'written'))
     OR (NEW.state = 'prepared' AND OLD.state <> 'prepared')
  THEN
    RAISE EXCEPTION 'order %: what was ordered never changes', OLD.end_to_end_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_order_frozen BEFORE UPDATE ON payment_order
  FOR EACH ROW EXECUTE FUNCTION payment_order_frozen();

-- An account's number, holder and proposer never change; it is verified once, superseded once.
CREATE FUNCTION account_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.convention_id, OLD.ordinal, OLD.iban, OLD.bic, OLD.holder, OLD.proposed_by, OLD.proposed_on)
     IS DISTINCT FROM
     (NEW.convention_id, NEW.ordinal, NEW.iban, NEW.bic, NEW.holder, NEW.proposed_by, NEW.proposed_on)
     OR (OLD.verified_by IS NOT NULL AND (OLD.verified_by, OLD.verified_on) IS DISTINCT FROM (NEW.verified_by, NEW.verified_on))
     OR (OLD.superseded_on IS NOT NULL AND OLD.superseded_on IS DISTINCT FROM NEW.superseded_on)
  THEN
    RAISE EXCEPTION 'account %: it is never edited, only superseded', OLD.id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER account_frozen BEFORE UPDATE ON account
  FOR EACH ROW EXECUTE FUNCTION account_frozen();

-- While a tranche has a live order it keeps what it took and is neither held nor closed: nothing
-- makes it look free to be ordered again.
CREATE FUNCTION tranche_taken() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (NEW.taken_cents < OLD.taken_cents OR (NEW.state IN ('held', 'closed') AND NEW.state <> OLD.state))
     AND EXISTS (SELECT 1 FROM payment_order o WHERE o.tranche_id = OLD.id
                  AND o.state NOT IN ('rejected', 'returned', 'cancelled'))
  THEN
    RAISE EXCEPTION 'tranche %: it has a live order', OLD.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tranche_taken';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tranche_taken BEFORE UPDATE ON tranche
  FOR EACH ROW EXECUTE FUNCTION tranche_taken();
