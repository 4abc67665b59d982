-- 0018: which answers told an entry again, and details that come later than their entry.

CREATE TABLE retold (
  answer_id bigint NOT NULL REFERENCES answer,
  entry_id  bigint NOT NULL REFERENCES entry,
  kind      text COLLATE "C" NOT NULL,
  completes boolean NOT NULL DEFAULT false,
  PRIMARY KEY (answer_id, entry_id, kind)
);
COMMENT ON TABLE retold IS 'an entry that an answer told again, by which kind of report: each kind tells a debit once';
COMMENT ON COLUMN retold.completes IS 'with the details that it added the entry sums up, and did not before';
CREATE INDEX retold_entry ON retold (entry_id);

-- A bank may name nothing but the sum of a file.
CREATE INDEX order_file_total ON order_file (total_cents);

ALTER TABLE movement ADD COLUMN likeness bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN movement.likeness IS 'of a detail: what names it, and the how-manieth of its like in its entry it is, in '
  '64 bits, by which it is known when it is told again; 0: it is no detail, or was stored before this was kept';
