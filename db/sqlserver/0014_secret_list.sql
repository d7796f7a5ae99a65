-- The names of a JSON value's members (of its top level; never what they hold), so that a secret is found by them: one per line. NULL where the
-- value is no such JSON, and of versions that were written before these names were kept.
ALTER TABLE secret_version ADD field_names NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL;

-- What a secret is found by: the words of its name, description, tags and members, its tags, its kind, and what is true of it. The first letter of a
-- term says which. has_terms is 0 for a secret whose terms are still to be written.
ALTER TABLE secret ADD has_terms BIGINT NOT NULL CONSTRAINT df_secret_has_terms DEFAULT 0;
CREATE INDEX ix_secret_without_terms ON secret (id) WHERE has_terms = 0;
CREATE TABLE secret_term (
  secret_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  term NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_secret_term PRIMARY KEY (secret_id, term),
  CONSTRAINT fk_secret_term_secret FOREIGN KEY (secret_id) REFERENCES secret (id) ON DELETE CASCADE
);
CREATE INDEX ix_secret_term ON secret_term (term, secret_id);

-- A user's own views of the list: its filters, order and folder, as the address of the page has them.
CREATE TABLE saved_view (
  id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
  query NVARCHAR(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT pk_saved_view PRIMARY KEY (id),
  CONSTRAINT uq_saved_view_name UNIQUE (caller_id, name),
  CONSTRAINT fk_saved_view_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE
);
