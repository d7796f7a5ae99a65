-- How a rotation function is called; name, description and whether it is disabled stand with its caller. command, variables and
-- allowed_secrets are JSON. sealed_key holds the secret half of remote_access_key_id, or the key that signs a webhook's requests.
CREATE TABLE rotation_function (
  caller_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  runtime TEXT,
  folder TEXT,
  handler TEXT,
  command TEXT NOT NULL,
  variables TEXT NOT NULL,
  url TEXT,
  remote_name TEXT,
  remote_region TEXT,
  remote_access_key_id TEXT,
  sealed_key BLOB,
  memory_mib INTEGER NOT NULL,
  timeout_seconds INTEGER NOT NULL,
  allowed_secrets TEXT NOT NULL,
  CONSTRAINT pk_rotation_function PRIMARY KEY (caller_id),
  CONSTRAINT fk_rotation_function_caller FOREIGN KEY (caller_id) REFERENCES caller (id) ON DELETE CASCADE,
  CONSTRAINT ck_rotation_function_kind CHECK (kind IN ('Process', 'Endpoint', 'Webhook')),
  CONSTRAINT ck_rotation_function_length CHECK (
    length(caller_id) <= 32 AND length(kind) <= 16 AND length(runtime) <= 16 AND length(folder) <= 512 AND length(handler) <= 256
    AND length(command) <= 4000 AND length(variables) <= 4000 AND length(url) <= 2048 AND length(remote_name) <= 256
    AND length(remote_region) <= 64 AND length(remote_access_key_id) <= 128 AND length(allowed_secrets) <= 4000)
) STRICT;
