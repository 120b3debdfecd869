"""The limits of messages by name, for clients that want to know them before they meet one."""

from collections.abc import Mapping
from typing import Final

from streamd.core.criteria import MAX_CONDITIONS, MAX_GROUP_DEPTH
from streamd.core.lists.item_groups import MAX_GROUPS, MAX_SUMS
from streamd.core.lists.item_order import MAX_SORT_FIELDS
from streamd.core.lists.item_words import MAX_WORDS
from streamd.core.values import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_ID_CHARS,
    MAX_INTEGER,
    MAX_NAME_CHARS,
    MAX_STRING_BYTES,
)
from streamd.wire.messages._edit_shapes import MAX_REASON_CHARS
from streamd.wire.messages._readers import MAX_NAMES
from streamd.wire.messages.connection_params import MAX_TOKEN_CHARS, MAX_WORKSPACE_CHARS
from streamd.wire.messages.edit_messages import MAX_BULK_ITEMS
from streamd.wire.messages.item_messages import MAX_CONDITION_CHARS, MAX_PAGE
from streamd.wire.messages.list_messages import MAX_ROWS
from streamd.wire.messages.memory_messages import MAX_PREFERENCE_BYTES, MAX_QUERY_CHARS
from streamd.wire.messages.run_messages import MAX_PROGRESS_HISTORY, MAX_REVISIONS, MAX_SUPPORTING_AGENTS
from streamd.wire.messages.table_messages import MAX_FILENAME_CHARS, MAX_IMPORT_COLUMNS
from streamd.wire.messages.thread_messages import MAX_LIMIT, MAX_STATE_BYTES
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES, MAX_PAGE_ITEMS

LIMITS: Final[Mapping[str, int]] = {
    "max_integer": MAX_INTEGER,
    "max_depth": MAX_DEPTH,
    "max_text_bytes": MAX_STRING_BYTES,
    "max_item_fields": MAX_FIELDS,
    "max_field_name_chars": MAX_NAME_CHARS,
    "max_id_chars": MAX_ID_CHARS,
    "max_names": MAX_NAMES,
    "max_reason_chars": MAX_REASON_CHARS,
    "max_workspace_chars": MAX_WORKSPACE_CHARS,
    "max_token_chars": MAX_TOKEN_CHARS,
    "max_bulk_items": MAX_BULK_ITEMS,
    "max_list_items": MAX_PAGE,
    "max_list_rows": MAX_ROWS,
    "max_conditions": MAX_CONDITIONS,
    "max_condition_depth": MAX_GROUP_DEPTH,
    "max_sort_fields": MAX_SORT_FIELDS,
    "max_groups": MAX_GROUPS,
    "max_sums": MAX_SUMS,
    "max_search_words": MAX_WORDS,
    "max_condition_chars": MAX_CONDITION_CHARS,
    "max_filename_chars": MAX_FILENAME_CHARS,
    "max_import_columns": MAX_IMPORT_COLUMNS,
    "max_supporting_agents": MAX_SUPPORTING_AGENTS,
    "max_revisions": MAX_REVISIONS,
    "max_progress_history": MAX_PROGRESS_HISTORY,
    "max_checkpoints": MAX_LIMIT,
    "max_memories": MAX_LIMIT,
    "max_state_bytes": MAX_STATE_BYTES,
    "max_preference_bytes": MAX_PREFERENCE_BYTES,
    "max_query_chars": MAX_QUERY_CHARS,
    "max_snapshot_page_items": MAX_PAGE_ITEMS,
    "max_snapshot_page_bytes": MAX_PAGE_BYTES,
}
"""Limits that hold for every daemon of this version; `bytes` are those of UTF-8, of values as JSON."""
