-- A change writes its record here, in its own transaction; the log's writer carries it over to the chain, exactly once, and then removes it
-- here. What the log held so far goes the same way.
CREATE TABLE audit_outbox (
  position BIGINT IDENTITY(1, 1) NOT NULL,
  record_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  occurred_at BIGINT NOT NULL,
  caller NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  access_key_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NULL,
  action NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  resource NVARCHAR(800) COLLATE Latin1_General_100_BIN2 NULL,
  outcome NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  detail NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL,
  source_address NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  request_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_audit_outbox PRIMARY KEY (position),
  CONSTRAINT uq_audit_outbox_record UNIQUE (record_id),
  CONSTRAINT ck_audit_outbox_outcome CHECK (outcome IN ('Succeeded', 'Denied', 'Failed'))
);
INSERT INTO audit_outbox (record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id)
SELECT RIGHT(REPLICATE('0', 32) + CAST(sequence AS NVARCHAR(32)), 32),
  occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id
FROM audit_event ORDER BY sequence;
DROP TABLE audit_event;

-- The log. Its rows outlive what they speak of, so it references nothing. sequence has no gap; mac chains each record to the one before.
CREATE TABLE audit_record (
  sequence BIGINT NOT NULL,
  record_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  occurred_at BIGINT NOT NULL,
  caller NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  access_key_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NULL,
  action NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  resource NVARCHAR(800) COLLATE Latin1_General_100_BIN2 NULL,
  outcome NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  detail NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL,
  source_address NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  request_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  mac VARBINARY(32) NOT NULL,
  CONSTRAINT pk_audit_record PRIMARY KEY (sequence),
  CONSTRAINT uq_audit_record_id UNIQUE (record_id),
  CONSTRAINT ck_audit_record_outcome CHECK (outcome IN ('Succeeded', 'Denied', 'Failed'))
);
CREATE INDEX ix_audit_record_occurred ON audit_record (occurred_at, sequence);
CREATE INDEX ix_audit_record_caller ON audit_record (caller, sequence);
CREATE INDEX ix_audit_record_action ON audit_record (action, sequence);
CREATE INDEX ix_audit_record_resource ON audit_record (resource, sequence);
CREATE INDEX ix_audit_record_request ON audit_record (request_id, sequence);

-- One row: where the log ends, and how many checkpoints and anchors there are. seal is a MAC over all of it.
CREATE TABLE audit_head (
  id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  mac VARBINARY(32) NOT NULL,
  checkpoints BIGINT NOT NULL,
  anchors BIGINT NOT NULL,
  seal VARBINARY(32) NOT NULL,
  CONSTRAINT pk_audit_head PRIMARY KEY (id),
  CONSTRAINT ck_audit_head_single CHECK (id = 1)
);

-- Signed statements of where the log ended at a time, to be kept elsewhere as well.
CREATE TABLE audit_checkpoint (
  number BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  mac VARBINARY(32) NOT NULL,
  event_count BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  signature VARBINARY(256) NOT NULL,
  CONSTRAINT pk_audit_checkpoint PRIMARY KEY (number)
);

-- What stands for a range of records that lies in an archive file.
CREATE TABLE audit_anchor (
  number BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence BIGINT NOT NULL,
  previous_mac VARBINARY(32) NOT NULL,
  last_mac VARBINARY(32) NOT NULL,
  file_name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  file_sha256 VARBINARY(32) NOT NULL,
  created_at BIGINT NOT NULL,
  signature VARBINARY(256) NOT NULL,
  CONSTRAINT pk_audit_anchor PRIMARY KEY (number)
);

-- How far each sink has been fed, and the node that feeds it.
CREATE TABLE audit_sink (
  name NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sequence BIGINT NOT NULL,
  lease_owner NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
  lease_until_at BIGINT NOT NULL,
  CONSTRAINT pk_audit_sink PRIMARY KEY (name)
);
