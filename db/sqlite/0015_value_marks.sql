-- Keyed fingerprints of a version's value and of its members, bound to the secret and not to the version: they are equal where the values are, so
-- that a change is told without opening a value. 16 bytes of the whole, then 24 for each of up to 64 members: 8 of its name and 16 of what it holds.
-- NULL without a value, and of versions that were written before these were kept.
ALTER TABLE secret_version ADD COLUMN value_marks BLOB CONSTRAINT ck_secret_version_value_marks_length CHECK (length(value_marks) <= 1600);
