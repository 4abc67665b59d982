-- 0008: what the leader asks for at every step is found at the price of what is due, not of what is stored.

DROP INDEX convention_look_on;
CREATE INDEX convention_look_on ON convention (look_on) WHERE look_on IS NOT NULL AND set_aside = '';
CREATE INDEX convention_queue ON convention (scheme_id, look_on, id) WHERE look_on IS NOT NULL AND set_aside = '';
CREATE INDEX convention_set_aside ON convention (id) WHERE set_aside <> '';
CREATE INDEX convention_by_scheme ON convention (scheme_id, reference);
