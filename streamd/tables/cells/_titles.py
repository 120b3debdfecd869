"""Normalises names of columns: `Current Stock`, `current_stock`, `currentStock` and `CURRENT-STOCK` are the same."""

import re
from typing import Final

from streamd.core.values import MAX_NAME_CHARS, nfc
from streamd.text.plurals import singular_of

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"[^\W_]+")
_REMARK: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[%$€£¥]")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, lower case; split at anything but letters and digits, and at camelCase."""
    return tuple(word.casefold() for word in _WORD.findall(_CAMEL.sub(" ", nfc(text))))


def compact(text: str) -> str:
    """The words run together: what `reorderpoint` and `Reorder Point` have in common."""
    return "".join(words_of(text))


def compact_singular(text: str) -> str:
    """The words in the singular, run together."""
    return "".join(singular_of(word) for word in words_of(text))


def without_remark(text: str) -> str:
    """Remove remarks in brackets and signs of units from a name: `Lead Time` of `Lead Time (days)`."""
    return _REMARK.sub(" ", text)


def snake_case(text: str) -> str:
    """The words joined by underscores, as a field's name; empty when there are none."""
    return "_".join(words_of(text))[:MAX_NAME_CHARS]


def slug(text: str) -> str:
    """The words joined by hyphens, as part of an id; empty when there are none."""
    return "-".join(words_of(text))
