"""The inventory agent: analyses the stock, explains its findings, and carries out requests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from streamd.agents.prompt_context import OFFLINE, capped, prompt_context
from streamd.agents.scope import focus_of, spoken, wants_analysis
from streamd.agents.stocktaking import Stock, stock_of
from streamd.agents.user_preferences import load_user_preferences
from streamd.core.item import Item, ItemId
from streamd.core.run import Response
from streamd.core.tasks import Operate
from streamd.core.tool_calls import RemoveItems, Topic, touched_by
from streamd.long_work import ANALYSES
from streamd.ports.agent import Agent, Run

if TYPE_CHECKING:
    from streamd.analysis import AnalysisResultsData, StockAnalysis, StockTopic
    from streamd.ports.wording import Wording

LISTED_AT_MOST: Final = 500
"""Entries of each list in `analysis_results`; their full numbers stand beside them."""
_BACKGROUND_AT_MOST: Final = 20
"""The same where the request does not ask for the analysis."""
_ADVISED: Final = 3
_USUAL_DAYS_AHEAD: Final = 14
_REMEMBERED: Final = 10
_ESSENTIAL: Final = 3
"""Sentences of a short answer."""
_SYSTEM: Final = """You look after the inventory of people who work on shared items. Before you are asked, the stock is
analysed: levels, reorder points (mean demand over the lead time plus safety stock), stockout predictions, ABC classes,
turnover. Answer from that analysis and the items; never make figures up.
- Asked for an analysis: say what matters most first, with the numbers that show it, then what to order, how much and why.
  End with the data that is missing and how to give it, when it would change the answer.
- Asked for a change: make it with the tools, exactly what was asked and nothing else, then say in a sentence or two what
  was done and what it means for the stock. Use the ids you are given, or look them up with list_items. Ask back instead
  of guessing which item is meant.
