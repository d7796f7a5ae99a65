-- The log. Its rows outlive what they speak of, so it references nothing. IDENTITY never gives a sequence twice.
CREATE TABLE audit_event (
  sequence BIGINT IDENTITY(1, 1) NOT NULL,
  occurred_at BIGINT NOT NULL,
  caller NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  access_key_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NULL,
  action NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  resource NVARCHAR(800) COLLATE Latin1_General_100_BIN2 NULL,
  outcome NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  detail NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL,
  source_address NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  request_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_audit_event PRIMARY KEY (sequence),
  CONSTRAINT ck_audit_event_outcome CHECK (outcome IN ('Succeeded', 'Denied', 'Failed'))
);
CREATE INDEX ix_audit_event_occurred ON audit_event (occurred_at, sequence);
CREATE INDEX ix_audit_event_caller ON audit_event (caller, sequence);
CREATE INDEX ix_audit_event_action ON audit_event (action, sequence);
CREATE INDEX ix_audit_event_resource ON audit_event (resource, sequence);
