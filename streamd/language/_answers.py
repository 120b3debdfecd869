"""Answers questions from the items, without changing any."""

from collections.abc import Set as AbstractSet
from typing import Final

import attrs

from streamd.language._aggregates import about
from streamd.language._explained_words import leaving_out, unexplained
from streamd.language._measures import common_words, measure_of
from streamd.language._out_of_scope import is_out_of_scope
from streamd.language._predicates import AllOf, AnyOf, Compare, HasField, Not, OneOf, Predicate
from streamd.language._question import Question
from streamd.language._question_answer import QuestionAnswer
from streamd.language._strange_words import is_own_value, is_strange, with_strange_word
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._working_set import WorkingSet
from streamd.text.time_words import DAYS_IN
from streamd.text.wordlist import words

FORECAST_WORDS: Final = words(
    "forecast forecasts forecasting predict prediction predictions predicted projection projections "
    "trend trends seasonal seasonality outlook extrapolate anticipate demand demands anomaly anomalies "
    "seasons predicting scenario scenarios outliers"
)


_NEEDING: Final = words("need needs needed require required use sell")
_COMING: Final = tuple(
    f"{which} {unit}" for which in ("next", "coming", "the next", "the coming") for unit in DAYS_IN
)
_HELP_WORDS: Final = ("what can you do", "how do i", "help", "who are you", "what are you", "how does this work", "what do you do",
                      "how can you help", "how can i", "what can i", "your capabilities", "how to", "commands", "what are your",
                      "what else can", "how do you", "what can i ask", "what you can do", "how should i")  # fmt: skip


def answer(working: WorkingSet, asked: Question) -> QuestionAnswer:
    """Answer a question."""
    text = f" {' '.join(asked.text.casefold().split())} "
    if is_out_of_scope(working, asked):
        named = attrs.evolve(asked, phrases=tuple(one for one in asked.phrases if one.names))
        return QuestionAnswer("", "ask", about(working, named))
    if any(f" {words} " in text.replace("?", " ") for words in _HELP_WORDS) and "how many" not in text:
        return QuestionAnswer(help_text(working), "help")
    own = {token.norm for token in asked.tokens if is_own_value(token, working.lexicon)}
    if (asked.words & FORECAST_WORDS - own and not _is_field_value(asked)) or _is_coming_need(asked, text):
        return QuestionAnswer("", "forecast", about(working, asked))
    if asked.ignored:
        message = f"I did not understand «{asked.ignored[0]}», so I cannot say which ones you mean."
        return QuestionAnswer(
            with_strange_word(message, asked.tokens, working.lexicon), "show", is_declined=True
        )
    try:
        _check_references(working, asked)
        return _measured(working, asked, text)
    except NotUnderstoodError as error:
        message = error.message.replace(", so nothing was changed", "").replace(" Nothing was changed.", "")
        return QuestionAnswer(
            with_strange_word(message, asked.tokens, working.lexicon),
            "show",
            error.candidates,
            is_declined=True,
        )


def _check_references(working: WorkingSet, asked: Question) -> None:
    """Refuse a pronoun without an antecedent, in this request or the one before it."""
    if working.last or asked.unknown or any(one.names for one in asked.phrases):
        return
    asks = asked.text.casefold().split()[:2]
    if (len(asked.phrases) == 1 and asked.phrases[0].pronoun) or (
        asks[1:] == ["it"] and asks[0] in ("is", "was", "does", "has")
    ):
        surface = next((one.surface for one in asked.phrases if one.pronoun), "it")
        raise NotUnderstoodError(f"I do not know what «{surface}» refers to; name the item.")


def _is_coming_need(asked: Question, text: str) -> bool:
    """Whether a question asks what will be needed: `what do we need next month?`."""
    return bool(asked.words & _NEEDING) and any(
        f" {time} " in f"{text.replace('?', ' ')} " for time in _COMING
    )


def _is_field_value(asked: Question) -> bool:
    return (
        bool(asked.words & {"average"})
        and bool(asked.fields)
        and not asked.words & {"forecast", "predict", "trend"}
    )


def help_text(working: WorkingSet) -> str:
    """Describe the requests that are understood, with the declared item types."""
    types = ", ".join(declared.title or declared.name for declared in working.types)
    return (
        "I can add, change, remove, list and count items, and I can analyse stock and suppliers and forecast demand. "
        f"Item types: {types}. For example: «Add 5 inventory items», «Remove all low stock items», "
        "«Set the stock of Product B to 80», «Show the suppliers with reliability below 50»."
    )


def _measured(working: WorkingSet, asked: Question, text: str) -> QuestionAnswer:
    measure = measure_of(working, asked, text)
    if measure.is_open and not (asked.phrases or asked.unknown):
        return QuestionAnswer("", "ask")
    left = unexplained(asked, measure.explains | common_words(asked, measure), measure.told)
    if left and measure.is_analysis:
        left = leaving_out(asked) or next(
            (asked.tokens[at].text for at in asked.left if is_strange(asked.tokens[at], working.lexicon)), ""
        )
    if left:
        return declined(working, asked, left)
    if lacking := _lacking(working, asked):
        return declined(working, asked, lacking)
    if measure.is_lenient:
        _check_names(working, asked, measure.explains)
    return measure.tell()


def declined(working: WorkingSet, asked: Question, words_left: str) -> QuestionAnswer:
    """The answer to a question with words that are not understood: it names them, and answers no wider question."""
    message = f"I did not understand «{words_left}», so I cannot answer that. Say it in other words, or without that."
    return QuestionAnswer(with_strange_word(message, asked.tokens, working.lexicon), "show", is_declined=True)


def _check_names(working: WorkingSet, asked: Question, explains: AbstractSet[str]) -> None:
    """Refuse names that no item has, unless they are words that ask: the `performs best` of `which supplier performs best`."""
    for one in asked.phrases:
        if (
            any(not name.ids and not set(name.key.split(" ")) <= explains for name in one.names)
            or one.excluded
        ):
            working.meant(one)


def _lacking(working: WorkingSet, asked: Question) -> str:
    """A condition on a field that the items asked about do not have; empty without one."""
    for one in asked.phrases:
        named = {
            working.type_of(item_id)
            for name in one.names
            for item_id in name.ids
            if item_id in working.fields
        }
        kinds = named or ({one.type} if one.type else set())
        if kinds and one.condition is not None and (found := _lacking_in(one.condition, kinds)):
            return found
    return ""


def _lacking_in(condition: Predicate, kinds: set[str]) -> str:
    match condition:
        case AllOf(of=parts) | AnyOf(of=parts):
            return next((found for part in parts if (found := _lacking_in(part, kinds))), "")
        case Not(of=inner):
            return _lacking_in(inner, kinds)
        case Compare(field=of, surface=surface) | HasField(field=of, surface=surface):
            return "" if kinds & of.keys() else surface
        case OneOf(values=values, surface=surface):
            return "" if any(of in kinds for of, _ in values) else surface
        case _:
            return ""
