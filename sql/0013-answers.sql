-- 0013: what banks answer: files, statuses, entries of our account and their movements; what is proven of each order.

CREATE TABLE answer (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id bigint NOT NULL CONSTRAINT answer_once UNIQUE REFERENCES document,
  kinds       text COLLATE "C" NOT NULL DEFAULT '',
  message_id  text NOT NULL DEFAULT '',
  name_space  text NOT NULL DEFAULT '',
  created     text NOT NULL DEFAULT '',
  file_name   text NOT NULL DEFAULT '',
  remark      text NOT NULL DEFAULT '',
  statuses    bigint NOT NULL DEFAULT 0,
  entries     bigint NOT NULL DEFAULT 0,
  fresh       bigint NOT NULL DEFAULT 0,
  imported_on date NOT NULL,
  person      text NOT NULL CHECK (person <> '')
);
COMMENT ON TABLE answer IS 'a file that came back; the same bytes are taken once, under whatever name';
COMMENT ON COLUMN answer.kinds IS 'which messages it holds: pain.002, camt.052, camt.053, camt.054';
COMMENT ON COLUMN answer.fresh IS 'entries that no earlier answer had told of';
COMMENT ON COLUMN answer.remark IS 'what is odd about it, untranslated; empty: nothing';

CREATE TABLE answer_status (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  answer_id      bigint NOT NULL REFERENCES answer,
  position       integer NOT NULL,
  level          text COLLATE "C" NOT NULL CHECK (level IN ('group', 'payment', 'transaction')),
  message_id     text COLLATE "C" NOT NULL,
  payment_id     text COLLATE "C" NOT NULL,
  instruction_id text COLLATE "C" NOT NULL,
  end_to_end_id  text COLLATE "C" NOT NULL,
  uetr           text COLLATE "C" NOT NULL,
  code           text COLLATE "C" NOT NULL,
  reason         text NOT NULL,
  note           text NOT NULL,
  servicer_ref   text NOT NULL,
  amount         text NOT NULL,
  currency       text NOT NULL,
  creditor       text NOT NULL,
  creditor_iban  text COLLATE "C" NOT NULL,
  debtor_iban    text COLLATE "C" NOT NULL,
  state          text COLLATE "C" NOT NULL DEFAULT 'new'
                 CHECK (state IN ('new', 'applied', 'repeated', 'differs', 'contradicts', 'unmatched', 'dismissed',
                   'silent')),
  why            text NOT NULL DEFAULT '',
  UNIQUE (answer_id, position)
);
COMMENT ON TABLE answer_status IS 'a status of a pain.002, as the bank wrote it, and what came of it here';
COMMENT ON COLUMN answer_status.state IS 'silent: it says nothing about an order';
CREATE INDEX answer_status_contradicts ON answer_status (id) WHERE state = 'contradicts';
CREATE INDEX answer_status_open ON answer_status (id) WHERE state IN ('unmatched', 'differs', 'contradicts');
CREATE INDEX answer_status_end_to_end_id ON answer_status (end_to_end_id) WHERE end_to_end_id <> '';

