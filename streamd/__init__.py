"""streamd: people and agents work on the same live items, and every screen sees each change at once.

What an agent's file imports stands here: `from streamd import Agent, Response, Run`.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from streamd.core.run import Response as Response
    from streamd.core.tool_calls import AddItems as AddItems
    from streamd.core.tool_calls import ChangeItems as ChangeItems
    from streamd.core.tool_calls import ItemEdit as ItemEdit
    from streamd.core.tool_calls import RemoveItems as RemoveItems
    from streamd.ports.agent import Agent as Agent
    from streamd.ports.agent import Outcome as Outcome
    from streamd.ports.agent import Run as Run

__all__ = [
    "AddItems",
    "Agent",
    "ChangeItems",
    "ItemEdit",
    "Outcome",
    "RemoveItems",
    "Response",
    "Run",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import on first use, so that `streamd --version` need not wait for the whole of it."""
    if name == "Response":
        from streamd.core.run import Response  # noqa: PLC0415

        return Response
    if name in ("AddItems", "ChangeItems", "ItemEdit", "RemoveItems"):
        from streamd.core import tool_calls  # noqa: PLC0415

        return getattr(tool_calls, name)
    if name in ("Agent", "Outcome", "Run"):
        from streamd.ports import agent  # noqa: PLC0415

        return getattr(agent, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
