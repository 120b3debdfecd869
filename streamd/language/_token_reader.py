"""A cursor over the tokens of a request, with lookahead and backtracking."""

from collections.abc import Collection, Container, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import attrs

from streamd.facts import define
from streamd.language._imperatives import VERBS, VerbKind
from streamd.language._lexicon import Lexicon, longest
from streamd.language._politeness import FILLER_PHRASES, FILLERS
from streamd.language._quantities import Quantity, quantity
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._tokens import Token
from streamd.language._vocabulary import STOPS
from streamd.text.time_words import WEEKDAYS

LATER: Final = ("tomorrow", "next week", "next month", "next year", "next quarter", "tonight", "later", "in an hour",
                 *(f"{which} {day}" for which in ("on", "next") for day in WEEKDAYS), "at noon", "at midnight", "soon",
                 "after lunch", "every day", "every week", "every month", "daily", "weekly", "in a week",
                 "by tomorrow", "this evening", "at the end of", "starting", "from tomorrow", "end of")  # fmt: skip
CONDITIONALS: Final = frozenset(
    {"if", "unless", "when", "whenever", "once", "until", "till", "provided", "providing"}
)
_TAKING_BACK: Final = ("undo", "revert", "take that back", "take it back", "roll back", "roll that back")
_STEPS: Final = 100_000


