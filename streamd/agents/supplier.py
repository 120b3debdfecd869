"""The supplier agent: analyses suppliers, recommends whom to buy from, and carries out requests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Final

from streamd.agents.prompt_context import capped, prompt_context
from streamd.agents.purchasing import needs_of
from streamd.agents.request_data import items_from_request
from streamd.agents.scope import spoken, wants_analysis
from streamd.agents.stocktaking import stock_of
from streamd.agents.supplier_words import brief_words, explained
from streamd.agents.user_preferences import UserPreferences, load_user_preferences
from streamd.core.item import Item
from streamd.core.run import Response
from streamd.core.supplier_preferences import SupplierPreferences
from streamd.core.tasks import Operate
from streamd.facts import frozen
from streamd.long_work import ANALYSES
from streamd.ports.agent import Agent, Run

if TYPE_CHECKING:
    from streamd.analysis import (
        CostComparison,
        ProcurementRecommendation,
        PurchaseNeed,
        SupplierAnalysis,
        SupplierResultsData,
    )
    from streamd.ports.wording import Wording

LISTED_AT_MOST: Final = 500
"""Entries of each list and table in `supplier_results`; their full numbers stand beside them."""
_NAMED: Final = 3
_REMEMBERED: Final = 10
_SHOWN: Final = 20
"""Needed items, and suppliers, that a language model always sees."""
_SYSTEM: Final = """You look after the suppliers of people who work on shared items. Before you are asked, suppliers are
scored from 0 to 1 (delivery, quality, cost, reliability), their risks assessed, and where something has to be bought
suppliers are compared for it by urgency, with the total cost of ownership where that was asked. Answer from that analysis
and the items; never make figures up.
- Asked whom to buy from: name the supplier, the quantity, the score and what it rests on, delivery time and cost, then the
  alternative, and the risk that goes with the choice. What the user prefers or avoids changes the order of suppliers: it is
  counted in the analysis already; say where it made a difference.
- Asked for an analysis: the best and the worst with the numbers that show it, then risks and what to do about them.
- Asked for a change: make it with the tools, exactly what was asked and nothing else, then say in a sentence what was done.
  Use the ids you are given, or look them up with list_items. Ask back instead of guessing which supplier is meant.
- A tool that refuses tells why: pass that on.
- Say which data is missing when it would change the answer."""


@frozen
class Purchase:
    """The items to buy, and the recommended suppliers."""

    recommendations: tuple[ProcurementRecommendation, ...] = ()
    costs: tuple[CostComparison, ...] = ()


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Analyse the suppliers (the store's, or those of `context.supplier_data`), recommend, and carry out the request."""
    from streamd.analysis import SUPPLIER_TYPE, analyze_suppliers, effects_of_changes

    yield Response("supplier_analysis", run.language.wording.analyzing_suppliers())
    items = await run.items()
    from_request = items_from_request(run.request.context.get("supplier_data"), "supplier")
    analysis = await ANALYSES.compute(
        len(items), analyze_suppliers, items if from_request is None else from_request
    )
    analytic = wants_analysis(run)
    preferences = await load_user_preferences(run)
    bought = await _purchase(run, analysis, preferences, items) if analytic else Purchase()
    is_buying = analytic and _is_buying(run) and not bought.costs
    has_costs = bool(bought.costs) or "tco" in run.understanding.intent.actions
    data = await ANALYSES.compute(
        len(items), _data, analysis, bought, run.language.wording, is_buying=is_buying, has_costs=has_costs
    )
    yield Response("supplier_results", _headline(run, analysis, bought), data)
    if analytic:
        actions = run.understanding.intent.actions
        findings = await ANALYSES.compute(
            len(items),
            explained,
            analysis,
            bought.recommendations,
            bought.costs,
            preferences,
            actions,
            run.language.wording,
        )
        _remember(run, analysis, bought)
    elif run.understanding.calls:
        effects = await ANALYSES.compute(len(items), effects_of_changes, run.understanding.calls, items)
        findings = run.language.wording.remarks_on_changes(effects)
    else:
        findings = (
            []
            if run.understanding.refusal
            else brief_words(analysis, run.understanding.matched, run.language.wording)
        )
    needed = [one.need.item_id for one in bought.recommendations if one.need.item_id is not None]
    pressing = [*needed[:_SHOWN], *(one.supplier_id for one in analysis.performance[:_SHOWN])]
    shown = (
        items
        if from_request is None
        else [*from_request, *(item for item in items if item.type != SUPPLIER_TYPE)]
    )
    task = Operate(spoken(run.understanding, analytic=analytic), preferences.styled(findings))
    text = await prompt_context(
        run, data, preferences, shown, pressing, findings=findings, is_background=not analytic
    )
    async for response in run.act(text, task=task):
        yield response


