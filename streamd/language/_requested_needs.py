"""Extracts what a request wants to buy: items, quantities and urgency."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.item import ItemId
from streamd.core.tool_calls import Need, Urgency
from streamd.facts import define, frozen
from streamd.language._lexicon import longest
from streamd.language._quantities import quantity
from streamd.language._strange_words import is_strange
from streamd.language._tokens import Token, key_of
from streamd.language._vocabulary import DETERMINERS, FUNCTION_WORDS
from streamd.language._working_set import WorkingSet

_LOW: Final = re.compile(
    r"\b(?:not (?:very |so |that |at all )?urgent|no (?:rush|hurry)|not in a hurry|can wait|low (?:urgency|priority)|whenever|urgency:? low|isn't urgent)\b"
)
_HIGH: Final = re.compile(
    r"\b(?:urgent|urgently|urgency:? high|high (?:urgency|priority)|asap|as soon as possible|as fast as possible|immediately|right away|emergency"
    r"|in a hurry|rush|critical|today|tomorrow|quickly)\b"
)
_MEDIUM: Final = re.compile(
    r"\b(?:soon|this week|next week|normal (?:urgency|priority)|medium (?:urgency|priority)|urgency:? medium)\b"
)
_LONGEST_BEGINNING: Final = 5
_BETWEEN: Final = frozenset(
    {"of", "more", "x", "new", "additional", "extra", "the", "our", "units", "pieces", "pcs"}
)


@frozen
class ItemMention:
    """An item that a text names, with the number before it."""

    ids: tuple[ItemId, ...]
    quantity: float | None = None


def urgency_of(text: str) -> Urgency | None:
    """The urgency that a text names; None without one."""
    folded = text.casefold().replace("\u2019", "'")
    if _LOW.search(folded):
        return "low"
    if _HIGH.search(folded):
        return "high"
    return "medium" if _MEDIUM.search(folded) else None


def mentioned(tokens: Sequence[Token], working: WorkingSet) -> tuple[ItemMention, ...]:
    """Find items named in full, or by the unique beginning of their name."""
    found: list[ItemMention] = []
    beginnings, nouns = _NamePrefixes(working), set[str]()
    amount: float | None = None
    amount_ends = -1
    at = 0
    while at < len(tokens):
        number = quantity(tokens, at)
        known = longest(working.lexicon.names, tokens, at)
        ids = tuple(one for one in known[0] if one in working.fields) if known else ()
        end = known[1] if known else at
        if not ids:
            ids, end = beginnings.at(tokens, at)
        noun = working.lexicon.nouns.at(tokens, at) if at and not ids else None
        if noun and noun[0] not in nouns:
            nouns.add(noun[0])
            ids, end = (
                tuple(one for one in working.lexicon.nouns.ids(noun[0]) if one in working.fields),
                noun[1],
            )
        if ids:
            found.append(ItemMention(ids, amount if amount_ends == at else None))
            at = end
        elif number and not number.vague and not number.money and not number.percent:
            amount, at = number.value, number.end
            while at < len(tokens) and tokens[at].norm in _BETWEEN:
                at += 1
            amount_ends = at
        else:
            at += 1
    return tuple(found)


def needs_of(found: Sequence[ItemMention], working: WorkingSet, urgency: Urgency | None) -> tuple[Need, ...]:
    """Convert mentioned items other than suppliers to needs; an ambiguous name means each item."""
    needs = {
        item_id: Need(item_id, one.quantity, urgency)
        for one in found
        for item_id in one.ids
        if working.type_of(item_id) != "supplier"
    }
    return tuple(needs.values())


def unknown_subject(tokens: Sequence[Token], working: WorkingSet) -> str:
    """The word after `for` or `of` that nothing here is called by; empty where there is none."""
    for at, token in enumerate(tokens):
        if token.kind == "quoted" or token.norm not in ("for", "of"):
            continue
        first = at + 1
        while first < len(tokens) and (
            tokens[first].norm in _BETWEEN | DETERMINERS or tokens[first].kind == "number"
        ):
            first += 1
        subject = tokens[first] if first < len(tokens) else None
        if (
            subject is not None
            and is_strange(subject, working.lexicon)
            and working.lexicon.nouns.at(tokens, first) is None
        ):
            return subject.text
    return ""


@define
class _NamePrefixes:
    """An index of names by their first words, built on first use."""

    working: WorkingSet
    by_word: Mapping[str, Sequence[str]] | None = None

    def at(self, tokens: Sequence[Token], at: int) -> tuple[tuple[ItemId, ...], int]:
        """Match the unique item whose name begins with the tokens here, and where the match ends."""
        token = tokens[at]
        if token.kind != "word" or token.norm in FUNCTION_WORDS or not self._first(token.norm):
            return (), at
        most = min(_LONGEST_BEGINNING, len(tokens) - at)
        for size in range(most, 0, -1):
            run = tokens[at : at + size]
            if any(one.kind == "mark" for one in run) or (size == 1 and not _stands_out(token, self.working)):
                continue
            key = " ".join(one.norm for one in run)
            names = [name for name in self._first(token.norm) if name.startswith(f"{key} ")]
            ids = {
                one
                for name in names
                for one in self.working.lexicon.names[name]
                if one in self.working.fields
            }
            if len(ids) == 1:
                return tuple(ids), at + size
        return (), at

    def _first(self, word: str) -> Sequence[str]:
        if self.by_word is None:
            table: dict[str, list[str]] = defaultdict(list)
            for name in self.working.lexicon.names:
                first, _, more = name.partition(" ")
                if more and not self.working.lexicon.names.is_code(name):
                    table[first].append(name)
            self.by_word = table
        return self.by_word.get(word, ())


def _stands_out(token: Token, working: WorkingSet) -> bool:
    """Whether a single word is written like a name and is no word for a type or field."""
    key = key_of(token.text)
    return token.text[:1].isupper() and key not in working.lexicon.types and key not in working.lexicon.fields
