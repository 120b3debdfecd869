"""Reads names in the other number: `steel bolts` is the item called Steel Bolt."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.language._lexicon import Lexicon, longest
from streamd.language._name_heads import stem_of
from streamd.language._spelling_correction import is_as_written
from streamd.language._tokens import Token, key_of
from streamd.text.plurals import plural_of, singular_of

_MOST_WORDS: Final = 8


def in_number_of_names(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """Give the last word of a name the number in which the item has it, where the words as written mean nothing else."""
    found = list(tokens)
    at = 0
    while at < len(found):
        end = _meaning_ends(found, at, lexicon)
        for last in range(min(len(found), at + _MOST_WORDS) - 1, max(at, end) - 1, -1):
            other = _as_named(found, at, last, lexicon)
            if other:
                found[last] = attrs.evolve(found[last], norm=other)
                end = last + 1
                break
        at = max(end, at + 1)
    return found


def _meaning_ends(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> int:
    """The end of the words that mean something as they are written."""
    tables = (lexicon.names, lexicon.types, lexicon.fields, lexicon.criteria, lexicon.values)
    return max((known[1] for table in tables if (known := longest(table, tokens, at))), default=at)


def _as_named(tokens: Sequence[Token], first: int, last: int, lexicon: Lexicon) -> str:
    """The form of the last word that makes these words a name; empty where none does."""
    words = tokens[first : last + 1]
    word = tokens[last].norm
    if any(one.kind == "quoted" for one in words) or tokens[last].kind != "word":
        return ""
    if first == last and is_as_written(word):
        return ""
    before = "".join(f"{one.norm} " for one in words[:-1])
    for other in (singular_of(word), stem_of(word), plural_of(word)):
        key = f"{before}{other}"
        known = lexicon.names[key] if other != word and key in lexicon.names else ()
        if any(key_of(item_id) != key for item_id in known) and not lexicon.names.is_code(key):
            return other
    return ""
