"""What a language model reads before it answers: the request, the analysis, what is remembered, and items with their ids."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from streamd.agents.user_preferences import UserPreferences
from streamd.core.item import Item, ItemId
from streamd.ports.agent import Run

_ITEMS: Final = 60
_LISTED: Final = (40, 20, 10, 5, 2)
"""Entries of each list of the analysis, as many as there is room for: the most pressing stand first."""
_SOUGHT: Final = 8
"""Items by whose names, beside the request's words, is looked for what bears on them."""
_RECALLED: Final = 10
_REMEMBERED: Final = 5
"""Of what is recalled, as some of it was said to others."""
_CHARACTERS: Final = 30_000
"""Of the analysis as JSON."""
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
"""Keys of a context whose data the analysis rests on: it is told from there."""
OFFLINE: Final = "offline"


async def prompt_context(
    run: Run,
    analysis: Mapping[str, object],
    wishes: UserPreferences,
    items: Sequence[Item],
    first: Iterable[ItemId] = (),
    *,
    findings: Sequence[str] = (),
    is_background: bool = False,
) -> str:
    """The text to act on.

    Args:
        run: whose request it is.
        analysis: the data that was told.
        wishes: what the requester prefers.
        items: those that may be meant; `first` of them those that matter most, as there is room for 60 only.
        first: ids.
        findings: what the analysis says, in sentences.
        is_background: the analysis was not asked for; a little of it will do.

    """
    request = run.request.user_input
    if run.model == OFFLINE:
        return request  # it goes by the task, and all this takes time

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
        said = {key: value for key, value in run.request.context.items() if key not in _BULKY}
        parts = [
            ("The request", request),
            ("What was given with it", _json(said)[:_CONTEXT_CHARACTERS] if said else ""),
            ("Analysis just computed from the current data", _fitting(analysis, is_background=is_background)),
            ("What it says", "\n".join(f"- {text}" for text in findings)),
            ("What the user prefers", "\n".join(f"- {text}" for text in wishes.texts)),
            ("Remembered from earlier", "\n".join(f"- {memory.text}" for memory in remembered)),
            (f"Items, {len(shown)} of {len(items)}; the tools find the others", "\n".join(shown)),
        ]
        return "\n\n".join(f"# {title}\n{text}" for title, text in parts if text)

    # After a restart the items are others, by the run's own doing; what the model was asked must not be.
    return str(await run.once("briefing", written))


def _lines(items: Sequence[str]) -> list[str]:
    """As many as there is room for."""
    room, found = _ITEM_CHARACTERS, list[str]()
    for line in items:
        room -= len(line)
        if room < 0:
            break
        found.append(line)
    return found


def capped(data: Mapping[str, object], at_most: int) -> dict[str, object]:
    """The same with long lists (and tables by id) cut, and their full lengths told as `counts`."""
    counts = {
        name: len(value)
        for name, value in data.items()
        if isinstance(value, list) or (name in _TABLES and isinstance(value, Mapping))
    }
    return {**_cut(data, at_most), "counts": counts}


_TABLES: Final = frozenset(
    {"supplier_performance", "supplier_risks", "demand_forecasts", "seasonal_patterns", "scenario_forecasts"}
)
"""By id: as long as there are items."""


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
