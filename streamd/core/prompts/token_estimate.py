"""Estimates how many tokens of a language model a text has, rather too many than too few."""

from typing import Final

BYTES_PER_TOKEN: Final = 3
"""Bytes as UTF-8: English text has four to a token, figures, JSON and other scripts less."""


def tokens_in(text: str) -> int:
    """Estimate the tokens of a text."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return size // BYTES_PER_TOKEN + 1
