"""Splits text into tokens: words, numbers, quoted texts and marks, with their positions."""

import re
from typing import Final, Literal
from unicodedata import category

from streamd.core.lists.exact_numbers import exact_product
from streamd.core.values import nfc
from streamd.facts import frozen

TokenKind = Literal["word", "number", "quoted", "mark"]

_TOKEN: Final = re.compile(
    r"""
      (?P<quoted>"[^"]{0,400}"|“[^”]{0,400}”|«[^»]{0,400}»|\u2039[^\u203a]{0,400}\u203a|`[^`]{0,400}`
         |(?<![\w])'[^'\n]{1,400}'(?!\w)|(?<![\w])\u2018[^\u2019\n]{1,400}\u2019(?!\w))
    | (?P<whole>\d{4}-\d\d-\d\d(?:T[\d:.]{5,15}(?:Z|[+-]\d\d:\d\d)?)?(?!\w)
         |[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,6}|https?://\S{1,400})
    | (?P<decimal>(?<=€)\d{1,15},\d{1,2}(?![\w,])|\d{1,15},\d{1,2}(?=\s?€))
    | (?P<unclear>\d{1,3}(?:\.\d{3})+,\d+|\d{1,15},\d{1,2}(?![\w,])|\d{1,3}(?:\.\d{3}){2,}(?![\w.]))
    | (?P<number>(?:(?<![\w)])[-\u2212+])?(?:\d{1,3}(?:,\d{3}){1,9}(?!\d)(?:\.\d{1,20})?|\d{1,40}(?:\.\d{1,20})?|\.\d{1,20})
         [kK]?(?![^\W_]))
    | (?P<word>[^\W_]+(?:['\u2019][^\W_]+)*)
    | (?P<mark><=|>=|!=|==|[^\w\s]|_)
    | (?P<line>\n+)
    """,
    re.VERBOSE,
)
_PLAIN: Final = re.compile(r"(?!\d{4}-)[A-Za-z0-9]+(?:[ _-](?!\d{4}-)[A-Za-z0-9]+)*")
_PICTURES: Final = frozenset({"So", "Sk", "Cf", "Mn"})
"""Unicode categories of emoji and their joiners, which carry no meaning."""
_JOINERS: Final = frozenset("-_\u2010\u2011")


@frozen
class Token:
    """One word, number, quoted text or mark."""

    text: str
    """As written; of a quoted text, the part between the quotes."""
    norm: str
    """The normalised form: lower case, typing mistakes corrected."""
    kind: TokenKind
    start: int
    end: int
    value: float | None = None
    """The value of a number token."""


def tokenise(text: str) -> list[Token]:
    """Tokenise a text. Hyphens and underscores split words: `low-stock` is two tokens."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, shown, start, end = match.lastgroup, match.group(), match.start(), match.end()
        if kind == "quoted":
            tokens.append(Token(shown[1:-1].strip(), key_of(shown[1:-1]), "quoted", start, end))
        elif kind == "decimal":
            tokens.append(Token(shown, shown, "number", start, end, float(shown.replace(",", "."))))
        elif kind == "unclear":
            tokens.append(Token(shown, shown, "word", start, end))
        elif kind == "number":
            digits = shown.replace(",", "").replace("\u2212", "-")
            value = exact_product(float(digits[:-1]), 1000) if digits[-1] in "kK" else float(digits)
            tokens.append(Token(shown, shown.casefold(), "number", start, end, value))
        elif kind == "line":
            tokens.append(Token("\n", ".", "mark", start, end))
        elif kind == "mark":
            joins = start > 0 and end < len(text) and text[start - 1].isalnum() and text[end].isalnum()
            if not (shown in _JOINERS and joins) and not (shown > "\u2000" and category(shown) in _PICTURES):
                norm = "'s" if shown in "'\u2019" and start and text[start - 1].isalnum() else shown
                tokens.append(Token(shown, norm, "mark", start, end))
        else:
            _append_word(tokens, shown, start, end)
    return tokens


def _append_word(tokens: list[Token], shown: str, start: int, end: int) -> None:
    norm = shown.casefold().replace("\u2019", "'")
    if norm.endswith("'s"):
        tokens.append(Token(shown[:-2], norm[:-2], "word", start, end - 2))
        tokens.append(Token(shown[-2:], "'s", "mark", end - 2, end))
    else:
        tokens.append(Token(shown, norm, "word", start, end))


def key_of(text: str) -> str:
    """The form under which names, values and words are compared: `Low-Stock` and `low stock` have the same."""
    if _PLAIN.fullmatch(text):
        return text.casefold().replace("-", " ").replace("_", " ")
    return " ".join(token.norm for token in tokenise(nfc(text.replace('"', " "))))
