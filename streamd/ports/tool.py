"""Tools: functions that a model can call during its turns.

Above: the engine, which describes an agent's tools to its model, executes their calls, and records the result of each.
Below: a function, or the client that supplied the tool. The tools for items, an agent's own, those that a front end
supplies and those of other servers are all of this class.

What the engine promises a tool:

* It is called with an input that its schema allows; any other is returned to the model with what would be right.
* Its result is on disk, under the key of the call, before the model receives it. When the daemon dies after that, the call
  is not repeated. When it dies between the call and the record, the call is repeated with the same `IdempotencyKey`, which
  no other call has, so that a service that is called with it does its work once.
* A tool that changes something (`effect`) is not called in a run whose principal may not edit; the model receives the reason.
* Calls of one turn are executed at the same time, a few at once; the model receives their results in the order of its calls.
  A tool that says `runs_alone` waits until the calls before it have ended, and those after it wait for it; so do the tools
  that change items. What other tools change through their context is changed in the order of the calls: the first change
  waits until the calls before have ended.
* Whoever `needs_approval` is asked about after all other calls of the turn, one call after the other: the run ends with an
  interrupt that names the tool and its arguments, and resumes with the answer, in which the arguments may be others. A call
  that a person rejects is not executed, and the model is told.
* A tool without a function is *pending*: when the others are done, the run ends with an interrupt that holds the open calls,
  and resumes with the results in its answer.
* After `timeout_seconds` a call is cancelled; the model is told, and may go on. Time in which it waits for its turn does not count.

What a tool promises: it refuses with a RefusedError or an AgentError, whose message is for the model. Any other exception is
logged, and the model receives only that the tool failed; so it is with a result that is not of the declared type.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Final, Literal, NewType, TypeAlias, get_args

import attrs

from streamd.core.json.json_schemas import Validator, check_value_by, validator_of
from streamd.core.prompt import ToolSpec
from streamd.errors import RefusedError
from streamd.facts import frozen

if TYPE_CHECKING:
    from streamd.ports.tool_context import ToolContext

Effect = Literal["read", "write"]
"""Whether a call changes anything: agents that only help may have tools that only read."""

IdempotencyKey = NewType("IdempotencyKey", str)
"""Names one call of a tool, for services that execute repeated requests with the same key only once."""

ToolArguments: TypeAlias = Mapping[str, object]
"""The arguments of a call by name."""

ToolFunction: TypeAlias = Callable[["ToolContext", ToolArguments, IdempotencyKey], Awaitable[object]]
"""From the call's context, its arguments and its key to the result: text, or JSON values."""

TypedFunction: TypeAlias = Callable[..., Any]
"""A typed function that `streamd.tool` makes a tool of."""

Dependency: TypeAlias = Callable[[], AbstractAsyncContextManager[Any]]
"""Opens what tools need, such as a client of a service: once for the whole daemon, when it starts, and closed when all runs have ended."""


class UnusableResultError(TypeError):
    """The result of a tool is no JSON, or not what the tool declares; the message says which."""


_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@frozen(eq=False)
class Tool:
    """A tool: its description for the model and its function for the engine.

    `streamd.tool` makes one of a typed function; use this class for tools whose schema comes from elsewhere.
    """

    name: str
    """1 to 64 letters, digits, `_` and `-`."""
    description: str
    """Purpose, usage and result of the tool, for the model."""
    input_schema: Mapping[str, object]
    """JSON Schema of the input, an object."""
    function: ToolFunction | None = None
    """Executes a call; None: the call is left pending for the client that supplied the tool."""
    effect: Effect = "write"
    checks_input: bool = False
    """Whether the function validates its input itself, with better messages than a schema gives."""
    reader: Callable[[Mapping[str, object]], ToolArguments] | None = None
    """Checks an input and makes the function's arguments of it; None: the input is checked by the schema."""
    output_schema: Mapping[str, object] | None = None
    """JSON Schema of the result, for clients; None: any."""
    timeout_seconds: float | None = None
    """After this time a call is cancelled; None: it may take as long as its run."""
    needs_approval: bool | Callable[[ToolArguments], bool] = False
    """Whether a person is asked before a call, or a function that says so of its arguments (defaults of a typed function
    included). One that fails counts as yes."""
    runs_alone: bool = False
    """Whether no other call of the same turn is executed at the same time."""
    dependencies: Mapping[str, Dependency] = attrs.field(factory=dict)
    """What it needs, by names of its own: the parameters of a typed function."""
    origin: str = ""
    """Where it is defined, for messages: file and line of its function."""
    spec: ToolSpec = attrs.field(init=False)
    """The description of the tool for a model."""
    _validator: Validator | None = attrs.field(init=False, default=None)

    @spec.default
    def _make_spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, self.input_schema)

    def __attrs_post_init__(self) -> None:
        """Validate what the tool declares.

        Raises:
            ValueError: its name or its schema cannot be used, its description is empty, its time is none, or it has no function
                and declares what only one can need.

        """
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a tool's name has 1 to 64 letters, digits, _ and -, and {self.name!r} has not")
        if not self.description.strip():
            raise ValueError(f"the tool {self.name} needs a description: a model goes by nothing else")
        if self.input_schema.get("type") != "object":
            raise ValueError(f"the schema of the tool {self.name} must be of the type object")
        if self.effect not in get_args(Effect):
            raise ValueError(f"effect of the tool {self.name} is read or write, and not {self.effect!r}")
        seconds: object = self.timeout_seconds
        if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
            raise ValueError(f"timeout_seconds of the tool {self.name} must be above 0, or None for no limit")
        self._check_callables()
        if self.function is None and (self.needs_approval or self.timeout_seconds or self.dependencies):
            raise ValueError(
                f"the tool {self.name} has no function: its client executes it, and asks, waits and opens what it needs"
            )
        if not self.checks_input and self.reader is None:
            try:
                validator = validator_of(self.input_schema, f"the tool {self.name}")
            except RefusedError as error:
                raise ValueError(error.message) from None
            object.__setattr__(self, "_validator", validator)  # frozen for everyone else

    def _check_callables(self) -> None:
        needs = self.needs_approval
        if not isinstance(needs, bool):
            try:
                inspect.signature(needs).bind({})
            except TypeError as error:
                raise ValueError(
                    f"needs_approval of the tool {self.name} is True, False, or a function of the call's arguments, which "
                    f"come as one mapping: {error}"
                ) from None
            if inspect.iscoroutinefunction(needs):
                raise ValueError(f"needs_approval of the tool {self.name} must be a plain function: use def")
        opening: object = self.dependencies
        if not isinstance(opening, Mapping) or not all(callable(one) for one in opening.values()):
            raise ValueError(
                f"dependencies of the tool {self.name} are async context managers by parameter: {{'client': open_client}}"
            )

    def read(self, given: Mapping[str, object]) -> ToolArguments:
        """Check an input, and return it as arguments. Raises InvalidMessageError with a message for the model."""
        if self.reader is not None:
            return self.reader(given)
        if self._validator is not None:
            check_value_by(self._validator, given, "input")
        return given
