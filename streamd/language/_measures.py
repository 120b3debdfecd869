"""Chooses what a question asks for, and the words that this explains."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.facts import frozen
from streamd.language._aggregates import aggregate, analysis, ranking, risks
from streamd.language._imperatives import CHANGING, GERUNDS, PARTICIPLES, VERBS
from streamd.language._item_answers import count_items, list_items, tell_fields
from streamd.language._lexicon import FieldWord
from streamd.language._predicates import OneOf, Predicate
from streamd.language._question import REORDERING, SORTING, Question, QuestionPart
from streamd.language._question_answer import QuestionAnswer
from streamd.language._question_words import MEASURING
from streamd.language._sorting import ordered
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._tokens import key_of
from streamd.language._working_set import WorkingSet
from streamd.text.wordlist import words

_ANALYSIS_WORDS: Final = words(
    "analyze analyse analysis assess assessment evaluate evaluation performance perform performs "
    "performing abc turnover risk risks optimize optimise recommend recommendation recommendations "
    "health stockout stockouts audit review rank ranking compare comparison insights procurement "
    "procure tco reordering strategy mitigation analytics mitigate"
)
_SUMMING: Final = words("total sum average mean combined overall worth altogether")
_RANKING: Final = words(
    "perform performs performing performance best worst rank ranking ranked most least poorly badly"
)
_RISKING: Final = words("risk risks risky riskiest")
_ORDERING: Final = SORTING | words(
    "by first last descending ascending desc asc highest lowest most least greatest largest biggest smallest fewest cheapest priciest "
    "expensive increasing decreasing total current their its value worth then"
)
_RUNNING_OUT: Final = words(
    "stock level levels run runs running out soon first next need needs needed order buy to will going status"
)
_KEEPING: Final = words("located stored kept keep find store put stocked lie lies sitting sit location")
_PIECES: Final = words("unit units pieces piece pcs stock stored left remaining hand")
_SUPPLYING: Final = words(
    "supplies supply supplied delivers deliver provides provide sells sell makes make who whom from by"
)
_PRICED: Final = words("cost costs price priced expensive charge level levels worth")
_SURE: Final = ("how reliable", "reliability"), ("how expensive", "cost"), ("how fast", "delivery time")
_HYPOTHETICAL: Final = words(
    "if would should could can may might possible ok okay allowed wise safe better suppose assuming imagine"
)
_ORDERS: Final = frozenset(
    word
    for forms in ({verb for verb, kinds in VERBS.items() if kinds & CHANGING}, GERUNDS, PARTICIPLES)
    for form in forms
    for word in form.split()
) | words("happen happens happened to it them then")
_SUM: Final[AbstractSet[QuestionPart]] = frozenset({QuestionPart.FIELD, QuestionPart.GROUP})
_NUMBER: Final[AbstractSet[QuestionPart]] = frozenset({QuestionPart.GROUP})
_SORTED: Final[AbstractSet[QuestionPart]] = frozenset({QuestionPart.FIELD, QuestionPart.NUMBER})
_ABLE: Final = words("can could")
_SUPPLIER: Final = "supplier"
_DATES: Final = frozenset({"date", "datetime"})
_GIVING: Final = words("supply provide deliver sell offer make")
_HOW_MUCH_IS: Final = re.compile(r"\bhow much (?:is|are|for|was|were)\b(?!\s+(?:in|at|on|inside)\b)")
_SHOWN: Final = re.compile(r"^\s*(?:show|list|display|give|tell|see)\b", re.IGNORECASE)
_FIGURING: Final = words("average mean worth value sum")
_BY_EACH: Final = words("per each every")
"""Words of groups that ask for a figure of each by themselves; `by` may also ask for an order."""
_THERE: Final = words("there left stock remaining available hand have")
_HAVING: Final = re.compile(
    r"^\s*(?:(?:do|have|has) (?:we|i|you|they)\b|(?:is|are) there\b|any\b|show\b|list\b)", re.IGNORECASE
)


@frozen
class Measure:
    """The kind of answer that a question asks for, and the words that ask for it."""

    explains: AbstractSet[str]
    """The words that ask for it."""
    tell: Callable[[], QuestionAnswer]
    told: AbstractSet[QuestionPart] = frozenset({QuestionPart.FIELD})
    """The parts of the question that it is about: fields, groups, numbers of pieces."""
    is_lenient: bool = False
    """Whether it is told of all there is where the items that are named do not exist."""
    is_analysis: bool = False
    """Whether an agent tells its findings, whose topics are of many words: only strange ones and those that leave out are judged."""
    is_open: bool = False
    """Whether documents may answer it where it names no items."""


def measure_of(working: WorkingSet, asked: Question, text: str) -> Measure:
    """Choose what a question asks for; the first that its words fit."""
    words_here = asked.words
    about_suppliers = bool(
        any(one.type == _SUPPLIER for one in asked.phrases)
        or words_here & {"supplier", "suppliers", "vendor", "vendors"}
    )
    if words_here & {"risk", "risks", "risky"} and about_suppliers:
        return Measure(
            _RISKING | _ANALYSIS_WORDS,
            partial(risks, working, asked, _SUPPLIER),
            is_lenient=True,
            is_analysis=True,
        )
    extreme = next((one for one in asked.phrases if one.superlative), None)
    if extreme is not None and asked.groups:
        raise NotUnderstoodError(
            f"I tell figures of each group, and not «{extreme.surface}» {asked.groups[0][1]}: ask of one group at a time."
        )
    if about_suppliers and (
        words_here & {"perform", "performs", "performing", "performance"}
        or (extreme is None and words_here & {"best", "worst"})
    ):
        return Measure(
            _RANKING | _ANALYSIS_WORDS,
            partial(ranking, working, asked, _SUPPLIER),
            is_lenient=True,
            is_analysis=True,
        )
    if (in_order := ordered(working, asked)) is not None:
        return Measure(_ORDERING, lambda: in_order, _SORTED, is_lenient=True)
    reordering = words_here & REORDERING and "reorder point" not in text and "reorder level" not in text
    if reordering or words_here & _ANALYSIS_WORDS or "run out" in text or "running out" in text:
        return Measure(
            _ANALYSIS_WORDS | REORDERING | _RUNNING_OUT,
            partial(analysis, working, asked),
            is_lenient=True,
            is_analysis=True,
        )
    return _of_fields(working, asked, text) or _of_figures(working, asked, text)


def _of_fields(working: WorkingSet, asked: Question, text: str) -> Measure | None:
    """Choose the field that an interrogative asks for: `who supplies`, `how expensive`, `where`."""
    supplying = ("who supplies", "who supply", "who delivers", "who provides", "supplied by whom")
    if any(phrase in text for phrase in supplying):
        return Measure(
            _SUPPLYING,
            partial(tell_fields, working, asked, [(working.lexicon.field("supplier"), "supplier")]),
        )
    for adjective, word in _SURE:
        if adjective in text:
            told = partial(tell_fields, working, asked, [(working.lexicon.field(word), word)])
            return Measure(words(adjective), told, is_open=True)
    if " where " in text or "where's" in text:
        places = [(working.lexicon.field("location"), "location")]
        return Measure(_KEEPING, partial(tell_fields, working, asked, places), is_open=True)
    return None


def _of_figures(working: WorkingSet, asked: Question, text: str) -> Measure:
    """Choose between a sum, a number of items, values of fields, and a list."""
    words_here = asked.words
    if "how many units" in text or "how many pieces" in text:
        return Measure(MEASURING | _PIECES, partial(count_items, working, asked, text), _NUMBER)
    if "number of" in text and not words_here & {"average", "mean"}:
        return Measure(MEASURING | _PIECES, partial(count_items, working, asked, text), _SUM)
    named = [said for _, said in asked.fields if said.casefold() != "total"]
    is_number = "how many" in text and not (named or words_here & _FIGURING)
    if (words_here & _SUMMING - _in_conditions(asked) and not is_number) or (
        "value" in words_here and not asked.fields
    ):
        return Measure(MEASURING | _PIECES, partial(aggregate, working, asked), _SUM)
    if asked.groups and not asked.fields and "stock" in words_here:
        return Measure(MEASURING | _PIECES, partial(aggregate, working, asked), _SUM)
    is_of_groups = bool(asked.groups) and not (
        asked.fields or _BY_EACH.isdisjoint(words_here) or _SHOWN.match(asked.text)
    )
    if "how many" in text or words_here & {"count", "number", "tally"} or is_of_groups:
        return Measure(
            words("count number tally total altogether overall combined") | _PIECES,
            partial(count_items, working, asked, text),
            _SUM if is_number or any(one.names for one in asked.phrases) else _NUMBER,
        )
    if "how much" in text or asked.fields:
        if asked.fields and asked.fields[0][1].casefold() == "value":
            return Measure(MEASURING | _PIECES, partial(aggregate, working, asked), _SUM)
        fields = asked.fields or (_much(working, words_here, text),)
        asking = _PRICED | _PIECES | _interrogatives(working, fields)
        return Measure(asking, partial(tell_fields, working, asked, fields), is_open=True)
    asks_of_pieces = any(one.names for one in asked.phrases) and (asked.is_whether or words_here & _ABLE)
    of_suppliers = any(one.type == _SUPPLIER or one.names for one in asked.phrases)
    return Measure(
        words("left remaining who") if of_suppliers else words("left remaining"),
        partial(list_items, working, asked),
        frozenset({QuestionPart.NUMBER} if asks_of_pieces else ()),
        is_open=not _HAVING.match(asked.text),
    )


def _interrogatives(working: WorkingSet, fields: Sequence[tuple[FieldWord, str]]) -> AbstractSet[str]:
    """The interrogatives that ask for values of such fields: `when` for dates, `who` for texts."""
    kinds = {
        working.types.declared[of].fields[name].kind
        for field, _ in fields
        for of, name in field.items()
        if of in working.types.declared and name in working.types.declared[of].fields
    }
    if kinds <= _DATES:
        return {"when"}
    return {"who", "whom"} if not kinds & (_DATES | NUMERIC_KINDS) else frozenset()


def common_words(asked: Question, measure: Measure) -> AbstractSet[str]:
    """The words that most answers explain: of `what if I removed Product A?`, of `what items does Acme supply?`."""
    supplied = asked.words & {"does", "do"} and any(_is_of_supplier(one.condition) for one in asked.phrases)
    supposed = asked.words & (_HYPOTHETICAL - _ABLE) or (asked.tokens and asked.tokens[0].norm in _ABLE)
    supposed = supposed and QuestionPart.GROUP not in measure.told
    return (_ORDERS | _HYPOTHETICAL if supposed else frozenset()) | (_GIVING if supplied else frozenset())


def _is_of_supplier(condition: Predicate | None) -> bool:
    return isinstance(condition, OneOf) and any(field == "supplier" for _, field in condition.values)


def _in_conditions(asked: Question) -> set[str]:
    """Words that belong to the conditions of a question that lists items: `show orders with total over 10000`."""
    showing = (
        asked.text.casefold().strip().startswith(("show", "list", "which", "find", "display", "what orders"))
    )
    return {
        word for one in asked.phrases if one.condition and showing for word in key_of(one.surface).split(" ")
    }


def _much(working: WorkingSet, words: frozenset[str], text: str) -> tuple[FieldWord, str]:
    is_price = _HOW_MUCH_IS.search(text) is not None and not words & _THERE
    if is_price or words & {"cost", "costs", "price", "expensive", "charge"}:
        return working.lexicon.field("cost"), "price"
    return working.lexicon.field("stock"), "stock"
