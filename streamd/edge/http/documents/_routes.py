"""All routes of the room."""

from typing import Final

from streamd.edge.http.documents import _graph_routes, _multi_agent_routes, _thread_routes

ROUTES: Final = (*_multi_agent_routes.ROUTES, *_graph_routes.ROUTES, *_thread_routes.ROUTES)
