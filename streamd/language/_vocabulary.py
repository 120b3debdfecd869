"""Closed word classes: determiners, comparators, superlatives, exceptions, function words."""

from collections.abc import Mapping
from typing import Final

from streamd.text.connectives import EXCEPTING
from streamd.text.wordlist import words

DETERMINERS: Final = words(
    "the a an my our your these those this that its their his her whole entire existing current present said"
)

ALL_WORDS: Final = ("all of", "every single", "each and every", "each of", "every one of", "any of", "all", "every",
                    "each", "any", "both of", "both", "whatever", "the whole", "the entire")  # fmt: skip

EVERYTHING: Final = ("everything", "anything", "the whole lot", "the lot")

PRONOUNS: Final = (
    "it",
    "them",
    "they",
    "this one",
    "that one",
    "these ones",
    "those ones",
    "the same",
    "the latter",
)

NEW_WORDS: Final = words("new more another additional extra further fresh blank other brand different")

EXCEPT: Final = (
    *EXCEPTING, "and not", "but keep", "and keep", "keeping", "but leave", "besides", "but spare", "but",
)  # fmt: skip
"""Exceptions after a noun: `all suppliers but Acme`."""

EXCEPT_AFTER_VALUE: Final = (*EXCEPTING, "besides", "minus", "without", "not")
"""Exceptions after the value of a change: `to Warehouse C except Product B`."""

NAMING: Final = (
    "named", "called", "titled", "entitled", "with the name", "with name", "by the name of", "known as", "whose name is",
    "that is called", "that is named", "which is called", "with the title", "with the names",
)  # fmt: skip
"""Phrases that announce a name."""

ASSIGNING: Final = (
    "to", "=", ":", "into", "as", "at", "be", "is", "equal to", "to be", "become", "should be", "back to", "up to", "down to",
    "- >", "→", "over to", "to exactly",
)  # fmt: skip
"""Phrases that announce the new value of a field."""

VALUE_OF_FIELD: Final = ("of", "is", "to", "=", ":", "at", "be")
"""Words between the name of a field and its value: `stock of 80`, `stock: 80`."""

COMPARATORS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ["less than", "fewer than", "below", "under", "lower than", "smaller than", "beneath", "<", "shorter than", "worse than", "underneath", "not even"], "<"),
    **dict.fromkeys(
        ["more than", "greater than", "above", "over", "higher than", "larger than", "bigger than", "exceeding", "in excess of", ">", "exceeds", "exceed", "longer than", "better than", "beyond", "upwards of"], ">"),
    **dict.fromkeys(
        ["at most", "no more than", "not more than", "up to", "maximum of", "a maximum of", "<=", "≤", "not above", "not over", "less than or equal to", "not exceeding", "not higher than", "at or below", "at or under", "below or at", "below or equal to", "equal to or below", "at or less than", "not more"], "<="),
    **dict.fromkeys(
        ["at least", "no less than", "not less than", "no fewer than", "not fewer than", "minimum of", "a minimum of", ">=", "≥", "not below", "not under", "greater than or equal to", "more than or equal to", "not lower than", "at or above", "at or over", "above or at", "above or equal to"], ">="),
    **dict.fromkeys(["exactly", "equal to", "equals", "equalling", "=", "==", "precisely"], "=="),
    **dict.fromkeys(["!=", "not equal to", "other than", "different from", "≠"], "!="),
}  # fmt: skip

INVERSE: Final[Mapping[str, str]] = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}

EXTREMES: Final[Mapping[str, tuple[str, bool]]] = {
    "cheapest": ("cost", False), "least expensive": ("cost", False), "lowest priced": ("cost", False),
    "lowest cost": ("cost", False), "most affordable": ("cost", False), "least costly": ("cost", False),
    "most expensive": ("cost", True), "priciest": ("cost", True), "costliest": ("cost", True),
    "dearest": ("cost", True), "most costly": ("cost", True), "highest priced": ("cost", True),
    "most reliable": ("reliability", True), "least reliable": ("reliability", False),
    "most unreliable": ("reliability", False), "most dependable": ("reliability", True),
    "best": ("reliability", True), "worst": ("reliability", False), "best performing": ("reliability", True),
    "worst performing": ("reliability", False), "best rated": ("reliability", True), "top rated": ("reliability", True),
    "riskiest": ("reliability", False), "top performing": ("reliability", True), "top": ("reliability", True),
    "fastest": ("delivery time", False), "quickest": ("delivery time", False), "slowest": ("delivery time", True),
    "most stocked": ("stock", True), "least stocked": ("stock", False), "best stocked": ("stock", True),
    "emptiest": ("stock", False), "fullest": ("stock", True),
    "oldest": ("#", False), "newest": ("#", True), "latest": ("#", True), "most recent": ("#", True),
    "first": ("#", False), "last": ("#", True), "most recently added": ("#", True),
}  # fmt: skip

HIGHEST: Final = words("highest most greatest largest biggest maximum longest best")

LOWEST: Final = words("lowest least fewest smallest shortest minimum worst")

FUNCTION_WORDS: Final = words(
    "like a an the of to in on at by for from with without and or not no nor but as is are was were be been "
    "being it its they them their this that these those which who whose whom what where when how all "
    "any each every both some if than then so do does did don't doesn't didn't isn't aren't wasn't "
    "weren't never have has had having can could would will shall should may might must me my our us we "
    "i you your out up down off into onto there here 's s except neither either only one ones more less "
    "most least same other others such per via until till unless while after before because since "
    "within during about around again stop start"
)

QUESTION_WORDS: Final = words(
    "what what's which who who's whose whom where where's when why how how's is are was were am do does "
    "did has have had should shall may might isn't aren't doesn't don't-you whether if would will could "
    "can must"
)

STOPS: Final = frozenset({".", "!", "?", ";"})

ENDS: Final = STOPS | {
    ",",
    "and",
    "then",
    "but",
    "&",
    "plus",
    "-",
    "\u2013",
    "—",
    "while",
    "so",
    "also",
    "because",
    "since",
    "cause",
}
"""Words at which a command ends."""
