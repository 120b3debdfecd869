"""Everything that a socket can do, by requests: items, tables, conversations, memories, and what there is."""

from streamd.edge.http.rest._table import OPERATIONS

__all__ = ["OPERATIONS"]
