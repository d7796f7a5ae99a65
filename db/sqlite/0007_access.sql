-- What more a caller knows of itself. A user of an identity provider is bound by issuer and subject and has no password. session_epoch
-- rises when all sessions of the user shall end. The second factor counts once it is confirmed; totp_last_step is the last time step whose
-- code was taken, so that no code is taken twice.
ALTER TABLE caller ADD COLUMN description TEXT CONSTRAINT ck_caller_description_length CHECK (length(description) <= 2048);
ALTER TABLE caller ADD COLUMN display_name TEXT CONSTRAINT ck_caller_display_name_length CHECK (length(display_name) <= 256);
ALTER TABLE caller ADD COLUMN email TEXT CONSTRAINT ck_caller_email_length CHECK (length(email) <= 320);
ALTER TABLE caller ADD COLUMN issuer TEXT CONSTRAINT ck_caller_issuer_length CHECK (length(issuer) <= 512);
ALTER TABLE caller ADD COLUMN subject TEXT CONSTRAINT ck_caller_subject_length CHECK (length(subject) <= 255);
ALTER TABLE caller ADD COLUMN password_changed_at INTEGER;
ALTER TABLE caller ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0;
ALTER TABLE caller ADD COLUMN session_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE caller ADD COLUMN last_seen_at INTEGER;
ALTER TABLE caller ADD COLUMN totp_sealed BLOB;
ALTER TABLE caller ADD COLUMN totp_confirmed_at INTEGER;
ALTER TABLE caller ADD COLUMN totp_last_step INTEGER;
CREATE UNIQUE INDEX uq_caller_subject ON caller (issuer, subject) WHERE issuer IS NOT NULL;

ALTER TABLE access_key ADD COLUMN description TEXT CONSTRAINT ck_access_key_description_length CHECK (length(description) <= 2048);
ALTER TABLE access_key ADD COLUMN expires_at INTEGER;
ALTER TABLE access_key ADD COLUMN last_used_at INTEGER;
ALTER TABLE access_key ADD COLUMN last_used_region TEXT CONSTRAINT ck_access_key_last_used_region_length CHECK (length(last_used_region) <= 64);

-- Managed policies come with the portal and cannot be changed.
ALTER TABLE policy ADD COLUMN description TEXT CONSTRAINT ck_policy_description_length CHECK (length(description) <= 2048);
ALTER TABLE policy ADD COLUMN is_managed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policy ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policy ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;

-- What stands in for a lost second factor, each once.
CREATE TABLE recovery_code (
  caller_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  code_hash TEXT NOT NULL,
  used_at INTEGER,
  CONSTRAINT pk_recovery_code PRIMARY KEY (caller_id, position),
  CONSTRAINT fk_recovery_code_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT ck_recovery_code_length CHECK (length(code_hash) <= 512)
) STRICT;

-- Tags of a caller: the condition keys aws:PrincipalTag/….
CREATE TABLE caller_tag (
  caller_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  tag_key TEXT NOT NULL,
  tag_value TEXT NOT NULL,
  CONSTRAINT pk_caller_tag PRIMARY KEY (caller_id, position),
  CONSTRAINT fk_caller_tag_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT ck_caller_tag_length CHECK (length(tag_key) <= 128 AND length(tag_value) <= 256)
) STRICT;

CREATE TABLE caller_group (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  created_at INTEGER NOT NULL,
  CONSTRAINT pk_caller_group PRIMARY KEY (id),
  CONSTRAINT uq_caller_group_name UNIQUE (name),
  CONSTRAINT ck_caller_group_length CHECK (length(id) <= 32 AND length(name) <= 256 AND length(description) <= 2048)
) STRICT;

CREATE TABLE group_member (
  group_id TEXT NOT NULL,
  caller_id TEXT NOT NULL,
  CONSTRAINT pk_group_member PRIMARY KEY (group_id, caller_id),
  CONSTRAINT fk_group_member_group FOREIGN KEY (group_id) REFERENCES caller_group (id) ON DELETE CASCADE,
  CONSTRAINT fk_group_member_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX ix_group_member_caller ON group_member (caller_id);

CREATE TABLE group_policy (
  group_id TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  CONSTRAINT pk_group_policy PRIMARY KEY (group_id, policy_name),
  CONSTRAINT fk_group_policy_group FOREIGN KEY (group_id) REFERENCES caller_group (id) ON DELETE CASCADE,
  CONSTRAINT fk_group_policy_policy FOREIGN KEY (policy_name) REFERENCES policy (name)
) STRICT;
CREATE INDEX ix_group_policy_policy ON group_policy (policy_name);

-- Sessions of the portal. A cookie whose session is not here, or has ended, opens nothing, on any node.
CREATE TABLE portal_session (
  id TEXT NOT NULL,
  caller_id TEXT NOT NULL,
  session_epoch INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  ended_at INTEGER,
  source_address TEXT NOT NULL,
  user_agent TEXT,
  CONSTRAINT pk_portal_session PRIMARY KEY (id),
  CONSTRAINT fk_portal_session_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT ck_portal_session_length CHECK (length(id) <= 64 AND length(source_address) <= 128 AND length(user_agent) <= 512)
) STRICT;
CREATE INDEX ix_portal_session_caller ON portal_session (caller_id, created_at);
CREATE INDEX ix_portal_session_created ON portal_session (created_at);

-- Failed sign-ins, so that guessing is slowed down on all nodes together. bucket is a keyed hash of what is guessed and from where: what
-- was typed as a name may be a password.
CREATE TABLE sign_in_failure (
  bucket TEXT NOT NULL,
  failures INTEGER NOT NULL,
  last_failed_at INTEGER NOT NULL,
  wait_until_at INTEGER NOT NULL,
  CONSTRAINT pk_sign_in_failure PRIMARY KEY (bucket),
  CONSTRAINT ck_sign_in_failure_length CHECK (length(bucket) <= 64)
) STRICT;
CREATE INDEX ix_sign_in_failure_last ON sign_in_failure (last_failed_at);

-- Rises with each change of what its name says, in the transaction of the change, so that what a node keeps in memory is known to be true or
-- not. See docs/decisions.
CREATE TABLE change_epoch (
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  CONSTRAINT pk_change_epoch PRIMARY KEY (name),
  CONSTRAINT ck_change_epoch_length CHECK (length(name) <= 32)
) STRICT;
