-- 0012: what a person decided where the database and the folders do not tell the same; nobody is no second person.

CREATE TABLE reconciliation (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  decision    text COLLATE "C" NOT NULL CHECK (decision IN ('accepted', 'void', 'adopted', 'taken', 'not_taken')),
  file_name   text COLLATE "C",
  sha256      bytea NOT NULL CHECK (length(sha256) = 32),
  reason      text NOT NULL CHECK (reason <> ''),
  person      text NOT NULL CHECK (person <> ''),
  decided_on  date NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((decision = 'accepted') = (file_name IS NULL))
);
COMMENT ON TABLE reconciliation IS 'append-only: what a person decided after the database or a folder went back in time';
COMMENT ON COLUMN reconciliation.sha256 IS 'of the witness that was overruled, or of the file that was decided about';
CREATE UNIQUE INDEX reconciliation_accepted ON reconciliation (sha256) WHERE decision = 'accepted';
CREATE INDEX reconciliation_by_file ON reconciliation (file_name);
CREATE TRIGGER reconciliation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE account ADD CONSTRAINT account_verified_by_somebody CHECK (verified_by <> '');
ALTER TABLE proposal ADD CONSTRAINT proposal_decided_by_somebody CHECK (decided_by <> '');
ALTER TABLE paper ADD CONSTRAINT paper_decided_by_somebody CHECK (decided_by <> '');
