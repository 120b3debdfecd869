"""Data in a request's context: items and histories to analyse instead of the store's, and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from streamd.core.item import Item, ItemId, item_of
from streamd.core.values import Value
from streamd.errors import InvalidMessageError

if TYPE_CHECKING:
    from streamd.analysis import DemandSeries

_HISTORY_SHAPE: Final = "historical_data must be a list of {id, name, historical_demand: [number, …]}"


def items_from_request(data: object, item_type: str) -> Sequence[Item] | None:
    """Read items from `[{id?, name, …}, …]`, or from `{id: {…}}`; None without data.

    Raises:
        InvalidMessageError: the data has another shape.

    """
    if data is None:
        return None
    if isinstance(data, Mapping):
        data = [{"id": key, **value} if isinstance(value, Mapping) else value for key, value in data.items()]
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise InvalidMessageError(
            f"{item_type}_data must be a list of items", path=f"context.{item_type}_data"
        )
    items = []
    for index, entry in enumerate(data):
        if not isinstance(entry, Mapping):
            raise InvalidMessageError(
                f"{item_type}_data must be a list of items", path=f"context.{item_type}_data[{index}]"
            )
        fields = {str(name): cast("Value", value) for name, value in entry.items() if value is not None}
        items.append(
            item_of(
                {
                    "id": f"{item_type}-{index + 1}",
                    "name": f"{item_type} {index + 1}",
                    **fields,
                    "type": item_type,
                }
            )
        )
    return items


def history_from_request(context: Mapping[str, object]) -> dict[ItemId, tuple[str, DemandSeries]] | None:
    """Read (name, series) by id from `historical_data`; None without data.

    Its periods are as long as `days_per_period`, a day where that is absent. Returns, which are negative, are netted.

    Raises:
        InvalidMessageError: the data has another shape.

    """
    from streamd.analysis import DemandSeries, Period, netted

    data, path = context.get("historical_data"), "context.historical_data"
    if data is None:
        return None
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise InvalidMessageError(_HISTORY_SHAPE, path=path)
    period = Period(days=number_from_request(context, "days_per_period", 1, 366) or 1)
    series: dict[ItemId, tuple[str, DemandSeries]] = {}
    for index, entry in enumerate(data):
        demand = entry.get("historical_demand") if isinstance(entry, Mapping) else None
        if (
            not isinstance(entry, Mapping)
            or not isinstance(demand, Sequence)
            or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in demand)
        ):
            raise InvalidMessageError(_HISTORY_SHAPE, path=f"{path}[{index}]")
        item_id = ItemId(str(entry.get("id", f"item-{index + 1}")))
        name = str(entry.get("name", item_id))
        series[item_id] = name, DemandSeries(netted(demand), period)
    return series


def number_from_request(context: Mapping[str, object], key: str, least: int, most: int) -> int | None:
    """Read a whole number from the context; None without it.

    Raises:
        InvalidMessageError: the value is something else, or outside the bounds.

    """
    value = context.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise InvalidMessageError(
        f"{key} must be a whole number from {least:,} to {most:,}", path=f"context.{key}"
    )


def rows_from_request(context: Mapping[str, object], key: str, name: str) -> Sequence[Mapping[str, object]]:
    """Read another agent's findings, a list of objects at `context[key][name]`; empty without one of that shape."""
    findings = context.get(key)
    rows = findings.get(name) if isinstance(findings, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return ()
    return [row for row in rows if isinstance(row, Mapping)]
