-- How a rotation function is called; name, description and whether it is disabled stand with its caller. command, variables and
-- allowed_secrets are JSON. sealed_key holds the secret half of remote_access_key_id, or the key that signs a webhook's requests.
CREATE TABLE rotation_function (
  caller_id NVARCHAR(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
  kind NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NOT NULL,
  runtime NVARCHAR(16) COLLATE Latin1_General_100_BIN2 NULL,
  folder NVARCHAR(512) COLLATE Latin1_General_100_BIN2 NULL,
  handler NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  command NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
  variables NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
  url NVARCHAR(2048) COLLATE Latin1_General_100_BIN2 NULL,
  remote_name NVARCHAR(256) COLLATE Latin1_General_100_BIN2 NULL,
  remote_region NVARCHAR(64) COLLATE Latin1_General_100_BIN2 NULL,
  remote_access_key_id NVARCHAR(128) COLLATE Latin1_General_100_BIN2 NULL,
  sealed_key VARBINARY(MAX) NULL,
  memory_mib BIGINT NOT NULL,
  timeout_seconds BIGINT NOT NULL,
  allowed_secrets NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT pk_rotation_function PRIMARY KEY (caller_id),
  CONSTRAINT fk_rotation_function_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT ck_rotation_function_kind CHECK (kind IN ('Process', 'Endpoint', 'Webhook'))
);
