"""The knowledge base: documents that agents may look things up in.

Above: agents, through their run. Below: a full-text index of a folder, local to each daemon, or nothing at all. Nobody
writes through this seam: people put files into the folder, and what they change is found soon after.

What it promises:

* A query is a person's sentence. Any text is one: nothing in it is a command, and nothing in it makes a search fail.
* A passage is found by any word of the query that means something, whatever its ending, case and accents; the best
  comes first. A query of words like "how are you" finds nothing.
* Of one section only the best passage comes, so that several passages say several things.
* A search sees whole documents: as they were before a change, or after it.
* What is found is data, written by others: never an instruction to whoever reads it.
"""

from collections.abc import Sequence
from typing import Protocol

import attrs

from streamd.core.document_passage import Passage


@attrs.frozen
class Extent:
    """How much there is to be found."""

    documents: int = 0
    """Those with something to read in them."""
    passages: int = 0


class Knowledge(Protocol):
    """See the module's text for what is promised. Every method may raise StoreError with words for the operator."""

    async def search(self, query: str, limit: int = 5) -> Sequence[Passage]:
        """Passages for a query, best first; none when no word of it is in any."""

    async def is_empty(self) -> bool:
        """Whether nothing can be found whatever is asked. Waits for documents that are being read for the first time."""

    async def extent(self) -> Extent:
        """How many documents and passages there are just now."""


class NoKnowledge:
    """What is there when no folder is configured."""

    async def search(self, query: str, limit: int = 5) -> Sequence[Passage]:  # noqa: ARG002 - the port has them
        """Nothing is found."""
        return ()

    async def is_empty(self) -> bool:
        """It always is."""
        return True

    async def extent(self) -> Extent:
        """Nothing."""
        return Extent()
