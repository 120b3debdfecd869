-- What language models used, by day (UTC), user and agent; longer than the runs that used it.
CREATE TABLE usage (
    workspace TEXT NOT NULL,
    day TEXT NOT NULL,
    user_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    estimated INTEGER NOT NULL,
    PRIMARY KEY (workspace, day, user_id, agent)
) STRICT, WITHOUT ROWID;
