"""What a frontend is told about the daemon: all that is declared, nothing that is secret."""

import ast
import functools
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, TypedDict

import attrs
import orjson
import pytest

import streamd.core.values
import streamd.wire.messages
from streamd import Agent, Response, Run, Tool, tool
from streamd.config import Config, RunsOptions, shipped_item_types
from streamd.core.criteria import parse_conditions
from streamd.core.declared.declarations import item_types_from
from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.thread import State
from streamd.core.triggers.declarations import ActiveTrigger
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.parts import installed_agents
from streamd.service.descriptions import description
from streamd.wire import connection_replies
from streamd.wire.messages.description_messages import DESCRIPTION_SECTIONS, DescriptionSection
from tests.support.daemon import running
from tests.support.schemas import check_server_message

TYPES: Final = item_types_from(
    {
        "gadget": {
            "title": "clever gadget",
            "aliases": ["widget"],
            "fields": {
                "status": {
                    "type": "string",
                    "choices": ["new", "old"],
                    "default": "new",
                    "aliases": ["state"],
                },
                "stock": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9,
                    "unit": "pieces",
                    "title": "in stock",
                },
                "usual": {"type": "number"},
                "maker": {"type": "string", "refers_to": "gadget", "max_length": 5},
            },
            "criteria": {
                "scarce": {
                    "where": [["stock", "<=", "usual * 0.5"], ["status", "in", ["new"]]],
                    "aliases": ["rare"],
                }
            },
        }
    }
)


async def weigh(run: Run) -> AsyncGenerator[Response, None]:
    """Say what it weighs."""
    yield Response("general_complete", "It weighs nothing.")


@tool(effect="read")
async def scales(item: str, precise: bool = False) -> float:
    """Weigh an item.

    Args:
        item: What to weigh.
        precise: Whether it may take long.

    """
    return float(len(item)) + precise


class Weighing(TypedDict):
    """A weighing."""

    grams: float
    """What it weighs."""


SHOW: Final = Tool("show", "Shows the scales.", {"type": "object"})
WEIGHER: Final = Agent(
    "weigher",
    weigh,
    agent_id="weigher_agent",
    intents=("weighing",),
    phrases=("weigh this",),
    responses=("weight",),
    description="the weight of things",
    system="You weigh. This is a secret.",
    tools=(scales, SHOW),
    state=Weighing,
)


def described(
    *sections: DescriptionSection,
    types: ItemTypes = TYPES,
    agents: Mapping[str, Agent] = MappingProxyType({"weigher": WEIGHER}),
    config: Config | None = None,
    triggers: Mapping[str, ActiveTrigger] | None = None,
) -> Any:
    """What a client gets, as JSON."""
    told = description(
        sections,
        types=types,
        agents=agents,
        model=OfflineModel(English()),
        config=config or Config(),
        triggers=triggers or {},
        slowed={},
    )
    reply = orjson.loads(connection_replies.describe(told))
    check_server_message(reply)
    return reply


def test_an_item_type_is_told_with_its_fields() -> None:
    told = described("item_types")["item_types"]["gadget"]

    assert (told["title"], told["aliases"], told["required"]) == ("clever gadget", ["widget"], ["name"])
    assert told["other_fields"] is True
    status, stock, maker = (told["fields"][name] for name in ("status", "stock", "maker"))
    assert (status["kind"], status["choices"], status["default"]) == ("string", ["new", "old"], "new")
    assert status["aliases"] == ["state"]
    assert (stock["kind"], stock["title"], stock["unit"]) == ("integer", "in stock", "pieces")
    assert (stock["minimum"], stock["maximum"]) == (0, 9)
    assert (maker["refers_to"], maker["max_length"]) == ("gadget", 5)
    assert "unit" not in status


def _is_set(value: object) -> bool:
    return value is not None and value not in ("", (), {})


def test_whatever_a_declaration_says_is_told() -> None:
    """An attribute that is added to item types or fields is there without another word."""
    types = item_types_from(shipped_item_types())
    told = described("item_types", types=types)["item_types"]
    for item_type in types:
        shown = told[item_type.name]
        attributes = {one.name for one in attrs.fields(ItemType) if _is_set(getattr(item_type, one.name))}
        assert set(shown) == attributes - {"name", "criteria"}
        for spec in item_type.fields.values():
            named = {one.name for one in attrs.fields(FieldSpec) if _is_set(getattr(spec, one.name))}
            assert set(shown["fields"][spec.name]) == named - {"name"}


@pytest.mark.parametrize("types", [TYPES, item_types_from(shipped_item_types())])
def test_a_criterion_that_is_told_can_be_sent(types: ItemTypes) -> None:
    told = described("criteria", types=types)["criteria"]
    for item_type in types:
        fields = frozenset(item_type.fields)
        for name, criterion in item_type.criteria.items():
            where = told[item_type.name][name]["where"]
            numbers = types.numeric_fields({item_type.name})
            literals = types.literals({item_type.name})
            sent = parse_conditions(where, fields=fields, numbers=numbers, literals=literals)
            assert sent == criterion.conditions
            assert tuple(told[item_type.name][name].get("aliases", ())) == criterion.aliases


