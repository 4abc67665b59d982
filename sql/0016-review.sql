-- 0016: how long the authority takes to look at a paper, for the forecast.

ALTER TABLE scheme_paper ADD COLUMN review_months integer NOT NULL DEFAULT 0 CHECK (review_months >= 0),
  ADD COLUMN review_days integer NOT NULL DEFAULT 0 CHECK (review_days >= 0);
COMMENT ON COLUMN scheme_paper.review_days IS 'from its arrival to its acceptance, as a rule; only the forecast counts it';
