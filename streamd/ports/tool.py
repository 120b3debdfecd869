"""Tools: functions that a model can call during its turns.

Above: the engine, which describes an agent's tools to its model, executes their calls, and records the result of each.
Below: a function, or the client that supplied the tool. The tools for items, an agent's own, those that a front end
supplies and those of other servers are all of this class.

What the engine promises a tool:

* It is called with an input that its schema allows; any other is returned to the model with an explanation.
* Its result is on disk, under the key of the call, before the model receives it. When the daemon dies after that, the call
  is not repeated. When it dies between the call and the record, the call is repeated with the same `IdempotencyKey`, which
  no other call has, so that a service that is called with it does its work once.
* A tool that changes something (`effect`) is not called in a run whose principal may not edit; the model receives the reason.
* Calls of one turn are executed one after the other, in the model's order.
* A tool without a function is *pending*: the run ends with an interrupt that holds the open calls, and resumes with the
  results in its answer. The other calls of that turn are executed before.

What a tool promises: it refuses with a RefusedError whose message is for the model. Any other exception is logged, and the
model receives only that the tool failed.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal, NewType, TypeAlias

import attrs

from streamd.core.json.json_schemas import Validator, check_value_by, validator_of
from streamd.core.prompt import ToolSpec
from streamd.errors import RefusedError

if TYPE_CHECKING:
    from streamd.ports.agent import Run

Effect = Literal["read", "write"]
"""Whether a call changes anything: agents that only help may have tools that only read."""

IdempotencyKey = NewType("IdempotencyKey", str)
"""Names one call of a tool, for services that execute repeated requests with the same key only once."""

ToolFunction: TypeAlias = Callable[["Run", Mapping[str, object], IdempotencyKey], Awaitable[object]]
"""From the run, an input and the call's key to the result: text, or JSON values."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@attrs.frozen(eq=False)
class Tool:
    """A tool: its description for the model and its function for the engine.

    `streamd.tool` makes one of a typed async function; use this class for tools whose schema comes from elsewhere.
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
    spec: ToolSpec = attrs.field(init=False)
    """The description of the tool for a model."""
    _validator: Validator | None = attrs.field(init=False, default=None)

    @spec.default
    def _make_spec(self) -> ToolSpec:
        return ToolSpec(self.name, self.description, self.input_schema)

    def __attrs_post_init__(self) -> None:
        """Validate the tool's name, description and schema.

        Raises:
            ValueError: its name or its schema cannot be used, or its description is empty.

        """
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a tool's name has 1 to 64 letters, digits, _ and -, and {self.name!r} has not")
        if not self.description.strip():
            raise ValueError(f"the tool {self.name} needs a description: a model goes by nothing else")
        if self.input_schema.get("type") != "object":
            raise ValueError(f"the schema of the tool {self.name} must be of the type object")
        if not self.checks_input:
            try:
                validator = validator_of(self.input_schema, f"the tool {self.name}")
            except RefusedError as error:
                raise ValueError(error.message) from None
            object.__setattr__(self, "_validator", validator)  # frozen for everyone else

    def check(self, given: Mapping[str, object]) -> None:
        """Validate an input against the schema. Raises InvalidMessageError with a message for the model."""
        if self._validator is not None:
            check_value_by(self._validator, given, "input")
