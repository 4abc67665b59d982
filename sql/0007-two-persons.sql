-- 0007: what one person proposes and another decides; facts that are taken back, nothing erased.

CREATE TABLE proposal (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  convention_id bigint NOT NULL REFERENCES convention,
  act           text COLLATE "C" NOT NULL CHECK (act IN ('approve', 'override', 'waive')),
  position      integer NOT NULL CHECK (position BETWEEN 0 AND 23),
  gate          text COLLATE "C" NOT NULL DEFAULT '' CHECK (gate IN ('', 'date', 'report', 'standing')),
  amount_cents  bigint CHECK (amount_cents >= 0),
  reason        text NOT NULL CHECK (reason <> ''),
  proposed_by   text NOT NULL CHECK (proposed_by <> ''),
  proposed_on   date NOT NULL,
  decided_by    text,
  decided_on    date CHECK (decided_on >= proposed_on),
  declined_by   text,
  declined_on   date CHECK (declined_on >= proposed_on),
  CONSTRAINT proposal_two_persons CHECK (decided_by <> proposed_by),
  CHECK ((gate <> '') = (act = 'override')),
  CHECK ((amount_cents IS NOT NULL) = (act = 'approve')),
  CHECK ((decided_by IS NULL) = (decided_on IS NULL)),
  CHECK ((declined_by IS NULL) = (declined_on IS NULL)),
  CHECK (decided_by IS NULL OR declined_by IS NULL)
);
COMMENT ON TABLE proposal IS 'approvals, overrides and waivers: proposed by one person, decided by another';
COMMENT ON COLUMN proposal.amount_cents IS 'of an approval: what it releases at most';
COMMENT ON COLUMN proposal.position IS 'the tranche''s; of a waiver, the paper''s';
CREATE UNIQUE INDEX proposal_open ON proposal (convention_id, act, position, gate)
  WHERE decided_by IS NULL AND declined_by IS NULL;
CREATE INDEX proposal_by_convention ON proposal (convention_id);

CREATE FUNCTION proposal_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (OLD.convention_id, OLD.act, OLD.position, OLD.gate, OLD.amount_cents, OLD.reason, OLD.proposed_by, OLD.proposed_on)
     IS DISTINCT FROM
     (NEW.convention_id, NEW.act, NEW.position, NEW.gate, NEW.amount_cents, NEW.reason, NEW.proposed_by, NEW.proposed_on)
     OR OLD.decided_by IS NOT NULL OR OLD.declined_by IS NOT NULL
  THEN
    RAISE EXCEPTION 'proposal %: it is decided or declined once', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER proposal_frozen BEFORE UPDATE ON proposal
  FOR EACH ROW EXECUTE FUNCTION proposal_frozen();
CREATE TRIGGER proposal_kept BEFORE DELETE OR TRUNCATE ON proposal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A paper is waived by a decided proposal and by nothing else.
CREATE FUNCTION paper_waived() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM proposal p WHERE p.convention_id = NEW.convention_id AND p.act = 'waive' AND p.position = NEW.position
       AND (p.decided_by, p.decided_on) = (NEW.decided_by, NEW.decided_on))
  THEN
    RAISE EXCEPTION 'paper %: nobody decided to waive it', NEW.name
      USING ERRCODE = 'check_violation', CONSTRAINT = 'paper_waived';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER paper_waived BEFORE INSERT OR UPDATE ON paper
  FOR EACH ROW WHEN (NEW.state = 'waived') EXECUTE FUNCTION paper_waived();

ALTER TABLE scheme_rung ADD COLUMN needs_approval boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN scheme_rung.needs_approval IS 'a second person releases it';

-- A mistyped signature or statement is taken back: its row stays, another may follow.
ALTER TABLE signature DROP CONSTRAINT signature_pkey,
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN withdrawn_on date,
  ADD COLUMN withdrawn_by text,
  ADD CHECK ((withdrawn_on IS NULL) = (withdrawn_by IS NULL));
CREATE UNIQUE INDEX signature_standing ON signature (convention_id, party) WHERE withdrawn_on IS NULL;
ALTER TABLE fact DROP CONSTRAINT fact_pkey,
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN withdrawn_on date,
  ADD COLUMN withdrawn_by text,
  ADD CHECK ((withdrawn_on IS NULL) = (withdrawn_by IS NULL));
CREATE UNIQUE INDEX fact_standing ON fact (convention_id, name) WHERE withdrawn_on IS NULL;
CREATE FUNCTION withdrawn_once() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  RAISE EXCEPTION '% %: what was taken back stays taken back', TG_TABLE_NAME, OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER signature_withdrawn BEFORE UPDATE ON signature
  FOR EACH ROW WHEN (OLD.withdrawn_on IS NOT NULL) EXECUTE FUNCTION withdrawn_once();
CREATE TRIGGER fact_withdrawn BEFORE UPDATE ON fact
  FOR EACH ROW WHEN (OLD.withdrawn_on IS NOT NULL) EXECUTE FUNCTION withdrawn_once();
COMMENT ON COLUMN signature.withdrawn_on IS 'taken back as mistyped; null: it stands';
COMMENT ON COLUMN fact.withdrawn_on IS 'taken back as mistyped; null: it stands';

-- A row of a paper that no scheme can have is no paper.
ALTER TABLE paper ADD CHECK (position BETWEEN 0 AND 23);
