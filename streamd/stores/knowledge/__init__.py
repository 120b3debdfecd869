"""The knowledge base over a folder of documents, in a full-text index."""

from streamd.stores.knowledge.folder_knowledge import FolderKnowledge, open_knowledge

__all__ = ["FolderKnowledge", "open_knowledge"]
