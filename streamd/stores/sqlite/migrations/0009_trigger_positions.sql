-- How far each trigger has come in each workspace: moved in the transaction that starts a run.
CREATE TABLE trigger_positions (
    workspace TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    seq INTEGER NOT NULL,                               -- of the workspace's events
    due_ms INTEGER NOT NULL,                            -- the last due time of `schedule`
    schedule TEXT NOT NULL,                             -- empty for a trigger on events
    PRIMARY KEY (workspace, trigger_name)
) STRICT, WITHOUT ROWID;
