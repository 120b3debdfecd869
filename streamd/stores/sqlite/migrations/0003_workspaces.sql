-- Everything belongs to one workspace: streams are named by it, results and stream checkpoints know it. Runs know their owner.

-- Few rows, however long the streams are. Names of workspaces have no slash.
UPDATE streams SET name = 'ws/' || substr(name, 11) WHERE substr(name, 1, 10) = 'workspace/';
UPDATE streams SET name = 'ws/' || substr(name, 10) || '/progress' WHERE substr(name, 1, 9) = 'progress/';
UPDATE streams SET name = 'ws/' || substr(name, 9) || '/quality' WHERE substr(name, 1, 8) = 'quality/';
-- Of a run that is not known any more nobody can say where it was.
UPDATE streams
SET name = 'ws/'
    || coalesce((SELECT workspace FROM runs WHERE run_id = substr(streams.name, 5)), 'default')
    || '/run/' || substr(name, 5)
WHERE substr(name, 1, 4) = 'run/';

ALTER TABLE streams ADD COLUMN
workspace TEXT GENERATED ALWAYS AS (substr(name, 4, instr(substr(name, 4) || '/', '/') - 1)) VIRTUAL;
ALTER TABLE streams ADD COLUMN                    -- null unless it is a run's
run_id TEXT GENERATED ALWAYS AS (
    CASE substr(name, length(workspace) + 4, 5) WHEN '/run/' THEN substr(name, length(workspace) + 9) END
) VIRTUAL;

ALTER TABLE results ADD COLUMN workspace TEXT NOT NULL DEFAULT '';  -- empty: written by an older streamd
ALTER TABLE stream_checkpoints ADD COLUMN workspace TEXT NOT NULL DEFAULT '';  -- the same
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';         -- the daemon that does it; empty: an older one
