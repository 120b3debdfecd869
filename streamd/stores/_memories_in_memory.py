"""Memories of agents in RAM: a part of `MemoryStore`."""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import attrs

from streamd.core.memory import Memory, MemoryFilter, MemoryId, may_read
from streamd.facts import define
from streamd.ports.store import Removal, Retention
from streamd.stores._search_words import search_words, words_of
from streamd.text.words import stem

_SATURATION: Final = 1.2
_LENGTH_WEIGHT: Final = 0.75
_LEAST_WEIGHT: Final = 1e-6
"""Weight of a word that more than half of the memories have."""


@define
class MemoriesInMemory:
    """Implements `Memories` with a dict."""

    _stored: dict[tuple[str, MemoryId], Memory] = attrs.field(factory=dict)

    @property
    def workspaces(self) -> set[str]:
        """The workspaces with memories."""
        return {workspace for workspace, _ in self._stored}

    def put(self, memories: Iterable[Memory]) -> None:
        """Add or replace memories."""
        for one in memories:  # one that is put again is the newest
            self._stored.pop((one.workspace, one.memory_id), None)
            self._stored[one.workspace, one.memory_id] = one

    async def search(
        self, wanted: MemoryFilter, query: str, limit: int = 5, *, most_bytes: int | None = None
    ) -> Sequence[Memory]:
        del most_bytes  # they are in memory anyway
        found = self._newest(wanted)
        weight = _weights([_terms(one.text) for one in self._stored.values()], _stems(search_words(query)))
        weights = [weight(_terms(one.text)) for one in found]
        best = sorted(zip(weights, found, strict=True), key=lambda pair: -pair[0])
        return [one for weight, one in best if weight > 0][: max(0, limit)]

    async def latest(
        self,
        wanted: MemoryFilter,
        limit: int = 100,
        *,
        before_ms: int | None = None,
        before: MemoryId | None = None,
        most_bytes: int | None = None,
    ) -> Sequence[Memory]:
        del most_bytes
        found = list(self._newest(wanted))
        if before is not None:
            ids = [one.memory_id for one in found]
            found = found[ids.index(before) + 1 :] if before in ids else []
        return [one for one in found if before_ms is None or one.at_ms < before_ms][: max(0, limit)]

    async def clearable(self, wanted: MemoryFilter, limit: int) -> Sequence[MemoryId]:
        # Of an agent only its own: shared memories, such as preferences, are not one agent's to delete.
        found = [one for one in self._newest(wanted) if wanted.agent is None or one.agent == wanted.agent]
        return [one.memory_id for one in found][: max(0, limit)]

    def forget(self, workspace: str, memory_ids: Iterable[MemoryId]) -> None:
        """Delete memories by id; ids without a memory are ignored."""
        for memory_id in memory_ids:
            self._stored.pop((workspace, memory_id), None)

    def surplus(self, retention: Retention) -> Sequence[Removal]:
        """Find the memories beyond the limit of their workspace."""
        found = []
        for workspace in {workspace for workspace, _ in self._stored}:
            counted = [one for one in self._newest(MemoryFilter(workspace)) if one.kind != "preference"]
            if surplus := [one.memory_id for one in counted[retention.memories :]]:
                found.append(Removal(workspace, memories=surplus))
        return found

    def _newest(self, wanted: MemoryFilter) -> list[Memory]:
        return [
            one
            for one in reversed(self._stored.values())
            if one.workspace == wanted.workspace
            and (wanted.agent is None or one.agent in (wanted.agent, ""))
            and (wanted.user_id is None or one.user_id == wanted.user_id)
            and (wanted.kinds is None or one.kind in wanted.kinds)
            and (wanted.reader is None or may_read(one, wanted.reader))
        ]


def _weights(texts: Sequence[Counter[str]], query: Iterable[str]) -> Callable[[Counter[str]], float]:
    """Weigh how well a text matches a query, by Okapi BM25: S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework", 2009."""
    mean_length = sum(text.total() for text in texts) / max(1, len(texts))
    having = {term: sum(term in text for text in texts) for term in query}
    rareness = {
        term: max(_LEAST_WEIGHT, math.log((len(texts) - count + 0.5) / (count + 0.5)))
        for term, count in having.items()
    }

    def weight(text: Counter[str]) -> float:
        length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * text.total() / (mean_length or 1)
        return sum(
            rare * text[term] * (_SATURATION + 1) / (text[term] + _SATURATION * length)
            for term, rare in rareness.items()
        )

    return weight


def _terms(text: str) -> Counter[str]:
    return Counter(_stems(words_of(text)))


def _stems(words: Iterable[str]) -> list[str]:
    return [stem(_plain(word)) for word in words]


def _plain(word: str) -> str:
    """Remove accents from a word."""
    return "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))
