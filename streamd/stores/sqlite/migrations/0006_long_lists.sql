-- No table changes. From here on `entries.before` may say of a long list only what differs from the list after the event
-- (streamd/core/lists/list_splice.py): an older streamd would undo such a change wrongly, and the number keeps it from opening this file.
SELECT 1;
