-- The master secret that whoever set the rotation up may read.
ALTER TABLE rotation_schedule ADD master_arn NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL;

-- Until when a run that fails is begun again soon, and since when it waits for its target's word.
ALTER TABLE rotation_run ADD
  retry_until_at BIGINT NULL,
  stalled_at BIGINT NULL;

CREATE INDEX ix_secret_label_pending ON secret_label (secret_id) WHERE label = N'AWSPENDING';
