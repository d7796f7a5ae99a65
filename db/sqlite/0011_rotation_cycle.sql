-- The master secret that whoever set the rotation up may read.
ALTER TABLE rotation_schedule ADD COLUMN master_arn TEXT CONSTRAINT ck_rotation_schedule_master_length CHECK (length(master_arn) <= 2048);

-- Until when a run that fails is begun again soon, and since when it waits for its target's word.
ALTER TABLE rotation_run ADD COLUMN retry_until_at INTEGER;
ALTER TABLE rotation_run ADD COLUMN stalled_at INTEGER;

CREATE INDEX ix_secret_label_pending ON secret_label (secret_id) WHERE label = 'AWSPENDING';
