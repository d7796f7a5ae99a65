-- How and when a secret is rotated; no row where rotation was never configured.
CREATE TABLE rotation_schedule (
  secret_id TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  function_arn TEXT,
  expression TEXT,
  automatically_after_days INTEGER,
  duration TEXT,
  next_window_start_at INTEGER,
  next_window_end_at INTEGER,
  CONSTRAINT pk_rotation_schedule PRIMARY KEY (secret_id),
  CONSTRAINT fk_rotation_schedule_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT ck_rotation_schedule_length CHECK (
    length(function_arn) <= 2048 AND length(expression) <= 256 AND length(duration) <= 16)
) STRICT;
CREATE INDEX ix_rotation_schedule_due ON rotation_schedule (enabled, next_window_start_at);

-- One rotation of one secret. Who holds lease_until_at shows fence with each write.
CREATE TABLE rotation_run (
  id TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  token TEXT NOT NULL,
  mode TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  lease_owner TEXT,
  lease_until_at INTEGER,
  next_attempt_at INTEGER,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  message TEXT,
  CONSTRAINT pk_rotation_run PRIMARY KEY (id),
  CONSTRAINT fk_rotation_run_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE,
  CONSTRAINT ck_rotation_run_state CHECK (
    (state IN ('Queued', 'Running', 'Retrying') AND finished_at IS NULL)
    OR (state IN ('Succeeded', 'Failed', 'Abandoned') AND finished_at IS NOT NULL)),
  CONSTRAINT ck_rotation_run_length CHECK (
    length(id) <= 32 AND length(token) <= 64 AND length(lease_owner) <= 256 AND length(message) <= 2000)
) STRICT;
CREATE UNIQUE INDEX uq_rotation_run_open ON rotation_run (secret_id) WHERE finished_at IS NULL;
CREATE INDEX ix_rotation_run_history ON rotation_run (secret_id, created_at, id);

CREATE TABLE rotation_step (
  run_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  step TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  succeeded INTEGER NOT NULL,
  message TEXT,
  CONSTRAINT pk_rotation_step PRIMARY KEY (run_id, attempt, step),
  CONSTRAINT fk_rotation_step_run FOREIGN KEY (run_id) REFERENCES rotation_run (id) ON DELETE CASCADE,
  CONSTRAINT ck_rotation_step_length CHECK (length(step) <= 32 AND length(message) <= 2000)
) STRICT;
