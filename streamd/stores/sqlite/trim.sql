-- Forgetting. A transaction takes away at most :limit rows, so that no commit waits long.

-- name: long_streams
-- [stream id, …] whose oldest entry is one too many or too old; streams of runs that are kept are left alone.
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
-- Where a stream begins and ends, and the first of its next :limit entries that is kept.
SELECT
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

-- name: remove_entries
DELETE FROM entries WHERE stream_id = :stream_id AND seq < :oldest;

-- name: set_oldest
UPDATE streams SET oldest = :oldest WHERE id = :stream_id;

-- name: ended_run
-- One that ended before :oldest_ms, with its stream's id (null: it told nothing), first position and last.
SELECT runs.run_id, streams.id, streams.oldest, streams.top
FROM runs
LEFT JOIN streams ON streams.name = 'ws/' || runs.workspace || '/run/' || runs.run_id
WHERE
    runs.ended_ms < :oldest_ms
    AND runs.status IN ('completed', 'failed', 'cancelled', 'timed_out')
ORDER BY runs.ended_ms
LIMIT 1;

-- name: remove_stream
DELETE FROM streams WHERE id = :stream_id;

-- name: remove_run
DELETE FROM runs WHERE run_id = :run_id;

-- name: trimmed_workspaces
-- [[workspace, its stream's oldest position], …]
SELECT json_group_array(json_array(workspace, oldest))
FROM streams
WHERE oldest > 1 AND name = 'ws/' || workspace;

-- name: remove_marks
-- Marks of items removed by an entry that is gone itself.
DELETE FROM items
WHERE rowid IN (
    SELECT rowid FROM items INDEXED BY removed_items -- else SQLite may look at every mark there is
    WHERE workspace = :workspace AND added IS NULL AND version < :oldest
    LIMIT :limit
);

-- name: remove_results
-- But for those that a run which has not ended may still need.
DELETE FROM results
WHERE (scope, op_id) IN (
    SELECT scope, op_id
    FROM results
    WHERE
        at_ms < :oldest_ms
        AND scope NOT IN (
            SELECT :scope_prefix || iif(scope = '', run_id, scope) FROM runs WHERE status IN ('pending', 'running')
            UNION ALL
            SELECT :scope_prefix || iif(scope = '', run_id, scope) FROM runs WHERE status = 'interrupted'
        )
    LIMIT :limit
);

-- name: remove_checkpoints
-- Of threads that nobody named, that no run is left of and where nothing waits for an answer.
DELETE FROM checkpoints
WHERE serial IN (
    SELECT serial
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

-- name: remove_interrupts
-- The same.
DELETE FROM interrupts
WHERE serial IN (
    SELECT serial
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

-- name: remove_stream_checkpoints
DELETE FROM stream_checkpoints
WHERE rowid IN (SELECT rowid FROM stream_checkpoints WHERE expires_ms < :now_ms LIMIT :limit);
