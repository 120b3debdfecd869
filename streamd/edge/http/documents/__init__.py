"""Routes for clients that were there before: agents that work together, and the graph with its threads.

They answer with shapes of their own (`streamd.wire.dialects`); what they start and read are the runs and threads of all.
"""

from streamd.edge.http.documents._routes import OPERATIONS

__all__ = ["OPERATIONS"]
