"""Refuses new values without quotes that are a speaker's words, go on after a known value, or are nearly one: `Hal 2`."""

from itertools import islice
from typing import Final

from rapidfuzz.distance import OSA

from streamd.language._known_values import shortened
from streamd.language._lexicon import FieldWord
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.text.wordlist import words

_NAMED_FIELDS: Final = ("location", "destination", "supplier", "category", "status")
_NO_NAMES: Final = words(
    "either other another somewhere anywhere elsewhere nowhere where wherever there here some any every all both not almost nearly "
    "unless about around maybe perhaps neither whatever whichever same next else"
)
_JOINING: Final = frozenset({"and", "or", "but", "then"})
_PREPOSITIONS: Final = frozenset({"from", "to", "into", "in", "at", "on", "by", "for", "with"})
_MOST_LOOKED_AT: Final = 20_000
_SHORT: Final = 3


def check_new_value(reader: TokenReader, field: FieldWord, raw: str) -> None:
    """Raise for a value that is no name of a place, supplier, category or status, where known ones are written otherwise."""
    if not any(
        field.get(of) == name for word in _NAMED_FIELDS for of, name in reader.lexicon.field(word).items()
    ):
        return
    parts, key = raw.split(), key_of(raw)
    if not parts or _is_known(reader, field, key):
        return
    if key in reader.lexicon.names:
        if any(field.get(of) == name for of, name in reader.lexicon.field("location").items()):
            raise NotUnderstoodError(
                f"«{raw}» is an item here, and no place. Put it in quotes if a place is called so. Nothing was changed."
            )
        return
    strange = (
        parts[0]
        if parts[0].islower() and parts[0] in _NO_NAMES
        else _further_part(parts) or _beside_known(reader, field, parts)
    )
    alike = [] if strange else [one for one in _known(reader, field) if _is_slip(key, one)]
    if strange or alike:
        there = shortened(sorted(alike or _known(reader, field))) or "none yet"
        raise NotUnderstoodError(
            f"I did not understand «{strange or raw}» as a value: known here is {there}. Put it in quotes if it is a new one. "
            "Nothing was changed."
        )


def _further_part(parts: list[str]) -> str:
    """The words with which a command goes on after a value: `Bay 6 and from Bay 6 to Bay 7`; empty where it does not."""
    for at in range(1, len(parts) - 1):
        if parts[at].casefold() in _JOINING and parts[at + 1].casefold() in _PREPOSITIONS:
            return " ".join(parts[at:])
    return ""


def _is_known(reader: TokenReader, field: FieldWord, key: str) -> bool:
    return any(field.get(of) == name for of, name in reader.lexicon.values.get(key, {}))


def _known(reader: TokenReader, field: FieldWord) -> set[str]:
    """The values of a field that there are, where they are not too many."""
    return {
        value
        for where in islice(reader.lexicon.values.values(), _MOST_LOOKED_AT)
        for (of, name), value in where.items()
        if field.get(of) == name
    }


def _beside_known(reader: TokenReader, field: FieldWord, parts: list[str]) -> str:
    """The words in lower case after a known value, or before it: `Hall 2 by Friday`, `nearly Hall 2`."""
    for first in range(1, len(parts)):
        before = parts[:first]
        if (
            before[0].islower()
            and before[0] != "the"
            and _is_known(reader, field, key_of(" ".join(parts[first:])))
        ):
            return " ".join(before)
    for end in range(len(parts) - 1, 0, -1):
        rest = parts[end:]
        if (
            rest[0].islower()
            and rest[0].isalpha()
            and _is_known(reader, field, key_of(" ".join(parts[:end])))
        ):
            return " ".join(rest)
    return ""


def _is_slip(key: str, value: str) -> bool:
    """Whether one word differs by one edit: `Hal 2` is nearly `Hall 2`, `Hall 3` is another one."""
    if abs(len(key) - len(value)) > 1 or key[:1] != value[:1].casefold():
        return False
    said, known = key.split(" "), key_of(value).split(" ")
    pairs = [pair for pair in zip(said, known, strict=False) if pair[0] != pair[1]]
    if len(said) != len(known) or len(pairs) != 1:
        return False
    one, other = pairs[0]
    return (
        one.isalpha()
        and other.isalpha()
        and min(len(one), len(other)) >= _SHORT
        and one[0] == other[0]
        and OSA.distance(one, other) == 1
    )
