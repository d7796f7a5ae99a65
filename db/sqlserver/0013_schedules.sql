-- When the next rotation begins (due_at, a place inside its window that the secret's id decides), the end of the first window that has begun since
-- the last rotation, which server or function it is for (a keyed fingerprint: host and port are content of the value), and how it is.
-- health_changes_at is when the health becomes another one by itself; 0 where it must be told anew. alarm is the trouble that was told and is not over.
-- The heartbeat: when the target is asked next, when it was asked last, about which version, and what it said.
ALTER TABLE rotation_schedule ADD
  region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_rotation_schedule_region DEFAULT '',
  due_at BIGINT NULL,
  open_window_end_at BIGINT NULL,
  target_key NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
  health NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_rotation_schedule_health DEFAULT 'Off'
    CONSTRAINT ck_rotation_schedule_health CHECK (health IN ('Off', 'Healthy', 'Due', 'Rotating', 'Retrying', 'Failed', 'Overdue', 'OutOfSync')),
  health_since_at BIGINT NULL,
  health_changes_at BIGINT NULL,
  alarm NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NULL CONSTRAINT ck_rotation_schedule_alarm CHECK (alarm IN ('Failed', 'Overdue', 'OutOfSync')),
  heartbeat_due_at BIGINT NULL,
  heartbeat_at BIGINT NULL,
  heartbeat_version NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
  heartbeat_answer NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NULL
    CONSTRAINT ck_rotation_schedule_heartbeat_answer CHECK (heartbeat_answer IN ('Accepted', 'Refused', 'Unknown')),
  heartbeat_message NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL;
-- In a batch of its own, which knows the new columns. The window's start is as good as any until the next window is set.
EXEC (N'UPDATE rotation_schedule SET due_at = next_window_start_at, health_changes_at = 0, region = (SELECT s.region FROM secret s WHERE s.id = rotation_schedule.secret_id)');
DROP INDEX ix_rotation_schedule_due ON rotation_schedule;
CREATE INDEX ix_rotation_schedule_begin ON rotation_schedule (enabled, due_at, secret_id, target_key);
CREATE INDEX ix_rotation_schedule_health ON rotation_schedule (region, health, secret_id);
CREATE INDEX ix_rotation_schedule_health_changes ON rotation_schedule (health_changes_at) WHERE health_changes_at IS NOT NULL;
CREATE INDEX ix_rotation_schedule_heartbeat ON rotation_schedule (enabled, heartbeat_due_at);
CREATE INDEX ix_rotation_run_failed ON rotation_run (secret_id, finished_at) WHERE state = 'Failed';

-- What is switched for the portal as a whole; no row where it is as usual.
CREATE TABLE portal_switch (
  name NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  reason NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  changed_by NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NOT NULL,
  changed_at BIGINT NOT NULL,
  CONSTRAINT pk_portal_switch PRIMARY KEY (name)
);

-- Whom the portal tells of trouble. What must not be read (a password, the key of signatures) is sealed under one of the portal's own keys.
CREATE TABLE notification_channel (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
  kind NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  events NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NOT NULL,
  is_disabled BIGINT NOT NULL,
  settings NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
  sealed NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  last_sent_at BIGINT NULL,
  failure NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL,
  CONSTRAINT pk_notification_channel PRIMARY KEY (id),
  CONSTRAINT uq_notification_channel_name UNIQUE (name),
  CONSTRAINT ck_notification_channel_kind CHECK (kind IN ('Webhook', 'Email'))
);

-- What is still to be told, written in the transaction of what it tells of; gone once it is told.
CREATE TABLE notification (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  channel_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  event NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  secret_arn NVARCHAR(700) COLLATE Latin1_General_100_BIN2 NULL,
  secret_name NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NULL,
  region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  detail NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL,
  occurred_at BIGINT NOT NULL,
  CONSTRAINT pk_notification PRIMARY KEY (channel_id, id),
  CONSTRAINT fk_notification_channel FOREIGN KEY (channel_id) REFERENCES notification_channel (id) ON DELETE CASCADE
);
