-- Reading. Many rows come back as one, in a single step: see packing.py for why.
-- An inner LIMIT also keeps the inner order: SQLite feeds the rows to the aggregate one by one as they come.

-- name: span
SELECT oldest, top FROM streams WHERE name = :stream;

-- name: entries
-- Three columns: [[seq, event_type, item_type, length of the body, whether it is a JSON object, length of `before`], …],
-- all bodies, concatenated, and all that is before, if it is wanted.
SELECT
    json_group_array(json_array(seq, event_type, item_type, length(body), is_object, length(before))),
    CAST(group_concat(body, '') AS BLOB),
    CAST(group_concat(before, '') AS BLOB)
FROM (
    SELECT
        seq,
        event_type,
        item_type,
        CAST(body AS BLOB) AS body,
        iif(:with_before, CAST(before AS BLOB), null) AS before,
        json_valid(body) AND substr(body, 1, 1) = '{' AS is_object
    FROM entries
    WHERE stream_id = (SELECT id FROM streams WHERE name = :stream) AND seq > :after
    ORDER BY seq
    LIMIT :limit
);

-- name: known
-- [[workspace, id, version, added, versions, body], …] of :ids, which is [[workspace, id], …].
SELECT CAST('[' || group_concat(
    '[' || json_quote(items.workspace)
    || ',' || json_quote(items.id)
    || ',' || items.version
    || ',' || coalesce(items.added, 'null')
    || ',' || coalesce(items.versions, 'null')
    || ',' || coalesce(items.body, 'null') || ']'
) || ']' AS BLOB)
FROM json_each(:ids) AS wanted
CROSS JOIN items ON items.workspace = wanted.value ->> 0 AND items.id = wanted.value ->> 1;

-- name: known_rows
-- The same row by row, for when one of them is damaged: place in :ids, type, version, added, versions, body.
SELECT
    wanted.key,
    CAST(items.type AS BLOB),
    items.version,
    items.added,
    CAST(items.versions AS BLOB),
    CAST(items.body AS BLOB)
FROM json_each(:ids) AS wanted
CROSS JOIN items ON items.workspace = wanted.value ->> 0 AND items.id = wanted.value ->> 1;

-- name: ids_beginning
-- Ids of present items from :first on and before :after.
SELECT id FROM items
WHERE workspace = :workspace AND id >= :first AND id < :after AND added IS NOT NULL
ORDER BY id
LIMIT :limit;

-- name: results
-- [[workspace, scope, op_id, length of the result], …] of :ops, which is [[workspace, scope, op_id], …], and all results,
-- concatenated. Results of an older streamd have no workspace.
SELECT
    json_group_array(json_array(workspace, scope, op_id, length(result))),
    CAST(group_concat(result, '') AS BLOB)
FROM (
    SELECT
        wanted.value ->> 0 AS workspace,
        results.scope,
        results.op_id,
        CAST(results.result AS BLOB) AS result
    FROM json_each(:ops) AS wanted
    CROSS JOIN results ON results.scope = wanted.value ->> 1 AND results.op_id = wanted.value ->> 2
    WHERE results.workspace IN (wanted.value ->> 0, '')
    LIMIT -1
);

-- name: bodies
-- A block of flat items: their number, `added` of the last, [length, …], how many are items with the id of their row, and all of
-- them, concatenated.
SELECT
    count(*),
    max(added),
    json_group_array(length(body)),
    sum(is_item),
    CAST(group_concat(body, '') AS BLOB)
FROM (
    SELECT
        added,
        CAST(body AS BLOB) AS body,
        CASE
            WHEN json_valid(body) THEN
                body ->> '$.id' IS id AND json_type(body, '$.id') IS 'text' AND json_type(body, '$.type') IS 'text'
            ELSE FALSE
        END AS is_item
    FROM items
    WHERE
        workspace = :workspace AND added > :after
        AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
    ORDER BY added
    LIMIT :limit
);

