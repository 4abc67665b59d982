-- 0019: the outbox of mails. Worded and stored by the daemon with the fact they tell of; the mailer's role takes and
-- marks them, and can do nothing else.

CREATE TABLE mail (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event          text COLLATE "C" NOT NULL,
  kind           text COLLATE "C" NOT NULL,
  person         text NOT NULL,
  address        text NOT NULL,
  scheme_code    text COLLATE "C" NOT NULL,
  convention_ref text COLLATE "C" NOT NULL,
  subject        text NOT NULL,
  body           text NOT NULL,
  html           text NOT NULL,
  calendar       text NOT NULL DEFAULT '',
  message_id     text COLLATE "C" NOT NULL UNIQUE,
  dated_at       timestamptz NOT NULL,
  queued_on      date NOT NULL,
  gather_on      date,
  state          text NOT NULL DEFAULT 'queued',
  tries          integer NOT NULL DEFAULT 0,
  next_try_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  taken_until    timestamptz,
  reply          text NOT NULL DEFAULT '',
  ended_at       timestamptz,
  noted          boolean NOT NULL DEFAULT false,
  CONSTRAINT mail_once UNIQUE (event, address),
  CONSTRAINT mail_state CHECK (state IN ('gathered', 'digested', 'queued', 'delivered', 'refused', 'cancelled')),
  CONSTRAINT mail_ended CHECK ((state IN ('gathered', 'queued')) = (ended_at IS NULL)),
  CONSTRAINT mail_gathered CHECK ((state IN ('gathered', 'digested')) <= (gather_on IS NOT NULL)),
  CONSTRAINT mail_address CHECK (address ~ '^[!-~]+@[!-~]+$' AND address !~ '[<>]'),
  CONSTRAINT mail_lines CHECK (subject !~ '[[:cntrl:]]' AND subject <> '' AND message_id ~ '^[0-9A-Za-z.-]+@[0-9A-Za-z.-]+$')
);
COMMENT ON TABLE mail IS 'one row for each event and address, whatever parts a person plays';
COMMENT ON COLUMN mail.event IS 'what it tells of, once for ever: a journal row by its number, or an obligation with its day';
COMMENT ON COLUMN mail.calendar IS 'attached as a file; empty: none is';
COMMENT ON COLUMN mail.person IS 'as the configuration names them; empty: the contact of a beneficiary';
COMMENT ON COLUMN mail.state IS 'gathered: waits for the digest of gather_on, which names it (digested); queued: waits; '
  'delivered: a mail server has taken it; refused: for good, a person must look';
COMMENT ON COLUMN mail.taken_until IS 'the mailer that took it has until then; after that it may be taken again';
COMMENT ON COLUMN mail.reply IS 'what the mail server said last, or why it could not be reached';
COMMENT ON COLUMN mail.noted IS 'that it was refused stands in the journal';
CREATE INDEX mail_waiting ON mail (next_try_at, id) WHERE state = 'queued';
CREATE INDEX mail_untaken ON mail (next_try_at) WHERE state = 'queued' AND taken_until IS NULL;
CREATE INDEX mail_taken ON mail (taken_until) WHERE state = 'queued' AND taken_until IS NOT NULL;
CREATE INDEX mail_gathering ON mail (gather_on, person) WHERE state = 'gathered';
CREATE INDEX mail_refused ON mail (id) WHERE state = 'refused';
CREATE INDEX mail_unnoted ON mail (id) WHERE state = 'refused' AND NOT noted;

-- What was delivered stays so; what was cancelled too, unless it was on its way; what was refused is tried again when a
-- person says so.
CREATE FUNCTION mail_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT ((OLD.state = 'queued' AND NEW.state <> 'gathered')
     OR (OLD.state = 'gathered' AND NEW.state IN ('digested', 'cancelled'))
     OR (OLD.state = 'cancelled' AND NEW.state = 'delivered')
     OR (OLD.state = 'refused' AND NEW.state IN ('queued', 'cancelled'))) THEN
    RAISE EXCEPTION 'mail %: % stays so', OLD.message_id, OLD.state USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_moves';
  END IF;
  IF NEW.state IN ('queued', 'cancelled') AND NEW.state <> OLD.state AND right(current_user, 7) = '_mailer' THEN
    RAISE EXCEPTION 'mail %: who delivers neither gives up nor tries again', OLD.message_id
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'mail_moves';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER mail_moves BEFORE UPDATE OF state ON mail FOR EACH ROW EXECUTE FUNCTION mail_moves();
