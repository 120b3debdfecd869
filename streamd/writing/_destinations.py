"""Extracts the destination of a trip from a request."""

import re
from typing import Final

from streamd.text.wordlist import words
from streamd.writing._trip_words import COUNTS, INTERESTS, MONTHS

_LEADS: Final = re.compile(
    r"\b(?:trip to|travel to|go to|going to|fly to|visiting|visit|explore|exploring|to|in|around|through|across|for|at)\s+",
    re.IGNORECASE,
)
_ENDING: Final = words(
    "with for under on from in by and who that which where when during over around about near at within below up max "
    "maximum budget interested loving focusing focus including next this early late trip travel holiday vacation itinerary "
    "weekend week weeks day days night nights i we my our a an the to until as but is are please alone solo together of"
)
_ORDINARY: Final = words(
    "plan trip travel write make create please tell i we an a the visit weekend week days day itinerary holiday my our"
)


def destination_in(topic: str) -> str:
    """Find the name after `to`, `in` and the like, else a capitalised name."""
    text = " ".join(topic.split())
    found = [_name(text[lead.end() :].removeprefix("the ")) for lead in _LEADS.finditer(text)]
    proper = [name for name in found if name[:1].isupper()]
    if proper or any(found):
        return next(iter(proper), "") or next(name.title() for name in found if name)
    runs = re.finditer(r"\b[A-Z][\w'\u2019-]+(?:\s+[A-Z][\w'\u2019-]+)*", text)
    names = [run.group() for run in runs if not _is_ordinary(run.group())]
    return names[-1] if names else ""


def _is_ordinary(name: str) -> bool:
    return all(word.casefold() in _ORDINARY | MONTHS for word in name.split())


def _name(rest: str) -> str:
    """Match the name at the beginning of a text; empty without one."""
    taken: list[str] = []
    for word in rest.split(" "):
        bare = word.strip('.,;:!?()"“”')
        folded = bare.casefold()
        joins = folded in {"and", "&", "de", "of", "la", "the"} and taken
        following = rest.split(" ")[len(taken) + 1 : len(taken) + 2]
        if joins and following and following[0][:1].isupper() and taken[0][:1].isupper():
            taken.append(bare)
            continue
        if not bare or folded in _ENDING | MONTHS | set(COUNTS) or folded in INTERESTS or bare[0].isdigit():
            break
        if taken and taken[0][:1].isupper() and not bare[0].isupper():
            break
        taken.append(bare)
        if word[-1] in ".,;:!?)" or len(taken) == 4:
            break
    return " ".join(taken)
