"""Refuses questions about something else than the items that they name: what will be, what is needed, prices of several."""

from collections.abc import Sequence
from typing import Final

from streamd.language._lexicon import Lexicon, longest
from streamd.language._quantities import UNIT_WORDS, quantity
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._tokens import Token
from streamd.text.time_words import DAYS_IN
from streamd.text.wordlist import words

_ASKING: Final = words("is are do does have has was were")
_WHOLE: Final = words("all every both each")
_FURTHEST: Final = words("highest lowest biggest largest greatest smallest most least")
_PRICING: Final = frozenset(f"how much {verb}" for verb in ("is", "are", "do", "does", "would", "for"))
_COMING: Final = frozenset(
    {
        "we need",
        "i need",
        "should we",
        "should i",
        "will we",
        "will be",
        "will there",
        "would we",
        "must we",
        "do we require",
    }
)


def check_answerable(tokens: Sequence[Token], lexicon: Lexicon) -> None:
    """Raise for a question whose answer would be of something else: `are all gloves in Zone A?`."""
    norms = [token.norm for token in tokens]
    text = " ".join(norms)
    if (
        norms[:1]
        and norms[0] in _ASKING
        and (whole := next((one for one in norms[1:3] if one in _WHOLE), ""))
    ):
        _refuse(f"«{whole}»: I say which ones are so: ask which are, or which are not")
    for at, word in enumerate(norms[:-2]):
        if (
            word in _FURTHEST
            and norms[at + 2] == "value"
            and norms[at + 1] in ("stock", "inventory", "total")
        ):
            _refuse(f"«{word} {norms[at + 1]} value»: ask for the stock value of one item, or of a group")
    if text.rstrip(" ?.!").endswith("value of everything"):
        _refuse("«everything» here: say of what the value is asked, for example of all inventory items")
    if text.startswith("how many "):
        coming = next((one for one in sorted(_COMING) if f" {one} " in f" {text} "), "")
        if coming and not {"next", *DAYS_IN} & set(norms):
            _refuse(f"«{coming}» here: I count what there is; ask for a forecast, or what needs reordering")
        field, named = longest(lexicon.fields, tokens, 2), longest(lexicon.types, tokens, 2)
        is_figure = field is not None and any(
            lexicon.item_types.declared[of].fields[name].kind in ("number", "integer")
            for of, name in field[0].items()
            if of in lexicon.item_types.declared and name in lexicon.item_types.declared[of].fields
        )
        if (
            field
            and not named
            and not is_figure
            and norms[2] not in UNIT_WORDS
            and norms[field[1] : field[1] + 1] in (["do"], ["are"], ["have"])
        ):
            _refuse(f"«how many {norms[2]}»: I count items, for example «how many items per {norms[2]}»")
    if " ".join(norms[:3]) in _PRICING and (number := quantity(tokens, 3)) and number.value != 1:
        _refuse(f"«{tokens[3].text}» here: ask for the price of one")


def _refuse(what: str) -> None:
    raise NotUnderstoodError(f"I did not understand {what}. Nothing was changed.")
