"""Tools of typed functions: what a model is told of them, what its input becomes, and what cannot be a tool."""

import enum
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

import attrs
import fastjsonschema
import msgspec
import pytest

from streamd import Agent, IdempotencyKey, Response, Run, Tool, ToolContext, tool
from streamd.errors import InvalidMessageError

RUN = cast("ToolContext", object())
KEY = IdempotencyKey("call-1")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Address:
    """Where something goes."""

    street: str
    number: int = 1


class Wish(TypedDict):
    text: str
    urgent: NotRequired[bool]


@tool(effect="read")
async def everything(
    run: Run,
    text: str,
    number: float,
    where: Address,
    wishes: list[Wish],
    key: IdempotencyKey,
    count: Annotated[int, msgspec.Meta(ge=1)] = 1,
    colour: Colour = Colour.RED,
    size: Literal["small", "large"] = "small",
    prices: dict[str, float] | None = None,
    is_gift: bool = False,
) -> object:
    """Take everything there is.

    It is a long story.

    Args:
        run: who asks.
        text: What to write
            on it.
        count (int): How many.

    Returns:
        nothing of interest.

    """
    return run, text, number, where, wishes, key, count, colour, size, prices, is_gift


def properties(made: Tool) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", made.input_schema["properties"])


def test_the_schema_is_the_signature_without_what_the_engine_gives() -> None:
    schema = everything.input_schema
    assert set(properties(everything)) == {
        "text", "number", "where", "wishes", "count", "colour", "size", "prices", "is_gift"
    }  # fmt: skip
    assert schema["required"] == ["text", "number", "where", "wishes"]
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    told = properties(everything)
    assert told["number"] == {"type": "number"}
    assert told["count"] == {"type": "integer", "minimum": 1, "default": 1, "description": "How many."}
    assert told["size"] == {"enum": ["large", "small"], "default": "small"}
    assert told["prices"]["anyOf"][0] == {"type": "object", "additionalProperties": {"type": "number"}}
    assert told["is_gift"] == {"type": "boolean", "default": False}
    definitions = cast("Mapping[str, Any]", schema["$defs"])
    assert told["where"]["$ref"] == "#/$defs/Address"
    assert definitions["Address"]["required"] == ["street"]
    assert definitions["Wish"]["required"] == ["text"]
    assert definitions["Colour"]["enum"] == ["blue", "red"]
    fastjsonschema.compile(dict(schema))


def test_the_description_is_the_docstring_and_its_args_describe_the_parameters() -> None:
    assert everything.description == "Take everything there is.\n\nIt is a long story."
    assert properties(everything)["text"]["description"] == "What to write on it."
    assert everything.spec.name == everything.name == "everything"
    assert everything.effect == "read"


async def test_an_input_becomes_values_of_the_types_and_the_result_json() -> None:
    given = {
        "text": "hi", "number": 2, "where": {"street": "Mill Lane"}, "wishes": [{"text": "soon"}],
        "colour": "blue", "prices": {"a": 1.5},
    }  # fmt: skip
    seen: list[object] = []

    async def note(run: Run, where: Address, colour: Colour, key: IdempotencyKey) -> dict[str, object]:
        """Note it."""
        seen.extend((run, where, colour, key))
        return {"where": where, "colour": colour, "all": {1}}

    made = tool(note)
    assert made.function is not None
    result = await made.function(RUN, made.read({"where": given["where"], "colour": "blue"}), KEY)
    assert seen == [RUN, Address("Mill Lane"), Colour.BLUE, KEY]
    assert result == {"where": {"street": "Mill Lane", "number": 1}, "colour": "blue", "all": [1]}
    assert everything.function is not None
    with pytest.raises(TypeError):
        await everything.function(RUN, everything.read(given), KEY)  # the run is no result


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({"count": "two"}, "count", "count must be a whole number"),
        ({"count": 0}, "count", "count must be at least 1"),
        ({}, "count", "count is required, as a whole number"),
        ({"count": 1, "size": 3}, "size", "the input has no size; it may have count, where, colour"),
        ({"count": 1, "where": {"street": 5}}, "where.street", "where.street must be text"),
        ({"count": 1, "colour": "green"}, "colour", "green"),
    ],
)
async def test_a_wrong_input_is_refused_with_the_place_and_what_it_should_be(
    given: Mapping[str, object], path: str, words: str
) -> None:
    @tool
    async def buy(
        count: Annotated[int, msgspec.Meta(ge=1)],
        where: Address = Address("Mill Lane"),
        colour: Colour = Colour.RED,
    ) -> None:
        """Buy."""

    with pytest.raises(InvalidMessageError) as refused:
        buy.read(given)
    assert words in refused.value.message.replace("`", "")
    assert refused.value.path == path
    assert "$" not in refused.value.message


def blocking_with_run(run: Run) -> None:
    """Be no coroutine, and want the run."""


async def without_types(x) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - what somebody may write
    """Have no types."""


async def without_words(x: int) -> None:
    pass


async def with_any_number(*x: int) -> None:
    """Take many."""


async def with_what_no_json_is(x: Run) -> None:
    """Take a run under another name."""


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (blocking_with_run, "runs in a thread, and can have no run"),
        (
            without_types,
            r"without_types \(ports/test_typed_tools.py:\d+\) cannot be a tool: its parameter x needs a type",
        ),
        (without_words, "needs a description"),
        (with_any_number, "no parameter like x"),
        (with_what_no_json_is, "have no schema"),
    ],
)
def test_what_cannot_be_a_tool_says_why_when_it_is_made(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tool(function)


def test_a_tool_can_have_another_name_and_description() -> None:
    made = tool(name="buy_now", description="Buys at once.")(without_words)
    assert (made.name, made.description, made.effect) == ("buy_now", "Buys at once.", "write")


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("content")


def test_an_agent_takes_functions_and_tools_and_refuses_two_of_one_name() -> None:
    async def pick(place: str) -> str:
        """Pick a place."""
        return place

    shown = Tool("show", "Shows it.", {"type": "object"})
    agent = Agent("a", steps, tools=[pick, shown])
    assert [one.name for one in agent.tools] == ["pick", "show"]
    assert agent.tools[1].function is None
    same: list[Sequence[Any]] = [[pick, tool(pick)], [tool(name="add_items")(pick)]]
    for twice in same:
        with pytest.raises(ValueError, match="another tool called"):
            Agent("a", steps, tools=twice)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: Tool("no spaces", "x", {"type": "object"}), "letters"),
        (lambda: Tool("x" * 65, "x", {"type": "object"}), "64"),
        (lambda: Tool("x", " ", {"type": "object"}), "description"),
        (lambda: Tool("x", "x", {"type": "string"}), "type object"),
        (lambda: Tool("x", "x", {"type": "object", "properties": {"a": {"type": "no such"}}}), "schema"),
        (lambda: Tool("x", "x", {"type": "object", "$ref": "http://localhost/x"}), "nothing is fetched"),
    ],
)
def test_a_tool_that_no_model_could_be_told_of_is_refused(made: Callable[[], Tool], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made()


def test_an_input_is_judged_by_a_tools_schema_and_left_as_it_is() -> None:
    schema = {
        "type": "object",
        "properties": {"place": {"type": "string"}, "zoom": {"type": "integer", "default": 3}},
        "required": ["place"],
    }
    show = Tool("show", "Shows a place.", schema)
    given = {"place": "Lisbon"}
    show.read(given)
    assert given == {"place": "Lisbon"}
    with pytest.raises(InvalidMessageError, match=r"input.place must be string") as refused:
        show.read({"place": 5})
    assert refused.value.path == "input.place"
