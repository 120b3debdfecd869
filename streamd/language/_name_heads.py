"""Heads of names: what a name is the name of, as `gloves` of `Nitrile Gloves L` and `bolt` of `Steel Bolt M8, zinc plated`."""

import re
from typing import Final

from streamd.language._tokens import key_of
from streamd.text.plurals import singular_of

_REST: Final = re.compile(
    r"[,;(\[/|]|\s[-\u2013—]\s|\s(?:for|with|without|of|in|from|by|to|and)\s", re.IGNORECASE
)
"""What ends the head: `Gloves, nitrile`, `Box of Gloves`, `Lid for Bin 50`."""
_SIZE: Final = re.compile(r"\w*\d\w*|\w|x+[sl]|[x]{1,3}|small|medium|large")


def head_key(name: str) -> str:
    """The words of a name up to its head noun, in lower case, that noun in the form by which nouns are compared."""
    words = key_of(_REST.split(name, maxsplit=1)[0]).split(" ")
    while len(words) > 1 and _SIZE.fullmatch(words[-1]):
        words.pop()
    return " ".join([*words[:-1], stem_of(words[-1])])


def stem_of(noun: str) -> str:
    """The form by which a noun in the singular is the same as in the plural: `box` for `boxes`."""
    singular = singular_of(noun)
    return singular[:-1] if singular.endswith(("xe", "che", "she", "sse", "ze")) else singular
