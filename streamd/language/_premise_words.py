"""The words of a statement before an order about `it` or `them`: each is explained, or the order is refused."""

from collections.abc import Iterable, Sequence
from typing import Final

from streamd.language._tokens import Token
from streamd.text.wordlist import words

STATES: Final = words(
    "broken damaged cracked bent faulty defective obsolete discontinued expired rotten spoiled spoilt lost stolen missing dead gone "
    "useless unusable outdated old worn torn rusty contaminated scratched dented leaking smashed mouldy moldy wet ruined bankrupt "
    "insolvent redundant repaired returned"
)
"""What can be said of pieces or items without a change of which of them are meant."""
_NEUTRAL: Final = words(
    "the a an our my we we're i i'm us they it it's there there's is are was were be been has have came come comes coming back got "
    "of with and also now out running low restocking replenishing any more anymore units unit pieces piece item items product products supplier suppliers vendor "
    "s 's am just them order orders"
)
_DEALING: Final = words(
    "sell sold selling ship receive use used using make keep need needed needing stock stocked require required want wanted carry work "
    "works working available produce produced made done finished deal dealing buy bought"
)
_NOT: Final = words("no longer not don't do doesn't does isn't aren't n't cannot can't")
"""Of dealings: `we no longer sell it`. Of a state they say the opposite of what an order is about."""
PREMISE_WORDS: Final = STATES | _NEUTRAL | _DEALING | _NOT
"""All words that such a statement may have besides names."""
_MARKS: Final = frozenset({",", "&", "'", "-", "(", ")", ";", ":", ".", "!"})


def unexplained_in(tokens: Sequence[Token], explained: Iterable[int]) -> str:
    """The first word that nothing explains; empty without one. `explained`: the indices of names and their numbers."""
    known = set(explained)
    rest = [token for at, token in enumerate(tokens) if at not in known]
    norms = {token.norm for token in rest}
    is_dealing = bool(norms & _DEALING) and not norms & STATES
    for at, token in enumerate(rest):
        following = rest[at + 1].norm if at + 1 < len(rest) else ""
        if token.norm in _NOT and is_dealing and (token.norm != "no" or following == "longer"):
            continue
        if token.norm not in _NEUTRAL | STATES | _DEALING | _MARKS:
            return token.text
    return ""
