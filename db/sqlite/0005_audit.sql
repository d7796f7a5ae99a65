-- The log. Its rows outlive what they speak of, so it references nothing. AUTOINCREMENT never gives a sequence twice.
CREATE TABLE audit_event (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  occurred_at INTEGER NOT NULL,
  caller TEXT NOT NULL,
  access_key_id TEXT,
  action TEXT NOT NULL,
  resource TEXT,
  outcome TEXT NOT NULL,
  detail TEXT,
  source_address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  CONSTRAINT ck_audit_event_outcome CHECK (outcome IN ('Succeeded', 'Denied', 'Failed')),
  CONSTRAINT ck_audit_event_length CHECK (
    length(caller) <= 512 AND length(access_key_id) <= 128 AND length(action) <= 128 AND length(resource) <= 800
    AND length(detail) <= 4000 AND length(source_address) <= 128 AND length(request_id) <= 128)
) STRICT;
CREATE INDEX ix_audit_event_occurred ON audit_event (occurred_at, sequence);
CREATE INDEX ix_audit_event_caller ON audit_event (caller, sequence);
CREATE INDEX ix_audit_event_action ON audit_event (action, sequence);
CREATE INDEX ix_audit_event_resource ON audit_event (resource, sequence);
