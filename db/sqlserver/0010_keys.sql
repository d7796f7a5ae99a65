-- What more the registry knows of a KMS key. The default key of a region goes by aws/secretsmanager, whatever its own alias is.
-- current_version is the version that wraps new data keys: of a local key what counts, of any other what its provider said last.
ALTER TABLE kms_key ADD
  description NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  state NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_kms_key_state DEFAULT 'Enabled'
    CONSTRAINT ck_kms_key_state CHECK (state IN ('Enabled', 'Disabled', 'PendingDeletion')),
  deletion_at BIGINT NULL,
  is_default BIGINT NOT NULL CONSTRAINT df_kms_key_is_default DEFAULT 0,
  current_version NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_kms_key_current_version DEFAULT '1';
-- In a batch of its own, which knows the new columns.
EXEC (N'UPDATE kms_key SET is_default = 1, alias = NULL WHERE alias = N''aws/secretsmanager''');
CREATE UNIQUE INDEX uq_kms_key_default ON kms_key (region) WHERE is_default = 1;

-- Which version of its key wraps a version's data key; empty where there is no value, or where it was sealed before versions were kept.
ALTER TABLE secret_version ADD
  kms_key_version NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_secret_version_kms_key_version DEFAULT '';
DROP INDEX ix_secret_version_kms_key ON secret_version;
CREATE INDEX ix_secret_version_wrapped ON secret_version (kms_key_id, secret_id, version_id, kms_key_version) WHERE kms_key_id IS NOT NULL;

-- The data keys under source_key_id (of one secret, where it names one) are wrapped anew under target_version of target_key_id. Who holds
-- lease_until_at shows fence with each write. Rows up to position in stage are done.
CREATE TABLE rewrap_job (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  source_key_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  target_key_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  target_version NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NULL,
  state NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  stage NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  position NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
  total BIGINT NOT NULL,
  done BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  message NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL,
  started_by NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT NULL,
  fence BIGINT NOT NULL,
  lease_owner NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  lease_until_at BIGINT NULL,
  next_attempt_at BIGINT NULL,
  CONSTRAINT pk_rewrap_job PRIMARY KEY (id),
  CONSTRAINT ck_rewrap_job_state CHECK (
    (state IN ('Queued', 'Running', 'Paused') AND finished_at IS NULL)
    OR (state IN ('Succeeded', 'Failed', 'Cancelled') AND finished_at IS NOT NULL))
);
CREATE INDEX ix_rewrap_job_created ON rewrap_job (created_at, id);
CREATE INDEX ix_rewrap_job_open ON rewrap_job (source_key_id) WHERE finished_at IS NULL;
