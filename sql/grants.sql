-- What the daemon's and the mailer's roles may do; applied anew after every migration. Their names are in the
-- settings tranched.daemon_role and tranched.mailer_role. They own nothing, delete nothing, and cannot touch the journal's
-- past; the mailer sees no table but its outbox.
DO $$
DECLARE
  daemon text := current_setting('tranched.daemon_role');
  mailer text := current_setting('tranched.mailer_role');
BEGIN
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), mailer);
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), mailer);
  EXECUTE format('GRANT SELECT ON mail, schema_version TO %I', mailer);
  EXECUTE format('GRANT UPDATE (state, tries, next_try_at, taken_until, reply, ended_at) ON mail TO %I', mailer);
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), daemon);
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), daemon);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), daemon);
  EXECUTE format('GRANT INSERT ON scheme, scheme_party, scheme_fact, scheme_paper, scheme_rung,
                  scheme_sum, beneficiary, convention, signature, fact, flag, paper, account, tranche,
                  order_file, payment_order, document, document_part, attachment, proposal, journal_seal,
                  reconciliation, answer, answer_status, entry, movement, retold, proof, order_act, mail,
                  reminder TO %I', daemon);
  EXECUTE format('GRANT INSERT (on_date, person, request_id, kind, scheme_code, convention_ref, tranche_number, what, why)
                  ON journal TO %I', daemon);
  EXECUTE format('GRANT INSERT (id, person, sha256), UPDATE (answer) ON request TO %I', daemon);
  EXECUTE format('GRANT UPDATE (rehearsal_on, rehearsal_target) ON instance TO %I', daemon);
  EXECUTE format('GRANT UPDATE (holder, number, until, messages) ON lease TO %I', daemon);
  EXECUTE format('GRANT UPDATE (received_on, published_on, appeal_until) ON scheme TO %I', daemon);
  EXECUTE format('GRANT UPDATE (awarded_cents, ordered_cents) ON scheme_sum TO %I', daemon);
  EXECUTE format('GRANT UPDATE (grant_cents, recovery_cents, given_up_cents, state, effective_on, ends_on, terminated_on,
                  letter, look_on, set_aside)
                  ON convention TO %I', daemon);
  EXECUTE format('GRANT UPDATE (withdrawn_on, withdrawn_by) ON signature, fact TO %I', daemon);
  EXECUTE format('GRANT UPDATE (decided_by, decided_on, declined_by, declined_on) ON proposal TO %I', daemon);
  EXECUTE format('GRANT UPDATE (lifted_on, lifted_by) ON flag TO %I', daemon);
  EXECUTE format('GRANT UPDATE (state, due_on, received_on, decided_on, decided_by) ON paper TO %I', daemon);
  EXECUTE format('GRANT UPDATE (verified_by, verified_on, superseded_on, refused_on, refused_why, confirmed_on, confirmed_by) '
    'ON account TO %I', daemon);
  EXECUTE format('GRANT UPDATE (ceiling_cents, planned_cents, taken_cents, state, since_on) ON tranche TO %I', daemon);
  EXECUTE format('GRANT UPDATE (state, host, boot_id, blocked, written_at, taken_at, again) ON order_file TO %I', daemon);
  EXECUTE format('GRANT UPDATE (state, since_on, deadline_on, overdue_on) ON payment_order TO %I', daemon);
  EXECUTE format('GRANT UPDATE (kinds, message_id, name_space, created, remark, statuses, entries, fresh) ON answer TO %I',
    daemon);
  EXECUTE format('GRANT UPDATE (summed) ON entry TO %I', daemon);
  EXECUTE format('GRANT UPDATE (completes) ON retold TO %I', daemon);
  EXECUTE format('GRANT UPDATE (state, why) ON answer_status TO %I', daemon);
  EXECUTE format('GRANT UPDATE (state, why, order_id, order_file_id) ON movement TO %I', daemon);
  EXECUTE format('GRANT UPDATE (state, address, tries, next_try_at, taken_until, ended_at, noted, reply, '
    'gather_on, subject, body, html, calendar, dated_at, queued_on) ON mail TO %I', daemon);
  EXECUTE format('GRANT UPDATE (queued_on, withdrawn) ON reminder TO %I', daemon);
END $$;
