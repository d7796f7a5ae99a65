-- Which migrations this database has had. The start reads it; see db/README.md.
CREATE TABLE schema_migration (
  number BIGINT NOT NULL,
  name NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
  checksum NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  applied_at BIGINT NOT NULL,
  CONSTRAINT pk_schema_migration PRIMARY KEY (number)
);
