"""Describes the daemon to frontends: item types, criteria, agents, models, limits, messages and their schemas.

What stands in attrs classes is described attribute by attribute, so that one that is added later is there, too.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

import attrs

from streamd.config import Config
from streamd.core.criteria import Criterion, Where
from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item_type import ItemTypes
from streamd.core.json.typed_schemas import schema_of_type
from streamd.core.run import RESPONSE_TYPES
from streamd.engine.live import INTENT
from streamd.long_work import ITEMS
from streamd.ports.agent import Agent
from streamd.ports.model import Model
from streamd.ports.tool import Tool
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case
from streamd.wire.codec import MESSAGES
from streamd.wire.codes import ERROR_CODES, CloseCode
from streamd.wire.messages.description_messages import DescriptionSection
from streamd.wire.messages.limits import LIMITS
from streamd.wire.replies import REPLY_TYPES

if TYPE_CHECKING:
    from streamd.core.triggers.declarations import ActiveTrigger

Described = dict[str, object]

_CONFIGURED_LIMITS: Final[Mapping[str, Collection[str]]] = {
    "ws": ("max_message_bytes", "max_bad_messages", "heartbeat_seconds", "idle_timeout_seconds"),
    "journal": ("retain_entries", "retain_seconds", "op_retain_seconds"),
    "items": ("max_item_bytes", "max_list_members"),
    "limits": (
        "waiting_bytes", "waiting_bytes_per_user", "unread_file_bytes", "upload_bytes", "upload_bytes_per_user",
    ),
    "runs": (
        "max_concurrent_per_user", "max_items_per_run", "max_tokens", "max_cost_usd", "request_timeout_seconds",
        "approve_removals_over", "interrupt_expires_seconds",
    ),
}  # fmt: skip
"""Options that a client meets as limits, by their table in the configuration."""
_NOT_SHOWN: Final = frozenset({"name", "steps", "nodes", "edges", "system", "tools", "triggers", "state"})
"""Attributes of an agent that are code or prompts, or are described in another form."""


@use_case("read")
async def describe(
    service: Service,
    actor: Actor,  # noqa: ARG001 - the same for everybody who may read
    sections: Collection[DescriptionSection],
) -> Mapping[str, object]:
    """Describe the daemon, section by section. In a thread: the first time, schemas take longer than the loop may wait."""
    engine = service.engine
    return await ITEMS.run(
        description,
        sections,
        types=engine.types,
        agents=engine.agents,
        model=engine.model,
        config=engine.config,
        triggers={} if engine.triggers is None else engine.triggers.declared,
        slowed={} if engine.triggers is None else engine.triggers.slowed(),
    )


def description(
    sections: Collection[DescriptionSection],
    *,
    types: ItemTypes,
    agents: Mapping[str, Agent],
    model: Model,
    config: Config,
    triggers: "Mapping[str, ActiveTrigger]",
    slowed: Mapping[str, Mapping[str, str]],
) -> Mapping[str, object]:
    """Return the sections as JSON values by name. Nothing in it is secret, and no key or address of a service."""
    from streamd.wire.schemas import schemas

    makers: Mapping[DescriptionSection, Callable[[], object]] = {
        "item_types": lambda: {one.name: _without(_described(one), "name", "criteria") for one in types},
        "criteria": lambda: {one.name: _criteria(one.criteria) for one in types if one.criteria},
        "agents": lambda: {name: _agent(agent) for name, agent in agents.items()},
        "triggers": lambda: {
            name: _trigger(one) | ({"slowed_until": slowed[name]} if name in slowed else {})
            for name, one in triggers.items()
        },
        "models": lambda: {
            "offline": model.is_offline,
            "intent": model.name(INTENT),
            "agents": {name: model.name(name) for name in agents},
        },
        "limits": lambda: {**LIMITS, **_configured(config)},
        "messages": lambda: _messages(agents),
        "schemas": schemas,
    }
    return {section: makers[section]() for section in sections}


def _described(value: attrs.AttrsInstance) -> Described:
    """Return the attributes of an attrs object as JSON values; what is not set is absent."""
    found = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    return {name: _as_json(one) for name, one in found.items() if one is not None and one not in ("", (), {})}


def _as_json(value: object) -> object:
    match value:
        case None | str() | bool() | int() | float():
            return value
        case Decimal() | date():
            return str(value)
        case Where():
            return [part.as_json() for part in value.parts]
        case Mapping():
            return {str(key): _as_json(one) for key, one in value.items()}
        case tuple() | list():
            return [_as_json(one) for one in value]
        case frozenset():
            return sorted(map(str, value))
        case FieldSpec():
            return {**_without(_described(value), "name"), "kind": value.word}
        case _ if attrs.has(type(value)):
            return _without(_described(cast("attrs.AttrsInstance", value)), "name")
        case _:
            raise TypeError(f"{type(value).__name__} has no description: say in _as_json how it is shown")


def _criteria(criteria: Mapping[str, Criterion]) -> Described:
    return {
        name: {"where": _as_json(one.conditions), **_without(_described(one), "name", "conditions")}
        for name, one in criteria.items()
    }


def _agent(agent: Agent) -> Described:
    shown = _without(_described_agent(agent), *_NOT_SHOWN)
    state = {} if agent.state is None else {"state_schema": schema_of_type(agent.state)}
    return {
        **shown,
        "intents": sorted(agent.kinds),
        "nodes": list(agent.graph),
        "edges": _edges(agent),
        "tools": {tool.name: _tool(tool) for tool in agent.tools},
        **state,
    }


def _described_agent(agent: Agent) -> Described:
    found = {field.name: getattr(agent, field.name) for field in attrs.fields(Agent)}
    return {name: _as_json(value) for name, value in found.items() if name not in _NOT_SHOWN}


def _edges(agent: Agent) -> list[Described]:
    """List where each node leads, from START on and to END. An edge is `conditional` where the state decides."""
    found: list[Described] = [{"from": "START", "to": next(iter(agent.graph))}]
    for node in agent.graph:
        goals = agent.goals_after(node)
        decided = {"conditional": True} if callable(agent.edges.get(node)) else {}
        targets = [goal for goal in (*agent.graph, None) if goals is None or goal in goals]
        found += [{"from": node, "to": goal or "END", **decided} for goal in targets]
    return found


def _trigger(active: "ActiveTrigger") -> Described:
    """A trigger without its request and context, which may say what not everybody is to read."""
    trigger = active.trigger
    found: Described = {
        name: value
        for name in (
            "agent", "on", "workspaces", "rights", "again", "max_chain", "max_running", "max_per_minute", "batch_max",
            "debounce_seconds", "catch_up",
        )
        if (value := getattr(trigger, name)) is not None
    }  # fmt: skip
    if active.schedule is not None:
        found |= {"schedule": active.schedule.text, "timezone": active.schedule.zone.key}
    return found


def _tool(tool: Tool) -> Described:
    described = {
        "description": tool.description,
        "effect": tool.effect,
        "input_schema": tool.input_schema,
        "pending": tool.function is None,
    }
    declared = {
        "output_schema": tool.output_schema,
        "timeout_seconds": tool.timeout_seconds,
        "needs_approval": bool(tool.needs_approval) or None,
    }
    return {**described, **{name: value for name, value in declared.items() if value is not None}}


def _configured(config: Config) -> Described:
    return {
        name: getattr(getattr(config, table), name)
        for table, names in _CONFIGURED_LIMITS.items()
        for name in names
    }


def _messages(agents: Mapping[str, Agent]) -> Described:
    from streamd.wire.payloads.event_data import EVENTS

    own = {kind for agent in agents.values() for kind in agent.responses}
    return {
        "client": sorted(MESSAGES),
        "replies": sorted(REPLY_TYPES),
        "responses": sorted(RESPONSE_TYPES | own),
        "events": sorted(EVENTS),
        "error_codes": dict(ERROR_CODES),
        "close_codes": {str(int(code)): code.reason for code in CloseCode},
    }


def _without(described: Described, *names: str) -> Described:
    return {name: value for name, value in described.items() if name not in names}
