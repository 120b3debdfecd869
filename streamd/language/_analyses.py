"""Completes an understanding with the analysis that a request asks for: plan of domains, needs and forecast horizon."""

import re
from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.tool_calls import Action, Intent, Need, PrimaryIntent, Understanding
from streamd.language._agent_phrases import NO_AGENT_PHRASES, AgentPhrases
from streamd.language._analysis_requests import (
    AnalysisPlan,
    analyses_of,
    demand_actions,
    focus_of,
    horizon_of,
    is_about_ownership,
    is_order,
    is_recommending,
)
from streamd.language._out_of_scope import wants_text_written
from streamd.language._requested_needs import ItemMention, mentioned, needs_of, unknown_subject, urgency_of
from streamd.language._strange_words import is_own_value, is_strange
from streamd.language._tokens import Token
from streamd.language._working_set import WorkingSet

_UNKNOWN: Final = re.compile(
    r"\b(?:for|buy|order|purchase|source|procure)\s+(?:\d+\s+)?(?:(?:units|pieces)\s+of\s+)?(?P<name>[A-Z][\w-]*(?:\s+[A-Z0-9][\w-]*)*)"
)


def with_analysis_plan(
    understanding: Understanding,
    text: str,
    tokens: Sequence[Token],
    working: WorkingSet,
    phrases: AgentPhrases = NO_AGENT_PHRASES,
) -> Understanding:
    """Add the plan and the inputs of an analysis; a refusal stays one unless only an analysis is asked for."""
    lexicon = working.lexicon
    tokens = [token for token in tokens if not is_own_value(token, lexicon)]
    found = analyses_of(tokens, lexicon, phrases)
    plan = _plan(found, understanding)
    known = attrs.evolve(understanding, plan=plan)
    if understanding.calls or is_order(tokens, phrases):
        return known
    if (planned := _planned(known, found, text, tokens, working)) is not None:
        return planned
    if understanding.refusal:
        return (
            Understanding(Intent("general", 0.5, ("ask",)), plan=("general",))
            if wants_text_written(text)
            else known
        )
    if understanding.intent.actions == ("ask",):
        # Corrected typing mistakes do not concern an agent that answers from other sources.
        return attrs.evolve(known, reply="")
    if understanding.intent.asks_for_analysis:
        return attrs.evolve(known, focus=focus_of(tokens, lexicon))
    return known


def _planned(
    known: Understanding, found: AnalysisPlan, text: str, tokens: Sequence[Token], working: WorkingSet
) -> Understanding | None:
    """The understanding with the analysis that is asked for, or a refusal that names a subject which is not here."""
    is_forecast = known.plan == ("forecasting",) or found.plan == ("forecasting",)
    is_recommendation = is_recommending(text) and not (is_forecast and not known.refusal)
    is_understood = not any(is_strange(token, working.lexicon) for token in tokens)
    is_rescued = bool(known.refusal and found.analytic and found.plan) and is_understood
    is_ownership = is_about_ownership(text)
    if not (len(known.plan) > 1 or is_ownership or is_recommendation or is_forecast or is_rescued):
        return None
    if strange := unknown_subject(tokens, working):
        return attrs.evolve(
            known,
            reply="",
            refusal=f"I know no «{strange}» here, so I did not analyse anything else instead. Name an item, a group or a place.",
            matched=(),
        )
    if len(known.plan) > 1:
        return _team(known, text, tokens, working)
    if is_ownership:
        return _suppliers(known, "tco", text, tokens, working)
    if is_recommendation:
        return _suppliers(known, "recommend", text, tokens, working)
    if is_forecast:
        return _demand(known, text, tokens, working)
    return _analysis(known, found.plan[0], text, tokens, working)


def _plan(found: AnalysisPlan, understanding: Understanding) -> tuple[PrimaryIntent, ...]:
    several = found.analytic and len(found.plan) > 1 and not understanding.calls
    return found.plan if several else (understanding.intent.primary_intent,)


