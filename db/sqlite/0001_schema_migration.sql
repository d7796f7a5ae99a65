-- Which migrations this database has had. The start reads it; see db/README.md.
CREATE TABLE schema_migration (
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  CONSTRAINT pk_schema_migration PRIMARY KEY (number)
) STRICT;
