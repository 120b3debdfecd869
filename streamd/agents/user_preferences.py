"""The requester's lasting preferences, as agents apply them."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.supplier_preferences import NO_PREFERENCES, SupplierPreferences
from streamd.facts import frozen
from streamd.ports.agent import Run

_BRIEF: Final = 3
"""Sentences of an answer for a requester who wants it brief."""
_OPPOSITE: Final[Mapping[str, str]] = {
    "preferred_supplier": "avoided_supplier",
    "avoided_supplier": "preferred_supplier",
    "preferred_location": "avoided_location",
    "avoided_location": "preferred_location",
}


@frozen
class UserPreferences:
    """All preferences; newer ones override older ones that contradict."""

    texts: tuple[str, ...] = ()
    """Sentences for people and language models: `prefers suppliers from Europe`."""
    choice: SupplierPreferences = NO_PREFERENCES
    """Preferences for suppliers."""
    style: str = ""
    """`brief`, `detailed` or `list`."""
    periods: int | None = None
    """The number of periods to forecast."""
    currency: str = ""
    """ISO 4217."""
    notes: tuple[str, ...] = ()
    """Other notes for every answer, in the requester's words."""

    def styled(self, findings: Sequence[str]) -> tuple[str, ...]:
        """Arrange the findings in the requester's preferred style."""
        if self.style == "brief":
            return tuple(findings[:_BRIEF])
        return tuple(f"- {one}" for one in findings) if self.style == "list" else tuple(findings)


async def load_user_preferences(run: Run) -> UserPreferences:
    """Load remembered preferences, and those that the request itself states."""
    known: list[tuple[str, object, str]] = []
    stated = run.understanding.preference
    if stated is not None:
        known.append((stated.key, stated.value, stated.text))
    known += [
        (str(memory.data.get("key", "")), memory.data.get("value"), memory.text)
        for memory in await run.preferences()
        if stated is None or stated.key == "note" or memory.data.get("key") != stated.key
    ]
    names: dict[str, list[str]] = {key: [] for key in _OPPOSITE}
    single: dict[str, object] = {}
    notes: list[str] = []
    for key, value, _ in known:
        if key in names:
            against = {one.casefold() for one in names[_OPPOSITE[key]]}
            names[key] += [one for one in _texts(value) if one.casefold() not in against]
        elif key == "note":
            notes += _texts(value)
        else:
            single.setdefault(key, value)
    periods = single.get("forecast_periods")
    return UserPreferences(
        texts=tuple(text for _, _, text in known if text),
        choice=SupplierPreferences(
            preferred_suppliers=tuple(names["preferred_supplier"]),
            avoided_suppliers=tuple(names["avoided_supplier"]),
            preferred_locations=tuple(names["preferred_location"]),
            avoided_locations=tuple(names["avoided_location"]),
        ),
        style=str(single.get("answer_style", "")),
        periods=periods if isinstance(periods, int) and periods > 0 else None,
        currency=str(single.get("currency", "")),
        notes=tuple(notes),
    )


def _texts(value: object) -> list[str]:
    members = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
    return [one for one in members if isinstance(one, str)]
