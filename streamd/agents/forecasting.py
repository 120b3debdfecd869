"""The forecasting agent: computes the expected demand from histories, and explains what they show."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from streamd.agents.demand import Demand, ItemForecast, forecast_one, looking_ahead, requested_demand
from streamd.agents.forecast_words import counted_in, essentials, explained
from streamd.agents.left_out_periods import left_out_by_request
from streamd.agents.prompt_context import prompt_context
from streamd.agents.request_data import number_from_request
from streamd.agents.scope import spoken, wants_analysis
from streamd.agents.user_preferences import UserPreferences, load_user_preferences
from streamd.core.item import ItemId
from streamd.core.run import Response
from streamd.core.tasks import Operate
from streamd.long_work import ANALYSES
from streamd.ports.agent import Agent, Run

if TYPE_CHECKING:
    from streamd.forecasting import ForecastResultsData
    from streamd.ports.wording import Wording

DEFAULT_PERIODS: Final = 30
MAX_PERIODS: Final = 366
_LONGEST_SEASON: Final = 1_500
_PROGRESS_FROM: Final = 20
_PROGRESS_STEPS: Final = 10
_NAMED: Final = 5
_BRIEFED: Final = 40
_SYSTEM: Final = """You forecast demand for people who work on shared items. Before you are asked, forecasts are computed from
the demand history: several methods, an ensemble weighted by their errors on a hold-out, intervals, trend, season, and
anomalies and scenarios where they were asked for. Answer from them; never make figures up.
- Say what is expected, over how many periods, and how sure that is: the interval, the error on the hold-out, the confidence.
- Then what the history shows: trend, season, what stands out; and what follows for the stock if it is known.
- Do not call a forecast certain, and say it when the history is short or a method could not be tested.
- Change items only when that was asked for, with the tools, and exactly what was asked.
- Say whose history is missing and how to give it: a table of item, date and quantity.
- Honour what the user prefers."""


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Forecast the requested items' demand, from `context.historical_data` or the store's history.

    Context keys: `forecast_periods`, `period` (the length of a season), `anomalies`, `seasonality`, `scenarios` (true), and
    `promotions`, `holidays`, `stockouts`: days or periods whose sales are not taken for demand.
    """
    yield Response("forecasting_analysis", run.language.wording.forecasting())
    wording = run.language.wording
    preferences, analytic = await load_user_preferences(run), wants_analysis(run)
    periods, season = (
        _periods(run, preferences),
        number_from_request(run.request.context, "period", 1, _LONGEST_SEASON),
    )
    demand = await requested_demand(run, periods) if analytic else Demand()
    stated_days = None if _requested_periods(run) else run.understanding.period_days
    demand, periods = looking_ahead(demand, periods, stated_days, MAX_PERIODS)
    asks = _questions(run)
    compute = partial(
        forecast_one, periods=periods, season=season, left_out=left_out_by_request(run.request.context),
        scenarios="scenarios" in asks, anomalies="anomalies" in asks,
        confidence_basis=run.language.wording.confidence_basis(),
    )  # fmt: skip
    forecasts: dict[ItemId, ItemForecast] = {}
    total = len(demand.series)
    for item_id, (name, series) in demand.series.items():
        one = await ANALYSES.run(compute, (item_id, (name, series)))
        if one is None:
            demand = demand.lacking(name)
            continue
        forecasts[item_id] = one
        if total >= _PROGRESS_FROM and len(forecasts) % max(1, total // _PROGRESS_STEPS) == 0:
            yield _progress(len(forecasts), total, wording)
    data = _data(forecasts, demand, periods, asks)
    headline = _headline(demand, forecasts, periods, wording) if analytic else wording.no_forecast()
    yield Response("forecast_results", headline, data)
    is_detailed = preferences.style == "detailed" or "details" in run.language.topics_of(
        run.request.user_input
    )
    findings = (
        explained(list(forecasts.values()), demand, periods, asks, wording, is_detailed=is_detailed)
        if analytic
        else []
    )
    if analytic:
        _remember(run, list(forecasts.values()), periods)
    text = await prompt_context(
        run, _ensembles(data), preferences, await run.items("inventory"), list(forecasts), findings=findings
    )
    task = Operate(spoken(run.understanding, analytic=analytic), preferences.styled(findings))
    async for response in run.act(text, task=task):
        yield response


def _periods(run: Run, preferences: UserPreferences) -> int:
    """Choose the number of periods: the context's, else the request's, else the requester's preference."""
    requested = _requested_periods(run)
    if requested is not None:
        return requested
    return min(MAX_PERIODS, run.understanding.periods or preferences.periods or DEFAULT_PERIODS)


def _requested_periods(run: Run) -> int | None:
    return number_from_request(run.request.context, "forecast_periods", 1, MAX_PERIODS)


def _questions(run: Run) -> frozenset[str]:
    wanted: set[str] = set(run.understanding.intent.actions)
    wanted |= {
        name for name in ("anomalies", "seasonality", "scenarios") if run.request.context.get(name) is True
    }
    if "stockouts" in run.language.topics_of(run.request.user_input):
        wanted.add("stockouts")
    return frozenset(wanted)


def _progress(done: int, total: int, wording: Wording) -> Response:
    return Response(
        "progress",
        wording.progress(done, total),
        extra={"progress": round(done / total, 4), "step": done, "total_steps": total},
    )


def _data(
    forecasts: Mapping[ItemId, ItemForecast], demand: Demand, periods: int, asks: frozenset[str]
) -> ForecastResultsData:
    data: ForecastResultsData = {
        "demand_forecasts": {item_id: one.data for item_id, one in forecasts.items()},
        "forecast_periods": periods,
        "counts": {"demand_forecasts": demand.found},
    }
    if demand.without:
        data["without_history"] = list(demand.without)
    if "anomalies" in asks:
        data["anomalies"] = [
            {
                "item_id": one.item_id,
                "item_name": one.name,
                **anomaly.as_data(),
                **one.uncounted.date_of(anomaly.period),
            }
            for one in forecasts.values()
            for anomaly in one.forecast.anomalies or ()
        ]
    if "seasonality" in asks:
        data["seasonal_patterns"] = {
            item_id: {"item_name": one.name, **one.forecast.seasonality.as_data()}
            for item_id, one in forecasts.items()
        }
    if "scenarios" in asks:
        data["scenario_forecasts"] = {item_id: one.scenarios_as_data() for item_id, one in forecasts.items()}
    return data


def _ensembles(data: Mapping[str, object]) -> dict[str, object]:
    """Drop the single methods: a language model has no use for them, and they are long."""
    forecasts = data["demand_forecasts"]
    assert isinstance(forecasts, Mapping)
    short = {
        item_id: {
            **{key: value for key, value in entry.items() if key not in ("methods", "weights")},
            "ensemble": entry["methods"]["ensemble"],
        }
        for item_id, entry in list(forecasts.items())[:_BRIEFED]
    }
    return {**data, "demand_forecasts": short}


def _headline(
    demand: Demand, forecasts: Mapping[ItemId, ItemForecast], periods: int, wording: Wording
) -> str:
    if not forecasts:
        return wording.nothing_to_forecast(demand.without, demand.focus)
    if len(forecasts) == 1 and demand.found <= 1:
        return essentials(next(iter(forecasts.values())), demand, wording)
    largest = sorted(forecasts.values(), key=lambda one: -one.total)
    return wording.forecast_headline(
        len(forecasts),
        demand.found,
        periods,
        counted_in(demand.period),
        [(one.total, one.name) for one in largest],
    )


def _remember(run: Run, forecasts: Sequence[ItemForecast], periods: int) -> None:
    if not forecasts or run.request.context.get("historical_data") is not None:
        return  # data from the request says nothing about the workspace
    largest = sorted(forecasts, key=lambda one: -one.total)[:_NAMED]
    wording = run.language.wording
    run.remember(
        "analysis",
        wording.forecast_remembered(len(forecasts), periods, [(one.total, one.name) for one in largest]),
        {
            "forecast_periods": periods,
            "expected": {one.item_id: round(one.total, 2) for one in largest},
            "recommendations": [wording.plan_for(one.total, one.name, periods) for one in largest],
        },
    )
    odd = [
        (one, anomaly)
        for one in forecasts
        for anomaly in one.forecast.anomalies or ()
        if anomaly.severity == "high"
    ]
    for one, anomaly in sorted(odd, key=lambda pair: -abs(pair[1].z_score))[:_NAMED]:
        when = one.uncounted.when(anomaly.period, wording)
        run.remember(
            "insight",
            wording.demand_stood_out(one.name, when, anomaly.actual, anomaly.expected),
            {"item_id": one.item_id, **anomaly.as_data()},
        )


AGENT: Final = Agent(
    name="forecasting",
    steps=steps,
    intents=frozenset({"forecasting"}),
    agent_id="forecasting_agent",
    description="demand in the future, seasons, anomalies, scenarios",
    system=_SYSTEM,
)
