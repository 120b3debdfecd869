-- Search finds ids, too: the words of all items are indexed again, when a search first needs those of a workspace.
DROP TABLE item_words;

CREATE VIRTUAL TABLE item_words USING fts5(text, tokenize = 'ascii', detail = 'none', columnsize = 0);

INSERT OR REPLACE INTO unindexed_items SELECT DISTINCT workspace, -1 FROM items;
