"""The single words of a vocabulary, found by their beginning and length."""

from collections.abc import Iterable, Iterator

import attrs

from streamd.facts import define, frozen

_Place = tuple[str, int]
"""First character and length."""


@define
class WordCounts:
    """Words with the number of times that they occur."""

    _places: dict[_Place, dict[str, int]] = attrs.field(factory=dict)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and bool(word) and word in self._places.get((word[0], len(word)), ())

    def add(self, key: str) -> None:
        """Count the words of a key."""
        for word in key.split(" "):
            counts = self._places.setdefault((word[:1], len(word)), {})
            counts[word] = counts.get(word, 0) + 1

    def drop(self, key: str) -> None:
        """Take back that the words of a key were counted."""
        for word in key.split(" "):
            place = (word[:1], len(word))
            counts = self._places[place]
            counts[word] -= 1
            if not counts[word]:
                del counts[word]
            if not counts:
                del self._places[place]

    def like(self, word: str, edits: int) -> Iterator[str]:
        """The words with the same first character whose length differs by so much at most."""
        for length in range(len(word) - edits, len(word) + edits + 1):
            yield from self._places.get((word[:1], length), ())


@frozen
class RequestWords:
    """The words that a request may use: those of the items, and those of the types, which are few."""

    items: WordCounts = attrs.field(factory=WordCounts)
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Iterable[str]) -> "RequestWords":
        """The same words, whatever they are."""
        return cls(others=frozenset(words))

    def __contains__(self, word: object) -> bool:
        return word in self.others or word in self.items

    def with_others(self, words: Iterable[str]) -> "RequestWords":
        """These words, and others."""
        return attrs.evolve(self, others=self.others.union(words))

    def like(self, word: str, edits: int) -> set[str]:
        """The words that may differ by so many edits, among others."""
        return {*self.others, *self.items.like(word, edits)}
