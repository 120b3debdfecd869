"""Metrics for Prometheus: what the daemon counts as it works, told when it is asked.

Imported with what serves HTTP, and not before.
"""

from streamd.edge.metrics.access_log import AccessLog
from streamd.edge.metrics.exposition import CONTENT_TYPE, Exposition
from streamd.edge.metrics.watched import Watched

__all__ = ["CONTENT_TYPE", "AccessLog", "Exposition", "Watched"]
