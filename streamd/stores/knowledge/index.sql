-- Reads and writes the index. Many rows are passed as one JSON value, as in the store.

-- name: documents
SELECT json_group_array(json_array(path, mtime_ns, size)) FROM documents;

-- name: extent
SELECT count(*) FILTER (WHERE beyond > first), coalesce(sum(beyond - first), 0) FROM documents;

-- name: search
-- [[title, section, text, source, section_number, line, score], …], best first.
SELECT json_group_array(json_array(title, section, text, source, section_number, line, score))
FROM (
    SELECT title, section, text, source, section_number, line, -rank AS score
    FROM passages
    WHERE passages MATCH :question
    ORDER BY rank
    LIMIT :limit
);

-- name: next
SELECT coalesce(max(beyond), 1) FROM documents;

-- name: remove_passages
-- Of the documents :paths, a list.
DELETE FROM passages
WHERE rowid IN (
    SELECT passages.rowid
    FROM json_each(:paths) AS wanted
    CROSS JOIN documents ON documents.path = wanted.value
    CROSS JOIN passages ON passages.rowid >= documents.first AND passages.rowid < documents.beyond
);

-- name: remove_documents
DELETE FROM documents WHERE path IN (SELECT value FROM json_each(:paths));

-- name: put_documents
-- :rows is [[path, mtime_ns, size, first, beyond], …].
INSERT INTO documents (path, mtime_ns, size, first, beyond)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(:rows);

-- name: put_passages
-- :rows is [[rowid, title, section, text, source, section_number, line], …].
INSERT INTO passages (rowid, title, section, text, source, section_number, line)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
FROM json_each(:rows);
