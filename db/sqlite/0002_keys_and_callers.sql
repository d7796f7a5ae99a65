-- KMS keys that the portal may use.
CREATE TABLE kms_key (
  id TEXT NOT NULL,
  region TEXT NOT NULL,
  alias TEXT,
  provider TEXT NOT NULL,
  provider_reference TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT pk_kms_key PRIMARY KEY (id),
  CONSTRAINT ck_kms_key_length CHECK (
    length(id) <= 64 AND length(region) <= 64 AND length(alias) <= 256
    AND length(provider) <= 32 AND length(provider_reference) <= 1024)
) STRICT;
CREATE UNIQUE INDEX uq_kms_key_alias ON kms_key (region, alias) WHERE alias IS NOT NULL;

-- The portal's own keys, sealed.
CREATE TABLE portal_key (
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT pk_portal_key PRIMARY KEY (name),
  CONSTRAINT ck_portal_key_length CHECK (length(name) <= 256)
) STRICT;

-- Portal users, clients and rotation functions.
CREATE TABLE caller (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT,
  is_disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT pk_caller PRIMARY KEY (id),
  CONSTRAINT uq_caller_name UNIQUE (kind, name),
  CONSTRAINT ck_caller_kind CHECK (kind IN ('User', 'Client', 'Function', 'System')),
  CONSTRAINT ck_caller_length CHECK (length(id) <= 32 AND length(name) <= 256 AND length(password_hash) <= 512)
) STRICT;

CREATE TABLE access_key (
  access_key_id TEXT NOT NULL,
  caller_id TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  is_disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT pk_access_key PRIMARY KEY (access_key_id),
  CONSTRAINT fk_access_key_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT ck_access_key_length CHECK (length(access_key_id) <= 128)
) STRICT;
CREATE INDEX ix_access_key_caller ON access_key (caller_id);

CREATE TABLE policy (
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  CONSTRAINT pk_policy PRIMARY KEY (name),
  CONSTRAINT ck_policy_length CHECK (length(name) <= 256)
) STRICT;

CREATE TABLE caller_policy (
  caller_id TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  CONSTRAINT pk_caller_policy PRIMARY KEY (caller_id, policy_name),
  CONSTRAINT fk_caller_policy_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT fk_caller_policy_policy FOREIGN KEY (policy_name) REFERENCES policy (name)
) STRICT;
CREATE INDEX ix_caller_policy_policy ON caller_policy (policy_name);
