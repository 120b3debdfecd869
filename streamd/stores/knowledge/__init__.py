"""The knowledge base over a folder of documents."""

from streamd.stores.knowledge.knowledge import FolderKnowledge, open_knowledge

__all__ = ["FolderKnowledge", "open_knowledge"]
