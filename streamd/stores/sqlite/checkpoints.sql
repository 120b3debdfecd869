-- Checkpoints of threads, and the parts that hold the long values of their states.

-- name: put_checkpoints
-- :rows is [[workspace, thread_id, checkpoint_id, at_ms, body at, length, parts or null], …].
INSERT INTO checkpoints (workspace, thread_id, checkpoint_id, at_ms, body, parts)
SELECT
    value ->> 0, value ->> 1, value ->> 2, value ->> 3, CAST(substr(:bytes, value ->> 4, value ->> 5) AS TEXT), value ->> 6
FROM json_each(:rows)
WHERE TRUE
ON CONFLICT (workspace, thread_id, checkpoint_id) DO UPDATE SET
    at_ms = excluded.at_ms,
    body = excluded.body,
    parts = excluded.parts;

-- name: add_parts
-- Those that the thread does not have yet. :rows is [[workspace, thread_id, digest, body at, length], …].
INSERT OR IGNORE INTO checkpoint_parts (workspace, thread_id, digest, body)
SELECT value ->> 0, value ->> 1, value ->> 2, CAST(substr(:bytes, value ->> 3, value ->> 4) AS TEXT)
FROM json_each(:rows);

-- name: part_ids
-- [[workspace, thread_id, digest, id], …]; :rows as above.
SELECT json_group_array(json_array(part.workspace, part.thread_id, part.digest, part.id))
FROM json_each(:rows) AS wanted
CROSS JOIN checkpoint_parts AS part
    ON
        part.workspace = wanted.value ->> 0
        AND part.thread_id = wanted.value ->> 1
        AND part.digest = wanted.value ->> 2;

-- name: parts
-- :ids is [id, …].
SELECT id, CAST(body AS BLOB) FROM checkpoint_parts WHERE id IN (SELECT value FROM json_each(:ids));

-- name: remove_unused_parts
-- Of threads that lost checkpoints. :threads is [[workspace, thread_id], …].
DELETE FROM checkpoint_parts
WHERE id IN (
    SELECT part.id
    FROM json_each(:threads) AS shorter
    CROSS JOIN checkpoint_parts AS part
        ON part.workspace = shorter.value ->> 0 AND part.thread_id = shorter.value ->> 1
    WHERE part.id NOT IN (
        SELECT leaf.value
        FROM checkpoints INDEXED BY checkpoints_by_thread
        CROSS JOIN json_tree(checkpoints.parts) AS leaf ON leaf.type = 'integer'
        WHERE
            checkpoints.workspace = shorter.value ->> 0
            AND checkpoints.thread_id = shorter.value ->> 1
            AND json_valid(checkpoints.parts)
    )
);

-- name: checkpoint
SELECT checkpoint_id, CAST(body AS BLOB), parts
FROM checkpoints
WHERE workspace = :workspace AND thread_id = :thread_id AND checkpoint_id = :checkpoint_id;

-- name: checkpoints
-- The newest first; of those before :before unless that is null.
SELECT checkpoint_id, CAST(body AS BLOB), parts
FROM checkpoints INDEXED BY checkpoints_by_thread -- it is in order
WHERE
    workspace = :workspace
    AND thread_id = :thread_id
    AND (
        :before IS NULL
        OR serial < (
            SELECT serial
            FROM checkpoints
            WHERE workspace = :workspace AND thread_id = :thread_id AND checkpoint_id = :before
        )
    )
ORDER BY serial DESC
LIMIT :limit;

-- name: past_checkpoints
-- The same without their states.
SELECT checkpoint_id, CAST(iif(json_valid(body), json_remove(body, '$.state', '$.progress'), body) AS BLOB), NULL
FROM checkpoints INDEXED BY checkpoints_by_thread -- it is in order
WHERE
    workspace = :workspace
    AND thread_id = :thread_id
    AND (
        :before IS NULL
        OR serial < (
            SELECT serial
            FROM checkpoints
            WHERE workspace = :workspace AND thread_id = :thread_id AND checkpoint_id = :before
        )
    )
ORDER BY serial DESC
LIMIT :limit;
