-- What more a secret knows of itself: the policy that hangs on it, the region of the primary that a replica follows, and for a secret
-- that a partner of the service holds, the partner's type and how the partner's rotation is configured.
ALTER TABLE secret ADD
  resource_policy NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  primary_region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
  partner_type NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE rotation_schedule ADD
  external_metadata NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL,
  external_role_arn NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL;
CREATE INDEX ix_secret_changed ON secret (region, last_changed_at, id);

-- Where a primary secret is replicated to. due_at is set with each change of the primary and NULL while the replica is in sync.
-- overwrites_id is the secret of the same name that may be overwritten: the one that was there when that was asked for and allowed.
CREATE TABLE secret_replica (
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  kms_key_id NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  overwrites_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NULL,
  failure NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL,
  CONSTRAINT pk_secret_replica PRIMARY KEY (secret_id, region),
  CONSTRAINT fk_secret_replica_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE
);
CREATE INDEX ix_secret_replica_due ON secret_replica (due_at) WHERE due_at IS NOT NULL;