def test_an_agent_is_told_with_what_it_answers_to_its_tools_and_its_state_but_no_prompt() -> None:
    told = described("agents")["agents"]["weigher"]

    assert told["agent_id"] == "weigher_agent"
    assert (told["intents"], told["phrases"], told["responses"]) == (["weighing"], ["weigh this"], ["weight"])
    assert told["nodes"] == ["work"]
    assert told["edges"] == [{"from": "START", "to": "work"}, {"from": "work", "to": "END"}]
    assert told["tools"]["scales"] == {
        "description": "Weigh an item.",
        "effect": "read",
        "input_schema": scales.input_schema,
        "output_schema": {"type": "number"},
        "pending": False,
    }
    assert told["tools"]["show"]["pending"]
    assert told["state_schema"]["properties"] == {
        "grams": {"type": "number", "description": "What it weighs."}
    }
    assert "secret" not in orjson.dumps(told).decode()


def _anywhere(_state: State) -> str | None:
    return None


def _twice_or_done(_state: State) -> Literal["twice"] | None:
    return None


@pytest.mark.parametrize(
    ("edge", "goals"),
    [
        (_anywhere, ["once", "twice", "END"]),
        (_twice_or_done, ["twice", "END"]),
        (functools.partial(_anywhere), ["once", "twice", "END"]),
    ],
)
def test_an_edge_that_the_state_decides_leads_where_its_annotation_says_or_anywhere(
    edge: Callable[[State], str | None], goals: list[str]
) -> None:
    agent = Agent(name="two", nodes={"once": weigh, "twice": weigh}, edges={"once": edge})
    told = described("agents", agents={"two": agent})["agents"]["two"]["edges"]

    decided = [{"from": "once", "to": goal, "conditional": True} for goal in goals]
    assert told == [{"from": "START", "to": "once"}, *decided, {"from": "twice", "to": "END"}]


class Unreadable:
    """No type that JSON has."""


class Odd(TypedDict):
    """A state with everything in it."""

    thing: Unreadable
    anything: object
    """Whatever it is."""
    more: "list[Odd]"


def test_a_state_of_any_types_can_be_told_and_what_is_no_typed_dict_is_refused() -> None:
    agent = attrs.evolve(WEIGHER, state=Odd)
    told = described("agents", agents={"weigher": agent})["agents"]["weigher"]["state_schema"]

    assert set(told["properties"]) == {"thing", "anything", "more"}
    assert told["properties"]["more"]["items"] == {"$ref": "#/$defs/Odd"}
    assert "Odd" in told["$defs"]
    assert told["properties"]["anything"]["description"] == "Whatever it is."
    with pytest.raises(ValueError, match="the state of an agent is a TypedDict"):
        attrs.evolve(WEIGHER, state=int)


def test_the_built_in_agents_can_be_told() -> None:
    agents = installed_agents(Config(), English())
    told: Any = described("agents", agents=agents)["agents"]

    assert set(told) == set(agents)
    assert told["trip_planner"]["hitl_before"] == sorted(set(told["trip_planner"]["nodes"]) - {"planner"})
    assert "draft" in told["trip_planner"]["state_schema"]["properties"]


def test_limits_are_those_of_the_version_and_of_the_operator() -> None:
    told = described("limits", config=Config(runs=RunsOptions(max_items_per_run=7)))["limits"]

    assert told["max_items_per_run"] == 7
    assert told["max_bulk_items"] == 10_000
    assert told["max_message_bytes"] == Config().ws.max_message_bytes
    assert told["waiting_bytes_per_user"] == Config().limits.waiting_bytes_per_user
    assert (told["max_item_fields"], told["max_text_bytes"]) == (256, 65_536)


def test_every_limit_of_messages_is_told() -> None:
    """A `MAX_…` in a module of messages stands in `streamd/wire/messages/limits.py`, under the name that clients read."""
    messages = Path(streamd.wire.messages.__path__[0])
    modules = [*messages.glob("*_messages.py"), messages / "_readers.py", messages / "_edit_shapes.py"]
    declared = {
        node.target.id
        for path in modules
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id.startswith("MAX_")
    }
    named = {
        node.id
        for node in ast.walk(ast.parse((messages / "limits.py").read_text()))
        if isinstance(node, ast.Name)
    }

    assert len(declared) > 10
    assert declared - named == set()


def test_types_of_messages_include_those_of_installed_agents() -> None:
    told = described("messages")["messages"]

    assert "weight" in told["responses"]
    assert "describe" in told["client"]
    assert "agent_progress" in told["events"]


async def test_a_client_gets_what_it_asks_for_and_everything_but_schemas_unasked(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        usual = await client.ask(type="describe")
        schemas = await client.ask(type="describe", what=["schemas"])
        one = await client.ask(type="describe", what="models")
    for reply in (usual, schemas, one):
        check_server_message(reply)
        assert reply["protocol"] == 1
    assert set(DESCRIPTION_SECTIONS) - set(usual) == {"schemas"}
    assert {"inventory", "supplier"} <= set(usual["item_types"])
    assert schemas["schemas"]["messages"]["ping"]["properties"]["type"] == {"const": "ping"}
    assert one["models"]["offline"] is True
    assert one["models"]["agents"]["inventory"] == "offline"
    assert "item_types" not in one


async def test_no_key_and_no_address_of_a_service_is_told(tmp_path: Path) -> None:
    secrets = {
        "ANTHROPIC_API_KEY": "sk-very-secret",
        "STREAMD_MODELS__BASE_URL": "http://127.0.0.1:9/hidden",
        "STREAMD_MODELS__CHECK_AT_START": "false",
    }
    async with running(tmp_path, **secrets) as daemon, daemon.client() as client:
        told = await client.ask(type="describe")
    assert told["models"]["offline"] is False
    assert set(told["models"]["agents"]) == set(told["agents"])
    text = orjson.dumps(told).decode()
    assert "sk-very-secret" not in text
    assert "hidden" not in text
    assert str(tmp_path) not in text