-- name: items
-- A block of items: their number, `added` of the last, and [[id, version, added, versions, body], …].
SELECT count(*), max(added), CAST('[' || group_concat(item) || ']' AS BLOB)
FROM (
    SELECT
        added,
        '[' || json_quote(id) || ',' || version || ',' || added || ',' || coalesce(versions, 'null') || ',' || body || ']'
            AS item
    FROM items
    WHERE
        workspace = :workspace AND added > :after
        AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
    ORDER BY added
    LIMIT :limit
);

-- name: items_of_type
-- The same for one type, by its own index.
SELECT count(*), max(added), CAST('[' || group_concat(item) || ']' AS BLOB)
FROM (
    SELECT
        added,
        '[' || json_quote(id) || ',' || version || ',' || added || ',' || coalesce(versions, 'null') || ',' || body || ']'
            AS item
    FROM items
    WHERE workspace = :workspace AND type = :type AND added > :after
    ORDER BY added
    LIMIT :limit
);

-- name: item_rows
-- The same row by row, for when one of them is damaged: id, type, version, added, versions, body.
SELECT CAST(id AS BLOB), CAST(type AS BLOB), version, added, CAST(versions AS BLOB), CAST(body AS BLOB)
FROM items
WHERE
    workspace = :workspace AND added > :after
    AND (:type IS NULL OR type = :type)
    AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
ORDER BY added
LIMIT :limit;

-- name: run
SELECT
    workspace, run_id, thread_id, request, agent, status, started_ms, ended_ms, attempt, scope, resumes_run_id, usage, owner
FROM runs
WHERE run_id = :run_id AND workspace = :workspace;

-- name: abandoned_runs
-- Runs of other owners than :owners, which is [owner, …].
SELECT
    workspace, run_id, thread_id, request, agent, status, started_ms, ended_ms, attempt, scope, resumes_run_id, usage, owner
FROM runs
WHERE
    status IN ('pending', 'running')
    AND owner NOT IN (SELECT value FROM json_each(:owners))
ORDER BY serial;

-- name: latest_run
SELECT
    workspace, run_id, thread_id, request, agent, status, started_ms, ended_ms, attempt, scope, resumes_run_id, usage, owner
FROM runs
WHERE workspace = :workspace AND thread_id = :thread_id
ORDER BY serial DESC
LIMIT 1;

-- name: head
SELECT checkpoint_id
FROM checkpoints INDEXED BY checkpoints_by_thread -- it is in order
WHERE workspace = :workspace AND thread_id = :thread_id
ORDER BY serial DESC
LIMIT 1;

-- name: interrupt
SELECT interrupt_id, CAST(body AS BLOB)
FROM interrupts
WHERE interrupt_id = :interrupt_id AND workspace = :workspace;

-- name: pending_interrupts
-- The oldest first; of those after :after unless that is null.
SELECT interrupt_id, CAST(body AS BLOB)
FROM interrupts
WHERE
    status = 'pending'
    AND (:workspace IS NULL OR workspace = :workspace)
    AND (:thread_id IS NULL OR thread_id = :thread_id)
    AND serial > iif(:after IS NULL, 0, (SELECT serial FROM interrupts WHERE interrupt_id = :after))
ORDER BY serial
LIMIT :limit;

-- name: stream_checkpoint
SELECT step, CAST(body AS BLOB)
FROM stream_checkpoints
WHERE run_id = :run_id AND step = :step AND workspace IN (:workspace, '');

-- name: positions_of_run
-- The first and the last position that a change of the run can have. Until it has ended, or where an older streamd did not
-- record it, the last is the top.
SELECT
    max(coalesce(runs.after + 1, 1), streams.oldest),
    iif(runs.after IS NULL OR runs.ended_ms IS NULL, streams.top, runs.upto)
FROM streams
LEFT JOIN runs ON runs.run_id = :run_id
WHERE streams.name = :stream;

