-- 0027: who delivers does not say either that a mail went into a digest.

CREATE OR REPLACE FUNCTION mail_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT ((OLD.state = 'queued' AND NEW.state <> 'gathered')
     OR (OLD.state = 'gathered' AND NEW.state IN ('digested', 'cancelled'))
     OR (OLD.state = 'cancelled' AND NEW.state IN ('delivered', 'queued', 'gathered'))
     OR (OLD.state = 'refused' AND NEW.state IN ('queued', 'cancelled'))) THEN
    RAISE EXCEPTION 'mail %: % stays so', OLD.message_id, OLD.state USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_moves';
  END IF;
  IF NEW.state IN ('queued', 'gathered', 'digested', 'cancelled') AND NEW.state <> OLD.state
     AND right(current_user, 7) = '_mailer' THEN
    RAISE EXCEPTION 'mail %: who delivers neither gives up nor tries again', OLD.message_id
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'mail_moves';
  END IF;
  RETURN NEW;
END $$;
