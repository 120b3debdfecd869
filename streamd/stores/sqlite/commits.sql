-- Writing. Every statement takes a whole batch and runs as one step: see packing.py for why. Those that each edit needs are for
-- many rows: `put_rows` gives them more rows of parameters, and as LIMIT how many of these are meant. The others take one JSON
-- array, with long texts apart in :bytes.

-- name: new_streams
-- :streams is [[name, position of the first new entry, of the last], …].
INSERT OR IGNORE INTO streams (name, oldest, top)
SELECT value ->> 0, 1, 0
FROM json_each(:streams)
WHERE value ->> 1 = 1;

-- name: advance_streams
-- Updates only streams whose top is right below their first new entry.
UPDATE streams
SET top = new.value ->> 2
FROM json_each(:streams) AS new
WHERE streams.name = new.value ->> 0 AND streams.top = (new.value ->> 1) - 1;

-- name: stream_ids
SELECT json_group_array(json_array(streams.name, streams.id))
FROM json_each(:streams) AS new
CROSS JOIN streams ON streams.name = new.value ->> 0;

-- name: add_entries
-- For many rows; '' for no `before`.
INSERT OR ROLLBACK INTO entries (stream_id, seq, at_ms, event_type, item_type, body, before)
SELECT column1, column2, column3, column4, column5, column6, nullif(column7, '')
FROM (VALUES (?, ?, ?, ?, ?, ?, ?))
LIMIT ?;

-- name: change_items
-- For many rows, as of `put_items`: of items that keep their type, or are new. Touches no index.
INSERT OR ROLLBACK INTO items (workspace, id, type, added, version, versions, body)
SELECT column1, column2, column3, column4, column5, column6, column7
FROM (VALUES (?, ?, ?, ?, ?, ?, ?))
WHERE TRUE -- else ON would belong to a join
LIMIT ?
ON CONFLICT (workspace, id) DO UPDATE SET
    version = excluded.version,
    versions = excluded.versions,
    body = excluded.body
WHERE items.type = excluded.type AND items.added = excluded.added;

-- name: put_items
-- For many rows: of any items and tombstones, '' for no `versions` and no `body`.
INSERT OR ROLLBACK INTO items (workspace, id, type, added, version, versions, body)
SELECT column1, column2, column3, column4, column5, nullif(column6, ''), nullif(column7, '')
FROM (VALUES (?, ?, ?, ?, ?, ?, ?))
WHERE TRUE
LIMIT ?
ON CONFLICT (workspace, id) DO UPDATE SET
    type = excluded.type,
    added = excluded.added,
    version = excluded.version,
    versions = excluded.versions,
    body = excluded.body;

-- name: add_results
-- For many rows: only operations that have no result yet.
INSERT OR IGNORE INTO results (scope, op_id, result, at_ms, workspace)
SELECT column1, column2, column3, column4, column5
FROM (VALUES (?, ?, ?, ?, ?))
LIMIT ?;

-- name: count_claimed
-- :claims is [[run_id, owner], …].
SELECT count(*)
FROM json_each(:claims) AS claim
CROSS JOIN runs ON runs.run_id = claim.value ->> 0 AND runs.owner = claim.value ->> 1;

-- name: put_runs
-- :rows is [{attribute of a run: its value, …}, …], with [at, length] for request and usage. The run's changes are above the
-- workspace's position when it is put first, and not above that when it is put last. :streams is as in `advance_streams`,
-- which is done already.
INSERT INTO runs (
    run_id, workspace, thread_id, agent, status, started_ms, ended_ms, attempt, scope, resumes_run_id, owner, request, usage,
    after, upto
)
SELECT
    value ->> 'run_id',
    value ->> 'workspace',
    value ->> 'thread_id',
    value ->> 'agent',
    value ->> 'status',
    value ->> 'started_ms',
    value ->> 'ended_ms',
    value ->> 'attempt',
    value ->> 'scope',
    value ->> 'resumes_run_id',
    value ->> 'owner',
    CAST(substr(:bytes, value ->> '$.request[0]', value ->> '$.request[1]') AS TEXT),
    CAST(substr(:bytes, value ->> '$.usage[0]', value ->> '$.usage[1]') AS TEXT),
    coalesce(
        (SELECT (new.value ->> 1) - 1 FROM json_each(:streams) AS new WHERE new.value ->> 0 = 'ws/' || (row.value ->> 'workspace')),
        (SELECT top FROM streams WHERE name = 'ws/' || (row.value ->> 'workspace')),
        0
    ),
    coalesce((SELECT top FROM streams WHERE name = 'ws/' || (row.value ->> 'workspace')), 0)
FROM json_each(:rows) AS row
WHERE TRUE
ON CONFLICT (run_id) DO UPDATE SET
    upto = excluded.upto,
    workspace = excluded.workspace,
    thread_id = excluded.thread_id,
    agent = excluded.agent,
    status = excluded.status,
    started_ms = excluded.started_ms,
    ended_ms = excluded.ended_ms,
    attempt = excluded.attempt,
    scope = excluded.scope,
    resumes_run_id = excluded.resumes_run_id,
    owner = excluded.owner,
    request = excluded.request,
    usage = excluded.usage;

-- name: count_open
-- :interrupt_ids is [interrupt_id, …].
SELECT count(*)
FROM json_each(:interrupt_ids) AS closed
CROSS JOIN interrupts ON interrupts.interrupt_id = closed.value
WHERE interrupts.status = 'pending';

-- name: put_interrupts
-- :rows is [[interrupt_id, workspace, thread_id, status, at_ms, body at, length], …].
INSERT INTO interrupts (interrupt_id, workspace, thread_id, status, at_ms, body)
SELECT
    value ->> 0,
    value ->> 1,
    value ->> 2,
    value ->> 3,
    value ->> 4,
    CAST(substr(:bytes, value ->> 5, value ->> 6) AS TEXT)
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (interrupt_id) DO UPDATE SET
    workspace = excluded.workspace,
    thread_id = excluded.thread_id,
    status = excluded.status,
    at_ms = excluded.at_ms,
    body = excluded.body;

-- name: put_stream_checkpoints
-- :rows is [[run_id, step, expires_ms, workspace, body at, length], …].
INSERT INTO stream_checkpoints (run_id, step, expires_ms, workspace, body)
SELECT
    value ->> 0,
    value ->> 1,
    value ->> 2,
    value ->> 3,
    CAST(substr(:bytes, value ->> 4, value ->> 5) AS TEXT)
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (run_id, step) DO UPDATE SET
    expires_ms = excluded.expires_ms,
    workspace = excluded.workspace,
    body = excluded.body;

-- name: put_demand
-- :rows is [[workspace, item_id, date, quantity as text], …].
INSERT INTO demand (workspace, item_id, date, quantity)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (workspace, item_id, date) DO UPDATE SET quantity = excluded.quantity;

-- name: put_import_key
INSERT INTO meta (name, value) VALUES (:name, :key)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: remove_trigger_positions
-- :rows is [[workspace, trigger, seq, due_ms, schedule], …]: where the triggers must stand.
DELETE FROM trigger_positions
WHERE (workspace, trigger_name, seq, due_ms, schedule) IN (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(:rows)
);

-- name: add_trigger_positions
-- :rows is [[workspace, trigger, seq, due_ms, schedule], …]; of triggers that stand somewhere none is added.
INSERT OR IGNORE INTO trigger_positions (workspace, trigger_name, seq, due_ms, schedule)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(:rows);

-- name: put_age_clock
INSERT INTO meta (name, value) VALUES ('age_clock', :state)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
