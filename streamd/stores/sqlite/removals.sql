-- Removals of what exceeds the retention limits: found by a reader, in slices, and deleted by the writer, by key.

-- name: ended_runs
-- [[workspace, run_id, oldest position of its stream (null: no entries), newest], …] that ended before :oldest_ms.
SELECT json_group_array(json_array(workspace, run_id, oldest, top))
FROM (
    SELECT runs.workspace, runs.run_id, streams.oldest, streams.top
    FROM runs
    LEFT JOIN streams ON streams.name = 'ws/' || runs.workspace || '/run/' || runs.run_id
    WHERE
        runs.ended_ms < :oldest_ms
        AND runs.started_ms < :oldest_ms -- else the time of day was set back meanwhile
        AND runs.status IN ('completed', 'failed', 'cancelled', 'timed_out')
    ORDER BY runs.ended_ms
    LIMIT :limit
);

-- name: long_streams
-- [stream id, …] whose oldest entry is one too many or too old; streams of stored runs are left out.
SELECT json_group_array(id)
FROM streams
WHERE
    oldest <= top
    AND (
        oldest <= top - :entries
        OR (SELECT at_ms FROM entries WHERE stream_id = streams.id AND seq = streams.oldest) < :oldest_ms
    )
    AND NOT EXISTS (SELECT 1 FROM runs WHERE run_id = streams.run_id);

-- name: cut
-- A stream's workspace and name, its oldest and newest position, and the first of its next :limit entries that stays.
SELECT
    workspace,
    name,
    oldest,
    top,
    (
        SELECT seq
        FROM entries
        WHERE
            stream_id = streams.id
            AND seq >= streams.oldest
            AND seq < streams.oldest + :limit
            AND seq > streams.top - :entries
            AND at_ms >= :oldest_ms
        ORDER BY seq
        LIMIT 1
    )
FROM streams
WHERE id = :stream_id;

-- name: old_results
-- [[workspace, scope, op_id], …], except those of runs that have not ended.
SELECT json_group_array(json_array(workspace, scope, op_id))
FROM (
    SELECT workspace, scope, op_id
    FROM results
    WHERE
        at_ms < :results_oldest_ms
        AND scope NOT IN (
            SELECT :scope_prefix || iif(scope = '', run_id, scope) FROM runs WHERE status IN ('pending', 'running')
            UNION ALL
            SELECT :scope_prefix || iif(scope = '', run_id, scope) FROM runs WHERE status = 'interrupted'
        )
    LIMIT :limit
);

-- name: old_checkpoints
-- [[workspace, thread_id, checkpoint_id], …] of threads with a generated id, without runs and without pending
-- interrupts.
SELECT json_group_array(json_array(workspace, thread_id, checkpoint_id))
FROM (
    SELECT old.workspace, old.thread_id, old.checkpoint_id
    FROM checkpoints AS old
    WHERE
        substr(old.thread_id, 1, 7) = 'thread-'
        AND old.at_ms < :oldest_ms
        AND NOT EXISTS (SELECT 1 FROM runs WHERE workspace = old.workspace AND thread_id = old.thread_id)
        AND NOT EXISTS (
            SELECT 1
            FROM interrupts
            WHERE status = 'pending' AND workspace = old.workspace AND thread_id = old.thread_id
        )
    LIMIT :limit
);

-- name: surplus_checkpoints
-- [[workspace, thread_id, checkpoint_id], …] of which the thread has :checkpoints newer ones.
SELECT json_group_array(json_array(workspace, thread_id, checkpoint_id))
FROM (
    SELECT old.workspace, old.thread_id, old.checkpoint_id
    FROM (
        SELECT workspace, thread_id
        FROM checkpoints INDEXED BY checkpoints_by_thread
        GROUP BY workspace, thread_id
        HAVING count(*) > :checkpoints
    ) AS long
    CROSS JOIN checkpoints AS old INDEXED BY checkpoints_by_thread
        ON old.workspace = long.workspace AND old.thread_id = long.thread_id
    WHERE
        old.serial <= (
            SELECT serial
            FROM checkpoints INDEXED BY checkpoints_by_thread
            WHERE workspace = long.workspace AND thread_id = long.thread_id
            ORDER BY serial DESC
            LIMIT 1 OFFSET :checkpoints
        )
    LIMIT :limit
);

