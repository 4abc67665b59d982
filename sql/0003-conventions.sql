-- 0003: beneficiaries, conventions and their dated facts, accounts, tranches.

CREATE TABLE beneficiary (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  siret    text COLLATE "C" NOT NULL UNIQUE CHECK (siret ~ '^[0-9]{14}$'),
  name     text NOT NULL CHECK (name <> ''),
  active   boolean NOT NULL DEFAULT true,
  street   text NOT NULL DEFAULT '',
  building text NOT NULL DEFAULT '',
  postcode text NOT NULL DEFAULT '',
  town     text NOT NULL DEFAULT '',
  country  text NOT NULL DEFAULT '',
  email    text NOT NULL DEFAULT ''
);
COMMENT ON TABLE beneficiary IS 'the legal entity paid, known by its SIRET';
COMMENT ON COLUMN beneficiary.active IS 'false: in receivership or dissolved; shuts the standing gate';

CREATE TABLE convention (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scheme_id      bigint NOT NULL REFERENCES scheme,
  beneficiary_id bigint NOT NULL REFERENCES beneficiary,
  reference      text COLLATE "C" NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9][A-Za-z0-9-]{0,34}$'),
  project        text NOT NULL,
  purpose        text NOT NULL DEFAULT '',
  grant_cents    bigint NOT NULL CHECK (grant_cents > 0),
  given_up_cents bigint NOT NULL DEFAULT 0 CHECK (given_up_cents BETWEEN 0 AND grant_cents),
  state          text COLLATE "C" NOT NULL DEFAULT 'draft'
                 CHECK (state IN ('draft', 'signing', 'in_force', 'completed', 'expired', 'terminated')),
  effective_on   date,
  ends_on        date,
  terminated_on  date,
  letter         text NOT NULL DEFAULT '',
  look_on        date,
  set_aside      text NOT NULL DEFAULT '',
  UNIQUE (scheme_id, beneficiary_id),
  CHECK ((effective_on IS NULL) = (ends_on IS NULL)),
  CHECK ((state = 'terminated') = (terminated_on IS NOT NULL)),
  CHECK (effective_on IS NOT NULL OR state IN ('draft', 'signing', 'terminated'))
);
COMMENT ON TABLE convention IS 'the contract between the authority and a beneficiary';
COMMENT ON COLUMN convention.effective_on IS 'the day the last party signed (Art. 3)';
COMMENT ON COLUMN convention.ends_on IS 'its last day';
COMMENT ON COLUMN convention.look_on IS
  'the day from which the leader must look at it again; null: only a person''s act can change it';
COMMENT ON COLUMN convention.set_aside IS 'why the leader cannot decide about it (damaged data); empty: it can';
CREATE INDEX convention_look_on ON convention (look_on) WHERE look_on IS NOT NULL;

CREATE TABLE signature (
  convention_id bigint NOT NULL REFERENCES convention,
  party         text COLLATE "C" NOT NULL,
  signed_on     date NOT NULL,
  signatory     text NOT NULL DEFAULT '',
  person        text NOT NULL,
  PRIMARY KEY (convention_id, party)
);
COMMENT ON TABLE signature IS 'which party signed on which day, and who recorded it';

CREATE TABLE fact (
  convention_id bigint NOT NULL REFERENCES convention,
  name          text COLLATE "C" NOT NULL,
  happened_on   date NOT NULL,
  person        text NOT NULL,
  PRIMARY KEY (convention_id, name)
);
COMMENT ON TABLE fact IS 'dated statements about a convention, such as its launch';

CREATE TABLE flag (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  convention_id bigint NOT NULL REFERENCES convention,
  kind          text COLLATE "C" NOT NULL CHECK (kind IN ('suspended', 'disputed')),
  since_on      date NOT NULL,
  reason        text NOT NULL CHECK (reason <> ''),
  person        text NOT NULL,
  lifted_on     date CHECK (lifted_on >= since_on),
  lifted_by     text,
  CHECK ((lifted_on IS NULL) = (lifted_by IS NULL))
);
COMMENT ON TABLE flag IS 'suspensions and disputes; several can stand at once';
CREATE UNIQUE INDEX flag_standing ON flag (convention_id, kind) WHERE lifted_on IS NULL;