def _data(
    analysis: SupplierAnalysis, bought: Purchase, wording: Wording, *, is_buying: bool, has_costs: bool
) -> SupplierResultsData:
    from streamd.analysis import cost_results, procurement_results, supplier_results

    data = supplier_results(analysis, wording)
    if bought.recommendations or is_buying:
        data["procurement_recommendations"] = [
            procurement_results(one, wording) for one in bought.recommendations
        ]
    if has_costs:
        data["tco_analysis"] = [cost_results(one, wording) for one in bought.costs]
    return capped(data, LISTED_AT_MOST)


def _is_buying(run: Run) -> bool:
    """Check whether the request asks whom to buy from: in words, or by an agent's findings."""
    understanding, context = run.understanding, run.request.context
    handed = context.get("stock_analysis") is not None or context.get("forecasts") is not None
    return (
        handed or bool(understanding.needs) or bool({"recommend", "tco"} & set(understanding.intent.actions))
    )


async def _purchase(
    run: Run, analysis: SupplierAnalysis, preferences: UserPreferences, items: Sequence[Item]
) -> Purchase:
    from streamd.analysis import needs_by_category, procurement_recommendations, tco_analysis

    if not _is_buying(run):
        return Purchase()
    stock = await stock_of(run)
    needs = needs_of(run, stock, items)
    size = len(items) + 10 * len(needs)
    actions = run.understanding.intent.actions
    # Recommendations are left out only where the request asks for nothing but costs.
    buying = needs if set(actions) != {"tco"} else []
    choice = _choice(run, preferences, analysis)
    recommendations = await ANALYSES.compute(size, procurement_recommendations, buying, analysis, choice)
    costs: tuple[CostComparison, ...] = ()
    if "tco" in actions:
        compared: list[PurchaseNeed] = needs or needs_by_category(analysis)
        costs = await ANALYSES.compute(size, tco_analysis, compared, analysis)
    return Purchase(recommendations, costs)


def _choice(run: Run, preferences: UserPreferences, analysis: SupplierAnalysis) -> SupplierPreferences:
    """Merge the requester's preferences with priorities from the request and the notes."""
    from streamd.analysis import text_in

    suppliers = analysis.market.suppliers
    names, places = [one.name for one in suppliers], [text_in(one, "location") for one in suppliers]
    noted = run.language.supplier_preferences(preferences.notes, names, places)
    stated = run.language.supplier_preferences([run.request.user_input], names, places).priority
    choice = preferences.choice
    return SupplierPreferences(
        preferred_suppliers=(*choice.preferred_suppliers, *noted.preferred_suppliers),
        avoided_suppliers=(*choice.avoided_suppliers, *noted.avoided_suppliers),
        preferred_locations=(*choice.preferred_locations, *noted.preferred_locations),
        avoided_locations=(*choice.avoided_locations, *noted.avoided_locations),
        priority=stated or noted.priority,
    )


def _headline(run: Run, analysis: SupplierAnalysis, bought: Purchase) -> str:
    chosen = [
        (one.need.item_name, one.best.supplier_name) for one in bought.recommendations if one.best is not None
    ]
    wording = run.language.wording
    if chosen:
        return wording.suppliers_recommended(chosen)
    if bought.costs:
        return " ".join(f"{wording.cost_recommendation(one)}." for one in bought.costs[:_NAMED])
    if bought.recommendations:
        return " ".join(f"{wording.purchase_recommendation(one)}." for one in bought.recommendations[:_NAMED])
    return wording.suppliers_analyzed(len(analysis.performance))


def _remember(run: Run, analysis: SupplierAnalysis, bought: Purchase) -> None:
    if not analysis.performance or run.request.context.get("supplier_data") is not None:
        return  # data from the request says nothing about the workspace
    best, wording = analysis.performance[0], run.language.wording
    recommended = [
        (one.need.quantity, one.need.item_name, one.best.supplier_name)
        for one in bought.recommendations
        if one.best is not None
    ]
    run.remember(
        "analysis",
        wording.suppliers_remembered(
            len(analysis.performance), best.supplier_name, best.overall_score, recommended
        ),
        {
            "recommendations": [
                wording.purchase_recommendation(one) for one in bought.recommendations[:_REMEMBERED]
            ]
        },
    )
    for one in [one for one in analysis.risks if one.risk_level == "high"][:_NAMED]:
        why = [wording.risk_description(risk) for risk in one.risks]
        run.remember(
            "insight",
            wording.risk_remembered(one.supplier_name, one.risk_score, why),
            {"supplier_id": one.supplier_id, "risk_score": round(one.risk_score, 3)},
        )


AGENT: Final = Agent(
    name="supplier",
    steps=steps,
    intents=frozenset({"supplier_management"}),
    agent_id="supplier_agent",
    description="suppliers, their performance, risks and costs, whom to buy from",
    system=_SYSTEM,
)
