"""Lines that answers have in common, for those who write them and those who leave them out again."""

from typing import Final

SOURCES: Final = "Sources: "
"""Before the list of what was cited."""
EARLIER: Final = "From an earlier conversation: "
"""Before what is remembered."""
NOT_COVERED: Final = "The knowledge base and the items say nothing about this."
