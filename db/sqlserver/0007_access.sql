-- What more a caller knows of itself. A user of an identity provider is bound by issuer and subject and has no password. session_epoch
-- rises when all sessions of the user shall end. The second factor counts once it is confirmed; totp_last_step is the last time step whose
-- code was taken, so that no code is taken twice.
ALTER TABLE caller ADD
  description NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  display_name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  email NVARCHAR(320) COLLATE Latin1_General_100_BIN2 NULL,
  issuer NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NULL,
  subject NVARCHAR(255) COLLATE Latin1_General_100_BIN2 NULL,
  password_changed_at BIGINT NULL,
  must_change_password BIGINT NOT NULL CONSTRAINT df_caller_must_change_password DEFAULT 0,
  session_epoch BIGINT NOT NULL CONSTRAINT df_caller_session_epoch DEFAULT 0,
  last_seen_at BIGINT NULL,
  totp_sealed VARBINARY(MAX) NULL,
  totp_confirmed_at BIGINT NULL,
  totp_last_step BIGINT NULL;
CREATE UNIQUE INDEX uq_caller_subject ON caller (issuer, subject) WHERE issuer IS NOT NULL;

ALTER TABLE access_key ADD
  description NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  expires_at BIGINT NULL,
  last_used_at BIGINT NULL,
  last_used_region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL;

-- Managed policies come with the portal and cannot be changed.
ALTER TABLE policy ADD
  description NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  is_managed BIGINT NOT NULL CONSTRAINT df_policy_is_managed DEFAULT 0,
  created_at BIGINT NOT NULL CONSTRAINT df_policy_created_at DEFAULT 0,
  updated_at BIGINT NOT NULL CONSTRAINT df_policy_updated_at DEFAULT 0;

-- What stands in for a lost second factor, each once.
CREATE TABLE recovery_code (
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  position BIGINT NOT NULL,
  code_hash NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  used_at BIGINT NULL,
  CONSTRAINT pk_recovery_code PRIMARY KEY (caller_id, position),
  CONSTRAINT fk_recovery_code_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
);

-- Tags of a caller: the condition keys aws:PrincipalTag/….
CREATE TABLE caller_tag (
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  position BIGINT NOT NULL,
  tag_key NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  tag_value NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_caller_tag PRIMARY KEY (caller_id, position),
  CONSTRAINT fk_caller_tag_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
);

CREATE TABLE caller_group (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  description NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_caller_group PRIMARY KEY (id),
  CONSTRAINT uq_caller_group_name UNIQUE (name)
);

CREATE TABLE group_member (
  group_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_group_member PRIMARY KEY (group_id, caller_id),
  CONSTRAINT fk_group_member_group FOREIGN KEY (group_id) REFERENCES caller_group (id) ON DELETE CASCADE,
  CONSTRAINT fk_group_member_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
);
CREATE INDEX ix_group_member_caller ON group_member (caller_id);

CREATE TABLE group_policy (
  group_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  policy_name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_group_policy PRIMARY KEY (group_id, policy_name),
  CONSTRAINT fk_group_policy_group FOREIGN KEY (group_id) REFERENCES caller_group (id) ON DELETE CASCADE,
  CONSTRAINT fk_group_policy_policy FOREIGN KEY (policy_name) REFERENCES policy (name)
);
CREATE INDEX ix_group_policy_policy ON group_policy (policy_name);

-- Sessions of the portal. A cookie whose session is not here, or has ended, opens nothing, on any node.
CREATE TABLE portal_session (
  id NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  session_epoch BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  ended_at BIGINT NULL,
  source_address NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  user_agent NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NULL,
  CONSTRAINT pk_portal_session PRIMARY KEY (id),
  CONSTRAINT fk_portal_session_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
);
CREATE INDEX ix_portal_session_caller ON portal_session (caller_id, created_at);
CREATE INDEX ix_portal_session_created ON portal_session (created_at);

-- Failed sign-ins, so that guessing is slowed down on all nodes together. bucket is a keyed hash of what is guessed and from where: what
-- was typed as a name may be a password.
CREATE TABLE sign_in_failure (
  bucket NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  failures BIGINT NOT NULL,
  last_failed_at BIGINT NOT NULL,
  wait_until_at BIGINT NOT NULL,
  CONSTRAINT pk_sign_in_failure PRIMARY KEY (bucket)
);
CREATE INDEX ix_sign_in_failure_last ON sign_in_failure (last_failed_at);

-- Rises with each change of what its name says, in the transaction of the change, so that what a node keeps in memory is known to be true or
-- not. See docs/decisions.
CREATE TABLE change_epoch (
  name NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  value BIGINT NOT NULL,
  CONSTRAINT pk_change_epoch PRIMARY KEY (name)
);
