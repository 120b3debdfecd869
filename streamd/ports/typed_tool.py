"""Makes tools of typed functions: the schema comes from the signature, the description from the docstring."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import overload

from streamd.core.item_tools import ITEM_TOOLS
from streamd.ports._signature import origin_of, signature_of
from streamd.ports.tool import (
    Dependency,
    Effect,
    IdempotencyKey,
    Tool,
    ToolArguments,
    ToolFunction,
    TypedFunction,
    UnusableResultError,
)
from streamd.ports.tool_context import ToolContext


@overload
def tool(function: TypedFunction) -> Tool: ...
@overload
def tool(
    *,
    name: str = "",
    description: str = "",
    effect: Effect = "write",
    timeout_seconds: float | None = None,
    needs_approval: bool | Callable[[ToolArguments], bool] = False,
    runs_alone: bool = False,
    dependencies: Mapping[str, Dependency] | None = None,
) -> Callable[[TypedFunction], Tool]: ...
def tool(
    function: TypedFunction | None = None,
    *,
    name: str = "",
    description: str = "",
    effect: Effect = "write",
    timeout_seconds: float | None = None,
    needs_approval: bool | Callable[[ToolArguments], bool] = False,
    runs_alone: bool = False,
    dependencies: Mapping[str, Dependency] | None = None,
) -> Tool | Callable[[TypedFunction], Tool]:
    """Make a tool of a typed function, for the `tools` of an agent; as a decorator with arguments or without.

    Each parameter needs a type: text, numbers, bool, `Literal`, enums, lists, dictionaries, `TypedDict`, attrs classes, and
    `Optional` or defaults for what may be left out. A first parameter called `run` receives the run, one of the type
    `ToolContext` the call's context, one of the type `IdempotencyKey` the call's key; the model sees none of them. An `Args:`
    section of the docstring describes parameters. The result may be text, or a value of such types.

    The function is `async def`. One that is `def` may block: each call runs in a thread (`Run.off_loop`). It gets the key and what
    it depends on, but no run and no context, which belong to the event loop; after its time a call is given up, and goes on.

    Args:
        function: executes a call.
        name: the tool's name for the model; the function's name unless given.
        description: for the model; the docstring unless given.
        effect: `read` for a tool that changes nothing, so that an agent that only helps may have it, too.
        timeout_seconds: after this time a call is cancelled.
        needs_approval: whether a person is asked before a call, or a function of its arguments by name.
        runs_alone: whether no other call of the same turn runs at the same time.
        dependencies: what the engine opens for parameters of these names, once for the whole daemon.

    Raises:
        ValueError: the function cannot be a tool; the message has the reason, and where the function is.

    """

    def made(function: TypedFunction) -> Tool:
        called, needed = name or getattr(function, "__name__", ""), dependencies or {}
        origin = origin_of(function)
        try:
            read = signature_of(function, needed)
            return Tool(
                called, description or read.summary, read.schema,
                _caller(function, read.keys, read.contexts, needed, read.result_type, is_async=read.is_async),
                effect, reader=read.read, output_schema=read.output_schema, timeout_seconds=timeout_seconds,
                needs_approval=needs_approval, runs_alone=runs_alone, dependencies=needed, origin=origin,
            )  # fmt: skip
        except ValueError as error:
            where = f" ({origin})" if origin else ""
            raise ValueError(f"{called or repr(function)}{where} cannot be a tool: {error}") from None

    return made if function is None else made(function)


def tools_of(given: Sequence[Tool | TypedFunction]) -> tuple[Tool, ...]:
    """Make tools of those that are functions. Raises ValueError for what is none, and if two tools have the same name."""
    if isinstance(given, Tool | str) or not isinstance(given, Iterable):
        raise ValueError("tools stand in a collection, also a single one")  # noqa: TRY004
    found = tuple(one if isinstance(one, Tool) else tool(one) for one in given)
    places: dict[str, list[str]] = {}
    for one in found:
        places.setdefault(one.name, []).append(one.origin or "made without a function")
    taken = [
        f"{name} ({', '.join([*where, *(['built in'] if name in ITEM_TOOLS else [])])})"
        for name, where in sorted(places.items())
        if len(where) > 1 or name in ITEM_TOOLS
    ]
    if taken:
        raise ValueError(f"there is another tool called {'; '.join(taken)}; call yours otherwise")
    return found


def _caller(
    function: TypedFunction,
    keys: Sequence[str],
    contexts: Sequence[str],
    dependencies: Mapping[str, Dependency],
    result_type: object,
    *,
    is_async: bool,
) -> ToolFunction:
    """Make the function of a tool, which calls a typed one with all that its parameters ask for."""
    import msgspec

    async def call(context: ToolContext, given: ToolArguments, key: IdempotencyKey) -> object:
        arguments = dict(given) | dict.fromkeys(keys, key) | dict.fromkeys(contexts, context)
        arguments |= {name: context.dependency(opened_by) for name, opened_by in dependencies.items()}
        result = await (function(**arguments) if is_async else context.off_loop(function, **arguments))
        try:
            encoded = msgspec.to_builtins(result, str_keys=True)
            if result_type is not None:
                msgspec.convert(encoded, result_type, str_keys=True)
        except (TypeError, ValueError) as error:
            raise UnusableResultError(str(error)) from None
        return encoded

    return call
