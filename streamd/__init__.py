"""streamd: people and agents work on the same live items, and every screen sees each change at once.

Agents import what they need from here: `from streamd import Agent, Response, Run`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from streamd.core.run import Outcome as Outcome
    from streamd.core.run import Response as Response
    from streamd.core.tasks import Answer as Answer
    from streamd.core.tasks import CallTools as CallTools
    from streamd.core.tasks import Draft as Draft
    from streamd.core.tasks import Explain as Explain
    from streamd.core.tasks import Synthesize as Synthesize
    from streamd.core.thread import InterruptAnswer as InterruptAnswer
    from streamd.core.tool_calls import AddItems as AddItems
    from streamd.core.tool_calls import ChangeItems as ChangeItems
    from streamd.core.tool_calls import ItemEdit as ItemEdit
    from streamd.core.tool_calls import RemoveItems as RemoveItems
    from streamd.core.triggers.trigger import Trigger as Trigger
    from streamd.errors import AgentError as AgentError
    from streamd.errors import RefusedError as RefusedError
    from streamd.ports.agent import Agent as Agent
    from streamd.ports.agent import Run as Run
    from streamd.ports.generation import Chunk as Chunk
    from streamd.ports.generation import Consultation as Consultation
    from streamd.ports.generation import Generation as Generation
    from streamd.ports.tool import IdempotencyKey as IdempotencyKey
    from streamd.ports.tool import Tool as Tool
    from streamd.ports.typed_tool import tool as tool

_MODULES: Final = {
    "streamd.core.run": ("Outcome", "Response"),
    "streamd.core.tasks": ("Answer", "CallTools", "Draft", "Explain", "Synthesize"),
    "streamd.core.thread": ("InterruptAnswer",),
    "streamd.core.tool_calls": ("AddItems", "ChangeItems", "ItemEdit", "RemoveItems"),
    "streamd.core.triggers.trigger": ("Trigger",),
    "streamd.errors": ("AgentError", "RefusedError"),
    "streamd.ports.agent": ("Agent", "Run"),
    "streamd.ports.generation": ("Chunk", "Consultation", "Generation"),
    "streamd.ports.tool": ("IdempotencyKey", "Tool"),
    "streamd.ports.typed_tool": ("tool",),
}
_HOME: Final = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AddItems",
    "Agent",
    "AgentError",
    "Answer",
    "CallTools",
    "ChangeItems",
    "Chunk",
    "Consultation",
    "Draft",
    "Explain",
    "Generation",
    "IdempotencyKey",
    "InterruptAnswer",
    "ItemEdit",
    "Outcome",
    "RefusedError",
    "RemoveItems",
    "Response",
    "Run",
    "Synthesize",
    "Tool",
    "Trigger",
    "__version__",
    "tool",
]


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that `streamd --version` does not wait for every module."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
