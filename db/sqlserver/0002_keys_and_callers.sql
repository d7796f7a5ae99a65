-- KMS keys that the portal may use.
CREATE TABLE kms_key (
  id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  alias NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  provider NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  provider_reference NVARCHAR(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_kms_key PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_kms_key_alias ON kms_key (region, alias) WHERE alias IS NOT NULL;

-- The portal's own keys, sealed.
CREATE TABLE portal_key (
  name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sealed VARBINARY(MAX) NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_portal_key PRIMARY KEY (name)
);

-- Portal users, clients and rotation functions.
CREATE TABLE caller (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  kind NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  password_hash NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NULL,
  is_disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_caller PRIMARY KEY (id),
  CONSTRAINT uq_caller_name UNIQUE (kind, name),
  CONSTRAINT ck_caller_kind CHECK (kind IN ('User', 'Client', 'Function', 'System'))
);

CREATE TABLE access_key (
  access_key_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sealed_secret VARBINARY(MAX) NOT NULL,
  is_disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_access_key PRIMARY KEY (access_key_id),
  CONSTRAINT fk_access_key_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
);
CREATE INDEX ix_access_key_caller ON access_key (caller_id);

CREATE TABLE policy (
  name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  document NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_policy PRIMARY KEY (name)
);

CREATE TABLE caller_policy (
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  policy_name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_caller_policy PRIMARY KEY (caller_id, policy_name),
  CONSTRAINT fk_caller_policy_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT fk_caller_policy_policy FOREIGN KEY (policy_name) REFERENCES policy (name)
);
CREATE INDEX ix_caller_policy_policy ON caller_policy (policy_name);
