"""Detects lasting preferences: `I prefer suppliers from Europe`, `Please always answer briefly`, `Remember that …`."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import attrs

from streamd.core.item import Item
from streamd.core.tool_calls import Preference
from streamd.language._preference_sentences import SentenceLead, lead_of, sentence_ends
from streamd.language._preference_withdrawals import withdrawn
from streamd.language._preference_words import CURRENCIES
from streamd.language._quantities import quantity
from streamd.language._tokens import tokenise
from streamd.language.preference_targets import KnownNames, style_of, suppliers_or_places

_LONGEST: Final = 300
_SPEAKER: Final = re.compile(
    r"(?:i'd|we'd|i|we)\b\s*(?:(?:would|will|really|generally|usually|always|strongly|much|normally|only|do|rather)\s+)*",
    re.IGNORECASE,
)
_NEVER: Final = re.compile(
    r"(?:(?:i|we)\s+)?(?:(?:really|generally|usually|would|will|do|can|should|must)\s+)*"
    r"(?:never|don't|do not|not|won't|cannot|can't|shouldn't|mustn't|no longer|avoid|dislike|hate|stop|refuse to|stay away from)\b",
    re.IGNORECASE,
)
_TASTE: Final = re.compile(r"(?:prefer|like|love|favou?r|enjoy|hate|dislike|avoid)\b", re.IGNORECASE)
_ORDER: Final = re.compile(
    r"(?:^|\b(?:and|so|then|please|therefore)\s+|,\s*)(?:please\s+|just\s+|also\s+)*(?:remove|delete|add|create|set|drop|update|change|rename"
    r"|move|mark|increase|decrease|raise|lower|reduce|restock|erase|clear|insert|make it|replace|swap|put|assign|double|cut|discard"
    r"|purge|transfer|import|keep|touch|cancel)\b(?!\s+(?:it|them|answers?|replies|your answers?)\s+(?:short|brief|concise))",
    re.IGNORECASE,
)
_CURRENCY: Final = re.compile(
    r"\b(?:currency(?:\s+(?:is|should be|to|of|as|:|=))*|(?:in|use|prefer|quote|with))\s+(?:(?:the|us|swiss)\s+)?(?P<unit>[a-z€$£]+(?:\s(?:dollars|kroner|pesos))?)",
    re.IGNORECASE,
)
_HORIZON: Final = re.compile(
    r"\b(?:forecasts?|forecasting|horizon|predictions?|predict|look)\b", re.IGNORECASE
)
_MINE: Final = re.compile(
    r"(?:my|our)\s+(?:(?:preferred|favou?rite|default|usual|standard|main|home|own)\s+)*(?:supplier|vendor|currency|forecast|answers?)",
    re.IGNORECASE,
)
_SETTING: Final = re.compile(
    r"(?:set|change|switch|make)\s+(?:my|our)\s+(?:\w+\s+)?currency\s+(?:to\s+|be\s+)?", re.IGNORECASE
)
_WANTS: Final = re.compile(
    r"(?:i|we)\s+(?:(?:only|always|generally|usually)\s+)*(?:want|need|prefer to|like to)\b", re.IGNORECASE
)
_BUYING: Final = re.compile(
    r"(?:prefer|like|love) to (?:buy|order|purchase|source|procure|work|deal|cooperate|do business)\b",
    re.IGNORECASE,
)
_ABOUT_ME: Final = re.compile(
    r"(?:my|our)\s+(?:name|favou?rite\s+\w+|budget|role|team|department|company|city|language|diet|time ?zone)\s+(?:is|are)\b"
    r"|(?:i am|i'm|we are|we're)\s+(?:an?|allergic|intolerant|vegetarians?|vegan|based in|located in)\b",
    re.IGNORECASE,
)
_RECALL: Final = re.compile(
    r"\b(?:what|which|show|list|tell|see|do you|display|recall)\b.{0,40}\b(?:my|our|saved|stored|known)\s+(?:\w+\s+)?preferences?\b"
    r"|\bwhat\s+(?:do|did)\s+(?:i|we)\s+(?:prefer|like)\b|\bpreferences\s+do\s+(?:i|we|you)\b"
    r"|\bwhat\s+(?:do|did)\s+you\s+(?:know|remember)\s+about\s+(?:me|us)\b|^my preferences$",
    re.IGNORECASE,
)

_MARKS: Final = re.compile(
    r"\b(?:prefer|like|love|favou?r|remember|mind|forget|note|always|never|now on|future|default|currency|avoid|hate|dislike|don't|don\u2019t"
    r"|do not|my|our|keep|answer|answers|reply|generally|only|no longer|any ?more|preferences?|henceforth|forward|rule|i'm|i am|we are|stop"
    r"|be|want|need)\b",
    re.IGNORECASE,
)


def preference_of(text: str, items: Sequence[Item] = ()) -> Preference | None:
    """The first lasting preference that a text states; None without one.

    Args:
        text: a message.
        items: the known suppliers and places, for their exact names.

    """
    found, _ = split_preferences(text, lambda: items)
    return found[0] if found else None


def split_preferences(text: str, items: Callable[[], Iterable[Item]]) -> tuple[tuple[Preference, ...], str]:
    """Separate the preferences that a text states from its other sentences."""
    known: KnownNames | None = None
    found: list[Preference] = []
    rest: list[str] = []
    at = 0
    for end in [*sentence_ends(text), len(text)]:
        sentence, at = text[at:end], end
        found_here: list[Preference] = []
        if len(sentence) <= _LONGEST and _may_state(sentence):
            known = known or KnownNames.of(items())
            found_here = _both_stated(sentence, known)
        found += found_here
        if not found_here:
            rest.append(sentence)
    return tuple(found), "".join(rest).strip() if found else text


def is_recall(text: str) -> bool:
    """Whether a text asks for the remembered preferences."""
    bare = text.strip().rstrip("?.! ")
    return len(bare) <= _LONGEST and not _ORDER.search(bare) and _RECALL.search(bare) is not None


def restated(preference: Preference) -> str:
    """Word a preference in the second person: `you prefer suppliers from Europe`."""
    if preference.withdrawn:
        stated = restated(attrs.evolve(preference, withdrawn=False))
        return f"that {stated}" if stated.startswith("you ") else stated
    verb, _, rest = preference.text.partition(" ")
    return f"you {verb[:-1]} {rest}" if verb in ("prefers", "avoids", "wants") else preference.text


def _may_state(sentence: str) -> bool:
    return not sentence.rstrip().endswith("?") and _MARKS.search(sentence) is not None


def _both_stated(sentence: str, known: KnownNames) -> list[Preference]:
    """Parse one preference, or the two of `I prefer European suppliers and short answers`."""
    if (taken_back := withdrawn(sentence, known, _stated)) is not None:
        return [taken_back]
    one = _stated(sentence, known)
    first, joined, second = sentence.partition(" and ")
    if one is None or not joined:
        return [one] if one is not None else []
    two = [_stated(first, known), _stated(f"I prefer {second}", known)]
    keys = {half.key for half in two if half is not None}
    return [half for half in two if half is not None] if len(keys - {"note"}) == 2 else [one]


def _stated(sentence: str, known: KnownNames) -> Preference | None:
    lead = lead_of(sentence)
    point = lead.rest
    if setting := _SETTING.match(point):
        currency = _currency(f"currency {point[setting.end() :]}")
        return Preference("currency", currency, f"prefers amounts in {currency}") if currency else None
    if not point or _ORDER.search(point) or point.casefold() in ("mind", "again", "ever"):
        return None
    never = lead.never or _NEVER.match(point) is not None or " never " in f" {point.casefold()} "
    speaker = _SPEAKER.match(point)
    is_desire = speaker is not None and point[speaker.end() :].casefold().startswith(
        ("like to", "prefer to", "like you")
    )
    would = speaker is not None and re.match(r"(?:i|we)(?:'d| would)", point, re.IGNORECASE) is not None
    taste = speaker is not None and not is_desire and _TASTE.match(point[speaker.end() :]) is not None
    if would and not lead.lasting and "prefer" not in point.casefold():
        return None
    firm = lead.remember or lead.lasting or taste or _MINE.match(point) is not None
    if firm and not known.named_in(point, suppliers=False):
        if currency := _currency(point):
            return Preference("currency", currency, f"prefers amounts in {currency}")
        if periods := _periods(point):
            return Preference("forecast_periods", periods, f"wants forecasts over {periods} periods")
    if style := style_of(point, never=never, firm=firm or _WANTS.match(point) is not None):
        text = {"brief": "brief answers", "detailed": "detailed answers", "list": "answers as lists"}[style]
        return Preference("answer_style", style, f"prefers {text}")
    buys = speaker is not None and _BUYING.match(point[speaker.end() :]) is not None
    stated = suppliers_or_places(point, known, never=never, firm=firm or buys)
    if stated is not None:
        return stated
    return _noted(point, lead, known, taste=taste and not would, taste_at=speaker.end() if speaker else 0)


def _currency(point: str) -> str:
    for match in _CURRENCY.finditer(point):
        words = match["unit"].casefold()
        code = CURRENCIES.get(words) or CURRENCIES.get(words.split(" ")[0])
        if code and (
            words != code.casefold() or match["unit"].isupper() or "currency" in match[0].casefold()
        ):
            return code
    return ""


def _periods(point: str) -> int:
    """The forecast horizon in periods: `a forecast horizon of 12`, `forecast 12 months ahead`."""
    if not _HORIZON.search(point):
        return 0
    tokens = tokenise(point)
    for at in range(len(tokens)):
        number = quantity(tokens, at)
        if (
            number
            and not (number.vague or number.money or number.percent)
            and number.value == int(number.value) > 1
        ):
            return min(int(number.value), 10_000)
    return 0


def _noted(
    point: str, lead: SentenceLead, known: KnownNames, *, taste: bool, taste_at: int
) -> Preference | None:
    """A preference that no other rule understands, as a note in the user's words."""
    words = point.split(" ")
    first = words[0].casefold()
    if lead.remember or _ABOUT_ME.match(point):
        # numbers of an item are no preference, they belong in its fields
        if known.named_in(point, suppliers=False) and any(
            char.isdigit() for char in known.without_names(point)
        ):
            return None
        return Preference("note", point, point)
    if taste and len(words) > 1:
        verb, _, rest = point[taste_at:].partition(" ")
        if (
            not rest
            or known.named_in(rest, suppliers=False)
            or rest.split(" ")[0].casefold() in ("to", "you", "it", "them", "this", "that")
        ):
            return None
        avoids = verb.casefold() in ("hate", "dislike", "avoid")
        return Preference("note", rest, f"{'avoids' if avoids else 'prefers'} {rest}")
    worded = {
        "use",
        "answer",
        "reply",
        "respond",
        "show",
        "give",
        "call",
        "write",
        "include",
        "mention",
        "round",
        "ask",
        "start",
        "report",
        "tell",
    }
    if lead.lasting and first in worded and len(words) > 1 and not known.named_in(point, suppliers=False):
        found_here = f"{'never' if lead.never else 'always'} {point}"
        return Preference("note", found_here, found_here)
    return None
