"""Names in sentences: on one line and no longer than names are, so that none can pass for a text of ours."""

import re
from typing import Final

_BREAKS: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]*[\x00-\x1f\x7f-\x9f\u2028\u2029][\s\x00-\x1f\x7f-\x9f\u2028\u2029]*"
)
_MOST: Final = 100


def as_name(text: str) -> str:
    """Return a name for a sentence: line breaks and other control characters as ⏎, and a long one cut with a mark.

    What would pass for several lines is quoted.
    """
    shown = _BREAKS.sub("⏎", text)
    shown = shown if len(shown) <= _MOST else f"{shown[: _MOST - 1]}…"
    return shown if shown == text else f"«{shown}»"
