-- 0005: commands that are repeated: one request id is one act, and has one answer.

CREATE TABLE request (
  id          text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{8,64}$'),
  person      text NOT NULL CHECK (person <> ''),
  sha256      bytea NOT NULL CHECK (length(sha256) = 32),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  answer      text
);
COMMENT ON TABLE request IS 'commands that were carried out, inserted first in their own transaction';
COMMENT ON COLUMN request.id IS 'made by the client';
COMMENT ON COLUMN request.sha256 IS 'over method, path with query, and body: the same id with another one is refused';
COMMENT ON COLUMN request.answer IS 'the answer as JSON, given again when the command is repeated; null: it waits for the clock';

CREATE FUNCTION request_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.id, OLD.person, OLD.sha256) IS DISTINCT FROM (NEW.id, NEW.person, NEW.sha256) OR OLD.answer IS NOT NULL THEN
    RAISE EXCEPTION 'request %: its answer is given once', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER request_frozen BEFORE UPDATE ON request
  FOR EACH ROW EXECUTE FUNCTION request_frozen();
CREATE TRIGGER request_kept BEFORE DELETE OR TRUNCATE ON request
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE journal ADD COLUMN request_id text COLLATE "C" REFERENCES request;
COMMENT ON COLUMN journal.request_id IS 'the command that wrote the row; null: the daemon itself';
