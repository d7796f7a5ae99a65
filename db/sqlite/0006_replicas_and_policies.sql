-- What more a secret knows of itself: the policy that hangs on it, the region of the primary that a replica follows, and for a secret
-- that a partner of the service holds, the partner's type and how the partner's rotation is configured.
ALTER TABLE secret ADD COLUMN resource_policy TEXT;
ALTER TABLE secret ADD COLUMN primary_region TEXT CONSTRAINT ck_secret_primary_region_length CHECK (length(primary_region) <= 64);
ALTER TABLE secret ADD COLUMN partner_type TEXT CONSTRAINT ck_secret_partner_type_length CHECK (length(partner_type) <= 256);
ALTER TABLE rotation_schedule ADD COLUMN external_metadata TEXT;
ALTER TABLE rotation_schedule ADD COLUMN external_role_arn TEXT CONSTRAINT ck_rotation_schedule_role_length CHECK (length(external_role_arn) <= 2048);
CREATE INDEX ix_secret_changed ON secret (region, last_changed_at, id);

-- Where a primary secret is replicated to. due_at is set with each change of the primary and NULL while the replica is in sync.
-- overwrites_id is the secret of the same name that may be overwritten: the one that was there when that was asked for and allowed.
CREATE TABLE secret_replica (
  secret_id TEXT NOT NULL,
  region TEXT NOT NULL,
  kms_key_id TEXT,
  overwrites_id TEXT,
  attempts INTEGER NOT NULL,
  due_at INTEGER,
  failure TEXT,
  CONSTRAINT pk_secret_replica PRIMARY KEY (secret_id, region),
  CONSTRAINT fk_secret_replica_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT ck_secret_replica_length CHECK (
    length(region) <= 64 AND length(kms_key_id) <= 2048 AND length(overwrites_id) <= 32 AND length(failure) <= 2000)
) STRICT;
CREATE INDEX ix_secret_replica_due ON secret_replica (due_at) WHERE due_at IS NOT NULL;