-- name: old_interrupts
-- [[workspace, interrupt_id], …], the same.
SELECT json_group_array(json_array(workspace, interrupt_id))
FROM (
    SELECT old.workspace, old.interrupt_id
    FROM interrupts AS old
    WHERE
        old.status <> 'pending'
        AND substr(old.thread_id, 1, 7) = 'thread-'
        AND old.at_ms < :oldest_ms
        AND NOT EXISTS (SELECT 1 FROM runs WHERE workspace = old.workspace AND thread_id = old.thread_id)
        AND NOT EXISTS (
            SELECT 1
            FROM interrupts
            WHERE status = 'pending' AND workspace = old.workspace AND thread_id = old.thread_id
        )
    LIMIT :limit
);

-- name: old_stream_checkpoints
-- [[workspace, run_id, step], …]
SELECT json_group_array(json_array(workspace, run_id, step))
FROM (SELECT workspace, run_id, step FROM stream_checkpoints WHERE expires_ms < :now_ms LIMIT :limit);

-- name: shorten
-- One stream, in one pass over neighbouring rows.
DELETE FROM entries WHERE stream_id = (SELECT id FROM streams WHERE name = :stream) AND seq < :oldest;

-- name: shorten_many
-- The same for many streams in one step. :cuts is [[stream, first position that stays], …].
DELETE FROM entries
WHERE (stream_id, seq) IN (
    SELECT entries.stream_id, entries.seq
    FROM json_each(:cuts) AS cut
    CROSS JOIN streams ON streams.name = cut.value ->> 0
    CROSS JOIN entries ON entries.stream_id = streams.id AND entries.seq < cut.value ->> 1
);

-- name: set_oldest
UPDATE streams
SET oldest = max(oldest, cut.value ->> 1)
FROM json_each(:cuts) AS cut
WHERE streams.name = cut.value ->> 0;

-- name: remove_marks
-- Tombstones of items whose removal entry has been trimmed. :marks is [[workspace, first position that stays], …].
DELETE FROM items
WHERE rowid IN (
    SELECT items.rowid
    FROM json_each(:marks) AS trimmed
    CROSS JOIN items INDEXED BY removed_items -- else SQLite may look at every mark there is
        ON
            items.workspace = trimmed.value ->> 0
            AND items.added IS NULL
            AND items.version < trimmed.value ->> 1
);

-- name: remove_run_entries
-- :run_ids is [run_id, …].
DELETE FROM entries
WHERE (stream_id, seq) IN (
    SELECT entries.stream_id, entries.seq
    FROM json_each(:run_ids) AS gone
    CROSS JOIN runs ON runs.run_id = gone.value
    CROSS JOIN streams ON streams.name = 'ws/' || runs.workspace || '/run/' || runs.run_id
    CROSS JOIN entries ON entries.stream_id = streams.id
);

-- name: remove_run_streams
DELETE FROM streams
WHERE name IN (
    SELECT 'ws/' || runs.workspace || '/run/' || runs.run_id
    FROM json_each(:run_ids) AS gone
    CROSS JOIN runs ON runs.run_id = gone.value
);

-- name: remove_runs
DELETE FROM runs WHERE run_id IN (SELECT value FROM json_each(:run_ids));

-- name: remove_results
-- :keys is [[scope, op_id], …].
DELETE FROM results WHERE (scope, op_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys));

-- name: remove_checkpoints
-- :keys is [[workspace, thread_id, checkpoint_id], …]. Those of a thread on which a run has started meanwhile stay.
DELETE FROM checkpoints
WHERE
    (workspace, thread_id, checkpoint_id) IN (
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:keys)
    )
    AND NOT EXISTS (
        SELECT 1 FROM runs WHERE workspace = checkpoints.workspace AND thread_id = checkpoints.thread_id
    );

-- name: remove_surplus_checkpoints
-- :keys is [[workspace, thread_id, checkpoint_id], …].
DELETE FROM checkpoints
WHERE
    (workspace, thread_id, checkpoint_id) IN (
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:keys)
    );

-- name: remove_interrupts
-- :interrupt_ids is [interrupt_id, …]. The same.
DELETE FROM interrupts
WHERE
    interrupt_id IN (SELECT value FROM json_each(:interrupt_ids))
    AND status <> 'pending'
    AND NOT EXISTS (
        SELECT 1 FROM runs WHERE workspace = interrupts.workspace AND thread_id = interrupts.thread_id
    );

