-- 0022: what was cancelled may be told after all: an address that is put right again, a reminder whose reason came back.

CREATE OR REPLACE FUNCTION mail_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT ((OLD.state = 'queued' AND NEW.state <> 'gathered')
     OR (OLD.state = 'gathered' AND NEW.state IN ('digested', 'cancelled'))
     OR (OLD.state = 'cancelled' AND NEW.state IN ('delivered', 'queued', 'gathered'))
     OR (OLD.state = 'refused' AND NEW.state IN ('queued', 'cancelled'))) THEN
    RAISE EXCEPTION 'mail %: % stays so', OLD.message_id, OLD.state USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_moves';
  END IF;
  IF NEW.state IN ('queued', 'gathered', 'cancelled') AND NEW.state <> OLD.state AND right(current_user, 7) = '_mailer' THEN
    RAISE EXCEPTION 'mail %: who delivers neither gives up nor tries again', OLD.message_id
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'mail_moves';
  END IF;
  RETURN NEW;
END $$;

ALTER TABLE reminder ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN reminder.withdrawn IS 'taken back before it was sent, for it was done: told anew if it is not, after all';
CREATE INDEX mail_queued_about ON mail (convention_ref, kind) WHERE state = 'queued';
CREATE INDEX mail_gathered_about ON mail (convention_ref, kind) WHERE state = 'gathered';
