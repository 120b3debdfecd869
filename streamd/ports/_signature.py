"""Signatures of typed functions: their JSON Schemas, and how an input becomes arguments.

Based on `msgspec`, which derives the schema of every usual type, converts a model's input to values, and names the place of
an error; it is one small package without dependencies, and only imported where a function is made a tool.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from streamd.core.json.tool_arguments import checked_input
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.ports.tool import IdempotencyKey, TypedFunction
from streamd.ports.tool_context import ToolContext

RUN: Final = "run"
"""Name of the first parameter that receives the run."""
_SECTION: Final = re.compile(r"^(\w+):[ \t]*$", re.MULTILINE)
_PARAMETER: Final = re.compile(r"^(\w+)(?: \([^)]*\))?: *(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_BY_POSITION: Final = (
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.VAR_KEYWORD,
    inspect.Parameter.POSITIONAL_ONLY,
)


@frozen
class Signature:
    """A function as its tool needs it."""

    summary: str
    """The docstring up to its sections."""
    schema: Mapping[str, object]
    """JSON Schema of the input."""
    output_schema: Mapping[str, object] | None
    """JSON Schema of the result; None where the function does not say."""
    result_type: object
    """The type of the result; None where it may be anything."""
    read: Callable[[Mapping[str, object]], Mapping[str, object]]
    """Makes arguments of an input. Raises InvalidMessageError with a message for the model."""
    keys: tuple[str, ...]
    """Parameters that receive the call's key."""
    contexts: tuple[str, ...]
    """Parameters that receive the call's context, or the run."""
    is_async: bool


def origin_of(function: TypedFunction) -> str:
    """Return the file and the line of a function, for messages; empty where it has none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return ""
    file = "/".join(code.co_filename.replace("\\", "/").split("/")[-2:])
    return f"{file}:{code.co_firstlineno}"


def signature_of(function: TypedFunction, given_by_engine: Mapping[str, object]) -> Signature:
    """Read a function's signature and docstring.

    Args:
        function: the function of a tool.
        given_by_engine: parameters that the engine fills, by name.

    Raises:
        ValueError: a parameter cannot be given by a model, or a type has no schema.

    """
    import msgspec

    parameters = _parameters(function)
    missing = [one for one in given_by_engine if one not in parameters]
    if missing:
        raise ValueError(f"it has no parameter {', '.join(missing)} for what it depends on")
    keys = tuple(one for one, parameter in parameters.items() if parameter.annotation is IdempotencyKey)
    contexts = tuple(
        one
        for number, (one, parameter) in enumerate(parameters.items())
        if parameter.annotation is ToolContext or (number == 0 and one == RUN)
    )
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        raise ValueError(
            "it yields, and a tool returns its result; to tell how far it is, it has `await context.progress(…)`"
        )
    is_async = inspect.iscoroutinefunction(function)
    if contexts and not is_async:
        raise ValueError(
            f"a plain def runs in a thread, and can have no {', '.join(contexts)}; define it with async def"
        )
    summary, described = _documented(inspect.getdoc(function) or "")
    fields: list[tuple[str, Any, Any]] = []
    for one, parameter in parameters.items():
        if one in keys or one in contexts or one in given_by_engine:
            continue
        if parameter.annotation is inspect.Parameter.empty:
            raise ValueError(f"its parameter {one} needs a type, such as {one}: str")
        kind = parameter.annotation
        if one in described:
            kind = Annotated[kind, msgspec.Meta(description=described[one])]
        is_needed = parameter.default is inspect.Parameter.empty
        if not is_needed:
            _check_default(one, parameter)
        fields.append((one, kind, msgspec.NODEFAULT if is_needed else parameter.default))
    try:
        input_type = msgspec.defstruct("Input", fields, kw_only=True, forbid_unknown_fields=True)
        (whole,), parts = msgspec.json.schema_components(
            (input_type,), schema_hook=_schema_of, ref_template="#/$defs/{name}"
        )
    except (TypeError, ValueError) as error:
        raise ValueError(f"its parameters have no schema: {_first_words(error)}") from None
    top = parts.pop(whole["$ref"].removeprefix("#/$defs/"))
    schema = {key: value for key, value in top.items() if key != "title"}
    if parts:
        schema["$defs"] = parts

    def read(given: Mapping[str, object]) -> Mapping[str, object]:
        try:
            converted = msgspec.convert(checked_input(schema, given), input_type)
        except msgspec.ValidationError as error:
            raise _wrong(str(error)) from None
        return {one: getattr(converted, one) for one, *_ in fields}

    result_type = inspect.signature(function, eval_str=True).return_annotation
    output_schema = _output_schema(result_type)
    checked = None if output_schema is None else result_type
    return Signature(summary, schema, output_schema, checked, read, keys, contexts, is_async)


def _parameters(function: TypedFunction) -> Mapping[str, inspect.Parameter]:
    try:
        parameters = inspect.signature(function, eval_str=True).parameters
    except NameError as error:
        raise ValueError(f"its types must be there when the tool is made: {error}") from None
    for one, parameter in parameters.items():
        if parameter.kind in _BY_POSITION:
            raise ValueError(f"it can have no parameter like {one}: a model gives values by name")
    return parameters


def _check_default(name: str, parameter: inspect.Parameter) -> None:
    """Refuse a default that its type does not allow, or that all calls would share."""
    import msgspec

    default = parameter.default
    if isinstance(default, list | dict | set) and default:
        raise ValueError(
            f"the default of its parameter {name} would be shared by all calls: let it be empty, or None"
        )
    try:
        msgspec.convert(msgspec.to_builtins(default), parameter.annotation)
    except (TypeError, ValueError):
        raise ValueError(f"the default of its parameter {name}, {default!r}, is not of its type") from None


def _output_schema(kind: object) -> Mapping[str, object] | None:
    """Return the schema of a function's result; None where it may be anything, or has no type."""
    import msgspec

    if kind in (inspect.Signature.empty, object, Any):
        return None
    try:
        return msgspec.json.schema(kind, schema_hook=_schema_of)
    except (TypeError, ValueError) as error:
        raise ValueError(f"its result has no schema: {_first_words(error)}") from None


def _schema_of(kind: type[object]) -> dict[str, object]:
    """Return the schema of a type that msgspec does not know: `object` is any JSON value, others have none."""
    if kind is object:
        return {"$comment": "any JSON value"}  # an empty one would count as none
    raise NotImplementedError


def _first_words(error: Exception) -> str:
    """Return the part of msgspec's message that names the type."""
    return str(error).strip().rpartition("\n")[2]


def _documented(text: str) -> tuple[str, Mapping[str, str]]:
    """Split a docstring into its text before the sections, and the `Args:` text of each parameter."""
    summary, *sections = _SECTION.split(text)
    found = dict(zip(sections[::2], sections[1::2], strict=True))
    described = _PARAMETER.findall(inspect.cleandoc(found.get("Args", "")))
    return summary.strip(), {name: " ".join(words.split()) for name, words in described}


def _wrong(message: str) -> InvalidMessageError:
    """Convert a message of msgspec to an error for the model: the place first, then the mistake."""
    what, _, place = message.replace("`", "").partition(" - at $")
    place = place.removeprefix(".")
    return InvalidMessageError(f"{place or 'input'}: {what[:1].lower()}{what[1:]}", path=place)
