-- A change writes its record here, in its own transaction; the log's writer carries it over to the chain in audit.db (db/sqlite-audit), exactly
-- once, and then removes it here. What the log held so far goes the same way.
CREATE TABLE audit_outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  record_id TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  caller TEXT NOT NULL,
  access_key_id TEXT,
  action TEXT NOT NULL,
  resource TEXT,
  outcome TEXT NOT NULL,
  detail TEXT,
  source_address TEXT NOT NULL,
  request_id TEXT NOT NULL,
  CONSTRAINT uq_audit_outbox_record UNIQUE (record_id),
  CONSTRAINT ck_audit_outbox_outcome CHECK (outcome IN ('Succeeded', 'Denied', 'Failed')),
  CONSTRAINT ck_audit_outbox_length CHECK (
    length(record_id) <= 32 AND length(caller) <= 512 AND length(access_key_id) <= 128 AND length(action) <= 128 AND length(resource) <= 800
    AND length(detail) <= 4000 AND length(source_address) <= 128 AND length(request_id) <= 128)
) STRICT;
INSERT INTO audit_outbox (record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id)
SELECT printf('%032d', sequence), occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id
FROM audit_event ORDER BY sequence;
DROP TABLE audit_event;
