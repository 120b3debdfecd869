"""The forecasting agent: what demand is to be expected, from the history there is."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

from streamd.agents.off_loop import off_loop
from streamd.core.analysis.forecasting import LEAST_PERIODS, forecast_demand
from streamd.core.run import Response
from streamd.errors import InvalidMessageError
from streamd.ports.agent import Agent, Run

DEFAULT_PERIODS: Final = 30
MAX_PERIODS: Final = 366


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Forecast the demand for what was asked about, from `context.historical_data` or the store's history."""
    yield Response("forecasting_analysis", "Running demand forecasting…")
    context = run.request.context
    periods = _periods(context.get("forecast_periods"))
    given = _given(context.get("historical_data"))
    series = await _stored(run) if given is None else given
    usable = {item_id: entry for item_id, entry in series.items() if len(entry[1]) >= LEAST_PERIODS}
    data = await off_loop(len(usable) * 1_000, _forecasts, usable, periods)
    if usable:
        message = f"Forecast the demand for {len(usable)} items over {periods} periods"
    else:
        message = (
            "There is no demand history to forecast from; import a table of item, date and quantity, "
            "or give it as context.historical_data"
        )
    yield Response("forecast_results", message, {"demand_forecasts": data, "forecast_periods": periods})
    await run.carry_out(run.understanding.calls)


def _forecasts(
    series: Mapping[str, tuple[str, Sequence[float]]], periods: int
) -> dict[str, Mapping[str, object]]:
    return {
        item_id: {
            "item_name": name,
            "forecast_periods": periods,
            **forecast_demand(history, periods).as_data(),
        }
        for item_id, (name, history) in series.items()
    }


async def _stored(run: Run) -> dict[str, tuple[str, Sequence[float]]]:
    names = {item.id: item.name for item in await run.items("inventory")}
    asked = set(run.understanding.matched) & set(names)
    return {
        item_id: (names.get(item_id, item_id), [quantity for _, quantity in rows])
        for item_id, rows in (await run.demand()).items()
        if not asked or item_id in asked
    }


def _given(data: object) -> dict[str, tuple[str, Sequence[float]]] | None:
    if data is None:
        return None
    path = "context.historical_data"
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise InvalidMessageError(
            "historical_data must be a list of {id, name, historical_demand: [number, …]}", path=path
        )
    series: dict[str, tuple[str, Sequence[float]]] = {}
    for index, entry in enumerate(data):
        demand = entry.get("historical_demand") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(demand, Sequence) or not _numbers(demand):
            raise InvalidMessageError(
                "historical_data must be a list of {id, name, historical_demand: [number, …]}",
                path=f"{path}[{index}]",
            )
        item_id = str(entry.get("id", f"item-{index + 1}"))
        series[item_id] = (str(entry.get("name", item_id)), [float(value) for value in demand])
    return series


def _numbers(values: Sequence[object]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _periods(value: object) -> int:
    if value is None:
        return DEFAULT_PERIODS
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_PERIODS:
        return value
    raise InvalidMessageError(
        f"forecast_periods must be a whole number from 1 to {MAX_PERIODS}", path="context.forecast_periods"
    )


AGENT: Final = Agent(
    name="forecasting",
    steps=steps,
    intents=frozenset({"forecasting"}),
    agent_id="forecasting_agent",
    description="demand forecasts",
)