def _team(
    understanding: Understanding, text: str, tokens: Sequence[Token], working: WorkingSet
) -> Understanding:
    actions: list[Action] = []
    for domain in understanding.plan:
        if domain == "forecasting":
            actions += demand_actions(tokens)
        elif domain == "supplier_management" and is_about_ownership(text):
            actions.append("tco")
        elif domain == "supplier_management" and is_recommending(text):
            actions.append("recommend")
        else:
            actions.append("analyze")
    focus, ids, needs = _subjects(text, tokens, working)
    periods, period_days = horizon_of(text) if "forecasting" in understanding.plan else (None, None)
    return attrs.evolve(
        understanding,
        intent=_intent(understanding, understanding.plan[0], tuple(dict.fromkeys(actions)), known=bool(ids)),
        refusal="",
        candidates=(),
        matched=ids,
        focus=focus,
        needs=needs if {"recommend", "tco"} & set(actions) else (),
        periods=periods,
        period_days=period_days,
    )


def _suppliers(
    understanding: Understanding, action: Action, text: str, tokens: Sequence[Token], working: WorkingSet
) -> Understanding:
    focus, ids, needs = _subjects(text, tokens, working)
    unknown = None if ids or focus else _UNKNOWN.search(text)
    return attrs.evolve(
        understanding,
        intent=_intent(understanding, "supplier_management", (action,), known=bool(ids)),
        plan=("supplier_management",),
        refusal="",
        candidates=(),
        reply=f"There is no item «{unknown['name']}», so this is about suppliers in general."
        if unknown
        else "",
        matched=ids,
        focus=focus,
        needs=needs,
    )


def _analysis(
    understanding: Understanding,
    domain: PrimaryIntent,
    text: str,
    tokens: Sequence[Token],
    working: WorkingSet,
) -> Understanding:
    focus, ids, _ = _subjects(text, tokens, working)
    return attrs.evolve(
        understanding,
        intent=_intent(understanding, domain, ("analyze",), known=bool(ids)),
        plan=(domain,),
        refusal="",
        candidates=(),
        matched=ids,
        focus=focus,
    )


def _demand(
    understanding: Understanding, text: str, tokens: Sequence[Token], working: WorkingSet
) -> Understanding:
    focus, ids, _ = _subjects(text, tokens, working)
    periods, period_days = horizon_of(text)
    return attrs.evolve(
        understanding,
        intent=_intent(understanding, "forecasting", demand_actions(tokens), known=bool(ids)),
        plan=("forecasting",),
        refusal="",
        candidates=(),
        matched=ids or understanding.matched,
        focus=focus,
        periods=periods,
        period_days=period_days,
    )


def _subjects(
    text: str, tokens: Sequence[Token], working: WorkingSet
) -> tuple[str, tuple[ItemId, ...], tuple[Need, ...]]:
    """The criterion, the items and the needs that a request names."""
    mentions = mentioned(tokens, working)
    focus = "" if mentions else focus_of(tokens, working.lexicon)
    urgency = urgency_of(text)
    if focus:
        conjunction_of = tuple(one for one in working.fields if _meets(working, one, focus))
        return focus, conjunction_of, needs_of([ItemMention(conjunction_of)], working, urgency)
    ids = tuple(dict.fromkeys(item_id for one in mentions for item_id in one.ids))
    return "", ids, needs_of(mentions, working, urgency)


def _meets(working: WorkingSet, item_id: ItemId, criterion: str) -> bool:
    declared = working.types.declared.get(working.type_of(item_id))
    found = declared.criteria.get(criterion) if declared is not None else None
    return found is not None and found.holds(working.fields[item_id])


def _intent(
    understanding: Understanding, primary: PrimaryIntent, actions: tuple[Action, ...], *, known: bool
) -> Intent:
    return attrs.evolve(
        understanding.intent, primary_intent=primary, confidence=0.95 if known else 0.8, actions=actions
    )
