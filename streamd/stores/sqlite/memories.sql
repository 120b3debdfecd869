-- Memories and their full-text index, which has its content in the table and must be updated with every change.

-- name: unindex_replaced
-- Removes memories from the index before they are replaced, by their old content. :rows is
-- [{attribute of a memory: its value, …}, …], with [at, length] for text and data.
INSERT INTO memory_words (memory_words, rowid, place, text)
SELECT 'delete', memories.serial, memories.place, memories.text
FROM json_each(:rows) AS new
CROSS JOIN memories ON memories.workspace = new.value ->> 'workspace' AND memories.memory_id = new.value ->> 'memory_id';

-- name: remove_replaced
-- A memory that is put again is the newest. Takes :rows as above.
DELETE FROM memories
WHERE (workspace, memory_id) IN (SELECT value ->> 'workspace', value ->> 'memory_id' FROM json_each(:rows));

-- name: put
INSERT INTO memories (workspace, memory_id, agent, user_id, kind, at_ms, text, data)
SELECT
    value ->> 'workspace',
    value ->> 'memory_id',
    value ->> 'agent',
    value ->> 'user_id',
    value ->> 'kind',
    value ->> 'at_ms',
    CAST(substr(:bytes, value ->> '$.text[0]', value ->> '$.text[1]') AS TEXT),
    CAST(substr(:bytes, value ->> '$.data[0]', value ->> '$.data[1]') AS TEXT)
FROM json_each(:rows);

-- name: index_new
INSERT INTO memory_words (rowid, place, text)
SELECT memories.serial, memories.place, memories.text
FROM json_each(:rows) AS new
CROSS JOIN memories ON memories.workspace = new.value ->> 'workspace' AND memories.memory_id = new.value ->> 'memory_id';

-- name: search
-- A row is {attribute of a memory: its value, …}; the best first. The place has no weight.
SELECT json_object(
    'workspace', workspace, 'memory_id', memory_id, 'agent', agent, 'user_id', user_id, 'kind', kind, 'text', text,
    'at_ms', at_ms, 'data', data
)
FROM (
    SELECT memories.serial -- what is sorted is short
    FROM memory_words
    CROSS JOIN memories ON memories.serial = memory_words.rowid
    WHERE
        memory_words MATCH :words
        AND memories.workspace = :workspace
        AND (:agent IS NULL OR memories.agent IN (:agent, ''))
        AND (:user_id IS NULL OR memories.user_id = :user_id)
        AND (
            :reader IS NULL OR memories.user_id = :reader
            OR memories.kind IN (SELECT value FROM json_each(:public_kinds))
        )
        AND (:kinds IS NULL OR memories.kind IN (SELECT value FROM json_each(:kinds)))
    ORDER BY bm25(memory_words, 0.0, 1.0), memories.serial DESC
    LIMIT :limit
) AS best
CROSS JOIN memories ON memories.serial = best.serial;

-- name: latest
-- The same, the newest first.
SELECT json_object(
    'workspace', workspace, 'memory_id', memory_id, 'agent', agent, 'user_id', user_id, 'kind', kind, 'text', text,
    'at_ms', at_ms, 'data', data
)
FROM (
    SELECT *
    FROM memories
    WHERE
        workspace = :workspace
        AND at_ms < :before_ms
        AND serial < iif(
            :before IS NULL,
            9223372036854775807,
            (SELECT serial FROM memories WHERE workspace = :workspace AND memory_id = :before)
        )
        AND (:agent IS NULL OR agent IN (:agent, ''))
        AND (:user_id IS NULL OR user_id = :user_id)
        AND (:reader IS NULL OR user_id = :reader OR kind IN (SELECT value FROM json_each(:public_kinds)))
        AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
    ORDER BY serial DESC
    LIMIT :limit
);

-- name: latest_of_kind
-- The same for one kind, by its own index: preferences are few among many.
SELECT json_object(
    'workspace', workspace, 'memory_id', memory_id, 'agent', agent, 'user_id', user_id, 'kind', kind, 'text', text,
    'at_ms', at_ms, 'data', data
)
FROM (
    SELECT *
    FROM memories
    WHERE
        workspace = :workspace
        AND kind = :kind
        AND at_ms < :before_ms
        AND serial < iif(
            :before IS NULL,
            9223372036854775807,
            (SELECT serial FROM memories WHERE workspace = :workspace AND memory_id = :before)
        )
        AND (:agent IS NULL OR agent IN (:agent, ''))
        AND (:user_id IS NULL OR user_id = :user_id)
        AND (:reader IS NULL OR user_id = :reader OR kind IN (SELECT value FROM json_each(:public_kinds)))
    ORDER BY serial DESC
    LIMIT :limit
);

-- name: clearable
-- [memory_id, …] of memories to delete: those of the agent itself, not shared ones.
SELECT json_group_array(memory_id)
FROM (
    SELECT memory_id
    FROM memories
    WHERE
        workspace = :workspace
        AND (:agent IS NULL OR agent = :agent)
        AND (:user_id IS NULL OR user_id = :user_id)
        AND (:reader IS NULL OR user_id = :reader OR kind IN (SELECT value FROM json_each(:public_kinds)))
        AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
    LIMIT :limit
);

-- name: crowded
-- [workspace, …] with more than :memories that count.
SELECT json_group_array(workspace)
FROM (SELECT workspace FROM memories WHERE kind <> 'preference' GROUP BY workspace HAVING count(*) > :memories);

-- name: surplus
-- [memory_id, …] of the oldest memories beyond the limit of their workspace.
SELECT json_group_array(memory_id)
FROM (
    SELECT memory_id
    FROM memories
    WHERE workspace = :workspace AND kind <> 'preference'
    ORDER BY serial DESC
    LIMIT :limit OFFSET :memories
);

-- name: unindex
-- :keys is [[workspace, memory_id], …].
INSERT INTO memory_words (memory_words, rowid, place, text)
SELECT 'delete', memories.serial, memories.place, memories.text
FROM json_each(:keys) AS gone
CROSS JOIN memories ON memories.workspace = gone.value ->> 0 AND memories.memory_id = gone.value ->> 1;

-- name: remove
DELETE FROM memories
WHERE (workspace, memory_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:keys));
