-- What more the registry knows of a KMS key. The default key of a region goes by aws/secretsmanager, whatever its own alias is.
-- current_version is the version that wraps new data keys: of a local key what counts, of any other what its provider said last.
ALTER TABLE kms_key ADD COLUMN description TEXT CONSTRAINT ck_kms_key_description_length CHECK (length(description) <= 2048);
ALTER TABLE kms_key ADD COLUMN state TEXT NOT NULL DEFAULT 'Enabled' CONSTRAINT ck_kms_key_state CHECK (state IN ('Enabled', 'Disabled', 'PendingDeletion'));
ALTER TABLE kms_key ADD COLUMN deletion_at INTEGER;
ALTER TABLE kms_key ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0;
ALTER TABLE kms_key ADD COLUMN current_version TEXT NOT NULL DEFAULT '1' CONSTRAINT ck_kms_key_current_version_length CHECK (length(current_version) <= 256);
UPDATE kms_key SET is_default = 1, alias = NULL WHERE alias = 'aws/secretsmanager';
CREATE UNIQUE INDEX uq_kms_key_default ON kms_key (region) WHERE is_default = 1;

-- Which version of its key wraps a version's data key; empty where there is no value, or where it was sealed before versions were kept.
ALTER TABLE secret_version ADD COLUMN kms_key_version TEXT NOT NULL DEFAULT '' CONSTRAINT ck_secret_version_kms_key_version_length CHECK (length(kms_key_version) <= 256);
DROP INDEX ix_secret_version_kms_key;
CREATE INDEX ix_secret_version_wrapped ON secret_version (kms_key_id, secret_id, version_id, kms_key_version) WHERE kms_key_id IS NOT NULL;

-- The data keys under source_key_id (of one secret, where it names one) are wrapped anew under target_version of target_key_id. Who holds
-- lease_until_at shows fence with each write. Rows up to position in stage are done.
CREATE TABLE rewrap_job (
  id TEXT NOT NULL,
  source_key_id TEXT NOT NULL,
  target_key_id TEXT NOT NULL,
  target_version TEXT NOT NULL,
  secret_id TEXT,
  state TEXT NOT NULL,
  stage TEXT NOT NULL,
  position TEXT NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  message TEXT,
  started_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  fence INTEGER NOT NULL,
  lease_owner TEXT,
  lease_until_at INTEGER,
  next_attempt_at INTEGER,
  CONSTRAINT pk_rewrap_job PRIMARY KEY (id),
  CONSTRAINT ck_rewrap_job_state CHECK (
    (state IN ('Queued', 'Running', 'Paused') AND finished_at IS NULL)
    OR (state IN ('Succeeded', 'Failed', 'Cancelled') AND finished_at IS NOT NULL)),
  CONSTRAINT ck_rewrap_job_length CHECK (
    length(id) <= 32 AND length(source_key_id) <= 64 AND length(target_key_id) <= 64 AND length(target_version) <= 256 AND length(secret_id) <= 32
    AND length(stage) <= 32 AND length(position) <= 400 AND length(message) <= 2000 AND length(started_by) <= 512 AND length(lease_owner) <= 256)
) STRICT;
CREATE INDEX ix_rewrap_job_created ON rewrap_job (created_at, id);
CREATE INDEX ix_rewrap_job_open ON rewrap_job (source_key_id) WHERE finished_at IS NULL;
