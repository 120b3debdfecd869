-- Order and extent by positions, never by clocks; and results of clients' operations apart from those of runs.

-- The workspace's positions around a run's changes: above `after`, up to `upto`. Null: of an older streamd.
ALTER TABLE runs ADD COLUMN after INTEGER;
ALTER TABLE runs ADD COLUMN upto INTEGER;

-- Indexes hold the serial, too: within a thread or a workspace it is the order of creation.
DROP INDEX runs_by_thread;
CREATE INDEX runs_by_thread ON runs (workspace, thread_id);
DROP INDEX memories_by_age;
CREATE INDEX memories_by_workspace ON memories (workspace);
DROP INDEX memories_by_kind;
CREATE INDEX memories_by_kind ON memories (workspace, kind);
DROP INDEX forgettable_memories;
CREATE INDEX forgettable_memories ON memories (workspace) WHERE kind <> 'preference';

-- Scopes of clients were `<workspace>/<user>`, those of runs are `run/<run>`: in a workspace named `run` they could meet.
-- What is no run there is a client's.
CREATE TEMP TABLE run_scopes (run_id TEXT PRIMARY KEY, workspace TEXT NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO run_scopes SELECT run_id, workspace FROM runs;
INSERT OR IGNORE INTO run_scopes SELECT scope, workspace FROM runs WHERE scope <> '';
UPDATE results
SET scope = '@' || scope
WHERE substr(scope, 1, 4) <> 'run/'
OR NOT EXISTS (
    SELECT 1
    FROM run_scopes
    WHERE run_scopes.run_id = substr(results.scope, 5) AND results.workspace IN (run_scopes.workspace, '')
);
DROP TABLE run_scopes;
