"""Imperatives: the kinds of command each can mean, and their gerunds and participles."""

from collections.abc import Mapping
from typing import Final, Literal

VerbKind = Literal[
    "add", "remove", "set", "raise", "lower", "times", "rename", "move", "assign", "mark", "restock", "clear",
    "keep", "swap", "copy", "replace", "show", "count", "analyze", "forecast", "help",
]  # fmt: skip

_VERBS: Final[Mapping[VerbKind, str]] = {
    "add": "add create make insert register introduce generate enter record onboard include put append log file "
    "set-up bring-in sign-up",
    "remove": "remove delete drop erase discard purge eliminate destroy scrap bin trash ditch dump nuke wipe cut "
    "get-rid-of throw-away throw-out take-out take-off clear-out clear-away dispose-of do-away-with kick-out "
    "throw weed-out wipe-out strip-out clean-out clean-up axe retire rm del deregister unregister take kill obliterate "
    "expunge sweep-out delist toss toss-out toss-away chuck chuck-out chuck-away kick phase-out write-off clear-off scratch",
    "set": "set reset change update make adjust modify edit put alter amend correct fix revise give",
    "raise": "increase raise boost bump bump-up grow lift increment up add put-up step-up push-up gain receive take-in book-in add-back put-back",
    "lower": "decrease reduce lower cut drop decrement subtract deduct shrink cut-down cut-back bring-down take "
    "remove withdraw trim slash consume use use-up knock mark-down sell ship ship-out dispatch send-out book-out issue sell-off",
    "times": "double triple treble quadruple halve multiply divide",
    "rename": "rename retitle call rebrand",
    "move": "move transfer relocate shift bring send ship put store place",
    "assign": "use appoint switch assign reassign change move transfer swap give",
    "mark": "mark flag tag label classify categorize categorise",
    "restock": "restock refill replenish top-up fill-up fill stock-up reorder",
    "clear": "zero-out zero clear unset blank blank-out reset empty erase wipe remove delete drop",
    "keep": "keep leave spare retain preserve",
    "swap": "swap exchange switch",
    "copy": "copy duplicate clone",
    "replace": "replace substitute",
    "show": "show list display print view see find get give tell look-up look-at search-for search look-for fetch "
    "enumerate name read describe report summarize summarise check present identify highlight pull-up "
    "tell-me-about give-me bring-up outline compare sort",
    "count": "count tally",
    "analyze": "analyze analyse assess evaluate review rank rate audit examine inspect investigate recommend",
    "forecast": "forecast predict project estimate extrapolate anticipate",
    "help": "help",
}

VERBS: Final[Mapping[str, frozenset[VerbKind]]] = {
    verb.replace("-", " "): frozenset(kind for kind, words in _VERBS.items() if verb in words.split())
    for words in _VERBS.values()
    for verb in words.split()
}
"""Each imperative with the kinds of command it can mean; the words after it decide."""

CHANGING: Final[frozenset[VerbKind]] = frozenset(
    {
        "add",
        "remove",
        "set",
        "raise",
        "lower",
        "times",
        "rename",
        "move",
        "assign",
        "mark",
        "restock",
        "clear",
        "keep",
        "swap",
        "copy",
        "replace",
    }
)

FACTORS: Final[Mapping[str, float]] = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4, "halve": 0.5}

_IRREGULAR: Final[Mapping[str, tuple[str, str]]] = {
    "get": ("getting", "got"), "set": ("setting", "set"), "put": ("putting", "put"), "cut": ("cutting", "cut"),
    "make": ("making", "made"), "take": ("taking", "taken"), "throw": ("throwing", "thrown"),
    "drop": ("dropping", "dropped"), "do": ("doing", "done"), "bring": ("bringing", "brought"),
    "give": ("giving", "given"), "keep": ("keeping", "kept"), "leave": ("leaving", "left"),
    "swap": ("swapping", "swapped"), "trim": ("trimming", "trimmed"), "scrap": ("scrapping", "scrapped"),
    "bin": ("binning", "binned"), "ship": ("shipping", "shipped"), "grow": ("growing", "grown"),
    "bump": ("bumping", "bumped"), "weed": ("weeding", "weeded"), "send": ("sending", "sent"),
    "strip": ("stripping", "stripped"), "up": ("upping", "upped"), "del": ("deleting", "deleted"),
    "list": ("listing", "listed"), "top": ("topping", "topped"), "transfer": ("transferring", "transferred"),
    "refer": ("referring", "referred"), "see": ("seeing", "seen"), "find": ("finding", "found"),
    "write": ("writing", "written"),
    "tag": ("tagging", "tagged"), "log": ("logging", "logged"), "reset": ("resetting", "reset"), "sell": ("selling", "sold"),
    "step": ("stepping", "stepped"), "forecast": ("forecasting", "forecast"), "wipe": ("wiping", "wiped"),
    "sweep": ("sweeping", "swept"), "tell": ("telling", "told"), "read": ("reading", "read"),
}  # fmt: skip


def _forms(verb: str) -> tuple[str, str]:
    first, _, rest = verb.partition(" ")
    if first in _IRREGULAR:
        gerund, participle = _IRREGULAR[first]
    elif first.endswith("e"):
        gerund, participle = first[:-1] + "ing", first + "d"
    elif first.endswith("y") and first[-2] not in "aeiou":
        gerund, participle = first + "ing", first[:-1] + "ied"
    else:
        gerund, participle = first + "ing", first + "ed"
    return f"{gerund} {rest}".strip(), f"{participle} {rest}".strip()


GERUNDS: Final[Mapping[str, str]] = {_forms(verb)[0]: verb for verb in VERBS}

_STATES: Final = frozenset({"received", "sold", "shipped", "dispatched", "issued", "sold off", "shipped out"})
"""Participles that describe items and are no command: `all shipped orders`."""

PARTICIPLES: Final[Mapping[str, str]] = {
    form: verb for verb in VERBS if (form := _forms(verb)[1]) not in _STATES
} | {
    "gone": "remove", "out": "remove", "changed": "set", "disposed of": "dispose of", "deleted": "delete",
}  # fmt: skip
