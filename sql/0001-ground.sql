-- 0001: what the service itself needs: what kind of database this is, who leads, what happened.
-- The runner opens the transaction, sets role and search_path, and registers the number.

CREATE TABLE instance (
  only_row         boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  kind             text NOT NULL CHECK (kind IN ('live', 'rehearsal')),
  rehearsal_on     date,
  rehearsal_target date,
  CHECK (kind = 'rehearsal' OR (rehearsal_on IS NULL AND rehearsal_target IS NULL)),
  CHECK (rehearsal_target IS NULL OR rehearsal_on IS NULL OR rehearsal_target >= rehearsal_on)
);
COMMENT ON TABLE instance IS 'one row: what this database is; chosen once, when it is made';
COMMENT ON COLUMN instance.rehearsal_on IS 'the rehearsal''s day; it stands still at 09:00 and only moves forward';
COMMENT ON COLUMN instance.rehearsal_target IS 'the day the clock was asked to reach; the leader walks there';

CREATE TABLE lease (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  holder   text NOT NULL DEFAULT '',
  number   bigint NOT NULL DEFAULT 0 CHECK (number BETWEEN 0 AND 999999),
  until    timestamptz NOT NULL DEFAULT '-infinity',
  messages bigint NOT NULL DEFAULT 0 CHECK (messages BETWEEN 0 AND 9999999)
);
COMMENT ON TABLE lease IS 'one row: which daemon decides; every deciding transaction begins by renewing it';
COMMENT ON COLUMN lease.holder IS 'a random id of the process, never a host name';
COMMENT ON COLUMN lease.number IS 'rises with every change of holder; part of every MsgId';
COMMENT ON COLUMN lease.messages IS 'counter of order files under this number; part of every MsgId';
INSERT INTO lease DEFAULT VALUES;

CREATE TABLE journal (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  on_date         date NOT NULL,
  person          text NOT NULL CHECK (person <> ''),
  kind            text COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z_]+\.[a-z_]+$'),
  scheme_code     text COLLATE "C",
  convention_ref  text COLLATE "C",
  tranche_number  integer,
  what            text NOT NULL,
  why             text NOT NULL DEFAULT ''
);
COMMENT ON TABLE journal IS 'append-only: every fact and decision, when, who, what, why';
COMMENT ON COLUMN journal.on_date IS 'the authority''s day (the rehearsal''s, in a rehearsal)';
COMMENT ON COLUMN journal.what IS 'one sentence in the language of the configuration, as the staff reads it';
CREATE INDEX journal_by_convention ON journal (convention_ref, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
