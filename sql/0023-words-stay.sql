-- 0023: what a mail says stays as it was worded, but where it was cancelled and is told after all.

CREATE FUNCTION mail_words() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.state <> 'cancelled' THEN
    RAISE EXCEPTION 'mail %: what it says stays', OLD.message_id USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_words';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER mail_words BEFORE UPDATE OF gather_on, subject, body, html, calendar, dated_at, queued_on ON mail
  FOR EACH ROW EXECUTE FUNCTION mail_words();
COMMENT ON COLUMN mail.gather_on IS 'the day of the digest that names it; empty: it is sent by itself';
