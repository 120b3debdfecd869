-- Keys of access. `change` counts up with every change of any of them, so that it is cheap to see that there was one.
CREATE TABLE access_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    workspaces TEXT,            -- JSON list of names; NULL: all
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest BLOB NOT NULL,       -- SHA-256 of the secret
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    change INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX access_keys_by_change ON access_keys (change);
