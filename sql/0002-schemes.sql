-- 0002: schemes (calls for projects) and the sums kept over their conventions.

CREATE TABLE scheme (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code            text COLLATE "C" NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
  title           text NOT NULL,
  decided_on      date NOT NULL,
  received_on     date CHECK (received_on >= decided_on),
  published_on    date CHECK (published_on >= decided_on),
  appeal_until    date CHECK (appeal_until >= decided_on),
  grant_min_cents bigint NOT NULL CHECK (grant_min_cents > 0),
  grant_max_cents bigint NOT NULL CHECK (grant_max_cents >= grant_min_cents),
  duration_months integer NOT NULL CHECK (duration_months >= 0),
  duration_days   integer NOT NULL CHECK (duration_days >= 0),
  signatories     text[] NOT NULL DEFAULT '{}',
  source          text NOT NULL,
  CHECK (duration_months + duration_days > 0)
);
COMMENT ON TABLE scheme IS 'a call''s rules; the file states the award, receipt and publication are facts recorded later';
COMMENT ON COLUMN scheme.signatories IS 'the capacities in which somebody may sign for the authority; empty: not said';
COMMENT ON COLUMN scheme.source IS 'the scheme file, as imported';

CREATE TABLE scheme_party (
  scheme_id bigint NOT NULL REFERENCES scheme,
  position  integer NOT NULL CHECK (position BETWEEN 0 AND 7),
  name      text COLLATE "C" NOT NULL,
  PRIMARY KEY (scheme_id, position),
  UNIQUE (scheme_id, name)
);
COMMENT ON TABLE scheme_party IS 'who signs a convention of the scheme';

CREATE TABLE scheme_fact (
  scheme_id bigint NOT NULL REFERENCES scheme,
  position  integer NOT NULL CHECK (position BETWEEN 0 AND 15),
  name      text COLLATE "C" NOT NULL,
  PRIMARY KEY (scheme_id, position),
  UNIQUE (scheme_id, name)
);
COMMENT ON TABLE scheme_fact IS 'dated statements a person records, such as the launch';

CREATE TABLE scheme_paper (
  scheme_id      bigint NOT NULL REFERENCES scheme,
  position       integer NOT NULL CHECK (position BETWEEN 0 AND 23),
  name           text COLLATE "C" NOT NULL,
  needs_accepted boolean NOT NULL,
  due_from       text COLLATE "C" NOT NULL CHECK (due_from IN ('', 'effect', 'fact')),
  due_fact       integer,
  due_or_effect  boolean NOT NULL,
  due_months     integer NOT NULL CHECK (due_months >= 0),
  due_days       integer NOT NULL CHECK (due_days >= 0),
  PRIMARY KEY (scheme_id, position),
  UNIQUE (scheme_id, name),
  CHECK ((due_from = 'fact') = (due_fact IS NOT NULL)),
  FOREIGN KEY (scheme_id, due_fact) REFERENCES scheme_fact (scheme_id, position)
);
COMMENT ON TABLE scheme_paper IS 'what a beneficiary hands in, and when it is due (an anchor and a span)';

CREATE TABLE scheme_rung (
  scheme_id    bigint NOT NULL REFERENCES scheme,
  position     integer NOT NULL CHECK (position BETWEEN 0 AND 23),
  name         text COLLATE "C" NOT NULL,
  up_to_e4     integer NOT NULL CHECK (up_to_e4 BETWEEN 1 AND 1000000),
  papers       bigint NOT NULL CHECK (papers >= 0),
  after_from   text COLLATE "C" NOT NULL CHECK (after_from IN ('', 'effect', 'fact')),
  after_fact   integer,
  after_or_effect boolean NOT NULL,
  after_months integer NOT NULL CHECK (after_months >= 0),
  after_days   integer NOT NULL CHECK (after_days >= 0),
  PRIMARY KEY (scheme_id, position),
  UNIQUE (scheme_id, name),
  CHECK ((after_from = 'fact') = (after_fact IS NOT NULL)),
  FOREIGN KEY (scheme_id, after_fact) REFERENCES scheme_fact (scheme_id, position)
);
COMMENT ON TABLE scheme_rung IS 'the ladder of tranches';
COMMENT ON COLUMN scheme_rung.up_to_e4 IS 'cumulative share of the grant in ten-thousandths of a per cent';
COMMENT ON COLUMN scheme_rung.papers IS 'bit i: paper at position i must be in';

CREATE TABLE scheme_sum (
  scheme_id      bigint PRIMARY KEY REFERENCES scheme,
  envelope_cents bigint NOT NULL CHECK (envelope_cents > 0),
  awarded_cents  bigint NOT NULL DEFAULT 0 CHECK (awarded_cents >= 0),
  ordered_cents  bigint NOT NULL DEFAULT 0 CHECK (ordered_cents >= 0),
  CONSTRAINT scheme_sum_envelope CHECK (ordered_cents <= awarded_cents AND awarded_cents <= envelope_cents)
);
COMMENT ON TABLE scheme_sum IS 'sums kept, not computed; changed in the same statement as what they count, locked last';
COMMENT ON COLUMN scheme_sum.awarded_cents IS 'over conventions: the greater of grant - given up and taken';
COMMENT ON COLUMN scheme_sum.ordered_cents IS 'over live orders';
