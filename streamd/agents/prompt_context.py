"""The context of a language model's prompt: the request, the analysis, memories, and items with their ids."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar, cast

from streamd.agents.quoted_data import NOTE, quoted_lines
from streamd.agents.user_preferences import UserPreferences
from streamd.core.item import Item, ItemId
from streamd.ports.agent import Run

Data = TypeVar("Data", bound=Mapping[str, object])

_ITEMS: Final = 60
_LISTED: Final = (40, 20, 10, 5, 2)
"""Entries of each list of the analysis, as many as there is room for: the most urgent come first."""
_SOUGHT: Final = 8
"""Items whose names, beside the request's words, are searched for in memories and documents."""
_RECALLED: Final = 10
_REMEMBERED: Final = 5
"""Memories in the prompt, the best first."""
_CHARACTERS: Final = 30_000
"""Characters of the analysis as JSON."""
_BACKGROUND_CHARACTERS: Final = 6_000
_ITEM_CHARACTERS: Final = 30_000
_CONTEXT_CHARACTERS: Final = 4_000
_BULKY: Final = frozenset(
    {
        "inventory_data",
        "supplier_data",
        "historical_data",
        "stock_analysis",
        "forecasts",
        "supplier_analysis",
    }
)
"""Keys of a context with the analysis's input data, which the analysis repeats."""
OFFLINE: Final = "offline"


async def prompt_context(
    run: Run,
    analysis: Mapping[str, object],
    preferences: UserPreferences,
    items: Sequence[Item],
    first: Iterable[ItemId] = (),
    *,
    findings: Sequence[str] = (),
    is_background: bool = False,
) -> str:
    """Build the text to act on.

    Args:
        run: the run of the request.
        analysis: the data that was emitted.
        preferences: the requester's preferences.
        items: the candidates; those in `first` come first, as there is room for 60 only.
        first: ids.
        findings: the analysis in sentences.
        is_background: the request does not ask for the analysis; a little of it suffices.

    """
    request = run.request.user_input
    if run.model == OFFLINE:
        return request  # the offline model reads only the task, and this takes time

    async def written() -> str:
        foremost = dict.fromkeys((*run.understanding.matched, *run.understanding.candidates, *first))
        by_id = {item.id: item for item in items}
        chosen = [by_id[item_id] for item_id in foremost if item_id in by_id][:_ITEMS]
        chosen += [item for item in items if item.id not in foremost][: _ITEMS - len(chosen)]
        names = " ".join(item.name for item in chosen[:_SOUGHT])
        known = await run.recall(
            f"{request} {names}", "analysis", "insight", "collaboration", limit=_RECALLED
        )
        remembered = known[:_REMEMBERED]
        shown = _lines([_json(item.flat()) for item in chosen])
        details = {key: value for key, value in run.request.context.items() if key not in _BULKY}
        parts = [
            ("The request", request),
            ("What was given with it", _json(details)[:_CONTEXT_CHARACTERS] if details else ""),
            ("Analysis just computed from the current data", _fitting(analysis, is_background=is_background)),
            ("What it says", quoted_lines(findings)),
            ("What the user prefers", quoted_lines(preferences.texts)),
            ("Remembered from earlier", quoted_lines(memory.text for memory in remembered)),
            (f"Items, {len(shown)} of {len(items)}; the tools find the others", "\n".join(shown)),
        ]
        sections = [f"# {title}\n{text}" for title, text in parts if text]
        return "\n\n".join([*sections[:1], NOTE, *sections[1:]])

    # After a restart the run's own changes alter the items; the model's prompt must stay the same.
    return str(await run.once("briefing", written))


def _lines(items: Sequence[str]) -> list[str]:
    """Return as many lines as there is room for."""
    room, lines = _ITEM_CHARACTERS, list[str]()
    for line in items:
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return lines


def capped(data: Data, at_most: int) -> Data:
    """Cut long lists (and tables by id), and report their full lengths as `counts`."""
    counts = {
        name: len(value)
        for name, value in data.items()
        if isinstance(value, list) or (name in _TABLES and isinstance(value, Mapping))
    }
    return cast("Data", {**_cut(data, at_most), "counts": counts})


_TABLES: Final = frozenset(
    {"supplier_performance", "supplier_risks", "demand_forecasts", "seasonal_patterns", "scenario_forecasts"}
)
"""Tables by id: as long as the list of items."""


def _cut(data: Mapping[str, object], at_most: int) -> dict[str, object]:
    return {name: _shortened(name, value, at_most) for name, value in data.items()}


def _shortened(name: str, value: object, at_most: int) -> object:
    if isinstance(value, list):
        return value[:at_most]
    if name in _TABLES and isinstance(value, Mapping):
        return dict(list(value.items())[:at_most])
    return value


def _fitting(analysis: Mapping[str, object], *, is_background: bool) -> str:
    room = _BACKGROUND_CHARACTERS if is_background else _CHARACTERS
    for at_most in _LISTED:
        text = _json(_cut(analysis, at_most))
        if len(text) <= room:
            break
    return text


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
