-- Rises with each change of what it counts, so that two people who edit the same thing at once do not undo each other's work unseen.
ALTER TABLE caller ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE caller_group ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policy ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
