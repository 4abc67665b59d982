-- 0006: documents, kept by their SHA-256 with the fact they came with: on no single host.

CREATE TABLE document (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256     bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
  byte_count bigint NOT NULL CHECK (byte_count > 0),
  stored_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE document IS 'a file kept by its SHA-256: signed convention, decision, bank slip, report';

CREATE TABLE document_part (
  document_id bigint NOT NULL REFERENCES document,
  number      integer NOT NULL CHECK (number >= 0),
  bytes       bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
  PRIMARY KEY (document_id, number)
);
COMMENT ON TABLE document_part IS 'its bytes, 1 MiB a row, so that no reader holds a whole one';
ALTER TABLE document_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE attachment (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id   bigint NOT NULL REFERENCES document,
  scheme_id     bigint NOT NULL REFERENCES scheme,
  convention_id bigint REFERENCES convention,
  kind          text COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z0-9-]+$'),
  file_name     text NOT NULL DEFAULT '',
  attached_on   date NOT NULL,
  person        text NOT NULL CHECK (person <> '')
);
COMMENT ON TABLE attachment IS 'which document came with which fact';
COMMENT ON COLUMN attachment.convention_id IS 'null: it is about the scheme';
COMMENT ON COLUMN attachment.kind IS 'a paper of the scheme, or signature, account, decision, amendment';
CREATE INDEX attachment_by_convention ON attachment (convention_id);
CREATE INDEX attachment_by_scheme ON attachment (scheme_id) WHERE convention_id IS NULL;

CREATE TRIGGER document_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON document
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_part_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON document_part
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attachment
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
