-- 0021: the contact belongs to the convention: a company may name another one for another call.

ALTER TABLE convention ADD COLUMN email text NOT NULL DEFAULT '';
COMMENT ON COLUMN convention.email IS 'of the contact on the side of the beneficiary; empty: none, nobody there is told anything';
UPDATE convention c SET email = b.email FROM beneficiary b WHERE b.id = c.beneficiary_id AND b.email <> '';
ALTER TABLE beneficiary DROP COLUMN email;
