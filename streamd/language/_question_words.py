"""Words that ask and carry no meaning of their own in a question."""

from typing import Final

from streamd.language._imperatives import VERBS
from streamd.language._politeness import FILLERS
from streamd.language._vocabulary import QUESTION_WORDS
from streamd.text.wordlist import words

_SHOWING: Final = [verb.split() for verb, kinds in VERBS.items() if kinds & {"show", "count"}]
SHOWING_PHRASES: Final = tuple(tuple(verb) for verb in _SHOWING if len(verb) > 1)
"""Verbs of several words, which mean nothing one by one: `look at`."""
ASKING: Final = (
    words(
        "a an the our my your we us i me you they them it its their there here that which who this these those any "
        "be been being have has had got get do does did please how many much exist exists ones know see tell give want "
        'like wonder wondering interested called named about hello hi hey thanks ? . , ! : ; … " ( )'
    )
    | FILLERS
    | QUESTION_WORDS
    | {verb[0] for verb in _SHOWING if len(verb) == 1}
) - words(
    "only not don't no without instead already again still should will shall must may might need needs required who whom when its their"
)
"""Also those of politeness; without those that say of when, or of what is not so yet, it is asked."""
MEASURING: Final = words(
    "total sum average mean combined overall count number value worth many much altogether amount"
)
"""Words that ask for a figure, of which there may be one a group."""
JOINING: Final = words("and or & , plus also")
"""Words between parts of a question."""
