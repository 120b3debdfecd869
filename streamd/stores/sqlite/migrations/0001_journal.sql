-- Streams and their entries, items, results of operations, runs, demand.
-- JSON is kept as text, so that the database can be looked into with any SQLite tool.

-- Facts about this store: its epoch.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- `top` is the newest position ever written; entries from `oldest` on are still there.
CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    oldest INTEGER NOT NULL,
    top INTEGER NOT NULL
) STRICT;

-- Clustered by stream and position: catching up reads neighbouring pages, trimming frees them.
CREATE TABLE entries (
    stream_id INTEGER NOT NULL REFERENCES streams (id),
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    item_type TEXT NOT NULL,
    body TEXT NOT NULL,   -- JSON object without its position
    before TEXT,          -- JSON object, for undo
    PRIMARY KEY (stream_id, seq)
) STRICT, WITHOUT ROWID;

-- A removed item stays as a mark: only id and version, everything else null.
CREATE TABLE items (
    workspace TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT,
    added INTEGER,        -- position of the event that added it
    version INTEGER NOT NULL,
    versions TEXT,        -- JSON object, position by field; null when every field is as it was added
    body TEXT,            -- the flat item, a JSON object
    UNIQUE (workspace, id)
) STRICT;

-- An edit in place touches none of these: each index costs a page more to write for every change.
CREATE UNIQUE INDEX items_by_added ON items (workspace, added);
CREATE INDEX items_by_type ON items (workspace, type, added);
CREATE INDEX removed_items ON items (workspace, version) WHERE added IS NULL;

CREATE TABLE results (
    scope TEXT NOT NULL,
    op_id TEXT NOT NULL,
    result TEXT NOT NULL, -- JSON object
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, op_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX results_by_age ON results (at_ms);

-- `serial` tells which of two runs of one millisecond came first.
CREATE TABLE runs (
    serial INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    workspace TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    request_id TEXT NOT NULL -- JSON value
) STRICT;

CREATE INDEX runs_by_thread ON runs (workspace, thread_id, started_ms);
CREATE INDEX runs_by_end ON runs (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX unfinished_runs ON runs (status) WHERE status IN ('pending', 'running');

CREATE TABLE demand (
    workspace TEXT NOT NULL,
    item_id TEXT NOT NULL,
    date TEXT NOT NULL,      -- YYYY-MM-DD
    quantity TEXT NOT NULL,  -- a number as text: the shortest that reads back as the same double
    PRIMARY KEY (workspace, item_id, date)
) STRICT, WITHOUT ROWID;
