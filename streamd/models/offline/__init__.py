"""The offline model: rules and retrieval in place of a language model."""

from streamd.models.offline.offline_model import NAME, OfflineModel

__all__ = ["NAME", "OfflineModel"]
