-- The full-text index of items. :rows is [[workspace, id, added, text, whether it is new], …], with null for `added` and text
-- where the item was removed.

-- name: unindex
-- Removes the words of items before they are replaced, unless they stay the same.
DELETE FROM item_words
WHERE
    rowid IN (
        SELECT (streams.id << 36) + items.added
        FROM json_each(:rows) AS new
        CROSS JOIN items ON items.workspace = new.value ->> 0 AND items.id = new.value ->> 1
        CROSS JOIN streams ON streams.name = 'ws/' || items.workspace
        WHERE
            items.added IS NOT NULL
            AND (
                items.added IS NOT new.value ->> 2
                OR new.value ->> 3
                IS NOT (SELECT text FROM item_words WHERE rowid = (streams.id << 36) + items.added)
            )
    );

-- name: index
-- Adds the words of items that are not in the index.
INSERT INTO item_words (rowid, text)
SELECT (streams.id << 36) + (new.value ->> 2), new.value ->> 3
FROM json_each(:rows) AS new
CROSS JOIN streams ON streams.name = 'ws/' || (new.value ->> 0)
WHERE NOT EXISTS (SELECT 1 FROM item_words WHERE rowid = (streams.id << 36) + (new.value ->> 2));

-- name: index_new
-- Adds the words of items that cannot be in the index, in half the time. :words is {workspace: {added: text, …}, …}.
INSERT INTO item_words (rowid, text)
SELECT (streams.id << 36) + item.key, item.value
FROM json_each(:words) AS workspace
CROSS JOIN streams ON streams.name = 'ws/' || workspace.key
CROSS JOIN json_each(workspace.value) AS item;

-- name: unindexed
-- `added` of the last item of a workspace that is indexed; no row when all are.
SELECT after FROM unindexed_items WHERE workspace = :workspace;

-- name: indexed_up_to
UPDATE unindexed_items SET after = :after WHERE workspace = :workspace;

-- name: all_indexed
DELETE FROM unindexed_items WHERE workspace = :workspace;

-- name: found
-- [added, …] of the items of a workspace that have the words, ascending, above :after.
SELECT json_group_array(added)
FROM (
    SELECT item_words.rowid - (streams.id << 36) AS added
    FROM streams
    CROSS JOIN item_words
    WHERE
        streams.name = 'ws/' || :workspace
        AND item_words MATCH :words
        AND item_words.rowid > (streams.id << 36) + :after
        AND item_words.rowid < (streams.id + 1) << 36
    ORDER BY item_words.rowid
);

-- name: with_ids
-- [added, …] of the items of a workspace above :after whose ids have one of the words :any in them, or may have in other letters.
SELECT json_group_array(added)
FROM items
WHERE
    workspace = :workspace
    AND added > :after
    AND (
        id GLOB '*[^ -~]*'
        OR EXISTS (SELECT 1 FROM json_each(:any) AS word WHERE items.id LIKE '%' || word.value || '%')
    );

-- name: items_added
-- The items that were added at :positions, which is [added, …], ascending: their number, the last, and
-- [[id, version, added, versions, body], …].
SELECT count(*), max(added), CAST('[' || group_concat(item) || ']' AS BLOB)
FROM (
    SELECT
        items.added,
        '[' || json_quote(items.id) || ',' || items.version || ',' || items.added
        || ',' || coalesce(items.versions, 'null') || ',' || items.body || ']' AS item
    FROM json_each(:positions) AS wanted
    CROSS JOIN items ON items.workspace = :workspace AND items.added = wanted.value
    LIMIT -1
);
