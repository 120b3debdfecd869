"""Which sentences ask, and the answers they get."""

from typing import Final

import attrs

from streamd.language._answers import FORECAST_WORDS, answer
from streamd.language._imperatives import CHANGING
from streamd.language._noun_phrases import phrases
from streamd.language._parse_state import Course
from streamd.language._politeness import FILLERS
from streamd.language._question_parser import question
from streamd.language._rewriting import sentence_end
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import Reader
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
_HYPOTHETICAL: Final = frozenset(
    {"if", "would", "should", "happen", "happens", "suppose", "assuming", "imagine", "whether"}
)


def _ends_asking(course: Course) -> bool:
    end = sentence_end(course.reader)
    return end < len(course.reader.tokens) and course.reader.tokens[end].norm == "?"


def is_question(course: Course, *, polite: bool) -> bool:
    """Whether what stands here asks. Raises when it is an order that depends on something."""
    reader = course.reader
    word = reader.word()
    verb = reader.verb()
    if word in _CONDITIONALS and not _ends_asking(course):
        _refuse_conditional(course)
    if word in QUESTION_WORDS and not (verb and word == "will"):
        return True
    if _ends_asking(course) and not polite:
        return True
    if verb is None:
        return False
    kinds = verb[1]
    if not kinds & CHANGING:
        return True
    if kinds & {"show", "count", "analyze", "forecast"}:
        return _only_shows(course, verb[2])
    return False


def _refuse_conditional(course: Course) -> None:
    """`if Product B is low, remove it`: orders that depend on something are not carried out."""
    reader = course.reader
    end = sentence_end(reader)
    for at in range(reader.at, end):
        verb = reader.verb(at - reader.at)
        if verb and verb[1] & CHANGING:
            raise NotUnderstoodError(
                f"I do not act on conditions such as «{reader.said(reader.at, min(end, reader.at + 6))} …»; say it "
                "when it is so, or describe the items («remove all low stock items»). Nothing was changed."
            )


def _only_shows(course: Course, length: int) -> bool:
    """Whether a verb of two meanings, such as `give`, `put` or `find`, only asks to be shown something."""
    return course.reader.word(length) in ("me", "us")


def ask(course: Course, end: int) -> None:
    """Answer the question that ends there."""
    reader = course.reader
    start = reader.at
    verb = reader.verb()
    if verb and reader.word() not in QUESTION_WORDS:
        reader.at += verb[2]
        reader.accept("me", "us", "for")
        open_ended = reader.word() in QUESTION_WORDS or bool(
            {token.norm for token in reader.tokens[start:end]} & _HYPOTHETICAL
        )
        if not open_ended:
            end = _next_order(course, end)
        first = reader.at
        said = "help" if verb[0] == "help" else ""
    else:
        first, said = start, ""
    tokens = reader.tokens[first:end]
    text = reader.text[reader.tokens[start].start : reader.tokens[end - 1].end] if end > start else ""
    if verb and verb[1] & {"forecast"}:
        said = "forecast"
    if verb and verb[1] & {"analyze"} and not verb[1] & {"show"}:
        said = "analyze"
    if verb and verb[1] & {"count"}:
        said = "count"
    inner = Reader(reader.text, tokens, reader.lexicon, known_words=reader.known_words)
    asked = attrs.evolve(question(inner), text=text)
    asked = attrs.evolve(asked, words=asked.words | ({said} if said else set()))
    found = answer(course.space, asked)
    hypothetical = {token.norm for token in reader.tokens[start:end]} & {"if", "should"}
    if hypothetical and found.action == "show":
        found = attrs.evolve(found, reply=f"That was a question, so nothing was changed. {found.reply}")
    course.answers.append(found)
    if not found.reply:
        course.unanswered.append(text.strip())
    if found.matched:
        course.space.last = found.matched
    reader.at = end


def _next_order(course: Course, end: int) -> int:
    """Where, before the end of the sentence, an order begins: `list them and remove Product C`."""
    reader = course.reader
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


def noun_only(course: Course) -> None:
    """A request without a verb: `low stock items`, `supplier risks`, `total value of the inventory`."""
    reader = course.reader
    start, end = reader.at, sentence_end(reader)
    inner = Reader(reader.text, reader.tokens[start:end], reader.lexicon, known_words=reader.known_words)
    asked = attrs.evolve(question(inner), text=reader.said(start, end))
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
    covered = any(one.said for one in asked.phrases) and _covers(reader, start, end)
    if not telling and not covered:
        raise reader.refuse()
    course.answers.append(answer(course.space, asked))
    reader.at = end


def _covers(reader: Reader, start: int, end: int) -> bool:
    """Whether noun phrases explain the whole sentence."""
    try:
        found = phrases(reader)
    except NotUnderstoodError:
        return False
    finally:
        stopped, reader.at = reader.at, start
    return bool(found) and stopped >= end and all(name.ids for one in found for name in one.names)
