-- A secret without its values. is_tagged is 1 once the secret has had a tag, also after the last one went.
CREATE TABLE secret (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  arn NVARCHAR(700) COLLATE Latin1_General_100_BIN2 NOT NULL,
  description NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  kms_key_id NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  is_tagged BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_changed_at BIGINT NOT NULL,
  last_accessed_on BIGINT NULL,
  last_rotated_at BIGINT NULL,
  deleted_at BIGINT NULL,
  purge_at BIGINT NULL,
  CONSTRAINT pk_secret PRIMARY KEY (id),
  CONSTRAINT uq_secret_name UNIQUE (region, name),
  CONSTRAINT uq_secret_arn UNIQUE (arn)
);
CREATE INDEX ix_secret_created ON secret (region, created_at, id);
CREATE INDEX ix_secret_purge ON secret (purge_at) WHERE purge_at IS NOT NULL;

-- A version. Without a value (a rotation has registered it) all the value's columns are NULL.
CREATE TABLE secret_version (
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  version_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  position BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_accessed_on BIGINT NULL,
  kms_key_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
  kind NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NULL,
  is_text BIGINT NULL,
  fingerprint VARBINARY(64) NULL,
  sealed VARBINARY(MAX) NULL,
  CONSTRAINT pk_secret_version PRIMARY KEY (secret_id, version_id),
  CONSTRAINT uq_secret_version_position UNIQUE (secret_id, position),
  CONSTRAINT fk_secret_version_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT fk_secret_version_kms_key FOREIGN KEY (kms_key_id) REFERENCES kms_key (id),
  CONSTRAINT ck_secret_version_value CHECK (
    (kms_key_id IS NULL AND kind IS NULL AND is_text IS NULL AND fingerprint IS NULL AND sealed IS NULL)
    OR (kms_key_id IS NOT NULL AND kind IS NOT NULL AND is_text IS NOT NULL AND fingerprint IS NOT NULL AND sealed IS NOT NULL))
);
CREATE INDEX ix_secret_version_kms_key ON secret_version (kms_key_id) WHERE kms_key_id IS NOT NULL;

-- A label is attached to at most one version of a secret: the primary key says so.
CREATE TABLE secret_label (
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  label NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  version_id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_secret_label PRIMARY KEY (secret_id, label),
  CONSTRAINT fk_secret_label_version FOREIGN KEY (secret_id, version_id)
    REFERENCES secret_version (secret_id, version_id) ON DELETE CASCADE
);
CREATE INDEX ix_secret_label_version ON secret_label (secret_id, version_id);

CREATE TABLE secret_tag (
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  position BIGINT NOT NULL,
  tag_key NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  tag_value NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_secret_tag PRIMARY KEY (secret_id, position),
  CONSTRAINT fk_secret_tag_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE
);
