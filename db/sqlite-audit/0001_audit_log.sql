-- Which migrations this file has had. The start reads it; see db/README.md.
CREATE TABLE schema_migration (
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  CONSTRAINT pk_schema_migration PRIMARY KEY (number)
) STRICT;

-- The log. Its rows outlive what they speak of, so it references nothing. sequence has no gap; mac chains each record to the one before.
CREATE TABLE audit_record (
  sequence INTEGER NOT NULL,
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
  mac BLOB NOT NULL,
  CONSTRAINT pk_audit_record PRIMARY KEY (sequence),
  CONSTRAINT uq_audit_record_id UNIQUE (record_id),
  CONSTRAINT ck_audit_record_outcome CHECK (outcome IN ('Succeeded', 'Denied', 'Failed')),
  CONSTRAINT ck_audit_record_length CHECK (
    length(record_id) <= 32 AND length(caller) <= 512 AND length(access_key_id) <= 128 AND length(action) <= 128 AND length(resource) <= 800
    AND length(detail) <= 4000 AND length(source_address) <= 128 AND length(request_id) <= 128)
) STRICT;
CREATE INDEX ix_audit_record_occurred ON audit_record (occurred_at, sequence);
CREATE INDEX ix_audit_record_caller ON audit_record (caller, sequence);
CREATE INDEX ix_audit_record_action ON audit_record (action, sequence);
CREATE INDEX ix_audit_record_resource ON audit_record (resource, sequence);
CREATE INDEX ix_audit_record_request ON audit_record (request_id, sequence);

-- One row: where the log ends, and how many checkpoints and anchors there are. seal is a MAC over all of it.
CREATE TABLE audit_head (
  id INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  mac BLOB NOT NULL,
  checkpoints INTEGER NOT NULL,
  anchors INTEGER NOT NULL,
  seal BLOB NOT NULL,
  CONSTRAINT pk_audit_head PRIMARY KEY (id),
  CONSTRAINT ck_audit_head_single CHECK (id = 1)
) STRICT;

-- Signed statements of where the log ended at a time, to be kept elsewhere as well.
CREATE TABLE audit_checkpoint (
  number INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  mac BLOB NOT NULL,
  event_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  signature BLOB NOT NULL,
  CONSTRAINT pk_audit_checkpoint PRIMARY KEY (number)
) STRICT;

-- What stands for a range of records that lies in an archive file.
CREATE TABLE audit_anchor (
  number INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  previous_mac BLOB NOT NULL,
  last_mac BLOB NOT NULL,
  file_name TEXT NOT NULL,
  file_sha256 BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  signature BLOB NOT NULL,
  CONSTRAINT pk_audit_anchor PRIMARY KEY (number),
  CONSTRAINT ck_audit_anchor_length CHECK (length(file_name) <= 256)
) STRICT;

-- How far each sink has been fed, and the node that feeds it.
CREATE TABLE audit_sink (
  name TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  lease_owner TEXT,
  lease_until_at INTEGER NOT NULL,
  CONSTRAINT pk_audit_sink PRIMARY KEY (name),
  CONSTRAINT ck_audit_sink_length CHECK (length(name) <= 64 AND length(lease_owner) <= 64)
) STRICT;
