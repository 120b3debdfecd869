"""The use cases of streamd, shared by all edges.

Each function takes the service and the actor first; the decorator checks the actor's right. Arguments and results are
values: parsing and encoding messages is the edge's part.
"""

from streamd.service.actor import Actor as Actor
from streamd.service.agent_memories import clear_memories as clear_memories
from streamd.service.agent_memories import list_memories as list_memories
from streamd.service.agent_memories import search_memories as search_memories
from streamd.service.agent_memories import set_preference as set_preference
from streamd.service.agent_runs import RunHandle as RunHandle
from streamd.service.agent_runs import answer_interrupt as answer_interrupt
from streamd.service.agent_runs import cancel_run as cancel_run
from streamd.service.agent_runs import find_run as find_run
from streamd.service.agent_runs import list_interrupts as list_interrupts
from streamd.service.agent_runs import start_run as start_run
from streamd.service.agent_runs import unwatch_runs as unwatch_runs
from streamd.service.agent_runs import watch_runs as watch_runs
from streamd.service.csv_files import ImportResult as ImportResult
from streamd.service.csv_files import export_table as export_table
from streamd.service.csv_files import import_table as import_table
from streamd.service.item_edits import edit_all as edit_all
from streamd.service.item_edits import edit_each as edit_each
from streamd.service.item_edits import edit_item as edit_item
from streamd.service.item_edits import new_item_id as new_item_id
from streamd.service.item_edits import undo_change as undo_change
from streamd.service.item_edits import undo_run as undo_run
from streamd.service.item_reads import ItemPage as ItemPage
from streamd.service.item_reads import get_item as get_item
from streamd.service.item_reads import list_items as list_items
from streamd.service.item_reads import read_snapshot as read_snapshot
from streamd.service.subscriptions import Feed as Feed
from streamd.service.subscriptions import Resume as Resume
from streamd.service.subscriptions import agents_filter as agents_filter
from streamd.service.subscriptions import events_cursor as events_cursor
from streamd.service.subscriptions import feed_cursor as feed_cursor
from streamd.service.subscriptions import feed_stream as feed_stream
from streamd.service.subscriptions import get_progress as get_progress
from streamd.service.subscriptions import open_events as open_events
from streamd.service.thread_states import fork_thread as fork_thread
from streamd.service.thread_states import get_thread as get_thread
from streamd.service.thread_states import get_thread_history as get_thread_history
from streamd.service.thread_states import rewind_thread as rewind_thread
from streamd.service.thread_states import update_thread as update_thread
from streamd.service.use_case import USE_CASES as USE_CASES
from streamd.service.use_case import Service as Service
