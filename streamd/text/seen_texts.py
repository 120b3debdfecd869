"""A set of texts that costs eight bytes a text, so that a file of any number of rows can be compared with itself."""

from array import array
from bisect import bisect_left
from hashlib import blake2b
from heapq import merge
from typing import Final

_FEW: Final = 65_536
"""Hashes that are kept in a set before they are sorted into a block."""


class SeenTexts:
    """Texts by hashes of 64 bits: of ten million texts two have the same with a probability of one to 370,000.

    The hashes stand in sorted blocks, each at least twice as long as the next one: a text is looked up in a few of them.
    """

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._blocks: list[array[int]] = []

    def __contains__(self, text: str) -> bool:
        """Whether a text was added."""
        return self._holds(_hash(text))

    def add(self, text: str) -> bool:
        """Add a text; returns whether it was there before."""
        key = _hash(text)
        if self._holds(key):
            return True
        self._recent.add(key)
        if len(self._recent) >= _FEW:
            self._blocks.append(array("Q", sorted(self._recent)))
            self._recent.clear()
            while len(self._blocks) > 1 and len(self._blocks[-2]) < 2 * len(self._blocks[-1]):
                last = self._blocks.pop()
                self._blocks[-1] = array("Q", merge(self._blocks[-1], last))
        return False

    def _holds(self, key: int) -> bool:
        if key in self._recent:
            return True
        for block in self._blocks:
            at = bisect_left(block, key)
            if at < len(block) and block[at] == key:
                return True
        return False


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