@define
class TokenReader:
    """Reads tokens from left to right. A method that finds nothing leaves the position unchanged."""

    text: str
    tokens: Sequence[Token]
    lexicon: Lexicon
    at: int = 0
    raw: set[int] = attrs.field(factory=set)
    """Indices of tokens read as written, in which typing mistakes are not corrected."""
    notes: list[str] = attrs.field(factory=list)
    """Assumptions made while parsing, as sentences for the requester."""
    known_words: Container[str] = frozenset()
    stop_words: frozenset[str] = frozenset()
    """Words at which no condition may begin: in `put it in Warehouse B` the place is no condition."""
    stop_words_after_name: frozenset[str] = frozenset()
    """Words at which no condition may begin after a name, as in `update Product B with a stock of 80`."""
    weak_verb: bool = False
    """Whether the command's verb adds items only when their type is named: `make`, `put`."""
    today: date | None = None
    """The day of the request."""
    depth: int = 0
    """The nesting depth of noun phrases."""
    steps: int = 0

    def word(self, ahead: int = 0) -> str:
        """The token `ahead` places from the position, in lower case; empty past the end."""
        self.steps += 1
        if self.steps > _STEPS:
            raise NotUnderstoodError("That request is too complicated; please say it in shorter sentences.")
        at = self.at + ahead
        return (
            self.tokens[at].norm
            if at < len(self.tokens) and self.tokens[at].kind != "quoted"
            else ('"' if at < len(self.tokens) else "")
        )

    def token(self) -> Token | None:
        """The next token."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def ended(self) -> bool:
        """Whether all tokens are read."""
        return self.at >= len(self.tokens)

    @property
    def sentence_ended(self) -> bool:
        """Whether the sentence is read to its end."""
        return self.ended or (self.word() in STOPS)

    def accept(self, *words: str) -> str:
        """Read the longest of these words or phrases that matches; empty without a match."""
        for phrase in _by_first_word(words).get(self.word(), ()):
            if all(self.word(n) == part for n, part in enumerate(phrase)):
                self.at += len(phrase)
                return " ".join(phrase)
        return ""

    def here(self, *phrases: str) -> bool:
        """Whether one of these phrases is next; the position stays."""
        return any(
            all(self.word(n) == part for n, part in enumerate(phrase.split(" "))) for phrase in phrases
        )

    def accept_from(self, table: Mapping[str, object] | Collection[str], limit: int = 4) -> str:
        """Read the longest phrase that is in the table; empty without a match."""
        for size in range(limit, 0, -1):
            words = [self.word(n) for n in range(size)]
            if all(words) and (phrase := " ".join(words)) in table:
                self.at += size
                return phrase
        return ""

    def skip(self) -> None:
        """Skip filler words: please, now, for me."""
        while True:
            for phrase in _FILLERS_BY_FIRST_WORD.get(self.word(), ()):
                if all(self.word(n) == part for n, part in enumerate(phrase)) and not self.here("as well as"):
                    self.at += len(phrase)
                    break
            else:
                if self.word() not in FILLERS:
                    return
                self.at += 1

    def quantity(self) -> Quantity | None:
        """Read a number."""
        found = quantity(self.tokens, self.at)
        if found:
            self.at = found.end
        return found

    def quantity_here(self) -> bool:
        """Whether a number is next; the position stays."""
        return quantity(self.tokens, self.at) is not None

    def verb(self, ahead: int = 0) -> tuple[str, frozenset[VerbKind], int] | None:
        """The next imperative, the kinds of command it can mean, and its length; the position stays."""
        for size in (3, 2, 1):
            words = [self.word(ahead + n) for n in range(size)]
            if all(words) and (phrase := " ".join(words)) in VERBS:
                return phrase, VERBS[phrase], size
        return None

    def field(self) -> tuple[Mapping[str, str], int] | None:
        """The next word for a field; the position stays."""
        return longest(self.lexicon.fields, self.tokens, self.at)

    def surface(self, start: int, end: int | None = None) -> str:
        """The surface text from one token up to another, by default up to the position."""
        end = self.at if end is None else end
        if start >= end:
            return ""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end].strip()

    def take_raw(self, end: int) -> str:
        """Read up to a token, as written."""
        start, self.at = self.at, end
        self.raw.update(range(start, end))
        while (
            end > start + 1 and self.tokens[end - 1].norm in FILLERS and self.tokens[end - 1].text.islower()
        ):
            end -= 1
        if end == start + 1 and self.tokens[start].kind == "quoted":
            return self.tokens[start].text
        return self.surface(start, end).strip(" \"'“”")

    def refuse(self, what: str = "") -> NotUnderstoodError:
        """Build the refusal for the tokens here that are not understood."""
        start = self.at
        end = start
        while end < len(self.tokens) and self.tokens[end].norm not in STOPS and end - start < 12:
            end += 1
        if not what and self.here("one", "ones") and start and self.word(-1) in _ORDINALS:
            return NotUnderstoodError(
                f"I do not know what «the {self.surface(start - 1, start + 1)}» refers to; name the item. Nothing was changed."
            )
        if not what and self.here(*LATER):
            return NotUnderstoodError(
                f"I act at once and put nothing off: say it again without «{self.surface(start, end)}», or when it is time. "
                "Nothing was changed."
            )
        if not what and self.word() in CONDITIONALS:
            return NotUnderstoodError(
                f"I do not act on conditions such as «{self.surface(start, end)}»; say it when it is so, or describe the items "
                "(«all low stock items»). Nothing was changed."
            )
        if not what and self.here(*_TAKING_BACK):
            return NotUnderstoodError(
                f"I did not understand «{self.surface(start, end)}»: by words I take back only what was done last, all of it: say "
                "«undo that», alone. For anything else send `undo` with the run_id of the request that did it, or with the "
                "position of the change. Nothing was changed."
            )
        if not what and self.word() == "cancel":
            return NotUnderstoodError(
                "I do not cancel things by that word: say «set the status of … to cancelled» to keep a record of it, or «remove …». "
                "Nothing was changed."
            )
        rest = what or self.surface(start, end) or self.surface(max(0, start - 4), start)
        quotes = " If it is part of the text before it, put that in quotes." if start - 1 in self.raw else ""
        return NotUnderstoodError(f"I did not understand «{rest}», so nothing was changed.{quotes}")


_ORDINALS: Final = frozenset(
    {"second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "middle", "same", "former", "other", "first",
     "last", "2nd", "3rd", "4th", "5th", "previous"}
)  # fmt: skip


@lru_cache(maxsize=1024)
def _by_first_word(phrases: tuple[str, ...]) -> Mapping[str, Sequence[Sequence[str]]]:
    """Phrases by their first word, the longest first."""
    table: dict[str, list[list[str]]] = {}
    for phrase in sorted(phrases, key=lambda phrase: -len(phrase.split(" "))):
        parts = phrase.split(" ")
        table.setdefault(parts[0], []).append(parts)
    return table


_FILLERS_BY_FIRST_WORD: Final = _by_first_word(tuple(" ".join(phrase) for phrase in FILLER_PHRASES))
