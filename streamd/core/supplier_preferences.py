"""Preferences for the choice of suppliers."""

from typing import Final, Literal

from streamd.facts import frozen

Aspect = Literal["delivery", "quality", "cost", "reliability"]
"""What suppliers are compared by."""


@frozen
class SupplierPreferences:
    """Preferred and avoided suppliers and places; case is ignored."""

    preferred_suppliers: tuple[str, ...] = ()
    avoided_suppliers: tuple[str, ...] = ()
    preferred_locations: tuple[str, ...] = ()
    avoided_locations: tuple[str, ...] = ()
    priority: Aspect | None = None
    """The aspect with double weight."""

    def __bool__(self) -> bool:
        """Whether there is any preference."""
        return self != NO_PREFERENCES


NO_PREFERENCES: Final = SupplierPreferences()
