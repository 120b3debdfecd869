"""The use cases of streamd, shared by all edges.

Each function takes the service and the actor first; the decorator checks the actor's right. Arguments and results are
values: parsing and encoding messages is the edge's part.
"""

from streamd.service.actor import Actor
from streamd.service.agent_memories import (
    clear_memories,
    forget_user,
    list_memories,
    search_knowledge,
    search_memories,
    set_preference,
)
from streamd.service.agent_runs import (
    RunHandle,
    answer_interrupt,
    asks_person,
    cancel_run,
    find_run,
    needs_reading,
    start_or_answer,
    start_run,
    told_as_answer,
    told_closing,
    unwatch_runs,
    watch_runs,
)
from streamd.service.bulk_edits import addition, edit_in_bulk
from streamd.service.csv_exports import Export, export_table
from streamd.service.csv_files import ImportResult, import_table
from streamd.service.descriptions import describe
from streamd.service.item_edits import edit_all, edit_each, edit_item, new_item_id, undo_change, undo_run
from streamd.service.item_reads import (
    HistoryPage,
    ItemRead,
    get_item,
    item_history,
    list_items,
    read_snapshot,
)
from streamd.service.model_usage import UsageReport, get_usage
from streamd.service.run_lists import list_interrupts, list_runs, list_threads, list_workspaces
from streamd.service.subscriptions import (
    FeedBeginning,
    Resume,
    check_view,
    closings_cursor,
    closings_filter,
    continued_events,
    feed_cursor,
    feed_filter,
    feed_stream,
    get_progress,
    item_view,
    open_events,
    resumed_events,
    resumed_feed,
    subscribe,
)
from streamd.service.thread_states import (
    delete_thread,
    fork_thread,
    get_thread,
    get_thread_history,
    rename_thread,
    rewind_thread,
    update_thread,
)
from streamd.service.uploads import FileContent, Uploads, add_upload_part
from streamd.service.use_case import USE_CASES, Service

__all__ = [
    "USE_CASES",
    "Actor",
    "Export",
    "FeedBeginning",
    "FileContent",
    "HistoryPage",
    "ImportResult",
    "ItemRead",
    "Resume",
    "RunHandle",
    "Service",
    "Uploads",
    "UsageReport",
    "add_upload_part",
    "addition",
    "answer_interrupt",
    "asks_person",
    "cancel_run",
    "check_view",
    "clear_memories",
    "closings_cursor",
    "closings_filter",
    "continued_events",
    "delete_thread",
    "describe",
    "edit_all",
    "edit_each",
    "edit_in_bulk",
    "edit_item",
    "export_table",
    "feed_cursor",
    "feed_filter",
    "feed_stream",
    "find_run",
    "forget_user",
    "fork_thread",
    "get_item",
    "get_progress",
    "get_thread",
    "get_thread_history",
    "get_usage",
    "import_table",
    "item_history",
    "item_view",
    "list_interrupts",
    "list_items",
    "list_memories",
    "list_runs",
    "list_threads",
    "list_workspaces",
    "needs_reading",
    "new_item_id",
    "open_events",
    "read_snapshot",
    "rename_thread",
    "resumed_events",
    "resumed_feed",
    "rewind_thread",
    "search_knowledge",
    "search_memories",
    "set_preference",
    "start_or_answer",
    "start_run",
    "subscribe",
    "told_as_answer",
    "told_closing",
    "undo_change",
    "undo_run",
    "unwatch_runs",
    "update_thread",
    "watch_runs",
]
