-- When the session's user last proved who they are: by the sign-in, or again since. Values are shown for a while after that.
ALTER TABLE portal_session ADD proved_at BIGINT NOT NULL CONSTRAINT df_portal_session_proved DEFAULT 0;
-- In a batch of its own, which knows the new column.
EXEC (N'UPDATE portal_session SET proved_at = created_at');