CREATE TABLE entry (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  answer_id        bigint NOT NULL REFERENCES answer,
  identity         bytea NOT NULL CONSTRAINT entry_once UNIQUE CHECK (length(identity) = 32),
  kind             text COLLATE "C" NOT NULL,
  iban             text COLLATE "C" NOT NULL,
  statement_id     text NOT NULL,
  reference        text NOT NULL,
  amount           text NOT NULL,
  amount_cents     bigint CHECK (amount_cents >= 0),
  currency         text COLLATE "C" NOT NULL,
  direction        text COLLATE "C" NOT NULL,
  reversal         boolean NOT NULL,
  status           text COLLATE "C" NOT NULL,
  booked_on        date,
  value_on         date,
  servicer_ref     text NOT NULL,
  code             text NOT NULL,
  note             text NOT NULL,
  batch_message_id text COLLATE "C" NOT NULL,
  batch_payment_id text COLLATE "C" NOT NULL,
  batch_count      text NOT NULL,
  batch_total      text NOT NULL,
  summed           boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE entry IS 'a movement of an account, told by one answer or several';
COMMENT ON COLUMN entry.identity IS 'SHA-256 of what makes it this entry and no other: account, bank reference, sum, day, and '
  'the how-manieth of its like in its file';
COMMENT ON COLUMN entry.summed IS 'false: its details do not sum up to it';
COMMENT ON COLUMN entry.amount_cents IS 'null: what the bank wrote is no sum of euros and cents';

CREATE TABLE movement (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id       bigint NOT NULL REFERENCES entry,
  answer_id      bigint NOT NULL REFERENCES answer,
  position       integer NOT NULL CHECK (position >= 0),
  message_id     text COLLATE "C" NOT NULL,
  payment_id     text COLLATE "C" NOT NULL,
  instruction_id text COLLATE "C" NOT NULL,
  end_to_end_id  text COLLATE "C" NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  uetr           text COLLATE "C" NOT NULL,
  servicer_ref   text COLLATE "C" NOT NULL,
  amount_cents   bigint CHECK (amount_cents >= 0),
  currency       text COLLATE "C" NOT NULL,
  direction      text COLLATE "C" NOT NULL,
  debtor         text NOT NULL,
  debtor_iban    text COLLATE "C" NOT NULL,
  creditor       text NOT NULL,
  creditor_iban  text COLLATE "C" NOT NULL,
  remittance     text NOT NULL,
  return_reason  text NOT NULL,
  return_note    text NOT NULL,
  code           text NOT NULL,
  state          text COLLATE "C" NOT NULL DEFAULT 'new'
                 CHECK (state IN ('new', 'pending', 'booked', 'returned', 'repeated', 'differs', 'contradicts', 'unmatched',
                   'foreign', 'dismissed')),
  order_id       bigint REFERENCES payment_order,
  why            text NOT NULL DEFAULT '',
  UNIQUE (entry_id, position)
);
COMMENT ON TABLE movement IS 'one transaction of an entry; position 0: the entry itself, which came without details';
COMMENT ON COLUMN movement.state IS 'foreign: nothing in it is ours; pending: not booked yet, which decides nothing';
COMMENT ON COLUMN movement.order_id IS 'the one order it is about; a batch is about many, which proof names';
CREATE INDEX movement_new ON movement (answer_id, id) WHERE state = 'new';
CREATE INDEX movement_contradicts ON movement (id) WHERE state = 'contradicts';
CREATE INDEX movement_open ON movement (id) WHERE state IN ('unmatched', 'differs', 'contradicts');
CREATE INDEX movement_order ON movement (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX movement_transaction_id ON movement (transaction_id) WHERE order_id IS NOT NULL AND transaction_id <> '';
CREATE INDEX movement_servicer_ref ON movement (servicer_ref) WHERE order_id IS NOT NULL AND servicer_ref <> '';
CREATE INDEX movement_end_to_end_id ON movement (end_to_end_id) WHERE end_to_end_id <> '';

CREATE TABLE proof (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id     bigint NOT NULL REFERENCES payment_order,
  event        text COLLATE "C" NOT NULL CHECK (event IN ('received', 'mismatch', 'accepted', 'rejected', 'cancelled',
    'booked', 'returned')),
  status_id    bigint REFERENCES answer_status,
  movement_id  bigint REFERENCES movement,
  amount_cents bigint CHECK (amount_cents > 0),
  happened_on  date NOT NULL,
  code         text NOT NULL DEFAULT '',
  note         text NOT NULL DEFAULT '',
  CHECK ((status_id IS NULL) <> (movement_id IS NULL)),
  CHECK ((event IN ('booked', 'returned')) = (movement_id IS NOT NULL)),
  CHECK ((movement_id IS NULL) = (amount_cents IS NULL))
);
COMMENT ON TABLE proof IS 'append-only: what an answer proves of an order';
COMMENT ON COLUMN proof.amount_cents IS 'what was booked or came back; of a return it may be less than the order';
CREATE UNIQUE INDEX proof_once ON proof (order_id, event) WHERE event IN ('booked', 'returned');
CREATE INDEX proof_by_order ON proof (order_id);
CREATE INDEX proof_by_movement ON proof (movement_id) WHERE movement_id IS NOT NULL;

CREATE TABLE order_act (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES payment_order,
  act      text COLLATE "C" NOT NULL CHECK (act IN ('release', 'reissue', 'accept_sum', 'recall')),
  person   text NOT NULL CHECK (person <> ''),
  acted_on date NOT NULL,
  reason   text NOT NULL
);
COMMENT ON TABLE order_act IS 'append-only: what a person decided about an order after it left';
COMMENT ON COLUMN order_act.act IS 'release: the payee''s verification does not hold it any more; reissue: its tranche may be '
  'ordered again; recall: the bank is asked to take it back; accept_sum: what came back is not what left, and that is known';
CREATE UNIQUE INDEX order_act_once ON order_act (order_id, act);

CREATE TRIGGER entry_kept BEFORE DELETE OR TRUNCATE ON entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proof_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proof
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER order_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_act
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER answer_kept BEFORE DELETE OR TRUNCATE ON answer
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER answer_status_kept BEFORE DELETE OR TRUNCATE ON answer_status
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER movement_kept BEFORE DELETE OR TRUNCATE ON movement
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Since when an order is in its state, until when somebody has to act, and whether that day passed.
ALTER TABLE payment_order ADD COLUMN since_on date, ADD COLUMN deadline_on date, ADD COLUMN overdue_on date;
COMMENT ON COLUMN payment_order.since_on IS 'the day of its present state; null: that of its file''s decision';
COMMENT ON COLUMN payment_order.deadline_on IS 'the last day on which what comes next is in time; null: nothing is expected';
COMMENT ON COLUMN payment_order.overdue_on IS 'the day on which it was told that nothing came';
CREATE INDEX payment_order_overdue ON payment_order (id) WHERE deadline_on IS NOT NULL AND overdue_on IS NOT NULL;
CREATE INDEX payment_order_deadline ON payment_order (deadline_on) WHERE deadline_on IS NOT NULL AND overdue_on IS NULL;

-- An order goes to a state that an answer proves, and never back; nobody but an approver's release
-- takes one from awaiting_release without the bank.
CREATE OR REPLACE FUNCTION payment_order_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  needed text := CASE NEW.state WHEN 'acknowledged' THEN 'received' WHEN 'awaiting_release' THEN 'mismatch'
                            ELSE NEW.state END;
BEGIN
  IF (OLD.tranche_id, OLD.convention_id, OLD.account_id, OLD.order_file_id, OLD.end_to_end_id,
      OLD.amount_cents, OLD.reissue_of)
     IS DISTINCT FROM
     (NEW.tranche_id, NEW.convention_id, NEW.account_id, NEW.order_file_id, NEW.end_to_end_id,
      NEW.amount_cents, NEW.reissue_of)
     OR (OLD.state IN ('rejected', 'returned', 'cancelled') AND NEW.state <> OLD.state)
     OR (OLD.state = 'booked' AND NEW.state NOT IN ('booked', 'returned'))
     OR (NEW.state IN ('prepared', 'written') AND OLD.state <> NEW.state
         AND NOT (OLD.state = 'prepared' AND NEW.state = 'written'))
  THEN
    RAISE EXCEPTION 'order %: what was ordered never changes', OLD.end_to_end_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state <> OLD.state AND NEW.state NOT IN ('prepared', 'written')
     AND NOT EXISTS (SELECT 1 FROM proof p WHERE p.order_id = NEW.id AND p.event = needed)
     AND NOT (NEW.state = 'acknowledged' AND OLD.state = 'awaiting_release'
              AND EXISTS (SELECT 1 FROM order_act a WHERE a.order_id = NEW.id AND a.act = 'release'))
     AND NOT (NEW.state = 'cancelled'
              AND EXISTS (SELECT 1 FROM order_file f WHERE f.id = OLD.order_file_id AND f.state = 'cancelled'))
  THEN
    RAISE EXCEPTION 'order %: nothing proves that it is %', OLD.end_to_end_id, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_proven';
  END IF;
  RETURN NEW;
END $$;

-- A tranche whose order died waits until a person opens it again, by a decision that is on record.
CREATE FUNCTION tranche_reopened() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM payment_order o JOIN order_act a ON a.order_id = o.id AND a.act = 'reissue'
                  WHERE o.tranche_id = NEW.id AND o.id = (SELECT max(x.id) FROM payment_order x WHERE x.tranche_id = NEW.id))
  THEN
    RAISE EXCEPTION 'tranche %: nobody decided that it may be ordered again', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'tranche_reopened';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tranche_reopened BEFORE UPDATE ON tranche FOR EACH ROW
  WHEN (OLD.state <> 'held' AND NEW.state = 'held') EXECUTE FUNCTION tranche_reopened();

-- Two persons ask the bank to take an order back.
ALTER TABLE proposal DROP CONSTRAINT proposal_act_check,
  ADD CONSTRAINT proposal_act_check CHECK (act IN ('approve', 'override', 'waive', 'cancel'));

-- An account that a bank refused is unverified until an approver confirms it.
ALTER TABLE account ADD COLUMN refused_on date, ADD COLUMN refused_why text NOT NULL DEFAULT '',
  ADD COLUMN confirmed_on date, ADD COLUMN confirmed_by text,
  ADD CHECK ((confirmed_on IS NULL) = (confirmed_by IS NULL)),
  ADD CHECK (confirmed_on IS NULL OR refused_on IS NOT NULL),
  ADD CONSTRAINT account_confirmed_by_another CHECK (confirmed_by <> proposed_by AND confirmed_by <> '');
COMMENT ON COLUMN account.refused_on IS 'the day on which a bank said that it cannot be paid to; null: none did';
COMMENT ON COLUMN account.confirmed_on IS 'the day on which an approver said that it is right all the same';
