"""All routes of the room."""

from typing import Final

from streamd.edge.http.documents import _graph_routes, _multi_agent_routes, _thread_routes

OPERATIONS: Final = (*_multi_agent_routes.OPERATIONS, *_graph_routes.OPERATIONS, *_thread_routes.OPERATIONS)
