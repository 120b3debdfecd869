"""Tools: what a model may have done while it works on something.

Above: the engine, which describes an agent's tools to its model, has their calls carried out, and records what came of
each. Below: a function, or whoever brought the tool. The tools for items, an agent's own, those that a front end brings and
those of other servers are the same kind of thing.

What the engine promises a tool:

* It is called with an input that its schema allows; any other goes back to the model with what is wrong about it.
* What it returns is on disk, under the name of the call, before the model sees it. When the daemon dies after that, the call
  is not done again. When it dies between the call and the record, the call is done again: the `IdempotencyKey` is then the
  same, and is the same at no other time, so that a service that is called with it does its work once.
* Calls of one turn are done one after the other, in the order in which the model asked for them.
* A tool without a function is *pending*: the run ends with an interrupt that holds the open calls, and resumes with the
  results that somebody answers it with. What else the model asked for in that turn is done before.

What a tool promises: it raises RefusedError with words for the model when it will not do something. Whatever else it raises
goes to the log, and the model is told only that the tool failed.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal, NewType, TypeAlias

import attrs

from streamd.core.json_schemas import Validator, check_value_by, validator_of
from streamd.core.prompt import ToolSpec
from streamd.errors import RefusedError

if TYPE_CHECKING:
    from streamd.ports.agent import Run

Effect = Literal["read", "write"]
"""What a call leaves behind: nothing, so that an agent that only helps may have the tool; or something."""

IdempotencyKey = NewType("IdempotencyKey", str)
"""Names one call of a tool, for services that do what they are asked twice with the same key only once."""

ToolFunction: TypeAlias = Callable[["Run", Mapping[str, object], IdempotencyKey], Awaitable[object]]
"""From the run, an input and the call's key to what came of it: text, or JSON values."""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@attrs.frozen(eq=False)
class Tool:
    """One tool, with all that a model and the engine have to know of it.

    A typed async function becomes one by `streamd.tool`; this is for tools whose schema comes from elsewhere.
    """

    name: str
    """Of letters, digits, `_` and `-`, at most 64."""
    description: str
    """What it is for, when to use it and what it gives back, for the model."""
    input_schema: Mapping[str, object]
    """JSON Schema of its input, an object."""
    function: ToolFunction | None = None
    """What does it; None: the call is left pending for whoever brought the tool."""
    effect: Effect = "write"
    checks_input: bool = False
    """Whether the function refuses a wrong input itself, with better words than a schema has."""
    _validator: Validator | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a tool that no model could be told of.

        Raises:
            ValueError: its name or its schema cannot be used, or it says nothing about itself.

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
            object.__setattr__(self, "_validator", validator)  # frozen only when it is made

    @property
    def spec(self) -> ToolSpec:
        """What a model is told of it."""
        return ToolSpec(self.name, self.description, self.input_schema)

    def check(self, given: Mapping[str, object]) -> None:
        """Refuse an input that the schema does not allow. Raises InvalidMessageError with words for the model."""
        if self._validator is not None:
            check_value_by(self._validator, given, "input")
