"""Makes tools of typed functions: the schema comes from the signature, the description from the docstring.

Based on `msgspec`, which derives the schema of every usual type, converts a model's input to values, and names the place of
an error; it is one small package without dependencies, and only imported where a function is made a tool.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, overload

from streamd.core.item_tools import ITEM_TOOLS
from streamd.errors import InvalidMessageError
from streamd.ports.tool import Effect, IdempotencyKey, Tool

if TYPE_CHECKING:
    from streamd.ports.agent import Run

TypedFunction: TypeAlias = Callable[..., Awaitable[object]]
"""An async function with types for its parameters, of which a tool can be made."""

RUN: Final = "run"
"""Name of the first parameter that receives the run."""
_SECTION: Final = re.compile(r"^(\w+):[ \t]*$", re.MULTILINE)
_PARAMETER: Final = re.compile(r"^(\w+)(?: \([^)]*\))?: *(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


@overload
def tool(function: TypedFunction) -> Tool: ...
@overload
def tool(
    *, name: str = "", description: str = "", effect: Effect = "write"
) -> Callable[[TypedFunction], Tool]: ...
def tool(
    function: TypedFunction | None = None, *, name: str = "", description: str = "", effect: Effect = "write"
) -> Tool | Callable[[TypedFunction], Tool]:
    """Make a tool of a typed async function, for the `tools` of an agent; as a decorator with arguments or without.

    Each parameter needs a type: text, numbers, bool, `Literal`, enums, lists, dictionaries, `TypedDict`, attrs classes, and
    `Optional` or defaults for what may be left out. A first parameter called `run` receives the run, one of the type
    `IdempotencyKey` the call's key; the model sees neither. An `Args:` section of the docstring describes parameters.
    The result may be text, or a value of such types.

    Args:
        function: executes a call.
        name: the tool's name for the model; the function's name unless given.
        description: for the model; the docstring unless given.
        effect: `read` for a tool that changes nothing, so that an agent that only helps may have it, too.

    Raises:
        ValueError: the function cannot be a tool; the message has the reason.

    """
    if function is None:
        return lambda made: _tool_of(made, name, description, effect)
    return _tool_of(function, name, description, effect)


def tools_of(given: Sequence[Tool | TypedFunction]) -> tuple[Tool, ...]:
    """Make tools of those that are functions. Raises ValueError if two tools have the same name."""
    found = tuple(one if isinstance(one, Tool) else tool(one) for one in given)
    names = [one.name for one in found]
    taken = sorted({name for name in names if names.count(name) > 1 or name in ITEM_TOOLS})
    if taken:
        raise ValueError(f"there is another tool called {', '.join(taken)}; call yours otherwise")
    return found


def _tool_of(function: TypedFunction, name: str, description: str, effect: Effect) -> Tool:
    import msgspec

    name = name or getattr(function, "__name__", "")
    parameters = _parameters(function, name)
    takes_run = next(iter(parameters), None) == RUN
    keys = [one for one, parameter in parameters.items() if parameter.annotation is IdempotencyKey]
    summary, described = _documented(inspect.getdoc(function) or "")
    fields: list[tuple[str, Any, Any]] = []
    for one, parameter in parameters.items():
        if one in keys or (takes_run and one == RUN):
            continue
        if parameter.annotation is inspect.Parameter.empty:
            raise ValueError(f"the tool {name} needs a type for its parameter {one}")
        kind = parameter.annotation
        if one in described:
            kind = Annotated[kind, msgspec.Meta(description=described[one])]
        default = parameter.default
        is_needed = default is inspect.Parameter.empty
        fields.append((one, kind, msgspec.NODEFAULT if is_needed else default))
    try:
        input_type = msgspec.defstruct("Input", fields, kw_only=True, forbid_unknown_fields=True)
        (whole,), parts = msgspec.json.schema_components((input_type,), ref_template="#/$defs/{name}")
    except (TypeError, ValueError) as error:
        raise ValueError(f"the signature of the tool {name} has no schema: {error}") from None
    top = parts.pop(whole["$ref"].removeprefix("#/$defs/"))
    schema = {key: value for key, value in top.items() if key != "title"}
    if parts:
        schema["$defs"] = parts

    async def call(run: "Run", given: Mapping[str, object], key: IdempotencyKey) -> object:
        try:
            read = msgspec.convert(given, input_type)
        except msgspec.ValidationError as error:
            raise _wrong(str(error)) from None
        arguments: dict[str, object] = {one: getattr(read, one) for one, *_ in fields}
        arguments |= dict.fromkeys(keys, key)
        if takes_run:
            arguments[RUN] = run
        return msgspec.to_builtins(await function(**arguments), str_keys=True)

    return Tool(name, description or summary, schema, call, effect, checks_input=True)


def _parameters(function: TypedFunction, name: str) -> Mapping[str, inspect.Parameter]:
    if not inspect.iscoroutinefunction(function):
        raise ValueError(f"the tool {name} must be an async function")
    try:
        parameters = inspect.signature(function, eval_str=True).parameters
    except NameError as error:
        raise ValueError(f"the types of the tool {name} must be there when it is made: {error}") from None
    wrong = (
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
        inspect.Parameter.POSITIONAL_ONLY,
    )
    for one, parameter in parameters.items():
        if parameter.kind in wrong:
            raise ValueError(
                f"the tool {name} can have no parameter like {one}: a model gives values by name"
            )
    return parameters


def _documented(text: str) -> tuple[str, Mapping[str, str]]:
    """Split a docstring into its text before the sections, and the `Args:` text of each parameter."""
    summary, *sections = _SECTION.split(text)
    found = dict(zip(sections[::2], sections[1::2], strict=True))
    described = _PARAMETER.findall(inspect.cleandoc(found.get("Args", "")))
    return summary.strip(), {one: " ".join(words.split()) for one, words in described}


def _wrong(message: str) -> InvalidMessageError:
    """Convert a message of msgspec to an error for the model: the place first, then the mistake."""
    what, _, place = message.replace("`", "").partition(" - at $")
    place = place.removeprefix(".")
    return InvalidMessageError(f"{place or 'input'}: {what[:1].lower()}{what[1:]}", path=place)
