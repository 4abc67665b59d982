-- 0009: the journal is sealed by the leader in batches; each seal covers the one before it.

CREATE TABLE journal_seal (
  number      bigint PRIMARY KEY CHECK (number > 0),
  from_id     bigint NOT NULL,
  last_id     bigint NOT NULL UNIQUE CHECK (last_id >= from_id),
  entry_count bigint NOT NULL CHECK (entry_count > 0),
  marks       bytea NOT NULL,
  sha256      bytea NOT NULL CHECK (length(sha256) = 32),
  sealed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (length(marks) = 16 * entry_count)
);
COMMENT ON TABLE journal_seal IS 'append-only: SHA-256 over the last seal and the journal rows since';
COMMENT ON COLUMN journal_seal.marks IS
  'a row''s id and the first 8 bytes of its own SHA-256, 16 bytes each: names the row that was changed';
CREATE TRIGGER journal_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_seal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