-- name: remove_stream_checkpoints
-- :keys is [[run_id, step, Unix time by which it has expired], …]. One that was replaced meanwhile stays.
DELETE FROM stream_checkpoints
WHERE rowid IN (
    SELECT stream_checkpoints.rowid
    FROM json_each(:keys) AS old
    CROSS JOIN stream_checkpoints
        ON
            stream_checkpoints.run_id = old.value ->> 0
            AND stream_checkpoints.step = old.value ->> 1
            AND stream_checkpoints.expires_ms < old.value ->> 2
);

-- name: unused_titles
-- [[workspace, thread_id], …] of threads of which nothing else is kept.
SELECT json_group_array(json_array(workspace, thread_id))
FROM (
    SELECT workspace, thread_id
    FROM thread_titles AS title
    WHERE
        NOT EXISTS (SELECT 1 FROM runs WHERE workspace = title.workspace AND thread_id = title.thread_id)
        AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE workspace = title.workspace AND thread_id = title.thread_id)
    LIMIT :limit
);

-- name: remove_titles
-- :keys is [[workspace, thread_id], …]. Those of threads of which something is kept stay.
DELETE FROM thread_titles
WHERE
    (workspace, thread_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys))
    AND NOT EXISTS (
        SELECT 1 FROM runs WHERE workspace = thread_titles.workspace AND thread_id = thread_titles.thread_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM checkpoints WHERE workspace = thread_titles.workspace AND thread_id = thread_titles.thread_id
    );

-- name: runs_of_thread
-- [[workspace, run_id, oldest position of its stream (null: no entries), newest, scope of its results], …]
SELECT json_group_array(json_array(workspace, run_id, oldest, top, scope))
FROM (
    SELECT
        runs.workspace, runs.run_id, streams.oldest, streams.top, :scope_prefix || iif(runs.scope = '', runs.run_id, runs.scope) AS scope
    FROM runs
    LEFT JOIN streams ON streams.name = 'ws/' || runs.workspace || '/run/' || runs.run_id
    WHERE runs.workspace = :workspace AND runs.thread_id = :thread_id
    ORDER BY runs.serial
    LIMIT :limit
);

-- name: results_of_scopes
-- [[scope, op_id], …] of :scopes, which is [scope, …].
SELECT json_group_array(json_array(scope, op_id))
FROM (
    SELECT results.scope, results.op_id
    FROM json_each(:scopes) AS wanted
    CROSS JOIN results ON results.scope = wanted.value
);

-- name: stream_checkpoints_of_runs
-- [[run_id, step], …] of :run_ids, which is [run_id, …].
SELECT json_group_array(json_array(stream_checkpoints.run_id, stream_checkpoints.step))
FROM json_each(:run_ids) AS wanted
CROSS JOIN stream_checkpoints ON stream_checkpoints.run_id = wanted.value;

-- name: checkpoints_of_thread
-- [checkpoint_id, …]
SELECT json_group_array(checkpoint_id)
FROM (
    SELECT checkpoint_id
    FROM checkpoints INDEXED BY checkpoints_by_thread
    WHERE workspace = :workspace AND thread_id = :thread_id
    ORDER BY serial
    LIMIT :limit
);

-- name: interrupts_of_thread
-- [interrupt_id, …]
SELECT json_group_array(interrupt_id)
FROM interrupts
WHERE workspace = :workspace AND thread_id = :thread_id AND status <> 'pending';

-- name: title_of_thread
-- [title], or [].
SELECT json_group_array(title) FROM thread_titles WHERE workspace = :workspace AND thread_id = :thread_id;

-- name: authored
-- [seq, …] of the events of :user_id in a range of positions.
SELECT json_group_array(entries.seq)
FROM streams
CROSS JOIN entries ON entries.stream_id = streams.id AND entries.seq > :after AND entries.seq <= :upto
WHERE streams.name = :stream AND iif(json_valid(entries.body), entries.body ->> 'user_id', NULL) = :user_id;

-- name: forget_author
-- :seqs is [seq, …], :item_events is [event_type, …].
UPDATE entries
SET body = iif(
    event_type IN (SELECT value FROM json_each(:item_events)),
    json_set(body, '$.user_id', ''),
    json_set(body, '$.user_id', '', '$.data', json('{}'))
)
WHERE
    stream_id = (SELECT id FROM streams WHERE name = :stream)
    AND seq IN (SELECT value FROM json_each(:seqs));
