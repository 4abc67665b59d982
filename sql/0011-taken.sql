-- 0011: when the treasury took a file out of the outbox; a file may change hosts while it is prepared.

ALTER TABLE order_file ADD COLUMN taken_at timestamptz CHECK (taken_at IS NULL OR state = 'written');
COMMENT ON COLUMN order_file.taken_at IS 'when it was seen gone from the outbox, after that deletion was on disk';
COMMENT ON COLUMN order_file.blocked IS
  'why a person must look: before it goes out, or, once written, because nobody can say whether it was taken';
ALTER TABLE order_file ADD COLUMN again boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN order_file.again IS 'it was not taken, says a person: it is put out once more';
CREATE INDEX order_file_again ON order_file (id) WHERE again;
CREATE INDEX order_file_untaken ON order_file (id) WHERE taken_at IS NULL;
CREATE INDEX order_file_blocked ON order_file (id) WHERE blocked <> '';

CREATE OR REPLACE FUNCTION order_file_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.message_id, OLD.file_name, OLD.scheme_id, OLD.decided_on, OLD.execution_on, OLD.tx_count,
      OLD.total_cents, OLD.sha256, OLD.body, OLD.lease_number)
     IS DISTINCT FROM
     (NEW.message_id, NEW.file_name, NEW.scheme_id, NEW.decided_on, NEW.execution_on, NEW.tx_count,
      NEW.total_cents, NEW.sha256, NEW.body, NEW.lease_number)
     OR (OLD.state <> 'prepared' AND (NEW.state, NEW.host) IS DISTINCT FROM (OLD.state, OLD.host))
     OR (OLD.taken_at IS NOT NULL AND NEW.taken_at IS DISTINCT FROM OLD.taken_at)
  THEN
    RAISE EXCEPTION 'order file %: what was decided never changes', OLD.message_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
