"""Ids: random ones that sort by time, and ones derived from a hash."""

import hashlib
import secrets
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 without letters that look like digits (Crockford's)."""


def time_ordered_id(prefix: str, now_ms: int) -> str:
    """Make a new id, for example `run-1m86e81e06rege6vf`: nine characters of time in ms, then 40 random bits."""
    return f"{prefix}-{_base32(now_ms, 9)}{_base32(secrets.randbits(40), 8)}"


def derived_id(prefix: str, *parts: object) -> str:
    """Derive an id from these parts: always the same one, 80 bits of their BLAKE2b hash."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=10).digest()
    return f"{prefix}-{_base32(int.from_bytes(digest), 16)}"


_PAIRS: Final = [one + other for one in _ALPHABET for other in _ALPHABET]


def _base32(number: int, width: int) -> str:
    letters = ""
    for _ in range(0, width, 2):
        letters = _PAIRS[number & 1023] + letters
        number >>= 10
    return letters[-width:]
