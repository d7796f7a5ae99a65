-- When the session's user last proved who they are: by the sign-in, or again since. Values are shown for a while after that.
ALTER TABLE portal_session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;
UPDATE portal_session SET proved_at = created_at;
