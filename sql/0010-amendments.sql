-- 0010: a grant may change; what was taken before stays inside the ladder, or is claimed back.

ALTER TABLE convention ADD COLUMN recovery_cents bigint NOT NULL DEFAULT 0 CHECK (recovery_cents >= 0);
COMMENT ON COLUMN convention.recovery_cents IS 'what was taken above a grant that was lowered later: to be claimed back';

-- One rung alone may be above its ceiling then; the ladder's own check below says by how much.
ALTER TABLE tranche DROP CONSTRAINT tranche_check;

-- After every statement, for the conventions that it touched: the planned parts are the grant, the
-- ceilings rise to it, and nothing taken is above its ceiling, but for what is to be claimed back.
CREATE OR REPLACE FUNCTION tranche_ladder() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  broken text;
BEGIN
  SELECT c.reference INTO broken
    FROM (SELECT r.convention_id, r.ceiling_cents, r.planned_cents,
                 sum(r.taken_cents) OVER ladder AS taken_so_far, sum(r.planned_cents) OVER ladder AS planned_so_far
            FROM (SELECT DISTINCT convention_id FROM touched) x JOIN tranche r ON r.convention_id = x.convention_id
          WINDOW ladder AS (PARTITION BY r.convention_id ORDER BY r.position)) t
    JOIN convention c ON c.id = t.convention_id
   GROUP BY c.id
  HAVING sum(t.planned_cents) <> c.grant_cents OR max(t.ceiling_cents) <> c.grant_cents
      OR c.recovery_cents > greatest(max(t.taken_so_far) - c.grant_cents, 0)
      OR bool_or(t.taken_so_far > t.ceiling_cents + c.recovery_cents OR t.planned_so_far <> t.ceiling_cents)
   LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'convention %: its tranches leave the ladder of its grant', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tranche_ladder';
  END IF;
  RETURN NULL;
END $$;

-- A grant and its tranches change in one statement: the ladder is looked at from this side too.
CREATE FUNCTION convention_ladder() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (SELECT sum(t.planned_cents) IS DISTINCT FROM NEW.grant_cents
          OR greatest(sum(t.taken_cents) - NEW.grant_cents, 0) <> NEW.recovery_cents
        FROM tranche t WHERE t.convention_id = NEW.id)
  THEN
    RAISE EXCEPTION 'convention %: its grant is not that of its tranches', NEW.reference
      USING ERRCODE = 'check_violation', CONSTRAINT = 'convention_ladder';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER convention_ladder AFTER UPDATE ON convention FOR EACH ROW
  WHEN (NEW.grant_cents <> OLD.grant_cents OR NEW.recovery_cents <> OLD.recovery_cents)
  EXECUTE FUNCTION convention_ladder();
-- Nothing is to be claimed back of a convention that is new.
CREATE FUNCTION convention_new() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  RAISE EXCEPTION 'convention %: nothing was taken yet', NEW.reference
    USING ERRCODE = 'check_violation', CONSTRAINT = 'convention_new';
END $$;
CREATE TRIGGER convention_new BEFORE INSERT ON convention FOR EACH ROW
  WHEN (NEW.recovery_cents <> 0 OR NEW.given_up_cents <> 0) EXECUTE FUNCTION convention_new();
