-- Long values of a thread's states, each kept once: checkpoints of one thread have most of them in common.
CREATE TABLE checkpoint_parts (
    id INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    digest TEXT NOT NULL,     -- of the body, in hexadecimal digits
    body TEXT NOT NULL,       -- JSON value, or JSON array with some elements of a list
    UNIQUE (workspace, thread_id, digest)
) STRICT;

-- JSON object: by name in the state, the id of the part that is its value, or the ids of those that make up its list.
-- Null: the body has everything.
ALTER TABLE checkpoints ADD COLUMN parts TEXT;
