"""Recognises the withdrawal of preferences: `I no longer avoid X`, `Stop preferring X`, `Forget my preferences`."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from streamd.core.tool_calls import Preference, PreferenceKey
from streamd.language._preference_sentences import POLITE
from streamd.language.preference_targets import KnownNames

_TASTES: Final = r"(?:avoid|prefer|like|love|favou?r|enjoy|hate|dislike)"
_ANSWERS: Final = r"(?=.*\b(?:answers?|replies|responses|explanations?|summar(?:y|ies)|lists)\b)"
_FORGETTING: Final = r"(?:forget|drop|discard|erase|delete|remove|clear|reset|withdraw|revoke|undo|cancel)"
_AGAIN: Final = re.compile(
    r"\s*,?\s+(?:any ?more|any longer|from now on|after all|again|now)$", re.IGNORECASE
)
_ALL: Final = re.compile(
    rf"{_FORGETTING}\s+(?:about\s+)?(?:(?:all|any|each|every one)\s+)?(?:of\s+)?(?:(?:my|our|the|these|those)\s+)?"
    r"(?:(?:stored|saved|noted|known|old|personal|current|remembered)\s+)*preferences(?:\s+(?:of mine|you (?:know|have|remember)|that you .+))?"
    rf"|{_FORGETTING}\s+(?:about\s+)?(?:everything|all|anything|whatever|what)\s+(?:that\s+)?(?:you\s+(?:know|remember|have noted|noted|stored)\s+)?"
    rf"about\s+(?:me|us)|{_FORGETTING}\s+(?:about\s+)?(?:everything\s+)?(?:what\s+)?(?:i|we)\s+prefer",
    re.IGNORECASE,
)
_NO_LONGER: Final = re.compile(
    rf"(?P<who>i|we)\s+(?:really\s+)?(?:no longer|don't|do not)\s+(?:(?:want|need|wish|have)\s+to\s+)?(?P<rest>{_TASTES}\b.+)",
    re.IGNORECASE,
)
_NO_LONGER_ANSWERED: Final = re.compile(
    rf"(?:i|we)\s+(?:no longer|don't|do not)\s+(?:want|need|wish for)\s+{_ANSWERS}(?P<rest>.+)", re.IGNORECASE
)
_NO_LONGER_SAID: Final = re.compile(r"\b(?:no longer|any ?more|any longer)\b", re.IGNORECASE)
_STOP: Final = re.compile(
    r"(?:(?:i|we|i've|we've|i have|we have|you can|you may)\s+)?(?:stop|stopped|cease|quit)\s+"
    r"(?P<verb>avoiding|preferring|favou?ring|liking|loving|hating|disliking|answering|replying|responding)\s+(?P<rest>.+)",
    re.IGNORECASE,
)
_DO_NOT_AVOID: Final = re.compile(
    r"(?:don't|do not|never|no longer|no need to)\s+avoid\s+(?P<rest>.+)", re.IGNORECASE
)
_FORGET_THAT: Final = re.compile(
    rf"(?:forget|withdraw|discard|undo)\s+(?:about\s+)?(?:the fact\s+)?(?:that\s+(?P<that>(?!one$|item$).+\s.+)|(?P<speaker>(?:i|we|my|our)\b\s+(?:{_TASTES}|am|are|is|\w+ is)\b.+))",
    re.IGNORECASE,
)
_FORGET_FOR: Final = re.compile(
    rf"{_FORGETTING}\s+(?:about\s+)?(?:my|our|the)\s+(?:(?P<kind>[a-z ]+?)\s+)?(?:preferences?|wish|taste|setting)"
    r"(?:\s+(?:for|about|of|regarding|on|to|towards?|concerning)\s+(?P<rest>.+))?",
    re.IGNORECASE,
)
_FORGET_KIND: Final = re.compile(
    rf"{_FORGETTING}\s+(?:about\s+)?(?:my|our)\s+(?P<kind>(?:preferred|favou?rite|avoided|usual|default)\s+[a-z ]+|notes?|answer style)",
    re.IGNORECASE,
)
_KINDS: Final[Mapping[str, PreferenceKey]] = {
    r"avoided (?:supplier|vendor)": "avoided_supplier", r"avoided": "avoided_location", r"\b(?:supplier|vendor)": "preferred_supplier",
    r"location|place|region|countr": "preferred_location", r"answer|style|repl": "answer_style", r"forecast|horizon|period": "forecast_periods",
    r"currency": "currency", r"note": "note",
}  # fmt: skip


def withdrawn(
    sentence: str, known: KnownNames, stated: Callable[[str, KnownNames], Preference | None]
) -> Preference | None:
    """The preference that a sentence withdraws; None without one. `stated` parses a sentence that states one."""
    text = " ".join(sentence.replace("\u2019", "'").split()).strip(" ,").rstrip(".! ")
    if match := POLITE.match(text):
        text = text[match.end() :]
    if _ALL.fullmatch(text):
        return Preference("*", "", "all your preferences", withdrawn=True)
    if (match := _FORGET_FOR.fullmatch(text)) or (match := _FORGET_KIND.fullmatch(text)):
        about = match.groupdict().get("rest")
        return _about(about, known, stated) if about else _of_kind(match["kind"])
    for positive in _stated_instead(text):
        found = stated(positive, known)
        if found is not None:
            return attrs.evolve(found, withdrawn=True)
    return None


def _stated_instead(text: str) -> list[str]:
    """Sentences, the likeliest first, that state the preference this one withdraws."""
    bare = _AGAIN.sub("", text)
    if match := _NO_LONGER.fullmatch(bare):
        double = re.match(r"(?:avoid|hate|dislike)\b", match["rest"], re.IGNORECASE)
        return [f"{match['who']} {match['rest']}"] if double or _NO_LONGER_SAID.search(text) else []
    if match := _NO_LONGER_ANSWERED.fullmatch(bare):
        return [f"I prefer {match['rest']}"] if _NO_LONGER_SAID.search(text) else []
    if match := _STOP.fullmatch(bare):
        verb = match["verb"].casefold()
        if verb in ("answering", "replying", "responding"):
            return [f"always answer {match['rest']}"]
        taste = "avoid" if verb in ("avoiding", "hating", "disliking") else "prefer"
        return [f"I {taste} {match['rest']}"]
    if match := _DO_NOT_AVOID.fullmatch(bare):
        return [f"I avoid {match['rest']}"]
    if match := _FORGET_THAT.fullmatch(bare):
        worded = match["that"] or match["speaker"]
        return [f"Remember that {worded}"]
    return []


def _about(
    text: str, known: KnownNames, stated: Callable[[str, KnownNames], Preference | None]
) -> Preference:
    """Derive the kind of preference from its object: `my preference for Europe`."""
    found = stated(f"I prefer {text}", known)
    if found is not None and found.key != "note":
        return attrs.evolve(found, withdrawn=True)
    if place := known.place(text):
        return Preference("preferred_location", (place,), f"prefers suppliers from {place}", withdrawn=True)
    for words, key in _KINDS.items():
        if re.search(words, text, re.IGNORECASE) and len(text.split()) < 4:
            return _of_kind(text) or Preference(key, "", text, withdrawn=True)
    return Preference("*", text, f"your preference for {text}", withdrawn=True)


def _of_kind(text: str | None) -> Preference | None:
    for words, key in _KINDS.items():
        if text and re.search(words, text, re.IGNORECASE):
            return Preference(key, "", f"your {text}", withdrawn=True)
    return None
