"""Names that differ from a written one by a typing mistake."""

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from streamd.language._spelling_correction import is_as_written


def slips_of(key: str, known: Sequence[str]) -> list[str]:
    """Known names within one or two edits of a key, never in digits or single letters."""
    allowed = 2 if len(key) >= 8 else 1 if len(key) >= 5 else 0
    if not allowed or all(is_as_written(word) for word in key.split(" ")):
        return []
    found = process.extract(key, known, scorer=OSA.distance, score_cutoff=allowed, limit=10)
    marks = _distinctive(key)
    near = [
        (name, distance) for name, distance, _ in found if _distinctive(name) == marks and name[:1] == key[:1]
    ]
    return [name for name, distance in near if distance == near[0][1]]


def _distinctive(key: str) -> tuple[str, ...]:
    return tuple(word for word in key.split(" ") if len(word) == 1 or any(char.isdigit() for char in word))
