-- Titles of threads: as somebody named them, or the beginning of their first request. Lists read them.
CREATE TABLE thread_titles (
    workspace TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (workspace, thread_id)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO thread_titles
SELECT workspace, thread_id, substr(coalesce(iif(json_valid(request), request ->> 'user_input', ''), ''), 1, 160)
FROM runs
ORDER BY serial;

CREATE INDEX interrupts_by_thread ON interrupts (workspace, thread_id);
