"""The walk through an agent's graph: its nodes in order and side by side, merged, and retried where they declare it."""

from streamd.engine.graph.declared_responses import check_declared
from streamd.engine.graph.graph_walk import GraphCursor, Visit, goals, walk, with_written
from streamd.engine.graph.merge import merged
from streamd.engine.graph.retries import NodeFailedError, node_failed

__all__ = [
    "GraphCursor",
    "NodeFailedError",
    "Visit",
    "check_declared",
    "goals",
    "merged",
    "node_failed",
    "walk",
    "with_written",
]