- Several alike are one call of a tool. Adding without a name: give telling names.
- A tool that refuses tells why: pass that on, and do not try to get around it.
- Honour what the user prefers, and say where it changed the answer."""
_TOPICS: Final[Mapping[Topic, tuple[StockTopic, ...]]] = {
    "value_classes": ("value_classes",),
    "turnover": ("turnover",),
    "depletion": ("stockouts", "out_of_stock"),
    "overstock": ("overstock",),
    "replenishment": ("orders", "no_orders", "unknown_quantities"),
    "reorder_points": ("reorder_points",),
}
"""The topics of a stock analysis that answer each topic of a request: they come first."""

_PRESSING: Final[tuple[StockTopic, ...]] = ("low_stock", "stockouts", "orders")
"""The topics of the first three sentences, for readers who read no more."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Analyse the stock (the store's, or that of `context.inventory_data`), explain it, and carry out the request.

    For a change only the items are analysed that it is about: what it costs does not grow with the workspace.
    """
    from streamd.analysis import effects_of_changes

    yield Response("inventory_analysis", run.language.wording.analyzing_stock())
    changed = _changed_by(run)
    stock = await stock_of(run, changed)
    analysis = stock.analysis
    among = None if changed is None or _has_own_stock(run) else len(stock.items)
    analytic = wants_analysis(run)
    data = await ANALYSES.compute(
        analysis.examined, _data, stock, run.language.wording,
        LISTED_AT_MOST if analytic else _BACKGROUND_AT_MOST,
    )  # fmt: skip
    preferences = await load_user_preferences(run)
    answer = _answer(run, stock) if analytic else []
    yield Response(
        "analysis_results",
        " ".join(answer[:_ESSENTIAL]) or run.language.wording.stock_found(*_counts(analysis), among),
        data,
    )
    if analytic:
        explained = await _explained(run, stock, is_brief=preferences.style == "brief")
        # A specific question gets its answer; other urgent findings are in the data.
        findings = answer or explained
        _remember(run, analysis)
    elif changed is not None:
        touched = await _items_for(run, changed or ())
        effects = await ANALYSES.compute(len(touched), effects_of_changes, run.understanding.calls, touched)
        findings = run.language.wording.remarks_on_changes(effects)
    else:
        findings = [] if run.understanding.refusal else _advice(run, analysis)
    items = stock.items if analytic else touched if changed is not None else await run.items()
    pressing = [
        *(one.item.item_id for one in analysis.reorders),
        *(one.item.item_id for one in analysis.overstocked_items),
    ]
    understanding = spoken(run.understanding, analytic=analytic)
    if answer:
        # The rules' reply covers present stock-outs; the question is answered from the analysis.
        understanding = attrs.evolve(understanding, reply="")
        if run.model == OFFLINE:
            run.conclude(" ".join(answer[:_ESSENTIAL]))
    task = Operate(understanding, preferences.styled(findings))
    text = await prompt_context(
        run, data, preferences, items, pressing, findings=findings, is_background=not analytic
    )
    async for response in run.act(text, task=task):
        yield response


def _data(stock: Stock, wording: Wording, at_most: int) -> AnalysisResultsData:
    from streamd.analysis import stock_results

    data = stock_results(stock.analysis, wording)
    if damped := stock.damped_periods():
        data["damped_periods"] = damped
    if left_out := stock.left_out_periods():
        data["left_out_periods"] = left_out
    return capped(data, at_most)


def _has_own_stock(run: Run) -> bool:
    """Whether the request brings the stock along."""
    return run.request.context.get("inventory_data") is not None


def _changed_by(run: Run) -> Collection[ItemId] | None:
    """Return the items that a request for changes is about; None where it asks for something else."""
    calls = run.understanding.calls
    is_change = calls or run.understanding.undoes
    return {one: None for call in calls for one in touched_by(call)}.keys() if is_change else None


async def _items_for(run: Run, changed: Collection[ItemId]) -> Sequence[Item]:
    """Load the items that a request changes; all where it removes suppliers, which the others name."""
    from streamd.analysis import SUPPLIER_TYPE

    touched = await run.items_of(changed)
    removed = {
        one for call in run.understanding.calls if isinstance(call, RemoveItems) for one in call.item_ids
    }
    names_others = any(item.type == SUPPLIER_TYPE and item.id in removed for item in touched)
    return await run.items() if names_others else touched


def _counts(analysis: StockAnalysis) -> tuple[int, int, int]:
    """Count the items that are low, out of stock, and overstocked."""
    return len(analysis.low_stock_items), len(analysis.out_of_stock_items), len(analysis.overstocked_items)


def _answer(run: Run, stock: Stock) -> list[str]:
    """Answer a question about coming stock-outs, or about safety stocks; empty for any other."""
    question = run.request.user_input
    topics = run.language.topics_of(question)
    is_ahead, is_safety = "coming_stockouts" in topics, "safety_stock" in topics
    if len(run.understanding.plan) > 1 or not (is_ahead or is_safety):
        return []
    named = list(run.language.named_items(question, stock.items))
    if not named and not run.understanding.focus:
        named = [one for one in run.understanding.matched if one in stock.analysis.items]
        named = named if len(named) < len(stock.analysis.items) else []
    if is_ahead:
        days = run.language.days_ahead(question)
        answer = run.language.wording.stockouts_expected(
            stock.analysis, named, _USUAL_DAYS_AHEAD if days is None else days
        )
    else:
        answer = run.language.wording.safety_stocks(stock.analysis, named)
    return [*answer, *stock.remarks(named or stock.analysis.items, run.language.wording)]


async def _explained(run: Run, stock: Stock, *, is_brief: bool) -> list[str]:
    """Explain all of the stock, or the requested items."""
    known = frozenset(stock.analysis.items)
    about = frozenset(run.understanding.matched) & known
    if run.understanding.focus:
        about = (focus_of(run, stock.items) or frozenset()) & known
    if len(run.understanding.plan) > 1:
        about = known  # its items are those of later analyses
    chosen = stock.analysis if not about or about == known else await stock.of(about)
    topics = run.language.topics_of(run.request.user_input)
    first = [one for topic, answers in _TOPICS.items() if topic in topics for one in answers]
    first = first or list(_PRESSING if is_brief else ())
    explained = await ANALYSES.compute(chosen.examined, run.language.wording.stock_explained, chosen, first)
    return [*explained, *stock.remarks(about or known, run.language.wording)]


def _advice(run: Run, analysis: StockAnalysis) -> list[str]:
    """Advise what to order, where an answer is about items to be ordered and no others."""
    matched, orders = run.understanding.matched, {one.item.item_id: one for one in analysis.reorders}
    if not matched or len(matched) > _ADVISED or not all(item_id in orders for item_id in matched):
        return []
    listed = [
        (one.quantity, one.item.unit, one.item.name)
        for item_id in matched
        if (one := orders[item_id]).quantity is not None
    ]
    return [run.language.wording.to_be_ordered(listed)] if listed else []


def _remember(run: Run, analysis: StockAnalysis) -> None:
    if not analysis.examined or _has_own_stock(run):
        return  # data from the request says nothing about the workspace
    wording = run.language.wording
    orders = [(one.quantity, one.item.name) for one in analysis.reorders if one.quantity is not None]
    run.remember(
        "analysis",
        wording.stock_remembered(analysis.examined, *_counts(analysis), orders),
        {
            "recommendations": [wording.stock_advice(one) for one in analysis.advice[:_REMEMBERED]],
            "low_stock": [one.item_id for one in analysis.low_stock_items[:_REMEMBERED]],
            "examined": analysis.examined,
        },
    )
    for one in analysis.out_of_stock_items[:_ADVISED]:
        run.remember(
            "insight",
            wording.was_out_of_stock(one.item.name, wording.stockout_impact(one)),
            {"item_id": one.item.item_id},
        )
    critical = [
        one for one in analysis.stockout_predictions if one.risk_level == "critical" and one.current_stock > 0
    ]
    for item in critical[:_ADVISED]:
        run.remember(
            "insight",
            wording.was_to_run_out(item.name, item.days_until_stockout, item.current_stock),
            {"item_id": item.item_id, "risk_level": item.risk_level},
        )


AGENT: Final = Agent(
    name="inventory",
    steps=steps,
    intents=frozenset({"inventory_management"}),
    agent_id="inventory_agent",
    description="stock and items of any type: adding, changing, removing, showing, counting, analysing them",
    system=_SYSTEM,
)
