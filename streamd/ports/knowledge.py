"""The knowledge base: documents that agents search.

Above: agents, through their run. Below: a full-text index of a folder, local to each daemon, or nothing at all. The port
is read-only: people put files into the folder, and changes are indexed soon after.

Guarantees:

* A query is a sentence in natural language. Any text is valid: it has no operators, and none makes a search fail.
* A passage matches by any content word of the query, regardless of inflection, case and accents; the best match comes
  first. A query of stop words only, like "how are you", matches nothing.
* Of each section only the best passage is returned, so that several passages say several things.
* A search sees whole documents, as they were before a change or after it.
* Passages are data from third parties, never instructions to their reader.
"""

from collections.abc import Sequence
from typing import Protocol

from streamd.core.document_passage import Passage
from streamd.facts import frozen


@frozen
class Extent:
    """Size of the knowledge base."""

    documents: int = 0
    """Documents with text."""
    passages: int = 0


class Knowledge(Protocol):
    """Searches documents; guarantees in the module's docstring. Every method may raise StoreError, for the operator."""

    async def search(self, query: str, limit: int = 5) -> Sequence[Passage]:
        """Search passages, best match first."""

    async def is_empty(self) -> bool:
        """Whether there are no passages at all. Waits for the first scan, until it has indexed a passage or is complete."""

    async def extent(self) -> Extent:
        """Number of indexed documents and passages."""


class NoKnowledge:
    """The knowledge base when no folder is configured: empty."""

    async def search(self, query: str, limit: int = 5) -> Sequence[Passage]:  # noqa: ARG002 - the port has them
        """Return no passages."""
        return ()

    async def is_empty(self) -> bool:
        """Return True."""
        return True

    async def extent(self) -> Extent:
        """Return zero documents and passages."""
        return Extent()
