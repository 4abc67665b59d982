-- 0026: of a seal nothing is kept that its digest or the rows below it do not prove.

ALTER TABLE journal_seal DROP COLUMN sealed_at;
