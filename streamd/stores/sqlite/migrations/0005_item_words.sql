-- The words of items, for text search. The rowid is the id of the workspace's stream * 2^36 + the item's `added`: so a search
-- reads one workspace's in the order of its lists. What stands there is folded already (core/lists/item_words.py): the tokenizer
-- only has to split it.
CREATE VIRTUAL TABLE item_words USING fts5(text, tokenize = 'ascii', detail = 'none', columnsize = 0);

-- Workspaces with items whose words no search has needed yet: those up to `after` are indexed, and all that were written since.
CREATE TABLE unindexed_items (
    workspace TEXT PRIMARY KEY,
    after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO unindexed_items SELECT DISTINCT workspace, -1 FROM items;