CREATE TABLE paper (
  convention_id bigint NOT NULL REFERENCES convention,
  position      integer NOT NULL,
  name          text COLLATE "C" NOT NULL,
  state         text COLLATE "C" NOT NULL DEFAULT 'expected'
                CHECK (state IN ('expected', 'received', 'accepted', 'waived')),
  due_on        date,
  received_on   date,
  decided_on    date,
  decided_by    text,
  PRIMARY KEY (convention_id, position),
  UNIQUE (convention_id, name),
  CHECK (state NOT IN ('received', 'accepted') OR received_on IS NOT NULL),
  CHECK (state <> 'accepted' OR decided_on IS NOT NULL)
);
COMMENT ON TABLE paper IS 'what a beneficiary has to hand in: a stored due date, what came, what was decided';

CREATE TABLE account (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  convention_id bigint NOT NULL REFERENCES convention,
  ordinal       integer NOT NULL CHECK (ordinal > 0),
  iban          text COLLATE "C" NOT NULL CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
  bic           text COLLATE "C" NOT NULL DEFAULT '',
  holder        text NOT NULL CHECK (holder <> ''),
  proposed_by   text NOT NULL,
  proposed_on   date NOT NULL,
  verified_by   text,
  verified_on   date,
  superseded_on date,
  UNIQUE (convention_id, ordinal),
  UNIQUE (id, convention_id),
  CONSTRAINT account_two_persons CHECK (verified_by <> proposed_by),
  CHECK ((verified_by IS NULL) = (verified_on IS NULL))
);
COMMENT ON TABLE account IS 'an IBAN with its holder and who verified it; never edited, only superseded';
CREATE UNIQUE INDEX account_current ON account (convention_id) WHERE superseded_on IS NULL;
CREATE INDEX account_by_iban ON account (iban);

CREATE TABLE tranche (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  convention_id bigint NOT NULL REFERENCES convention,
  position      integer NOT NULL CHECK (position BETWEEN 0 AND 23),
  ceiling_cents bigint NOT NULL CHECK (ceiling_cents >= 0),
  planned_cents bigint NOT NULL CHECK (planned_cents >= 0),
  taken_cents   bigint NOT NULL DEFAULT 0 CHECK (taken_cents >= 0),
  state         text COLLATE "C" NOT NULL DEFAULT 'held'
                CHECK (state IN ('held', 'ordered', 'sent', 'accepted', 'paid', 'rejected', 'returned',
                                 'cancelled', 'closed', 'recovering', 'recovered')),
  since_on      date NOT NULL,
  UNIQUE (convention_id, position),
  CHECK (taken_cents <= ceiling_cents),
  CHECK (taken_cents > 0 OR state IN ('held', 'closed')),
  CHECK (taken_cents = 0 OR state <> 'closed')
);
COMMENT ON TABLE tranche IS 'a rung of the ladder: ceiling, planned part, and what its order took';
COMMENT ON COLUMN tranche.taken_cents IS 'the live order''s sum, or the dead one''s, kept for its re-issue';
COMMENT ON COLUMN tranche.since_on IS 'the day of its present state';

-- After every statement: the planned parts are the grant, the ladder's ceilings rise to it, and
-- nothing taken is above its ceiling, for the conventions that the statement touched.
CREATE FUNCTION tranche_ladder() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  broken text;
BEGIN
  SELECT c.reference INTO broken
    FROM convention c
    JOIN LATERAL (
      SELECT sum(t.planned_cents) AS planned, max(t.ceiling_cents) AS top,
             bool_and(t.taken_so_far <= t.ceiling_cents AND t.planned_so_far = t.ceiling_cents) AS inside
        FROM (SELECT r.planned_cents, r.ceiling_cents,
                     sum(r.taken_cents) OVER (ORDER BY r.position) AS taken_so_far,
                     sum(r.planned_cents) OVER (ORDER BY r.position) AS planned_so_far
                FROM tranche r WHERE r.convention_id = c.id) t) sums ON true
   WHERE c.id IN (SELECT convention_id FROM touched)
     AND NOT coalesce(sums.planned = c.grant_cents AND sums.top = c.grant_cents AND sums.inside, false)
   LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'convention %: its tranches leave the ladder of its grant', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tranche_ladder';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tranche_ladder_insert AFTER INSERT ON tranche REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION tranche_ladder();
CREATE TRIGGER tranche_ladder_update AFTER UPDATE ON tranche REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION tranche_ladder();
