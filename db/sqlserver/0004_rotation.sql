-- How and when a secret is rotated; no row where rotation was never configured.
CREATE TABLE rotation_schedule (
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  enabled BIGINT NOT NULL,
  function_arn NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  expression NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  automatically_after_days BIGINT NULL,
  duration NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NULL,
  next_window_start_at BIGINT NULL,
  next_window_end_at BIGINT NULL,
  CONSTRAINT pk_rotation_schedule PRIMARY KEY (secret_id),
  CONSTRAINT fk_rotation_schedule_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE
);
CREATE INDEX ix_rotation_schedule_due ON rotation_schedule (enabled, next_window_start_at);

-- One rotation of one secret. Who holds lease_until_at shows fence with each write.
CREATE TABLE rotation_run (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  token NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  mode NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  requested_by NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  state NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  attempt BIGINT NOT NULL,
  fence BIGINT NOT NULL,
  lease_owner NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  lease_until_at BIGINT NULL,
  next_attempt_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT NULL,
  message NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL,
  CONSTRAINT pk_rotation_run PRIMARY KEY (id),
  CONSTRAINT fk_rotation_run_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT ck_rotation_run_state CHECK (
    (state IN ('Queued', 'Running', 'Retrying') AND finished_at IS NULL)
    OR (state IN ('Succeeded', 'Failed', 'Abandoned') AND finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX uq_rotation_run_open ON rotation_run (secret_id) WHERE finished_at IS NULL;
CREATE INDEX ix_rotation_run_history ON rotation_run (secret_id, created_at, id);

CREATE TABLE rotation_step (
  run_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  attempt BIGINT NOT NULL,
  step NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT NULL,
  succeeded BIGINT NOT NULL,
  message NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NULL,
  CONSTRAINT pk_rotation_step PRIMARY KEY (run_id, attempt, step),
  CONSTRAINT fk_rotation_step_run FOREIGN KEY (run_id) REFERENCES rotation_run (id) ON DELETE CASCADE
);
