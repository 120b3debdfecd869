"""streamd: people and agents work on the same live items, and every screen sees each change at once.

Agents import what they need from here: `from streamd import Agent, Response, Run`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from streamd.core.document_passage import Passage as Passage
    from streamd.core.item import Item as Item
    from streamd.core.item import ItemId as ItemId
    from streamd.core.item import Seq as Seq
    from streamd.core.item_type import ItemTypes as ItemTypes
    from streamd.core.memory import Memory as Memory
    from streamd.core.memory import MemoryId as MemoryId
    from streamd.core.memory import MemoryKind as MemoryKind
    from streamd.core.principal import Asker as Asker
    from streamd.core.principal import Principal as Principal
    from streamd.core.principal import Right as Right
    from streamd.core.prompt import ToolSpec as ToolSpec
    from streamd.core.run import Budget as Budget
    from streamd.core.run import Multitask as Multitask
    from streamd.core.run import Outcome as Outcome
    from streamd.core.run import Response as Response
    from streamd.core.run import ResponseType as ResponseType
    from streamd.core.run import RunId as RunId
    from streamd.core.run import RunOptions as RunOptions
    from streamd.core.run import RunRequest as RunRequest
    from streamd.core.run import TriggerCause as TriggerCause
    from streamd.core.tasks import Answer as Answer
    from streamd.core.tasks import CallTools as CallTools
    from streamd.core.tasks import Critique as Critique
    from streamd.core.tasks import Draft as Draft
    from streamd.core.tasks import Explain as Explain
    from streamd.core.tasks import Operate as Operate
    from streamd.core.tasks import Plan as Plan
    from streamd.core.tasks import Queries as Queries
    from streamd.core.tasks import Synthesize as Synthesize
    from streamd.core.tasks import Task as Task
    from streamd.core.tasks import WritingTask as WritingTask
    from streamd.core.thread import InterruptAnswer as InterruptAnswer
    from streamd.core.thread import InterruptDecision as InterruptDecision
    from streamd.core.thread import InterruptReason as InterruptReason
    from streamd.core.thread import State as State
    from streamd.core.tool_calls import Action as Action
    from streamd.core.tool_calls import AddItems as AddItems
    from streamd.core.tool_calls import ChangeItems as ChangeItems
    from streamd.core.tool_calls import Intent as Intent
    from streamd.core.tool_calls import ItemEdit as ItemEdit
    from streamd.core.tool_calls import Need as Need
    from streamd.core.tool_calls import Preference as Preference
    from streamd.core.tool_calls import PreferenceKey as PreferenceKey
    from streamd.core.tool_calls import PrimaryIntent as PrimaryIntent
    from streamd.core.tool_calls import Problem as Problem
    from streamd.core.tool_calls import RemoveItems as RemoveItems
    from streamd.core.tool_calls import ToolCall as ToolCall
    from streamd.core.tool_calls import Understanding as Understanding
    from streamd.core.tool_calls import Urgency as Urgency
    from streamd.core.triggers.trigger import Trigger as Trigger
    from streamd.core.values import Value as Value
    from streamd.errors import AgentError as AgentError
    from streamd.errors import RefusedError as RefusedError
    from streamd.errors import RunError as RunError
    from streamd.errors import StreamdError as StreamdError
    from streamd.ports.agent import Agent as Agent
    from streamd.ports.agent import Edge as Edge
    from streamd.ports.agent import Goal as Goal
    from streamd.ports.generation import Chunk as Chunk
    from streamd.ports.generation import ChunkFormat as ChunkFormat
    from streamd.ports.generation import Consultation as Consultation
    from streamd.ports.generation import Generation as Generation
    from streamd.ports.language import Language as Language
    from streamd.ports.node import Node as Node
    from streamd.ports.node import RetryOn as RetryOn
    from streamd.ports.node import Steps as Steps
    from streamd.ports.node import node as node
    from streamd.ports.run import Run as Run
    from streamd.ports.run import RunLog as RunLog
    from streamd.ports.state_type import Reduce as Reduce
    from streamd.ports.state_type import Reducer as Reducer
    from streamd.ports.tool import Dependency as Dependency
    from streamd.ports.tool import Effect as Effect
    from streamd.ports.tool import IdempotencyKey as IdempotencyKey
    from streamd.ports.tool import Tool as Tool
    from streamd.ports.tool import ToolArguments as ToolArguments
    from streamd.ports.tool import ToolFunction as ToolFunction
    from streamd.ports.tool import TypedFunction as TypedFunction
    from streamd.ports.tool_context import ToolContext as ToolContext
    from streamd.ports.typed_tool import tool as tool

_MODULES: Final = {
    "streamd.core.document_passage": ("Passage",),
    "streamd.core.item": ("Item", "ItemId", "Seq"),
    "streamd.core.item_type": ("ItemTypes",),
    "streamd.core.memory": ("Memory", "MemoryId", "MemoryKind"),
    "streamd.core.principal": ("Asker", "Principal", "Right"),
    "streamd.core.prompt": ("ToolSpec",),
    "streamd.core.run": (
        "Budget",
        "Multitask",
        "Outcome",
        "Response",
        "ResponseType",
        "RunId",
        "RunOptions",
        "RunRequest",
        "TriggerCause",
    ),
    "streamd.core.tasks": (
        "Answer",
        "CallTools",
        "Critique",
        "Draft",
        "Explain",
        "Operate",
        "Plan",
        "Queries",
        "Synthesize",
        "Task",
        "WritingTask",
    ),
    "streamd.core.thread": ("InterruptAnswer", "InterruptDecision", "InterruptReason", "State"),
    "streamd.core.tool_calls": (
        "Action",
        "AddItems",
        "ChangeItems",
        "Intent",
        "ItemEdit",
        "Need",
        "Preference",
        "PreferenceKey",
        "PrimaryIntent",
        "Problem",
        "RemoveItems",
        "ToolCall",
        "Understanding",
        "Urgency",
    ),
    "streamd.core.triggers.trigger": ("Trigger",),
    "streamd.core.values": ("Value",),
    "streamd.errors": ("AgentError", "RefusedError", "RunError", "StreamdError"),
    "streamd.ports.agent": ("Agent", "Edge", "Goal"),
    "streamd.ports.generation": ("Chunk", "ChunkFormat", "Consultation", "Generation"),
    "streamd.ports.language": ("Language",),
    "streamd.ports.node": ("Node", "RetryOn", "Steps", "node"),
    "streamd.ports.run": ("Run", "RunLog"),
    "streamd.ports.state_type": ("Reduce", "Reducer"),
    "streamd.ports.tool": (
        "Dependency",
        "Effect",
        "IdempotencyKey",
        "Tool",
        "ToolArguments",
        "ToolFunction",
        "TypedFunction",
    ),
    "streamd.ports.tool_context": ("ToolContext",),
    "streamd.ports.typed_tool": ("tool",),
}
_HOME: Final = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Action",
    "AddItems",
    "Agent",
    "AgentError",
    "Answer",
    "Asker",
    "Budget",
    "CallTools",
    "ChangeItems",
    "Chunk",
    "ChunkFormat",
    "Consultation",
    "Critique",
    "Dependency",
    "Draft",
    "Edge",
    "Effect",
    "Explain",
    "Generation",
    "Goal",
    "IdempotencyKey",
    "Intent",
    "InterruptAnswer",
    "InterruptDecision",
    "InterruptReason",
    "Item",
    "ItemEdit",
    "ItemId",
    "ItemTypes",
    "Language",
    "Memory",
    "MemoryId",
    "MemoryKind",
    "Multitask",
    "Need",
    "Node",
    "Operate",
    "Outcome",
    "Passage",
    "Plan",
    "Preference",
    "PreferenceKey",
    "PrimaryIntent",
    "Principal",
    "Problem",
    "Queries",
    "Reduce",
    "Reducer",
    "RefusedError",
    "RemoveItems",
    "Response",
    "ResponseType",
    "RetryOn",
    "Right",
    "Run",
    "RunError",
    "RunId",
    "RunLog",
    "RunOptions",
    "RunRequest",
    "Seq",
    "State",
    "Steps",
    "StreamdError",
    "Synthesize",
    "Task",
    "Tool",
    "ToolArguments",
    "ToolCall",
    "ToolContext",
    "ToolFunction",
    "ToolSpec",
    "Trigger",
    "TriggerCause",
    "TypedFunction",
    "Understanding",
    "Urgency",
    "Value",
    "WritingTask",
    "__version__",
    "node",
    "tool",
]


def __getattr__(name: str) -> Any:
    """Import a name on first use, so that `streamd --version` does not wait for every module."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
