"""Verb forms of benefits and calls to action: imperative, third person, or no verb."""

from typing import Final, Literal

from streamd.text.number_words import CARDINALS
from streamd.text.plurals import plural_of
from streamd.text.wordlist import words

PhraseKind = Literal["imperative", "third", "noun"]

_VERBS: Final = words(
    "achieve add ask automate avoid book boost bring build buy call change check choose claim clean collect compare connect "
    "contact control cook count create cut deliver design discover download drive earn eliminate enjoy explore fill find "
    "finish fix follow get give grow help hire improve increase join keep know launch learn let lower make manage meet move "
    "open order organise organize pack pay plan play prevent protect prove raise read receive recover reduce register "
    "remove replace request reserve reuse ride run save schedule see sell send share ship shop show sign simplify sleep "
    "speed spend start stay stop store subscribe supply support switch take talk teach tell test track train travel try turn "
    "understand update upgrade use visit watch win work write brew carry charge cool feel fit hold last look reach release "
    "rest wake warm warn wash wear alert compost come cost cover detect double ease ensure extend forecast guide halve heat "
    "include measure monitor nourish offer predict print produce provide ready recycle remind repair restore scan "
    "secure serve shine shrink soothe solve sort steer sync transform trim unite verify weigh zip bounce combine contain"
)
_NOUNS_TOO: Final = words(
    "book call change check control cook design drive help order plan play pack rest ride share shop show sign store supply support test track train travel turn use visit watch wash work charge fit last look"
)
"""Verbs that are nouns as well, which the next word disambiguates."""
_AFTER_VERBS: Final = (
    words(
        "a an the your our my its their this that these all every each any more less up down out in on for with to by what when "
        "how where who us you it them now today fewer faster better longer hours time money before after whenever twice half"
    )
    | CARDINALS.keys()
)
_ASKED: Final = words("prefer recommend select purchase consider decide suggest pick explain advise")
"""Further verbs of questions, which begin no advertising phrase."""
_DETERMINERS: Final = words("a an the your my our its their every each any all")
_STATIVE: Final = words("last fit cost weigh contain come work run hold shine compost include bounce")
"""Verbs of a product's properties, without a sensible imperative."""
_ADVERBS: Final = words("never always finally easily quickly instantly automatically")


def kind_of(phrase: str) -> PhraseKind:
    """Classify a phrase: `save time` is an imperative, `saves time` third person, `free returns` a noun."""
    spoken = phrase.casefold().replace("\u2019", "'").split()
    while spoken and spoken[0].strip(",.!") in _ADVERBS:
        spoken = spoken[1:]
    first = spoken[0].strip(",.!?:;") if spoken else ""
    following = spoken[1].strip(",.!?:;") if len(spoken) > 1 else ""
    if first in ("don't", "do"):
        return "imperative"
    if first in _VERBS and (
        first not in _NOUNS_TOO or not following or following in _AFTER_VERBS or following[0].isdigit()
    ):
        return "imperative"
    if following in _DETERMINERS and first not in _DETERMINERS and not first.endswith(("ing", "ed")):
        return "third" if _base(first) else "imperative"
    base = _base(first)
    if base in _VERBS and (base not in _NOUNS_TOO or following in _AFTER_VERBS or following[:1].isdigit()):
        return "third"
    return "noun"


def is_verb(word: str) -> bool:
    """Whether a word by itself, in the form of `choose` or `chooses`, is a verb and no noun."""
    folded = word.casefold()
    return any(
        one in _ASKED or (one in _VERBS and one not in _NOUNS_TOO) for one in (folded, _base(folded)) if one
    )


def is_imperative(phrase: str) -> bool:
    """Whether a phrase is an imperative."""
    return kind_of(phrase) == "imperative"


def imperative(phrase: str) -> str:
    """Convert a phrase to the imperative: `saves time` becomes `save time`; empty where that makes no sense (`lasts a year`)."""
    kind = kind_of(phrase)
    first, _, rest = phrase.partition(" ")
    base = _base(first.casefold()) if kind == "third" else first.casefold()
    if kind == "noun" or base in _STATIVE:
        return ""
    return phrase if kind == "imperative" else f"{base} {rest}".strip()


def third(phrase: str) -> str:
    """Convert a phrase to the third person: `save time` becomes `saves time`; empty for a noun."""
    kind = kind_of(phrase)
    if kind == "noun":
        return ""
    first, _, rest = phrase.partition(" ")
    return phrase if kind == "third" else f"{_with_s(first.casefold())} {rest}".strip()


def _base(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else ""


def _with_s(word: str) -> str:
    if word == "don't":
        return "doesn't"
    # a verb takes its s as a noun does, but for an o before it: `goes`, and `photos`
    return f"{word}es" if word.endswith("o") else plural_of(word)
