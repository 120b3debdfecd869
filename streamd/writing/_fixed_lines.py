"""Fixed lines of answers: the composition of an answer writes them, the reuse of a remembered answer removes them."""

from typing import Final

SOURCES: Final = "Sources: "
"""Introduces the list of cited sources."""
EARLIER: Final = "From an earlier conversation: "
"""Introduces an answer from memory."""
NOT_COVERED: Final = "The knowledge base and the items say nothing about this."
