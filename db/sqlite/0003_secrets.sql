-- A secret without its values. is_tagged is 1 once the secret has had a tag, also after the last one went.
CREATE TABLE secret (
  id TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL,
  description TEXT,
  kms_key_id TEXT,
  is_tagged INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_changed_at INTEGER NOT NULL,
  last_accessed_on INTEGER,
  last_rotated_at INTEGER,
  deleted_at INTEGER,
  purge_at INTEGER,
  CONSTRAINT pk_secret PRIMARY KEY (id),
  CONSTRAINT uq_secret_name UNIQUE (region, name),
  CONSTRAINT uq_secret_arn UNIQUE (arn),
  CONSTRAINT ck_secret_length CHECK (
    length(id) <= 32 AND length(region) <= 64 AND length(name) <= 512 AND length(arn) <= 700
    AND length(description) <= 2048 AND length(kms_key_id) <= 2048)
) STRICT;
CREATE INDEX ix_secret_created ON secret (region, created_at, id);
CREATE INDEX ix_secret_purge ON secret (purge_at) WHERE purge_at IS NOT NULL;

-- A version. Without a value (a rotation has registered it) all the value's columns are NULL.
CREATE TABLE secret_version (
  secret_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_accessed_on INTEGER,
  kms_key_id TEXT,
  kind TEXT,
  is_text INTEGER,
  fingerprint BLOB,
  sealed BLOB,
  CONSTRAINT pk_secret_version PRIMARY KEY (secret_id, version_id),
  CONSTRAINT uq_secret_version_position UNIQUE (secret_id, position),
  CONSTRAINT fk_secret_version_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT fk_secret_version_kms_key FOREIGN KEY (kms_key_id) REFERENCES kms_key (id),
  CONSTRAINT ck_secret_version_value CHECK (
    (kms_key_id IS NULL AND kind IS NULL AND is_text IS NULL AND fingerprint IS NULL AND sealed IS NULL)
    OR (kms_key_id IS NOT NULL AND kind IS NOT NULL AND is_text IS NOT NULL AND fingerprint IS NOT NULL AND sealed IS NOT NULL)),
  CONSTRAINT ck_secret_version_length CHECK (
    length(version_id) <= 64 AND length(kms_key_id) <= 64 AND length(fingerprint) <= 64)
) STRICT;
CREATE INDEX ix_secret_version_kms_key ON secret_version (kms_key_id) WHERE kms_key_id IS NOT NULL;

-- A label is attached to at most one version of a secret: the primary key says so.
CREATE TABLE secret_label (
  secret_id TEXT NOT NULL,
  label TEXT NOT NULL,
  version_id TEXT NOT NULL,
  CONSTRAINT pk_secret_label PRIMARY KEY (secret_id, label),
  CONSTRAINT fk_secret_label_version FOREIGN KEY (secret_id, version_id)
    REFERENCES secret_version (secret_id, version_id) ON DELETE CASCADE,
  CONSTRAINT ck_secret_label_length CHECK (length(label) <= 256)
) STRICT;
CREATE INDEX ix_secret_label_version ON secret_label (secret_id, version_id);

CREATE TABLE secret_tag (
  secret_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  tag_key TEXT NOT NULL,
  tag_value TEXT NOT NULL,
  CONSTRAINT pk_secret_tag PRIMARY KEY (secret_id, position),
  CONSTRAINT fk_secret_tag_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT ck_secret_tag_length CHECK (length(tag_key) <= 128 AND length(tag_value) <= 256)
) STRICT;
