"""Derives the intent of a request and its confidence."""

from collections.abc import Sequence

from streamd.core.tool_calls import (
    Action,
    AddItems,
    ChangeItems,
    Intent,
    PrimaryIntent,
    RemoveItems,
    ToolCall,
)
from streamd.language._answers import FORECAST_WORDS
from streamd.language._lexicon import longest
from streamd.language._question_answer import QuestionAnswer
from streamd.language._tokens import tokenise
from streamd.language._working_set import WorkingSet


def intent_of(
    text: str,
    working: WorkingSet,
    *,
    calls: Sequence[ToolCall],
    answers: Sequence[QuestionAnswer],
    notes: int,
    refused: bool = False,
    given: Sequence[str] = (),
) -> Intent:
    """Derive the intent from tool calls and answers, else from the words of the text or the types given."""
    type_of = working.fields.vocabulary.type_of
    types: list[str] = []
    actions: list[Action] = []
    for call in calls:
        match call:
            case AddItems(items=added):
                types += [str(item.get("type", "")) for item in added]
                actions.append("add")
            case RemoveItems(item_ids=ids):
                types += [type_of(one) for one in ids]
                actions.append("remove")
            case ChangeItems(edits=edits):
                types += [type_of(edit.item_id) for edit in edits]
                actions.append("change")
    for one in answers:
        actions.append(one.action)
    if not calls:
        types += _types_in_text(text, working)
        types += [type_of(one_id) for one in answers for one_id in one.matched]
    types = types if any(types) else list(given)
    asks = "ask" in actions and not set(actions) - {"ask", "none"}
    seen = () if asks else tuple(dict.fromkeys(one for one in types if one))
    words = {token.norm for token in tokenise(text[:4000])}
    return Intent(
        _primary(seen, actions, words, working),
        _confidence(seen, actions, notes=notes, refused=refused),
        tuple(dict.fromkeys(actions)) or ("none",),
        seen,
    )


def _types_in_text(text: str, working: WorkingSet) -> list[str]:
    tokens = tokenise(text[:4000])
    lexicon = working.lexicon
    found: list[str] = []
    generic: list[str] = []
    at = 0
    while at < len(tokens):
        typed = longest(lexicon.types, tokens, at)
        name = longest(lexicon.names, tokens, at)
        criterion = longest(lexicon.criteria, tokens, at)
        value = longest(lexicon.values, tokens, at)
        if typed and value and value[1] > typed[1] and not name:
            at = value[1]
            continue
        if name and (not typed or name[1] >= typed[1]):
            found += [str(working.fields[one].get("type", "")) for one in name[0] if one in working.fields]
            at = name[1]
        elif typed:
            (generic if typed[0].generic else found).append(typed[0].type)
            at = typed[1]
        elif criterion:
            generic += list(criterion[0])[:1]
            at = criterion[1]
        else:
            at += 1
    return found or generic


def _primary(
    types: Sequence[str], actions: Sequence[Action], words: set[str], working: WorkingSet
) -> PrimaryIntent:
    if "forecast" in actions or ("ask" not in actions and not types and words & FORECAST_WORDS):
        return "forecasting"
    if "help" in actions and not types:
        return "general"
    if not types:
        return "general"
    if "supplier" in types and (len(types) == 1 or types[0] == "supplier"):
        return "supplier_management"
    return "inventory_management" if working.lexicon.default_type in types else "general"


def _confidence(types: Sequence[str], actions: Sequence[Action], *, notes: int, refused: bool) -> float:
    """Confidence from 0.1 to 0.95: higher with a clear action and type, lower with each assumption."""
    score = 0.5 + 0.25 * bool(set(actions) - {"none"}) + 0.2 * bool(types) - 0.1 * min(notes, 3)
    return round(min(0.95, max(0.1, score * (0.5 if refused else 1))), 2)
