"""Routes for clients that were there before: agents that work together, and the graph with its threads.

They answer with shapes of their own (`streamd.wire.dialects`); what they start and read are the runs and threads of all.
"""

from typing import Final

from streamd.edge.http.documents import _graph_routes, _multi_agent_routes, _thread_routes

ROUTES: Final = (*_multi_agent_routes.ROUTES, *_graph_routes.ROUTES, *_thread_routes.ROUTES)

__all__ = ["ROUTES"]
