-- 0017: what a line stands for, and what tells it from its like.

-- A line that stands for a whole file keeps which one, as a single one keeps its order.
ALTER TABLE movement ADD COLUMN order_file_id bigint REFERENCES order_file,
  ADD CONSTRAINT movement_one_or_all CHECK (order_id IS NULL OR order_file_id IS NULL);
COMMENT ON COLUMN movement.order_file_id IS 'the file that it stands for as a whole';
CREATE INDEX movement_order_file ON movement (order_file_id) WHERE order_file_id IS NOT NULL;

-- Under one bank reference two entries of a sum and a day are told apart by their names, wherever they stand.
ALTER TABLE entry ADD COLUMN apart bytea CONSTRAINT entry_apart_once UNIQUE CHECK (length(apart) = 32);
COMMENT ON COLUMN entry.apart IS 'SHA-256 of account, bank reference, sum, day, and the name of the payment: its batch, '
  'its EndToEndId or transaction number, or its text; null: without a bank reference its identity holds all that it says';
COMMENT ON COLUMN entry.identity IS 'SHA-256 of what makes it this entry and no other: account, bank reference, sum, day, '
  'and the how-manieth of its like in its statement; apart, where another one has that';
