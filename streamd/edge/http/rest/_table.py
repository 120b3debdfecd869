"""All operations of the room."""

from typing import Final

from streamd.edge.http.rest import (
    _item_routes,
    _memory_routes,
    _table_routes,
    _thread_routes,
    _workspace_routes,
)

OPERATIONS: Final = (
    *_item_routes.OPERATIONS,
    *_table_routes.OPERATIONS,
    *_thread_routes.OPERATIONS,
    *_memory_routes.OPERATIONS,
    *_workspace_routes.OPERATIONS,
)