-- name: item_events
-- Events at some positions (of one run unless :run_id is null, and damaged ones that may be of it): [[seq, event_type, item_id, length of the body, of the
-- previous values (null: none)], …], all bodies, concatenated, all previous values, concatenated.
SELECT
    json_group_array(json_array(seq, event_type, item_id, length(body), length(before))),
    CAST(group_concat(body, '') AS BLOB),
    CAST(group_concat(before, '') AS BLOB)
FROM (
    SELECT
        seq,
        event_type,
        CASE WHEN json_valid(body) THEN body ->> 'item_id' END AS item_id,
        CAST(body AS BLOB) AS body,
        CAST(before AS BLOB) AS before
    FROM entries
    WHERE
        stream_id = (SELECT id FROM streams WHERE name = :stream)
        AND seq BETWEEN :first AND :last
        AND event_type IN (SELECT value FROM json_each(:types))
        AND (
            :run_id IS NULL
            OR CASE WHEN json_valid(body) THEN body ->> 'run_id' = :run_id ELSE instr(body, :run_id) END
        )
    ORDER BY seq
    LIMIT :limit
);

-- name: events_of_item
-- The newest events of an item at some positions, the newest first, in the same form; also damaged ones that name it, or no
-- item. Bodies that have the :key "item_id" and not the :needle, which is that with the item's id, are not parsed.
SELECT
    json_group_array(json_array(seq, event_type, item_id, length(body), length(before))),
    CAST(group_concat(body, '') AS BLOB),
    CAST(group_concat(before, '') AS BLOB)
FROM (
    SELECT
        seq,
        event_type,
        :item_id AS item_id,
        CAST(body AS BLOB) AS body,
        CAST(before AS BLOB) AS before
    FROM entries
    WHERE
        stream_id = (SELECT id FROM streams WHERE name = :stream)
        AND seq BETWEEN :first AND :last
        AND event_type IN (SELECT value FROM json_each(:types))
        AND (instr(body, :needle) OR NOT instr(body, :key))
        AND ifnull(CASE WHEN json_valid(body) THEN body ->> 'item_id' END, :item_id) = :item_id
    ORDER BY seq DESC
    LIMIT :limit
);

-- name: quantities
-- [[workspace, item_id, date, quantity], …] of :days, which is [[workspace, item_id, date], …].
SELECT json_group_array(json_array(demand.workspace, demand.item_id, demand.date, demand.quantity))
FROM json_each(:days) AS wanted
CROSS JOIN demand
    ON
        demand.workspace = wanted.value ->> 0
        AND demand.item_id = wanted.value ->> 1
        AND demand.date = wanted.value ->> 2;

-- name: demand
-- A block of [[item_id, date, quantity], …] above an item and date.
SELECT count(*), json_group_array(json_array(item_id, date, quantity))
FROM (
    SELECT item_id, date, quantity
    FROM demand
    WHERE workspace = :workspace AND (item_id, date) > (:item_id, :date)
    ORDER BY item_id, date
    LIMIT :limit
);

-- name: demand_of_items
-- [[item_id, date, quantity], …] of some items.
SELECT json_group_array(json_array(item_id, date, quantity))
FROM (
    SELECT demand.item_id, demand.date, demand.quantity
    FROM json_each(:ids) AS wanted
    CROSS JOIN demand
    WHERE demand.workspace = :workspace AND demand.item_id = wanted.value
    ORDER BY demand.item_id, demand.date
);

-- name: import_keys
-- Names are import_key/<workspace>/<item type>; :prefix has all but the last part.
SELECT json_group_object(substr(name, length(:prefix) + 1), value)
FROM meta
WHERE substr(name, 1, length(:prefix)) = :prefix;

-- name: age_clock
SELECT value FROM meta WHERE name = 'age_clock' AND json_valid(value);

-- name: trigger_positions
SELECT workspace, trigger_name, seq, due_ms, schedule FROM trigger_positions ORDER BY workspace, trigger_name;
