-- The whole index; a cache, recreated when it is damaged or of another version. VERSION in index.py goes up with every
-- change here, and with every change of how documents are split.

-- name: no_passages
DROP TABLE IF EXISTS passages;

-- name: no_documents
DROP TABLE IF EXISTS documents;

-- name: documents
CREATE TABLE documents (
    path TEXT PRIMARY KEY,
    mtime_ns INTEGER NOT NULL,
    size INTEGER NOT NULL,
    -- Its passages are the rows from first up to, but without, beyond.
    first INTEGER NOT NULL,
    beyond INTEGER NOT NULL
) STRICT;

-- name: passages
CREATE VIRTUAL TABLE passages USING fts5 (
    title,
    section,
    text,
    source UNINDEXED,
    section_number UNINDEXED,
    line UNINDEXED,
    tokenize = 'porter unicode61 remove_diacritics 2'
);

-- name: weights
-- A word of the title says more about a passage than one somewhere in it.
INSERT INTO passages (passages, rank) VALUES ('rank', 'bm25(3.0, 2.0, 1.0)');
