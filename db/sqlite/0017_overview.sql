-- What the overview counts, each number by one index: secrets of a region by deletion and by the kind of their current value, replicas, rotations that
-- ended and those that come next.
ALTER TABLE secret ADD COLUMN kind TEXT CONSTRAINT ck_secret_kind_length CHECK (length(kind) <= 32);
UPDATE secret SET kind = (
  SELECT v.kind FROM secret_label l JOIN secret_version v ON v.secret_id = l.secret_id AND v.version_id = l.version_id
  WHERE l.secret_id = secret.id AND l.label = 'AWSCURRENT');
CREATE INDEX ix_secret_kind ON secret (region, purge_at, kind);
CREATE INDEX ix_secret_replica_of ON secret (region, primary_region) WHERE primary_region IS NOT NULL;

ALTER TABLE rotation_run ADD COLUMN region TEXT NOT NULL DEFAULT '' CONSTRAINT ck_rotation_run_region_length CHECK (length(region) <= 64);
UPDATE rotation_run SET region = (SELECT s.region FROM secret s WHERE s.id = rotation_run.secret_id);
CREATE INDEX ix_rotation_run_finished ON rotation_run (region, mode, finished_at, state) WHERE finished_at IS NOT NULL;
CREATE INDEX ix_rotation_schedule_next ON rotation_schedule (region, enabled, due_at, secret_id);
