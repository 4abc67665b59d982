-- 0014: a file that a person says was not taken may be put out by another host, though it was written.

CREATE OR REPLACE FUNCTION order_file_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.message_id, OLD.file_name, OLD.scheme_id, OLD.decided_on, OLD.execution_on, OLD.tx_count,
      OLD.total_cents, OLD.sha256, OLD.body, OLD.lease_number)
     IS DISTINCT FROM
     (NEW.message_id, NEW.file_name, NEW.scheme_id, NEW.decided_on, NEW.execution_on, NEW.tx_count,
      NEW.total_cents, NEW.sha256, NEW.body, NEW.lease_number)
     OR (OLD.state <> 'prepared' AND NEW.state IS DISTINCT FROM OLD.state)
     OR (OLD.state <> 'prepared' AND NEW.host IS DISTINCT FROM OLD.host AND NOT (NEW.again AND OLD.blocked <> ''))
     OR (OLD.taken_at IS NOT NULL AND NEW.taken_at IS DISTINCT FROM OLD.taken_at)
  THEN
    RAISE EXCEPTION 'order file %: what was decided never changes', OLD.message_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
