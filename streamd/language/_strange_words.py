"""Words that nothing explains: none of the grammar, and none by which a type, a field, an item or a value is called."""

from collections.abc import Sequence

from streamd.language._lexicon import Lexicon
from streamd.language._spelling_correction import is_as_written
from streamd.language._tokens import Token

_SHORT = 2


_OF_ANALYSES = frozenset({"seasonal", "critical", "trend", "demand", "forecast", "risky"})
"""Words of analyses that may be values of a status."""


def is_strange(token: Token, lexicon: Lexicon) -> bool:
    """Whether nothing explains a word."""
    return (
        token.kind == "word"
        and len(token.norm) > _SHORT
        and token.norm.isalpha()
        and not is_as_written(token.norm)
        and token.norm not in lexicon.words
    )


def with_strange_word(message: str, tokens: Sequence[Token], lexicon: Lexicon) -> str:
    """A refusal that names the first word that nothing explains, unless it names one already."""
    strange = [token.text for token in tokens if is_strange(token, lexicon)]
    if not strange or any(word.casefold() in message.casefold() for word in strange):
        return message
    return f"{message} Nothing here is called «{strange[0]}»."


def is_own_value(token: Token, lexicon: Lexicon) -> bool:
    """Whether a word that asks for an analysis elsewhere is a status of items here: `which items are seasonal`."""
    status = lexicon.field("status")
    return token.norm in _OF_ANALYSES and any(
        status.get(of) == field for of, field in lexicon.values.get(token.norm, {})
    )
