-- 0020: what people are reminded of, each threshold once; the days of it belong to the scheme.

ALTER TABLE scheme ADD COLUMN reminder_days integer[] NOT NULL DEFAULT '{-30,-14,-3,0,1,7,30}'
  CHECK (cardinality(reminder_days) <= 16 AND -366 <= ALL (reminder_days) AND 366 >= ALL (reminder_days));
COMMENT ON COLUMN scheme.reminder_days IS 'days after the due date of a paper (before it: negative) on which it is asked for';

CREATE TABLE reminder (
  event     text COLLATE "C" PRIMARY KEY,
  queued_on date NOT NULL
);
COMMENT ON TABLE reminder IS 'thresholds that were told: the convention, what it is about, its due day and the threshold; '
  'another due day makes another event';

-- Each convention that is not over is looked at once, for its next threshold.
UPDATE convention SET look_on = DATE '2000-01-01' WHERE state NOT IN ('terminated', 'completed') AND set_aside = '';
