-- When the next rotation begins (due_at, a place inside its window that the secret's id decides), the end of the first window that has begun since
-- the last rotation, which server or function it is for (a keyed fingerprint: host and port are content of the value), and how it is.
-- health_changes_at is when the health becomes another one by itself; 0 where it must be told anew. alarm is the trouble that was told and is not over.
ALTER TABLE rotation_schedule ADD COLUMN region TEXT NOT NULL DEFAULT '' CONSTRAINT ck_rotation_schedule_region_length CHECK (length(region) <= 64);
ALTER TABLE rotation_schedule ADD COLUMN due_at INTEGER;
ALTER TABLE rotation_schedule ADD COLUMN open_window_end_at INTEGER;
ALTER TABLE rotation_schedule ADD COLUMN target_key TEXT CONSTRAINT ck_rotation_schedule_target_key_length CHECK (length(target_key) <= 64);
ALTER TABLE rotation_schedule ADD COLUMN health TEXT NOT NULL DEFAULT 'Off' CONSTRAINT ck_rotation_schedule_health CHECK (
  health IN ('Off', 'Healthy', 'Due', 'Rotating', 'Retrying', 'Failed', 'Overdue', 'OutOfSync'));
ALTER TABLE rotation_schedule ADD COLUMN health_since_at INTEGER;
ALTER TABLE rotation_schedule ADD COLUMN health_changes_at INTEGER;
ALTER TABLE rotation_schedule ADD COLUMN alarm TEXT CONSTRAINT ck_rotation_schedule_alarm CHECK (alarm IN ('Failed', 'Overdue', 'OutOfSync'));

-- The heartbeat: when the target is asked next, when it was asked last, about which version, and what it said.
ALTER TABLE rotation_schedule ADD COLUMN heartbeat_due_at INTEGER;
ALTER TABLE rotation_schedule ADD COLUMN heartbeat_at INTEGER;
ALTER TABLE rotation_schedule ADD COLUMN heartbeat_version TEXT CONSTRAINT ck_rotation_schedule_heartbeat_version_length CHECK (length(heartbeat_version) <= 64);
ALTER TABLE rotation_schedule ADD COLUMN heartbeat_answer TEXT CONSTRAINT ck_rotation_schedule_heartbeat_answer CHECK (
  heartbeat_answer IN ('Accepted', 'Refused', 'Unknown'));
ALTER TABLE rotation_schedule ADD COLUMN heartbeat_message TEXT CONSTRAINT ck_rotation_schedule_heartbeat_message_length CHECK (length(heartbeat_message) <= 2000);

-- The window's start is as good as any until the next window is set.
UPDATE rotation_schedule SET due_at = next_window_start_at, health_changes_at = 0,
  region = (SELECT s.region FROM secret s WHERE s.id = rotation_schedule.secret_id);
DROP INDEX ix_rotation_schedule_due;
CREATE INDEX ix_rotation_schedule_begin ON rotation_schedule (enabled, due_at, secret_id, target_key);
CREATE INDEX ix_rotation_schedule_health ON rotation_schedule (region, health, secret_id);
CREATE INDEX ix_rotation_schedule_health_changes ON rotation_schedule (health_changes_at) WHERE health_changes_at IS NOT NULL;
CREATE INDEX ix_rotation_schedule_heartbeat ON rotation_schedule (enabled, heartbeat_due_at);
CREATE INDEX ix_rotation_run_failed ON rotation_run (secret_id, finished_at) WHERE state = 'Failed';

-- What is switched for the portal as a whole; no row where it is as usual.
CREATE TABLE portal_switch (
  name TEXT NOT NULL,
  reason TEXT,
  changed_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  CONSTRAINT pk_portal_switch PRIMARY KEY (name),
  CONSTRAINT ck_portal_switch_length CHECK (length(name) <= 64 AND length(reason) <= 2048 AND length(changed_by) <= 512)
) STRICT;

-- Whom the portal tells of trouble. What must not be read (a password, the key of signatures) is sealed under one of the portal's own keys.
CREATE TABLE notification_channel (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  events TEXT NOT NULL,
  is_disabled INTEGER NOT NULL,
  settings TEXT NOT NULL,
  sealed TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  last_sent_at INTEGER,
  failure TEXT,
  CONSTRAINT pk_notification_channel PRIMARY KEY (id),
  CONSTRAINT uq_notification_channel_name UNIQUE (name),
  CONSTRAINT ck_notification_channel_kind CHECK (kind IN ('Webhook', 'Email')),
  CONSTRAINT ck_notification_channel_length CHECK (
    length(id) <= 32 AND length(name) <= 128 AND length(events) <= 256 AND length(settings) <= 4000 AND length(sealed) <= 4000 AND length(failure) <= 2000)
) STRICT;

-- What is still to be told, written in the transaction of what it tells of; gone once it is told.
CREATE TABLE notification (
  id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  event TEXT NOT NULL,
  secret_arn TEXT,
  secret_name TEXT,
  region TEXT NOT NULL,
  detail TEXT,
  occurred_at INTEGER NOT NULL,
  CONSTRAINT pk_notification PRIMARY KEY (channel_id, id),
  CONSTRAINT fk_notification_channel FOREIGN KEY (channel_id) REFERENCES notification_channel (id) ON DELETE CASCADE,
  CONSTRAINT ck_notification_length CHECK (
    length(id) <= 32 AND length(event) <= 16 AND length(secret_arn) <= 700 AND length(secret_name) <= 512 AND length(region) <= 64 AND length(detail) <= 2000)
) STRICT;
