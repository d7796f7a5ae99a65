-- Rises with each change of what it counts, so that two people who edit the same thing at once do not undo each other's work unseen.
ALTER TABLE caller ADD revision BIGINT NOT NULL CONSTRAINT df_caller_revision DEFAULT 0;
ALTER TABLE caller_group ADD revision BIGINT NOT NULL CONSTRAINT df_caller_group_revision DEFAULT 0;
ALTER TABLE policy ADD revision BIGINT NOT NULL CONSTRAINT df_policy_revision DEFAULT 0;
