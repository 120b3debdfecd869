-- What runs on language models leave: requests to go on with, checkpoints, questions to people, memories.

ALTER TABLE runs RENAME TO old_runs;

-- `serial` tells which of two runs of one millisecond came first.
CREATE TABLE runs (
    serial INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    workspace TEXT NOT NULL,  -- as in the request
    thread_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    attempt INTEGER NOT NULL,
    scope TEXT NOT NULL,
    resumes_run_id TEXT,
    request TEXT NOT NULL,    -- JSON object
    usage TEXT NOT NULL       -- JSON object
) STRICT;

-- What had been asked for was not kept: these runs can be listed, but not gone on with.
INSERT INTO runs
SELECT
    serial,
    run_id,
    workspace,
    thread_id,
    agent,
    status,
    started_ms,
    ended_ms,
    1,
    run_id,
    NULL,
    json_object(
        'user_input', '',
        'user_id', user_id,
        'workspace', workspace,
        'thread_id', thread_id,
        'agent', agent,
        'request_id', json(request_id)
    ),
    '{}'
FROM old_runs
ORDER BY serial;

DROP TABLE old_runs;

CREATE INDEX runs_by_thread ON runs (workspace, thread_id, started_ms);
CREATE INDEX runs_by_end ON runs (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX unfinished_runs ON runs (status) WHERE status IN ('pending', 'running');
CREATE INDEX interrupted_runs ON runs (status) WHERE status = 'interrupted';

-- `serial` is their order: ids of one millisecond do not sort.
CREATE TABLE checkpoints (
    serial INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    checkpoint_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,       -- JSON object with everything
    UNIQUE (workspace, thread_id, checkpoint_id)
) STRICT;

CREATE INDEX checkpoints_by_thread ON checkpoints (workspace, thread_id);
CREATE INDEX unnamed_checkpoints ON checkpoints (at_ms) WHERE substr(thread_id, 1, 7) = 'thread-';

CREATE TABLE interrupts (
    serial INTEGER PRIMARY KEY,
    interrupt_id TEXT NOT NULL UNIQUE,
    workspace TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL        -- JSON object with everything
) STRICT;

CREATE INDEX pending_interrupts ON interrupts (workspace, thread_id, at_ms) WHERE status = 'pending';
CREATE INDEX unnamed_interrupts ON interrupts (at_ms)
WHERE status <> 'pending' AND substr(thread_id, 1, 7) = 'thread-';

CREATE TABLE stream_checkpoints (
    run_id TEXT NOT NULL,
    step TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    body TEXT NOT NULL,       -- JSON object with everything
    UNIQUE (run_id, step)
) STRICT;

CREATE INDEX stream_checkpoints_by_end ON stream_checkpoints (expires_ms);

CREATE TABLE memories (
    serial INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    memory_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    data TEXT NOT NULL,       -- JSON object
    place TEXT GENERATED ALWAYS AS (hex(workspace)) VIRTUAL,
    UNIQUE (workspace, memory_id)
) STRICT;

CREATE INDEX memories_by_age ON memories (workspace, at_ms);
CREATE INDEX memories_by_kind ON memories (workspace, kind, at_ms);
-- With all that trimming looks at: it counts them every time.
CREATE INDEX forgettable_memories ON memories (workspace, at_ms, serial, kind) WHERE kind <> 'preference';

-- The words of the memories. `place` is the workspace as one word, so that a search looks at no other's.
-- Kept up to date by name, see memories.sql: a trigger may not touch it, as the schema is not trusted.
CREATE VIRTUAL TABLE memory_words USING fts5(
    place, text, content = 'memories', content_rowid = 'serial', tokenize = 'porter unicode61 remove_diacritics 2'
);
