"""Detects questions among the clauses of a request and answers them."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.language._answers import FORECAST_WORDS, answer
from streamd.language._explained_words import unexplained
from streamd.language._imperatives import CHANGING
from streamd.language._noun_phrases import noun_phrases
from streamd.language._parse_state import ParseState
from streamd.language._politeness import FILLERS
from streamd.language._question import SORTING, QuestionPart
from streamd.language._question_parser import question
from streamd.language._question_words import MEASURING
from streamd.language._rewriting import sentence_end
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token
from streamd.language._vocabulary import QUESTION_WORDS

_CONDITIONALS: Final = frozenset(
    [
        "if",
        "when",
        "whenever",
        "unless",
        "once",
        "until",
        "till",
        "as",
        "in",
        "after",
        "before",
        "every",
        "should",
        "provided",
    ]
) - {"in", "as", "every", "should"}
_FINITE: Final = frozenset({"come", "comes", "cost", "costs"})
_RELATIVE: Final = frozenset({"that", "which", "who", "whose", "what"})
_HYPOTHETICAL: Final = frozenset(
    {"if", "would", "should", "happen", "happens", "suppose", "assuming", "imagine", "whether"}
)


def _ends_asking(state: ParseState) -> bool:
    end = sentence_end(state.reader)
    return end < len(state.reader.tokens) and state.reader.tokens[end].norm == "?"


def _asks_what_is_left(state: ParseState) -> bool:
    """Whether the clause is one such as `any mugs left`."""
    reader = state.reader
    return reader.word() == "any" and reader.tokens[sentence_end(reader) - 1].norm in ("left", "remaining")


def is_question(state: ParseState, *, polite: bool) -> bool:
    """Whether the clause here is a question. Raises when it is a conditional command."""
    reader = state.reader
    word = reader.word()
    verb = reader.verb()
    if word in _CONDITIONALS and not _ends_asking(state):
        _refuse_conditional(state)
    stating = word in ("is", "are") and reader.at > 0 and reader.word(-1) == "there"
    if stating and not _ends_asking(state):
        raise reader.refuse(f"there {reader.surface(reader.at, sentence_end(reader))}")
    if word in QUESTION_WORDS and not (verb and word == "will"):
        return True
    if (_ends_asking(state) or _asks_what_is_left(state)) and not polite:
        return True
    if verb is None:
        return False
    kinds = verb[1]
    if not kinds & CHANGING:
        return True
    if kinds & {"show", "count", "analyze", "forecast"}:
        return _only_shows(state, verb[2])
    return False


def _refuse_conditional(state: ParseState) -> None:
    """Refuse a conditional command: `if Product B is low, remove it`."""
    reader = state.reader
    end = sentence_end(reader)
    for at in range(reader.at, end):
        verb = reader.verb(at - reader.at)
        if verb and verb[1] & CHANGING:
            raise NotUnderstoodError(
                f"I do not act on conditions such as «{reader.surface(reader.at, min(end, reader.at + 6))} …»; say it "
                "when it is so, or describe the items («remove all low stock items»). Nothing was changed."
            )


def _only_shows(state: ParseState, length: int) -> bool:
    """Whether an ambiguous verb such as `give`, `put` or `find` asks for a list."""
    return state.reader.word(length) in ("me", "us")


def ask(state: ParseState, end: int) -> None:
    """Answer the question that ends there."""
    reader = state.reader
    start = reader.at
    verb = reader.verb()
    if verb and reader.word() not in QUESTION_WORDS:
        reader.at += verb[2]
        reader.accept("me", "us", "for")
        open_ended = reader.word() in QUESTION_WORDS or bool(
            {token.norm for token in reader.tokens[start:end]} & _HYPOTHETICAL
        )
        if not open_ended:
            end = _next_order(state, end)
        first = reader.at
        kind_word = "help" if verb[0] == "help" else ""
    else:
        first, kind_word = start, ""
    tokens = reader.tokens[first:end]
    text = reader.text[reader.tokens[start].start : reader.tokens[end - 1].end] if end > start else ""
    if verb and verb[1] & {"forecast"}:
        kind_word = "forecast"
    if verb and verb[1] & {"analyze"} and not verb[1] & {"show"}:
        kind_word = "analyze"
    if verb and verb[1] & {"count"}:
        kind_word = "count"
    ordering = {verb[0]} & SORTING if verb else set()
    inner = TokenReader(
        reader.text, tokens, reader.lexicon, known_words=reader.known_words, today=reader.today
    )
    asked = attrs.evolve(question(inner), text=text)
    asked = attrs.evolve(asked, words=asked.words | ({kind_word} if kind_word else set()) | ordering)
    state.working.notes += inner.notes
    found = answer(state.working, asked)
    hypothetical = {token.norm for token in reader.tokens[start:end]} & {"if", "should"}
    if hypothetical and found.action == "show":
        found = attrs.evolve(found, reply=f"That was a question, so nothing was changed. {found.reply}")
    state.answers.append(found)
    if not found.reply:
        state.unanswered.append(text.strip())
    state.working.forget_earlier()
    if found.matched:
        state.working.last = found.matched
    reader.at = end


def _next_order(state: ParseState, end: int) -> int:
    """The start of a command within the sentence, else its end: `list them and remove Product C`."""
    reader = state.reader
    back = reader.at
    for at in range(reader.at, end):
        if reader.tokens[at].norm in (",", "and", "then", "but", "\u2013", "—"):
            reader.at = at + 1
            while reader.word() in ("then", "and", "also", ",", *FILLERS):
                reader.at += 1
            verb = reader.verb()
            if (verb and verb[1] & CHANGING) or reader.word() in ("don't", "do", "never"):
                reader.at = back
                return at
    reader.at = back
    return end


def answer_noun_phrase(state: ParseState) -> None:
    """Answer a noun phrase as a question: `low stock items`, `supplier risks`, `total value of the inventory`."""
    reader = state.reader
    start, end = reader.at, sentence_end(reader)
    inner = TokenReader(
        reader.text,
        reader.tokens[start:end],
        reader.lexicon,
        known_words=reader.known_words,
        today=reader.today,
    )
    asked = attrs.evolve(question(inner), text=reader.surface(start, end))
    telling = asked.words & (
        FORECAST_WORDS
        | {
            "risk",
            "risks",
            "performance",
            "total",
            "average",
            "analysis",
            "top",
            "bottom",
            "overview",
            "help",
            "list",
            "number",
            "count",
            "sum",
        }
    )
    covered = any(one.surface for one in asked.phrases) and _covers(reader, start, end)
    figures = bool(asked.groups or (asked.fields and asked.phrases)) and not unexplained(
        asked, MEASURING, frozenset({QuestionPart.FIELD, QuestionPart.GROUP})
    )
    if (not telling and not covered and not figures) or _states(reader.tokens[start:end]):
        raise reader.refuse()
    state.working.notes += inner.notes
    state.answers.append(answer(state.working, asked))
    state.working.forget_earlier()
    reader.at = end


def _states(tokens: Sequence[Token]) -> bool:
    """Whether a noun phrase has a verb of its own, so that it says something: `all gloves now come from Acme`."""
    norms = [token.norm for token in tokens]
    at = next((at for at, norm in enumerate(norms) if at and norm in _FINITE), None)
    if at is None or _RELATIVE.intersection(norms[:at]):
        return False
    return norms[at] in ("come", "comes") or (at + 1 < len(tokens) and tokens[at + 1].kind == "number")


def _covers(reader: TokenReader, start: int, end: int) -> bool:
    """Whether noun phrases cover the whole sentence."""
    try:
        found = noun_phrases(reader)
    except NotUnderstoodError:
        return False
    finally:
        stopped, reader.at = reader.at, start
    return bool(found) and stopped >= end and all(name.ids for one in found for name in one.names)
