"""Ids: random ones that sort by time, and ones derived from a hash."""

import hashlib
import os
import secrets
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 without letters that look like digits (Crockford's)."""


def time_ordered_id(prefix: str, now_ms: int) -> str:
    """Make a new id, for example `run-1m86e81e06rege6vf`: nine characters of time in ms, then 40 random bits."""
    return f"{prefix}-{_base32(now_ms, 9)}{_base32(_random_bits(), 8)}"


def derived_id(prefix: str, *parts: object) -> str:
    """Derive an id from these parts: always the same one, 80 bits of their BLAKE2b hash."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=10).digest()
    return f"{prefix}-{_base32(int.from_bytes(digest), 16)}"


_RANDOM: Final[list[int]] = []
"""Numbers of 40 random bits that nobody has used: a system call for each id would cost more than all else about it."""
os.register_at_fork(after_in_child=_RANDOM.clear)


def _random_bits() -> int:
    try:
        return _RANDOM.pop()
    except IndexError:
        data = secrets.token_bytes(5 * 256)
        first, *others = (int.from_bytes(data[at : at + 5]) for at in range(0, len(data), 5))
        _RANDOM.extend(others)
        return first


_PAIRS: Final = [one + other for one in _ALPHABET for other in _ALPHABET]


def _base32(number: int, width: int) -> str:
    letters = ""
    for _ in range(0, width, 2):
        letters = _PAIRS[number & 1023] + letters
        number >>= 10
    return letters[-width:]
