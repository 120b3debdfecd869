"""The forecasting agent: what demand is to be expected, from the history there is, and what that history shows."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from streamd.agents import wording
from streamd.agents.cpu_bound import each_cpu_bound
from streamd.agents.demand import Demand, ItemForecast, asked_demand, forecast_one, looking_ahead
from streamd.agents.forecast_words import counted_in, essentials, explained, spanned
from streamd.agents.prompt_context import prompt_context
from streamd.agents.request_data import number_from_request
from streamd.agents.scope import spoken, wants_analysis
from streamd.agents.user_preferences import UserPreferences, load_user_preferences
from streamd.core.item import ItemId
from streamd.core.run import Response
from streamd.core.tasks import Operate
from streamd.ports.agent import Agent, Run
from streamd.text.figures import words
from streamd.text.lists import listing

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
    """Forecast the demand for what was asked about, from `context.historical_data` or the store's history.

    Of the context: `forecast_periods`, `period` (the length of a season), and `anomalies`, `seasonality`, `scenarios` (true).
    """
    yield Response("forecasting_analysis", wording.FORECASTING)
    wishes, analytic = await load_user_preferences(run), wants_analysis(run)
    periods, season = (
        _periods(run, wishes),
        number_from_request(run.request.context, "period", 1, _LONGEST_SEASON),
    )
    demand = await asked_demand(run, periods) if analytic else Demand()
    said_days = None if _given_periods(run) else run.understanding.period_days
    demand, periods = looking_ahead(demand, periods, said_days, MAX_PERIODS)
    asks = _asked(run)
    compute = partial(
        forecast_one, periods=periods, season=season,
        scenarios="scenarios" in asks, anomalies="anomalies" in asks,
    )  # fmt: skip
    told: dict[ItemId, ItemForecast] = {}
    total = len(demand.series)
    async with aclosing(each_cpu_bound(compute, list(demand.series.items()))) as forecasts:
        async for one in forecasts:
            told[one.item_id] = one
            if total >= _PROGRESS_FROM and len(told) % max(1, total // _PROGRESS_STEPS) == 0:
                yield _progress(len(told), total)
    data = _data(told, demand, periods, asks)
    headline = _headline(demand, told, periods) if analytic else wording.NO_FORECAST
    yield Response("forecast_results", headline, data)
    is_detailed = wishes.style == "detailed" or "details" in run.language.topics_of(run.request.user_input)
    findings = (
        explained(list(told.values()), demand, periods, asks, is_detailed=is_detailed) if analytic else []
    )
    if analytic:
        _remember(run, list(told.values()), periods)
    text = await prompt_context(
        run, _ensembles(data), wishes, await run.items("inventory"), list(told), findings=findings
    )
    task = Operate(spoken(run.understanding, analytic=analytic), wishes.told(findings))
    async for response in run.act(text, task=task):
        yield response


def _periods(run: Run, wishes: UserPreferences) -> int:
    """What the context says, else the request's words, else the requester's preference."""
    given = _given_periods(run)
    if given is not None:
        return given
    return min(MAX_PERIODS, run.understanding.periods or wishes.periods or DEFAULT_PERIODS)


def _given_periods(run: Run) -> int | None:
    return number_from_request(run.request.context, "forecast_periods", 1, MAX_PERIODS)


def _asked(run: Run) -> frozenset[str]:
    wanted: set[str] = set(run.understanding.intent.actions)
    wanted |= {
        name for name in ("anomalies", "seasonality", "scenarios") if run.request.context.get(name) is True
    }
    if "stockouts" in run.language.topics_of(run.request.user_input):
        wanted.add("stockouts")
    return frozenset(wanted)


def _progress(done: int, total: int) -> Response:
    return Response(
        "progress",
        wording.share_done(done, total),
        extra={"progress": round(done / total, 4), "step": done, "total_steps": total},
    )


def _data(
    told: Mapping[ItemId, ItemForecast], demand: Demand, periods: int, asks: frozenset[str]
) -> dict[str, object]:
    data: dict[str, object] = {
        "demand_forecasts": {item_id: one.data for item_id, one in told.items()},
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
                **one.date_of(anomaly.period),
            }
            for one in told.values()
            for anomaly in one.forecast.anomalies or ()
        ]
    if "seasonality" in asks:
        data["seasonal_patterns"] = {
            item_id: {"item_name": one.name, **one.forecast.seasonality.as_data()}
            for item_id, one in told.items()
        }
    if "scenarios" in asks:
        data["scenario_forecasts"] = {
            item_id: {"item_name": one.name, **one.scenarios_as_data()} for item_id, one in told.items()
        }
    return data


def _ensembles(data: Mapping[str, object]) -> dict[str, object]:
    """The same without the single methods: a language model has no use for them, and they are long."""
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


def _headline(demand: Demand, told: Mapping[ItemId, ItemForecast], periods: int) -> str:
    if told:
        of = f" of {words(demand.found)}" if demand.found > len(told) else ""
        if len(told) == 1 and not of:
            return essentials(next(iter(told.values())), demand)
        largest = sorted(told.values(), key=lambda one: -one.total)
        named = listing([f"{words(one.total)} of {one.name}" for one in largest], at_most=_NAMED)
        span = spanned(periods, counted_in(demand.period))
        return f"Forecast the demand for {len(told)}{of} items over {span}: {named}"
    return demand.why_nothing()


def _remember(run: Run, told: Sequence[ItemForecast], periods: int) -> None:
    if not told or run.request.context.get("historical_data") is not None:
        return  # what somebody brought along to be looked at says nothing about the workspace
    largest = sorted(told, key=lambda one: -one.total)[:_NAMED]
    said = listing([f"{words(one.total)} of {one.name}" for one in largest], at_most=_NAMED)
    run.remember(
        "analysis",
        f"Demand expected of {words(len(told))} item{'' if len(told) == 1 else 's'} over {periods} periods: {said}.",
        {
            "forecast_periods": periods,
            "expected": {one.item_id: round(one.total, 2) for one in largest},
            "recommendations": [
                f"Plan for {words(one.total)} of {one.name} over {periods} periods" for one in largest
            ],
        },
    )
    odd = [(one, found) for one in told for found in one.forecast.anomalies or () if found.severity == "high"]
    for one, found in sorted(odd, key=lambda pair: -abs(pair[1].z_score))[:_NAMED]:
        when = one.when(found.period)
        run.remember(
            "insight",
            f"Demand for {one.name} stood out {when}: {words(found.actual)} instead of {words(found.expected)}.",
            {"item_id": one.item_id, **found.as_data()},
        )


AGENT: Final = Agent(
    name="forecasting",
    steps=steps,
    intents=frozenset({"forecasting"}),
    agent_id="forecasting_agent",
    description="demand in the future, seasons, anomalies, scenarios",
    system=_SYSTEM,
)
