-- Lists of threads and runs. `folded` is the function of `_run_lists.py` that makes upper and lower case the same.

-- name: threads
-- (thread_id, place, last activity, title, status, run_id, words of the last request), the last used first, after a place in
-- that order: threads that are busy, by their runs, then by their checkpoints, of which each end of a run and each change
-- makes one, then those without any. The clock has no say.
WITH told AS (
    SELECT thread_id, max(at_ms) AS last_ms, max(serial) AS serial, max(checkpoint) AS checkpoint
    FROM (
        SELECT thread_id, max(started_ms, coalesce(ended_ms, 0)) AS at_ms, serial, NULL AS checkpoint
        FROM runs
        WHERE workspace = :workspace
        UNION ALL
        SELECT thread_id, at_ms, NULL, serial FROM checkpoints WHERE workspace = :workspace
    )
    GROUP BY thread_id
),
named AS (
    SELECT
        told.thread_id,
        told.last_ms,
        CASE
            WHEN last.status IN ('pending', 'running') THEN (1 << 52) + last.serial
            WHEN told.checkpoint IS NOT NULL THEN (1 << 51) + told.checkpoint
            ELSE last.serial
        END AS place,
        coalesce(titles.title, '') AS title,
        CASE
            WHEN last.status IN ('pending', 'running') THEN 'busy'
            WHEN EXISTS (
                SELECT 1
                FROM interrupts
                WHERE status = 'pending' AND workspace = :workspace AND thread_id = told.thread_id
            ) THEN 'interrupted'
            ELSE 'idle'
        END AS status,
        last.run_id,
        iif(json_valid(last.request), last.request ->> 'user_input', '') AS words
    FROM told
    LEFT JOIN runs AS last ON last.serial = told.serial
    LEFT JOIN thread_titles AS titles ON titles.workspace = :workspace AND titles.thread_id = told.thread_id
)
SELECT thread_id, place, last_ms, title, status, run_id, coalesce(words, '')
FROM named
WHERE
    (:before IS NULL OR place < :before)
    AND (:status IS NULL OR status = :status)
    AND (
        :user_id IS NULL
        OR EXISTS (
            SELECT 1
            FROM runs
            WHERE
                workspace = :workspace
                AND thread_id = named.thread_id
                AND iif(json_valid(request), coalesce(request ->> 'user_id', ''), '') = :user_id
        )
    )
    AND (
        :words IS NULL
        OR instr(folded(title), :words) > 0
        OR EXISTS (
            SELECT 1
            FROM runs
            WHERE
                workspace = :workspace
                AND thread_id = named.thread_id
                AND json_valid(request)
                AND instr(folded(request ->> 'user_input'), :words) > 0
        )
    )
ORDER BY place DESC
LIMIT :limit;

-- name: runs
-- The last one first. :statuses is [status, …] or null.
SELECT
    workspace, run_id, thread_id, request, agent, status, started_ms, ended_ms, attempt, scope, resumes_run_id, usage, owner
FROM runs
WHERE
    workspace = :workspace
    AND (:before IS NULL OR serial < (SELECT serial FROM runs WHERE run_id = :before AND workspace = :workspace))
    AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
    AND (:agent IS NULL OR agent = :agent)
    AND (:thread_id IS NULL OR thread_id = :thread_id)
    AND (:user_id IS NULL OR iif(json_valid(request), coalesce(request ->> 'user_id', ''), '') = :user_id)
    AND (:trigger IS NULL OR iif(json_valid(request), request ->> '$.trigger.chain[#-1]', NULL) = :trigger)
ORDER BY serial DESC
LIMIT :limit;

-- name: add_titles
-- Titles of threads that have none yet. :rows is [[workspace, thread_id, title], …].
INSERT OR IGNORE INTO thread_titles (workspace, thread_id, title)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows);

-- name: put_titles
INSERT OR REPLACE INTO thread_titles (workspace, thread_id, title)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows);

-- name: workspaces
-- Streams are named ws/<workspace>, or ws/<workspace>/<what>.
SELECT workspace
FROM (
    SELECT DISTINCT substr(name, 4, instr(substr(name, 4) || '/', '/') - 1) AS workspace FROM streams WHERE name LIKE 'ws/%'
    UNION
    SELECT workspace FROM runs
    UNION
    SELECT workspace FROM checkpoints
    UNION
    SELECT workspace FROM memories
    UNION
    SELECT workspace FROM usage
)
ORDER BY workspace;
